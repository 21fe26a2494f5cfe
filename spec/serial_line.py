# SPDX-License-Identifier: Apache-2.0
"""Frames and commands of spec/serial.yaml, checked; their C header and their page of the docs."""
import yaml

BANNER = "Generated from spec/serial.yaml by spec/generate.py; mend with: ./flashd spec"
CODES = ("hello_flags", "counters_flags", "reset_kind", "wait_state", "status", "led")
COBS_RUN = 254  # bytes without a zero that cost one more byte


def size(fields):
    return sum(field[1] for field in fields)


def load(path, device):
    """Content of spec/serial.yaml; stops with a sentence where it contradicts itself."""
    d = yaml.safe_load(path.read_text())
    codes = [c["code"] for c in d["commands"].values()]
    if len(set(codes)) != len(codes) or not all(0 < c < d["frame"]["answer_bit"] for c in codes):
        raise SystemExit("spec/serial.yaml: codes of commands differ and lie below answer_bit")
    for group in CODES:
        if len(set(d[group].values())) != len(d[group]):
            raise SystemExit(f"spec/serial.yaml: {group} gives one code twice")
    frame = d["frame"]
    for name, c in d["commands"].items():
        for part in ("body", "answer"):
            most = size(c[part]) + (part == "answer")
            most += frame["data_max"] if c.get(f"{part}_data") else 0
            if most > frame["body_max"]:
                raise SystemExit(f"spec/serial.yaml: {name}: its {part} takes {most} bytes, "
                                 f"body_max is {frame['body_max']}")
    if size(d["commands"]["counters"]["answer"]) != 8 * len(device.counters):
        raise SystemExit("spec/serial.yaml: counters answers 8 bytes for each of the "
                         f"{len(device.counters)} counters of spec/device.yaml")
    return d


def sizes(d):
    """Bytes of the longest frame before and behind COBS, the final zero not among them."""
    frame = d["frame"]
    plain = frame["head_bytes"] + frame["body_max"] + frame["crc_bytes"]
    return plain, plain + 1 + plain // COBS_RUN


def c(d):
    frame, plain_coded = d["frame"], sizes(d)
    o = ["/* SPDX-License-Identifier: Apache-2.0 */", f"/* {BANNER} */",
         "#ifndef FLASHD_SERIAL_H", "#define FLASHD_SERIAL_H", "",
         f"#define FLASHD_SERIAL_PROTOCOL {d['protocol']}u",
         f"#define FLASHD_SERIAL_HEAD_BYTES {frame['head_bytes']}u",
         f"#define FLASHD_SERIAL_CRC_BYTES {frame['crc_bytes']}u",
         f"#define FLASHD_SERIAL_BODY_MAX {frame['body_max']}u",
         f"#define FLASHD_SERIAL_DATA_MAX {frame['data_max']}u",
         "/* The longest frame, plain; and behind COBS, without the zero that ends it. */",
         f"#define FLASHD_SERIAL_FRAME_MAX {plain_coded[0]}u",
         f"#define FLASHD_SERIAL_CODED_MAX {plain_coded[1]}u",
         f"#define FLASHD_SERIAL_ANSWER_BIT 0x{frame['answer_bit']:x}u", ""]
    o += [f"#define FLASHD_SERIAL_CRC_{n.upper()} 0x{v:08x}u" for n, v in d["crc"].items()]
    o += ["", f"#define FLASHD_SERIAL_RING_SLOTS_LOG2 {d['ring']['slots_log2']}",
          f"#define FLASHD_SERIAL_RING_AREA_BYTES {d['ring']['area_bytes']}u", "",
          "/* Offsets and bytes of fields: in the body, or behind the status of the answer.",
          "   _BYTES of a body or answer: its fields, without data that may follow. */"]
    for name, command in d["commands"].items():
        prefix = f"FLASHD_SERIAL_{name.upper()}"
        o += ["", f"#define {prefix} {command['code']}u"]
        for part in ("body", "answer"):
            at = 0
            for field, count, _ in command[part]:
                full = f"{prefix}_{part.upper()}_{field.upper()}"
                o += [f"#define {full} {at}u"]
                at += count
            o += [f"#define {prefix}_{part.upper()}_BYTES {at}u"]
    for group in CODES:
        o += [""] + [f"#define FLASHD_SERIAL_{group.upper()}_{n.upper()} {v}u"
                     for n, v in d[group].items()]
    return "\n".join(o + ["", "#endif", ""])


def fields_text(fields, data):
    parts = [f"`{n}` {count} ({meaning})" for n, count, meaning in fields]
    return ", ".join(parts + (["1 to data_max bytes"] if data else [])) or "none"


def docs(d):
    plain, coded = sizes(d)
    frame = d["frame"]
    o = [f"<!-- {BANNER} -->", "# Frames and commands of the serial line", "",
         "Little endian. [soc.md](../soc.md) tells how they are used. A frame is kind, sequence "
         f"number, at most {frame['body_max']} bytes of body and a CRC-32: at most {plain} bytes, "
         f"{coded} behind COBS, then a zero. data_max is {frame['data_max']}. Protocol "
         f"{d['protocol']}.", "", "| code | command | body: field and bytes | answer behind the "
         "status: field and bytes |", "|---|---|---|---|"]
    for name, command in d["commands"].items():
        o.append(f"| {command['code']} | `{name}` | "
                 f"{fields_text(command['body'], command.get('body_data'))} | "
                 f"{fields_text(command['answer'], command.get('answer_data'))} |")
    for group in CODES:
        title = group.replace("_", " ")
        o += ["", f"## {title.capitalize()}", "", "| code | name |", "|---|---|"]
        o += [f"| {v} | `{n}` |" for n, v in d[group].items()]
    return "\n".join(o + [""])


def files(d):
    return {"firmware/include/flashd_serial.h": c(d), "docs/generated/serial.md": docs(d)}
