# SPDX-License-Identifier: Apache-2.0
"""Text of the generated files: SystemVerilog package, C++ and C headers, documentation tables."""
from math import log

BANNER = "Generated from spec/flashd.yaml by spec/generate.py; mend with: ./flashd spec"


def constants(spec):
    """Scalar constants shared by all languages: (snake_name, value, comment)."""
    w, out = spec["widths"], []
    for k, v in w.items():
        out.append((k, v, ""))
    out.append(("log2e", round(1 / log(2) * 2 ** (w["log2e_bits"] - 1)), "log2(e)"))
    out.append(("ln2", round(log(2) * 2 ** w["ln2_bits"]), "ln(2)"))
    for k, v in spec["latencies"].items():
        out.append(("latency_" + k, v, "cycles"))
    for word, fields in spec["words"].items():
        for k, (low, bits) in fields.items():
            out.append((f"{word}_{k}_low", low, "bit position"))
            out.append((f"{word}_{k}_bits", bits, ""))
    return out


def camel(name):
    return "".join(p.capitalize() for p in name.split("_"))


def wrap(values, indent, width=100):
    lines, line = [], indent
    for v in values:
        item = f"{v}, "
        if len(line) + len(item) > width:
            lines.append(line.rstrip())
            line = indent
        line += item
    lines.append(line.rstrip().rstrip(","))
    return "\n".join(lines)


def cpp(spec, fits, digest):
    o = [f"// SPDX-License-Identifier: Apache-2.0", f"// {BANNER}", "#pragma once", "",
         "#include <cstdint>", "", '#include "model/arith/host_device.hpp"', "",
         "namespace flashd::spec {", "",
         f"constexpr std::uint32_t kHash = 0x{digest}u;", ""]
    for k, v, c in constants(spec):
        kind = "std::int64_t" if abs(v) >= 2 ** 31 else "int"
        o.append(f"constexpr {kind} k{camel(k)} = {v};" + (f"  // {c}" if c else ""))
    o.append("")
    for name, f in spec["formats"].items():
        o.append(f"struct {camel(name)} {{")
        o += [f"  static constexpr int k{camel(k)} = {v};" for k, v in f.items()]
        o.append("};")
    for t in fits:
        o += ["", f"/// {t.function} on {t.domain}: largest error {t.max_error:.3f} units of "
              f"2^-{t.result_frac} over all {t.inputs} inputs.", f"struct {camel(t.name)}Table {{"]
        o += [f"  static constexpr int k{camel(k)} = {v};" for k, v in t.constants]
        for part, values in t.parts:
            o += [f"  static FLASHD_HD std::uint32_t {part}(unsigned i) {{",
                  f"    constexpr std::uint32_t k{camel(part)}[{len(values)}] = {{",
                  wrap(values, "        ") + "};", f"    return k{camel(part)}[i];", "  }"]
        o.append("};")
    for name, p in spec["profiles"].items():
        o += ["", f"struct {camel(name)} {{"]
        o += [f"  static constexpr int k{camel(k)} = {v};" for k, v in p.items()]
        o += [f"  using PTable = {camel('p_' + name)}Table;", "};"]
    o += ["", "/// A named configuration of the engine.", "struct Config {", "  const char* name;"]
    keys = list(next(iter(spec["configs"].values())))
    o += [f"  int {k};" for k in keys]
    o += ["};", "", f"constexpr Config kConfigs[] = {{"]
    for name, c in spec["configs"].items():
        o.append(f'    {{"{name}", ' + ", ".join(str(c[k]) for k in keys) + "},")
    o += ["};", "", "}  // namespace flashd::spec", ""]
    return "\n".join(o)


