#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The protocol assertions of rtl/top/flashd_axi_check.sv pass good traffic and report bad traffic."""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lint"))

import lint  # noqa: E402

BENCH = pathlib.Path(__file__).resolve().parent / "bench.cpp"
FILES = ["rtl/common/flashd_stream_check.sv", "rtl/top/flashd_axi_check.sv"]
# Scenario of bench.cpp: part of the message that must come.
SAID = {"withdrawn": "withdrawn", "changed": "changed while it waited",
        "fixed burst": "a read burst is no aligned INCR", "misaligned": "a read burst is no aligned",
        "narrow burst": "a write burst is no aligned INCR", "read page": "a read burst crosses",
        "write page": "a write burst crosses", "too many": "more bursts outstanding",
        "unasked data": "read data that nobody asked for", "early RLAST": "RLAST does not stand",
        "no RLAST": "RLAST does not stand", "early WLAST": "WLAST does not stand",
        "no WLAST": "WLAST does not stand", "data first": "write data ahead of its address",
        "early answer": "a write response without", "in reset": "first cycle after reset"}


def main():
    program = lint.rtl.tool("verilator", "install the package verilator (./flashd does it on "
                            "Debian).")
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        build = subprocess.run([program, "--cc", "--exe", "--build", "-j", "1", "--assert", "--top-module",
                                "flashd_axi_check",
                                "-GAxiBits=64", "-GOutstanding=4", "--Mdir", folder, "-CFLAGS",
                                "-O0 -w", "-o", "bench", *FILES, str(BENCH)], cwd=lint.rtl.ROOT,
                               text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               check=False)
        if build.returncode:
            print(f"FAILURE: the bench does not build\n{build.stdout}")
            return lint.verdict(1)

        def scenario(name):
            done = subprocess.run([f"{folder}/bench", name], text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
            return done.returncode, done.stdout

        names = set(scenario("")[1].split("\n")) - {""}
        if names != {"good", *SAID}:
            bad += 1
            print(f"FAILURE: scenarios differ from the list here: {names ^ {'good', *SAID}}")
        status, text = scenario("good")
        if status:
            bad += 1
            print(f"FAILURE: good traffic is reported\n{text}")
        for name, message in SAID.items():
            status, text = scenario(name)
            if status and message in text:
                print(f"reported: {name}")
            else:
                bad += 1
                print(f"FAILURE {name}: expected '{message}', status {status}\n{text}")
    return lint.verdict(bad)


if __name__ == "__main__":
    lint.run(main)
