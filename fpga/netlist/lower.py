#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Yosys' netlist of ECP5 cells (write_json) as the text that sim/netlist reads, one cell a line.

  lower.py NETLIST.json TEXT [--top NAME]

What the simulator does not know is refused with one sentence: a kind of cell, a parameter, a second
clock. The PLL becomes a wire: its output is the clock, LOCK an input. Exit status 2: refused.
"""
import argparse
import json
import pathlib
import re
import sys


class Refused(Exception):
    """The netlist cannot be simulated: one sentence."""


WIDTHS = {"1", "2", "4", "9", "18", "36"}
ANY = None
# Parameters and the values that are simulated. GSR has no effect without a cell that drives it,
# and such a cell is refused.
PARAMETERS = {
    "LUT4": {"INIT": ANY},
    "PFUMX": {},
    "L6MUX21": {},
    "CCU2C": {"INIT0": ANY, "INIT1": ANY, "INJECT1_0": {"YES", "NO"}, "INJECT1_1": {"YES", "NO"}},
    "TRELLIS_FF": {"GSR": {"DISABLED", "ENABLED", "AUTO"}, "CEMUX": {"CE", "INV", "1", "0"},
                   "CLKMUX": {"CLK", "INV"}, "LSRMUX": {"LSR", "INV"},
                   "SRMODE": {"LSR_OVER_CE", "ASYNC"}, "REGSET": {"SET", "RESET"},
                   "LSRMODE": {"LSR"}},
    "TRELLIS_DPR16X4": {"INITVAL": ANY, "WCKMUX": {"WCK"}, "WREMUX": {"WRE", "INV", "1", "0"}},
    "DP16KD": {"DATA_WIDTH_A": WIDTHS, "DATA_WIDTH_B": WIDTHS, "REGMODE_A": {"NOREG"},
               "REGMODE_B": {"NOREG"}, "RESETMODE": {"SYNC", "ASYNC"},
               "ASYNC_RESET_RELEASE": {"SYNC", "ASYNC"}, "CSDECODE_A": {"0b000"},
               "CSDECODE_B": {"0b000"}, "CLKAMUX": {"CLKA"}, "CLKBMUX": {"CLKB"},
               "WRITEMODE_A": {"NORMAL", "WRITETHROUGH", "READBEFOREWRITE"},
               "WRITEMODE_B": {"NORMAL", "WRITETHROUGH", "READBEFOREWRITE"},
               "GSR": {"DISABLED", "ENABLED", "AUTO"},
               **{f"INITVAL_{i:02X}": ANY for i in range(64)}},
    "MULT18X18D": {**{f"REG_{place}_CLK": {"NONE"} for place in
                      ("INPUTA", "INPUTB", "INPUTC", "PIPELINE", "OUTPUT")},
                   "GSR": {"DISABLED", "ENABLED", "AUTO"}, "MULT_BYPASS": {"DISABLED"}},
    "EHXPLLL": {name: ANY for name in
                ("CLKI_DIV", "CLKFB_DIV", "CLKOP_DIV", "CLKOP_CPHASE", "CLKOP_FPHASE",
                 "CLKOP_ENABLE", "FEEDBK_PATH", "PLLRST_ENA", "INTFB_WAKE", "STDBY_ENABLE",
                 "DPHASE_SOURCE", "OUTDIVIDER_MUXA", "OUTDIVIDER_MUXB", "OUTDIVIDER_MUXC",
                 "OUTDIVIDER_MUXD")},
}
DEFAULTS = {"CCU2C": {"INIT0": "0" * 16, "INIT1": "0" * 16},
            "DP16KD": {"DATA_WIDTH_A": "18", "DATA_WIDTH_B": "18"},
            "TRELLIS_DPR16X4": {"INITVAL": "0" * 64}}


def plain(value):
    """A parameter without the padding of short strings; widths as decimal numbers."""
    value = value.strip()
    return str(int(value, 2)) if re.fullmatch(r"[01]{32}", value) else value


class Cell:
    """A cell of the netlist, with its parameters checked."""

    def __init__(self, name, cell):
        self.name, self.kind = name, cell["type"]
        known = PARAMETERS.get(self.kind)
        if known is None:
            raise Refused(f"The cell {name} is of the kind {self.kind}, which is not simulated.")
        self.parameters = dict(DEFAULTS.get(self.kind, {}))
        for key, value in cell["parameters"].items():
            value = plain(value)
            if key not in known or (known[key] is not ANY and value not in known[key]):
                raise Refused(f"The {self.kind} {name} has {key} = {value}, which is not "
                              "simulated.")
            self.parameters[key] = value
        self.nets = cell["connections"]

    def get(self, key, default):
        return self.parameters.get(key, default)

    def bits(self, port):
        """All bits of a port, as texts; none if it is not connected."""
        return [str(bit) if bit not in ("x", "z") else "x" for bit in self.nets.get(port, [])]

    def pin(self, port, absent=None):
        """A port of one bit; `absent` if it is not connected."""
        found = self.bits(port) or ([absent] if absent is not None else [])
        if len(found) != 1:
            raise Refused(f"The {self.kind} {self.name} has no {port}.")
        return found[0]

    def pins(self, port, count, absent=None):
        """Ports of one bit with numbers, from 0."""
        return [self.pin(f"{port}{i}", absent) for i in range(count)]

    def bus(self, port, count):
        found = self.bits(port)
        if len(found) != count:
            raise Refused(f"The {self.kind} {self.name} has no {port} of {count} bits.")
        return found

    def require_zero(self, *ports):
        for port in ports:
            if self.pin(port, "0") != "0":
                raise Refused(f"The {self.kind} {self.name} uses {port}, which is not simulated.")

    def initial(self, key, bits):
        """Text of bits, the highest first."""
        value = self.get(key, "0" * bits)
        if len(value) != bits or set(value) - set("01x"):
            raise Refused(f"The {self.kind} {self.name} has {key} of {len(value)} bits, expected "
                          f"{bits} of 0, 1, x.")
        return value


def inverted(mux, net):
    """A control net behind its multiplexer."""
    return {"1": "1", "0": "0", "INV": "!" + net}.get(mux, net)


class Lowering:
    """Lines of the text, and the clocks that were seen."""

    def __init__(self):
        self.lines, self.clocks, self.sources = [], {}, set()

    def clock(self, cell, net):
        self.clocks.setdefault(net, cell.name)

    def add(self, word, cell, *fields):
        name = re.sub(r"\s", "_", cell.name)
        self.lines.append(" ".join([word, *fields, name]))

    def lut4(self, cell):
        self.add("lut", cell, cell.initial("INIT", 16), *(cell.pin(p) for p in "ABCDZ"))

    def pfumx(self, cell):
        self.add("mux", cell, *(cell.pin(p) for p in ("ALUT", "BLUT", "C0", "Z")))

    def l6mux21(self, cell):
        self.add("mux", cell, *(cell.pin(p) for p in ("D1", "D0", "SD", "Z")))

    def ccu2c(self, cell):
        self.add("carry", cell, *(word for i in "01" for word in (
            cell.initial("INIT" + i, 16), "1" if cell.get("INJECT1_" + i, "YES") == "YES" else "0",
            *(cell.pin(p + i) for p in "ABCD"), cell.pin("S" + i, "-"))),
            cell.pin("CIN", "0"), cell.pin("COUT", "-"))

    def trellis_ff(self, cell):
        self.clock(cell, cell.pin("CLK"))
        ce = cell.get("CEMUX", "1")
        enable = inverted(ce, cell.pin("CE") if ce in ("CE", "INV") else "")
        self.add("ff", cell, "f" if cell.get("CLKMUX", "CLK") == "INV" else "r",
                 "a" if cell.get("SRMODE", "LSR_OVER_CE") == "ASYNC" else "s",
                 "1" if cell.get("REGSET", "RESET") == "SET" else "0", cell.pin("DI"), enable,
                 inverted(cell.get("LSRMUX", "LSR"), cell.pin("LSR", "0")), cell.pin("Q"))

    def trellis_dpr16x4(self, cell):
        self.clock(cell, cell.pin("WCK"))
        mux = cell.get("WREMUX", "WRE")
        write = inverted(mux, cell.pin("WRE") if mux in ("WRE", "INV") else "")
        self.add("small", cell, cell.initial("INITVAL", 64)[::-1], write,
                 *(net for port in ("DI", "WAD", "RAD", "DO") for net in cell.bus(port, 4)))

    def dp16kd(self, cell):
        wide = [cell.get("DATA_WIDTH_" + port, "18") for port in "AB"]
        fields = [*wide, *(cell.get("WRITEMODE_" + port, "NORMAL") for port in "AB")]
        words = []
        for i in range(64):  # a word of 18 bits takes 20 there
            bits = cell.initial(f"INITVAL_{i:02X}", 320)[::-1]
            words += [bits[20 * j:20 * j + 18] for j in range(16)]
        contents = "".join(words)
        fields.append(contents[0] if len(set(contents)) == 1 else contents)
        for port in "AB":
            clock = cell.pin("CLK" + port)
            if clock not in ("0", "1"):
                self.clock(cell, clock)
            cell.require_zero("RST" + port, *(f"CS{port}{i}" for i in range(3)))
            used = clock not in ("0", "1")
            fields += [cell.pin("CE" + port) if used else "0", cell.pin("WE" + port),
                       *cell.pins("AD" + port, 14, "x"), *cell.pins("DI" + port, 18, "x"),
                       *cell.pins("DO" + port, 18, "-")]
        if "36" in wide:  # A writes, B reads
            cell.require_zero("WEB")
        self.add("block", cell, *fields)

    def mult18x18d(self, cell):
        cell.require_zero("SOURCEA", "SOURCEB")
        self.add("multiply", cell, cell.pin("SIGNEDA"), cell.pin("SIGNEDB"), *cell.pins("A", 18),
                 *cell.pins("B", 18), *cell.pins("P", 36, "-"))

    def ehxplll(self, cell):
        cell.require_zero("RST", "STDBY")
        extra = [port for port in ("CLKOS", "CLKOS2", "CLKOS3") if cell.bits(port)]
        if extra:
            raise Refused(f"The EHXPLLL {cell.name} uses {extra[0]}, which is not simulated.")
        self.sources.add(cell.pin("CLKOP"))
        self.lines.append(f"input LOCK {cell.pin('LOCK')}")


def only_module(design, top=None):
    """Name and entry of the one module with cells (or `top`). Raises Refused."""
    modules = {name: module for name, module in design["modules"].items()
               if not int(module.get("attributes", {}).get("blackbox", "0"), 2) and
               (top == name if top else int(module.get("attributes", {}).get("top", "0"), 2))}
    if len(modules) != 1:
        raise Refused(f"The netlist has {len(modules)} modules {top or 'with the attribute top'}, "
                      "expected 1.")
    return next(iter(modules.items()))


def lower(design, top=None):
    """Text of the one module with cells (or `top`). Raises Refused."""
    name, module = only_module(design, top)
    work = Lowering()
    for cell_name, entry in module["cells"].items():
        if entry["type"] == "$scopeinfo":
            continue
        cell = Cell(cell_name, entry)
        getattr(work, cell.kind.lower())(cell)
    inputs = {str(bit) for port in module["ports"].values() if port["direction"] == "input"
              for bit in port["bits"]}
    if len(work.clocks) > 1:
        (one, first), (two, second) = list(work.clocks.items())[:2]
        raise Refused(f"{first} has the clock {one}, {second} the clock {two}: one is expected.")
    clock = next(iter(work.clocks), "-")
    if clock != "-" and clock not in work.sources | inputs:
        raise Refused(f"The clock {clock} comes out of logic, which is not simulated.")
    lines = [f"ecp5 1 {name}", f"clock {clock}"]
    for port_name, port in module["ports"].items():
        if port["direction"] not in ("input", "output"):
            raise Refused(f"The port {port_name} is of the direction {port['direction']}.")
        bits = [str(bit) if bit != "z" else "x" for bit in port["bits"]]
        lines.append(" ".join([port["direction"], port_name, *bits]))
    return "\n".join(lines + work.lines) + "\n"


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("netlist", type=pathlib.Path)
    parser.add_argument("text", type=pathlib.Path)
    parser.add_argument("--top")
    options = parser.parse_args(arguments)
    try:
        design = json.loads(options.netlist.read_text(encoding="utf-8"))
        options.text.write_text(lower(design, options.top), encoding="utf-8")
    except Refused as error:
        print(f"lower.py: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"lower.py: {error.filename}: {error.strerror}.", file=sys.stderr)
        return 2
    except (ValueError, KeyError, TypeError, AttributeError):
        print(f"lower.py: {options.netlist} is no netlist of Yosys' write_json.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
