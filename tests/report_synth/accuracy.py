# SPDX-License-Identifier: Apache-2.0
"""docs/results/silicon_accuracy.csv is what its program writes: one head dimension, one seed again.

  accuracy.py PROGRAM
"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main():
    kept = (ROOT / "docs/results/silicon_accuracy.csv").read_text(encoding="utf-8").splitlines()
    done = subprocess.run([sys.argv[1], "4096", "1", "16"], text=True, stdout=subprocess.PIPE,
                          check=True)
    again = done.stdout.splitlines()
    missing = [line for line in again if line not in kept]
    for line in missing[:10]:
        print(f"not in docs/results/silicon_accuracy.csv: {line}")
    print(f"{len(again)} lines compared, {len(missing)} differ")
    few = subprocess.run([sys.argv[1], "4096"], stderr=subprocess.PIPE, check=False)
    return 1 if missing or len(again) != 1 + 8 * 8 or few.returncode != 2 else 0


if __name__ == "__main__":
    sys.exit(main())
