# SPDX-License-Identifier: Apache-2.0
"""Parts that every lane has, so that lanes of different modules can be set side by side.

The flow tells the area of a unit by the module whose registers its gates feed (synth/lane.py).
"""
import re

# (part, what it is, pattern of the unit's name), the first that fits.
PARTS = (
    ("memory", "queries, row states, waiting scores in flashd_ram", r"^memory$"),
    ("result", "division or reciprocal, rounding, the output port",
     r"reciprocal|divide|_output$|round$|^o_o$"),
    ("merge", "a tile's result merged into its row", r"merge_slice|lane_merge|^merge"),
    ("score", "products and sums of q k", r"product|(bf16|fp32|published)_sum$|_dot$|_total$|"
                                         r"score_group|score_lane|^score(_q|_add|_sum)?$"),
    ("output", "products of p v, accumulators",
     r"element|output_lane|^value|^output"),
    ("queue", "scores that wait for their weight, weights that wait for their run",
     r"lane_scores|score_words|queue|score_buffer|weight_store"),
    ("rows", "states of rows, gates before memories",
     r"lane_rows|lane_store|^rows$|before memories"),
    ("weight", "scaling, maximum, exponentials, row sum, all that is once per key or run",
     r"weight|scalar|row_unit|sigmoid|exp$|power|_step|_fix|score|scale|log|_add$|clamp|row_state"),
    ("control", "the lane's own registers: control, and scalars that have no module of their own",
     r"lane|delay|ready|valid|take|control|leading|tag"),
)
ORDER = ("score", "queue", "weight", "output", "merge", "rows", "result", "control", "other",
         "memory")


def part(unit):
    """Part that a unit belongs to; `other` if no pattern fits."""
    return next((name for name, _, pattern in PARTS if re.search(pattern, unit)), "other")


def parts(entry):
    """Part -> um2 of an entry, in ORDER, only those it has."""
    found = {}
    for unit, area in entry.units().items():
        found[part(unit)] = found.get(part(unit), 0.0) + area
    return {name: found[name] for name in ORDER if name in found}
