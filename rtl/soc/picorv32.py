#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the path of picorv32.v in its wheel (pythondata-cpu-picorv32, requirements.txt); without
the wheel: a sentence and exit code 77."""
import importlib.util
import pathlib
import sys

SKIPPED = 77


def path():
    """Path of picorv32.v, or None without the wheel."""
    found = importlib.util.find_spec("pythondata_cpu_picorv32")
    source = found and pathlib.Path(found.origin).parent / "verilog/picorv32.v"
    return source if source and source.exists() else None


def main():
    source = path()
    if not source:
        print("the wheel pythondata-cpu-picorv32 was not found: ./flashd test installs it into .venv",
              file=sys.stderr)
        return SKIPPED
    print(source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
