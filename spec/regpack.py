# SPDX-License-Identifier: Apache-2.0
"""Makes every struct of PeakRDL-regblock's SystemVerilog packed, arrays included: Verilator 5.006
compiles no array of unpacked structs, and Yosys reads none."""
import re


def pack(text):
    out, depth = [], 0
    for line in text.splitlines():
        if re.search(r"\bstruct\s*\{", line):
            line = re.sub(r"\bstruct\s*\{", "struct packed {", line)
            depth += 1
        elif depth:
            end = re.match(r"(\s*)\}\s*(\w+)\s*(?:\[(\d+)\])?\s*;", line)
            if end:
                depth -= 1
                if end[3]:
                    line = f"{end[1]}}} [{int(end[3]) - 1}:0] {end[2]};"
            else:
                line = re.sub(r"^(\s*)([\w:]+)((?:\s*\[[^\]]*\])*)\s+(\w+)\s*\[(\d+)\]\s*;",
                              lambda m: f"{m[1]}{m[2]} [{int(m[5]) - 1}:0]{m[3].strip()} {m[4]};",
                              line)
        out.append(line.rstrip())
    return "\n".join(out) + "\n"
