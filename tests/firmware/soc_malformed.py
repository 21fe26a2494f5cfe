#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: soc_malformed.py FLASHD_SOC_SIM FIRMWARE_HEX FIRMWARE_MALFORMED [FRAMES [SEED]]

Malformed frames through the verilated SoC, 500 of them. Between them the firmware answers, and
counts what was whole and what was dropped exactly as this program does; the memory holds what
accepted writes put there; a job gives golden's bits afterwards, and a restart finds a firmware that
passes its self-test: nothing outside the job memory was written.
"""
import pathlib
import struct
import subprocess
import sys
import zlib

import line
from board import (BASE, C, DEVICE, DONE, FIRMWARE, STATUS_GOOD, Board, Checks, Job)

AT_ONCE = 700  # bytes between two answers, which the SoC's FIFO of 1,024 holds
MOST = 48      # bytes of a frame, but for a few
JOB_AT = BASE + 0x20000


class Expected:
    """What the firmware must make of the bytes: counts, and the memory behind accepted writes."""

    def __init__(self, memory_bytes):
        self.frames = self.bad_crc = self.bad_form = 0
        self.end = BASE + memory_bytes
        self.memory = {}

    def take(self, data):
        for coded in data.split(b"\0")[:-1]:
            if not coded:
                continue
            plain = line.unstuff(coded)
            if plain is None or not 6 <= len(plain) <= C["SERIAL_FRAME_MAX"]:
                self.bad_form += 1
            elif zlib.crc32(plain) != 0x2144DF1C:
                self.bad_crc += 1
            else:
                self.frames += 1
                self.serve(plain[0], plain[2:-4])

    def serve(self, kind, body):
        if kind == C["SERIAL_WRITE"] and 4 < len(body) <= 4 + C["SERIAL_DATA_MAX"]:
            address = struct.unpack("<I", body[:4])[0]
            if BASE <= address and address + len(body) - 4 <= self.end:
                for i, byte in enumerate(body[4:]):
                    self.memory[address + i] = byte


def groups(frames):
    group = b""
    for data in frames:
        if group and len(group) + len(data) > AT_ONCE:
            yield group
            group = b""
        group += data
    yield group


def compare_memory(board, checks, expected):
    """Every line of 64 bytes that an accepted write touched."""
    lines = sorted({address // 64 * 64 for address in expected.memory})
    for at in lines:
        status, data = board.read(at, 64)
        checks.same(f"memory at {at:#x}", (status, [data[i] for i in range(64)
                                                    if at + i in expected.memory]),
                    (STATUS_GOOD, [expected.memory[at + i] for i in range(64)
                                   if at + i in expected.memory]))
    return len(lines)


def main():
    program, firmware, malformed = map(pathlib.Path, sys.argv[1:4])
    count, seed = (sys.argv[4:6] + ["500", "1"][len(sys.argv) - 4:])[:2]
    for path in (program, firmware, malformed):
        if not path.exists():
            print(f"SKIP: {path.name} is not built")
            return 77
    text = subprocess.run([malformed, "--print", count, seed, str(MOST)], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    frames = [bytes.fromhex(row) for row in text.split()]
    checks = Checks()
    # A hang is seen by the line's patience; the simulator's own limit only has to be above it.
    with line.Soc(program, firmware, seconds=300 + len(frames)) as link:
        board = Board(link)
        hello = board.hello(0)[1]
        expected = Expected(hello["memory_bytes"])
        expected.frames = 1
        session = 0
        for group in groups(frames):
            link.send(group)
            expected.take(group)
            session += 1
            link.send(b"\0")
            again = board.hello(session)[1]
            checks.same("hello", {**again, "session": 0}, hello)
            statistics = board.statistics()[1]
            expected.frames += 2
            checks.same("whole, of another CRC, of a bad form",
                        [statistics[n] for n in ("frames", "bad_crc", "bad_form")],
                        [expected.frames, expected.bad_crc, expected.bad_form])
            checks.same("nothing was lost on the way",
                        (statistics["overruns"], statistics["framing"]), (0, 0))
            if checks.bad:
                return checks.verdict()
        touched = compare_memory(board, checks, expected)
        checks.same("frames of every sort", [n > len(frames) // 20 for n in (
            expected.frames - 2 * session, expected.bad_crc, expected.bad_form)], [True] * 3)
        checks.same("writes that reached the memory", touched > 0, True)
        print(f"{len(frames)} malformed frames, {sum(map(len, frames))} bytes: "
              f"{expected.frames - 2 * session - 1} whole, {expected.bad_crc} with a bad CRC, "
              f"{expected.bad_form} of a bad form; {touched} lines of memory compared; stack free "
              f"{statistics['stack_free']}, bus errors {statistics['bus_errors']}, jobs "
              f"{statistics['jobs']}")
        checks.same("reset", board.reset(DEVICE), STATUS_GOOD)
        job = Job(hello["cap0"], JOB_AT)
        job.place(board)
        checks.same("a job", job.run(board, checks, 5), (STATUS_GOOD, DONE, 0, 5, 0))
        checks.same("restart", board.reset(FIRMWARE), STATUS_GOOD)
        checks.same("the same firmware", {**board.hello(9)[1], "session": 0}, hello)
    return checks.verdict()


if __name__ == "__main__":
    sys.exit(main())
