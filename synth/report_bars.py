# SPDX-License-Identifier: Apache-2.0
"""What the comparison has to reach, and whether it did. Limits as they were set; none is moved.

Area and energy per key of our lane over those of the rival, Nangate45, d = 64, same clock target.
"""
import dataclasses

import report_data as data
from report_doc import Cell, Table

PUBLISHED = {"area": -22.8, "power": -20.3}  # percent; arXiv 2505.14201, grade P: paper's text
BAR_LIBRARY, BAR_D = "nangate45", 64
LEAST_MHZ = 500.0


@dataclasses.dataclass(frozen=True)
class Bar:
    """Ours over `rival` at most `limit`; `error`: only where our error is no worse."""
    rival: str
    rows: int
    profile: str
    limit: float
    error: bool = False


BARS = (
    Bar("a", 8, "fine", 0.66), Bar("a", 8, "lean", 0.62),
    Bar("a", 1, "fine", 0.77), Bar("a", 1, "lean", 0.72),
    Bar("b", 8, "fine", 0.42), Bar("b", 8, "lean", 0.42),
    Bar("b", 1, "fine", 0.46), Bar("b", 1, "lean", 0.46),
    Bar("c", 8, "fine", 1.0, True), Bar("c", 8, "lean", 1.0, True),
    Bar("c", 1, "fine", 1.15, True), Bar("c", 1, "lean", 1.15, True),
    Bar("d", 8, "fine", 0.70), Bar("d", 8, "lean", 0.70),
    Bar("e", 8, "fine", 1.35), Bar("e", 8, "lean", 1.35),
    Bar("e", 1, "fine", 1.35), Bar("e", 1, "lean", 1.35),
)
GOAL = {"area": 0.50, "energy": 0.40}  # beyond the bars, against (a) with eight rows


def over(mine, other):
    """mine / other, None if one is not known."""
    return mine / other if mine is not None and other else None


def of(entry, quantity):
    """A quantity of an entry or of none."""
    if entry is None:
        return None
    return {"area": lambda: entry.area, "energy": entry.picojoules,
            "cost": lambda: entry.cost, "fmax": lambda: entry.fmax}[quantity]()


def pair(book, bar):
    """(ours, the rival) in the library of the bars; None where there is no such point."""
    where = None if book.library == BAR_LIBRARY else BAR_LIBRARY
    profile = bar.profile if (bar.rival, bar.profile) in data.LANES else "fine"
    return (book.get("ours", bar.profile, BAR_D, bar.rows, where),
            book.get(bar.rival, profile, BAR_D, bar.rows, where))


def fair(book, bar):
    """Our error is no worse than the rival's; None if one is not known."""
    profile = bar.profile if (bar.rival, bar.profile) in data.LANES else "fine"
    mine = book.error("ours", bar.profile, BAR_D)
    other = book.error(bar.rival, profile, BAR_D)
    if not mine or not other:
        return None
    return mine.n01 <= other.n01 and mine.worst <= other.worst


def judged(book, bar, quantity, limit, goal):
    """A bar on a quantity as a dictionary; met: True, False, None if it was not measured, or on
    sources that have changed since, or netlists of two editions of the search."""
    ours, rival = pair(book, bar)
    measured = over(of(ours, quantity), of(rival, quantity))
    error = fair(book, bar) if bar.error else None
    late = measured is not None and ours.misses
    met = None if measured is None else measured <= limit
    if met and bar.error:
        met = error
    if met and late:  # smaller, but not at the clock
        met = False
    stale = measured is not None and (ours.stale or rival.stale)
    mixed = measured is not None and ours.edition != rival.edition
    if met and (stale or mixed):
        met = None
    return {"rival": bar.rival, "rows": bar.rows, "profile": bar.profile, "quantity": quantity,
            "limit": limit, "measured": measured, "met": met, "goal": goal,
            "error_no_worse": error,
            "throughput": over(of(ours, "cost"), of(rival, "cost")) if quantity == "area"
            else measured,
            "late": late, "rival_late": measured is not None and rival.misses, "stale": stale,
            "mixed": mixed}


def results(book):
    """The bars, and the goal beyond them."""
    return [judged(book, bar, quantity, bar.limit, bar.rival == "e")
            for bar in BARS for quantity in ("area", "energy")
            if (bar.rival, quantity) != ("e", "energy")] + goals(book)


def goals(book):
    """The goal beyond the bars: ours over (a) with eight rows."""
    return [judged(book, Bar("a", 8, profile, limit), quantity, limit, True)
            for profile in ("fine", "lean") for quantity, limit in GOAL.items()]


def speeds(book):
    """The bars of the clock: one dictionary per rows and profile.

    Of every lane its fastest netlist, whatever clock it was made for: a target that is met leaves
    a slack by chance.
    """
    found = []
    for rows in data.ROWS:
        other = book.fastest("a", "fine", BAR_D, rows, BAR_LIBRARY)
        rival = of(other, "fmax")
        for profile in ("fine", "lean"):
            own = book.fastest("ours", profile, BAR_D, rows, BAR_LIBRARY)
            mine = of(own, "fmax")
            mixed = None not in (mine, rival) and own.edition != other.edition
            found.append({"rows": rows, "profile": profile, "ours_mhz": mine, "a_mhz": rival,
                          "ours_target_ns": own.place.clock_ns if own else None,
                          "a_target_ns": other.place.clock_ns if other else None,
                          "mixed": mixed, "at_least_a": None if mixed or None in (mine, rival)
                          else mine >= rival,
                          "at_least_500": None if mine is None else mine >= LEAST_MHZ})
    return found


def verdict(met, goal=False):
    if met is None:
        return Cell("not measured", "missing")
    if met:
        return Cell("goal met" if goal else "met", "good")
    return Cell("goal not met" if goal else "not met", "bad")


def ratio(value, digits=3):
    return Cell("", "missing") if value is None else f"{value:.{digits}f}"


def tables(book):
    """Tables of the bars, for the report."""
    rows = []
    for entry in results(book):
        note = []
        if entry["error_no_worse"] is not None:
            note.append("error no worse" if entry["error_no_worse"] else "our error is larger")
        note += ["ours misses the target"] * entry["late"]
        note += ["the rival misses the target"] * entry["rival_late"]
        note += ["sources have changed since"] * entry["stale"]
        note += ["the netlists are of two searches"] * entry["mixed"]
        rows.append([f"ours, {entry['profile']}, over ({entry['rival']})", str(entry["rows"]),
                     entry["quantity"], f"<= {entry['limit']:.2f}", ratio(entry["measured"]),
                     verdict(entry["met"], entry["goal"]), ratio(entry["throughput"]),
                     "; ".join(note)])
    clock = []
    for entry in speeds(book):
        mine, other = entry["ours_mhz"], entry["a_mhz"]
        clock.append([f"ours, {entry['profile']}", str(entry["rows"]),
                      ratio(mine, 0), ratio(entry["ours_target_ns"], 1),
                      ratio(other, 0), ratio(entry["a_target_ns"], 1), verdict(entry["at_least_a"]),
                      verdict(entry["at_least_500"])])
    return [Table(["ratio", "rows", "of", "bar", "measured", "", "at equal throughput", "note"],
                  rows, "Nangate45, d = 64, same clock target", 3, (5, 7)),
            Table(["lane", "rows", "Fmax, MHz", "made for, ns", "Fmax of (a), MHz", "made for, ns",
                   ">= (a)", ">= 500 MHz"], clock,
                  "Clock, Nangate45, d = 64, by static timing, the fastest netlist of all targets",
                  2, (6, 7))]
