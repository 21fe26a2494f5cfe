# SPDX-License-Identifier: Apache-2.0
"""Everything generated from spec/flashd.rdl: PeakRDL's SystemVerilog, C header and page, and a C++
header of addresses and field positions."""
import pathlib
import tempfile

from peakrdl_cheader.exporter import CHeaderExporter
from peakrdl_markdown import MarkdownExporter
from peakrdl_regblock import RegblockExporter
from peakrdl_regblock.cpuif.axi4lite import AXI4Lite_Cpuif_flattened
from peakrdl_regblock.udps import ALL_UDPS
from systemrdl import RDLCompiler
from systemrdl.node import FieldNode, RegNode

import regpack

BANNER = "Generated from spec/flashd.rdl by spec/generate.py; mend with: ./flashd spec"
SOURCE = "spec/flashd.rdl"


def camel(name):
    return "".join(p.capitalize() for p in name.split("_"))


def compiled(root):
    compiler = RDLCompiler()
    for udp in ALL_UDPS:
        compiler.register_udp(udp)
    compiler.compile_file(str(root / "spec/udps.rdl"))
    compiler.compile_file(str(root / SOURCE))
    return compiler.elaborate().top


def cpp(top):
    o = ["// SPDX-License-Identifier: Apache-2.0", f"// {BANNER}", "#pragma once", "",
         "#include <cstdint>", "", "/// Byte addresses on the AXI4-Lite slave, and where fields lie.",
         "namespace flashd::device::reg {", ""]
    for reg in top.children(unroll=False):
        assert isinstance(reg, RegNode)
        name = camel(reg.inst_name)
        o.append(f"constexpr std::uint32_t k{name} = 0x{reg.raw_address_offset:03x};"
                 + (f"  // {reg.get_property('regwidth')} bits" if reg.get_property("regwidth") > 32
                    else ""))
        if reg.is_array:
            o.append(f"constexpr std::uint32_t k{name}Stride = {reg.array_stride};")
            o.append(f"constexpr int k{name}Count = {reg.array_dimensions[0]};")
        whole = reg.get_property("regwidth") == sum(f.width for f in reg.fields())
        for field in reg.fields():
            assert isinstance(field, FieldNode)
            reset = field.get_property("reset")
            title = name + camel(field.inst_name)
            if field.width == 1:
                o.append(f"constexpr std::uint32_t k{title} = 1u << {field.low};")
            elif not whole or len(list(reg.fields())) > 1:
                o.append(f"constexpr int k{title}Low = {field.low};")
                o.append(f"constexpr int k{title}Bits = {field.width};")
            if field.is_hw_writable is False and not field.is_sw_writable:
                o.append(f"constexpr std::uint32_t k{title}Value = 0x{reset:x};")
        o.append("")
    return "\n".join(o + ["}  // namespace flashd::device::reg", ""])


def check(top, device):
    """The array of counters must be as long as the list in spec/device.yaml."""
    array = next(r for r in top.children(unroll=False) if r.inst_name == "COUNTER")
    if array.array_dimensions != [len(device.counters)]:
        raise SystemExit(f"{SOURCE}: COUNTER has {array.array_dimensions} elements, "
                         f"spec/device.yaml lists {len(device.counters)} counters")


def files(root, device):
    top = compiled(root)
    check(top, device)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        RegblockExporter().export(top, name, cpuif_cls=AXI4Lite_Cpuif_flattened,
                                  default_reset_activelow=True, default_reset_async=True,
                                  reuse_hwif_typedefs=False, err_if_bad_addr=True,
                                  err_if_bad_rw=True)
        CHeaderExporter().export(top, str(folder / "flashd_regs.h"))
        MarkdownExporter().export(top, str(folder / "registers.md"))
        text = {f: (folder / f).read_text() for f in
                ("flashd_regs.sv", "flashd_regs_pkg.sv", "flashd_regs.h", "registers.md")}
    slashes = f"// SPDX-License-Identifier: Apache-2.0\n// {BANNER}\n"
    clean = {f: "\n".join(line.rstrip() for line in t.splitlines()) + "\n" for f, t in text.items()}
    return {
        "rtl/spec/flashd_regs_pkg.sv": slashes + regpack.pack(clean["flashd_regs_pkg.sv"]),
        "rtl/spec/flashd_regs.sv": slashes + regpack.pack(clean["flashd_regs.sv"]),
        "firmware/include/flashd_regs.h":
            f"/* SPDX-License-Identifier: Apache-2.0 */\n/* {BANNER} */\n" + clean["flashd_regs.h"],
        "model/device/registers.hpp": cpp(top),
        "docs/generated/registers.md": f"<!-- {BANNER} -->\n" + clean["registers.md"]}
