#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Applies each deliberate bug to a copy of the sources, builds the engine that shows it
(`tiny` unless the bug says another, `fine`) from it and runs the cases of a list: every bug must be
caught; the sources without a bug must pass."""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from bugs import copy_tree, try_each
from mutants import MUTANTS

HERE = pathlib.Path(__file__).resolve().parent
COPIED = ("rtl", "sim", "model")


class Failed(Exception):
    pass


class Builder:
    """Builds a plug-in from a copy of the sources; objects of unchanged parts are used again."""

    def __init__(self, args, scratch):
        self.args, self.scratch = args, scratch
        self.include = subprocess.run([args.verilator, "--getenv", "VERILATOR_ROOT"], text=True,
                                      capture_output=True, check=True).stdout.strip() + "/include"

    def shell(self, command, where):
        log = self.scratch / "build.log"
        with open(log, "ab") as out:
            done = subprocess.run([str(c) for c in command], cwd=where, stdout=out,
                                  stderr=subprocess.STDOUT)
        if done.returncode:
            raise Failed(f"{command[0]} failed, see {log}")

    def compile(self, tree, sources, out, optimise, extra=()):
        out.mkdir(parents=True, exist_ok=True)
        objects = []
        for source in sources:
            path = pathlib.Path(source)
            target = out / f"{path.parent.name}_{path.name}.o"
            self.shell([self.args.cxx, "-std=c++17", optimise, "-w", "-fPIC",
                        "-fvisibility=hidden", "-c", source, "-o", target, "-I", tree, "-I",
                        self.include, "-DVM_TRACE=1", "-DVM_TRACE_FST=1", "-DVM_COVERAGE=0",
                        "-DVM_SC=0", *extra], tree)
            objects.append(target)
        return objects

    def engine(self, tree, out):
        """Objects of the verilated engine."""
        files = [line.strip() for line in (tree / "rtl/flashd.f").read_text().splitlines()
                 if line.strip() and line[0] not in "#/"]
        options = pathlib.Path(self.args.options).read_text().split()
        made = out / "verilated"
        made.mkdir(parents=True, exist_ok=True)
        self.shell([self.args.verilator, "--prefix", "Vmutant", "--Mdir", made, *options, *files,
                    "sim/flashd_probe_top.sv"], tree)
        self.shell([self.args.cmake, f"-DDIR={made}", "-DFAST=1", "-P", tree / "sim/bundle.cmake"],
                   tree)
        sources = [made / "bundle_fast_0.cpp", made / "bundle_slow.cpp", tree / "sim/model.cpp"]
        return self.compile(tree, sources, out, "-O0", [
            "-I", str(made), "-DFLASHD_MODEL=Vmutant", '-DFLASHD_MODEL_HEADER="Vmutant.h"',
            f"-DFLASHD_BUILD={self.args.build_info}"])

    def golden(self, tree, out):
        """Objects of golden and of what compares with it."""
        sources = sorted((tree / "model/golden").glob("*.cpp"))
        sources += [p for p in sorted((tree / "sim").glob("*.cpp")) if p.name != "model.cpp"]
        return self.compile(tree, sources, out, "-O1")

    def link(self, objects, target):
        self.shell([self.args.cxx, "-shared", "-o", target, *objects, self.args.runtime, "-lz",
                    "-lpthread"], self.scratch)


def run_cases(args, plugin):
    """(exit status, output) of the cases; a run that does not end counts as caught."""
    try:
        done = subprocess.run([args.cases, "--plugin", str(plugin), "--list",
                               args.list, "--watchdog", "5000", "--quiet"],
                              text=True, capture_output=True, timeout=180)
        return done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        return 124, "the run did not end within 180 s"


def verdict(status, output):
    """(caught with a report that says where, what to print)."""
    if status == 124:
        return False, output
    stuck = re.search(r"^watchdog: (.*)", output, re.M)
    if stuck:
        streams = re.findall(r"^ +(\w+) +(?:in|out):.*(STUCK|OWED)", output, re.M)
        return bool(streams), "watchdog: " + ", ".join(f"{s} {w.lower()}" for s, w in streams)
    rtl = re.search(r"assertion of the RTL failed in cycle (\d+)\n +where +(\S+)", output)
    if rtl:
        return True, f"assertion in {rtl[2].rsplit('.', 1)[-1]}, cycle {rtl[1]}"
    probe = re.search(r"^ +probe +(.*)\n +where +(.*)", output, re.M)
    if probe:
        return True, f"{probe[1]}: {probe[2]}"
    owed = re.search(r"these probes never came:\n +(.*)", output)
    if owed:
        return True, f"never came: {owed[1]}"
    return False, f"exit {status}, no report"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", required=True, help="the program cosim_cases")
    parser.add_argument("--runtime", required=True, help="static library of Verilator's run time")
    parser.add_argument("--options", required=True, help="file of Verilator's options")
    parser.add_argument("--build-info", required=True, help="initialiser of a BuildInfo")
    parser.add_argument("--engine", default="tiny", help="only the bugs for this build")
    parser.add_argument("--list", default=str(HERE / "cases.txt"), help="cases that it meets")
    parser.add_argument("--verilator", default="verilator")
    parser.add_argument("--cxx", default="c++")
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("names", nargs="*", help="only these mutants")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flashd_mutants_") as folder:
        scratch = pathlib.Path(folder)
        builder = Builder(args, scratch)
        try:
            return run(args, scratch, builder)
        except Failed as failure:
            log = scratch / "build.log"
            print("\n".join(log.read_text(errors="replace").splitlines()[-20:]))
            print(f"FAIL: {failure}")
            return 1


def run(args, scratch, builder):
    tree = scratch / "tree"
    copy_tree(tree, COPIED)
    engine = builder.engine(tree, scratch / "engine")
    golden = builder.golden(tree, scratch / "golden")
    builder.link(engine + golden, scratch / "plain.so")
    status, output = run_cases(args, scratch / "plain.so")
    if status:
        print(output + "FAIL: the sources without a bug do not pass")
        return 1
    print("without a bug: passes", flush=True)
    chosen = [m for m in MUTANTS
              if m.engine == args.engine and (not args.names or m.name in args.names)]

    def attempt(mutant):
        in_rtl = mutant.file.startswith("rtl/")
        objects = (builder.engine(tree, scratch / "m") + golden if in_rtl
                   else engine + builder.golden(tree, scratch / "m"))
        plugin = scratch / f"{mutant.name}.so"
        builder.link(objects, plugin)
        status, output = run_cases(args, plugin)
        plugin.unlink()
        shutil.rmtree(scratch / "m", ignore_errors=True)
        return verdict(status, output) if status else (False, "nobody noticed")

    return try_each(tree, chosen, attempt)


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C")
    sys.exit(main())
