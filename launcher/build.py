# SPDX-License-Identifier: Apache-2.0
"""Configures with a CMake preset and builds targets; quick when nothing changed."""
import hashlib
import os
import re
import shutil
import sys

from launcher.console import (BUILD, INTERNAL, LoggedFailure, MISSING, ROOT, Stop, USAGE, logged,
                              shown)


ENGINES = ("flashd_rtl_", "flashd_top_", "flashd_verilated")  # targets that a build without engines lacks


def jobs():
    """Parallel jobs: FLASHD_JOBS, by default the number of cores."""
    text = os.environ.get("FLASHD_JOBS", "")
    if not text:
        return os.cpu_count() or 1
    if not text.isdigit() or int(text) < 1:
        raise Stop(USAGE, f"FLASHD_JOBS is '{text}': a positive integer is expected.")
    return int(text)


def folder(preset):
    return BUILD / preset


def stop_for(what, failure):
    """The Stop for a failed step: 3 when a library is missing, else 5 after the log's tail."""
    text = "\n".join(failure.tail)
    absent = re.search(r"^ +(\S[^\n]*\swas not\s+found:.*?\)\.)$", text, re.M | re.S)
    if absent:
        return Stop(MISSING, " ".join(absent[1].split()))
    for line in failure.tail[-30:]:
        print(line, file=sys.stderr)
    return Stop(INTERNAL, f"{what} failed; the whole log is {shown(failure.log)}.")


def configure(preset):
    """Runs cmake unless its results stand, belong to this folder and to these presets."""
    where = folder(preset)
    stamp = where / "flashd_presets.sha256"
    presets = (ROOT / "CMakePresets.json").read_bytes()
    mark = hashlib.sha256(presets + str(ROOT).encode()).hexdigest()
    if (where / "build.ninja").exists() and stamp.exists() and stamp.read_text() == mark:
        return
    cache = where / "CMakeCache.txt"
    if cache.exists() and f"CMAKE_HOME_DIRECTORY:INTERNAL={ROOT}\n" not in cache.read_text():
        shutil.rmtree(where)  # the checkout was moved: every path in there is wrong
    try:
        logged("configure", ["cmake", "--preset", preset], "configure.log")
    except LoggedFailure as failure:
        raise stop_for("The configuration", failure) from failure
    stamp.write_text(mark)


def build(targets, preset="release"):
    """Builds targets (none: all). Targets in the build that do not exist are left to the program,
    which names the right ones."""
    configure(preset)
    targets = list(targets)
    command = ["ninja", "-C", str(folder(preset)), f"-j{jobs()}"]
    while True:
        try:
            logged("build", [*command, *targets], "build.log")
            return
        except LoggedFailure as failure:
            unknown = re.search(r"unknown target '([^']+)'", "\n".join(failure.tail))
            if unknown and unknown[1] in targets and unknown[1].startswith(ENGINES):
                targets.remove(unknown[1])
                continue
            if unknown:
                raise Stop(MISSING, f"This checkout has no target {unknown[1]}: its folder is "
                                    "missing.") from failure
            raise stop_for("The build", failure) from failure
