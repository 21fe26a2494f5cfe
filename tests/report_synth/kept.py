# SPDX-License-Identifier: Apache-2.0
"""flashd synth --report --keep: points of an earlier report, beside results that are newer."""
import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import pages  # ends with 77 where a module of Python is missing
from fixture import full
from pages import FLASH2, OURS, WANTED, report, report_data


class Kept(pages.Case):
    """Points of an earlier report."""

    @classmethod
    def setUpClass(cls):
        """A full report, the results that it was made of gone."""
        holder = tempfile.TemporaryDirectory(prefix="flashd_report_")
        cls.addClassCleanup(holder.cleanup)
        cls.full = pathlib.Path(holder.name) / "report"
        full(holder.name)
        with contextlib.redirect_stdout(io.StringIO()):
            report.main(["--out", holder.name, "--report", str(cls.full)])

    def earlier(self, change=lambda points: None):
        """Path of its JSON, changed."""
        found = json.loads((self.full / "silicon.json").read_text(encoding="utf-8"))
        change(found["points"])
        path = self.folder / "earlier.json"
        path.write_text(json.dumps(found), encoding="utf-8")
        return str(path)

    def test_nothing_is_lost(self):
        names = ("silicon.csv", "silicon_area.svg", "silicon_energy.svg", "silicon_units_d64.svg")
        path = self.earlier()
        before = {name: (self.full / name).read_text(encoding="utf-8") for name in names}
        tables = (self.full / "silicon.md").read_text(encoding="utf-8")
        status, said = self.run_report("--keep", path)
        self.assertEqual((status, said.split()[0]), (0, str(WANTED + 2 * len(report_data.LANES) + 4)))
        self.assertEqual({name: self.text(name) for name in names}, before)
        self.assertEqual(self.text("silicon.md"), tables)
        again = self.text("silicon.json")
        (self.folder / "earlier.json").write_text(again, encoding="utf-8")
        self.run_report("--keep", path)
        self.assertEqual(self.text("silicon.json"), again)

    def test_what_is_there_goes_first(self):
        path = self.earlier()
        result = self.put(OURS, scale=2.0)
        self.put(FLASH2, verified={"cycles": 5, "outputs": 4, "mismatches": 1}, joules=False)
        book = report_data.load(self.folder, earlier=path)
        ours = book.get("ours", "fine", 64, 8)
        self.assertEqual((ours.area, ours.kept), (result["area"]["total"], False))
        self.assertIn("differ", book.get("a", "fine", 64, 8).void)
        self.assertTrue(book.get("a", "fine", 64, 1).kept)

    def test_energy_of_the_same_netlist(self):
        def mark(points):
            for each in points:
                each["netlist_hash"] = "one"
        path = self.earlier(mark)
        for name, joules in (("one", 220.0), ("two", None)):
            self.put(OURS, joules=False, netlist_hash=name)
            entry = report_data.load(self.folder, earlier=path).get("ours", "fine", 64, 8)
            self.assertEqual(entry.picojoules(), joules)

    def test_sources(self):
        def mark(points):
            for each in points:
                each["sources_hash"] = report_data.sources_hash("a")
        book = report_data.load(self.folder, earlier=self.earlier(mark))
        self.assertEqual([book.get(name, "fine", 64, 8).stale for name in "ab"], [False, True])

    def test_named_recipes_are_told(self):
        def mark(points):
            for each in points:
                each["taken"] = {"flashd_bf16_sum": "fast gates+"} if each["rows"] == 1 and \
                    each["d"] == 64 and each["design"] == "a" and each["clock_ns"] == 2 else {}
        self.run_report("--keep", str(self.earlier(mark)))
        told = "(`--take`, docs/synth.md): (a) FlashAttention-2, BF16, d 64, rows 1."
        self.assertIn(told, self.text("silicon.md"))
        self.run_report("--keep", str(self.earlier()))
        self.assertNotIn("--take", self.text("silicon.md"))

    def test_void_points_are_left_out(self):
        def void(points):
            points[0] = {**points[0], "state": "void: netlist not replayed"}
        book = report_data.load(self.folder, earlier=self.earlier(void))
        self.assertEqual(len(book.entries), WANTED + 2 * len(report_data.LANES) + 3)

    def test_no_report(self):
        for text in ("", "[]", '{"points": [{"state": "counts"}]}', '{"points": 3}'):
            path = self.folder / "odd.json"
            path.write_text(text, encoding="utf-8")
            status, said = self.run_report("--keep", str(path))
            self.assertEqual((status, said.count("\n")), (2, 1))
            self.assertIn("odd.json is no JSON of a report", said)


if __name__ == "__main__":
    unittest.main()
