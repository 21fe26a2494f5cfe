# SPDX-License-Identifier: Apache-2.0
"""What the report is made from: result files of the flow, energies of netlists, errors of models.

A point whose netlist was not replayed against golden, or differed, is void: its figures are None.
"""
import csv
import dataclasses
import functools
import json
import pathlib

import build
import lanes
import library
import rtl

ACCURACY = rtl.ROOT / "docs/results/silicon_accuracy.csv"
LANES = tuple((name, profile) for name, design in lanes.DESIGNS.items()
              for profile in design.profiles)
DIMS, ROWS = (16, 64, 256), (1, 8)
MAIN_JOB = "n01"
NOT_REPLAYED = "netlist not replayed"


@dataclasses.dataclass(frozen=True)
class Place:
    """Which point: of which lane, how wide, in which library, for which clock."""
    design: str
    profile: str
    d: int
    rows: int
    library: str
    clock_ns: float

    @property
    def name(self):
        return f"{self.design}_{self.profile}_d{self.d}_r{self.rows}_{self.clock_ns:g}ns"


@dataclasses.dataclass
class Entry:
    """A point with its figures; `void` says why they do not count, or is empty."""
    place: Place
    raw: dict
    energies: dict      # job -> what synth/energy.py wrote
    replay: str         # what was compared, for people
    void: str
    stale: bool         # the sources are others today
    kept: bool = False  # of an earlier report

    @property
    def area(self):
        return None if self.void else self.raw["area"]["total"]

    @property
    def memory(self):
        return None if self.void else self.raw["area"]["memory"]

    @property
    def period(self):
        """Smallest period by static timing, ns."""
        return None if self.void else self.raw["timing"]["min_period_ns"]

    @property
    def fmax(self):
        return None if self.void else 1000.0 / self.period

    @property
    def misses(self):
        """The netlist is slower than its target."""
        return self.raw["timing"]["slack_ns"] < 0

    @property
    def edition(self):
        """Of the search that found the netlist."""
        return self.raw.get("edition", 1)

    @property
    def cost(self):
        """um2 ns: silicon for one key per nanosecond, at the clock that the netlist reaches."""
        return None if self.void else self.area * max(self.period, self.place.clock_ns)

    def energy(self, job=MAIN_JOB):
        """The job's figures (energy.py), or None."""
        return None if self.void or job not in self.energies else self.energies[job]

    def picojoules(self, job=MAIN_JOB):
        """pJ a key."""
        found = self.energy(job)
        return found["job"]["pj_per_key"] if found else None

    def milliwatts(self, job=MAIN_JOB):
        found = self.energy(job)
        return found["job"]["mw"] if found else None

    def units(self):
        """Unit -> um2, memory among them, the largest first."""
        found = dict(self.raw["area"]["by_unit"])
        if "memory" in found:  # the flow's name for gates whose nearest register is a memory
            found["before memories"] = found.pop("memory")
        if self.raw["area"]["memory"]:
            found["memory"] = self.raw["area"]["memory"]
        return dict(sorted(found.items(), key=lambda item: -item[1]))


@functools.lru_cache(maxsize=None)
def sources_hash(design):
    """Hash of the sources that a design is made of, as they are now."""
    try:
        return build.hash_of(lanes.DESIGNS[design].used())
    except OSError:
        return ""


def read(path):
    """A JSON file as a dictionary, or None."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def netlist_hash(folder):
    """Hash of a point's netlist, or an empty string if it is not there."""
    try:
        return build.mark((folder / "lane.v").read_text(encoding="utf-8"))
    except OSError:
        return ""


def energies(folder, name, cells_area):
    """(job -> figures, job -> why not) of the files NAME.energy_JOB.json, NAME/energy_JOB.json."""
    good, bad = {}, {}
    paths = sorted(folder.glob(f"{name}.energy*.json")) + sorted(
        (folder / name).glob("energy*.json"))
    for path in paths:
        found = read(path)
        if not found or "pj_per_key" not in found.get("job", {}):
            continue
        job = path.stem.rpartition("energy")[2].lstrip("_") or MAIN_JOB
        if found.get("wrong_count", 1) or not found.get("compared_bits"):
            bad[job] = "outputs differ" if found.get("wrong_count") else "no output compared"
        elif abs(found["area_um2"] - cells_area) > 1e-3 * cells_area + 1 or \
                found.get("netlist_hash", "") not in ("", netlist_hash(folder / name)):
            bad[job] = "of another netlist"
        else:
            good[job] = found
    return good, bad


