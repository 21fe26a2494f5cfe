# SPDX-License-Identifier: Apache-2.0
"""Memories of flashd_ram as boxes of a netlist: name, ports, behaviour, and times for OpenSTA.

A box stands for a macro of the same words and bits. Its times are stated, not characterised; in
Nangate45: address, data and enables 0.1 ns before the clock, data 0.35 ns after it. Elsewhere they
scale as the library's clock target does.
"""
import dataclasses

SETUP_NS = 0.10
ACCESS_NS = 0.35


@dataclasses.dataclass(frozen=True, order=True)
class Ram:
    bits: int
    depth: int
    address: int

    @property
    def name(self):
        return f"flashd_ram_{self.depth}x{self.bits}"

    @property
    def size(self):
        return self.bits * self.depth

    def ports(self):
        """(name, direction, bits) of every port."""
        return (("clk_i", "input", 1), ("we_i", "input", 1), ("waddr_i", "input", self.address),
                ("wdata_i", "input", self.bits), ("re_i", "input", 1),
                ("raddr_i", "input", self.address), ("rdata_o", "output", self.bits))


def model(ram):
    """Verilog of one memory, as flashd_ram behaves: a collision reads as x."""
    return f"""module {ram.name} (
  input clk_i, input we_i, input [{ram.address - 1}:0] waddr_i, input [{ram.bits - 1}:0] wdata_i,
  input re_i, input [{ram.address - 1}:0] raddr_i, output reg [{ram.bits - 1}:0] rdata_o
);
  reg [{ram.bits - 1}:0] mem_q [0:{ram.depth - 1}];
  always @(posedge clk_i) begin
    if (we_i) mem_q[waddr_i] <= wdata_i;
    if (re_i) rdata_o <= (we_i && waddr_i == raddr_i) ? {{{ram.bits}{{1'bx}}}} : mem_q[raddr_i];
  end
endmodule
"""


def arc(kind, rise, fall, related="clk_i"):
    values = "".join(f" {table}(scalar) {{ values(\"{value:.4f}\"); }}"
                     for table, value in (*rise, *fall))
    return f"timing() {{ related_pin : \"{related}\"; timing_type : {kind};{values} }}"


def liberty(rams, scale, cap_ff):
    """A liberty library with the boxes; `scale` multiplies the times, pins load `cap_ff`."""
    setup, access, slope = SETUP_NS * scale, ACCESS_NS * scale, 0.03 * scale
    types = sorted({bits for ram in rams for _, _, bits in ram.ports()})
    lines = ["library(flashd_memories) {", "  delay_model : table_lookup;",
             "  time_unit : \"1ns\";", "  voltage_unit : \"1V\";", "  current_unit : \"1mA\";",
             "  capacitive_load_unit(1,ff);", "  input_threshold_pct_rise : 50;",
             "  input_threshold_pct_fall : 50;", "  output_threshold_pct_rise : 50;",
             "  output_threshold_pct_fall : 50;", "  slew_lower_threshold_pct_rise : 20;",
             "  slew_lower_threshold_pct_fall : 20;", "  slew_upper_threshold_pct_rise : 80;",
             "  slew_upper_threshold_pct_fall : 80;"]
    for bits in types:
        lines.append(f"  type(bus{bits}) {{ base_type : array; data_type : bit; "
                     f"bit_width : {bits}; bit_from : {bits - 1}; bit_to : 0; }}")
    constraint = arc("setup_rising", [("rise_constraint", setup)], [("fall_constraint", setup)])
    delay = arc("rising_edge", [("cell_rise", access), ("rise_transition", slope)],
                [("cell_fall", access), ("fall_transition", slope)])
    for ram in sorted(rams):
        lines.append(f"  cell({ram.name}) {{ area : 0;")
        for name, direction, bits in ram.ports():
            body = f"direction : {direction};"
            if direction == "input":
                body += f" capacitance : {cap_ff:.4f};"
            body += " clock : true;" if name == "clk_i" else \
                " " + (delay if direction == "output" else constraint)
            kind = "pin" if bits == 1 else "bus"
            bus = f"bus_type : bus{bits}; " if bits > 1 else ""
            lines.append(f"    {kind}({name}) {{ {bus}{body} }}")
        lines.append("  }")
    return "\n".join([*lines, "}", ""])
