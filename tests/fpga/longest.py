#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fpga/netlist/paths.py on netlists of a few cells whose longest path was added up by hand, from
the database's delays of speed grade 6 in ns, with 1 ns a net; and what it refuses."""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "fpga" / "netlist"))

import lower  # noqa: E402
import paths  # noqa: E402
import rtl  # noqa: E402

SKIPPED = 77
CLOCK, Q, DATA, ENABLE, LSR, Z, OUT = 2, 10, 11, 12, 13, 14, 15
PARAMETERS = {"LUT4": {"INIT": "0" * 16}, "DP16KD": {}, "TRELLIS_FF": {"CEMUX": "CE"}}


def cell(kind, **pins):
    return {"type": kind, "parameters": PARAMETERS.get(kind, {}),
            "connections": {name: net if isinstance(net, list) else [net]
                            for name, net in pins.items()}}


def register(data="0", enable="1", lsr="0", q=Q):
    return cell("TRELLIS_FF", CLK=CLOCK, DI=data, CE=enable, LSR=lsr, Q=q)


def design(*cells, bits=()):
    """A netlist with a clock, and input and output ports of one bit."""
    ports = {"clk": {"direction": "input", "bits": [CLOCK]}}
    ports.update({name: {"direction": direction, "bits": [net]} for name, direction, net in bits})
    return {"modules": {"m": {"attributes": {"top": "1"}, "ports": ports,
                              "cells": {f"c{i}": entry for i, entry in enumerate(cells)}}}}


def lut(z, **pins):
    return cell("LUT4", **{**{pin: "0" for pin in "ABCD"}, **pins}, Z=z)


def carry(cin, **pins):
    return cell("CCU2C", **{f"{pin}{i}": "0" for pin in "ABCD" for i in "01" if
                            f"{pin}{i}" not in pins}, CIN=cin, **pins)


TRUTHS = (
    ("LUT to register", 0.525 + 1 + 0.236, (register(), lut(Z, B=Q), register(Z, q=20))),
    ("LUT to enable", 0.525 + 1 + 0.236 + 1, (register(), lut(Z, B=Q), register(enable=Z, q=20))),
    ("to set or reset", 0.525 + 1 + 0.424, (register(), register(lsr=Q, q=20))),
    ("two LUTs", 0.525 + 1 + 0.236 + 1 + 0.236,
     (register(), lut(Z, A=Q), lut(20, D=Z), register(20, q=21))),
    ("multiplexers", 0.525 + 1 + 0.401 + 0.242,
     (register(), lut(Z, A=Q), cell("PFUMX", ALUT=Z, BLUT="0", C0="0", Z=20),
      cell("L6MUX21", D0="0", D1=20, SD="0", Z=21), register(21, q=22))),
    ("their selections", 0.525 + 1 + 0.256 + 1 + 0.252,
     (register(), cell("PFUMX", ALUT="0", BLUT="0", C0=Q, Z=20),
      cell("L6MUX21", D0="0", D1="0", SD=20, Z=21), register(21, q=22))),
    ("a carry chain", 0.525 + 1 + 0.447 + 0.071 + 0.474,
     (register(), carry("0", A0=Q, COUT=20), carry(20, COUT=21), carry(21, S1=22),
      register(22, q=23))),
    ("sums of a carry cell", 0.525 + 1 + 0.714, (register(), carry("0", C0=Q, S1=20),
                                                 register(20, q=21))),
    ("a carry into a LUT", 0.525 + 1 + 0.447 + 1 + 0.236,
     (register(), carry("0", A1=Q, COUT=20), lut(Z, A=20), register(Z, q=21))),
    ("memory to multiplier", 5.830 + 1 + 3.927 + 1,
     (cell("DP16KD", CLKA=CLOCK, CLKB=CLOCK, DOB3=Q), cell("MULT18X18D", A7=Q, P31=Z),
      register(Z, q=20))),
    ("to a memory's address", 0.525 + 1 + 0.251,
     (register(), cell("DP16KD", CLKA=CLOCK, CLKB=CLOCK, ADA4=Q))),
    ("through a small memory", 0.525 + 1 + 0.236 + 1,
     (register(), cell("TRELLIS_DPR16X4", WCK=CLOCK, WRE="0", RAD=["0", "0", Q, "0"],
                       WAD=["0"] * 4, DI=["0"] * 4, DO=[20, 21, 22, 23]), register(22, q=24))),
    ("a small memory's word", 0.929 + 1,
     (cell("TRELLIS_DPR16X4", WCK=CLOCK, WRE="0", RAD=["0"] * 4, WAD=["0"] * 4, DI=["0"] * 4,
           DO=[20, 21, 22, 23]), register(21, q=24))),
    ("to its write", 0.525 + 1 + 0.392,
     (register(), cell("TRELLIS_DPR16X4", WCK=CLOCK, WRE=Q, RAD=["0"] * 4, WAD=["0"] * 4,
                       DI=["0"] * 4, DO=[20, 21, 22, 23]))))


