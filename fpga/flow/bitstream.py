# SPDX-License-Identifier: Apache-2.0
"""Reads a bitstream of an ECP5 by its commands, and holds it to a configuration, without ecppack's
or ecpunpack's help: the device, the clock of the configuration, every bit of every frame, every
word of block memory.

Commands and their codes: Lattice FPGA-TN-02039 (ECP5 and ECP5-5G sysCONFIG), and the source of
Project Trellis for the compression of frames and the order of bits. Every CRC is checked.
"""
import dataclasses

import trellis
from trellis import Strange

PREAMBLE = b"\xff\xff\xbd\xb3"
(DUMMY, RESET_CRC, VERIFY_ID, CONTROL, INIT_ADDRESS, DICTIONARY, FRAMES, PACKED_FRAMES, USERCODE,
 MEMORY_ADDRESS, MEMORY_WRITE, DONE) = (0xff, 0x3b, 0xe2, 0x22, 0x46, 0x02, 0x82, 0xb8, 0xc2, 0xf6,
                                       0xb2, 0x5e)
CHECKED = 0x800000  # an operand: a CRC follows
CONTROL_BASE = 0x40000000
CLOCKS = {"2.4": 0x00, "4.8": 0x01, "9.7": 0x20, "19.4": 0x30, "38.8": 0x38, "62": 0x3b}  # MHz
SLOWEST = "2.4"  # the clock without MCCLK_FREQ
MEMORY_WORDS = 2048
LONGEST = 10  # bits of a byte in a compressed frame


def crc_table():
    table = []
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = value << 1 ^ (0x18005 if value & 0x8000 else 0)
        table.append(value & 0xffff)
    return table


CRC = crc_table()


@dataclasses.dataclass
class Image:
    """What a bitstream says. `frames` are numbers in the device's order, bit 0 first."""
    comments: list
    idcode: int = 0
    control: int = None
    compressed: bool = False
    usercode: int = 0
    frames: list = dataclasses.field(default_factory=list)
    memories: dict = dataclasses.field(default_factory=dict)
    done: bool = False


