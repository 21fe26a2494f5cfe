# SPDX-License-Identifier: Apache-2.0
"""The C++ header of spec/device.yaml: records as structs that pack to and unpack from words."""
from device_text import BANNER, camel

PREFIX = {"descriptor": {"version": "kDescriptorVersion", "lines": "kDescriptorWords / 16"}}


def kind(field):
    if field.bits == 1:
        return "bool"
    size = next(s for s in (8, 16, 32, 64) if field.bits <= s)
    return f"std::{'' if field.signed else 'u'}int{size}_t"


def packed(f):
    """Statement that puts field f into the words w."""
    if f.bits == 64:
        return [f"    w[{f.word}] = static_cast<std::uint32_t>({f.name});",
                f"    w[{f.word + 1}] = static_cast<std::uint32_t>({f.name} >> 32);"]
    value = f"static_cast<std::uint32_t>({f.name})"
    if f.bits < 32 and kind(f) != "bool":
        value = f"({value} & 0x{(1 << f.bits) - 1:x}u)"
    return [f"    w[{f.word}] |= {value}{f' << {f.low}' if f.low else ''};"]


def unpacked(f):
    if f.bits == 64:
        return [f"    r.{f.name} = w[{f.word}] | static_cast<std::uint64_t>(w[{f.word + 1}]) << 32;"]
    if kind(f) == "bool":
        return [f"    r.{f.name} = (w[{f.word}] >> {f.low} & 1u) != 0;"]
    up = 32 - f.low - f.bits
    if f.signed:  # the field's top bit to bit 31, then an arithmetic shift
        value = f"static_cast<std::int32_t>(w[{f.word}] << {up}) >> {32 - f.bits}"
    else:
        value = f"w[{f.word}] >> {f.low} & 0x{(1 << f.bits) - 1:x}u"
    return [f"    r.{f.name} = static_cast<{kind(f)}>({value});"]


def struct(record):
    words = f"k{camel(record.name)}Words"
    o = ["", f"struct {camel(record.name)} {{"]
    for f in record.fields:
        start = PREFIX.get(record.name, {}).get(f.name, "false" if kind(f) == "bool" else "0")
        o.append(f"  {kind(f)} {f.name} = {start};  ///< {f.meaning}")
    o += ["", "  /// The record's words; bits beyond a field's width are dropped.",
          f"  std::array<std::uint32_t, {words}> pack() const {{",
          f"    std::array<std::uint32_t, {words}> w{{}};"]
    for f in record.fields:
        o += packed(f)
    o += ["    return w;", "  }", "", f"  /// The record in {record.words} words.",
          f"  static {camel(record.name)} unpack(const std::uint32_t* w) {{",
          f"    {camel(record.name)} r;"]
    for f in record.fields:
        o += unpacked(f)
    o += ["    return r;", "  }", "};", "",
          f"constexpr Field k{camel(record.name)}Fields[] = {{"]
    o += [f'    {{"{f.name}", {f.word}, {f.low}, {f.bits}, {str(f.signed).lower()}}},'
          for f in record.fields]
    return o + ["};"]


def names(what, codes):
    """A table of names by code; codes are dense from 0."""
    if list(codes.values()) != list(range(len(codes))):
        raise SystemExit(f"spec/device.yaml: the codes of {what} must count from 0 without a gap")
    o = [f"constexpr const char* k{what}Names[] = {{"]
    return o + [f'    "{n}",' for n in codes] + ["};"]


def header(device):
    o = ["// SPDX-License-Identifier: Apache-2.0", f"// {BANNER}",
         "/// What passes between host and device in memory: records, flags, codes, counters.",
         "/// Generated; over 400 lines because each field has a line, as it is packed and unpacked.",
         "#pragma once", "",
         "#include <array>", "#include <cstdint>", "", "namespace flashd::device {", "",
         f"constexpr std::uint16_t kDescriptorVersion = {device.version};",
         f"constexpr int kAddressBits = {device.address_bits};",
         f"constexpr int kStrideUnit = {device.stride_unit};  // bytes",
         f"constexpr int kAlibiBytes = {device.alibi_bytes};  // per query head"]
    for name, r in device.records.items():
        o.append(f"constexpr int k{camel(name)}Words = {r.words};")
        o.append(f"constexpr int k{camel(name)}Bytes = {4 * r.words};")
    o += ["", "/// Where a field of a record lies: `bits` bits from bit `low` of word `word`.",
          "struct Field {", "  const char* name;", "  int word;", "  int low;", "  int bits;",
          "  bool is_signed;", "};", "", "// Of Descriptor::flags."]
    o += [f"constexpr std::uint32_t kFlag{camel(n)} = 1u << {b};" for n, b in device.flags.items()]
    for n in ("output", "bias"):
        o.append(f"constexpr int k{camel(n)}FormatLow = {device.flags[n + '_low']};"
                 "  // two bits: 0 FP32, 1 BF16, 2 FP16")
    for r in device.records.values():
        o += struct(r)
    o += ["", "enum class StatusState : std::uint8_t {"]
    o += [f"  {n} = {c}," for n, c in device.status_state.items()]
    o += ["};", *names("StatusState", device.status_state), "",
          "enum class Fault : std::uint8_t {"]
    o += [f"  {n} = {c}," for n, c in device.faults.items()]
    o += ["};", *names("Fault", device.faults), "",
          "/// Counters, in the order of the registers.", "enum class Counter : std::uint8_t {"]
    o += [f"  {n},  ///< {m}" for n, m in device.counters.items()]
    o += ["};", f"constexpr int kCounters = {len(device.counters)};",
          *names("Counter", {n: i for i, n in enumerate(device.counters)}), "",
          "}  // namespace flashd::device", ""]
    return "\n".join(o)
