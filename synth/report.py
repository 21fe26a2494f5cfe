#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flashd synth --report: what the flow measured as silicon.md, .csv, .json, .html and charts.

  ./flashd synth --report [DIR]            of what is in out/synth; DIR: default out/synth/report
  ./flashd synth --report [DIR] --quick    first ours, a and c at d = 16 and 64, one clock
  ./flashd synth --report [DIR] --full     first everything that the tables and curves need

--quick and --full do only what is not done already; without --programs --quick writes the smaller
tables of what is there. --keep JSON adds the points of an earlier report that are not there, so that
tables grow over several machines. Points that are nowhere are listed with the command that makes
them; a netlist that was not replayed against golden has no figures.
Exit status: 0 written, 1 written but a point failed, 2 bad usage, 3 a tool is missing.
"""
import argparse
import csv
import io
import json
import pathlib
import sys

import library
import out_folder
import report_bars
import report_data
import report_doc
import report_pages
import report_tools
import report_units
import rtl

COLUMNS = ("library", "clock_ns", "design", "profile", "d", "rows", "state", "area_um2",
           "cells_um2", "memory_um2", "memory_bits", "flip_flops", "clock_gates", "min_period_ns",
           "fmax_mhz", "slack_ns", "pj_per_key", "mw", "error_n01", "error_n01_bf16",
           "error_worst", "error_worst_inputs", "replayed", "sources_changed")


def record(book, entry):
    """One point as a flat dictionary; a void one has no figures."""
    place, raw = entry.place, entry.raw
    error = book.error(place.design, place.profile, place.d)
    found = {"library": place.library, "clock_ns": place.clock_ns, "design": place.design,
             "profile": place.profile, "d": place.d, "rows": place.rows,
             "state": f"void: {entry.void}" if entry.void else "counts",
             "replayed": entry.replay, "sources_changed": entry.stale}
    if error:
        found.update(error_n01=error.n01, error_n01_bf16=error.n01_bf16, error_worst=error.worst,
                     error_worst_inputs=error.worst_inputs)
    if not entry.void:
        area = raw["area"]
        found.update(area_um2=area["total"], cells_um2=area["cells"], memory_um2=area["memory"],
                     memory_bits=area["memory_bits"], flip_flops=raw["flops"],
                     clock_gates=raw["clock_gates"], min_period_ns=entry.period,
                     fmax_mhz=round(entry.fmax, 1), slack_ns=raw["timing"]["slack_ns"],
                     pj_per_key=entry.picojoules(), mw=entry.milliwatts())
    return found


def ordered(book):
    """Entries by library, clock, rows, d and lane."""
    order = {lane: place for place, lane in enumerate(report_data.LANES)}
    return sorted(book.entries.values(), key=lambda entry: (
        entry.place.library, entry.place.clock_ns, entry.place.rows, entry.place.d,
        order.get((entry.place.design, entry.place.profile), 99)))


def table(book):
    """All points as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for entry in ordered(book):
        writer.writerow(record(book, entry))
    return out.getvalue()


def data(book):
    """Everything as a dictionary for JSON."""
    points = []
    for entry in ordered(book):
        found = {name: value for name, value in record(book, entry).items() if value is not None}
        if not entry.void:
            found["by_unit_um2"] = entry.units()
            found["by_part_um2"] = report_units.parts(entry)
            found["energies"] = {job: {
                "clock_ns": run["clock_ns"], **{
                    name: run["job"].get(name)
                    for name in ("keys", "cycles", "pj_per_key", "pj_per_key_by", "mw")},
                "units_fj": {name: round(unit["total_fj_per_cycle"], 1)
                             for name, unit in run["job"].get("units", {}).items()}}
                for job, run in entry.energies.items()}
            kept = ("sources_hash", "netlist_hash", "edition", "flow_hash", "tools", "taken")
            found.update({name: entry.raw[name] for name in kept if entry.raw.get(name)})
        points.append(found)
    return {"library": book.library, "clock_ns": book.clock_ns, "quick": book.quick,
            "published_percent": report_bars.PUBLISHED, "bars": report_bars.results(book),
            "clock_bars": report_bars.speeds(book), "points": points,
            "missing": report_tools.missing(book), "conditions": report_tools.conditions(book),
            "tools": report_tools.tools(book)}


