#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flashd_soc is clean under Verilator's -Wall and elaborates under slang without a warning; its
device is the spec's tiny; what it cannot be built with is refused with a sentence."""
import re
import sys

import lint
import yosys

sys.path.insert(0, str(lint.rtl.ROOT / "rtl/soc"))

import picorv32  # noqa: E402

TOP = "flashd_soc"
LIST = "rtl/soc/soc.f"
# Verilator wants a time scale everywhere, because picorv32.v has one.
SCALE = ["--timescale", "1ns/1ps"]
REFUSED = [({"JobBytes": 5000}, "JobBytes must be"), ({"JobBytes": 2048}, "JobBytes must be"),
           ({"FirmwareBytes": 3072}, "FirmwareBytes must be"),
           ({"UartDivisor": 3}, "UartDivisor must be")]


def defaults():
    """Parameters of flashd_soc and their default values, as far as they are numbers."""
    text = (lint.rtl.ROOT / "rtl/soc/flashd_soc.sv").read_text(encoding="utf-8")
    return {name: int(value.replace("_", ""))
            for name, value in re.findall(r"parameter int (\w+) = ([\d_]+)", text)}


def main():
    core = picorv32.path()
    if not core:
        raise lint.rtl.Skip("the wheel pythondata-cpu-picorv32 was not found: ./flashd test "
                            "installs it into .venv.")
    bad = 0
    tiny = lint.rtl.configurations()["tiny"]
    given = defaults()
    for name, value in tiny.items():
        if given.get(name) != value:
            bad += 1
            print(f"FAILURE: {TOP} has {name} {given.get(name)}, tiny has {value}")
    if lint.rtl.configurations(lint.rtl.DEVICE_FIELDS)["tiny"]["AxiBits"] != 64:
        bad += 1
        print("FAILURE: the job memory's bus has 64 bits, that of tiny has not")
    files = lint.rtl.listed(lint.rtl.DEVICE_LIST) + lint.rtl.listed(LIST)
    for profile, defines in ((0, ["FLASHD_ASSERT"]), (1, [])):
        what = f"{TOP} {lint.rtl.PROFILES[profile]}"
        status, text = lint.verilator({"Profile": profile}, defines, files + [str(core)] + SCALE,
                                      TOP)
        if status or text.strip():
            bad += 1
            print(f"FAILURE {what}: verilator --lint-only -Wall is not clean\n{text}")
        else:
            print(f"clean: {what}")
    for values, sentence in REFUSED:
        what = " ".join(f"{name}={value}" for name, value in values.items())
        status, text = lint.verilator(values, (), files + [str(core)] + SCALE, TOP)
        if status and f": {sentence}" in text:
            print(f"refused: {what}")
        else:
            bad += 1
            print(f"FAILURE {what}: expected a refusal '{sentence} ...', status {status}\n{text}")
    sources = lint.rtl.sources(lint.rtl.DEVICE_LIST) + lint.rtl.sources(LIST)
    script = [yosys.read(TOP, {}, ["picorv32.v", *sources]), f"hierarchy -check -top {TOP}"]
    with yosys.run(script, sources, links={"picorv32.v": core}) as done:
        warnings = [line for line in done.log.splitlines() if "warning:" in line.lower()]
        if done.status or warnings:
            bad += 1
            print("FAILURE slang: " + "\n".join(done.errors() + warnings))
        else:
            print("elaborates without a warning")
    return lint.verdict(bad)


if __name__ == "__main__":
    lint.run(main)
