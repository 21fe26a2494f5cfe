# SPDX-License-Identifier: Apache-2.0
"""hardware_test.py <program> <folder of plug-ins>: the ONNX cases on `tiny` hardware.

The verilated engine and the verilated device must pass every case with the bits of golden.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cases

# Back end, its plug-in, options beside the format.
BACKENDS = (("engine", "flashd_rtl_tiny_fine", ("--stall", "0.3")),
            ("rtl", "flashd_top_tiny_fine", ("--memory", "jitter:60,5")),
            ("model", "flashd_top_tiny_fine", ("--memory", "jitter:60,5")))


def run(program, plugins, folder, backend, options):
    """Sentences on what is wrong; prints what was compared."""
    command = [program, "onnx", "--cases", folder, "--config", "tiny", "--json", "--backend",
               f"golden,{backend}", *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          env=dict(os.environ, FLASHD_PLUGIN_DIR=plugins))
    if done.returncode not in (0, 1):
        return [f"{backend} {options}: status {done.returncode}"]
    golden, report = json.loads(done.stdout)
    print(f"{backend} {' '.join(options)}: {report['passed']} passed with golden's bits, "
          f"{report['refused']} refused, {report['values']} values compared")
    wrong = [f"{backend} {options}: {r['name']}: {r.get('reason', 'beyond the tolerance')}"
             for r in report["results"] if r["state"] == "failed"]
    if (report["passed"], report["refused"]) != (75, 18) or report["values"] != golden["values"]:
        wrong.append(f"{backend} {options}: expected 75 passed and 18 refused")
    return wrong


def main(program, plugins):
    cases.need()
    there = [b for b in BACKENDS if (pathlib.Path(plugins) / f"lib{b[1]}.so").exists()]
    absent = [b[1] for b in BACKENDS if b not in there]
    if not there:
        cases.skip(f"not built: {', '.join(absent)}")
    wrong = []
    with tempfile.TemporaryDirectory(prefix="flashd_onnx_") as folder:
        cases.make(pathlib.Path(folder) / "cases")
        for backend, _, options in there:
            for input_format in ("bf16", "fp16"):
                wrong += run(program, plugins, f"{folder}/cases", backend,
                             ("--input-format", input_format, *options))
    for target in absent:
        print(f"SKIP: {target} is not built")
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
