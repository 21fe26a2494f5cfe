#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Applies each deliberate bug of unit_mutants.py, or with --soc of soc_mutants.py, to a copy of the
sources and builds the unit benches from it: the named unit must fail with a mismatch or an
assertion; without a bug all named units pass."""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from bugs import copy_tree, try_each
from soc_mutants import SOC_MUTANTS
from unit_mutants import UNIT_MUTANTS

HERE = pathlib.Path(__file__).resolve().parent
COPIED = ("rtl", "model", "tests/rtl_units", "tests/soc", "tests/unit")


def build(command):
    """Last lines of the output if the command failed, else nothing."""
    done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return "\n".join(done.stdout.splitlines()[-20:]) if done.returncode else ""


def check(benches, unit):
    """(whether it failed, the first line of a mismatch or an assertion)."""
    try:
        done = subprocess.run([benches, unit], text=True, capture_output=True, timeout=180)
    except subprocess.TimeoutExpired:
        return True, ""
    line = re.search(r"^.*( golden .* at |Assertion failed).*", done.stdout, re.M)
    return done.returncode != 0, line[0] if line else ""


def run(args, scratch):
    tree, out = scratch / "tree", scratch / "build"
    name, mutants = (("flashd_soc_units", SOC_MUTANTS) if args.soc else
                     ("flashd_rtl_units", UNIT_MUTANTS))
    copy_tree(tree, COPIED)
    shutil.copy(HERE / "units.cmake", tree / "CMakeLists.txt")
    make = [args.cmake, "--build", out, "--target", name, "--parallel", args.jobs]
    log = build([args.cmake, "-S", tree, "-B", out, "-G", args.generator,
                 f"-DCMAKE_CXX_COMPILER={args.cxx}", "-DCMAKE_BUILD_TYPE=Release"]) or build(make)
    if log:
        print(f"{log}\nFAIL: the unit benches cannot be built")
        return 1
    chosen = [m for m in mutants if not args.names or m.name in args.names]
    benches = out / "bin" / name
    for unit in sorted({m.unit for m in chosen}):
        if check(benches, unit)[0]:
            print(f"FAIL: without a bug {unit} does not pass")
            return 1
    print("without a bug: passes", flush=True)

    def attempt(mutant):
        log = build(make)
        failed, where = check(benches, mutant.unit) if not log else (False, log)
        return failed and bool(where), where or "nobody noticed"

    return try_each(tree, chosen, attempt)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cxx", default="c++")
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--generator", default="Ninja", help="CMake's generator")
    parser.add_argument("--jobs", type=int, default=1, help="processes of one build")
    parser.add_argument("--soc", action="store_true", help="the units of rtl/soc")
    parser.add_argument("names", nargs="*", help="only these mutants")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flashd_mutants_") as folder:
        return run(args, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
