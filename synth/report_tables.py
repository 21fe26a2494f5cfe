# SPDX-License-Identifier: Apache-2.0
"""Tables of the report: the paper's table, equal accuracy, two ratios, units, libraries."""
import lanes
import library
import report_bars as bars
import report_data as data
import report_units
from report_bars import of, over, ratio
from report_doc import Cell, Table


def title(design, profile, short=False):
    """Name of a lane for people: "ours, fine", "(a) FlashAttention-2, BF16"."""
    known = lanes.DESIGNS[design]
    kind = f", {profile}" if len(known.profiles) > 1 else ""
    if design == "ours":
        return f"ours{kind}"
    return f"({design}){kind}" if short else f"({design}) {known.title}{kind}"


def absent(entry):
    """Cell for a figure that is not there."""
    return Cell("missing", "missing") if entry is None else Cell("void", "void")


def figure(entry, value, form):
    """A number, or why there is none."""
    if entry is None or entry.void:
        return absent(entry)
    return Cell("not measured", "missing") if value is None else f"{value:{form}}"


def share(entry, value, whole):
    return figure(entry, None if value is None or not whole else 100 * value / whole, ".0f") \
        if entry is None or entry.void or whole else "0"


def error(book, design, profile, d):
    """Cells of the errors: n01, and the worst distribution."""
    if design == "e":
        return ["no attention", "no attention"]
    found = book.error(design, profile, d)
    if not found:
        return [Cell("not measured", "missing")] * 2
    return [f"{found.n01:.1e}", f"{found.worst:.1e} ({found.worst_inputs})"]


def clock(entry):
    """Cells of the smallest period and Fmax; a missed target is marked."""
    if entry is None or entry.void:
        return [absent(entry)] * 2
    mark = "bad" if entry.misses else ""
    return [Cell(f"{entry.period:.2f}", mark), Cell(f"{entry.fmax:.0f}", mark)]


def power(entry):
    """Cell of the power; a netlist that misses its target runs at a clock of its own."""
    cell = figure(entry, entry and entry.milliwatts(), ".2f")
    run = None if entry is None else entry.energy()
    if run and abs(run["clock_ns"] - entry.place.clock_ns) > 1e-6:
        return Cell(f"{cell} at {run['clock_ns']:g} ns", "bad")
    return cell


def paper(book):
    """One table per head dimension and number of rows."""
    found = []
    for rows in data.ROWS:
        for d in book.dims():
            base = book.get("a", "fine", d, rows)
            lines = []
            for design, profile in book.lanes():
                entry = book.get(design, profile, d, rows)
                ours = "strong" if design == "ours" else ""
                lines.append([
                    Cell(title(design, profile), ours),
                    figure(entry, of(entry, "area"), ",.0f"),
                    share(entry, entry and entry.memory, of(entry, "area")),
                    figure(entry, over(of(entry, "area"), of(base, "area")), ".3f"),
                    figure(entry, of(entry, "energy"), ".1f"),
                    figure(entry, over(of(entry, "energy"), of(base, "energy")), ".3f"),
                    power(entry),
                    *clock(entry), *error(book, design, profile, d)])
            found.append(Table(
                ["lane", "area, um2", "of it memory, %", "area / (a)", "pJ a key", "energy / (a)",
                 "power, mW", "min period, ns", "Fmax, MHz", "error, n01", "error, worst"],
                lines, f"d = {d}, {'one row' if rows == 1 else 'eight rows'}"))
    return found


def mean(values):
    return sum(values) / len(values) if values and None not in values else None


def published(book):
    """Change against (a) in percent, per d and in the mean, beside the paper's."""
    lines = []
    for design, profile in book.lanes():
        if design in ("a", "e"):
            continue
        for quantity in ("area", "energy"):
            for rows in data.ROWS:
                pairs = [(book.get(design, profile, d, rows), book.get("a", "fine", d, rows))
                         for d in book.dims()]
                changes = [over(of(mine, quantity), of(base, quantity)) for mine, base in pairs]
                changes = [None if change is None else 100 * (change - 1) for change in changes]
                lines.append([Cell(title(design, profile), "strong" if design == "ours" else ""),
                              str(rows), f"{quantity}{'' if quantity == 'area' else ' a key'}",
                              *(figure(mine if base and not base.void else base, change, "+.1f")
                                for (mine, base), change in zip(pairs, changes)),
                              Cell("incomplete", "missing") if mean(changes) is None else
                              f"{mean(changes):+.1f}"])
    for quantity, change in bars.PUBLISHED.items():
        lines.append([Cell("the paper's own, 28 nm (P)", "strong"), "", quantity,
                      *[""] * len(book.dims()), f"{change:+.1f}"])
    return Table(["lane", "rows", "of", *(f"d = {d}" for d in book.dims()), "mean"], lines,
                 "Change against (a), percent", 3)


