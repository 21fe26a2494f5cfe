#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Configurations x workloads x memories on the cycle-exact twin, timing only.

Appends one row per point to points.csv and draws index.html in the output folder. A sweep that was
interrupted goes on where it stopped: points of the same spec that are in points.csv are not run again.
"""
import argparse
import json
import os
import pathlib
import sys

USAGE, MISSING, INTERRUPTED = 2, 3, 130

try:
    import sweep_page
    from sweep_points import Runner, Stop, Table, key_of, run_points
except ImportError as error:
    print(f"flashd: the Python module {error.name} is missing; ./flashd sweep installs it",
          file=sys.stderr)
    sys.exit(MISSING)

CONFIGS = ["tiny", "base", "wide", "paper64x8", "paper256x8"]
WORKLOADS = [f"prefill:{n},d={d}{causal}" for n in (512, 2048, 4096) for d in (64, 128)
             for causal in ("", ",causal")] + ["decode:8x16384,d=64", "decode:8x16384,d=128"]
MEMORIES = ["bandwidth:60,16", "bandwidth:100,32", "dram:ddr4-2400"]


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Stop(USAGE, f"sweep: {message}; see flashd sweep --help")


def parse(arguments):
    parser = Parser(prog="flashd sweep", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--configs", nargs="+", default=CONFIGS, metavar="NAME")
    parser.add_argument("--workloads", nargs="+", default=WORKLOADS, metavar="WORKLOAD",
                        help="prefill:QUERIES[xKEYS][,d=D][,dv=DV][,causal] or decode:ROWSxKEYS[,d=D]"
                             "[,dv=DV]")
    parser.add_argument("--memories", nargs="+", default=MEMORIES, metavar="MODEL",
                        help="as flashd run --memory")
    parser.add_argument("--numerics", default="fine", help="fine or lean; changes no time")
    parser.add_argument("--energy", type=pathlib.Path, metavar="FILE",
                        help="table of energies per action, default: Nangate45")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/sweep"), metavar="DIR")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                        help="processes at once, default: one per core")
    parser.add_argument("--json", action="store_true", help="print the points as JSON")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        raise Stop(USAGE, f"--jobs: is {options.jobs}; expected 1 or more")
    for name in ("configs", "workloads", "memories"):  # a name given twice is one point
        setattr(options, name, list(dict.fromkeys(getattr(options, name))))
    return options


def main(arguments):
    options = parse(arguments)
    runner = Runner(options.program)
    common = ["--numerics", options.numerics]
    if options.energy is not None:
        common += ["--energy", str(options.energy)]
    plan = runner(["--plan", "--config", *options.configs, "--workload", *options.workloads,
                   "--memory", *options.memories, *common])
    points = [{**p, "numerics": options.numerics, "spec_hash": plan["spec_hash"],
               "energy_table": plan["energy_table"]} for p in plan["points"]]
    if not points:
        raise Stop(USAGE, f"sweep: no point is left: {'; '.join(plan['left_out'])}")
    table = Table(options.out / "points.csv")
    missing = [p for p in points if key_of(p) not in table.rows]
    run_points(missing, runner, table, options.jobs, common)
    rows = [table.rows[key_of(p)] for p in points]
    page = options.out / "index.html"
    try:
        page.write_text(sweep_page.page(rows, plan), encoding="utf-8")
    except OSError as error:
        raise Stop(USAGE, f"{page}: {error.strerror}") from error
    if options.json:
        print(json.dumps({"points": rows, "left_out": plan["left_out"], "ran": len(missing)}))
        return 0
    print(f"{len(points)} points, {len(missing)} of them run now, "
          f"{len(points) - len(missing)} from {table.path}")
    if plan["left_out"]:
        print(f"{len(plan['left_out'])} left out; the page says why")
    print(f"page: {page}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"flashd: {stop}", file=sys.stderr)
        sys.exit(stop.status)
    except KeyboardInterrupt:
        print("flashd: interrupted; the same command goes on from here", file=sys.stderr)
        sys.exit(INTERRUPTED)