class Reader:
    """The commands of a bitstream, one after another, with their CRC."""

    def __init__(self, data, device):
        start = data.find(PREAMBLE)
        *comments, last = data[2:max(start, 2)].split(b"\0")
        if data[:2] != b"\xff\x00" or start < 0 or last != b"\xff":
            raise Strange("The bitstream does not start as one: FF 00, comments, FF, FF FF BD B3.")
        self.data, self.device, self.at, self.crc = data, device, start + len(PREAMBLE), 0
        self.image = Image([text.decode("latin-1") for text in comments])
        self.dictionary, self.memory, self.word = b"", 0, 0

    def take(self, count):
        found = self.data[self.at:self.at + count]
        if len(found) < count:
            raise Strange(f"The bitstream ends in a command, at byte {len(self.data)}.")
        self.at += count
        crc = self.crc
        for byte in found:
            crc = (crc << 8 & 0xffff) ^ CRC[crc >> 8 ^ byte]
        self.crc = crc
        return found

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def check_crc(self):
        wanted = self.crc
        found = self.number(2)
        if found != wanted:
            raise Strange(f"The CRC before byte {self.at} of the bitstream is {found:04x}, and "
                          f"that of the bytes is {wanted:04x}.")
        self.crc = 0

    def expand(self, count):
        """A compressed frame: 0 is a byte 0, 100 and 101 stand before the place of a byte's only 1
        or of a byte in the dictionary, 11 before a byte."""
        chunk = self.data[self.at:self.at + (count * LONGEST + 7) // 8]
        text = f"{int.from_bytes(chunk, 'big'):0{8 * len(chunk)}b}"
        found, filled, place = bytearray(count), 0, 0
        while filled < count:
            one = text.find("1", place, place + count - filled)
            if one < 0:
                place += count - filled
                break
            filled += one - place
            if text[one + 1:one + 2] == "1":
                value, place = text[one + 2:one + 10], one + 10
                found[filled] = int(value or "0", 2)
            else:
                index, place = int(text[one + 3:one + 6] or "0", 2), one + 6
                found[filled] = self.dictionary[index] if text[one + 2] == "1" else 1 << index
            filled += 1
        self.take((place + 7) // 8)
        return bytes(found)

    def frames(self, packed):
        options, count = self.number(1), self.number(2)
        if options & 0xc0 != 0x80 or count != self.device.frames:
            raise Strange(f"The bitstream has {count} frames with options {options:02x}: "
                          f"{self.device.frames} with a CRC each (80) are expected.")
        if packed and not self.dictionary:
            raise Strange("The bitstream has compressed frames before their dictionary.")
        size = (self.device.bits + self.device.below + self.device.above) // 8
        mask = (1 << self.device.bits) - 1
        self.image.compressed = packed
        for _ in range(count):
            data = self.expand(-size % 8 + size) if packed else self.take(size)
            self.check_crc()
            self.take(options & 0xf)
            self.image.frames.append(int.from_bytes(data, "big") >> self.device.below & mask)
        self.image.frames.reverse()

    def memory_words(self):
        self.take(1)
        for _ in range(self.number(2)):
            value = self.number(9)
            if self.word == MEMORY_WORDS:
                self.memory, self.word = self.memory + 1, 0
            words = self.image.memories.setdefault(self.memory, [])
            if self.word != len(words):
                raise Strange(f"Block memory {self.memory} is not written from its first word on.")
            words += [value >> 9 * place & 0x1ff for place in range(7, -1, -1)]
            self.word += 8
        self.check_crc()

    def command(self):
        """One command; False at the end."""
        if self.at >= len(self.data):
            return False
        code, image = self.data[self.at], self.image
        if code == DUMMY:  # has no part in a CRC
            self.at += 1
            return True
        self.take(1)
        if code in (FRAMES, PACKED_FRAMES):
            self.frames(code == PACKED_FRAMES)
        elif code == MEMORY_WRITE:
            self.memory_words()
        else:
            operand = self.number(3)
            if operand != (CHECKED if code == USERCODE else 0):
                raise Strange(f"Byte {self.at - 4} of the bitstream is the command {code:02x} with "
                              f"the operand {operand:06x}, which this flow does not use.")
            if code == RESET_CRC:
                self.crc = 0
            elif code == VERIFY_ID:
                image.idcode = self.number(4)
            elif code == CONTROL:
                image.control = self.number(4)
            elif code == DICTIONARY:
                self.dictionary = self.take(8)[::-1]
            elif code == USERCODE:
                image.usercode = self.number(4)
            elif code == MEMORY_ADDRESS:
                self.memory, self.word = divmod(self.number(4), MEMORY_WORDS)
            elif code == DONE:
                image.done = True
            elif code != INIT_ADDRESS:
                raise Strange(f"Byte {self.at - 4} of the bitstream is the command {code:02x}, "
                              "which this flow does not use.")
            if operand == CHECKED:
                self.check_crc()
        return True


def read(path, device):
    """Image of a bitstream for a trellis.Device. Raises Strange."""
    reader = Reader(path.read_bytes(), device)
    while reader.command():
        pass
    return reader.image


def clock(control):
    """MHz of the configuration's clock in a control register, as SYSCONFIG spells it."""
    for mhz, code in CLOCKS.items():
        if control == CONTROL_BASE | code:
            return mhz
    return f"unknown (control register {control:08x})"


def header(image, text):
    """Differences between what a bitstream says of itself and a configuration, as sentences."""
    device, given, found = trellis.device(text.device), text.sysconfig, []
    if image.idcode != device.idcode:
        found.append(f"the device {image.idcode:08x}, where {text.device} is {device.idcode:08x}")
    if image.comments != text.comments:
        found.append(f"the comments {image.comments}, where {text.comments} was placed")
    wanted = given.get("MCCLK_FREQ", SLOWEST).removesuffix(".0")
    if image.control is None or clock(image.control) != wanted:
        reached = "none" if image.control is None else clock(image.control)
        found.append(f"MCCLK_FREQ, which is {reached} where {wanted} was placed")
    wanted = given.get("COMPRESS_CONFIG", "ON")
    if image.compressed != (wanted == "ON"):
        found.append(f"COMPRESS_CONFIG, which is {'ON' if image.compressed else 'OFF'} where "
                     f"{wanted} was placed")
    if image.usercode:
        found.append(f"a user code, {image.usercode:08x}")
    if not image.done:
        found.append("no command at its end that starts the device")
    return found


def compare(path, text, frames):
    """Differences between a bitstream and a configuration whose frames these are, as sentences.
    Raises Strange."""
    device = trellis.device(text.device)
    image = read(path, device)
    found = header(image, text)
    if not image.frames:
        return [*found, "no frames"]
    for number, (given, wanted) in enumerate(zip(image.frames, frames)):
        if given != wanted:
            bits = [bit for bit in range(device.bits) if (given ^ wanted) >> bit & 1]
            found += [f"bit {bit} of frame {number}" for bit in bits]
    for number in sorted({*image.memories, *text.memories}):
        if image.memories.get(number, []) != text.memories.get(number, []):
            found.append(f"the words of block memory {number}")
    return found
