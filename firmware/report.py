#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: report.py FOLDER [--json]

Size of the firmware in FOLDER (where it was built) and a bound of its stack: the deepest chain of
calls of main() and, on top of it, of an interrupt. Frames and calls come from GCC's .ci files. Exit
status 1 when the bound exceeds the memory that is left, when a function calls itself, or when a
frame's size is not known.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

ENTRIES = ("main", "interrupt")
INTERRUPT_FRAME = 64  # start.S saves 16 registers
ASSEMBLY = {"stack_free": 0}
HARDWARE = "main.c"  # functions behind the commands' struct of pointers
INDIRECT = "__indirect_call"


class Trouble(Exception):
    """A sentence for the user."""


class Calls:
    """Frames and calls of all functions, by the titles of the .ci files."""

    def __init__(self, folder):
        self.frame, self.calls, self.file, called = {}, {}, {}, set()
        paths = sorted(folder.glob("*.c.ci"))
        if not paths:
            raise Trouble(f"{folder}: holds no .ci files; build the target flashd_firmware there")
        for path in paths:
            text = path.read_text(encoding="utf-8")
            for title, label in re.findall(r'node: \{ title: "([^"]+)" label: "([^"]+)"', text):
                found = re.search(r"\\n(\d+) bytes \(([^)]*)\)", label)
                if not found:
                    continue
                if found[2] not in ("static", "dynamic,bounded"):
                    raise Trouble(f"{title}: its frame is {found[2]}, no bound is known")
                self.frame[title] = int(found[1])
                self.file[title] = path.name.removesuffix(".ci")
            for source, target in re.findall(
                    r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', text):
                self.calls.setdefault(source, set()).add(target)
                called.add(target)
        self.frame.update(ASSEMBLY)
        # What no function calls by its name is called through a pointer, if at all.
        self.roots = {f for f in self.file if f not in called and f not in ENTRIES}
        self.below_roots = self.reached(self.roots, lambda f: self.calls.get(f, ()))

    @staticmethod
    def reached(start, targets):
        seen, left = set(), list(start)
        while left:
            function = left.pop()
            if function not in seen:
                seen.add(function)
                left += targets(function)
        return seen

    def targets(self, function):
        """Functions that one may call. A table of functions reaches those of its own file; what
        these call through pointers is the hardware."""
        out = set(self.calls.get(function, ()))
        if INDIRECT in out:
            out.remove(INDIRECT)
            out |= {r for r in self.roots if self.file[r] == HARDWARE}
            if function not in self.below_roots:
                out |= {r for r in self.roots if self.file[r] == self.file[function]}
        return out

    def deepest(self, function, above=()):
        """Bytes of the deepest chain of calls from a function, and the chain."""
        if function in above:
            chain = " -> ".join(f.rsplit(":", 1)[-1] for f in above + (function,))
            raise Trouble(f"a function calls itself: {chain}")
        if function not in self.frame:
            raise Trouble(f"{function}: its frame is not known")
        below = [self.deepest(t, above + (function,)) for t in self.targets(function)]
        most, chain = max(below, default=(0, ()))
        return most + self.frame[function], (function,) + chain


def tool(elf, *command):
    done = subprocess.run([*command, str(elf)], text=True, stdout=subprocess.PIPE, check=True)
    return done.stdout


def report(folder):
    elf = folder / "flashd_firmware.elf"
    if not elf.exists():
        raise Trouble(f"{elf}: is not there; build the target flashd_firmware")
    symbols = {name: int(value, 16) for value, _, name in
               (line.split()[-3:] for line in tool(elf, "riscv64-unknown-elf-nm").splitlines())}
    sections = dict(re.findall(r"^(\.\w+)\s+(\d+)", tool(elf, "riscv64-unknown-elf-size", "-A"),
                               re.MULTILINE))
    calls = Calls(folder)
    main, main_chain = calls.deepest("main")
    interrupt, interrupt_chain = calls.deepest("interrupt")
    # A function that a pointer may reach must be in the chains, or the bound is none.
    linked = {r for r in calls.roots if r.rsplit(":", 1)[-1] in symbols}
    unreached = linked - calls.reached(ENTRIES, calls.targets)
    if unreached:
        raise Trouble(f"no call reaches {', '.join(sorted(unreached))}")
    return {"memory_bytes": symbols["_stack_top"], "code_bytes": int(sections[".text"]),
            "variable_bytes": int(sections[".bss"]),
            "free_bytes": symbols["_stack_bottom"] - symbols["_bss_end"],
            "stack_bytes": symbols["_stack_top"] - symbols["_stack_bottom"],
            "stack_bound": main + interrupt + INTERRUPT_FRAME,
            "deepest": [f.rsplit(":", 1)[-1] for f in main_chain],
            "deepest_interrupt": [f.rsplit(":", 1)[-1] for f in interrupt_chain]}


def main():
    a = argparse.ArgumentParser(description=__doc__.split("\n", 2)[2],
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("folder", type=pathlib.Path)
    a.add_argument("--json", action="store_true", help="print one JSON object")
    options = a.parse_args()
    try:
        r = report(options.folder)
    except Trouble as trouble:
        print(f"firmware: {trouble}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(r))
    else:
        print(f"code and constants {r['code_bytes']} bytes, variables {r['variable_bytes']}, "
              f"of {r['memory_bytes']}; {r['free_bytes']} free")
        print(f"stack: at most {r['stack_bound']} bytes of {r['stack_bytes']}: "
              f"{' > '.join(r['deepest'])}; then an interrupt: "
              f"{' > '.join(r['deepest_interrupt'])}")
    if r["stack_bound"] > r["stack_bytes"]:
        print(f"firmware: the stack may take {r['stack_bound']} bytes, {r['stack_bytes']} are left",
              file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
