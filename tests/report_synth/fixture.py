# SPDX-License-Identifier: Apache-2.0
"""Results of the flow that no tool made, so that a report of every lane can be tested."""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "synth"))

import report_data  # noqa: E402

# Lane -> area at d 16, one row; smallest period, ns; pJ a key at d 16.
SIZES = {("ours", "fine"): (38000, 1.82, 55.0), ("ours", "lean"): (35000, 1.78, 50.0),
         ("a", "fine"): (53000, 1.99, 80.0), ("b", "fine"): (90000, 2.40, 150.0),
         ("c", "fine"): (37000, 1.90, 58.0), ("c", "lean"): (34500, 1.90, 54.0),
         ("d", "fine"): (52000, 2.60, 77.0), ("e", "fine"): (24000, 1.60, 36.0),
         ("p", "fine"): (60000, 2.20, 90.0)}
UNITS = {"output": 0.5, "score": 0.3, "weight": 0.12, "rows": 0.06, "control": 0.02}
LIBRARIES = {"nangate45": (2.0, 1.0), "sky130hd": (8.0, 9.5)}


def point(lane, d, rows, library="nangate45", clock=None, scale=1.0):
    """A result as synth/lane.py writes it."""
    target, size = LIBRARIES[library]
    clock = clock or target
    area, period, _ = SIZES[lane]
    cells = area * scale * size * d / 16 * (1 + 0.15 * max(0.0, target / clock - 1))
    bits = 0 if rows == 1 else 8 * 48 * d
    memory = 0.5 * size * bits
    period = period * target / 2 * (1 if clock >= target else 0.9)
    return {"design": lane[0], "profile": lane[1], "d": d, "rows": rows, "library": library,
            "clock_ns": clock, "sources_hash": "0" * 64,
            "area": {"total": round(cells + memory, 1), "cells": round(cells, 1),
                     "memory": round(memory, 1), "memory_bits": bits,
                     "by_unit": {name: round(part * cells, 1) for name, part in UNITS.items()}},
            "cells": {"DFF_X1": 1000}, "flops": 1000, "clock_gates": 50,
            "timing": {"slack_ns": round(clock - period, 4), "tns_ns": 0.0,
                       "min_period_ns": round(period, 4), "start": "a", "end": "b", "path": []},
            "recipes": {}, "verified": {"cycles": 500, "outputs": 64, "mismatches": 0},
            "netlist": "lane.v", "seconds": 1.0}


def energy(result, lane, wrong=0):
    """A figure as synth/energy.py writes it."""
    per_key = SIZES[lane][2] * result["d"] / 16
    units = {"u_score": {"total_fj_per_cycle": 400 * per_key},
             "u_output": {"total_fj_per_cycle": 600 * per_key}}
    return {"netlist": "lane", "clock_ns": result["clock_ns"],
            "area_um2": result["area"]["cells"], "compared_bits": 4096, "wrong": [],
            "wrong_count": wrong,
            "job": {"keys": 512, "cycles": 540, "pj_per_key": per_key, "mw": per_key / 2,
                    "pj_per_key_by": {"switching": per_key}, "units": units}}


def put(folder, result, joules=None):
    """Writes a result, and its energy for job n01."""
    name = "{design}_{profile}_d{d}_r{rows}_{clock_ns:g}ns".format(**result)
    where = pathlib.Path(folder) / result["library"]
    (where / name).mkdir(parents=True, exist_ok=True)
    (where / f"{name}.json").write_text(json.dumps(result), encoding="utf-8")
    if joules:
        (where / name / "energy_n01.json").write_text(json.dumps(joules), encoding="utf-8")


def full(folder):
    """All points of the tables, a curve of two lanes, and a second library at d 16."""
    for lane in report_data.LANES:
        for rows in (1, 8):
            for d in (16, 64, 256):
                result = point(lane, d, rows)
                put(folder, result, energy(result, lane))
            put(folder, point(lane, 16, rows, "sky130hd"))
    for clock in (1.5, 3.0):
        for lane in (("ours", "fine"), ("a", "fine")):
            put(folder, point(lane, 16, 1, clock=clock))


if __name__ == "__main__":
    full(sys.argv[1])
