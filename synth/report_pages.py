# SPDX-License-Identifier: Apache-2.0
"""The sections of the report: words, tables and charts in the order in which they are read."""
import lanes
import library
import report_bars
import report_data as data
import report_tables as tables
import report_tools
import report_units
from report_doc import Cell, Section, Table

TITLE = "Silicon: the lanes as gates"
LEAD = ("<!-- ./flashd synth --report docs/results --keep docs/results/silicon.json   "
        "(writes this file; do not edit) -->")


def head(book):
    """What this is, and how much of it is there."""
    wanted = book.wanted()
    there = [book.entries[place] for place in wanted if place in book.entries]
    void = sum(bool(entry.void) for entry in there)
    blocks = [
        "One lane each, one key per cycle, the same ports and pipelining rules for every design "
        "(`docs/lane.md`), the same flow and recipes for every netlist (`docs/synth.md`). "
        f"The tables are of {library.LIBRARIES[book.library].title} at {book.clock_ns:g} ns.",
        [f"**{design if design == 'ours' else f'({design})'}** {lanes.DESIGNS[design].title}" +
         (", profiles `fine` and `lean`" if len(lanes.DESIGNS[design].profiles) > 1 else "")
         for design in dict(book.lanes())],
        f"Of the {len(wanted)} points of the tables {len(there) - void} count, {void} are void "
        f"(their netlist was not replayed against golden, or differed) and "
        f"{len(wanted) - len(there)} are missing. No figure of cells is estimated; memories are "
        "stated (area) and cited (energy)."]
    if book.library != report_bars.BAR_LIBRARY:
        blocks.append("The bars are those of Nangate45 and need its liberty file; this report is "
                      f"of {book.library}.")
    taken = [entry.place for entry in there if entry.raw.get("taken")]
    if taken:
        blocks.append("Modules of these netlists are of named recipes, with which they are smaller "
                      "than the search makes them (`--take`, docs/synth.md): " + "; ".join(
                          f"{tables.title(place.design, place.profile)}, d {place.d}, rows "
                          f"{place.rows}" for place in taken) + ".")
    earlier = sum(book.earlier(entry) for entry in there)
    if earlier:
        blocks.append(f"**Points of an earlier search for netlists: {earlier}.** Their areas may be "
                      "larger, of some lanes more than of others, so no bar is met between points "
                      "of two searches. The table of netlists says which they are.")
    stale = sum(entry.stale for entry in there)
    if stale:
        blocks.append(f"**The sources of {stale} points have changed since they were made**; the "
                      "table of netlists says which.")
    return Section("", blocks)


def paper(book, figures):
    return Section("The paper's table, redone", [
        "The published claim is FLASH-D against a FlashAttention-2 datapath at 28 nm, in the mean "
        f"over d = 16, 64 and 256: {report_bars.PUBLISHED['area']} % area and "
        f"{report_bars.PUBLISHED['power']} % power (arXiv 2505.14201, the paper's own text, grade "
        "P; closed tools, no gates to check). Power at the same clock and one key per cycle is "
        "energy per key.",
        tables.published(book), *[figures[name] for name in ("silicon_area", "silicon_energy")
                                  if name in figures],
        "Error: relative L2 of the output against float64, before it is rounded to the output's "
        "format, 64 queries, worst of the seeds; computed by the value-level models that the RTL "
        "equals bit for bit (`docs/results/silicon_accuracy.csv`). Power is that of the energy's "
        "job at the clock of the table. A minimum period above the target is what that netlist "
        "really needs.",
        *([figures["silicon_error"]] if "silicon_error" in figures else []),
        *tables.paper(book)])


def real(book):
    """The section of recorded inputs, if there is any."""
    found = tables.traces(book)
    return [Section("Energy on recorded inputs", [
        "The same netlists on queries, keys and values of a language model "
        "(`synth/report_energy.py --job DIR`), beside the job of the tables.", *found])] \
        if found else []


def accuracy(book):
    return Section("At equal accuracy", [
        "A smaller datapath that computes something else is no win. Here a rival counts as equal "
        "only if its error is at most ours, on n01 and on the worst distribution; else it says by "
        "how much it is worse, the larger of the two ratios.", *tables.equal_accuracy(book)])