def sv(spec, fits, digest):
    o = ["// SPDX-License-Identifier: Apache-2.0", f"// {BANNER}",
         "/// Constants and tables of the datapath. Profile 0 is `fine`, 1 is `lean`.",
         "/// Generated; over 400 lines because each table has an entry to a line.",
         "package flashd_spec_pkg;", "", f"  parameter logic [31:0] SpecHash = 32'h{digest};", ""]
    for k, v, c in constants(spec):
        if k in ("log2e", "ln2"):
            o.append(f"  parameter logic [31:0] {camel(k)} = 32'd{v};")
        else:
            o.append(f"  parameter int {camel(k)} = {v};")
    profiles = list(spec["profiles"].values())
    for key in list(profiles[0]):
        if key != "id":
            o += ["", f"  function automatic int {key}(input int profile);",
                  f"    return (profile == 0) ? {profiles[0][key]} : {profiles[1][key]};",
                  "  endfunction"]
    for t in fits:
        o += ["", f"  // {t.function}: largest error {t.max_error:.3f} units of 2^-{t.result_frac}"]
        o += [f"  parameter int {camel(t.name)}{camel(k)} = {v};" for k, v in t.constants]
        o += [f"  parameter int {camel(t.name)}{camel(part)}Bits = {max(values).bit_length()};"
              for part, values in t.parts]
        for part, values in t.parts:
            bits = max(values).bit_length()
            o += [f"  function automatic logic [{bits - 1}:0] {t.name}_{part}("
                  f"input logic [{t.index_bits - 1}:0] i);", "    unique case (i)"]
            o += [f"      {t.index_bits}'d{i}: return {bits}'d{v};" for i, v in enumerate(values)]
            o += [f"      default: return '0;", "    endcase", "  endfunction"]
    o += ["", "endpackage", ""]
    return "\n".join(o)


def c(spec, fits, digest):
    o = ["/* SPDX-License-Identifier: Apache-2.0 */", f"/* {BANNER} */",
         "#ifndef FLASHD_SPEC_H", "#define FLASHD_SPEC_H", "", f"#define FLASHD_SPEC_HASH 0x{digest}u"]
    for k, v, _ in constants(spec):
        o.append(f"#define FLASHD_{k.upper()} ({v}{'LL' if abs(v) >= 2 ** 31 else ''})")
    for name, p in spec["profiles"].items():
        o += [f"#define FLASHD_{name.upper()}_{k.upper()} ({v})" for k, v in p.items()]
    o += ["", "#endif", ""]
    return "\n".join(o)


def docs(spec, fits, digest):
    o = [f"<!-- {BANNER} -->", "# Constants of the specification", "", f"Spec hash `{digest}`.", "",
         "## Profiles", "", "| | " + " | ".join(f"`{n}`" for n in spec["profiles"]) + " |",
         "|---|" + "---|" * len(spec["profiles"])]
    for k in next(iter(spec["profiles"].values())):
        o.append(f"| {k} | " + " | ".join(str(p[k]) for p in spec["profiles"].values()) + " |")
    o += ["", "## Common widths", "", "| constant | value |", "|---|---|"]
    o += [f"| {k} | {v} |" for k, v, _ in constants(spec)]
    o += ["", "## Tables", "", "| table | function | segments | base bits | slope bits | curve bits "
          "| offset bits | largest error, units of the last place, all inputs |",
          "|---|---|---|---|---|---|---|---|"]
    for t in fits:
        bits = [max(values).bit_length() for _, values in t.parts]
        o.append(f"| {t.name} | {t.function} | {len(t.base)} | " +
                 " | ".join(str(b) for b in (bits + ["-"])[:3]) +
                 f" | {t.offset_bits} | {t.max_error:.3f} |")
    keys = list(next(iter(spec["configs"].values())))
    o += ["", "## Configurations", "", "| name | " + " | ".join(keys) + " |",
          "|---|" + "---|" * len(keys)]
    o += [f"| `{n}` | " + " | ".join(str(v[k]) for k in keys) + " |"
          for n, v in spec["configs"].items()]
    return "\n".join(o + [""])


def files(spec, fits, digest):
    return {"rtl/spec/flashd_spec_pkg.sv": sv(spec, fits, digest),
            "model/arith/spec.hpp": cpp(spec, fits, digest),
            "firmware/include/flashd_spec.h": c(spec, fits, digest),
            "docs/generated/spec.md": docs(spec, fits, digest)}
