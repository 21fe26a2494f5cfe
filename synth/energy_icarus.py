# SPDX-License-Identifier: Apache-2.0
"""The same netlist in Icarus Verilog, toggles counted by a VPI module: checks gatesim.c.

Icarus takes one rising and one falling delay per cell output, so both simulators are given the mean
over the inputs (`one_delay`). Slow next to gatesim.c: meant for small netlists.
"""
import pathlib
import shutil
import subprocess

import numpy

import energy_cells
import energy_sim

SOURCE = pathlib.Path(__file__).resolve().parent / "energy/toggles.c"


def one_delay(tables):
    """Gives every output of every cell one rising and one falling delay, in place."""
    for place, number in enumerate(tables.type):
        kind = tables.types[number]
        size = len(kind.inputs)
        for output in range(len(kind.outputs) if size else 0):
            first = tables.delay[place] + output * size * 2
            block = tables.delays[first:first + size * 2].reshape(size, 2)
            block[:] = block.mean(axis=0)


def table(values):
    """Truth table as a Verilog constant, index 0 in the lowest bit."""
    return f"{len(values)}'b" + "".join("1" if value else "0" for value in values[::-1])


def model(kind):
    """Verilog of a cell type; parameters R0, F0 ... are the delays of its outputs."""
    delays = ", ".join(f"parameter R{place} = 0, parameter F{place} = 0"
                       for place in range(len(kind.outputs)))
    pins = ", ".join([*(f"input {name}" for name in kind.inputs),
                      *(f"output {name}" for name in kind.outputs)])
    # Two values, as in gatesim.c: what is not yet known counts as 0.
    index = ", ".join(f"{name} === 1'b1" for name in reversed(kind.inputs))
    lines = [f"module {kind.name} #({delays}) ({pins});", "  reg held;",
             f"  wire [{max(len(kind.inputs) - 1, 0)}:0] in;",
             f"  assign in = {{{index}}};" if kind.inputs else "  assign in = 1'b0;"]
    for name in ("clock", "data", "clear", "preset"):
        values = getattr(kind, name)
        lines.append(f"  localparam [{len(values) - 1}:0] T_{name} = {table(values)};")
        lines.append(f"  wire w_{name};")
        lines.append(f"  assign w_{name} = T_{name}[{'{held, in}' if name == 'data' else 'in'}];")
    lines.append("  initial held = 1'b0;")
    if kind.kind == energy_cells.FLIP_FLOP:
        lines.append("  always @(posedge w_clock, posedge w_clear, posedge w_preset)\n"
                     "    if (w_clear) held <= 1'b0; else if (w_preset) held <= 1'b1;\n"
                     "    else held <= w_data;")
    elif kind.kind == energy_cells.LATCH:
        lines.append("  always @(w_clock, w_data, w_clear, w_preset)\n"
                     "    if (w_clear) held = 1'b0; else if (w_preset) held = 1'b1;\n"
                     "    else if (w_clock) held = w_data;")
    for place, name in enumerate(kind.outputs):
        values = kind.output[place]
        lines.append(f"  localparam [{len(values) - 1}:0] T_o{place} = {table(values)};")
        lines.append(f"  assign #(R{place}, F{place}) {name} = T_o{place}[{{held, in}}];"
                     if kind.inputs else f"  assign {name} = T_o{place}[0];")
    return "\n".join([*lines, "endmodule", ""])


def flat(tables, ticks, in_nets):
    """Verilog of the flat netlist; its only port is the vector of inputs, the clock on top."""
    lines = [f"module flat (input [{len(in_nets)}:0] in);", "  wire n0, n1;",
             "  assign n0 = 1'b0;", "  assign n1 = 1'b1;"]
    lines += [f"  wire n{net};" for net in range(2, tables.nets)]
    lines += [f"  assign n{net} = in[{place}];"
              for place, net in enumerate([*in_nets, tables.clock_net])]
    for place, number in enumerate(tables.type):
        kind = tables.types[number]
        size, delays = len(kind.inputs), []
        nets = tables.pin_net[tables.pin[place]:]
        for output in range(len(kind.outputs)):
            if not tables.is_clock[nets[size + output]] and size:
                rise, fall = ticks[tables.delay[place] + output * size * 2:][:2]
                delays += [f".R{output}({rise})", f".F{output}({fall})"]
        pins = ", ".join(f".{name}(n{net})" for name, net in zip([*kind.inputs, *kind.outputs],
                                                                nets))
        lines.append(f"  {kind.name} #({', '.join(delays)}) c{place} ({pins});" if delays else
                     f"  {kind.name} c{place} ({pins});")
    return "\n".join([*lines, "endmodule", ""])


def bench(bits, cycles, input_delay, settle):
    """Verilog that drives the netlist as gatesim.c does."""
    half = energy_sim.TICKS // 2
    return f"""module bench;
  reg [{bits - 1}:0] stimulus [0:{cycles - 1}];
  reg [{bits - 1}:0] now;
  reg clock;
  integer cycle;
  flat netlist (.in({{clock, now}}));
  initial begin
    $readmemb("stimulus.txt", stimulus);
    now = 0;
    clock = 0;
    #{settle};
    $flashd_count;
    for (cycle = 0; cycle < {cycles}; cycle = cycle + 1) begin
      if (cycle > 0) clock = 1;
      #{input_delay} now = stimulus[cycle];
      #{half - input_delay};
      $flashd_settle;
      if (cycle > 0) clock = 0;
      #{half};
      $flashd_settle;
    end
    $flashd_write("toggles.txt");
    $finish;
  end
endmodule
"""


def run(tables, inputs, cycles, period, folder, input_delay=100e-12):
    """(toggles, functional) of every net, as energy_sim.run counts them. Works in `folder`."""
    if tables.netlist.memories:
        raise ValueError("the check by Icarus takes no memories")
    for tool in ("iverilog", "iverilog-vpi", "vvp"):
        if not shutil.which(tool):
            raise FileNotFoundError(f"no {tool}: install iverilog")
    folder = pathlib.Path(folder)
    tick = period / energy_sim.TICKS
    ticks = numpy.maximum(1, numpy.rint(tables.delays / tick)).astype(int)
    in_nets, columns = [], []
    for name, (direction, nets) in tables.netlist.ports.items():
        if direction == "input" and nets != [tables.clock_net]:
            in_nets += nets
            columns.append(inputs[name])
    rows = numpy.concatenate(columns, axis=1)[:cycles]
    (folder / "stimulus.txt").write_text(
        "\n".join("".join(map(str, row[::-1])) for row in rows) + "\n", encoding="utf-8")
    text = "".join(model(kind) for kind in tables.types) + flat(tables, ticks, in_nets)
    text += bench(rows.shape[1], cycles, max(1, int(input_delay / tick)), 64 * energy_sim.TICKS)
    (folder / "bench.v").write_text("`timescale 1ps/1ps\n" + text, encoding="utf-8")
    shutil.copyfile(SOURCE, folder / "toggles.c")
    for command in (["iverilog-vpi", "toggles.c"],
                    ["iverilog", "-g2005-sv", "-o", "bench.vvp", "bench.v"],
                    ["vvp", "-M.", "-mtoggles", "bench.vvp"]):
        done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise ValueError(f"{command[0]} failed: {done.stdout.strip()[-300:]}")
    counts = numpy.loadtxt(folder / "toggles.txt", dtype=numpy.int64, ndmin=2)
    toggles, functional = (numpy.zeros(tables.nets, numpy.int64) for _ in range(2))
    toggles[counts[:, 0]] = counts[:, 1]
    functional[counts[:, 0]] = counts[:, 2]
    return toggles, functional