def refused(make, words):
    try:
        paths.analyse(make, None, paths.Delays("6"), 1.0)
    except lower.Refused as error:
        return words in str(error)
    return False


def command(folder, *arguments):
    done = subprocess.run([sys.executable, "-B", str(ROOT / "fpga/netlist/paths.py"), *arguments],
                          cwd=folder, text=True, capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def main():
    try:
        delays = paths.Delays("6")
    except rtl.Skip as reason:
        print(f"SKIP: {reason}")
        return SKIPPED
    checks, bad = 0, 0

    def hold(good, what):
        nonlocal checks, bad
        checks += 1
        bad += not good
        if not good:
            print(f"FAILURE: {what}")

    for what, wanted, cells in TRUTHS:
        found = paths.analyse(design(*cells), None, delays, 1.0).ends
        hold(found and abs(found[0].ns - wanted) < 1e-9,
             f"{what}: {found and found[0].ns} ns, {wanted} expected")
    between = design(lut(Z, A=30), bits=(("a", "input", 30), ("b", "output", Z)))
    found = paths.analyse(between, None, delays, 2.0)
    hold(abs(found.ends[0].ns - 4.236) < 1e-9 and abs(found.ends[0].logic - 0.236) < 1e-9,
         f"port to port: {found.ends[0]}")
    deep = design(*TRUTHS[3][2], lut(40, A=Q), register(40, q=41))
    found = paths.analyse(deep, None, delays, 1.0)
    hold([at.kind for at in found.trace(found.ends[0])] == ["TRELLIS_FF", "LUT4", "LUT4"] and
         found.trace(found.ends[0])[1].cell == "c1", f"the path is {found.trace(found.ends[0])}")
    hold("over 1.9 ns: 1\n" in paths.text(found, (1.9, 1.7)) + "\n" and
         "over 1.7 ns: 2" in paths.text(found, (1.9, 1.7)), "ends over a limit")
    cells = deep["modules"]["m"]["cells"]
    for old, new in (("c0", "u_a.gen_b[1].q"), ("c3", "u_a.u_c.q"), ("c5", "top_q")):
        cells[new] = cells.pop(old)
    found = paths.between(paths.analyse(deep, None, delays, 1.0), 9)
    hold([line.split() for line in found] == [["3.00", "u_a.gen_b[1]", "->", "u_a.u_c"],
                                              ["1.76", "u_a.gen_b[1]", "->", "top"]] and
         len(paths.between(paths.analyse(deep, None, delays, 1.0), 1)) == 1, f"units: {found}")
    hold(refused(design(lut(Z, A=20), lut(20, A=Z)), "is in a loop of logic"), "a loop is taken")
    hold(refused(design(cell("DCCA", CLKI=CLOCK)), "which is not simulated"), "an unknown kind")
    with tempfile.TemporaryDirectory(prefix="flashd_fpga_") as name:
        path = pathlib.Path(name) / "n.json"
        path.write_text(json.dumps(deep), encoding="utf-8")
        status, text = command(name, "n.json", "--over", "1.7", "--units", "1")
        hold(status == 0 and text.startswith("3.00 ns, 1.00 ns of it logic: 333.7 MHz") and
             text.endswith("-> u_a.u_c\n"), text)
        for content, words in (("{}", "is no netlist"), (json.dumps(design()), "has no path")):
            path.write_text(content, encoding="utf-8")
            status, text = command(name, "n.json")
            hold(status == 2 and words in text and text.count("\n") == 1, text)
        status, text = command(name, "none.json")
        hold(status == 2 and text.count("\n") == 1, text)
    print(f"{checks} checks")
    print("FAILURE" if bad or checks < 20 else "PASS")
    return 1 if bad or checks < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
