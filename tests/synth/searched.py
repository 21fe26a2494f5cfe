#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: searched.py PROGRAMS: the bare arrays' smallest lane by the whole search, twice.

What the result says is what OpenSTA and the netlist say; the second run takes all from the cache and
says the same; no recipe that was tried and meets the clock is smaller than what was chosen.
"""
import json
import pathlib
import sys
import tempfile

import synth

import build  # noqa: E402
import lane  # noqa: E402
import lanes  # noqa: E402
import library  # noqa: E402

SAME = ("netlist_hash", "area", "cells", "timing", "recipes", "chosen")


def main(programs):
    try:
        loaded = library.load(library.DEFAULT)
    except library.Unusable as sentence:
        raise synth.rtl.Skip(str(sentence)) from sentence
    bad, said = 0, []

    def check(good, what):
        nonlocal bad
        bad += not good
        print(("ok: " if good else "FAILURE: ") + what, flush=True)

    with tempfile.TemporaryDirectory(prefix="flashd_searched_") as where:
        design = lanes.DESIGNS["e"]
        point = lane.Point("e", "fine", 16, 1, loaded.name, loaded.library.clock_ns)
        first = lane.run(point, loaded, where, programs, say=said.append)
        tried = sum(len(trials) for trials in first["recipes"].values())
        check(tried > 15 and len(said) >= tried - 1,
              f"{tried} tries of {len(first['recipes'])} modules")
        check(first["verified"]["mismatches"] == 0 and first["verified"]["outputs"] > 50,
              f"replayed: {first['verified']}")
        builder = build.Builder(loaded, design.sources(), design.elements, point.clock_ns,
                                pathlib.Path(where), said.append)
        mapped = builder.map(design.top, design.parameters("fine", 16, 1))
        fresh = pathlib.Path(where) / "fresh"
        fresh.mkdir()
        builder.write(mapped, fresh)
        timed = builder.analyse(mapped, fresh)
        check([timed.slack_ns, timed.path] == [first["timing"]["slack_ns"], first["timing"]["path"]]
              and abs(mapped.area() - first["area"]["cells"]) < 0.1,
              f"slack {timed.slack_ns} ns and {mapped.area():.1f} um2 are those of the netlist")
        for name, trials in first["recipes"].items():
            meets = [trial["area"] for trial in trials if trial["slack_ns"] >= 0]
            part = build.dataclasses.replace(mapped, top=name).area()
            check(timed.slack_ns < 0 or not meets or name != design.top or part <= min(meets) + 0.1,
                  f"{name}: {first['chosen'][name]}, {part:.1f} um2, {len(meets)} of {len(trials)} "
                  "meet the clock")
        begin = len(said)
        second = json.loads(json.dumps(lane.run(point, loaded, where, programs, say=said.append)))
        check(len(said) == begin and all(second[name] == json.loads(json.dumps(first[name]))
                                         for name in SAME), "the second run is the first's cache")
    print("FAILURE" if bad else "PASS")
    return 1 if bad else 0


if __name__ == "__main__":
    synth.run(main, *sys.argv[1:2])
