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
        o += ["", f"/// {t.function} on [0, 1): largest error {t.max_error:.3f} units of "
              f"2^-{t.result_frac} over all {1 << (t.segments_log2 + t.offset_bits)} inputs.",
              f"struct {camel(t.name)}Table {{",
              f"  static constexpr int kSegmentsLog2 = {t.segments_log2};",
              f"  static constexpr int kOffsetBits = {t.offset_bits};",
              f"  static constexpr int kGuard = {t.guard};",
              "  static FLASHD_HD std::uint32_t base(unsigned i) {",
              f"    constexpr std::uint32_t kBase[{len(t.base)}] = {{",
              wrap(t.base, "        ") + "};", "    return kBase[i];", "  }",
              "  static FLASHD_HD std::uint32_t slope(unsigned i) {",
              f"    constexpr std::uint32_t kSlope[{len(t.slope)}] = {{",
              wrap(t.slope, "        ") + "};", "    return kSlope[i];", "  }", "};"]
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
        o += ["", f"  // {t.function}: largest error {t.max_error:.3f} units of 2^-{t.result_frac}",
              f"  parameter int {camel(t.name)}SegmentsLog2 = {t.segments_log2};",
              f"  parameter int {camel(t.name)}OffsetBits = {t.offset_bits};",
              f"  parameter int {camel(t.name)}Guard = {t.guard};",
              f"  parameter int {camel(t.name)}BaseBits = {t.base_bits};",
              f"  parameter int {camel(t.name)}SlopeBits = {t.slope_bits};"]
        for part, values, bits in (("base", t.base, t.base_bits), ("slope", t.slope, t.slope_bits)):
            o += [f"  function automatic logic [{bits - 1}:0] {t.name}_{part}("
                  f"input logic [{t.segments_log2 - 1}:0] i);", "    unique case (i)"]
            o += [f"      {t.segments_log2}'d{i}: return {bits}'d{v};" for i, v in enumerate(values)]
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
    o += ["", "## Tables", "", "| table | function | segments | base bits | slope bits | offset bits "
          "| largest error, units of the last place, all inputs |", "|---|---|---|---|---|---|---|"]
    o += [f"| {t.name} | {t.function} | {1 << t.segments_log2} | {t.base_bits} | {t.slope_bits} | "
          f"{t.offset_bits} | {t.max_error:.3f} |" for t in fits]
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
