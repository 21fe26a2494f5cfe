#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_totals.py FOLDER: adds up what the co-simulations compared; fails when it is too little."""
import pathlib
import sys

LEAST = {"scores": 1_000_000, "p": 1_000_000, "tile sums": 500_000, "outputs": 500_000,
         "row states": 10_000}
EACH = 100_000
ORDER = ("scores", "p", "tile sums", "row states", "outputs")
MUST = {(c, p, f) for c in ("tiny", "base") for p in ("fine", "lean") for f in ("bf16", "fp16")}
MUST |= {("paper16", p, "bf16") for p in ("fine", "lean")}
SMOKE = {(c, "fine", "bf16") for c in ("wide", "paper64", "paper256", "paper16x8")}


def main():
    runs = {}
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.txt")):
        for line in path.read_text().splitlines():
            config, profile, fmt, *numbers = line.split()
            counts = runs.setdefault((config, profile, fmt), [0] * len(ORDER))
            for i, n in enumerate(numbers):
                counts[i] += int(n)
    faults = []
    for key in sorted(runs):
        print(f"{' '.join(key)}: {sum(runs[key])} values compared")
    for key in sorted(MUST | SMOKE):
        if key not in runs:
            faults.append(f"{' '.join(key)} was not run")
        elif key in MUST and sum(runs[key]) < EACH:
            faults.append(f"{' '.join(key)} compared {sum(runs[key])} values, at least {EACH} "
                          "are due")
    for i, name in enumerate(ORDER):
        total = sum(counts[i] for counts in runs.values())
        print(f"{name}: {total} compared")
        if total < LEAST[name]:
            faults.append(f"{total} {name} were compared, at least {LEAST[name]} are due")
    for fault in faults:
        print(f"FAIL: {fault}")
    return 1 if faults or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
