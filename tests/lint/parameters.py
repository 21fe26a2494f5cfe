#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Unsupported parameters of flashd_engine stop elaboration with a sentence that names the range."""
import lint

# Parameters (the rest as in `tiny`) and how the sentence begins.
REFUSED = [
    ({"Profile": 2}, "Profile must be"),
    ({"Profile": -1}, "Profile must be"),
    ({"Sig": 9}, "Sig must be"),
    ({"Sig": 4}, "Sig must be"),
    ({"Width": 4}, "Width must be"),
    ({"Width": 48}, "Width must be"),
    ({"Width": 512}, "Width must be"),
    ({"Lanes": 0}, "Lanes must be"),
    ({"Lanes": 9}, "Lanes must be"),
    ({"Contexts": 0}, "Contexts must be"),
    ({"Contexts": 65}, "Contexts must be"),
    ({"Tile": 8}, "Tile must be"),
    ({"Tile": 48}, "Tile must be"),
    ({"Tile": 128}, "Tile must be"),
    ({"SoftCap": 2}, "SoftCap must be"),
    ({"SoftCap": -1}, "SoftCap must be"),
    ({"Width": 128, "Tile": 16, "MaxHeadDim": 128}, "Tile must be"),
    ({"MaxHeadDim": 300}, "MaxHeadDim must be"),
    ({"MaxHeadDim": 320}, "MaxHeadDim must be"),
    ({"MaxHeadDim": 24}, "MaxHeadDim must be"),
    ({"MaxHeadDim": 8}, "MaxHeadDim must be"),
    ({"MaxHeadDim": 0}, "MaxHeadDim must be"),
]


def main():
    bad = 0
    for parameters, sentence in REFUSED:
        status, text = lint.verilator({**lint.rtl.parameters("tiny", "fine"), **parameters})
        what = " ".join(f"{name}={value}" for name, value in parameters.items())
        said = [line for line in text.splitlines() if f"{lint.rtl.TOP}: {sentence}" in line]
        if status and said:
            print(f"refused: {what}: {said[0].split(': ', 3)[-1]}")
        else:
            bad += 1
            print(f"FAILURE {what}: expected a refusal '{sentence} ...', status {status}\n{text}")
    return lint.verdict(bad)


if __name__ == "__main__":
    lint.run(main)
