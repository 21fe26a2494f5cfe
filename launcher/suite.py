# SPDX-License-Identifier: Apache-2.0
"""./flashd test: builds everything, runs ctest, tells what was skipped and why."""
import argparse
import json
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

from launcher import build, lock, setup
from launcher.console import FAILED, INTERNAL, ROOT, Stop, USAGE, clear, lines_of, say, shown

SPECIAL = ("full", "mutants")  # labels that a plain run leaves out
NO_ENGINE = ("unit", "property", "system", "package", "python", "axi", "cuda")  # labels
SKIPPED = ("SKIP_RETURN_CODE", "SKIP_REGULAR_EXPRESSION")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="flashd test", allow_abbrev=False,
                                     description="Build everything and run the tests.")
    parser.add_argument("--full", action="store_true", help="the long tests too")
    parser.add_argument("--mutants", action="store_true",
                        help="only the deliberate bugs, each of which must be caught")
    parser.add_argument("--sanitize", action="store_true",
                        help="under AddressSanitizer and UBSan, without verilated engines")
    parser.add_argument("-R", metavar="REGEX", help="only tests whose name matches")
    parser.add_argument("-L", metavar="LABEL", help="only tests with a label that matches")
    parser.add_argument("--json", action="store_true",
                        help="write build/<preset>/test-summary.json as well")
    chosen = parser.parse_args(arguments)
    if chosen.full and chosen.mutants:
        parser.error("--full and --mutants exclude each other")
    return chosen


def selection(chosen):
    """ctest's options that select the tests."""
    options = []
    if chosen.mutants:
        options += ["-L", "^mutants$"]
    else:
        options += ["-LE", "^mutants$" if chosen.full else "^(full|mutants)$"]
    if chosen.R:
        options += ["-R", chosen.R]
    if chosen.L:
        options += ["-L", chosen.L]
    if chosen.mutants or chosen.R:  # few tests: what they print is what is asked for
        options += ["--verbose"]
    return options


def targets(chosen):
    """Everything, and the engines that the tests load unless the label says that none is; the
    mutants make engines of their own."""
    if chosen.mutants:
        return ["all", "flashd_verilated"]
    needs_no_engine = chosen.sanitize or chosen.L in NO_ENGINE
    return ["all"] if needs_no_engine else ["all", "flashd_rtl_test_set"]


def case_of(element):
    """One <testcase> of ctest's JUnit file as {name, status, seconds, reasons}.

    Only a test that said so itself is skipped; one that could not start has failed.
    """
    output = element.findtext("system-out") or ""
    status = {"run": "passed", "disabled": "skipped"}.get(element.get("status"), "failed")
    skip = element.find("skipped")
    if skip is not None and skip.get("message", "").startswith(SKIPPED):
        status = "skipped"
    reasons = re.findall(r"^SKIP: *(.*\S)", output, re.M)
    if status == "skipped" and not reasons:
        reasons = ["disabled" if element.get("status") == "disabled" else "no reason given"]
    return {"name": element.get("name"), "status": status,
            "seconds": float(element.get("time") or 0), "reasons": reasons}


def run_ctest(where, options, env):
    """Runs ctest, prints its result lines and the output of failures; returns the cases."""
    junit = where / f"junit.{os.getpid()}.xml"
    command = ["ctest", "--test-dir", str(where), f"-j{build.jobs()}", "--output-on-failure",
               "--output-junit", str(junit), "--test-output-size-passed", "1000000",
               "--test-output-size-failed", "1000000", *options]
    noise = re.compile(r"Internal ctest changing|Test project |Errors while running CTest")
    # Told better by report().
    summary = re.compile(r"\d+% tests passed|Label Time Summary|The following tests passed")
    telling = True
    blank = False
    try:
        for line in lines_of(command, env):
            start = re.match(r"\s+Start +\d+: (.*)", line)
            telling = telling and not summary.match(line)
            if start:
                say(f"test: {start[1]}")
            elif telling and not noise.match(line) and not (blank and not line.strip()):
                blank = not line.strip()
                clear()
                print(line, flush=True)
        clear()
        if not junit.exists():
            raise Stop(INTERNAL, f"ctest left no results in {shown(where)}.")
        return [case_of(e) for e in ElementTree.parse(junit).iter("testcase")]
    finally:
        junit.unlink(missing_ok=True)


def left_out(where, chosen):
    """{label: number of tests} that the selection of a plain or --full run leaves out."""
    counts = {}
    if chosen.mutants or chosen.R or chosen.L:
        return counts
    for label in SPECIAL:
        if label == "full" and chosen.full:
            continue
        out = subprocess.run(["ctest", "--test-dir", str(where), "-N", "-L", f"^{label}$"],
                             stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
        total = re.search(r"Total Tests: (\d+)", out)
        if total and int(total[1]):
            counts[label] = int(total[1])
    return counts


def report(cases, omitted):
    """Prints what was skipped and why, what failed, and the last line; returns the counts."""
    by = {s: [c for c in cases if c["status"] == s] for s in ("passed", "failed", "skipped")}
    partly = [c for c in by["passed"] if c["reasons"]]
    if by["skipped"] or partly:
        print("\nskipped:")
    for case in by["skipped"]:
        print(f"  {case['name']}: {'; '.join(case['reasons'])}")
    for case in partly:
        print(f"  {case['name']} (in part): {'; '.join(case['reasons'])}")
    if omitted:
        print("\nnot selected:")
    for label, count in omitted.items():
        print(f"  {count} tests labelled {label}: ./flashd test --{label}")
    if by["failed"]:
        print("\nfailed:")
    for case in by["failed"]:
        print(f"  {case['name']}")
    counts = {status: len(found) for status, found in by.items()}
    print(f"\n{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped",
          flush=True)
    return counts


def main(arguments, install):
    """Returns the exit status of ./flashd test."""
    chosen = parse(arguments)
    preset = "sanitize" if chosen.sanitize else "release"
    where = build.folder(preset)
    with lock.held("lock"):
        setup.ensure_packages(install)
        setup.ensure_wheels(install)
        build.build(targets(chosen), preset)
    start = time.monotonic()
    with lock.held(f"test_{preset}.lock"):
        cases = run_ctest(where, selection(chosen), setup.environment())
        omitted = left_out(where, chosen)
    if chosen.json:
        summary = {s: sum(c["status"] == s for c in cases) for s in ("passed", "failed", "skipped")}
        summary.update(seconds=round(time.monotonic() - start, 1), not_selected=omitted,
                       tests=cases)
        path = where / "test-summary.json"
        path.write_text(json.dumps(summary, indent=1) + "\n")
        print(f"\nsummary: {shown(path)}")
    counts = report(cases, omitted)
    if not cases:
        print("No test fits the selection.", file=sys.stderr)
        return USAGE
    return FAILED if counts["failed"] else 0
