#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Energies of the report: job n01 on every netlist of the tables that has none yet.

  python3 synth/report_energy.py --programs build/release/bin --d 64

The lane's bench records the job while it compares the RTL with golden; synth/energy.py runs it on
the netlist at the clock of the table, or where the netlist misses that, at the clock it reaches.
Exit status: 0 good, 1 a netlist has no energy, 2 bad usage, 3 a tool is missing.
"""
import argparse
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


def record(place, programs, keys, stem):
    """Records job n01 of the lane's RTL. Raises NoEnergy."""
    program = pathlib.Path(programs) / program_name(place)
    if not program.exists():
        raise NoEnergy(f"{program.name} was not found in {programs}: build it first.")
    done = subprocess.run([str(program), "--job", data.MAIN_JOB, "--keys", str(keys), "--queries",
                           str(place.rows), "--vectors", str(stem)], text=True,
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


def one(entry, out, programs, keys):
    """Writes NAME/energy_n01.json of an entry. Raises NoEnergy."""
    place = entry.place
    folder = pathlib.Path(out) / place.library / place.name
    liberties = sorted((pathlib.Path(out) / "libraries" / place.library).iterdir())
    stem = folder / data.MAIN_JOB
    try:
        record(place, programs, keys, stem)
        found = measured(entry, folder, liberties, stem)
    except (ValueError, OSError) as error:
        raise NoEnergy(f"{error}.") from error
    finally:
        for kind in (".in", ".out"):
            stem.with_suffix(kind).unlink(missing_ok=True)
    found["netlist_hash"] = data.netlist_hash(folder)
    (folder / f"energy_{data.MAIN_JOB}.json").write_text(json.dumps(found, indent=1) + "\n",
                                                         encoding="utf-8")
    return found


def wanting(book):
    """Entries of the tables that have no energy, in the order of the tables."""
    found = [book.entries[place] for place in book.wanted() if place in book.entries]
    return [entry for entry in found if data.MAIN_JOB not in entry.energies]


def fill(book, out, programs, keys=None, dims=data.DIMS):
    """Energies of the entries that have none; the number of those that still have none."""
    failed = 0
    for entry in wanting(book):
        if entry.place.d not in dims:
            continue
        try:
            found = one(entry, out, programs, keys or KEYS[entry.place.rows])
        except NoEnergy as sentence:
            print(f"{entry.place.library} {entry.place.name}: {sentence}", file=sys.stderr)
            failed += 1
            continue
        print(f"{entry.place.library} {entry.place.name}: {found['job']['pj_per_key']:.2f} pJ a "
              f"key at {found['clock_ns']:g} ns, {found['compared_bits']} bits compared, "
              f"{found['seconds']:.0f} s", flush=True)
    return failed


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, metavar="DIR", help="folder of the benches")
    parser.add_argument("--out", default=str(rtl.ROOT / "out/synth"), metavar="OUT")
    parser.add_argument("--library")
    parser.add_argument("--clock", type=float, metavar="NS")
    parser.add_argument("--d", default="16,64,256")
    parser.add_argument("--keys", type=int, help="of a row; default 512, with eight rows 256")
    parser.add_argument("--quick", action="store_true", help="ours, a and c; d = 16 and 64")
    options = parser.parse_args(arguments)
    try:
        book = data.load(options.out, data.ACCURACY, options.library, options.clock, options.quick)
        dims = [int(value) for value in options.d.split(",")]
        return 1 if fill(book, options.out, options.programs, options.keys, dims) else 0
    except (library.Unusable, ValueError) as sentence:
        print(f"flashd: {sentence}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"flashd: the Python module {error.name} is missing", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
