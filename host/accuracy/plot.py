#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the picture of `flashd accuracy`: plot.py accuracy.csv accuracy.png

Relative L2 error (FP32 output, BF16 inputs, worst seed and head dimension) against the number of
keys, one panel per distribution, one line per datapath; a last panel with the traces.
Exit 3 if matplotlib is not installed.
"""
import csv
import math
import sys

try:
    import matplotlib
except ImportError:
    sys.exit(3)
matplotlib.use("Agg")
import matplotlib.pyplot as plt

DATAPATHS = {
    "published": ("FLASH-D as published", "#b03a2e", ":"),
    "published_exact": ("FLASH-D published, exact functions", "#e59866", ":"),
    "flash2_bf16": ("FlashAttention-2, all BF16", "#7d3c98", "--"),
    "gpu": ("FlashAttention-2, GPU", "#555555", "-"),
    "running_sum": ("running sum", "#1f77b4", "--"),
    "lean": ("flashd lean", "#52be80", "-"),
    "fine": ("flashd fine", "#0b6623", "-"),
}
FLOOR = 1e-8  # exact results would vanish on a logarithmic axis


def load(path):
    """Worst error by (inputs, is trace, datapath) and number of keys."""
    worst = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["input_format"] != "bf16":
                continue
            lines = worst.setdefault((row["inputs"], row["trace"] == "1"), {})
            line = lines.setdefault(row["datapath"], {})
            keys, error = int(row["keys"]), float(row["relative_l2_fp32"])
            line[keys] = max(line.get(keys, 0.0), error, FLOOR)
    return worst


def draw_sizes(axes, name, lines):
    for datapath, (title, colour, style) in DATAPATHS.items():
        points = sorted(lines.get(datapath, {}).items())
        axes.plot([k for k, _ in points], [e for _, e in points], style, color=colour, marker="o",
                  markersize=3, linewidth=1.5, label=title)
    axes.set(xscale="log", yscale="log", title=name, xlabel="keys")
    axes.grid(True, which="major", alpha=0.3)


def draw_traces(axes, traces):
    for datapath, (title, colour, _) in DATAPATHS.items():
        errors = [max(lines.get(datapath, {0: math.nan}).values()) for lines in traces.values()]
        axes.plot(errors, range(len(traces)), "o", color=colour, markersize=5, label=title)
    axes.set_yticks(range(len(traces)), list(traces), fontsize=7)
    axes.set(xscale="log", title="real traces")
    axes.grid(True, axis="x", alpha=0.3)


def main():
    worst = load(sys.argv[1])
    synthetic = {name: lines for (name, trace), lines in worst.items() if not trace}
    traces = {name: lines for (name, trace), lines in worst.items() if trace}
    panels = len(synthetic) + (1 if traces else 0)
    if panels == 0:
        sys.exit("accuracy.csv holds no case with BF16 inputs")
    columns = min(3, panels)
    rows = math.ceil(panels / columns)
    figure, grid = plt.subplots(rows, columns, figsize=(5 * columns, 3.6 * rows + 0.8), squeeze=False,
                                constrained_layout=True)
    flat = [axes for line in grid for axes in line]
    for axes, (name, lines) in zip(flat, synthetic.items()):
        draw_sizes(axes, name, lines)
    if traces:
        draw_traces(flat[len(synthetic)], traces)
    for axes in flat[panels:]:
        axes.axis("off")
    for line in grid:
        line[0].set_ylabel("relative L2 error, FP32 output")
    handles, labels = flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=9)
    figure.savefig(sys.argv[2], dpi=110)


if __name__ == "__main__":
    main()
