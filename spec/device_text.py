# SPDX-License-Identifier: Apache-2.0
"""SystemVerilog package, C header and documentation tables of spec/device.yaml."""

BANNER = "Generated from spec/device.yaml by spec/generate.py; mend with: ./flashd spec"


def camel(name):
    return "".join(p.capitalize() for p in name.split("_"))


def sv_struct(record):
    """A packed struct: the first member holds the highest bits."""
    o = [f"  typedef struct packed {{"]
    for name, first, bits in reversed(record.spans()):
        field = next((f for f in record.fields if f.name == name), None)
        kind = "logic signed" if field and field.signed else "logic"
        size = f" [{bits - 1}:0]" if bits > 1 else ""
        o.append(f"    {kind}{size} {name};  // bit {first % 32} of word {first // 32}")
    return o + [f"  }} {record.name}_record_t;", ""]


def sv(device):
    o = ["// SPDX-License-Identifier: Apache-2.0", f"// {BANNER}",
         "/// What passes between host and device in memory: records, flags, codes, counters.",
         "package flashd_device_spec_pkg;", "",
         f"  parameter logic [15:0] DescriptorVersion = 16'd{device.version};",
         f"  parameter int AlibiBytes = {device.alibi_bytes};"]
    for name, r in device.records.items():
        o.append(f"  parameter int {camel(name)}Words = {r.words};")
    o += ["", "  // Bits of descriptor_record_t.flags."]
    o += [f"  parameter int Flag{camel(n)} = {b};" for n, b in device.flags.items()]
    known = sum(1 << b for b in device.flags.values())
    o += [f"  parameter logic [31:0] FlagsKnown = 32'h{known:08x};", "",
          "  // Records, word 0 in the low bits."]
    for r in device.records.values():
        o += sv_struct(r)
    o += ["  typedef enum logic [7:0] {",
          ",\n".join(f"    Fault{camel(n)} = 8'd{c}" for n, c in device.faults.items()),
          "  } fault_e;", "",
          "  typedef enum logic [7:0] {",
          ",\n".join(f"    Status{camel(n)} = 8'd{c}" for n, c in device.status_state.items()),
          "  } status_state_e;", "",
          "  // Counters, in the order of the registers.",
          f"  parameter int Counters = {len(device.counters)};"]
    o += [f"  parameter int Counter{camel(n)} = {i};" for i, n in enumerate(device.counters)]
    return "\n".join(o + ["", "endpackage", ""])


def c(device):
    o = ["/* SPDX-License-Identifier: Apache-2.0 */", f"/* {BANNER} */",
         "#ifndef FLASHD_DEVICE_H", "#define FLASHD_DEVICE_H", "",
         f"#define FLASHD_DESCRIPTOR_VERSION {device.version}u",
         f"#define FLASHD_STRIDE_UNIT {device.stride_unit}u",
         f"#define FLASHD_ADDRESS_BITS {device.address_bits}",
         f"#define FLASHD_ALIBI_BYTES {device.alibi_bytes}u"]
    for r in device.records.values():
        o += ["", f"#define FLASHD_{r.name.upper()}_WORDS {r.words}"]
        for f in r.fields:
            n = f"FLASHD_{r.name.upper()}_{f.name.upper()}"
            o += [f"#define {n}_WORD {f.word}", f"#define {n}_LOW {f.low}",
                  f"#define {n}_BITS {f.bits}"]
    for prefix, codes in (("FLAG", {n: f"(1u << {b})" for n, b in device.flags.items()}),
                          ("STATUS", device.status_state), ("FAULT", device.faults),
                          ("COUNTER", {n: i for i, n in enumerate(device.counters)})):
        o += [""] + [f"#define FLASHD_{prefix}_{n.upper()} {v}" for n, v in codes.items()]
    o += [f"#define FLASHD_COUNTERS {len(device.counters)}", "", "#endif", ""]
    return "\n".join(o)


def docs(device):
    o = [f"<!-- {BANNER} -->", "# What passes between host and device", "",
         "Records are little-endian 32-bit words and start at multiples of 64 bytes; "
         f"addresses have {device.address_bits} bits, strides count "
         f"{device.stride_unit} bytes. Bits that no field names are 0. "
         "[system.md](../system.md) tells how they are used."]
    for r in device.records.values():
        o += ["", f"## {camel(r.name)}, {4 * r.words} bytes", "", "| word | bits | field | meaning |",
              "|---|---|---|---|"]
        for f in r.fields:
            bits = f"{f.low}" if f.bits == 1 else f"{f.low} to {f.low + f.bits - 1}"
            o.append(f"| {f.word} | {bits} | `{f.name}` | "
                     f"{'signed; ' if f.signed else ''}{f.meaning} |")
    o += ["", "## Descriptor flags", "", "| bit | flag |", "|---|---|"]
    o += [f"| {b} | `{n}` |" for n, b in device.flags.items()]
    o += ["", "## Status states", "", "| code | state |", "|---|---|"]
    o += [f"| {v} | `{n}` |" for n, v in device.status_state.items()]
    o += ["", "## Fault codes", "", "| code | fault |", "|---|---|"]
    o += [f"| {v} | `{n}` |" for n, v in device.faults.items()]
    o += ["", "## Counters", "", "Register `COUNTER[i]`, 64 bits; the low word first: its read holds "
          "the high word.", "", "| i | counter | meaning |", "|---|---|---|"]
    o += [f"| {i} | `{n}` | {m} |" for i, (n, m) in enumerate(device.counters.items())]
    return "\n".join(o + [""])