def write(book, folder):
    """Writes the report; returns the paths, the page to look at last."""
    import report_charts  # Matplotlib takes a second, and only this needs it
    figures = report_charts.all_figures(book)
    sections = report_pages.sections(book, figures)
    texts = {f"{name}.svg": report_charts.alone(figure.svg) + "\n"
             for name, figure in figures.items()}
    texts |= {"silicon.csv": table(book), "silicon.json": json.dumps(data(book), indent=1) + "\n",
              "silicon.md": report_doc.markdown(report_pages.TITLE, sections, report_pages.LEAD),
              "silicon.html": report_doc.page(report_pages.TITLE, sections)}
    for old in folder.glob("silicon_*.svg"):
        if old.name not in texts:
            old.unlink()  # of points that are gone
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def parse(arguments):
    parser = argparse.ArgumentParser(prog="flashd synth --report", allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__)
    parser.add_argument("--report", nargs="?", metavar="DIR", const="", default="",
                        help="where the report goes, default: OUT/report")
    parser.add_argument("--out", default=str(rtl.ROOT / "out/synth"), metavar="OUT",
                        help="results of the flow")
    parser.add_argument("--keep", metavar="JSON",
                        help="silicon.json of an earlier report: its points that OUT has not")
    parser.add_argument("--library", help="of the tables, default: nangate45 if it is there")
    parser.add_argument("--clock", type=float, metavar="NS", help="default: the library's target")
    parser.add_argument("--accuracy", default=str(report_data.ACCURACY), metavar="CSV",
                        help="errors of the models")
    parser.add_argument("--quick", action="store_true", help="ours, a and c; d = 16 and 64")
    parser.add_argument("--full", action="store_true", help="all lanes, d, clocks and libraries")
    making = parser.add_argument_group("with --quick or --full")
    making.add_argument("--programs", metavar="DIR", help="folder of the lanes' benches")
    making.add_argument("--pdk", metavar="DIR", help="folder with a folder of the library's name")
    making.add_argument("--liberty", nargs="+", default=[], metavar="FILE",
                        help="liberty files of the library")
    making.add_argument("--jobs", metavar="N", help="points done at the same time")
    making.add_argument("--list-programs", action="store_true",
                        help="names of the benches that are needed, and nothing else")
    making.add_argument("--no-energy", action="store_true", help="no energies")
    options = parser.parse_args(arguments)
    if options.quick and options.full:
        parser.error("--quick excludes --full")
    if options.full and not (options.programs or options.list_programs):
        parser.error("--full needs --programs DIR: netlists are replayed and measured with them")
    return options


def main(arguments):
    options = parse(arguments)
    if options.list_programs:
        import report_run
        print("\n".join(report_run.programs(options)))
        return 0
    failed = 0
    try:
        where = out_folder.made(options.report or pathlib.Path(options.out) / "report")
        if options.programs and (options.quick or options.full):
            import report_run  # the flow is needed only here
            options.library = report_run.main_library(options)
            failed = report_run.run(options)
        book = report_data.load(options.out, options.accuracy, options.library, options.clock,
                                options.quick, options.keep)
    except library.Unusable as sentence:
        print(f"flashd: {sentence}", file=sys.stderr)
        return 2
    except rtl.Skip as reason:
        print(f"flashd: {reason}", file=sys.stderr)
        return 3
    except ImportError as error:
        print(f"flashd: the Python module {error.name} is missing", file=sys.stderr)
        return 3
    paths = write(book, where)
    counted = sum(not entry.void for entry in book.entries.values())
    wanted = book.wanted()
    absent = sum(place not in book.entries for place in wanted)
    print(f"{len(book.entries)} points, {counted} of them count; {absent} of the {len(wanted)} of "
          f"the tables are missing")
    print(f"report: {paths[-1]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
