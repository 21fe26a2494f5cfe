#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second simulator: flashd_top (tiny) runs a job under Icarus Verilog, bit for bit as golden.

Icarus 11 does not read this SystemVerilog itself (elaboration messages, concurrent assertions), so
slang elaborates it and Yosys writes it as plain Verilog.
"""
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lint"))

import lint  # noqa: E402
import yosys  # noqa: E402

BENCH = pathlib.Path(__file__).resolve().parent / "bench.v"


def tool(name):
    path = shutil.which(name)
    if not path:
        raise lint.rtl.Skip(f"{name} was not found: install the package iverilog (./flashd does it "
                            "on Debian).")
    return path


def simulate(folder, options):
    """Last lines of one simulation of flashd.v in the folder."""
    steps = ([tool("iverilog"), "-g2005-sv", "-s", "bench", "-o", "bench.vvp", *options, "flashd.v",
              str(BENCH)], [tool("vvp"), "-n", "bench.vvp"])
    text = ""
    for step in steps:
        done = subprocess.run(step, cwd=folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False, timeout=600)
        text = done.stdout
        if done.returncode:
            return f"FAILURE: {step[0]} ends with {done.returncode}\n{text}"
    return text


def main():
    tool("iverilog")
    bad = 0
    files = lint.rtl.sources(lint.rtl.DEVICE_LIST)
    values = {"Profile": 0, **lint.rtl.configurations(lint.rtl.DEVICE_FIELDS)["tiny"]}
    script = [yosys.read(lint.rtl.DEVICE_TOP, values, files, ""), "proc", "opt_clean", "bwmuxmap",
              "write_verilog -noattr flashd.v"]
    with yosys.run(script, files) as done:
        if done.status:
            print("FAILURE: " + "\n".join(done.errors()))
            return lint.verdict(1)
        text = simulate(done.folder, [])
        print(text, end="")
        bad += "PASS 24 checks" not in text or "FAILURE" in text
        text = simulate(done.folder, ["-Pbench.WantLse=0"])
        if "FAILURE LSE: 37b17218, expected 00000000" not in text:
            bad += 1
            print(f"FAILURE: a wrong expectation passes\n{text}")
    return lint.verdict(bad)


if __name__ == "__main__":
    lint.run(main)
