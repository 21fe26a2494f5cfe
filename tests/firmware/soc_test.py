#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: soc_test.py FLASHD_SOC_SIM FIRMWARE_HEX

The firmware on the verilated SoC: boot and self-test, memory, jobs by interrupt, faults, a full
ring, a hung bus, every reset, commands sent twice; and a firmware whose stored job is spoiled.
"""
import pathlib
import struct
import sys
import tempfile

import line
from board import (BASE, C, DEVICE, DONE, FAULT, FIRMWARE, HUNG, RUNNING, SOFT, STATUS_ADDRESS,
                   STATUS_FULL, STATUS_GOOD, STATUS_HUNG, STATUS_REFUSED, STATUS_SIZE,
                   STATUS_TICKET, STOPPED, Board, Checks, Job)

PASSED, RAN = 1, 2
JOB_BYTES = 256 * 1024
OFFERED = JOB_BYTES - C["SERIAL_RING_AREA_BYTES"]
ID, SPEC_HASH, HOLE, CONTROL, RING_TAIL, TIMEOUT = 0x00, 0x08, 0x0C, 0x20, 0x40, 0x44
SLOTS = 8
INTERRUPT = 1 << 16
WRITE_O = 1 << 5  # and no LSE, which would be dense along the queries


def boot(board, checks):
    status, hello = board.hello(0xC0FFEE)
    checks.same("hello", status, STATUS_GOOD)
    checks.same("self-test", hello["flags"], PASSED | RAN)
    for name, expected in (("protocol", C["SERIAL_PROTOCOL"]), ("memory_base", BASE),
                           ("memory_bytes", OFFERED), ("device_version", 0x00010001),
                           ("firmware_hash", line.constants("flashd_spec.h")["SPEC_HASH"]),
                           ("device_hash", hello["firmware_hash"])):
        checks.same(name, hello[name], expected)
    statistics = board.statistics()[1]
    checks.same("jobs of the self-test", statistics["jobs"], 1)
    checks.same("errors after boot", [statistics[n] for n in ("bad_crc", "bad_form", "overruns",
                                                              "framing", "bus_errors")], [0] * 5)
    checks.same("stack is left", 1024 < statistics["stack_free"] < 4096, True)
    return hello


def memory(board, checks):
    data = bytes(range(1, 256)) * 4
    for address, count in ((BASE, 1020), (BASE + 4097, 333), (BASE + OFFERED - 1020, 1020)):
        checks.same("write", board.write(address, data[:count]), STATUS_GOOD)
        checks.same("read", board.read(address, count), (STATUS_GOOD, data[:count]))
    for address in (BASE + OFFERED, BASE - 1, 0, 0x10000000, 0x20000000, BASE + OFFERED - 3):
        checks.same(f"write to {address:#x}", board.write(address, b"\xff" * 4), STATUS_ADDRESS)
        checks.same(f"read of {address:#x}", board.read(address, 4), (STATUS_ADDRESS, b""))
    checks.same("read of nothing", board.read(BASE, 0), (STATUS_SIZE, b""))


def faults(board, checks, job):
    tag = 100
    for changes, code, address in (
            ({"version": 2}, C["FAULT_DESCRIPTOR_VERSION"], None),
            ({"flags": 0x80000020}, C["FAULT_DESCRIPTOR_FLAGS"], None),
            ({"d": 0}, C["FAULT_HEAD_DIM"], None),
            ({"heads_kv": 0}, C["FAULT_HEADS"], None),
            ({"k": 0x90000000}, C["FAULT_READ_DECERR"], 0x90000000),
            ({"o": 0x70000000}, C["FAULT_WRITE_DECERR"], 0x70000000)):
        tag += 1
        got = job.run(board, checks, tag, **changes)
        checks.same(f"fault of {changes}", got[:4], (STATUS_GOOD, FAULT, code, tag))
        if address is not None:
            checks.same(f"address of the fault of {changes}", got[4] & ~0xFFF, address)
        tag += 1
        checks.same("the next job", job.run(board, checks, tag), (STATUS_GOOD, DONE, 0, tag, 0))


def endless(job):
    """A job that takes millions of cycles."""
    return job.descriptor(queries=1000000, q_token=0, o_token=0, tag=7,
                          flags=WRITE_O)


def full_ring(board, checks, job, reset):
    job.write(board, endless(job))
    tickets = [board.submit(job.descriptor_at) for _ in range(SLOTS)]
    checks.same("submit to a ring with room", [t[0] for t in tickets], [STATUS_GOOD] * SLOTS)
    checks.same("tickets", [t[1] - tickets[0][1] for t in tickets], list(range(SLOTS)))
    checks.same("submit to a full ring", board.submit(job.descriptor_at), (STATUS_FULL, None))
    for index in (0, SLOTS - 1):
        checks.same("a job that runs or waits", board.wait(tickets[index][1], 3)[:4],
                    (STATUS_GOOD, RUNNING, 0, 7))
    checks.same("a ticket never given", board.wait(tickets[-1][1] + 1), (STATUS_TICKET,))
    checks.same("ticket 0", board.wait(0), (STATUS_TICKET,))
    checks.same(f"reset {reset}", board.reset(reset), STATUS_GOOD)
    for _, ticket in tickets[::3]:
        checks.same("a job that was abandoned", board.wait(ticket), (STATUS_GOOD, STOPPED, 0, 7, 0))
    checks.same("the next job", job.run(board, checks, 50 + reset),
                (STATUS_GOOD, DONE, 0, 50 + reset, 0))
    if tickets[0][1] > 16:
        checks.same("a ticket too old", board.wait(1), (STATUS_TICKET,))


def hung_bus(board, checks, job):
    checks.same("TIMEOUT", board.register(TIMEOUT, 1), (STATUS_GOOD, 1))
    checks.same("a job on a bus that hangs", job.run(board, checks, 60)[:4],
                (STATUS_GOOD, HUNG, C["FAULT_BUS_HUNG"], 60))
    checks.same("submit to a hung device", board.submit(job.descriptor_at), (STATUS_HUNG, None))
    checks.same("soft reset of a hung device", board.reset(SOFT), STATUS_HUNG)
    checks.same("reset of a hung device", board.reset(DEVICE), STATUS_GOOD)
    checks.same("the next job", job.run(board, checks, 61), (STATUS_GOOD, DONE, 0, 61, 0))


def registers(board, checks, hello):
    checks.same("ID", board.register(ID), (STATUS_GOOD, 0x464C5344))
    checks.same("SPEC_HASH", board.register(SPEC_HASH), (STATUS_GOOD, hello["device_hash"]))
    before = board.statistics()[1]["bus_errors"]
    checks.same("a register that is none", board.register(HOLE), (STATUS_ADDRESS, None))
    checks.same("its bus error", board.statistics()[1]["bus_errors"], before + 1)
    for address in (CONTROL, RING_TAIL, ID):
        checks.same(f"write of register {address:#x}", board.register(address, 1),
                    (STATUS_REFUSED, None))
    checks.same("misaligned", board.register(2), (STATUS_ADDRESS, None))


def twice(board, checks):
    before = board.statistics()[1]
    again = line.frame(C["SERIAL_STATISTICS"], board.line.sequence, b"")
    for _ in range(3):
        board.line.send(again)
        _, sequence, answer = board.line.next()
        checks.same("the stored answer", (sequence, struct.unpack("<I", answer[1:5])[0]),
                    (board.line.sequence, before["frames"]))
    after = board.statistics()[1]
    checks.same("answers sent again", after["resent"] - before["resent"], 3)
    checks.same("frames taken", after["frames"] - before["frames"], 4)


def restart(board, checks, job):
    checks.same("restart", board.reset(FIRMWARE), STATUS_GOOD)
    status, hello = board.hello(2)
    checks.same("self-test after a restart", (status, hello["flags"]), (STATUS_GOOD, PASSED | RAN))
    statistics = board.statistics()[1]
    checks.same("statistics after a restart", (statistics["frames"], statistics["jobs"]), (2, 1))
    checks.same("the inputs are still there", job.run(board, checks, 70),
                (STATUS_GOOD, DONE, 0, 70, 0))


def whole(program, firmware, checks):
    with line.Soc(program, firmware) as link:
        board = Board(link)
        hello = boot(board, checks)
        memory(board, checks)
        job = Job(hello["cap0"], BASE + 0x4000)
        job.place(board)
        checks.same("counters cleared", board.counters(1)[0], STATUS_GOOD)
        checks.same("a job", job.run(board, checks, 1), (STATUS_GOOD, DONE, 0, 1, 0))
        counters = board.counters()[1]
        no_interrupt = job.words[C["DESCRIPTOR_FLAGS_WORD"]] & ~INTERRUPT
        checks.same("a job that asks for no interrupt",
                    job.run(board, checks, 2, flags=no_interrupt), (STATUS_GOOD, DONE, 0, 2, 0))
        for name, expected in (("JOBS", 1), ("FAULTS", 0), ("ROWS", 3), ("KEYS_SCORED", 57)):
            checks.same(f"counter {name}", counters[C[f"COUNTER_{name}"]], expected)
        faults(board, checks, job)
        registers(board, checks, hello)
        full_ring(board, checks, job, SOFT)
        full_ring(board, checks, job, DEVICE)
        hung_bus(board, checks, job)
        twice(board, checks)
        # In the midst of a job, too.
        job.write(board, endless(job))
        board.submit(job.descriptor_at)
        restart(board, checks, job)


def spoiled(program, firmware, checks):
    """One bit of golden's O is another: the self-test must say so, and jobs are refused."""
    words = firmware.read_text(encoding="utf-8").split()
    with line.Soc(program, firmware) as link:
        cap0 = Board(link).hello()[1]["cap0"]
    target = f"{struct.unpack('<I', Job(cap0).o[-4:])[0]:08X}"
    checks.same("places of the word to spoil", words.count(target), 1)
    words[words.index(target)] = f"{int(target, 16) ^ 1:08X}"
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "spoiled.hex"
        path.write_text("\n".join(words) + "\n", encoding="utf-8")
        with line.Soc(program, path) as link:
            board = Board(link)
            checks.same("spoiled self-test", board.hello()[1]["flags"], RAN)
            checks.same("submit", board.submit(BASE), (STATUS_REFUSED, None))
            checks.same("memory all the same", board.write(BASE, b"\1\2"), STATUS_GOOD)


def main():
    program, firmware = map(pathlib.Path, sys.argv[1:3])
    for path in (program, firmware):
        if not path.exists():
            print(f"SKIP: {path.name} is not built")
            return 77
    checks = Checks()
    whole(program, firmware, checks)
    spoiled(program, firmware, checks)
    return checks.verdict()


if __name__ == "__main__":
    sys.exit(main())
