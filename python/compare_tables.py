# SPDX-License-Identifier: Apache-2.0
"""The comparison as text, Markdown and CSV."""
import csv
import io
import textwrap

from compare_values import QUANTITIES, Quantity

NO_RECORD = "no record"


def grid(header, rows, markdown, numbers=True):
    """A table; the first column is text, the others are numbers, or text as well."""
    if markdown:
        lines = ["| " + " | ".join(header) + " |",
                 "|" + "|".join(["---"] + ["---:" if numbers else "---"] * (len(header) - 1)) + "|"]
        return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    def line(row):
        cells = [row[0].ljust(widths[0])]
        cells += [c.rjust(w) if numbers else c.ljust(w) for c, w in zip(row[1:], widths[1:])]
        return "  ".join(cells).rstrip()
    return "\n".join([line(header), "  ".join("-" * w for w in widths), *map(line, rows)])


def columns_of(workload):
    """Machines of a workload, and one that says that there is no record."""
    found = list(workload["machines"])
    if not any(m["class"] == "gpu" for m in found):
        found.insert(sum(m["class"] == "asic" for m in found),
                     {"machine": "GPU", "class": "none", "node": "", "quantities": {}})
    return found


def short(names):
    """Column heads: letters for long names, and the list that tells them."""
    heads = [f"[{chr(ord('A') + i)}]" for i in range(len(names))]
    return heads, [f"{head} {name}" for head, name in zip(heads, names)]


def workload_table(workload, markdown):
    """Quantities down, machines across."""
    machines = columns_of(workload)
    names = [m["machine"] + (f", {m['node']}" if m["node"] else "") for m in machines]
    heads, legend = short(names)
    rows = []
    for key, (unit, label) in QUANTITIES.items():
        if not any(key in m["quantities"] for m in machines):
            continue
        row = [f"{label}, {unit}"]
        for m in machines:
            q = m["quantities"].get(key)
            row.append(q.text() if q else NO_RECORD if m["class"] == "none" else "-")
        rows.append(row)
    heads = ["", *(f"{head} published" if m["class"] == "published" else head
                   for head, m in zip(heads, machines))]
    return grid(heads, rows, markdown), legend


def energy_table(workloads, markdown):
    """Parts of the energy down, workloads across, mJ; parts that are nowhere are left out."""
    groups = [g for g in workloads[0]["energy_parts_mj"]
              if any(w["energy_parts_mj"][g] for w in workloads)]
    rows = [[g.replace("_", " ").replace("dram", "DRAM"),
             *(Quantity(w["energy_parts_mj"][g], "estimated").text() for w in workloads)]
            for g in groups]
    return grid(["part", *(w["name"] for w in workloads)], rows, markdown)


def ratio_lines(workload):
    """Ratios, each with the kinds of its two sides."""
    lines = [f"{r['what']}: {r['machine']} over {r['over']}: {r['value']:.3g} ({r['kind']})"
             for r in workload["ratios"]]
    return lines + [f"speed inside {r['record']}: {r['kernel']} over {r['over']}: {r['value']:.3f} "
                    f"({r['kind']})" for r in workload["kernel_ratios"]]


def bullets(lines, markdown):
    return "\n".join(f"- {line}" if markdown else
                     textwrap.fill(line, 110, initial_indent="- ", subsequent_indent="  ",
                                   break_long_words=False, break_on_hyphens=False) for line in lines)