def opponents(book, profile):
    """Rivals that a profile of ours is set against; those with profiles by the same one."""
    return [lane for lane in book.lanes() if lane[0] not in ("ours", "e") and
            (len(lanes.DESIGNS[lane[0]].profiles) == 1 or lane[1] == profile)]


def judge(mine, other):
    """How a rival's error stands against ours: (cell, it is at most ours)."""
    if not mine or not other:
        return Cell("not measured", "missing"), None
    worse = max(other.n01 / mine.n01, other.worst / mine.worst)
    if worse <= 1:
        return "at most ours", True
    digits = 3 if worse < 1.1 else 2 if worse < 10 else 0
    return Cell(f"worse by {worse:,.{digits}f} x", "bad" if worse > 2 else ""), False


def equal_accuracy(book):
    """Rivals whose error is at most ours, and how much worse the others are."""
    found = []
    for profile in lanes.PROFILES:
        lines = []
        for rows in data.ROWS:
            for d in book.dims():
                ours = book.get("ours", profile, d, rows)
                mine = book.error("ours", profile, d)
                for lane in opponents(book, profile):
                    entry, other = book.get(*lane, d, rows), book.error(*lane, d)
                    words, _ = judge(mine, other)
                    point = entry if ours is not None and not ours.void else ours
                    lines.append([
                        title(*lane), str(rows), str(d),
                        f"{mine.n01:.1e}" if mine else "", f"{other.n01:.1e}" if other else "",
                        words,
                        *(figure(point, over(of(ours, quantity), of(entry, quantity)), ".3f")
                          for quantity in ("area", "energy"))])
        found.append(Table(["against", "rows", "d", f"our error ({profile}), n01", "its error",
                            "its error is", "our area / its", "our energy / its"], lines,
                           f"Ours, {profile}", 1, (5,)))
    return found


def two_ratios(book):
    """Our area over theirs, at the same clock target and at equal throughput."""
    lines = []
    for rows in data.ROWS:
        for d in book.dims():
            ours = {profile: book.get("ours", profile, d, rows) for profile in lanes.PROFILES}
            for lane in book.lanes():
                entry = book.get(*lane, d, rows)
                mark = "strong" if lane[0] == "ours" else ""
                line = [Cell(title(*lane), mark), str(rows), str(d),
                        figure(entry, of(entry, "area"), ",.0f"), clock(entry)[0],
                        absent(entry) if entry is None or entry.void else
                        Cell(f"no, {entry.period:.2f} ns", "bad") if entry.misses else "yes"]
                for quantity in ("area", "cost"):
                    line += [figure(entry if mine and not mine.void else mine,
                                    over(of(mine, quantity), of(entry, quantity)), ".3f")
                             for mine in ours.values()]
                lines.append(line)
    return Table(["lane", "rows", "d", "area, um2", "min period, ns", "meets the target",
                  "fine / it, same clock target", "lean / it, same clock target",
                  "fine / it, equal throughput", "lean / it, equal throughput"], lines, "", 1, (5,))


def grouped(book, d, rows, parts, part):
    """Lines lane, unit, [its part,] amount, percent of `parts`(entry) -> unit -> amount."""
    lines = []
    for lane in book.lanes():
        entry = book.get(*lane, d, rows)
        found = {} if entry is None or entry.void else parts(entry)
        whole = sum(found.values())
        for place, (name, amount) in enumerate(sorted(found.items(), key=lambda item: -item[1])):
            form = ",.0f" if amount >= 100 else ".2f"
            lines.append(["" if place else Cell(title(*lane), "strong"), name,
                          *([report_units.part(name)] if part else []), f"{amount:{form}}",
                          f"{100 * amount / whole:.1f}"])
    return lines


def burnt(entry):
    """Unit -> pJ a cycle of the energy's job; units below half a percent are one."""
    run = entry.energy()
    found = {name: unit["total_fj_per_cycle"] / 1000
             for name, unit in run["job"].get("units", {}).items()} if run else {}
    least = 0.005 * sum(found.values())
    small = sum(amount for amount in found.values() if amount < least)
    found = {name: amount for name, amount in found.items() if amount >= least}
    return {**found, "the rest": small} if small else found


def units(book, d):
    """Area and energy of the lanes by unit, a table per number of rows."""
    found = []
    for rows in data.ROWS:
        where = f"d = {d}, {'one row' if rows == 1 else 'eight rows'}"
        for heads, parts in ((["unit", "part", "area, um2"], data.Entry.units),
                             (["unit, by instance", "pJ a cycle"], burnt)):
            lines = grouped(book, d, rows, parts, len(heads) == 3)
            if lines:
                found.append(Table(["lane", *heads, "%"], lines, where, len(heads)))
    return found


