#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Energy of a mapped netlist under recorded port vectors: see docs/energy.md.

  python3 synth/energy.py --netlist lane.v --liberty nangate45_typ.lib.gz --vectors STEM --clock 2.0

STEM.in and STEM.out are written by a lane bench (--vectors STEM). The outputs of the netlist must
be those of STEM.out; a difference is an error, for figures of a wrong netlist mean nothing.
Exit status: 0 good, 1 the netlist does something else, 2 bad usage or input.
"""
import argparse
import dataclasses
import json
import pathlib
import sys
import time

import numpy

import energy_netlist
import energy_sim
import energy_tables
import energy_vectors

VALIDS = ("valid_i", "q_valid_i", "run_i")  # a lane takes something when one is high


@dataclasses.dataclass
class Model:
    """A netlist with its library and tables; reusable for many runs."""
    netlist: energy_netlist.Netlist
    tables: energy_tables.Tables
    setting: energy_tables.Setting
    files: list


def load(netlist, liberties, setting=energy_tables.Setting(), top=None, clock="clk_i"):
    """Model of a Verilog netlist and the liberty files of its cells. Raises ValueError."""
    flat = energy_netlist.read(netlist, top)
    library = energy_netlist.link(flat, liberties)
    return Model(flat, energy_tables.Tables(flat, library, setting, clock), setting,
                 [str(pathlib.Path(path).name) for path in liberties])


def with_idle(vectors, idle):
    """The vectors and `idle` more cycles: nothing valid, everything else as in the last cycle."""
    if not idle:
        return vectors
    bits, known = {}, {}
    for name, table in vectors.bits.items():
        last = numpy.repeat(table[-1:], idle, axis=0)
        if name in VALIDS:
            last = numpy.zeros_like(last)
        bits[name] = numpy.concatenate([table, last])
        known[name] = numpy.concatenate([vectors.known[name], numpy.zeros(idle, bool)])
    return energy_vectors.Vectors(vectors.cycles + idle, bits, known)


def differences(activity, expected):
    """(output bits compared, list of (cycle, port)) against the recorded outputs."""
    wrong, compared = [], 0
    for name, table in expected.bits.items():
        if name not in activity.outputs:
            raise ValueError(f"the netlist has no output {name}, the vectors do")
        rows = numpy.flatnonzero(expected.known[name])
        got = activity.outputs[name][rows]
        if got.shape[1] != table.shape[1]:
            raise ValueError(f"output {name} has {got.shape[1]} bits, the vectors {table.shape[1]}")
        compared += got.size
        bad = rows[(got != table[rows]).any(axis=1)]
        wrong += [(int(cycle), name) for cycle in bad]
    return compared, sorted(wrong)


def counts(inputs, outputs, begin, end):
    """Things that happened in cycles begin to end of a lane: keys, visible keys, runs, rows."""
    ready = outputs.word("ready_o", 1) if outputs else numpy.ones(inputs.cycles, numpy.uint8)
    taken = (inputs.word("valid_i") & ready[:inputs.cycles])[begin:end]
    runs = taken & inputs.word("begin_i", 0)[begin:end]
    rows = taken & inputs.word("last_i", 0)[begin:end]
    visible = taken & inputs.word("visible_i", 1)[begin:end]
    found = {"keys": taken, "visible_keys": visible, "runs": runs, "rows": rows,
             "queries": inputs.word("q_valid_i")[begin:end]}
    found = {name: int(values.sum()) for name, values in found.items()}
    if outputs and "o_valid_o" in outputs.bits:
        found["outputs"] = int(outputs.word("o_valid_o")[begin:end].sum())
    return found


def window(inputs, outputs):
    """Cycles from the first key (or query) to the last output: what a job costs."""
    busy = inputs.word("valid_i") | inputs.word("q_valid_i")
    if outputs and "o_valid_o" in outputs.bits:
        busy = busy | outputs.word("o_valid_o")
    places = numpy.flatnonzero(busy)
    if not len(places):
        return 0, inputs.cycles
    return int(places[0]), int(places[-1]) + 1


def by_unit(model, activity, rows, period, depth):
    """Unit -> figures per cycle, fJ, over the cycles `rows`."""
    cells, area = {}, {}
    for cell, name in zip(model.netlist.cells, model.tables.units(depth)):
        cells[name] = cells.get(name, 0) + 1
        area[name] = area.get(name, 0.0) + model.netlist.types[cell.type].area
    mean = activity.trace[rows].mean(axis=0) * 1e15
    found = {}
    for place, name in enumerate(activity.units):
        values = dict(zip(energy_sim.CATEGORIES, map(float, mean[place])))
        found[name] = {"cells": cells.get(name, 0), "area_um2": round(area.get(name, 0.0), 3),
                       "fj_per_cycle": {key: round(value, 3) for key, value in values.items()},
                       "total_fj_per_cycle": round(sum(values.values()), 3),
                       "mw": round(sum(values.values()) * 1e-15 / period * 1e3, 6)}
    return found


def summary(model, activity, begin, end, period, depth):
    """Totals over cycles begin to end."""
    joules = activity.trace[begin:end].sum(axis=(0, 1))
    parts = {name: round(float(value) * 1e12, 6)
             for name, value in zip(energy_sim.CATEGORIES, joules)}
    return {"begin": begin, "end": end, "cycles": end - begin,
            "total_pj": round(float(joules.sum()) * 1e12, 6), "pj": parts,
            "mw": round(float(joules.sum()) / ((end - begin) * period) * 1e3, 6),
            "units": by_unit(model, activity, slice(begin, end), period, depth)}


def write_trace(path, activity):
    """Energy by cycle, unit and category as CSV, fJ; parts that are zero are left out."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("cycle,unit,category,fj\n")
        for cycle, place, part in zip(*numpy.nonzero(activity.trace)):
            file.write(f"{cycle},{activity.units[place]},{energy_sim.CATEGORIES[part]},"
                       f"{activity.trace[cycle, place, part] * 1e15:.3f}\n")