def replayed(verified, measured):
    """(what was compared, why the point is void) from the flow's field and the energy runs."""
    if isinstance(verified, dict):
        wrong = verified.get("mismatches", verified.get("wrong", verified.get("wrong_count", 0)))
        wrong = len(wrong) if isinstance(wrong, (list, dict)) else wrong
        if verified.get("failure") and not wrong:
            return "", verified["failure"].rstrip(".")
        if wrong:
            return "", f"{wrong} outputs differ from golden"
        parts = [f"{value:,} {key.replace('_', ' ')}" for key, value in verified.items()
                 if isinstance(value, int) and not isinstance(value, bool) and value]
        nothing = not parts or verified.get("outputs") == 0
        return ", ".join(parts), NOT_REPLAYED if nothing else ""
    if verified is False:
        return "", "outputs differ from golden"
    if measured:
        bits = sum(found["compared_bits"] for found in measured.values())
        cycles = sum(found["job"]["cycles"] for found in measured.values())
        return f"{cycles:,} cycles, {bits:,} output bits", ""
    return ("", "") if verified is True else ("", NOT_REPLAYED)


def entry_of(path):
    """Entry of a result file of the flow, or None if the file is none."""
    raw = read(path)
    if not raw or not {"design", "area", "timing", "clock_ns"} <= set(raw) or \
            raw["design"] not in lanes.DESIGNS:
        return None
    place = Place(raw["design"], raw["profile"], raw["d"], raw["rows"], raw["library"],
                  raw["clock_ns"])
    good, bad = energies(path.parent, path.stem, raw["area"]["cells"])
    replay, void = replayed(raw.get("verified"), good)
    if void == NOT_REPLAYED and "outputs differ" in bad.values():
        void = "outputs differ from golden"
    return Entry(place, raw, good, replay, void,
                 raw.get("sources_hash") != sources_hash(place.design))


def kept_entry(point):
    """Entry of a point that counts of an earlier report's JSON, which has all that tables and charts
    show."""
    place = Place(*(point[name] for name in ("design", "profile", "d", "rows", "library",
                                             "clock_ns")))
    units = {name: area for name, area in point["by_unit_um2"].items() if name != "memory"}
    if "before memories" in units:
        units["memory"] = units.pop("before memories")
    raw = {"sources_hash": point.get("sources_hash", ""), "tools": point.get("tools", {}),
           "taken": point.get("taken", {}),
           "netlist_hash": point.get("netlist_hash", ""), "edition": point.get("edition", 1),
           "flow_hash": point.get("flow_hash", ""),
           "area": {"total": point["area_um2"], "cells": point["cells_um2"], "by_unit": units,
                    "memory": point["memory_um2"], "memory_bits": point["memory_bits"]},
           "flops": point["flip_flops"], "clock_gates": point["clock_gates"],
           "timing": {"slack_ns": point["slack_ns"], "min_period_ns": point["min_period_ns"]}}
    runs = {job: {"clock_ns": run["clock_ns"], "job": {**run, "units": {
        name: {"total_fj_per_cycle": energy} for name, energy in run["units_fj"].items()}}}
        for job, run in point["energies"].items()}
    return Entry(place, raw, runs, point["replayed"], "",
                 raw["sources_hash"] != sources_hash(place.design), True)


def keep(found, path):
    """Adds the points of an earlier report that are not in `found` (Place -> Entry), and energies of
    netlists that have none there. Void points are not kept. Raises library.Unusable."""
    report = read(pathlib.Path(path))
    try:
        entries = [kept_entry(point) for point in report["points"] if point["state"] == "counts"
                   and point["design"] in lanes.DESIGNS]
    except (KeyError, TypeError, AttributeError) as error:
        raise library.Unusable(f"{path} is no JSON of a report of this flow.") from error
    for entry in entries:
        there = found.setdefault(entry.place, entry)
        if there is not entry and there.raw.get("netlist_hash") and \
                there.raw["netlist_hash"] == entry.raw["netlist_hash"]:
            there.energies = {**entry.energies, **there.energies}


