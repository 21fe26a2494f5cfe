# SPDX-License-Identifier: Apache-2.0
"""One module to cells of a library: word level once, then one or more recipes to gates.

The word level has the checks of flow.py: nothing that must not be in a netlist. Memories and the
modules named as boxes stay instances, each type named by its parameters.
"""
import dataclasses
import hashlib
import re

import flow
import memory
import yosys

CELL = re.compile(r"^  cell \\(\S+) (\S+)$(.*?)^  end$", re.MULTILINE | re.DOTALL)
PARAMETER = re.compile(r"^    parameter (?:signed |real )?\\(\w+) (.+)\n", re.MULTILINE)
GATE = "flashd_clock_gate"  # made of cells, where the library has no clock gate
LEAST_GATED = 8             # bits of an enable that becomes a gated clock


# What abc does with the gates between registers. `dc2` is Yosys' own script, best in area; it turns
# prefix adders into chains where it finds that smaller. `keep` leaves their depth, `spare` too, and
# has no buffers but those of netlist.add_buffers; `fast` maps for delay.
SIZING = "topo;upsize {D};dnsize {D};stime -p"
BUFFERS = "buffer -c"
ABC = {
    "dc2": None,
    "keep": f"strash;&get -n;&fraig -x;&put;scorr;strash;&get -n;&dch -f;&nf {{D}};&put;{BUFFERS};{SIZING}",
    "spare": f"strash;&get -n;&fraig -x;&put;scorr;strash;&get -n;&dch -f;&nf {{D}};&put;{SIZING}",
    "area": f"strash;dc2;scorr;dc2;dch -f;map -a -B 0.9 {{D}};{BUFFERS};{SIZING}",
    "fast": f"strash;ifraig;scorr;strash;dch -f;map -B 0.9 {{D}};topo;{BUFFERS};{SIZING}",
}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a module becomes cells.

    script: of ABC above; adders: sums of three become full adder cells; extract: also those that
    the source writes as gates; block: adders become chains of so many (0: prefix adders); effort:
    of the clock, what abc aims at.
    """
    script: str = "keep"
    adders: bool = False
    block: int = 0
    extract: bool = False
    effort: float = 1.0

    def __str__(self):
        name = f"{self.script} " + (f"fa{self.block}" if self.adders else "gates")
        name += "x" if self.extract else ""
        return name if self.effort == 1.0 else f"{name} {self.effort:.2f}"

    @classmethod
    def named(cls, name):
        """The recipe that str() names so. Raises ValueError."""
        found = re.fullmatch(r"(\w+) (?:gates|fa(\d+)(x?))(?: (\d\.\d+))?", name)
        if not found or found[1] not in ABC:
            raise ValueError(f"'{name}' is no recipe; expected one as 'recipes' of a result tells "
                             "them, such as 'keep fa12x' or 'fast gates 0.60'.")
        return cls(found[1], found[2] is not None, int(found[2] or 0), bool(found[3]),
                   float(found[4] or 1.0))

    def abc(self, clock_ns):
        """Options of abc for the script and its aim."""
        aim = f"-D {clock_ns * 1000 * self.effort:.0f}"
        text = ABC[self.script]
        return f"{aim} -script +{text.format(D=aim).replace(' ', ',')}" if text else aim


@dataclasses.dataclass(frozen=True)
class Box:
    """A type of instances that stay: the module, its parameters, and the name of the type."""
    module: str
    values: tuple

    @property
    def name(self):
        values = dict(self.values)
        if self.module == "flashd_ram":
            return memory.Ram(values["Bits"], values["Depth"], values["AddrBits"]).name
        mark = hashlib.sha256(repr(self.values).encode()).hexdigest()[:8]
        return f"{self.module}__{mark}"


def number(text):
    """Value of a parameter in a dump: 12, -3, 4'0101; None if it is none (a string)."""
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.fullmatch(r"\d+'[01]+", text):
        return int(text.split("'")[1], 2)
    return None


def boxes_of(design, modules):
    """Takes the boxes out of the text of a design in RTLIL.

    Returns the design with each such instance of its box's type, without parameters; and the
    boxes -> number of instances.
    """
    found = {}

    def typed(match):
        module, instance, body = match.groups()
        if module not in modules:
            return match[0]
        values = tuple((name, number(text)) for name, text in PARAMETER.findall(body))
        box = Box(module, values)
        found[box] = found.get(box, 0) + 1
        return f"  cell \\{box.name} {instance}{PARAMETER.sub('', body)}  end"

    return CELL.sub(typed, design), found


def elaborate(top, parameters, files, modules):
    """Lines: reads `top` with the instances of `modules` as boxes; leaves elab.il."""
    flags = " ".join(["--no-proc", *(f"--blackboxed-module {name}" for name in modules)])
    flags += " -D FLASHD_CELLS"  # structures that pay in cells are written out
    # No hierarchy pass here: it cuts every instance of a box to the ports of the first one.
    return [yosys.read(top, parameters, files, flags), "proc -norom", "write_rtlil elab.il"]


