# SPDX-License-Identifier: Apache-2.0
"""What the energy tests share: small netlists on small.lib, runs, comparisons that count."""
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "synth"))
SKIPPED = 77

try:
    import numpy
except ImportError as reason:
    print(f"SKIP: {reason}; ./flashd test installs it into .venv")
    sys.exit(SKIPPED)

import energy_netlist  # noqa: E402
import energy_sim  # noqa: E402
import energy_tables  # noqa: E402

PERIOD = 2e-9


class Check:
    """Counts comparisons and remembers failures."""

    def __init__(self):
        self.done = self.failed = 0

    def near(self, what, got, wanted, tolerance=1e-9):
        self.done += 1
        if abs(got - wanted) > tolerance * max(1.0, abs(wanted)):
            self.failed += 1
            print(f"FAILURE {what}: {got}, expected {wanted}")

    def true(self, what, holds):
        self.done += 1
        if not holds:
            self.failed += 1
            print(f"FAILURE {what}")

    def refused(self, what, call, sentence):
        self.done += 1
        try:
            call()
        except ValueError as error:
            if sentence in str(error):
                return
            print(f"FAILURE {what}: refused with '{error}', expected '{sentence}'")
        else:
            print(f"FAILURE {what}: not refused, expected '{sentence}'")
        self.failed += 1

    def end(self):
        print(f"{self.done} comparisons, {self.failed} failed")
        print("FAILURE" if self.failed or not self.done else "PASS")
        return 1 if self.failed or not self.done else 0


def tables(verilog, libraries=(HERE / "small.lib", ), top="top", **setting):
    """energy_tables.Tables of Verilog text; input slew 0 unless told."""
    setting.setdefault("input_slew", 0.0)
    setting.setdefault("clock_slew", 0.0)
    with tempfile.TemporaryDirectory(prefix="flashd_energy_test_") as folder:
        path = pathlib.Path(folder) / "netlist.v"
        path.write_text(verilog, encoding="utf-8")
        netlist = energy_netlist.read(path, top)
    library = energy_netlist.link(netlist, libraries)
    return energy_tables.Tables(netlist, library, energy_tables.Setting(**setting))


def columns(**bits):
    """Vectors of one-bit ports from strings of 0 and 1, one character a cycle."""
    return {name: numpy.array([[int(bit)] for bit in text], numpy.uint8)
            for name, text in bits.items()}


def run(made, inputs, **options):
    """Activity over all given cycles."""
    cycles = len(next(iter(inputs.values())))
    return energy_sim.run(made, inputs, cycles, PERIOD, **options)


def femtojoules(activity, category):
    """Sum over units and cycles."""
    return float(activity.trace[:, :, energy_sim.CATEGORIES.index(category)].sum()) * 1e15


def start(main):
    """Ends the program with main's status, 77 where a tool is missing."""
    try:
        sys.exit(main())
    except FileNotFoundError as reason:
        print(f"SKIP: {reason}")
        sys.exit(SKIPPED)