def measure(model, stem, clock_ns, idle=64, begin=None, end=None, levelled=False, depth=2,
            trace=None):
    """Runs the vectors STEM on the netlist; a dictionary for JSON (docs/energy.md tells its form).

    Cycles begin to end are the job (default: first key or query to last output); after the vectors
    come `idle` cycles with nothing valid, of which the last half gives the idle figure. `trace`:
    file for write_trace. Raises ValueError for vectors that do not fit; a wrong output is in "wrong", not raised.
    """
    started = time.monotonic()
    period = clock_ns * 1e-9
    inputs = energy_vectors.read(stem + ".in")
    expected = energy_vectors.read(stem + ".out") if pathlib.Path(stem + ".out").exists() else None
    lengthened = with_idle(inputs, idle)
    driven = {name: bits for name, bits in lengthened.bits.items() if name != "clk_i"}
    activity = energy_sim.run(model.tables, driven, lengthened.cycles, period, levelled=levelled,
                              depth=depth)
    if trace:
        write_trace(trace, activity)
    compared, wrong = differences(activity, expected) if expected else (0, [])
    first, last = window(inputs, expected)
    begin, end = first if begin is None else begin, last if end is None else end
    job = summary(model, activity, begin, end, period, depth)
    happened = counts(inputs, expected, begin, end)
    job.update(happened)
    if happened["keys"]:
        job["pj_per_key"] = round(job["total_pj"] / happened["keys"], 6)
        job["pj_per_key_by"] = {name: round(value / happened["keys"], 6)
                                for name, value in job["pj"].items()}
    total, functional = int(activity.toggles.sum()), int(activity.functional.sum())
    result = {
        "netlist": model.netlist.top, "libraries": model.files, "clock_ns": clock_ns,
        "cells": len(model.netlist.cells), "area_um2": round(model.netlist.area(), 3),
        "memory_bits": sum(memory.depth * memory.bits for memory in model.netlist.memories),
        "setting": dataclasses.asdict(model.setting), "delays": not levelled,
        "compared_bits": compared, "wrong": wrong[:20], "wrong_count": len(wrong),
        "toggles": {"with_glitches": total, "zero_delay": functional,
                    "per_zero_delay": round(total / max(functional, 1), 4)},
        "switching_pj": {
            "with_glitches": float(activity.toggles @ model.tables.net_energy) * 1e12,
            "zero_delay": float(activity.functional @ model.tables.net_energy) * 1e12},
        "job": job, "seconds": round(time.monotonic() - started, 2)}
    if idle:
        result["idle"] = summary(model, activity, lengthened.cycles - idle // 2, lengthened.cycles,
                                 period, depth)
    return result


