# SPDX-License-Identifier: Apache-2.0
"""The ONNX cases for the tests, made with a Python that has the package."""
import functools
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


@functools.lru_cache(maxsize=None)
def python():
    """A Python that has the package onnx, or None."""
    for path in (os.environ.get("FLASHD_PYTHON"), ROOT / ".venv" / "bin" / "python",
                 sys.executable):
        if path and pathlib.Path(path).exists() and subprocess.run(
                [str(path), "-c", "import onnx, numpy"], stderr=subprocess.DEVNULL).returncode == 0:
            return str(path)
    return None


def skip(reason):
    """Ends the program as a skipped test."""
    print(f"SKIP: {reason}")
    sys.exit(77)


def need():
    """Skips if the package is not there."""
    if not python():
        skip("no Python with the package onnx; ./flashd test installs it into .venv")


def make(folder):
    """Exports the cases."""
    subprocess.run([python(), "-B", str(ROOT / "python" / "onnx_cases.py"), "--out", str(folder)],
                   check=True)
