#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: engine.py CONFIG: flashd_engine of one configuration is clean under Verilator's -Wall.

Both profiles, with and without assertions. CONFIG `corners` stands for the ends of the parameters'
ranges that no configuration of the spec reaches.
"""
import sys

import lint

CORNERS = {
    "smallest": {"Width": 8, "Lanes": 1, "Contexts": 1, "Tile": 16, "MaxHeadDim": 8, "Sig": 11},
    "many lanes": {"Width": 8, "Lanes": 8, "Contexts": 2, "Tile": 16, "MaxHeadDim": 8, "Sig": 8,
                   "SoftCap": 1},
    "many contexts": {"Width": 32, "Lanes": 3, "Contexts": 64, "Tile": 32, "MaxHeadDim": 96,
                      "Sig": 11},
    "merge 4": {"Width": 64, "Lanes": 2, "Contexts": 3, "Tile": 16, "MaxHeadDim": 128, "Sig": 8},
}


def main(name):
    chosen = CORNERS if name == "corners" else {name: lint.rtl.configurations()[name]}
    bad = 0
    for title, values in chosen.items():
        for profile, id_ in zip(lint.rtl.PROFILES, (0, 1)):
            for defines in ([], ["FLASHD_ASSERT"]):
                what = f"{title} {profile}{' with assertions' if defines else ''}"
                status, text = lint.verilator({"Profile": id_, **values}, defines)
                if status or text.strip():
                    bad += 1
                    print(f"FAILURE {what}: verilator --lint-only -Wall is not clean\n{text}")
                else:
                    print(f"clean: {what}")
    return lint.verdict(bad)


if __name__ == "__main__":
    lint.run(main, sys.argv[1])
