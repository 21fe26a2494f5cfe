#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flashd synth: lanes of docs/lane.md as gates of a cell library, with area, timing and a replay.

  ./flashd synth --design ours --d 16 --rows 1
  ./flashd synth --design ours,a,c --d 16,64 --rows 1,8 --library nangate45 --pdk DIR
  ./flashd synth --design all --library sky130hd --liberty FILE --clock 8

Results are in out/synth/<library>/; what is done already is not done again. See docs/synth.md.
"""
import argparse
import concurrent.futures
import os
import pathlib
import sys

import build
import lane
import lanes
import library
import mapping
import out_folder
import rtl


POINT_BYTES = 5 << 30  # memory of a point of the largest lane


def jobs_here():
    """Points at a time: one a processor, if the memory is enough."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(os.cpu_count() or 1, memory // POINT_BYTES))


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
    parser.add_argument("--design", default="ours",
                        help="ours, a, p, b, c, d, e with commas, or all")
    parser.add_argument("--profile", default="fine,lean")
    parser.add_argument("--d", default="16", metavar="D")
    parser.add_argument("--rows", default="1,8")
    parser.add_argument("--library", default=library.DEFAULT, help=", ".join(library.LIBRARIES))
    parser.add_argument("--liberty", nargs="+", default=[], metavar="FILE",
                        help="liberty files of the library, plain or gzip")
    parser.add_argument("--pdk", metavar="DIR", help="folder with a folder of the library's name")
    parser.add_argument("--clock", metavar="NS", help="target periods; default: the library's")
    parser.add_argument("--quick", action="store_true",
                        help="ours, a and c at D 16 and 64, one clock")
    parser.add_argument("--plain", action="store_true",
                        help="one recipe instead of a search for the smallest netlist")
    parser.add_argument("--take", action="append", default=[], metavar="MODULE=RECIPE",
                        help="of this module that recipe, no search, as 'recipes' of a result names "
                             "it; with a + behind it stronger cells after it. Needs --out")
    parser.add_argument("--jobs", type=int, default=jobs_here(), metavar="N",
                        help="points done at the same time; default: one a processor")
    parser.add_argument("--programs", metavar="DIR",
                        help="folder of the lanes' benches, which record vectors for the replay")
    parser.add_argument("--vectors", metavar="STEM", help="recorded vectors instead, of one lane")
    parser.add_argument("--no-replay", action="store_true",
                        help="no replay: figures that nothing has verified")
    parser.add_argument("--list-programs", action="store_true",
                        help="names of the benches that these options need, and nothing else")
    parser.add_argument("--out", default=str(rtl.ROOT / "out/synth"))
    parser.add_argument("--verbose", action="store_true", help="a line for every recipe tried")
    return parser.parse_args(arguments)


def told(result):
    """One line on a result."""
    area, timed, checked = result["area"], result["timing"], result["verified"]
    text = (f"{result['library']} {result['design']} {result['profile']} d{result['d']} "
            f"r{result['rows']} {result['clock_ns']:g} ns: area {area['total']:.0f} um2 (cells "
            f"{area['cells']:.0f}, {area['memory_bits']} bits {area['memory']:.0f}), slack "
            f"{timed['slack_ns']:.3f} ns, {result['flops']} flip-flops, {result['clock_gates']} "
            f"clock gates, ")
    if not checked:
        text += "not replayed"
    elif checked.get("failure"):
        text += f"VOID, {checked['mismatches']} mismatches: {checked['failure']}"
    else:
        text += f"{checked['outputs']} outputs of {checked['cycles']} cycles replayed"
    return text + f", {result['seconds']:.0f} s"


def do(point, loaded, options, say):
    """Prints the result of a point; whether it is good."""
    try:
        result = lane.run(point, loaded, pathlib.Path(options.out).resolve(),
                          None if options.no_replay else options.programs,
                          None if options.no_replay else options.vectors, say,
                          not options.plain, options.take)
    except (build.Refused, RuntimeError) as reasons:
        for reason in str(reasons).splitlines():
            print(f"{point.name}: {reason}", file=sys.stderr, flush=True)
        return False
    print(told(result), flush=True)
    return not (result["verified"] or {}).get("failure")


def taken(options):
    """Module -> (recipe, whether stronger cells follow). Raises Unusable."""
    found = {}
    if options.take and pathlib.Path(options.out).resolve() == rtl.ROOT / "out/synth":
        raise library.Unusable("--take makes netlists that no search has found: --out DIR is "
                               "expected, so that reports do not take them for others.")
    for entry in options.take:
        module, _, recipe = entry.partition("=")
        known = {name for design in lanes.DESIGNS.values()
                 for name in (design.top, *design.elements)}
        if module not in known:
            raise library.Unusable(f"--take {entry}: {module or 'nothing'} is no module that is "
                                   "mapped by itself.")
        try:
            found[module] = (mapping.Recipe.named(recipe.rstrip("+")), recipe.endswith("+"))
        except ValueError as sentence:
            raise library.Unusable(f"--take {module}: {sentence}") from sentence
    return found


def checked(options):
    """The library and the points of the options. Raises Unusable."""
    if options.quick:
        options.design, options.d = "ours,a,c", "16,64"
    options.take = taken(options)
    if options.jobs < 1:
        raise library.Unusable(f"--jobs {options.jobs}: 1 or more is expected.")
    if options.liberty and options.pdk:
        raise library.Unusable("--liberty and --pdk exclude each other.")
    if options.list_programs:  # without the library's files
        return None, points(options, library.Loaded(library.known(options.library), {}, {}))
    loaded = library.load(options.library, options.liberty, options.pdk)
    todo = points(options, loaded)
    if options.vectors and len(todo) != 1:
        raise library.Unusable(f"--vectors are of one lane, these options name {len(todo)}.")
    if not (options.programs or options.vectors or options.no_replay):
        raise library.Unusable("--programs DIR, --vectors STEM or --no-replay is expected: a "
                               "netlist is replayed unless you say that it is not.")
    return loaded, todo


def main(arguments):
    if any(entry.partition("=")[0] == "--report" for entry in arguments):
        import report
        return report.main(arguments)
    options = parse(arguments)
    try:
        loaded, todo = checked(options)
    except library.Unusable as sentence:
        print(f"flashd: {sentence}", file=sys.stderr)
        return 2
    if options.list_programs:
        names = {lanes.DESIGNS[point.design].program(point.profile, point.d, point.rows)
                 for point in todo}
        print("\n".join(sorted(names)))
        return 0
    try:
        out_folder.made(options.out)
    except library.Unusable as sentence:
        print(f"flashd: {sentence}", file=sys.stderr)
        return 2
    say = (lambda line: print(f"  {line}", flush=True)) if options.verbose else (lambda line: None)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        good = list(pool.map(lambda point: do(point, loaded, options, say), todo))
    return 0 if all(good) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except rtl.Skip as reason:
        print(f"flashd: {reason}", file=sys.stderr)
        sys.exit(3)