def coarse(top):
    """Lines: elab.il to coarse.il at word level. boxes.v declares the boxes."""
    lines = ["read_rtlil elab.il", "read_verilog -lib boxes.v", f"hierarchy -check -top {top}",
             "tee -q -o word.txt check -assert",
             f"synth -top {top} -flatten -noshare -run coarse:fine"]
    for kind in flow.FORBIDDEN:
        lines += flow.find(kind)
    return lines + ["select -set ram t:$mem_v2 r:RD_CLK_ENABLE=1'1 %i r:WR_PORTS>0 %i",
                    "tee -q -o rams.il dump @ram", "opt -fast -full", "memory_map",
                    "opt -undriven -fine", "write_rtlil coarse.il"]


def clock_gates(loaded):
    """The line that turns enables into gated clocks; the library's choice, else Yosys'."""
    if loaded.library.clock_gate:
        pins = {role: name for name, (_, _, role) in
                loaded.cells[loaded.library.clock_gate].pins.items() if role}
        names = ":".join(pins[f"clock_gate_{role}_pin"] for role in ("enable", "clock", "out"))
        return f"clockgate -pos {loaded.library.clock_gate} {names} -min_net_size {LEAST_GATED}"
    if loaded.gates:
        files = " ".join(f"-liberty {name}" for name in loaded.flop_files())
        return f"clockgate {files} -min_net_size {LEAST_GATED}"
    if loaded.library.gate:
        return f"clockgate -pos {GATE} en_i:clk_i:clk_o -min_net_size {LEAST_GATED}"
    return ""


def adders(loaded, recipe):
    """Lines that turn sums into full adder cells."""
    if not recipe.adders or not loaded.library.adder:
        return []
    constants = ["techmap -map constant.v", "opt_expr -fine", "opt_clean"]
    lines = ["maccmap", "alumacc", "opt_clean", f"techmap -map adders.v -D BLOCK={recipe.block}",
             "opt_expr -fine", "opt_clean", *constants * 5]
    if recipe.extract:
        lines += ["opt -fast -full", "techmap", "opt -fast", "extract_fa -fa", "opt_clean",
                  "techmap -map adders.v -D BLOCK=0", *constants]
    return [*lines, "techmap -map adder_cell.v", "opt_clean"]


def adder_cell(adder):
    """Techmap of one full adder to the library's cell."""
    a, b, c = adder.inputs
    pins = f".{a}(A), .{b}(B), .{c}(C)"
    if not adder.inverted:
        body = f"  {adder.cell} u_fa ({pins}, .{adder.carry}(X), .{adder.total}(Y));\n"
    else:
        body = (f"  wire x, y;\n  {adder.cell} u_fa ({pins}, .{adder.carry}(x), "
                f".{adder.total}(y));\n  assign X = ~x;\n  assign Y = ~y;\n")
    return ("(* techmap_celltype = \"$__flashd_fa\" *)\nmodule flashd_map_cell (A, B, C, X, Y);\n"
            f"  input A, B, C;\n  output X, Y;\n{body}endmodule\n")


def gate_module(gate):
    """Verilog of the clock gate that is made of cells: a latch that is transparent at clock low."""
    (data, clock, out), (given, turned) = gate.latch_pins, gate.inverter_pins
    left, right, both = gate.conjunction_pins
    return f"""module {GATE} (input clk_i, input en_i, output clk_o);
  wire low, held;
  {gate.inverter} u_low (.{given}(clk_i), .{turned}(low));
  {gate.latch} u_held (.{data}(en_i), .{clock}(low), .{out}(held));
  {gate.conjunction} u_gated (.{left}(held), .{right}(clk_i), .{both}(clk_o));
endmodule
"""


def gates(top, loaded, recipe, clock_ns):
    """Lines: coarse.il to cells; leaves mapped.json and gates.txt."""
    everything = " ".join(f"-liberty {name}" for name in loaded.texts)
    flops = " ".join(f"-liberty {name}" for name in loaded.flop_files())
    avoided = " ".join(f"-dont_use {cell}" for cell in loaded.library.dont_use)
    lines = ["read_rtlil coarse.il", "read_verilog -lib -overwrite boxes.v"]
    lines += [f"read_liberty -lib -overwrite {name}" for name in loaded.texts]
    lines += ["opt_dff", "simplemap t:$*dff*", clock_gates(loaded), *adders(loaded, recipe),
              "opt -fast -full", "techmap", "opt -fast", f"dfflibmap {flops} {avoided}",
              "opt_clean",
              f"abc {everything} -constr cells.constr {recipe.abc(clock_ns)} {avoided}",
              "setundef -zero", "opt -fast", "opt_clean -purge",
              "tee -q -o gates.txt check -assert"]
    for kind in flow.FORBIDDEN:
        lines += flow.find(kind)
    return [line for line in lines if line] + ["write_json -selected mapped.json"]


def texts(loaded):
    """Small files that the lines above read."""
    library = loaded.library
    files = {"cells.constr": f"set_driving_cell {library.drive}\nset_load {library.load_ff}\n"}
    for name in ("adders.v", "constant.v"):
        files[name] = (yosys.rtl.ROOT / "synth/techmap" / name).read_text(encoding="utf-8")
    if library.adder:
        files["adder_cell.v"] = adder_cell(library.adder)
    return files


def declaration(name, ports):
    """Declaration of a box; ports: (name, direction, bits)."""
    declared = ", ".join(f"{direction} [{bits - 1}:0] {port}" for port, direction, bits in ports)
    return f"module {name} ({declared}); endmodule\n"
