# SPDX-License-Identifier: Apache-2.0
"""start.py <test> <program> <library>: runs a test with a Python that has NumPy, or skips."""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def python():
    """A Python that has NumPy, or None."""
    for path in (os.environ.get("FLASHD_PYTHON"), ROOT / ".venv" / "bin" / "python",
                 sys.executable):
        if path and pathlib.Path(path).exists() and subprocess.run(
                [str(path), "-c", "import numpy"], stderr=subprocess.DEVNULL).returncode == 0:
            return str(path)
    return None


def skip(reason):
    print(f"SKIP: {reason}")
    sys.exit(77)


def main(test, program, library):
    if os.environ.get("FLASHD_SANITIZED"):
        skip("a sanitized library does not load into Python")
    chosen = python()
    if not chosen:
        skip("no Python with NumPy; ./flashd test installs it into .venv")
    env = dict(os.environ, FLASHD_LIBRARY=library, FLASHD_PROGRAM=program,
               PYTHONPATH=str(ROOT / "python"))
    os.execve(chosen, [chosen, "-B", str(HERE / test), "-v"], env)


if __name__ == "__main__":
    main(*sys.argv[1:])