def two_ratios(book):
    return Section("Two ratios", [
        "**At the same clock target**: areas of the netlists made for the target. If one of them "
        "misses it, the ratio still stands, and the miss is marked.",
        "**At equal throughput**: area times the period that the netlist reaches, no less than the "
        "target: silicon for one key per nanosecond. A slow lane has to be built more than once, a "
        "fast one gains nothing beyond the target.", tables.two_ratios(book)])


def inside(book, figures):
    charts = [figures[f"silicon_units_d{d}"] for d in book.dims()
              if f"silicon_units_d{d}" in figures]
    found = tables.units(book, book.shown())
    return Section("Where the area is", [
        "A register belongs to the unit that its name or source tells, a gate to the register that "
        "it feeds, a replicated element to its module. Parts are what the units are for, so that "
        "designs can be compared:",
        [f"**{name}** {what}" for name, what, _ in sorted(
            report_units.PARTS, key=lambda entry: report_units.ORDER.index(entry[0]))],
        *charts, *found])


def curve(book, figures):
    blocks = ["Every point is a synthesis of its own for its clock; the area is that of the "
              "smallest recipe that meets it."]
    if "silicon_delay" not in figures:
        blocks.append("Missing: no lane was made for more than one clock.")
        return Section("Area and delay", blocks)
    import report_charts
    lines = []
    for (rows, d), mine in report_charts.curves(book).items():
        for lane, entries in mine.items():
            for entry in entries:
                lines.append([tables.title(*lane), str(d), str(rows), f"{entry.place.clock_ns:g}",
                              tables.clock(entry)[0], f"{entry.area:,.0f}",
                              "an earlier one" if book.earlier(entry) else "the latest"])
    return Section("Area and delay", [*blocks, figures["silicon_delay"], Table(
        ["lane", "d", "rows", "target, ns", "min period, ns", "area, um2", "search"],
        lines)])


def technologies(book):
    found = tables.technologies(book)
    blocks = ["Our area over each rival's, at each library's own clock target. The order by area "
              "is that of all lanes with a figure, against the order in the library of the tables."]
    if not found:
        blocks.append("Missing: no lane has figures in two libraries.")
    return Section("Technologies", blocks + found)


def netlists(book):
    density = data.bit_area(book)
    lines = [(place, book.entries[place]) for place in book.wanted()
             if place in book.entries and not book.entries[place].void and
             book.entries[place].memory]
    low, high = (f(100 * entry.memory / entry.area for _, entry in lines) for f in (min, max)) \
        if lines else (0, 0)
    words = f"Memories count {density:.3g} um2 a bit, a stated density, not a macro" if density \
        else "No lane here has a memory"
    words += f"; they are {low:.0f} to {high:.0f} % of the area with eight rows." if lines else "."
    return Section("Netlists", [
        words, "Before a figure counts, the netlist replays recorded vectors of the lane's RTL, "
        "which was compared with golden bit for bit; one differing output voids the point.",
        tables.netlists(book)])


def made_by(book):
    return Section("Conditions and tools", [
        list(report_tools.conditions(book)),
        Table(["tool", "version"], [[name, version]
                                    for name, version in report_tools.tools(book).items()], "", 2),
        Table(["design", "hash of its sources", "as they are today"],
              [[design, mark, "yes" if same else Cell("changed since", "bad")]
               for design, mark, same in report_tools.hashes(book)], "", 3)])


def missing(book):
    found = report_tools.missing(book)
    return Section("Missing", [list(found)] if found else ["Nothing."])


def sections(book, figures):
    """Sections of the whole report."""
    return [head(book),
            Section("The bars", [
                "Limits as they were set when the work began; area and energy per key of our lane "
                "over the rival's. A netlist of ours that misses the clock target meets no bar. "
                "Bars against (b) and (d) name no profile, so both stand here. (e) is a bound, "
                "no attention; its bar is a goal.",
                *report_bars.tables(book)]),
            paper(book, figures), *real(book), accuracy(book), two_ratios(book),
            inside(book, figures), curve(book, figures),
            Section("Ratio to the bare arrays", [
                "(e) is both multiplier arrays, integer adders and accumulators, with no alignment "
                "and no scalar unit: less than any attention needs.", tables.bare(book)]),
            technologies(book), netlists(book), made_by(book), missing(book)]
