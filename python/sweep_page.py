# SPDX-License-Identifier: Apache-2.0
"""The page of a sweep: roofline and Pareto plots as embedded SVG, and a table. No network."""
import html
import io
import math

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402

COLOURS = ("#0b6e4f", "#c0392b", "#1f5fa8", "#d68910", "#7d3c98", "#566573", "#16a085", "#a04000")
MARKERS = {"prefill": "o", "causal": "^", "decode": "s"}
SHADES = ("-", "--", ":", "-.")

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1200px; padding: 0 1rem;
       color: #222; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-size: 13px; }
th, td { padding: 2px 8px; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap; }
td.text, th.text { text-align: left; }
td.long { white-space: normal; min-width: 22rem; }
th { position: sticky; top: 0; background: #fff; cursor: pointer; }
tr:hover td { background: #f3f7f5; }
"""

SCRIPT = """
for (const head of document.querySelectorAll("th")) head.addEventListener("click", () => {
  const body = head.closest("table").tBodies[0], at = head.cellIndex;
  const up = head.dataset.up !== "1";
  for (const other of head.parentNode.cells) delete other.dataset.up;
  head.dataset.up = up ? "1" : "0";
  const value = row => { const t = row.cells[at].dataset.value ?? row.cells[at].textContent;
                         const n = Number(t); return Number.isNaN(n) ? t : n; };
  const sign = up ? 1 : -1;
  [...body.rows].sort((a, b) => { const x = value(a), y = value(b);
    return sign * (x < y ? -1 : x > y ? 1 : 0); }).forEach(row => body.append(row));
});
"""


def kind(workload):
    if workload.startswith("decode"):
        return "decode"
    return "causal" if "causal" in workload.split(",") else "prefill"


def intensity(row):
    """Multiply-accumulates per byte of the direction that carries more."""
    return int(row["macs"]) / max(int(row["bytes_read"]), int(row["bytes_written"]), 1)


def speed(row):
    """Multiply-accumulates per cycle."""
    return int(row["macs"]) / max(int(row["busy_cycles"]), 1)


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def svg(figure, salt):
    """The figure as an element; its ids are its own, so that two of them fit one page."""
    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": salt, "svg.fonttype": "path"}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Type": None,
                                                    "Format": None})
    plt.close(figure)
    text = out.getvalue()
    return text[text.index("<svg"):]


def panels(count, height):
    figure, grid = plt.subplots(1, count, figsize=(max(5.2 * count, 6), height), squeeze=False,
                                sharey=True, layout="constrained")
    return figure, list(grid[0])


def roofline(rows, plan):
    """A panel per memory, a roof and a colour per configuration."""
    memories, configs = list(plan["memories"]), list(plan["configs"])
    figure, axes = panels(len(memories), 5)
    reach = [intensity(r) for r in rows]
    low, high = min(reach) / 2, max(reach) * 2
    for axis, memory in zip(axes, memories):
        peak = plan["memories"][memory]
        for i, config in enumerate(configs):
            machine = plan["configs"][config]
            port = machine["axi_bytes"] if peak is None else min(machine["axi_bytes"], peak)
            ridge = machine["multipliers"] / port
            xs = sorted({low, high, min(max(ridge, low), high)})
            axis.plot(xs, [min(machine["multipliers"], port * x) for x in xs], linewidth=1.2,
                      color=COLOURS[i % len(COLOURS)], alpha=0.7)
            for shape, marker in MARKERS.items():
                mine = [r for r in rows if r["memory"] == memory and r["config"] == config
                        and kind(r["workload"]) == shape]
                axis.plot([intensity(r) for r in mine], [speed(r) for r in mine], marker,
                          color=COLOURS[i % len(COLOURS)], markersize=6, markerfacecolor="none")
        axis.set(xscale="log", yscale="log", title=memory,
                 xlabel="multiply-accumulates per byte (busier direction)")
        axis.grid(True, which="major", alpha=0.3)
    axes[0].set_ylabel("multiply-accumulates per cycle")
    shapes = {kind(r["workload"]) for r in rows}
    handles = [Line2D([], [], color=COLOURS[i % len(COLOURS)], label=c)
               for i, c in enumerate(configs)]
    handles += [Line2D([], [], color="#333", marker=m, linestyle="", label=s,
                       markerfacecolor="none")
                for s, m in MARKERS.items() if s in shapes]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(8, len(handles)))
    return figure


def front(points):
    """Those (cost, gain) that no other beats in both, by cost."""
    best, kept = -math.inf, []
    for cost, gain in sorted(points, key=lambda p: (p[0], -p[1])):
        if gain > best:
            best = gain
            kept.append((cost, gain))
    return kept


def common_workloads(rows, plan):
    """Workloads that every configuration takes, in the order of the rows."""
    taken = {c: {r["workload"] for r in rows if r["config"] == c} for c in plan["configs"]}
    return [w for w in dict.fromkeys(r["workload"] for r in rows)
            if all(w in workloads for workloads in taken.values())]


def neighbours(configs, cost):
    """(cost, names) of configurations; those too close for two labels share one."""
    places = []
    for config, machine in sorted(configs.items(), key=lambda item: item[1][cost]):
        if places and machine[cost] < 1.1 * places[-1][0]:
            places[-1][1].append(config)
        else:
            places.append((machine[cost], [config]))
    return places


def pareto(rows, plan, workloads):
    """Mean speed over the common workloads against multipliers and against on-chip bits."""
    figure, axes = panels(2, 4.6)
    for i, memory in enumerate(plan["memories"]):
        points = {}
        for config, machine in plan["configs"].items():
            mine = [speed(r) for r in rows if r["memory"] == memory and r["config"] == config
                    and r["workload"] in workloads]
            points[config] = (machine, geometric_mean(mine), min(mine), max(mine))
        for axis, cost in zip(axes, ("multipliers", "on_chip_bits")):
            colour = COLOURS[i % len(COLOURS)]
            xs = [p[0][cost] for p in points.values()]
            axis.vlines(xs, [p[2] for p in points.values()], [p[3] for p in points.values()],
                        color=colour, alpha=0.25, linewidth=3)
            axis.plot(xs, [p[1] for p in points.values()], "o", color=colour, markersize=6)
            best = front([(p[0][cost], p[1]) for p in points.values()])
            axis.step([x for x, _ in best], [y for _, y in best], SHADES[i % len(SHADES)],
                      where="post", color=colour, linewidth=1.4, label=memory)
    for axis, cost in zip(axes, ("multipliers", "on_chip_bits")):
        axis.set(xscale="log", yscale="log")
        axis.grid(True, which="major", alpha=0.3)
        axis.margins(x=0.12)
        for x, names in neighbours(plan["configs"], cost):
            axis.annotate(", ".join(names), (x, 0.02), xycoords=("data", "axes fraction"),
                          fontsize=8, rotation=90, ha="center", va="bottom", color="#444")
    low, high = axes[0].get_ylim()  # of both; room for the names
    axes[0].set_ylim(low / (high / low) ** 0.5, high)
    axes[0].set(xlabel="multipliers (2 LANES WIDTH)", ylabel="multiply-accumulates per cycle")
    axes[1].set(xlabel="on-chip memory, bits")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


TABLE = (  # heading, text, number to sort by, class
    ("configuration", lambda r: r["config"], None, "text"),
    ("workload", lambda r: r["workload"], None, "text"),
    ("memory", lambda r: r["memory"], None, "text"),
    ("cycles", lambda r: f"{int(r['busy_cycles']):,}", lambda r: r["busy_cycles"], ""),
    ("utilisation", lambda r: f"{100 * float(r['utilisation']):.1f} %", lambda r: r["utilisation"], ""),
    ("MACs per cycle", lambda r: f"{speed(r):.1f}", lambda r: str(speed(r)), ""),
    ("MACs per byte", lambda r: f"{intensity(r):.2f}", lambda r: str(intensity(r)), ""),
    ("bytes read", lambda r: f"{int(r['bytes_read']):,}", lambda r: r["bytes_read"], ""),
    ("bytes written", lambda r: f"{int(r['bytes_written']):,}", lambda r: r["bytes_written"], ""),
    ("energy, uJ", lambda r: f"{float(r['energy_total_pj']) / 1e6:,.3f}",
     lambda r: r["energy_total_pj"], ""),
    ("pJ per query x key", lambda r: f"{float(r['energy_pj_per_pair']):.1f}",
     lambda r: r["energy_pj_per_pair"], ""),
    ("power, mW", lambda r: f"{float(r['energy_power_mw']):.1f}", lambda r: r["energy_power_mw"], ""),
    ("what limits", lambda r: r["sentence"], None, "text long"),
)


def table(rows):
    head = "".join(f'<th class="{c}">{html.escape(h)}</th>' for h, _, _, c in TABLE)
    lines = []
    for row in rows:
        cells = []
        for _, text, value, style in TABLE:
            data = f' data-value="{html.escape(value(row))}"' if value else ""
            cells.append(f'<td class="{style}"{data}>{html.escape(text(row))}</td>')
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n" + "\n".join(lines) + "\n</tbody></table>"


def page(rows, plan):
    """The whole page as text."""
    common = common_workloads(rows, plan)
    parts = [f"<p>{len(rows)} points, spec {html.escape(rows[0]['spec_hash'])}: "
             f"{len(plan['configs'])} configurations, {len({r['workload'] for r in rows})} workloads, "
             f"{len(plan['memories'])} memories, on the cycle-exact twin, timing only.</p>",
             "<h2>Roofline</h2><p>One panel per memory. A line is the roof of a configuration: the "
             "port's bytes per cycle (the narrower of bus and memory, each direction of its own) on "
             "the slope, its multipliers on top. A point on its line is as fast as the machine "
             "allows; one below it loses cycles, and the table says to what.</p>",
             svg(roofline(rows, plan), "roofline"), "<h2>Pareto</h2>"]
    if common:
        parts += [f"<p>Geometric mean over the {len(common)} workloads that every configuration takes "
                  f"({html.escape(', '.join(common))}); the bars reach from the slowest to the fastest. "
                  "Steps join the configurations that no cheaper one beats with the same memory.</p>",
                  svg(pareto(rows, plan, common), "pareto")]
    else:
        parts.append("<p>No workload is taken by every configuration, so there is nothing to "
                     "compare.</p>")
    if plan["left_out"]:
        parts.append("<h2>Left out</h2><ul>" + "".join(f"<li>{html.escape(t)}</li>"
                                                       for t in plan["left_out"]) + "</ul>")
    parts.append("<h2>Points</h2><p>Click a heading to sort; points.csv has every column. "
                 f"{html.escape(plan['energy_sentence'])}</p>" +
                 table(rows))
    return ("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            f"<title>flashd sweep</title><style>{STYLE}</style></head><body><h1>flashd sweep</h1>\n"
            + "\n".join(parts) + f"\n<script>{SCRIPT}</script></body></html>\n")
