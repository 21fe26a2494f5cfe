# SPDX-License-Identifier: Apache-2.0
"""What tests of the firmware on the SoC share: its commands by name, and the self-test's job."""
import re
import struct
import time

import line

C = line.constants("flashd_serial.h", "flashd_device.h")
STATUS_GOOD, STATUS_SIZE, STATUS_ADDRESS, STATUS_FULL = 0, 2, 3, 4
STATUS_TICKET, STATUS_HUNG, STATUS_REFUSED = 5, 6, 7
RUNNING, DONE, FAULT, HUNG, STOPPED = range(5)
SOFT, DEVICE, FIRMWARE = range(3)
BASE = 0x80000000
RESTART_SECONDS = 0.2  # a byte that arrives while the SoC restarts may be damaged


class Checks:
    """Counts comparisons, and tells those that failed."""

    def __init__(self):
        self.count = self.bad = 0

    def same(self, what, got, expected):
        self.count += 1
        if got != expected:
            self.bad += 1
            print(f"FAILURE: {what}: {got!r}, expected {expected!r}", flush=True)

    def verdict(self):
        print(f"{self.count} comparisons")
        print("PASS" if not self.bad else f"FAILURE: {self.bad} of the checks above failed")
        return 1 if self.bad else 0


class Board:
    """Commands over a line; every one returns the answer's status and fields."""

    def __init__(self, link):
        self.line = link

    def hello(self, session=1):
        """Passes over answers to whatever was on the line before, other hellos among them."""
        names = ("session", "protocol", "flags", "firmware_hash", "device_hash",
                 "firmware_version", "memory_base", "memory_bytes", "clock_hz", "cap0", "cap1",
                 "cap2", "cap3", "device_version")
        self.line.command(C["SERIAL_HELLO"], struct.pack("<I", session))
        while True:
            kind, sequence, b = self.line.next()
            if (kind, sequence, len(b)) != (C["SERIAL_HELLO"] | 0x80, self.line.sequence,
                                            1 + C["SERIAL_HELLO_ANSWER_BYTES"]):
                continue
            answer = dict(zip(names, struct.unpack("<IHH11I", b[1:])))
            if answer["session"] == session:
                return b[0], answer

    def read(self, address, count):
        return self.line.ask(C["SERIAL_READ"], struct.pack("<IH", address, count))

    def write(self, address, data):
        return self.line.ask(C["SERIAL_WRITE"], struct.pack("<I", address) + data)[0]

    def submit(self, address):
        status, b = self.line.ask(C["SERIAL_SUBMIT"], struct.pack("<I", address))
        return status, struct.unpack("<I", b)[0] if b else None

    def wait(self, ticket, milliseconds=100):
        status, b = self.line.ask(C["SERIAL_WAIT"], struct.pack("<IH", ticket, milliseconds))
        return (status, *struct.unpack("<BBIQ", b)) if b else (status,)

    def counters(self, clear=0):
        status, b = self.line.ask(C["SERIAL_COUNTERS"], bytes([clear]))
        return status, struct.unpack(f"<{len(b) // 8}Q", b)

    def reset(self, kind):
        status = self.line.ask(C["SERIAL_RESET"], bytes([kind]))[0]
        if kind == FIRMWARE:
            time.sleep(RESTART_SECONDS)
        return status

    def statistics(self):
        status, b = self.line.ask(C["SERIAL_STATISTICS"])
        names = ("frames", "bad_crc", "bad_form", "resent", "overruns", "framing", "bus_errors",
                 "jobs", "stack_free")
        return status, dict(zip(names, struct.unpack("<9I", b)))

    def register(self, address, value=None):
        status, b = self.line.ask(C["SERIAL_REGISTER"], struct.pack(
            "<HBI", address, value is not None, value or 0))
        return status, struct.unpack("<I", b)[0] if b else None


class Job:
    """The job of firmware/selftest_job.h at an address: its bytes, its descriptor, its outputs."""

    ADDRESSES = ("Q", "K", "V", "O", "LSE", "SEQUENCES")

    def __init__(self, cap0, at=BASE):
        text = (line.ROOT / "firmware/selftest_job.h").read_text(encoding="utf-8")

        def number(name):
            return int(re.search(rf"FLASHD_SELFTEST_{name} (\d+)u", text)[1])

        def words(name):
            body = re.search(rf"{name}\[.*?= \{{(.*?)\n\}};", text, re.DOTALL)[1]
            rows = [re.findall(r"0x([0-9a-f]{8})", row) for row in body.split("},")]
            return [[int(w, 16) for w in row] for row in rows if row]

        profile, sig = cap0 & 15, cap0 >> 4 & 15
        self.at = at
        self.input = struct.pack(f"<{number('INPUT_BYTES') // 4}I", *words("kSelftestInput")[0])
        self.o = struct.pack(f"<{number('O_WORDS')}I", *words("kSelftestO")[profile])
        self.lse = struct.pack(f"<{number('LSE_WORDS')}I", *words("kSelftestLse")[profile])
        self.o_at, self.lse_at = at + number("O"), at + number("LSE")
        self.descriptor_at = at + number("BYTES")
        self.written = bytes(256)  # the descriptor in the board's memory, once place() has run
        self.words = list(words("kSelftestDescriptor")[0])
        self.words[C["DESCRIPTOR_JOB_EXPONENT_WORD"]] = words("kSelftestExponent")[profile][sig]
        for name in self.ADDRESSES:
            self.words[C[f"DESCRIPTOR_{name}_WORD"]] += at

    def descriptor(self, **changes):
        """The descriptor with other values of fields."""
        words = list(self.words)
        for name, value in changes.items():
            word, low, bits = (C[f"DESCRIPTOR_{name.upper()}_{part}"]
                               for part in ("WORD", "LOW", "BITS"))
            for i in range(max(1, bits // 32)):
                mask = (1 << min(bits, 32)) - 1
                part = value >> 32 * i & mask
                words[word + i] = words[word + i] & ~(mask << low) & 0xFFFFFFFF | part << low
        return struct.pack("<64I", *words)

    def place(self, board):
        for at in range(0, len(self.input), 1024):
            if board.write(self.at + at, self.input[at:at + 1024]) != STATUS_GOOD:
                raise SystemExit("FAILURE: the inputs of a job were not written")
        self.written = self.descriptor()
        board.write(self.descriptor_at, self.written)

    def write(self, board, descriptor):
        """Only what is another than before: bytes over the line are what takes the time."""
        differ = [i for i in range(256) if descriptor[i] != self.written[i]]
        if differ:
            first, end = differ[0], differ[-1] + 1
            board.write(self.descriptor_at + first, descriptor[first:end])
        self.written = descriptor

    def run(self, board, checks, tag, **changes):
        """Submits it and waits; compares the outputs if it ends well. Returns its state."""
        # The first and the last word of O, and the first of LSE behind it, are none of before.
        board.write(self.o_at, bytes(4))
        board.write(self.lse_at - 4, bytes(8))
        self.write(board, self.descriptor(tag=tag, **changes))
        status, ticket = board.submit(self.descriptor_at)
        if status != STATUS_GOOD:
            return (status,)
        # Minutes: only the interrupt can end this wait before the line's patience is over.
        got = board.wait(ticket, 60000)
        if got[:2] == (STATUS_GOOD, DONE):
            checks.same(f"job {tag}: O", board.read(self.o_at, len(self.o)), (0, self.o))
            checks.same(f"job {tag}: LSE", board.read(self.lse_at, len(self.lse)), (0, self.lse))
        return got