def document(doc, markdown=False):
    """The whole comparison for people."""
    def heading(text):
        return f"## {text}" if markdown else f"{text}\n{'=' * len(text)}"
    dev, parts = doc["device"], []
    if markdown:
        parts += ["<!-- SPDX-License-Identifier: Apache-2.0 -->", "# GPU and ASIC estimate",
                  f"Printed by `{doc['command']}`."]
    if any(r["synthetic"] for r in doc["records"]):
        parts.append("**SYNTHETIC RECORDS: made up for a test, no measurement.**")
    told = [
        f"One device {doc['config']}, {dev['multipliers']} multipliers, {1000 / dev['clock_ns']:.0f} "
        f"MHz, memory {doc['memory']}; area {dev['area_mm2']:.3f} mm2 est. Every number says what it "
        "is: meas(ured), est(imated), scaled (an estimate at another node), publ(ished).",
        "FLOP: 4 queries keys d a head, half when causal. GPU: whole die, whole board with its memory. "
        "One device here is far smaller than a GPU; only figures per area and per watt compare. Read "
        "what is in the estimate and what is not, below.",
        f"Spec {doc['spec_hash']}, energies per action {doc['energy_table']}."]
    parts += told if markdown else [textwrap.fill(line, 110) for line in told]
    for workload in doc["workloads"]:
        table, legend = workload_table(workload, markdown)
        parts += [heading(f"{workload['name']}: {workload['shape']}"), table, bullets(legend, markdown)]
        notes = [f"nearest published figure: {m['machine'].removeprefix('published: ')}: {m['shape']}; "
                 f"{m['source']}" for m in workload["machines"] if m["class"] == "published"]
        notes += [f"{m['machine']}: no energy: {m['energy_absent']}" for m in workload["machines"]
                  if m["class"] == "gpu" and m.get("energy_absent")]
        lines = ratio_lines(workload) + notes
        if lines:
            parts.append(bullets(lines, markdown))
    scaled = [[f["name"], f"{f['logic_area']:.4f}", f"{f['memory_area']:.4f}", f"{f['delay']:.4f}",
               f"{f['energy']:.4f}"] for f in doc["scaling"]["factors"].values()]
    parts += [heading("Scaling from 45 nm"),
              grid(["to", "logic area", "memory area", "delay", "energy"], scaled, markdown),
              bullets(doc["scaling"]["notes"], markdown), heading("Area of the device, mm2 at 45 nm"),
              grid(["part", "area"], [[k, f"{v / 1e6:.4f} est"] for k, v in dev["parts"].items()],
                   markdown),
              heading("Energy of one attention on the device, mJ at 45 nm"),
              energy_table(doc["workloads"], markdown),
              heading("In the estimate"), bullets(doc["included"], markdown),
              heading("Not in it"), bullets(doc["not_included"], markdown),
              heading("Published, of others"),
              grid(["work", "node", "published", "grade", "source"],
                   [[p[k] for k in ("work", "node", "figure", "grade", "source")]
                    for p in doc["peers"]], markdown, numbers=False)]
    records = [f"{r['file']}: {r['device']}, driver {r['driver']}, {r['date']}, commit {r['commit']}, "
               f"`{r['command']}`" + ("" if r["complete"] else ", INCOMPLETE: the run was ended early")
               + (", SYNTHETIC" if r["synthetic"] else "") for r in doc["records"]]
    records += [f"{r['file']}: absent: {a['kernel']}: {a['reason']}" for r in doc["records"]
                for a in r["absent"]]
    records += [f"{name}: a record of something else, left out" for name in doc["left_out"]]
    if not doc["records"]:
        records.append("no GPU record: on a machine with a GPU, bench/gpu.py writes one to "
                       "bench/results; then this command again")
    parts += [heading("GPU records"), bullets(records, markdown)]
    return "\n\n".join(parts) + "\n"


def as_csv(doc):
    """One number a line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["workload", "machine", "class", "node", "quantity", "value", "unit", "kind"])
    for workload in doc["workloads"]:
        for m in columns_of(workload):
            if m["class"] == "none":
                writer.writerow([workload["name"], "GPU", "gpu", "", "", "", "", NO_RECORD])
            for key, q in m["quantities"].items():
                writer.writerow([workload["name"], m["machine"], m["class"], m["node"], key,
                                 repr(q.value), QUANTITIES[key][0], q.kind])
        for r in workload["ratios"]:
            writer.writerow([workload["name"], f"{r['machine']} over {r['over']}", "ratio", "",
                             r["quantity"], repr(r["value"]), "1", r["kind"]])
        for r in workload["kernel_ratios"]:
            writer.writerow([workload["name"], f"{r['kernel']} over {r['over']}", "ratio", "",
                             "speed", repr(r["value"]), "1", r["kind"]])
    return text.getvalue()
