# SPDX-License-Identifier: Apache-2.0
"""flashd synth --report on results made up here: figures, void and missing points, bars, files."""
import contextlib
import csv
import io
import json
import pathlib
import re
import sys
import tempfile
import unittest
import xml.etree.ElementTree

import fixture
from fixture import ROOT, energy, full, point, put

try:
    import matplotlib  # noqa: F401
except ImportError as error:
    print(f"skipped: the Python module {error.name} is missing")
    sys.exit(77)

import report  # noqa: E402
import report_bars  # noqa: E402
import report_data  # noqa: E402
import report_energy  # noqa: E402
import report_run  # noqa: E402
import report_tables  # noqa: E402
import report_units  # noqa: E402

WANTED = 6 * len(report_data.LANES)  # points of the tables: three d, one and eight rows
OURS, FLASH2 = ("ours", "fine"), ("a", "fine")


class Case(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="flashd_report_")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def run_report(self, *options):
        """(exit status, printed text); the report is in folder/report."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = report.main(["--out", str(self.folder), "--report",
                                  str(self.folder / "report"), *options])
        return status, out.getvalue()

    def text(self, name):
        return (self.folder / "report" / name).read_text(encoding="utf-8")

    def put(self, lane, d=64, rows=8, joules=True, **changes):
        result = point(lane, d, rows, **{name: changes.pop(name) for name in
                                         ("library", "clock", "scale") if name in changes})
        wrong = changes.pop("wrong", 0)
        result.update(changes)
        put(self.folder, result, energy(result, lane, wrong) if joules else None)
        return result

    def bar(self, rival, rows, profile, quantity):
        book = report_data.load(self.folder)
        return next(entry for entry in report_bars.results(book)
                    if (entry["rival"], entry["rows"], entry["profile"], entry["quantity"]) ==
                    (rival, rows, profile, quantity))


class Files(Case):
    def test_all_of_a_full_report(self):
        full(self.folder)
        status, said = self.run_report()
        self.assertEqual(status, 0)
        self.assertIn(f"0 of the {WANTED} of the tables are missing", said)
        names = {path.name for path in (self.folder / "report").iterdir()}
        self.assertEqual(names, {
            "silicon.md", "silicon.html", "silicon.csv", "silicon.json", "silicon_area.svg",
            "silicon_energy.svg", "silicon_error.svg", "silicon_delay.svg",
            "silicon_units_d16.svg", "silicon_units_d64.svg", "silicon_units_d256.svg"})
        page = self.text("silicon.html")
        self.assertNotRegex(page, r"<(link|script|img)|https?://(?!www\.w3\.org)")
        ids = re.findall(r'\bid="([^"]+)"', page)
        self.assertEqual(len(ids), len(set(ids)))
        for target in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page):
            self.assertIn("".join(target), ids)
        self.assertNotRegex(page, "#0[0-9]0[0-9]0[0-9]")  # every colour became a variable
        for name in names:
            if name.endswith(".svg"):
                xml.etree.ElementTree.fromstring(self.text(name))
                self.assertNotIn("var(", self.text(name))  # programs that know no variables
                self.assertIn("prefers-color-scheme: dark", self.text(name))
                self.assertIn("<text", self.text(name))
                self.assertIn(f"({name})", self.text("silicon.md"))
        for line in self.text("silicon.md").splitlines():
            if line.startswith("|"):
                self.assertGreater(line.count("|"), 2)

    def test_csv_and_json_have_the_figures(self):
        result = self.put(OURS)
        self.run_report()
        rows = list(csv.DictReader(io.StringIO(self.text("silicon.csv"))))
        self.assertEqual(len(rows), 1)
        self.assertEqual(float(rows[0]["area_um2"]), result["area"]["total"])
        self.assertEqual(float(rows[0]["pj_per_key"]), 220.0)
        found = json.loads(self.text("silicon.json"))
        self.assertEqual(found["points"][0]["by_unit_um2"]["output"], 76000.0)
        self.assertEqual(found["published_percent"], {"area": -22.8, "power": -20.3})

    def test_old_charts_go(self):
        full(self.folder)
        self.run_report()
        for path in self.folder.glob("*/*_1.5ns.json"):
            path.unlink()
        for path in self.folder.glob("*/*_3ns.json"):
            path.unlink()
        self.run_report()
        self.assertFalse((self.folder / "report/silicon_delay.svg").exists())

    def test_nothing_at_all(self):
        status, said = self.run_report()
        self.assertEqual(status, 0)
        self.assertIn(f"{WANTED} of the {WANTED}", said)
        text = self.text("silicon.md")
        self.assertIn("--design ours --d 16,64,256 --rows 1,8 --library nangate45 --pdk DIR", text)
        self.assertNotIn("| met |", text)

    def test_quick_wants_less(self):
        _, said = self.run_report("--quick")
        self.assertIn("20 of the 20", said)
        self.assertNotIn("--design b", self.text("silicon.md"))

    def test_folder_that_cannot_be(self):
        taken = self.folder / "a file"
        taken.write_text("", encoding="utf-8")
        status, said = self.run_report("--report", str(taken / "report"))
        self.assertEqual((status, said.count("\n")), (2, 1))
        self.assertIn("a file/report: a folder is expected", said)

    def test_unknown_library(self):
        status, said = self.run_report("--library", "none")
        self.assertEqual(status, 2)
        self.assertIn("'none' is no library", said)


class Void(Case):
    """Figures of a netlist that was not replayed, or differed, appear nowhere."""

    def hidden(self, result):
        self.run_report()
        number = f"{result['area']['total']:,.0f}"
        for name in ("silicon.md", "silicon.html"):
            self.assertNotIn(number, self.text(name))
        for name in ("silicon.csv", "silicon.json"):
            self.assertNotIn(str(result["area"]["total"]), self.text(name))
        self.assertIn("void", self.text("silicon.csv"))
        self.assertIsNone(self.bar("a", 8, "fine", "area")["met"])

    def test_not_replayed(self):
        self.put(FLASH2)
        self.hidden(self.put(OURS, joules=False, verified=None))

    def test_nothing_compared(self):
        self.put(FLASH2)
        self.hidden(self.put(OURS, joules=False,
                             verified={"cycles": 5, "outputs": 0, "mismatches": 0}))

    def test_outputs_differ(self):
        self.put(FLASH2)
        self.hidden(self.put(OURS, verified={"cycles": 5, "outputs": 9, "mismatches": 1}))

    def test_a_failure_of_the_replay(self):
        self.put(FLASH2)
        self.hidden(self.put(OURS, verified={"cycles": 0, "outputs": 0, "mismatches": 0,
                                             "failure": "The netlist cannot be simulated."}))
        self.assertIn("void: The netlist cannot be simulated", self.text("silicon.md"))

    def test_energy_run_differs_and_no_replay(self):
        self.put(FLASH2)
        self.hidden(self.put(OURS, verified=None, wrong=3))

    def test_a_void_rival_gives_no_ratio(self):
        self.put(OURS)
        self.put(FLASH2, joules=False, verified=None)
        self.assertIsNone(self.bar("a", 8, "fine", "area")["measured"])

    def test_energy_run_counts_as_replay(self):
        self.put(OURS, verified=None)
        entry = next(iter(report_data.load(self.folder).entries.values()))
        self.assertEqual((entry.void, entry.replay), ("", "540 cycles, 4,096 output bits"))

    def test_energy_of_another_netlist(self):
        result = self.put(OURS)
        joules = energy(result, OURS)
        joules["area_um2"] *= 1.01
        put(self.folder, result, joules)
        entry = next(iter(report_data.load(self.folder).entries.values()))
        self.assertEqual((entry.void, entry.picojoules()), ("", None))


class Bars(Case):
    def setUp(self):
        super().setUp()
        kept, report_data.sources_hash = report_data.sources_hash, lambda _: "0" * 64
        self.addCleanup(setattr, report_data, "sources_hash", kept)

    def test_of_changed_sources(self):
        base = self.put(FLASH2)["area"]["total"]
        result = point(OURS, 64, 8)
        result["area"].update(total=0.5 * base, cells=0.5 * base - result["area"]["memory"])
        put(self.folder, result)
        self.assertIs(self.bar("a", 8, "fine", "area")["met"], True)
        report_data.sources_hash = lambda design: "1" * 64 if design == "a" else "0" * 64
        found = self.bar("a", 8, "fine", "area")
        self.assertEqual((found["met"], found["stale"], found["measured"]), (None, True, 0.5))

    def test_of_two_searches(self):
        self.put(FLASH2)
        self.put(OURS, scale=0.5, edition=2)
        found = self.bar("a", 8, "fine", "area")
        self.assertEqual((found["met"], found["mixed"]), (None, True))
        book = report_data.load(self.folder)
        clock = [entry for entry in report_bars.speeds(book) if entry["rows"] == 8][0]
        self.assertEqual((clock["mixed"], clock["at_least_a"]), (True, None))
        self.run_report()
        self.assertIn("**Points of an earlier search for netlists: 1.**", self.text("silicon.md"))
        self.assertIn("the netlists are of two searches", self.text("silicon.md"))
        self.put(FLASH2, edition=2)
        self.assertIs(self.bar("a", 8, "fine", "area")["met"], True)
        clock = [entry for entry in report_bars.speeds(report_data.load(self.folder))
                 if entry["rows"] == 8][0]
        self.assertEqual((clock["mixed"], clock["at_least_a"]), (False, True))

    def test_at_the_limit(self):
        base = self.put(FLASH2)["area"]["total"]
        for area, met in ((0.66 * base, True), (0.6601 * base, False)):
            result = point(OURS, 64, 8)
            result["area"].update(total=area, cells=area - result["area"]["memory"])
            put(self.folder, result)
            self.assertEqual(self.bar("a", 8, "fine", "area")["met"], met)

    def test_ours_has_to_meet_the_clock(self):
        self.put(FLASH2)
        self.put(OURS, scale=0.5)
        self.assertTrue(self.bar("a", 8, "fine", "area")["met"])
        timing = {**point(OURS, 64, 8)["timing"], "slack_ns": -0.001, "min_period_ns": 2.001}
        self.put(OURS, scale=0.5, timing=timing)
        self.assertFalse(self.bar("a", 8, "fine", "area")["met"])

    def test_error_no_worse(self):
        self.put(OURS, scale=0.5)
        self.put(("c", "fine"))
        book = report_data.load(self.folder)
        for factor, met in ((1.0, True), (0.99, False)):
            mine = report_data.Errors(1e-4, 1e-3, 2e-4, "peaky", 4096)
            book.errors = {("ours", "fine", 64): mine, ("c", "fine", 64): report_data.Errors(
                1e-4, 1e-3, 2e-4 * factor, "peaky", 4096)}
            found = [entry for entry in report_bars.results(book) if entry["rival"] == "c" and
                     entry["rows"] == 8 and entry["profile"] == "fine"]
            self.assertEqual([entry["met"] for entry in found], [met, met])

    def test_goals_beyond_the_bars(self):
        self.put(FLASH2)
        self.put(OURS)
        book = report_data.load(self.folder)
        for (scale, joules), met in (((0.6, 0.4), [False, True]), ((0.5, 0.5), [True, False])):
            mine = book.get("ours", "fine", 64, 8)
            other = book.get("a", "fine", 64, 8)
            mine.raw["area"]["total"] = scale * other.area
            mine.energies["n01"]["job"]["pj_per_key"] = joules * other.picojoules() - 1e-9
            found = [entry for entry in report_bars.goals(book) if entry["profile"] == "fine"]
            self.assertEqual([entry["met"] for entry in found], met)

    def test_energy_of_a_trace(self):
        for lane, joules in ((OURS, 90.0), (FLASH2, 180.0)):
            result = self.put(lane)
            found = energy(result, lane)
            found["job"]["pj_per_key"] = joules
            folder = self.folder / "nangate45" / "{}_{}_d64_r8_2ns".format(*lane)
            (folder / "energy_some_trace.json").write_text(json.dumps(found), encoding="utf-8")
        self.run_report()
        self.assertIn("| some_trace | ours, fine | 64 | 8 | 512 | 90.0 | 220.0 | 0.500 |",
                      self.text("silicon.md"))

    def test_throughput(self):
        self.put(OURS)
        self.put(FLASH2, timing={**point(FLASH2, 64, 8)["timing"], "slack_ns": -2.0,
                                 "min_period_ns": 4.0})
        found = self.bar("a", 8, "fine", "area")
        self.assertAlmostEqual(found["throughput"], found["measured"] / 2)

    def test_clock(self):
        self.put(OURS)
        self.put(FLASH2)
        speed = next(entry for entry in report_bars.speeds(report_data.load(self.folder))
                     if entry["rows"] == 8 and entry["profile"] == "fine")
        self.assertTrue(speed["at_least_a"] and speed["at_least_500"])

    def test_clock_of_the_fastest_netlist(self):
        self.put(OURS)
        for clock in (1.0, 2.0):
            self.put(FLASH2, clock=clock)
        speed = next(entry for entry in report_bars.speeds(report_data.load(self.folder))
                     if entry["rows"] == 8 and entry["profile"] == "fine")
        self.assertEqual((speed["ours_target_ns"], speed["a_target_ns"]), (2.0, 1.0))
        self.assertAlmostEqual(speed["a_mhz"], 1000 / point(FLASH2, 64, 8, clock=1.0)[
            "timing"]["min_period_ns"], 1)

    def test_energy_of_another_netlist_does_not_count(self):
        for text, counts in (("module a;", True), ("module b;", False)):
            self.put(OURS)
            folder = self.folder / "nangate45/ours_fine_d64_r8_2ns"
            (folder / "lane.v").write_text("module a;", encoding="utf-8")
            kept = json.loads((folder / "energy_n01.json").read_text(encoding="utf-8"))
            kept["netlist_hash"] = report_data.netlist_hash(folder)
            (folder / "energy_n01.json").write_text(json.dumps(kept), encoding="utf-8")
            (folder / "lane.v").write_text(text, encoding="utf-8")
            entry, = report_data.load(self.folder).entries.values()
            self.assertEqual("n01" in entry.energies, counts)


class Order(Case):
    def test_same_and_other(self):
        for where in ("nangate45", "sky130hd"):
            for lane in (OURS, FLASH2):
                self.put(lane, 16, 1, False, library=where)
        book = report_data.load(self.folder)
        self.assertEqual(report_tables.exceptions(book, "sky130hd", 16, 1), [])
        self.put(OURS, 16, 1, False, library="sky130hd", scale=2.0)
        book = report_data.load(self.folder)
        self.assertEqual(report_tables.exceptions(book, "sky130hd", 16, 1), [(OURS, FLASH2)])
        self.run_report()
        self.assertIn("other: (a) below ours, fine", self.text("silicon.md"))


class Making(unittest.TestCase):
    """What --quick and --full ask the flow for."""

    def commands(self, *options):
        return report_run.commands(report.parse(["--report", "--programs", "bin", *options]))

    def test_quick(self):
        self.assertEqual(self.commands("--quick", "--library", "nangate45"), [
            ["--library", "nangate45", "--design", "ours,a,c", "--d", "16,64", "--rows", "1,8"]])

    def test_full_asks_for_every_point_of_the_tables(self):
        found = self.commands("--full", "--library", "nangate45")
        self.assertEqual([command[5] for command in found[:3]], ["64", "16", "256"])
        self.assertEqual({command[3] for command in found[:3]}, {"all"})
        self.assertIn("1.2,1.5,3,4", found[3])

    def test_without_benches(self):
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit):
            report.parse(["--report", "--full"])

    def test_names_of_the_benches(self):
        def name(*place):
            return report_energy.program_name(report_data.Place(*place, "nangate45", 2.0))
        self.assertEqual(name("ours", "lean", 16, 8), "flashd_lane_ours_lean_d16_r8")
        self.assertEqual(name("a", "fine", 64, 1), "flashd_lane_flash2_bf16_d64_r1")


class Parts(Case):
    def test_they_sum_up_to_the_lane(self):
        result = self.put(OURS)
        result["area"]["by_unit"]["memory"] = result["area"]["by_unit"].pop("rows")
        put(self.folder, result)
        entry = next(iter(report_data.load(self.folder).entries.values()))
        for found in (entry.units(), report_units.parts(entry)):
            self.assertAlmostEqual(sum(found.values()), result["area"]["total"], 0)

    def test_units_of_several_lanes(self):
        for unit, part in (("score_group", "score"), ("bf16_sum", "score"), ("memory", "memory"),
                           ("flash2_bf16_element", "output"), ("output_group", "output"),
                           ("output_sum", "output"),
                           ("lane_running_sum", "control"), ("running_sum_queue", "queue"),
                           ("sigmoid_serial", "weight"),
                           ("running_sum_output", "result"), ("lane_merge", "merge"),
                           ("lane_flash2_bf16", "control"), ("nothing_known", "other")):
            self.assertEqual(report_units.part(unit), part, unit)


class Errors(unittest.TestCase):
    def test_the_tables_file_has_every_lane(self):
        found = report_data.accuracy(report_data.ACCURACY)
        wanted = {(*lane, d) for lane in report_data.LANES if lane[0] != "e"
                  for d in report_data.DIMS}
        self.assertLessEqual(wanted, set(found))
        for errors in found.values():
            self.assertGreaterEqual(errors.worst, errors.n01)

    def test_equal_or_how_much_worse(self):
        def of(n01, worst):
            return report_data.Errors(n01, 1e-3, worst, "peaky", 512)
        self.assertTrue(report_tables.judge(of(1e-4, 2e-4), of(1e-4, 2e-4))[1])
        cell, equal = report_tables.judge(of(1e-4, 2e-4), of(1e-5, 6e-4))
        self.assertFalse(equal)
        self.assertEqual(cell.text, "worse by 3.00 x")


if __name__ == "__main__":
    assert fixture.ROOT == ROOT
    unittest.main()
