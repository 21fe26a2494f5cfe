#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flashd synth: lanes of docs/lane.md as gates of a cell library, with area, timing and a replay.

  ./flashd synth --design ours --d 16 --rows 1
  ./flashd synth --design ours,a,c --d 16,64 --rows 1,8 --library nangate45 --pdk DIR
  ./flashd synth --design all --library sky130hd --liberty FILE --clock 8

Results are in out/synth/<library>/; what is done already is not done again. See docs/synth.md.
"""
import argparse
import pathlib
import sys

import build
import lane
import lanes
import library
import rtl


def many(text, known, what):
    """Entries of a list with commas, each one of `known`."""
    found = [entry for entry in text.split(",") if entry]
    for entry in found:
        if entry not in known:
            raise library.Unusable(f"{entry} is no {what}; there are: {', '.join(known)}.")
    if not found:
        raise library.Unusable(f"No {what} was named; there are: {', '.join(known)}.")
    return found


def clocks(text, default):
    """Clock periods of a list with commas, in ns."""
    if not text:
        return [default]
    try:
        found = [float(entry) for entry in text.split(",")]
    except ValueError:
        found = [0.0]
    if any(not 0.01 <= value <= 1000 for value in found):
        raise library.Unusable(f"--clock {text}: periods of 0.01 to 1000 ns are expected, "
                               "separated by commas.")
    return found


def points(options, loaded):
    """The points to do, in order."""
    designs = list(lanes.DESIGNS) if options.design == "all" else \
        many(options.design, lanes.DESIGNS, "design")
    found = []
    for period in clocks(options.clock, loaded.library.clock_ns):
        for d in many(options.d, ("16", "64", "256"), "head dimension"):
            for rows in many(options.rows, ("1", "8"), "number of rows"):
                for design in designs:
                    for profile in many(options.profile, lanes.PROFILES, "profile"):
                        if profile in lanes.DESIGNS[design].profiles:
                            found.append(lane.Point(design, profile, int(d), int(rows),
                                                    loaded.name, period))
    return found


def parse(arguments):
    parser = argparse.ArgumentParser(prog="flashd synth", allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__)
    parser.add_argument("--design", default="ours", help="ours, a, b, c, d, e with commas, or all")
    parser.add_argument("--profile", default="fine,lean")
    parser.add_argument("--d", default="16", metavar="D")
    parser.add_argument("--rows", default="1,8")
    parser.add_argument("--library", default=library.DEFAULT, help=", ".join(library.LIBRARIES))
    parser.add_argument("--liberty", nargs="+", default=[], metavar="FILE",
                        help="liberty files of the library, plain or gzip")
    parser.add_argument("--pdk", metavar="DIR", help="folder with a folder of the library's name")
    parser.add_argument("--clock", metavar="NS", help="target periods; default: the library's")
    parser.add_argument("--out", default=str(rtl.ROOT / "out/synth"))
    parser.add_argument("--verbose", action="store_true", help="a line for every recipe tried")
    return parser.parse_args(arguments)


def main(arguments):
    if any(entry.partition("=")[0] == "--report" for entry in arguments):
        import report
        return report.main(arguments)
    options = parse(arguments)
    try:
        loaded = library.load(options.library, options.liberty, options.pdk)
        todo = points(options, loaded)
    except library.Unusable as sentence:
        print(f"flashd: {sentence}", file=sys.stderr)
        return 2
    say = (lambda line: print(f"  {line}", flush=True)) if options.verbose else (lambda line: None)
    bad = 0
    for point in todo:
        try:
            result = lane.run(point, loaded, pathlib.Path(options.out), say)
        except build.Refused as reasons:
            for reason in str(reasons).splitlines():
                print(f"{point.name}: {reason}", file=sys.stderr)
            bad += 1
            continue
        area, timed = result["area"], result["timing"]
        print(f"{point.library} {point.name}: area {area['total']:.0f} um2 (cells "
              f"{area['cells']:.0f}, memory {area['memory']:.0f} of {area['memory_bits']} bits), "
              f"slack {timed['slack_ns']:.3f} ns, {result['flops']} flip-flops, "
              f"{result['clock_gates']} clock gates, {result['seconds']:.0f} s", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except rtl.Skip as reason:
        print(f"flashd: {reason}", file=sys.stderr)
        sys.exit(3)
