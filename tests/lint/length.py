#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A source file over 400 lines says in its header why; a generated module has a header that tells
what it is. Header: the comments, or the docstring, in the first lines of a file."""
import re

import lint

LINES = 400
HEAD_LINES = 30
FOLDERS = ("bench", "cmake", "firmware", "fpga", "host", "kernels", "launcher", "model", "python",
           "rtl", "sim", "spec", "synth", "tests")
SUFFIXES = {".c", ".cc", ".cmake", ".cpp", ".cu", ".cuh", ".h", ".hpp", ".py", ".rdl", ".sh", ".sv",
            ".svh", ".tcl", ".v"}
COMMENT = re.compile(r'\s*(//|#(?!include|define|if|pragma)|/\*|\*|""")')
REASON = re.compile(r"over 400 lines", re.IGNORECASE)
GENERATED = re.compile(r"Generated from \S+ by \S+")


def header(text):
    """The comment lines among the first lines; of a docstring all."""
    found, inside = [], False
    for line in text.splitlines()[:HEAD_LINES]:
        quotes = line.count('"""')
        if inside or quotes or COMMENT.match(line):
            found.append(line)
        inside ^= quotes % 2 == 1
    return found


def problems(name, text):
    """Sentences on what breaks the rules in file `name` with this text."""
    found = []
    count = len(text.splitlines())
    head = header(text)
    if count > LINES and not REASON.search(" ".join(head)):
        found.append(f"{name}: {count} lines; expected at most {LINES}, or the words 'over {LINES} "
                     "lines' and the reason in its header")
    if name.endswith(".sv") and any(GENERATED.search(line) for line in head[:4]):
        if not any(line.startswith("/// ") for line in head):
            found.append(f"{name}: a generated module needs a /// header that tells what it is")
    return found


def can_fail():
    """Sentences for spoiled files that pass as good, or good ones that do not."""
    long = "x\n" * (LINES + 1)
    reason = "// A table, over 400 lines: one entry to a line.\n"
    banner = "// Generated from spec/a.yaml by spec/generate.py; mend with: ./flashd spec\n"
    bad = {"long": ("a.cpp", long),
           "long, reason below the header": ("a.cpp", "int a;\n" * 40 + reason + long),
           "long, reason in code": ("a.py", 'REASON = ("over 400 lines")\n' + long),
           "long and generated": ("a.sv", banner + "/// A table.\n" + long),
           "generated without a header": ("a.sv", banner + "module a;\nendmodule\n")}
    good = {"400 lines": ("a.cpp", "x\n" * LINES),
            "long with a reason": ("a.cpp", reason + long),
            "long with a docstring": ("a.py", '"""Tables.\n\nOver 400 lines: data.\n"""\n' + long),
            "generated": ("a.sv", banner + "/" + reason + long)}
    return [f"a file spoiled by '{what}' passes" for what, (name, text) in bad.items()
            if not problems(name, text)] + \
           [f"the good example '{what}' fails" for what, (name, text) in good.items()
            if problems(name, text)]


def main():
    found = can_fail()
    files = [path for folder in FOLDERS for path in (lint.rtl.ROOT / folder).rglob("*")
             if path.suffix in SUFFIXES and path.is_file()]
    long = 0
    for path in sorted(files):
        text = path.read_text(encoding="utf-8")
        long += len(text.splitlines()) > LINES
        found += problems(str(path.relative_to(lint.rtl.ROOT)), text)
    if len(files) < 100:
        found.append(f"only {len(files)} source files were found")
    for line in found:
        print(f"FAILURE {line}")
    print(f"{len(files)} files, {long} over {LINES} lines")
    return lint.verdict(len(found))


if __name__ == "__main__":
    lint.run(main)
