# SPDX-License-Identifier: Apache-2.0
"""Charts of the report as SVG whose colours are variables of the page, for light and dark."""
import collections
import io
import math
import re

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402

import report_bars as bars  # noqa: E402
import report_data as data  # noqa: E402
import report_units  # noqa: E402
from report_bars import of, over  # noqa: E402
from report_doc import FOLDER, Figure  # noqa: E402
from report_tables import title  # noqa: E402

# Colours that are drawn, and the variable of style.css that each one becomes.
INK, SOFT, RULE, PAPER = "#010101", "#020202", "#030303", "#040404"
KNOWN = {("ours", "fine"): "#050501", ("ours", "lean"): "#050502", ("a", "fine"): "#050503",
         ("b", "fine"): "#050504", ("c", "fine"): "#050505", ("c", "lean"): "#050506",
         ("d", "fine"): "#050507", ("e", "fine"): "#050508"}
OTHER = "#050509"
LANE = collections.defaultdict(lambda: OTHER, KNOWN)
NAMES = dict(zip((INK, SOFT, RULE, PAPER, *KNOWN.values(), OTHER),
                 ("ink", "soft", "rule", "paper", "ours", "lean", "a", "b", "c", "c2", "d", "e",
                  "f")))
# Of the parts of report_units, in lanes' colours.
PART = dict(zip(report_units.ORDER, (LANE["a", "fine"], LANE["b", "fine"], LANE["d", "fine"],
                                     LANE["ours", "fine"], LANE["c", "fine"], LANE["c", "lean"],
                                     LANE["ours", "lean"], LANE["e", "fine"], RULE, SOFT)))
STYLE = {"font.size": 9, "font.family": "DejaVu Sans", "text.color": INK, "axes.labelcolor": SOFT,
         "axes.edgecolor": RULE, "axes.titlesize": 9, "axes.titlelocation": "left",
         "axes.titlecolor": INK, "axes.spines.top": False, "axes.spines.right": False,
         "xtick.color": SOFT, "ytick.color": SOFT, "xtick.labelcolor": SOFT,
         "ytick.labelcolor": INK, "grid.color": RULE, "grid.linewidth": 0.7, "axes.axisbelow": True,
         "legend.frameon": False, "svg.fonttype": "none", "figure.facecolor": "none",
         "axes.facecolor": "none", "savefig.facecolor": "none"}


LABEL = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.6}


def svg(figure, name):
    """The figure as an element that takes the page's colours; its ids are its own."""
    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Type": None,
                                                    "Format": None})
    plt.close(figure)
    text = out.getvalue()
    text = text[text.index("<svg"):]
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}_\1"', text)
    text = re.sub(r'(url\(#|href="#)([^")]+)', lambda m: f"{m[1]}{name}_{m[2]}"
                  if m[2] in ids else m[0], text)
    text = re.sub(r"(font: [^;\"]*)'DejaVu Sans'", r"\1'DejaVu Sans', Verdana, sans-serif", text)
    for colour, variable in NAMES.items():
        text = text.replace(colour, f"var(--{variable})")
    return text


def alone(text):
    """SVG for a file of its own: light colours as they are, for programs that know no variables,
    and rules that turn them dark."""
    light, dark = (dict(re.findall(r"--(\w+): (#\w+);", part)) for part in
                   (FOLDER / "style.css").read_text(encoding="utf-8").split("body {", 1)[0]
                   .split("@media", 1))
    rules = [f"svg {{ background: {light['paper']} }}", "@media (prefers-color-scheme: dark) {",
             f"svg {{ background: {dark['paper']} }}"]
    for name in NAMES.values():
        rules += [f'[style*="{what}: {light[name]}"] {{ {what}: {dark[name]} !important }}'
                  for what in ("fill", "stroke") if f"{what}: var(--{name})" in text]
    text = re.sub(r"var\(--(\w+)\)", lambda m: light[m[1]], text)
    return re.sub(r"(<svg[^>]*>)", lambda m: f"{m[1]}<style>" + "\n".join([*rules, "}"]) +
                  "</style>", text, count=1)


def places(book):
    """(rows, d) of the tables that have a figure for (a) and one more lane."""
    found = []
    for rows in data.ROWS:
        for d in book.dims():
            known = [lane for lane in book.lanes() if of(book.get(*lane, d, rows), "area")]
            if ("a", "fine") in known and len(known) > 1:
                found.append((rows, d))
    return found


