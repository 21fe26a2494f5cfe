#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Parts of the flow of lanes by themselves: the next stronger cell, memories before a replay."""
import synth

import library  # noqa: E402
import memory  # noqa: E402
import replay  # noqa: E402
import sizing  # noqa: E402

# Cell of the default library -> the next stronger one of the same function.
STRONGER = {"INVX1": "INVX4", "INVX4": "INVX8", "INVX8": None, "BUFX2": "BUFX4", "FAX1": None,
            "NAND2X1": None, "no such cell": None}


def main():
    try:
        cells = library.load(library.DEFAULT).cells
    except library.Unusable as sentence:
        raise synth.rtl.Skip(str(sentence)) from sentence
    bad = 0
    for name, wanted in STRONGER.items():
        got = sizing.stronger(cells, name)
        bad += got != wanted
        print(f"{'ok' if got == wanted else 'FAILURE'}: stronger than {name}: {got}")
    text = replay.filled(memory.model(memory.Ram(40, 5, 3)))
    whole = "word < 5;" in text and "mem_q[word] = {$random, $random};" in text
    bad += not whole or text.count("1'bx") != 1
    print(f"{'ok' if whole else 'FAILURE'}: 5 words of 40 bits start at random, a collision is x")
    print("FAILURE" if bad else "PASS")
    return 1 if bad else 0


if __name__ == "__main__":
    synth.run(main)
