# SPDX-License-Identifier: Apache-2.0
"""Mapped modules as structural Verilog that OpenSTA and simulators read, with speaking names.

A flip-flop is called after the register bit it holds, a buffer or gate gN. No escaped names.
"""
import re


def plain(name):
    """A name of letters, digits and underscores; the separator of the hierarchy becomes two."""
    text = re.sub(r"\W", "_", name.replace(".", "__").replace("[", "_").replace("]", ""))
    return text if re.match(r"[A-Za-z_]", text) else f"n_{text}"


def net_names(module):
    """Bit -> name of the net in the source, the shortest path first; only what the source names."""
    found = {}
    for name, entry in module["netnames"].items():
        if entry.get("hide_name") or name.startswith("$"):
            continue
        for index, bit in enumerate(entry["bits"]):
            if isinstance(bit, int):
                label = name if len(entry["bits"]) == 1 else f"{name}[{index}]"
                rank = (name.count("."), name in module["ports"], label)
                if bit not in found or rank < found[bit][0]:
                    found[bit] = (rank, label)
    return {bit: label for bit, (_, label) in found.items()}


def cell_names(module, cells, kept):
    """Instance -> name in the netlist. cells: library cells; kept: types of instances that stay."""
    nets, taken, found = net_names(module), set(), {}
    for number, (instance, cell) in enumerate(module["cells"].items()):
        name = f"g{number}"
        if cell["type"] in kept and not instance.startswith("$"):
            name = plain(instance)
        elif cell["type"] in cells and cells[cell["type"]].state == "ff":
            outputs = [bits[0] for pin, bits in cell["connections"].items()
                       if cells[cell["type"]].pins[pin][0] == "output"]
            named = [nets[bit] for bit in outputs if bit in nets]
            if named:
                name = f"{plain(named[0])}_reg"
        while name in taken:
            name += "_"
        taken.add(name)
        found[instance] = name
    return found


def verilog(name, module, cells, kept):
    """Text of one module."""
    refs, assigns, ports = {}, [], []
    order = sorted(module["ports"].items(), key=lambda item: item[1]["direction"] != "input")
    for port, entry in order:
        width = len(entry["bits"])
        ports.append(f"  {entry['direction']} " + (f"[{width - 1}:0] " if width > 1 else "") + port)
        for index, bit in enumerate(entry["bits"]):
            ref = port if width == 1 else f"{port}[{index}]"
            if isinstance(bit, int) and bit not in refs:
                refs[bit] = ref
            else:
                source = refs[bit] if isinstance(bit, int) else f"1'b{bit if bit in '01' else '0'}"
                assigns.append(f"  assign {ref} = {source};")
    wires = []

    def ref(bit):
        if not isinstance(bit, int):
            return f"1'b{bit if bit in '01' else '0'}"
        if bit not in refs:
            refs[bit] = f"n{bit}"
            wires.append(refs[bit])
        return refs[bit]

    names = cell_names(module, cells, kept)
    lines = []
    for instance, cell in module["cells"].items():
        if cell["type"] == "$scopeinfo":
            continue
        pins = []
        for pin, bits in cell["connections"].items():
            text = ref(bits[0]) if len(bits) == 1 else \
                "{" + ", ".join(ref(bit) for bit in reversed(bits)) + "}"
            pins.append(f".{pin}({text})")
        lines.append(f"  {cell['type']} {names[instance]} ({', '.join(pins)});")
    declared = [f"  wire {', '.join(wires[i:i + 12])};" for i in range(0, len(wires), 12)]
    listed = ",\n".join(ports)
    return "\n".join([f"module {name} (\n{listed}\n);", *declared, *lines, *assigns,
                      "endmodule", ""])