def ratios(book, quantity, what):
    """Bars of a quantity over that of (a): a panel per number of rows and head dimension."""
    panels = [(rows, d) for rows, d in places(book)
              if of(book.get("a", "fine", d, rows), quantity)]
    if not panels:
        return None
    columns = min(len(panels), len(book.dims()))
    lines = -(-len(panels) // columns)
    order = book.lanes()[::-1]
    figure, grid = plt.subplots(lines, columns, figsize=(10, 0.6 + 2.3 * lines), squeeze=False,
                                sharex=True, sharey=True, layout="constrained")
    for axis in grid.flat:
        axis.set_visible(False)
    reach = 1.0
    for axis, (rows, d) in zip(grid.flat, panels):
        axis.set_visible(True)
        base = of(book.get("a", "fine", d, rows), quantity)
        for place, lane in enumerate(order):
            value = over(of(book.get(*lane, d, rows), quantity), base)
            if value is None:
                entry = book.get(*lane, d, rows)
                word = "missing" if entry is None else "void" if entry.void else "not measured"
                axis.text(0.01, place, word, va="center", color=SOFT, fontsize=7.5, style="italic")
                continue
            reach = max(reach, value)
            axis.barh(place, value, height=0.66, color=LANE[lane])
            axis.annotate(f"{value:.2f}", (value, place), xytext=(3, 0), va="center", fontsize=7.5,
                          textcoords="offset points", bbox=LABEL)
        axis.axvline(1.0, color=SOFT, linewidth=0.8, zorder=0.5)
        axis.axvline(1 + bars.PUBLISHED["area" if quantity == "area" else "power"] / 100,
                     color=SOFT, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0.5)
        axis.set_yticks(range(len(order)), [title(*lane, True) for lane in order])
        axis.set_ylim(-0.6, len(order) - 0.4)
        axis.tick_params(length=0)
        axis.spines[["left", "bottom"]].set_visible(False)
        axis.set_title(f"d = {d}, {'one row' if rows == 1 else 'eight rows'}")
    grid[0][0].set_xlim(0, 1.12 * reach)
    name = f"silicon_{quantity}"
    return Figure(name, f"{what} over that of (a), {book.library} at {book.clock_ns:g} ns; the "
                  "dashed line is the published FLASH-D's own claim.", svg(figure, name))


def names_beside(points, top):
    """Lane -> height of its name, a line of text apart from those of its side and decade."""
    placed = []  # lane, side, decade and height
    for lane, area, error in sorted(points, key=lambda entry: entry[1]):
        left = lane[0] == "c"  # beside ours
        decade = math.log10(error.n01)
        height = max([area, *(below + 0.058 * top for _, side, other, below in placed
                              if side == left and abs(other - decade) < 1.5)])
        placed.append((lane, left, decade, height))
    return {lane: height for lane, _, _, height in placed}


def errors(book):
    """Error against area over (a): what the silicon buys."""
    d = book.shown()
    panels = [rows for rows, dim in places(book) if dim == d]
    points = {rows: [(lane, over(of(book.get(*lane, d, rows), "area"),
                                 of(book.get("a", "fine", d, rows), "area")),
                      book.error(*lane, d)) for lane in book.lanes()] for rows in panels}
    points = {rows: [entry for entry in mine if entry[1] and entry[2]]
              for rows, mine in points.items()}
    points = {rows: mine for rows, mine in points.items() if len(mine) > 1}
    if not points:
        return None
    figure, grid = plt.subplots(1, len(points), figsize=(10, 3.3), squeeze=False, sharey=True,
                                layout="constrained")
    top = 1.12 * max(area for mine in points.values() for _, area, _ in mine)
    while max(max(names_beside(mine, top).values()) for mine in points.values()) > 0.95 * top:
        top *= 1.05
    for axis, (rows, mine) in zip(grid[0], points.items()):
        names = names_beside(mine, top)
        for lane, area, error in mine:
            axis.plot([error.n01, error.worst], [area, area], color=LANE[lane], linewidth=1.4)
            axis.plot(error.n01, area, "o", color=LANE[lane], markersize=6)
            left = lane[0] == "c"
            axis.annotate(title(*lane, True), (error.n01, names[lane]),
                          xytext=(-7 if left else 7, 8 if error.worst > 2 * error.n01 else 0),
                          ha="right" if left else "left", va="center",
                          textcoords="offset points", fontsize=7.5)
        axis.set(xscale="log", xlabel="relative L2 error against float64",
                 title=f"d = {d}, {'one row' if rows == 1 else 'eight rows'}")
        axis.margins(x=0.22)
        axis.set_ylim(0, top)
        axis.grid(True, which="major")
        axis.tick_params(length=0, which="both")
    grid[0][0].set_ylabel("area over that of (a)")
    return Figure("silicon_error", "Area against error: the dot is n01, the line reaches to the "
                  f"worst of the distributions; models at {mine[0][2].keys:,} keys.",
                  svg(figure, "silicon_error"))


def stack(axis, place, entry, scale):
    """One lane's parts as a stacked bar; `scale`: inches of a um2. Wide ones have their share."""
    left = 0.0
    for name, area in report_units.parts(entry).items():
        axis.barh(place, area, left=left, height=0.74, color=PART[name], alpha=0.55, linewidth=0)
        axis.plot([left + area] * 2, [place - 0.37, place + 0.37], color=PAPER, linewidth=1)
        if area * scale > 0.35:
            axis.text(left + area / 2, place, f"{100 * area / entry.area:.0f} %", ha="center",
                      va="center", fontsize=7)
        left += area
    axis.annotate(f"{left:,.0f}", (left, place), xytext=(4, 0), textcoords="offset points",
                  va="center", fontsize=7.5, color=SOFT)


def units(book, d):
    """Stacked bars of the lanes by part."""
    panels = {rows: [lane for lane in book.lanes() if of(book.get(*lane, d, rows), "area")]
              for rows in data.ROWS}
    panels = {rows: mine for rows, mine in panels.items() if mine}
    if not panels:
        return None
    count = sum(map(len, panels.values()))
    figure, grid = plt.subplots(len(panels), 1, squeeze=False, sharex=True, layout="constrained",
                                figsize=(10, 0.8 + 0.6 * len(panels) + 0.3 * count),
                                height_ratios=[len(mine) for mine in panels.values()])
    entries = [book.get(*lane, d, rows) for rows, mine in panels.items() for lane in mine]
    widest = max(entry.area for entry in entries)
    for axis, (rows, mine) in zip(grid[:, 0], panels.items()):
        for place, lane in enumerate(mine[::-1]):
            stack(axis, place, book.get(*lane, d, rows), 8.3 / (1.1 * widest))
        axis.set_yticks(range(len(mine)), [title(*lane, True) for lane in mine[::-1]])
        axis.set_xlim(0, 1.1 * widest)
        axis.set_ylim(-0.6, len(mine) - 0.4)
        axis.tick_params(length=0)
        axis.spines["left"].set_visible(False)
        axis.set_title(f"d = {d}, {'one row' if rows == 1 else 'eight rows'}")
    grid[-1, 0].set_xlabel("area, um2")
    grid[-1, 0].xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    seen = {name for entry in entries for name in report_units.parts(entry)}
    figure.legend(handles=[Patch(color=PART[name], alpha=0.55, linewidth=0, label=name)
                           for name in report_units.ORDER if name in seen],
                  loc="outside lower center", ncols=len(seen), handlelength=1, handleheight=1)
    name = f"silicon_units_d{d}"
    return Figure(name, f"Area by part, d = {d}, {book.library} at {book.clock_ns:g} ns; per cent "
                  "of the lane.", svg(figure, name))


def curves(book):
    """(rows, d) -> lane -> entries by period, where a lane has two clocks or more."""
    found = {}
    for place, entry in book.entries.items():
        if place.library == book.library and not entry.void:
            found.setdefault((place.rows, place.d), {}).setdefault(
                (place.design, place.profile), []).append(entry)
    found = {where: {lane: sorted(mine, key=lambda entry: entry.period)
                     for lane, mine in lanes.items() if len(mine) > 1}
             for where, lanes in sorted(found.items())}
    return {where: lanes for where, lanes in found.items() if lanes}


def delays(book):
    """Area against the period that the netlist reaches, one line per lane."""
    found = curves(book)
    if not found:
        return None
    columns = min(3, len(found))
    lines = -(-len(found) // columns)
    figure, grid = plt.subplots(lines, columns, figsize=(10, 0.7 + 3.1 * lines), squeeze=False,
                                layout="constrained")
    for axis in list(grid.flat)[len(found):]:
        axis.set_visible(False)
    for axis, ((rows, d), mine) in zip(grid.flat, found.items()):
        for lane, entries in mine.items():
            axis.plot([entry.period for entry in entries], [entry.area for entry in entries],
                      color=LANE[lane], linewidth=1.4)
            for entry in entries:
                axis.plot(entry.period, entry.area, "o", color=LANE[lane], markersize=5,
                          markerfacecolor=PAPER if entry.misses else LANE[lane])
        axis.set_title(f"d = {d}, {'one row' if rows == 1 else 'eight rows'}")
        axis.set_xlabel("min period, ns")
        axis.set_ylim(0)
        axis.grid(True)
        axis.tick_params(length=0)
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    grid[0][0].set_ylabel("area, um2")
    seen = {lane for mine in found.values() for lane in mine}
    handles = [Line2D([], [], color=LANE[lane], marker="o", markersize=5, label=title(*lane, True))
               for lane in book.lanes() if lane in seen]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return Figure("silicon_delay", f"Area against the smallest period by static timing, "
                  f"{book.library}; a hollow dot misses the clock it was made for.",
                  svg(figure, "silicon_delay"))


def all_figures(book):
    """The charts that the points at hand allow, by name."""
    with matplotlib.rc_context(STYLE):
        found = [ratios(book, "area", "Area"), ratios(book, "energy", "Energy per key"),
                 errors(book), delays(book), *(units(book, d) for d in book.dims())]
    return {figure.name: figure for figure in found if figure}
