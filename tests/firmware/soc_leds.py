#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: soc_leds.py FLASHD_SOC_SIM FIRMWARE_HEX: what the firmware's LEDs say (docs/soc.md)."""
import pathlib
import sys
import tempfile
import time

import line
from board import BASE, C, DONE, FAULT, RUNNING, SOFT, STATUS_GOOD, Board, Checks, Job

HEARTBEAT, JOB, FAULTY, FRAME, SELF_TEST, OVERRUN = (
    1 << C[f"SERIAL_LED_{n}"] for n in ("HEARTBEAT", "JOB", "FAULT", "FRAME_ERROR", "SELF_TEST",
                                        "OVERRUN"))
SECONDS = 5  # until a file shows what an answer tells
WRITE_O = 1 << 5


class Leds:
    def __init__(self, path, checks):
        self.path, self.checks = path, checks

    def changes(self):
        """(cycle, LEDs), oldest first."""
        text = self.path.read_text(encoding="utf-8")
        rows = text[:text.rfind("\n") + 1].splitlines()
        return [(int(cycle), int(leds, 16)) for cycle, leds in (row.split() for row in rows)]

    def are(self, what, expected):
        """All but the heartbeat."""
        end = time.monotonic() + SECONDS
        while True:
            got = self.changes()[-1][1] & ~HEARTBEAT
            if got == expected or time.monotonic() > end:
                break
            time.sleep(0.02)
        self.checks.same(f"LEDs after {what}", got, expected)


def scene(board, leds, checks, link):
    hello = board.hello()[1]
    leds.are("the self-test", SELF_TEST)
    job = Job(hello["cap0"], BASE)
    job.place(board)
    checks.same("fault", job.run(board, checks, 1, d=0)[:2], (STATUS_GOOD, FAULT))
    leds.are("a fault", SELF_TEST | FAULTY)
    checks.same("good job", job.run(board, checks, 2)[:2], (STATUS_GOOD, DONE))
    leds.are("a good job", SELF_TEST)
    link.send(b"\3\1\0")
    board.hello()
    leds.are("a bad frame", SELF_TEST | FRAME)
    job.write(board, job.descriptor(queries=1000000, q_token=0, o_token=0, flags=WRITE_O))
    ticket = board.submit(job.descriptor_at)[1]
    leds.are("submit", SELF_TEST | FRAME | JOB)
    checks.same("a long wait", board.wait(ticket, 1100)[:2], (STATUS_GOOD, RUNNING))
    board.reset(SOFT)
    leds.are("a reset", SELF_TEST | FRAME)
    link.send(b"\x41" * 2000 + b"\0")
    # What is lost may be the zero, or the next command: it is sent again, as a host would.
    link.patience = SECONDS
    for _ in range(4):
        try:
            link.send(b"\0")
            overruns = board.statistics()[1]["overruns"]
            break
        except line.Silence:
            overruns = None
    checks.same("overruns are counted", bool(overruns), True)
    leds.are("more than the FIFO holds", SELF_TEST | FRAME | OVERRUN)


def heartbeat(changes, clock, checks):
    beats = [cycle for (cycle, leds), (_, before) in zip(changes[1:], changes)
             if (leds ^ before) & HEARTBEAT]
    gaps = [b - a for a, b in zip(beats, beats[1:])]
    print(f"heartbeat: {gaps} cycles of {clock} a second")
    checks.same("beats", len(gaps) >= 2, True)
    checks.same("half a second between them",
                [abs(gap - clock // 2) < clock // 20 for gap in gaps], [True] * len(gaps))


def main():
    program, firmware = map(pathlib.Path, sys.argv[1:3])
    for path in (program, firmware):
        if not path.exists():
            print(f"SKIP: {path.name} is not built")
            return 77
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        leds = Leds(pathlib.Path(folder) / "leds", checks)
        with line.Soc(program, firmware, "--leds", str(leds.path)) as link:
            board = Board(link)
            clock = board.hello()[1]["clock_hz"]
            scene(board, leds, checks, link)
        heartbeat(leds.changes(), clock, checks)
    return checks.verdict()


if __name__ == "__main__":
    sys.exit(main())
