#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Applies each deliberate bug of unit_mutants.py to a copy of the sources and builds the unit
benches from it: the named unit must fail with a mismatch; without a bug all named units pass."""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from unit_mutants import UNIT_MUTANTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
COPIED = ("rtl", "model", "tests/rtl_units", "tests/unit")


def copy_tree(tree):
    for name in COPIED:
        shutil.copytree(ROOT / name, tree / name)
    shutil.copy(HERE / "units.cmake", tree / "CMakeLists.txt")


def build(command):
    """Last lines of the output if the command failed, else nothing."""
    done = subprocess.run([str(c) for c in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return "\n".join(done.stdout.splitlines()[-20:]) if done.returncode else ""


def check(benches, unit):
    """(exit status, the first line of a mismatch)."""
    try:
        done = subprocess.run([benches, unit], text=True, capture_output=True, timeout=180)
    except subprocess.TimeoutExpired:
        return 124, ""
    line = re.search(r"^.* golden .* at .*", done.stdout, re.M)
    return done.returncode, line[0] if line else ""


def run(args, scratch):
    tree, out = scratch / "tree", scratch / "build"
    copy_tree(tree)
    make = [args.cmake, "--build", out, "--target", "flashd_rtl_units", "--parallel", args.jobs]
    log = build([args.cmake, "-S", tree, "-B", out, "-G", args.generator,
                 f"-DCMAKE_CXX_COMPILER={args.cxx}", "-DCMAKE_BUILD_TYPE=Release"]) or build(make)
    if log:
        print(f"{log}\nFAIL: the unit benches cannot be built")
        return 1
    chosen = [m for m in UNIT_MUTANTS if not args.names or m.name in args.names]
    benches = out / "bin/flashd_rtl_units"
    for unit in sorted({m.unit for m in chosen}):
        if check(benches, unit)[0]:
            print(f"FAIL: without a bug {unit} does not pass")
            return 1
    print("without a bug: passes", flush=True)
    missed = 0
    for mutant in chosen:
        path = tree / mutant.file
        text = path.read_text()
        if mutant.old not in text:
            print(f"FAIL  {mutant.name}: {mutant.file} no longer holds '{mutant.old}'")
            missed += 1
            continue
        path.write_text(text.replace(mutant.old, mutant.new, 1))
        log = build(make)
        status, where = check(benches, mutant.unit) if not log else (0, log)
        caught = status == 1 and bool(where)
        missed += not caught
        print(f"{'caught' if caught else 'MISSED'}  {mutant.name}: {mutant.what}\n"
              f"        {where or 'nobody noticed'}", flush=True)
        path.write_text(text)
    print(f"{len(chosen) - missed} of {len(chosen)} mutants caught")
    return 1 if missed or not chosen else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cxx", default="c++")
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--generator", default="Ninja", help="CMake's generator")
    parser.add_argument("--jobs", type=int, default=1, help="processes of one build")
    parser.add_argument("names", nargs="*", help="only these mutants")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flashd_mutants_") as folder:
        return run(args, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
