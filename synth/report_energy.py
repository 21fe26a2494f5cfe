#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Energies of the report: job n01 on every netlist of the tables that has none yet.

  .venv/bin/python synth/report_energy.py --programs build/release/bin --d 64
  ... --job tests/data/traces/smollm2_L14_n128 --queries 16 --keys 128 --design ours,a,c --rows 8

With --job another job, a trace's folder or a name that the bench knows, on the netlists named. The
lane's bench records the job while it compares the RTL with golden; synth/energy.py runs it on the
netlist at the clock of the table, or where the netlist misses that, at the clock it reaches.
Exit status: 0 good, 1 a netlist has no energy, 2 bad usage, 3 a tool is missing.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import math
import pathlib
import subprocess
import sys

import lanes
import library
import report_data as data
import rtl

KEYS = {1: 512, 8: 256}   # of a row; the first tile of a row is never merged, so not too few
STEP_NS = 0.05
TRIES = 3  # of a netlist that misses its target: its outputs tell whether a clock is slow enough


class NoEnergy(Exception):
    """A netlist has no energy: one sentence."""


def program_name(place):
    """Name of the lane's bench."""
    design = lanes.DESIGNS[place.design]
    if hasattr(design, "program"):
        return design.program(place.profile, place.d, place.rows)
    kind = design.top.removeprefix("flashd_lane").lstrip("_") or "ours"
    kind += f"_{place.profile}" if len(design.profiles) > 1 else ""
    return f"flashd_lane_{kind}_d{place.d}_r{place.rows}"


def record(place, programs, job, stem):
    """Records a job of the lane's RTL. Raises NoEnergy."""
    program = pathlib.Path(programs) / program_name(place)
    if not program.exists():
        raise NoEnergy(f"{program.name} was not found in {programs}: build it first.")
    keys, queries = job.keys or KEYS[place.rows], job.queries or place.rows
    done = subprocess.run([str(program), "--job", job.inputs, "--keys", str(keys), "--queries",
                           str(queries), "--vectors", str(stem)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise NoEnergy(f"{program.name}: {done.stdout.strip()[-200:]}")


def first_clock(entry):
    """The target, or above it the period that the netlist reaches, in steps."""
    if not entry.misses:
        return entry.place.clock_ns
    return math.ceil(entry.raw["timing"]["min_period_ns"] / STEP_NS) * STEP_NS


def measured(entry, folder, liberties, stem):
    """What energy.py says; at the fastest clock at which the outputs are right. Raises NoEnergy."""
    import energy  # NumPy and a C compiler are needed only here
    model = energy.load(folder / "lane.v", liberties, top=lanes.DESIGNS[entry.place.design].top)
    clock = first_clock(entry)
    for _ in range(TRIES if entry.misses else 1):
        found = energy.measure(model, str(stem), round(clock, 4))
        if not found["wrong"]:
            return found
        clock += STEP_NS * entry.place.clock_ns
    raise NoEnergy(f"output {found['wrong'][0][1]} differs in cycle {found['wrong'][0][0]}.")


@dataclasses.dataclass(frozen=True)
class Job:
    """What a bench is asked for."""
    inputs: str = data.MAIN_JOB  # a name that it knows, or a trace's folder
    keys: int = 0     # of a row, 0: KEYS
    queries: int = 0  # 0: one a row of the lane

    @property
    def name(self):
        return pathlib.Path(self.inputs).name


def one(entry, out, programs, job=Job()):
    """Writes NAME/energy_JOB.json of an entry. Raises NoEnergy."""
    place = entry.place
    folder = pathlib.Path(out) / place.library / place.name
    liberties = sorted((pathlib.Path(out) / "libraries" / place.library).iterdir())
    stem = folder / job.name
    try:
        record(place, programs, job, stem)
        found = measured(entry, folder, liberties, stem)
    except (ValueError, OSError) as error:
        raise NoEnergy(f"{error}.") from error
    finally:
        for kind in (".in", ".out"):
            stem.with_suffix(kind).unlink(missing_ok=True)
    found["netlist_hash"] = data.netlist_hash(folder)
    (folder / f"energy_{job.name}.json").write_text(json.dumps(found, indent=1) + "\n",
                                                    encoding="utf-8")
    return found


def wanting(book, job=Job(), wanted=lambda place: True):
    """Entries of the tables that have no energy of a job, in the order of the tables."""
    found = [book.entries[place] for place in book.wanted() if place in book.entries]
    return [entry for entry in found if job.name not in entry.energies and not entry.void and
            wanted(entry.place)]


def told(entry, out, programs, job):
    """Whether an entry has the energy now; prints it, or why not."""
    try:
        found = one(entry, out, programs, job)
    except NoEnergy as sentence:
        print(f"{entry.place.library} {entry.place.name}: {sentence}", file=sys.stderr)
        return False
    print(f"{entry.place.library} {entry.place.name}: {job.name}: "
          f"{found['job']['pj_per_key']:.2f} pJ a key at {found['clock_ns']:g} ns, "
          f"{found['compared_bits']} bits compared, {found['seconds']:.0f} s", flush=True)
    return True


def fill(book, out, programs, job=Job(), wanted=lambda place: True, jobs=1):
    """Energies of the entries that have none, `jobs` at a time; how many still have none."""
    todo = wanting(book, job, wanted)
    if not todo:
        print(f"{out} has no netlist of these options that lacks an energy.", flush=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:  # the simulator leaves Python's lock
        return sum(not good for good in
                   pool.map(lambda entry: told(entry, out, programs, job), todo))


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, metavar="DIR", help="folder of the benches")
    parser.add_argument("--out", default=str(rtl.ROOT / "out/synth"), metavar="OUT")
    parser.add_argument("--library")
    parser.add_argument("--clock", type=float, metavar="NS")
    parser.add_argument("--d", default="16,64,256")
    parser.add_argument("--design", default=",".join(lanes.DESIGNS), help="default: all")
    parser.add_argument("--rows", default="1,8")
    parser.add_argument("--job", default=data.MAIN_JOB, help="a trace's folder, or a name of a job")
    parser.add_argument("--keys", type=int, default=0,
                        help="of a row; default 512, with eight rows 256")
    parser.add_argument("--queries", type=int, default=0, help="default: one a row of the lane")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="netlists at a time")
    parser.add_argument("--quick", action="store_true", help="ours, a and c; d = 16 and 64")
    options = parser.parse_args(arguments)
    try:
        book = data.load(options.out, data.ACCURACY, options.library, options.clock, options.quick)
        dims = [int(value) for value in options.d.split(",")]
        rows = [int(value) for value in options.rows.split(",")]
        designs = options.design.split(",")

        def wanted(place):
            return place.d in dims and place.rows in rows and place.design in designs
        job = Job(options.job, options.keys, options.queries)
        return 1 if fill(book, options.out, options.programs, job, wanted,
                         max(1, options.jobs)) else 0
    except (library.Unusable, ValueError) as sentence:
        print(f"flashd: {sentence}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"flashd: the Python module {error.name} is missing", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
