# SPDX-License-Identifier: Apache-2.0
"""OpenSTA on a netlist: worst slack, total negative slack, smallest period, critical path.

The clock is ideal, also behind clock gates; there are no wires. Inputs arrive a tenth of the target
clock of the library after the edge, driven by the library's drive cell; outputs have its load.
"""
import dataclasses
import re
import subprocess

import rtl

INPUT_PART = 0.1  # of the library's clock target

STEP = re.compile(r"^\s*(-?[\d.]+)\s+(-?[\d.]+)\s+[\^v]\s+(\S+)\s+\((\S+)\)", re.MULTILINE)
SLACK = re.compile(r"^\s*(-?[\d.]+)\s+slack", re.MULTILINE)
END = re.compile(r"^(Startpoint|Endpoint): (\S+)(?:\s+\(([^)]*)\))?", re.MULTILINE)


@dataclasses.dataclass
class Timing:
    slack_ns: float
    tns_ns: float
    min_period_ns: float
    start: str
    end: str
    path: list  # [cell pin, cell type, arrival ns] from start to end


def program():
    return rtl.tool("sta", "it is OpenSTA, Debian's package opensta.")


def constraints(loaded, clock_ns, clocked=True):
    """SDC of a lane, in ns and fF."""
    library = loaded.library
    lines = [f"create_clock -name clk -period {clock_ns} [get_ports clk_i]"] if clocked else []
    return "\n".join([
        *lines, f"set_driving_cell -lib_cell {library.drive} [all_inputs]",
        f"set_input_delay {INPUT_PART * library.clock_ns:.4f} -clock clk [all_inputs]",
        "set_input_delay 0 -clock clk [get_ports clk_i]",
        "set_output_delay 0 -clock clk [all_outputs]",
        f"set_load {library.load_ff} [all_outputs]", ""])


def reading(libraries, netlist, top, sdc):
    """Lines that read a netlist and its constraints."""
    return [*(f"read_liberty {name}" for name in libraries), f"read_verilog {netlist}",
            f"link_design {top}", "set_cmd_units -time ns -capacitance fF", f"source {sdc}"]


def script(libraries, netlist, top, sdc):
    return "\n".join([
        "proc flow {} {", *reading(libraries, netlist, top, sdc),
        "report_checks -path_delay max -digits 4", "report_tns -digits 4",
        # A latch of a clock gate that is made of cells borrows time: its slack is zero.
        "puts EDGES", "report_checks -path_delay max -digits 4 -to "
        "[all_registers -edge_triggered -data_pins]", "}",
        "if {[catch flow words]} { puts \"FAILED $words\"; exit 1 }", "puts DONE", "exit", ""])


def analyse(folder, libraries, netlist, top, loaded, clock_ns):
    """Timing of a netlist in `folder`; RuntimeError with OpenSTA's words if it stops."""
    (folder / "lane.sdc").write_text(constraints(loaded, clock_ns), encoding="utf-8")
    (folder / "sta.tcl").write_text(script(libraries, netlist, top, "lane.sdc"), encoding="utf-8")
    done = subprocess.run([program(), "-no_splash", "-exit", "sta.tcl"], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return parsed(done.stdout, clock_ns)


def paths(text):
    """Reports of single paths."""
    return [path for path in re.split(r"^(?=Startpoint:)", text, flags=re.MULTILINE)
            if SLACK.search(path)]


def slack_of(path):
    return float(SLACK.search(path)[1])


def steps(path):
    """[cell pin, cell type, arrival ns] of a report of a path."""
    return [[pin, cell, float(time)] for _, time, pin, cell in STEP.findall(path)]


def parsed(text, clock_ns):
    """Timing from what OpenSTA printed."""
    slack = SLACK.search(text)
    tns = re.search(r"^tns (-?[\d.]+)", text, re.MULTILINE)
    if "DONE" not in text or not slack or not tns:
        words = [line for line in text.splitlines()
                 if "FAILED" in line or "Error" in line or "not found" in line]
        raise RuntimeError("OpenSTA gave no result: " + ("; ".join(words[:3]) or text[-300:]))
    # One path of each group; resets are a group of their own.
    everything, edges = text.split("EDGES", 1)
    groups = paths(everything)
    worst_of = min(groups, key=slack_of)
    if slack_of(worst_of) == 0 and float(tns[1]) == 0 and paths(edges):
        worst_of = min(paths(edges), key=slack_of)
    text = worst_of
    ends = {kind: name for kind, name, _ in END.findall(text)}
    worst = slack_of(text)
    return Timing(worst, float(tns[1]), round(clock_ns - worst, 4), ends.get("Startpoint", ""),
                  ends.get("Endpoint", ""), steps(text))
