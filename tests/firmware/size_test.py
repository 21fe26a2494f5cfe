#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: size_test.py SOURCE_DIR FIRMWARE_FOLDER

The firmware and its deepest stack fit the memory, with room; the report tells so, and says no to a
function that calls itself, to a frame of unknown size and to one that is too large.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

CODE_LIMIT = 20 * 1024  # of 32 KiB: room for what a later version adds
STACK_ROOM = 4          # times the bound

SPOILED = {
    "calls itself": (
        'edge: { sourcename: "clock_beat" targetname: "ring_wait" label: "" }\n', None),
    "its frame is dynamic": (None, ('bytes (static)', 'bytes (dynamic)')),
    "the stack may take": (None, ('\\n48 bytes (static)', '\\n48000 bytes (static)')),
    "its frame is not known": (
        'edge: { sourcename: "ring_wait" targetname: "__udivdi3" label: "" }\n', None),
}


def run(script, folder, *more):
    return subprocess.run([sys.executable, "-B", str(script), str(folder), *more], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def spoil(folder, added, changed):
    path = folder / "ring.c.ci"
    text = path.read_text(encoding="utf-8")
    if changed:
        if changed[0] not in text:
            raise SystemExit(f"FAILURE: ring.c.ci has no '{changed[0]}'")
        text = text.replace(*changed)
    path.write_text(text + (added or ""), encoding="utf-8")


def main():
    source, folder = map(pathlib.Path, sys.argv[1:3])
    script = source / "firmware/report.py"
    if not (folder / "flashd_firmware.elf").exists():
        print("SKIP: the firmware is not built; install the package gcc-riscv64-unknown-elf")
        return 77
    bad = 0
    done = run(script, folder, "--json")
    if done.returncode:
        print(f"FAILURE: {done.stderr}")
        return 1
    r = json.loads(done.stdout)
    print(run(script, folder).stdout)
    for holds, sentence in ((r["code_bytes"] <= CODE_LIMIT, f"code takes {r['code_bytes']} bytes"),
                            (STACK_ROOM * r["stack_bound"] <= r["stack_bytes"],
                             f"the stack may take {r['stack_bound']} of {r['stack_bytes']} bytes"),
                            (r["deepest"][:2] == ["main", "flashd_commands_byte"],
                             f"the deepest chain is {r['deepest']}")):
        if not holds:
            bad += 1
            print(f"FAILURE: {sentence}")
    for sentence, (added, changed) in SPOILED.items():
        with tempfile.TemporaryDirectory() as name:
            copy = pathlib.Path(name)
            for path in list(folder.glob("*.ci")) + [folder / "flashd_firmware.elf"]:
                shutil.copy(path, copy)
            spoil(copy, added, changed)
            done = run(script, copy)
            if done.returncode == 0 or sentence not in done.stderr:
                bad += 1
                print(f"FAILURE: '{sentence}' is not told: {done.stdout}{done.stderr}")
    print(f"{len(SPOILED)} spoiled call graphs")
    print("PASS" if not bad else f"FAILURE: {bad} of the checks above failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