def bit_area(book):
    """um2 of a bit of memory in the tables' library, from the points; None if none has memory."""
    for place, entry in book.entries.items():
        if place.library == book.library and entry.raw["area"]["memory_bits"]:
            return entry.raw["area"]["memory"] / entry.raw["area"]["memory_bits"]
    return library.BIT_NANGATE if book.library == "nangate45" else None


@dataclasses.dataclass(frozen=True)
class Errors:
    """Relative L2 against float64 of a lane's model: n01 and the worst distribution."""
    n01: float
    n01_bf16: float
    worst: float
    worst_inputs: str
    keys: int


def accuracy(path):
    """(design, profile, d) -> Errors, the worst of the seeds; empty if there is no file."""
    if not pathlib.Path(path).exists():
        return {}
    rows = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            rows.setdefault((row["design"], row["profile"], int(row["d"])), []).append(row)
    found = {}
    for key, mine in rows.items():
        normal = [row for row in mine if row["inputs"] == MAIN_JOB]
        worst = max(mine, key=lambda row: float(row["rel_l2"]))
        if normal:
            found[key] = Errors(max(float(row["rel_l2"]) for row in normal),
                                max(float(row["rel_l2_bf16"]) for row in normal),
                                float(worst["rel_l2"]), worst["inputs"], int(worst["keys"]))
    return found


@dataclasses.dataclass
class Book:
    """All points, the library and clock of the tables, and the errors."""
    entries: dict       # Place -> Entry
    errors: dict
    library: str
    clock_ns: float
    quick: bool = False

    def get(self, design, profile, d, rows, where=None):
        """Entry or None; `where`: a library at its own clock target, default: the tables'."""
        name, clock = (where, library.LIBRARIES[where].clock_ns) if where and \
            where != self.library else (self.library, self.clock_ns)
        return self.entries.get(Place(design, profile, d, rows, name, clock))

    def fastest(self, design, profile, d, rows, where=None):
        """The entry with the smallest period among those of all clock targets, or None."""
        name = where or self.library
        found = [entry for place, entry in self.entries.items()
                 if (place.design, place.profile, place.d, place.rows, place.library) ==
                 (design, profile, d, rows, name) and not entry.void]
        return min(found, key=lambda entry: entry.period, default=None)

    def earlier(self, entry):
        """An entry is of an earlier edition of the search than another one here."""
        return entry.edition < max(each.edition for each in self.entries.values())

    def error(self, design, profile, d):
        return self.errors.get((design, profile, d))

    def lanes(self):
        """(design, profile) of the table."""
        return [lane for lane in LANES if not self.quick or lane[0] in ("ours", "a", "c")]

    def dims(self):
        return [d for d in DIMS if not self.quick or d != 256]

    def shown(self):
        """The head dimension of single charts and long tables: 64, else one with a figure."""
        there = {place.d for place in self.wanted()
                 if place in self.entries and not self.entries[place].void}
        return 64 if 64 in there or not there else min(there)

    def libraries(self):
        """Libraries with a point at their own target, that of the tables first."""
        there = {place.library for place in self.entries}
        return [self.library, *(name for name in library.LIBRARIES
                                if name in there and name != self.library)]

    def wanted(self):
        """Places of the tables."""
        return [Place(design, profile, d, rows, self.library, self.clock_ns)
                for d in self.dims() for rows in ROWS for design, profile in self.lanes()]


def load(folder, errors=ACCURACY, name=None, clock_ns=None, quick=False, earlier=None):
    """Book of a folder of the flow (out/synth), with what only the JSON of an `earlier` report has.
    Raises library.Unusable with a sentence."""
    found = {}
    for path in sorted(pathlib.Path(folder).glob("*/*.json")):
        entry = entry_of(path)
        if entry:
            found[entry.place] = entry
    if earlier:
        keep(found, earlier)
        found = dict(sorted(found.items(), key=lambda item: (item[0].library,
                                                             f"{item[0].name}.json")))
    there = {place.library for place in found}
    if name is None:
        name = "nangate45" if "nangate45" in there or not there else \
            library.DEFAULT if library.DEFAULT in there else sorted(there)[0]
    if name not in library.LIBRARIES:
        raise library.Unusable(f"'{name}' is no library; there are: "
                               f"{', '.join(library.LIBRARIES)}.")
    return Book(found, accuracy(errors), name, clock_ns or library.LIBRARIES[name].clock_ns, quick)
