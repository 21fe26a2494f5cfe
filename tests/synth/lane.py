#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: lane.py PROGRAMS: the smallest lane becomes a netlist that times and replays as its RTL.

One recipe for every module, the library that every user has. Then the netlist, and the vectors, are
broken in one place each, and the replay has to refuse both.
"""
import json
import pathlib
import re
import sys
import tempfile

import synth

import lane  # noqa: E402
import lanes  # noqa: E402
import library  # noqa: E402
import replay  # noqa: E402
import replay_gates  # noqa: E402
import yosys  # noqa: E402

TURNED = {"XOR2X1": "XNOR2X1", "XNOR2X1": "XOR2X1"}


def broken_netlist(text):
    """The netlist with another cell among a tile's sixteen products, same pins: an XOR there turns
    over a bit of every addend of one key."""
    begin = text.index("module flashd_output_group")
    end = text.index("endmodule", begin)
    found = list(re.finditer(r"^  (XOR2X1|XNOR2X1) ", text[begin:end], re.MULTILINE))
    spot = found[len(found) // 2]
    return (f"{text[:begin + spot.start(1)]}{TURNED[spot[1]]}{text[begin + spot.end(1):]}", spot[1])


def broken_vectors(text):
    """The vectors with the last digit of the last o_o that counts changed."""
    lines = text.splitlines()
    place = [entry.split(":")[0] for entry in lines[0][2:].split()].index("o_o")
    for index in range(len(lines) - 1, 0, -1):
        words = lines[index].split()
        if words[place] != "x":
            words[place] = words[place][:-1] + ("1" if words[place][-1] == "0" else "0")
            lines[index] = " ".join(words)
            return "\n".join(lines) + "\n"
    raise ValueError("no output counts in the vectors")


def elaborated(design):
    """Names of the modules that a lane of `design` has."""
    script = [yosys.read(design.top, design.parameters("fine", 16, 8), design.sources(),
                         "--no-proc --keep-hierarchy"), "tee -q -o modules.txt ls"]
    with yosys.run(script, design.sources()) as run:
        if run.status:
            return {"none: " + " ".join(run.errors())}
        text = (run.folder / "modules.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^  ([A-Za-z_]\w*)", text, re.MULTILINE))


def main(programs):
    try:
        loaded = library.load(library.DEFAULT)
    except library.Unusable as sentence:
        raise synth.rtl.Skip(str(sentence)) from sentence
    bad = 0

    def check(good, what):
        nonlocal bad
        bad += not good
        print(("ok: " if good else "FAILURE: ") + what, flush=True)

    for name in ("ours", "a", "c"):
        modules, files = elaborated(lanes.DESIGNS[name]), lanes.DESIGNS[name].used()
        strange = modules - {pathlib.Path(file).stem for file in files}
        check(len(modules) > 5 and not strange,
              f"{name}: its {len(modules)} modules are of the {len(files)} files whose hash is kept "
              f"{sorted(strange)}")
    with tempfile.TemporaryDirectory(prefix="flashd_lane_") as where:
        point = lane.Point("ours", "fine", 16, 1, loaded.name, loaded.library.clock_ns)
        result = lane.run(point, loaded, where, programs, search=False)
        area, timed, seen = result["area"], result["timing"], result["verified"]
        units = area["by_unit"]
        check(area["cells"] > 1e5 and abs(sum(units.values()) - area["cells"]) < 10 and
              units.get("other", 0) < 1e-3 * area["cells"] and len(units) > 5,
              f"area {area['cells']} um2 is that of {len(units)} units, of no unit "
              f"{units.get('other', 0)}")
        check(result["flops"] > 2000 and result["clock_gates"] > 20,
              f"{result['flops']} flip-flops, {result['clock_gates']} clock gates")
        check(0 < timed["min_period_ns"] < 100 and len(timed["path"]) > 3,
              f"OpenSTA: {timed['min_period_ns']} ns from {timed['start']} to {timed['end']}")
        check("failure" not in seen and seen["outputs"] > 100 and seen["mismatches"] == 0,
              f"replayed: {seen}")
        stem, path = (pathlib.Path(where) / loaded.name / f"{point.name}{end}"
                      for end in ("", ".json"))
        for change, again in (({}, False), ({"bench_hash": "0"}, True)):
            path.write_text(json.dumps({**result, "verified": {
                **seen, "outputs": 12345, **change}}), encoding="utf-8")
            fresh = lane.run(point, loaded, where, programs, search=False)["verified"]
            check((fresh["outputs"] != 12345) == again,
                  f"the same netlist{', another bench' * again}: "
                  f"{'' if again else 'not '}replayed again")
        cells = (stem / "cells.v").read_text(encoding="utf-8")
        netlist, vectors = (stem / "lane.v").read_text(encoding="utf-8"), stem / "vectors.out"
        text, kind = broken_netlist(netlist)
        (stem / "lane.v").write_text(text, encoding="utf-8")
        outcome = replay.run(stem, stem / "vectors", "flashd_lane", cells, False)
        check(outcome.mismatches > 0, f"{kind} as {TURNED[kind]}: {outcome.first}")
        liberties = sorted((pathlib.Path(where) / "libraries" / loaded.name).iterdir())

        def by_gates():
            return replay_gates.run(stem, stem / "vectors", "flashd_lane", liberties)

        outcome = by_gates()
        check(outcome.mismatches > 0, f"{kind} as {TURNED[kind]}, gatesim: {outcome.first}")
        (stem / "lane.v").write_text(netlist, encoding="utf-8")
        outcome = by_gates()
        check(outcome.mismatches == 0 and outcome.outputs == seen["outputs"],
              f"gatesim: {outcome}")
        vectors.write_text(broken_vectors(vectors.read_text(encoding="ascii")), encoding="ascii")
        lane.run(point, loaded, where, None, stem / "vectors", search=False)
        seen = json.loads((stem.parent / f"{point.name}.json").read_text(
            encoding="utf-8"))["verified"]
        check("failure" in seen and seen["mismatches"] == 1,
              f"the result with a broken vector is void: {seen}")
    print("FAILURE" if bad else "PASS")
    return 1 if bad else 0


if __name__ == "__main__":
    synth.run(main, *sys.argv[1:2])