def bare(book):
    """Area and energy over those of the bound (e)."""
    lines = []
    for lane in book.lanes():
        if lane[0] == "e":
            continue
        for rows in data.ROWS:
            line = [Cell(title(*lane), "strong" if lane[0] == "ours" else ""), str(rows)]
            for quantity in ("area", "energy"):
                for d in book.dims():
                    entry, bound = book.get(*lane, d, rows), book.get("e", "fine", d, rows)
                    point = entry if bound is not None and not bound.void else bound
                    line.append(figure(point, over(of(entry, quantity), of(bound, quantity)),
                                       ".2f"))
            lines.append(line)
    return Table(["lane", "rows", *(f"area, d = {d}" for d in book.dims()),
                  *(f"energy, d = {d}" for d in book.dims())], lines, "", 2)


def ranking(book, where, d, rows):
    """Lanes by area in a library, the smallest first; only those with a figure."""
    areas = [(of(book.get(*lane, d, rows, where), "area"), lane) for lane in book.lanes()]
    return [lane for area, lane in sorted(entry for entry in areas if entry[0] is not None)]


def exceptions(book, where, d, rows):
    """Pairs of lanes that stand the other way round in the tables' library."""
    here, there = ranking(book, book.library, d, rows), ranking(book, where, d, rows)
    both = [lane for lane in here if lane in there]
    return [(first, second) for place, first in enumerate(both) for second in both[place + 1:]
            if there.index(first) > there.index(second)]


def technologies(book):
    """Our area over each rival's, library by library, and whether the order is the same."""
    found = []
    for rows in data.ROWS:
        for d in book.dims():
            lines = []
            for where in book.libraries():
                order = ranking(book, where, d, rows)
                if not order:
                    continue
                odd = exceptions(book, where, d, rows)
                line = [Cell(library.LIBRARIES[where].title,
                             "strong" if where == book.library else ""),
                        f"{library.LIBRARIES[where].clock_ns:g}"]
                for profile in lanes.PROFILES:
                    ours = book.get("ours", profile, d, rows, where)
                    for lane in opponents(book, profile):
                        entry = book.get(*lane, d, rows, where)
                        line.append(ratio(over(of(ours, "area"), of(entry, "area")), 2))
                few = len(order) < len(book.lanes())
                words = "the tables'" if where == book.library else "same" if not odd else \
                    "other: " + "; ".join(f"{title(*second, True)} below {title(*first, True)}"
                                          for first, second in odd)
                line.append(Cell(words + (f" (of {len(order)} lanes)" if few else ""),
                                 "bad" if odd else ""))
                lines.append(line)
            if len(lines) > 1:
                heads = [f"{profile} / {title(*lane, True)}" for profile in lanes.PROFILES
                         for lane in opponents(book, profile)]
                found.append(Table(["library", "clock, ns", *heads, "order by area"], lines,
                                   f"d = {d}, {'one row' if rows == 1 else 'eight rows'}", 1,
                                   (len(heads) + 2,)))
    return found


def traces(book):
    """Energy of jobs other than that of the tables: real attention inputs."""
    places = [place for place in book.wanted() if place in book.entries]
    jobs = sorted({job for place in places for job in book.entries[place].energies
                   if job != data.MAIN_JOB})
    lines = []
    for job in jobs:
        for place in places:
            entry = book.entries[place]
            if entry.energy(job) is None:
                continue
            base = book.get("a", "fine", place.d, place.rows)
            lines.append([job, title(place.design, place.profile), str(place.d), str(place.rows),
                          f"{entry.energy(job)['job']['keys']:,}", f"{entry.picojoules(job):.1f}",
                          figure(entry, of(entry, "energy"), ".1f"),
                          ratio(over(entry.picojoules(job),
                                     None if base is None else base.picojoules(job)))])
    return [Table(["job", "lane", "d", "rows", "keys", "pJ a key", f"pJ a key, {data.MAIN_JOB}",
                   "energy / (a)"], lines, "", 2)] if lines else []


def netlists(book):
    """What each netlist is made of, and what was compared before its figures counted."""
    lines = []
    for place in book.wanted():
        entry = book.entries.get(place)
        if entry is None:
            continue
        raw = entry.raw
        lines.append([title(place.design, place.profile), str(place.d), str(place.rows),
                      f"{raw['flops']:,}", f"{raw['clock_gates']:,}",
                      f"{raw['area']['memory_bits']:,}", entry.replay,
                      Cell(f"void: {entry.void}", "void") if entry.void else
                      Cell("sources changed since", "bad") if entry.stale else
                      Cell("of an earlier search", "bad") if book.earlier(entry) else
                      Cell("counts, kept of an earlier report" if entry.kept else "counts",
                           "good")])
    return Table(["lane", "d", "rows", "flip-flops", "clock gates", "memory bits", "replayed",
                  "state"], lines, "", 1, (6, 7))