def report(result):
    """A few lines for people."""
    job, lines = result["job"], []
    lines.append(f"{result['netlist']}: {result['cells']} cells, {result['area_um2']:.0f} um2, "
                 f"{job['cycles']} cycles at {result['clock_ns']} ns, {job['mw']:.3f} mW")
    if "pj_per_key" in job:
        parts = ", ".join(f"{name} {value:.3f}" for name, value in job["pj_per_key_by"].items())
        lines.append(f"  {job['keys']} keys: {job['pj_per_key']:.3f} pJ a key ({parts})")
    if "idle" in result:
        lines.append(f"  idle: {result['idle']['total_pj'] / result['idle']['cycles']:.3f} pJ a "
                     "cycle")
    toggles = result["toggles"]
    lines.append(f"  toggles: {toggles['with_glitches']} with glitches, {toggles['zero_delay']} "
                 f"without ({toggles['per_zero_delay']:.2f}); {result['compared_bits']} output "
                 f"bits compared, {result['wrong_count']} wrong cycles; {result['seconds']} s")
    for name, unit in sorted(job["units"].items(), key=lambda item: -item[1]["total_fj_per_cycle"]):
        parts = ", ".join(f"{key} {value:.0f}" for key, value in unit["fj_per_cycle"].items())
        lines.append(f"  {name:36} {unit['area_um2']:9.0f} um2 {unit['total_fj_per_cycle']:10.1f} "
                     f"fJ a cycle ({parts})")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--netlist", required=True, help="mapped Verilog, flat or hierarchical")
    parser.add_argument("--liberty", required=True, action="append", help="may be given again")
    parser.add_argument("--vectors", required=True, metavar="STEM")
    parser.add_argument("--clock", required=True, type=float, metavar="NS")
    parser.add_argument("--top")
    parser.add_argument("--json", metavar="OUT")
    parser.add_argument("--idle", type=int, default=64, help="idle cycles after the vectors")
    parser.add_argument("--begin", type=int, help="first cycle that counts")
    parser.add_argument("--end", type=int, help="cycle behind the last that counts")
    parser.add_argument("--zero-delay", action="store_true", help="no delays, no glitches")
    parser.add_argument("--depth", type=int, default=2, help="names of a unit's path")
    parser.add_argument("--trace", metavar="CSV", help="energy of every cycle and unit")
    parser.add_argument("--wire-base", type=float, default=0.0, metavar="FF", help="of every net")
    parser.add_argument("--wire-fanout", type=float, default=0.0, metavar="FF", help="a pin on it")
    parser.add_argument("--ram-scale", type=float, default=1.0,
                        help="energy of a memory's bit against the 45 nm figure")
    parser.add_argument("--both-outputs", action="store_true",
                        help="count both tables where two outputs tell the same energy")
    arguments = parser.parse_args()
    setting = energy_tables.Setting(wire_base=arguments.wire_base * 1e-15,
                                    wire_fanout=arguments.wire_fanout * 1e-15,
                                    ram_scale=arguments.ram_scale,
                                    both_outputs=arguments.both_outputs)
    try:
        model = load(arguments.netlist, arguments.liberty, setting, arguments.top)
        result = measure(model, arguments.vectors, arguments.clock, arguments.idle, arguments.begin,
                         arguments.end, arguments.zero_delay, arguments.depth,
                         arguments.trace)
    except (ValueError, OSError) as error:
        print(f"{arguments.netlist}: {error}", file=sys.stderr)
        return 2
    print(report(result))
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(result, indent=1) + "\n",
                                                encoding="utf-8")
    if result["wrong"]:
        cycle, port = result["wrong"][0]
        print(f"{arguments.netlist}: output {port} differs in cycle {cycle}: the figures are void",
              file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
