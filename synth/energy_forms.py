#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Forms of the energy table that were tried: worst errors of fit and held-back jobs by each.

  energy_forms.py --jobs spec/energy/nangate45.json --vectors DIR

DIR holds the recorded vectors of the jobs, as synth/energy_table.py --bench writes them: some forms
need counts that are not in the stored runs. Printed into docs/energy.md; makes no table.
"""
import argparse
import json
import pathlib
import sys

import energy_counts
import energy_table
import energy_vectors
import numpy

GRID_BITS = 26  # of a product on the score grid at head dimension 16, guard bit included
# What the score unit's energy is fitted to (with a measured step or without), how a tile is merged.
SCORES = (("elements", ), ("elements", "toggles"), ("elements", "signs"), ("elements", "bits"),
          ("elements", "signs and bits"), ("elements", "signs", "bits"),
          ("elements", "signs", "exponents", "bits"), ("signs", "bits", "width"),
          ("elements", "signs", "exponents", "bits", "width"), ("elements", "toggles", "width"),
          ("elements", "addend"), ("addend", "product"),
          ("signs", "bits", "queries"), ("step", "signs", "bits"),
          ("step", "signs", "bits", "width"), ("step", "signs", "sign bits", "bits"),
          ("step", "sign bits", "bits", "width"), ("sign bits", "bits"),
          ("step", "sign bits", "bits"))
MERGES = (("tiles", ), ("merged_tiles", ), ("merged_tiles", "first_tiles"))


def ones(values):
    return numpy.unpackbits(values.astype(">u8").view(numpy.uint8)).sum()


def changes(values):
    """Bits that differ from the row before; before the first there are zeros."""
    return int(ones(values ^ energy_counts.before(values)))


def counts(inputs, expected):
    """Counts of a job by name, beside the stored ones."""
    keys = energy_counts.keys(inputs, expected)
    query = energy_counts.queries(inputs, expected)
    sign_bits, bits = energy_counts.toggles(inputs, expected)
    sign = keys[:, :, energy_counts.SIGN]
    field = energy_counts.number(keys[:, :, energy_counts.FRACTION:energy_counts.SIGN])
    key = energy_counts.number(keys[:, :, :energy_counts.FRACTION]) + 128 * (field > 0)
    exponent = energy_counts.number(query[:, :, 8:18])
    shift = numpy.where(exponent < 512, exponent, exponent - 1024) + numpy.maximum(field, 1) + 1
    product = energy_counts.number(query[:, :, :8]) * key
    top = (1 << GRID_BITS) - 1
    grid = numpy.where(shift >= 0, product << numpy.clip(shift, 0, 40),
                       product >> numpy.clip(-shift, 0, 40))
    grid = numpy.minimum(grid, top)
    negative = (query[:, :, 18] ^ sign).astype(bool)
    signs = changes(sign.astype(numpy.int64))
    return {"elements": field.size, "signs": signs, "bits": bits, "signs and bits": signs + bits,
            "sign bits": sign_bits, "exponents": changes(field),
            "toggles": changes(energy_counts.number(keys)),
            "queries": changes(energy_counts.number(query)), "product": changes(product),
            "addend": changes(numpy.where(negative, top ^ (grid >> 1), grid >> 1)),
            "width": float(numpy.log2(numpy.maximum(grid, 1)).sum())}


def errors(runs, known, score, merge):
    """Job -> relative error, with the score and the merge unit fitted to other counts."""
    jobs, fits = [job for kind in energy_table.KINDS for job in runs[kind]], runs["fit"]
    weight = 1 / numpy.array([job["total_pj"] for job in fits])
    still = numpy.mean([job["still_pj_per_key"] for job in fits]) if "step" in score else 0.0
    found = {job["job"]: numpy.mean([fit["leakage_pj_per_cycle"] for fit in fits]) * job["cycles"]
             for job in jobs}
    forms = {"score": [name for name in score if name != "step"], "merge": merge,
             "weight": ["keys"], "output": ["used_keys", "skips"], "row": ["tiles"]}
    for group, names in forms.items():
        idle = numpy.mean([fit["idle_pj_per_cycle"][group] for fit in fits])
        fixed = {job["job"]: idle * job["cycles"] +
                 (still * job["keys"] if group == "score" else 0) for job in jobs}

        def row(job, names=names):
            own = known[job["job"]]
            return [own[name] if name in own else energy_table.count_of(job, name)
                    for name in names]
        matrix = numpy.array([row(job) for job in fits], float)
        wanted = numpy.array([job["pj"][group] - fixed[job["job"]] for job in fits])
        values = energy_table.nonnegative(matrix * weight[:, None], wanted * weight)
        for job in jobs:
            found[job["job"]] += fixed[job["job"]] + float(numpy.dot(values, row(job)))
    return {job["job"]: found[job["job"]] / job["total_pj"] - 1 for job in jobs}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--jobs", required=True, metavar="JSON")
    parser.add_argument("--vectors", required=True, metavar="DIR")
    arguments = parser.parse_args()
    try:
        runs = json.loads(pathlib.Path(arguments.jobs).read_text(encoding="utf-8"))
        known = {}
        for kind in energy_table.KINDS:
            for job in runs[kind]:
                stem = str(pathlib.Path(arguments.vectors) / job["job"])
                known[job["job"]] = counts(energy_vectors.read(stem + ".in"),
                                           energy_vectors.read(stem + ".out"))
                if known[job["job"]]["bits"] != job["significand_toggles"]:
                    raise ValueError(f"{stem}: not the vectors of the stored run")
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print("| score unit | merge unit | fit, worst | held back, worst | `equal` |")
    print("|---|---|---|---|---|")
    forms = [(SCORES[0], merge) for merge in MERGES] + \
        [(SCORES[5], MERGES[0])] + [(score, MERGES[-1]) for score in SCORES[1:]]
    for score, merge in forms:
        found = errors(runs, known, score, merge)
        cells = [", ".join(score), ", ".join(merge).replace("_tiles", "")]
        for kind in ("fit", "hold"):
            name = max((job["job"] for job in runs[kind]), key=lambda name: abs(found[name]))
            cells.append(f"`{name}` {100 * found[name]:+.2f} %")
        cells.append(f"{100 * found['equal']:+.2f} %" if "equal" in found else "not run")
        print(f"| {' | '.join(cells)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
