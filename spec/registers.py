# SPDX-License-Identifier: Apache-2.0
"""Everything generated from spec/flashd.rdl and spec/soc.rdl: PeakRDL's SystemVerilog, C header and
page, and for the device a C++ header of addresses and field positions."""
import dataclasses
import pathlib
import tempfile

from peakrdl_cheader.exporter import CHeaderExporter
from peakrdl_markdown import MarkdownExporter
from peakrdl_regblock import RegblockExporter
from peakrdl_regblock.cpuif.axi4lite import AXI4Lite_Cpuif_flattened
from peakrdl_regblock.cpuif.passthrough import PassthroughCpuif
from peakrdl_regblock.udps import ALL_UDPS
from systemrdl import RDLCompiler
from systemrdl.node import FieldNode, RegNode

import regpack

SOURCE = "spec/flashd.rdl"


@dataclasses.dataclass(frozen=True)
class Block:
    """A register description, and where what is made of it goes."""
    source: str
    module: str   # PeakRDL's SystemVerilog
    folder: str
    cpuif: type
    header: str   # of C
    page: str

    @property
    def banner(self):
        return f"Generated from {self.source} by spec/generate.py; mend with: ./flashd spec"


DEVICE = Block(SOURCE, "flashd_regs", "rtl/spec", AXI4Lite_Cpuif_flattened,
               "firmware/include/flashd_regs.h", "docs/generated/registers.md")
SOC = Block("spec/soc.rdl", "flashd_soc_block", "rtl/soc", PassthroughCpuif,
            "firmware/include/flashd_soc.h", "docs/generated/soc.md")


def camel(name):
    return "".join(p.capitalize() for p in name.split("_"))


def compiled(root, block):
    compiler = RDLCompiler()
    for udp in ALL_UDPS:
        compiler.register_udp(udp)
    compiler.compile_file(str(root / "spec/udps.rdl"))
    compiler.compile_file(str(root / block.source))
    return compiler.elaborate().top


def cpp(top):
    o = ["// SPDX-License-Identifier: Apache-2.0", f"// {DEVICE.banner}", "#pragma once", "",
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


def exported(block, top):
    """PeakRDL's own output: its path -> text."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        RegblockExporter().export(top, name, cpuif_cls=block.cpuif, module_name=block.module,
                                  default_reset_activelow=True, default_reset_async=True,
                                  reuse_hwif_typedefs=False, err_if_bad_addr=True,
                                  err_if_bad_rw=True)
        CHeaderExporter().export(top, str(folder / "regs.h"))
        MarkdownExporter().export(top, str(folder / "regs.md"))
        text = {f.name: "\n".join(line.rstrip() for line in f.read_text().splitlines()) + "\n"
                for f in folder.iterdir()}
    # The guard of the header is made from the name of its file.
    guard = pathlib.PurePath(block.header).name.upper().replace(".", "_")
    slashes = f"// SPDX-License-Identifier: Apache-2.0\n// {block.banner}\n"
    sources = {f"{block.folder}/{name}": slashes + regpack.pack(text[name])
               for name in (f"{block.module}_pkg.sv", f"{block.module}.sv")}
    return {
        **sources,
        block.header: f"/* SPDX-License-Identifier: Apache-2.0 */\n/* {block.banner} */\n"
                      + text["regs.h"].replace("REGS_H", guard),
        block.page: f"<!-- {block.banner} -->\n" + text["regs.md"]}


def files(root, device):
    top = compiled(root, DEVICE)
    check(top, device)
    return {**exported(DEVICE, top), "model/device/registers.hpp": cpp(top),
            **exported(SOC, compiled(root, SOC))}
