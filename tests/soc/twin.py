#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: twin.py FLASHD_SOC_SIM FLASHD_SOC_TWIN FIRMWARE_HEX

The same firmware on the RTL and on the twin, given the same commands: every access to the device's
registers and every burst of the device is the same, in the same order, with the same data; and
inside a job in the same cycle after its start.
"""
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "firmware"))

import line  # noqa: E402
from board import C, DEVICE, DONE, FAULT, SOFT, STATUS_GOOD, Board, Checks, Job  # noqa: E402

RING_TAIL = "040"
LEAST = {"reg": 150, "mem read": 40, "mem write": 30}


def work(board, checks):
    """Jobs that end well and with faults, resets and counters."""
    status, hello = board.hello(7)
    checks.same("hello", (status, hello["flags"]), (STATUS_GOOD, 3))
    job = Job(hello["cap0"])
    job.place(board)
    for tag in (1, 2):
        checks.same(f"job {tag}", job.run(board, checks, tag)[:2], (STATUS_GOOD, DONE))
    board.counters(1)
    checks.same("fault", job.run(board, checks, 3, d=0)[:3], (STATUS_GOOD, FAULT,
                                                              C["FAULT_HEAD_DIM"]))
    checks.same("soft reset", board.reset(SOFT), STATUS_GOOD)
    checks.same("job 4", job.run(board, checks, 4)[:2], (STATUS_GOOD, DONE))
    checks.same("reset", board.reset(DEVICE), STATUS_GOOD)
    checks.same("job 5", job.run(board, checks, 5)[:2], (STATUS_GOOD, DONE))
    board.counters()
    board.register(0x0C)  # no register is there
    board.register(0x08)


def logged(program, firmware, log, checks):
    with line.Soc(program, firmware, "--log", str(log), seconds=200) as link:
        work(Board(link), checks)
    return [each.split() for each in log.read_text(encoding="ascii").splitlines()]


def kinds(lines):
    """Transactions without their cycles, by kind: those of one kind are in order."""
    out = {name: [] for name in LEAST}
    for _, what, *rest in lines:
        name = "reg" if what == "reg" else " ".join([what, rest[0]])
        if name in out:
            out[name].append(tuple(rest))
    return out


def jobs(lines):
    """For every write of RING_TAIL: what the device did until its interrupt, in cycles since."""
    out = []
    for cycle, what, *rest in lines:
        if what == "reg" and rest[:2] == ["write", RING_TAIL]:
            out.append((int(cycle), []))
        elif out and what in ("mem", "irq") and (not out[-1][1] or out[-1][1][-1][1] != "irq"):
            out[-1][1].append((int(cycle) - out[-1][0], what, *rest))
    return [sorted(events) for _, events in out]


def main(rtl, twin, firmware):
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="flashd_twin_") as folder:
        logs = [logged(program, firmware, pathlib.Path(folder) / name, checks)
                for name, program in (("rtl", rtl), ("twin", twin))]
    seen = [kinds(lines) for lines in logs]
    for name, least in LEAST.items():
        a, b = seen[0][name], seen[1][name]
        checks.same(f"transactions of kind '{name}'", len(b), len(a))
        checks.same(f"at least {least} of them", len(a) >= least, True)
        for i, (x, y) in enumerate(zip(a, b)):
            checks.same(f"{name} {i}", y, x)
        print(f"{len(a)} of kind '{name}'")
    a, b = jobs(logs[0]), jobs(logs[1])
    checks.same("jobs", len(b), len(a))
    for i, (x, y) in enumerate(zip(a, b)):
        checks.same(f"job {i}, cycle by cycle", y, x)
    print(f"{len(a)} jobs, {sum(map(len, a))} events in the same cycle after their start")
    return checks.verdict()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
