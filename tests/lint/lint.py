# SPDX-License-Identifier: Apache-2.0
"""What the lint tests share: the RTL's file list, Verilator, verdict and skip."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "synth"))

import rtl  # noqa: E402

SKIPPED = 77


def verilator(parameters, defines=(), files=None, top=rtl.TOP):
    """Exit status and messages of `verilator --lint-only -Wall`."""
    program = rtl.tool("verilator", "install the package verilator (./flashd does it on Debian).")
    # A failed parameter check is a warning to Verilator, and it would elaborate what was refused.
    command = [program, "--lint-only", "-Wall", "-Werror-USERERROR", "--top-module", top]
    command += [f"-D{name}" for name in defines]
    command += [f"-G{name}={value}" for name, value in parameters.items()]
    done = subprocess.run(command + (files or rtl.listed()), cwd=rtl.ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def verdict(bad):
    print("PASS" if bad == 0 else f"FAILURE: {bad} of the checks above failed")
    return 1 if bad else 0


def run(main, *arguments):
    """Ends the program with main's status, or with 77 and the reason if a tool is absent."""
    try:
        sys.exit(main(*arguments))
    except rtl.Skip as reason:
        print(f"SKIP: {reason}")
        sys.exit(SKIPPED)
