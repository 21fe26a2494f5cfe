# SPDX-License-Identifier: Apache-2.0
"""Rules for RTL source files that no linter knows; each returns sentences about one file."""
import re

HEAD_LINES = 25
CODE_LINES = 400
COLUMNS = 100

# What the header of a module has to tell: pattern, name.
TOLD = [(r"latency", "its latency"), (r"back-pressure", "its back-pressure"),
        (r"does not|never", "what it does not do")]


def header(lines):
    """The /// lines before the first module, if the module starts within HEAD_LINES."""
    text = []
    for line in lines[:HEAD_LINES + 25]:
        if re.match(r"(module|package)\b", line):
            return " ".join(text) if len(text) <= HEAD_LINES else None
        if line.startswith("///"):
            text.append(line[3:].strip())
    return None


def waivers(name, text):
    """Sentences on waivers without a reason above them, or for every file."""
    found = []
    before = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("lint_off"):
            if not before.startswith("//"):
                found.append(f"{name}:{number}: a waiver needs its reason in the line above")
            if not re.search(r'-rule \w+ .*-file "[^"]*\w[^"]*"', line):
                found.append(f"{name}:{number}: a waiver names one rule and the files it is for")
        before = line
    return found


def problems(name, text, generated=False):
    """Sentences on what breaks the rules in file `name` with this text."""
    found = []
    lines = text.splitlines()
    if not lines or "SPDX-License-Identifier: Apache-2.0" not in lines[0]:
        found.append(f"{name}:1: the first line must carry the SPDX licence identifier")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            found.append(f"{name}:{number}: {len(line)} columns, at most {COLUMNS}")
        if re.search(r"lint_o(ff|n)\b|verilog_lint:|verilog_format:", line):
            found.append(f"{name}:{number}: waivers belong in rtl/lint/waivers.vlt")
        if "\t" in line or line != line.rstrip():
            found.append(f"{name}:{number}: tab or space at the end of the line")
    units = re.findall(r"^(module|package)\s+(\w+)", text, re.MULTILINE)
    stem = name.rsplit("/", 1)[-1].removesuffix(".sv")
    if len(units) != 1 or units[0][1] != stem:
        names = ", ".join(unit for _, unit in units) or "none"
        found.append(f"{name}: must hold one module named {stem}, holds: {names}")
    told = header(lines)
    if not told:
        found.append(f"{name}: needs a /// header of at most {HEAD_LINES} lines before the module")
    elif units and units[0][0] == "module":
        found += [f"{name}: the header does not tell {what}" for pattern, what in TOLD
                  if not re.search(pattern, told, re.IGNORECASE)]
    code = sum(1 for line in lines if line.strip() and not line.strip().startswith("//"))
    if not generated and code > CODE_LINES:
        found.append(f"{name}: {code} lines of code, at most {CODE_LINES}")
    return found
