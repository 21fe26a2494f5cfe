#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the attention map of a case and the error of every output row, for flashd demo.

Reads q.npy and k.npy of each INPUT, row_errors.npy and stats.json of each RESULT; writes
RESULT/attention.png.
Exit status 3 if NumPy or Matplotlib is missing.
"""
import argparse
import json
import pathlib
import sys

try:
    import numpy as np
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
except ImportError:
    print("plot_demo.py: NumPy or Matplotlib is missing", file=sys.stderr)
    sys.exit(3)

COLOURS = ("#0b6e4f", "#7f8fa6", "#c0392b")


def attention_map(case, job, head):
    """softmax(scale q k^T) of one query head in float64, masked keys as 0."""
    q, k = np.load(case / "q.npy"), np.load(case / "k.npy")
    group = q.shape[0] // k.shape[0]
    score = job["scale"] * q[head].astype(np.float64) @ k[head // group].astype(np.float64).T
    if job["causal"]:
        rows, keys = score.shape
        diagonal = keys - rows if job["diagonal"] is None else job["diagonal"]
        score[np.arange(keys)[None, :] > np.arange(rows)[:, None] + diagonal] = -np.inf
    weight = np.exp(score - score.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True)


def draw(case, result, output):
    stats = json.loads((result / "stats.json").read_text())
    errors = np.load(result / "row_errors.npy")
    job = stats["job"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")

    image = left.imshow(np.maximum(attention_map(case, job, 0), 2.0**-20),
                        norm=matplotlib.colors.LogNorm(2.0**-14, 1.0), cmap="magma",
                        interpolation="nearest", aspect="auto")
    figure.colorbar(image, ax=left, label="attention weight")
    left.set(title=f"{stats['trace']}, query head 0", xlabel="key", ylabel="query")

    floor = 1e-7
    for path, rows, colour in zip(stats["relative_l2"], errors, COLOURS):
        flat = np.sort(np.maximum(rows.reshape(-1), floor))
        right.semilogy(np.linspace(0, 100, flat.size), flat, color=colour, linewidth=2,
                       label=f"{path['path']}: {path['fp32_output']:.1e} over all")
    right.set(title="relative L2 error of each output row against float64, sorted",
              xlabel="percent of rows", ylabel="relative error")
    right.grid(True, which="major", alpha=0.3)
    right.legend()
    engine = f"{stats['config']} {stats['numerics']}, spec {stats['spec_hash']}"
    figure.suptitle(f"flashd {engine}: {stats['mismatches']} mismatches between RTL and golden, "
                    f"{stats['cycles']} cycles, utilisation {100 * stats['utilisation']:.1f} %")
    figure.savefig(output, dpi=110)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", nargs=2, type=pathlib.Path, action="append", required=True,
                        metavar=("INPUT", "RESULT"))
    for case, result in parser.parse_args().case:
        draw(case, result, result / "attention.png")


if __name__ == "__main__":
    main()
