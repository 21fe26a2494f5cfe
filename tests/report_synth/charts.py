# SPDX-License-Identifier: Apache-2.0
"""Charts of flashd synth --report: names that can be read, and the table beside the curves."""
import re
import unittest
import xml.etree.ElementTree

import pages
from fixture import ROOT, point, put

SVG = "{http://www.w3.org/2000/svg}"
HEIGHT, WIDTH = 7.5, 4.2  # of a name's letters, px


def names(root):
    """Lanes' names of the chart of errors as (text, left, right, top, bottom), px."""
    for text in root.iter(f"{SVG}text"):
        style = text.get("style") or ""
        if f"font-size: {HEIGHT}px" not in style:
            continue
        wide, x, y = WIDTH * len(text.text), float(text.get("x")), float(text.get("y"))
        left = x - wide if "text-anchor: end" in style else x
        yield text.text, left, left + wide, y - 0.75 * HEIGHT, y + 0.2 * HEIGHT


def lines(root):
    """Lines from an error to the worst one as (left, right, height), px."""
    for path in root.iter(f"{SVG}path"):
        found = re.fullmatch(r"M (\S+) (\S+)\s+L (\S+) (\S+)\s*", path.get("d") or "")
        if found and "stroke-width: 1.4" in (path.get("style") or "") and found[2] == found[4]:
            left, right = sorted((float(found[1]), float(found[3])))
            yield left, right, float(found[2])


class Charts(pages.Case):
    def errors(self):
        text = (self.folder / "report" / "silicon_error.svg").read_text(encoding="utf-8")
        return xml.etree.ElementTree.fromstring(text)

    def readable(self):
        """How many names the chart of errors has; no two overlap, none lies on a line."""
        root = self.errors()
        all_names = list(names(root))
        compared = 0
        for place, (text, left, right, top, bottom) in enumerate(all_names):
            for other, start, end, above, below in all_names[:place]:
                compared += 1
                self.assertFalse(left < end and start < right and top < below and above < bottom,
                                 f"{text} lies on {other}")
            for start, end, height in lines(root):
                compared += 1
                self.assertFalse(left < end and start < right and top < height < bottom,
                                 f"{text} lies on a line at {start:.0f} to {end:.0f}, {height:.0f}")
        self.assertGreater(compared, len(all_names))
        return len(all_names)

    def test_names_of_the_kept_report(self):
        kept = ROOT / "docs" / "results" / "silicon.json"
        self.assertEqual(self.run_report("--keep", str(kept))[0], 0)
        self.assertEqual(self.readable(), 16)

    def test_names_of_lanes_of_one_size(self):
        for lane in pages.report_data.LANES:
            self.put(lane, area=point(pages.OURS, 64, 8)["area"])
        self.assertEqual(self.run_report()[0], 0)
        self.assertEqual(self.readable(), len(pages.report_data.LANES) - 1)  # (e) computes nothing

    def test_search_of_each_point_of_a_curve(self):
        for clock, edition in ((1.5, 1), (2.0, 2), (3.0, 2)):
            put(self.folder, {**point(pages.OURS, 64, 8, clock=clock), "edition": edition})
        self.assertEqual(self.run_report()[0], 0)
        table = self.text("silicon.md").split("## Area and delay")[1]
        rows = [[cell.strip() for cell in line.split("|")[1:-1]]
                for line in table.split("\n## ")[0].splitlines()
                if line.startswith("| ours, fine")]
        self.assertEqual([(row[3], row[-1]) for row in rows],
                         [("1.5", "an earlier one"), ("2", "the latest"), ("3", "the latest")])


if __name__ == "__main__":
    unittest.main()
