#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: device.py CONFIG: flashd_top of one configuration is clean under Verilator's -Wall.

Profile fine with assertions, lean without (the engine alone has all four). CONFIG `corners` stands
for bus widths and parameters that no configuration of the spec has, and for those that must be
refused with a sentence.
"""
import sys

import lint

CORNERS = {
    "smallest": {"Width": 8, "Lanes": 1, "Contexts": 1, "Tile": 16, "MaxHeadDim": 8, "Sig": 11,
                 "AxiBits": 64, "SoftCap": 1},
    "wide bus": {"Width": 32, "Lanes": 3, "Contexts": 5, "Tile": 32, "MaxHeadDim": 96, "Sig": 11,
                 "AxiBits": 512, "SoftCap": 1},
    "many lanes": {"Width": 16, "Lanes": 8, "Contexts": 2, "Tile": 16, "MaxHeadDim": 16, "Sig": 8,
                   "AxiBits": 128, "SoftCap": 0},
}
# Changes to the first corner, and how the sentence begins.
REFUSED = [({"AxiBits": 32}, "AxiBits must be"), ({"AxiBits": 96}, "AxiBits must be"),
           ({"AxiBits": 1024}, "AxiBits must be"), ({"AxiBits": 256}, "AxiBits must be at most"),
           ({"SoftCap": 2}, "SoftCap must be")]


def clean(title, values):
    """Number of combinations that are not clean."""
    bad = 0
    files = lint.rtl.listed(lint.rtl.DEVICE_LIST)
    for id_, profile, defines in ((0, "fine", ["FLASHD_ASSERT"]), (1, "lean", [])):
        what = f"{title} {profile}{' with assertions' if defines else ''}"
        status, text = lint.verilator({"Profile": id_, **values}, defines, files,
                                      lint.rtl.DEVICE_TOP)
        if status or text.strip():
            bad += 1
            print(f"FAILURE {what}: verilator --lint-only -Wall is not clean\n{text}")
        else:
            print(f"clean: {what}")
    return bad


def refused(change, sentence):
    """1 if the parameters are not refused with the sentence."""
    status, text = lint.verilator({**CORNERS["smallest"], **change}, (),
                                  lint.rtl.listed(lint.rtl.DEVICE_LIST), lint.rtl.DEVICE_TOP)
    said = f"{lint.rtl.DEVICE_TOP}: {sentence}" in text
    what = " ".join(f"{name}={value}" for name, value in change.items())
    print(f"refused: {what}" if status and said else
          f"FAILURE {what}: expected a refusal '{sentence} ...', status {status}\n{text}")
    return 0 if status and said else 1


def main(name):
    if name != "corners":
        configurations = lint.rtl.configurations(lint.rtl.DEVICE_FIELDS)
        return lint.verdict(clean(name, configurations[name]))
    return lint.verdict(sum(clean(title, values) for title, values in CORNERS.items())
                        + sum(refused(*r) for r in REFUSED))


if __name__ == "__main__":
    lint.run(main, sys.argv[1])
