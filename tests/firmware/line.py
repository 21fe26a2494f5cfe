# SPDX-License-Identifier: Apache-2.0
"""The serial line from the host's side, written anew from docs/soc.md; and flashd_soc_sim."""
import os
import pathlib
import re
import select
import struct
import subprocess
import termios
import time
import tty
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOOD = 0


def constants(*names):
    """All numbers that headers of firmware/include define."""
    out = {}
    for name in names:
        text = (ROOT / "firmware/include" / name).read_text(encoding="utf-8")
        for key, value in re.findall(r"^#define FLASHD_(\w+) \(?(0x[0-9a-f]+|\d+)u?\)?$", text,
                                     re.MULTILINE):
            out[key] = int(value, 0)
    return out


def stuff(plain):
    out, at = bytearray(), 0
    while True:
        run = 0
        while at + run < len(plain) and plain[at + run] and run < 254:
            run += 1
        out.append(run + 1)
        out += plain[at:at + run]
        at += run
        if run == 254:
            continue
        if at == len(plain):
            return bytes(out) + b"\0"
        at += 1


def unstuff(coded):
    """Contents of a frame without its zero; None if it is none."""
    out, at = bytearray(), 0
    while at < len(coded):
        code = coded[at]
        if at + code > len(coded):
            return None
        out += coded[at + 1:at + code]
        at += code
        if code < 255 and at < len(coded):
            out.append(0)
    return bytes(out)


def frame(kind, sequence, body):
    plain = bytes([kind, sequence]) + body
    return stuff(plain + struct.pack("<I", zlib.crc32(plain)))


class Silence(Exception):
    """No answer came."""


class Line:
    """A terminal, frame by frame."""

    def __init__(self, name, patience=20.0):
        self.file = os.open(name, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.file, termios.TCSANOW)
        self.patience, self.sequence, self.buffer = patience, 0, bytearray()

    def close(self):
        os.close(self.file)

    def send(self, data):
        while data:
            _, ready, _ = select.select([], [self.file], [], self.patience)
            if not ready:
                raise Silence("the terminal takes no bytes")
            data = data[os.write(self.file, data[:256]):]
            self.fetch(0)

    def fetch(self, seconds):
        ready, _, _ = select.select([self.file], [], [], seconds)
        if ready:
            self.buffer += os.read(self.file, 4096)
        return bool(ready)

    def next(self):
        """Kind, sequence number and body of the next good frame."""
        end = time.monotonic() + self.patience
        while True:
            coded, zero, rest = bytes(self.buffer).partition(b"\0")
            if zero:
                self.buffer = bytearray(rest)
                plain = unstuff(coded)
                if plain and len(plain) >= 7 and zlib.crc32(plain) == 0x2144DF1C:
                    return plain[0], plain[1], plain[2:-4]
                continue
            if time.monotonic() > end:
                raise Silence("no answer came")
            self.fetch(0.5)

    def command(self, kind, body):
        self.sequence = (self.sequence + 1) % 256
        self.send(frame(kind, self.sequence, body))

    def ask(self, kind, body=b""):
        """Status and body of the answer; answers to earlier commands are passed over."""
        self.command(kind, body)
        while True:
            got, sequence, answer = self.next()
            if (got, sequence) == (kind | 0x80, self.sequence):
                return answer[0], answer[1:]


class Soc:
    """flashd_soc_sim with a firmware; ends with the block."""

    def __init__(self, program, firmware, *options, seconds=300):
        self.command = [str(program), "--firmware", str(firmware), "--max-seconds", str(seconds),
                        *options]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        name = self.process.stdout.readline().strip()
        if not name:
            raise SystemExit(f"FAILURE: flashd_soc_sim: {self.process.stderr.read()}")
        self.line = Line(name)
        return self.line

    def __exit__(self, *_):
        self.line.close()
        if self.process.poll() is not None:
            print(f"flashd_soc_sim had ended before, with {self.process.returncode}: see "
                  "--max-seconds")
        self.process.terminate()
        print(self.process.communicate()[1].strip())
