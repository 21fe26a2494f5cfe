# SPDX-License-Identifier: Apache-2.0
"""Tables of flashd compare from synthetic inputs, against figures worked out by hand."""
import csv
import io
import re

import by_hand
import support


class Tables(support.Compare):
    def test_figures_by_hand(self):
        self.record()
        wrong, compared = by_hand.differences(self.document("--workloads", "bert-512"))
        self.assertEqual(wrong, [])
        self.assertEqual(compared, 110)

    def test_text_and_markdown_say_what_every_number_is(self):
        from compare_values import QUANTITIES
        self.record()
        for form in ([], ["--markdown"]):
            text = self.run_compare(0, "--workloads", "bert-512", *form)
            self.assertIn("SYNTHETIC", text)
            kinds, compared = set(), 0
            for line in text.splitlines():
                cells = [c.strip() for c in (line.strip("|").split("|") if form else
                                             re.split("  +", line))]
                if not cells[0].endswith(tuple(f", {unit}" for unit, _ in QUANTITIES.values())):
                    continue
                for cell in cells[1:]:
                    if cell != "-":
                        self.assertRegex(cell, r"^[\d.,]+(e[+-]\d+)? (est|scaled|meas|publ|meas/publ)$")
                        kinds.add(cell.split()[1])
                        compared += 1
            self.assertEqual(compared, 48)
            self.assertEqual(kinds, {"est", "scaled", "meas", "publ", "meas/publ"})
            for words in ("2.4 est", "0.637 scaled", "0.5 meas", "814 publ", "0.00198 meas/publ",
                          "126 (scaled over measured)", "flashd-fast over sdpa-cudnn: 0.800",
                          "scores 0.024 est" if not form else "| scores | 0.024 est |",
                          "absent: flash-attn-3: no wheel", "DRAM at 243.75 pJ", "control, AXI"):
                self.assertIn(words, " ".join(text.split()))

    def test_a_published_figure_is_in_a_column_of_its_own(self):
        text = self.run_compare(0, "--workloads", "bert-512", "--markdown")
        head = next(line for line in text.splitlines() if "published |" in line)
        cells = next(line for line in text.splitlines() if line.startswith("| performance, "))
        at = [c.strip() for c in head.split("|")].index("[E] published")
        values = [c.strip() for c in cells.split("|")]
        self.assertEqual(values[at], "392 publ")
        self.assertEqual(sum("publ" in value for value in values), 1)

    def test_without_a_record_it_says_so(self):
        text = self.run_compare(0, "--workloads", "bert-512", "decode-128k")
        self.assertNotIn("meas ", text.replace("meas(ured)", ""))
        self.assertIn("no record", text)
        self.assertIn("on a machine with a GPU, bench/gpu.py writes one", text)
        doc = self.document("--workloads", "bert-512")
        kinds = {q["kind"] for m in doc["workloads"][0]["machines"] for q in m["quantities"].values()}
        self.assertEqual(kinds, {"estimated", "scaled", "published"})
        rows = list(csv.DictReader(io.StringIO(self.run_compare(0, "--workloads", "bert-512",
                                                                "--csv"))))
        self.assertEqual([r["kind"] for r in rows if r["class"] == "gpu"], ["no record"])

    def test_a_record_of_other_shapes_gives_no_column(self):
        made = self.record()
        shapes = {"bert-512": {**made["shapes"]["bert-512"], "heads": 6, "kv_heads": 6}}
        results = [{**r, "tflops": r["tflops"] / 2} for r in made["results"]]
        self.record(shapes=shapes, results=results)
        machines = self.document("--workloads", "bert-512")["workloads"][0]["machines"]
        self.assertEqual([m for m in machines if m["class"] == "gpu"], [])

    def test_all_kernels_and_an_unknown_gpu(self):
        self.record(device={"name": "Made-up Z9", "driver": "0"})
        workload = self.document("--workloads", "bert-512", "--all-kernels")["workloads"][0]
        gpus = [m for m in workload["machines"] if m["class"] == "gpu"]
        self.assertEqual([m["kernel"] for m in gpus],
                         ["flashd-fast", "flashd-portable", "sdpa-cudnn"])
        for gpu in gpus:
            self.assertNotIn("area", gpu["quantities"])
            self.assertNotIn("tflops_per_mm2", gpu["quantities"])
            self.assertEqual(gpu["node"], "not on file")
        self.assertEqual(workload["ratios"], [])

    def test_csv_holds_the_numbers_of_the_json(self):
        self.record()
        doc = self.document("--workloads", "bert-512", "decode-128k")
        rows = list(csv.DictReader(io.StringIO(
            self.run_compare(0, "--workloads", "bert-512", "decode-128k", "--csv"))))
        got = {(r["workload"], r["machine"], r["node"], r["quantity"]): (float(r["value"]), r["kind"])
               for r in rows if r["class"] in ("asic", "gpu", "published") and r["value"]}
        want = {(w["name"], m["machine"], m["node"], name): (q["value"], q["kind"])
                for w in doc["workloads"] for m in w["machines"]
                for name, q in m["quantities"].items()}
        self.assertEqual(got, want)
        self.assertEqual(len(got), 2 * 27 + 18 + 3)

    def test_jobs_of_an_attention(self):
        doc = self.document("--workloads", "bert-512", "prefill-8k", "decode-128k", "bar-16k-causal")
        self.assertEqual([(w["point"], w["jobs"], w["flops"]) for w in doc["workloads"]], [
            ("prefill:512,d=64", 12, 4 * 12 * 512 * 512 * 64),
            ("prefill:8192,d=128,causal", 32, 2 * 32 * 8192 * 8192 * 128),
            ("decode:4x131072,d=128", 8, 4 * 32 * 131072 * 128),
            ("prefill:16384,d=128,causal", 16, 2 * 16 * 16384 * 16384 * 128)])

    def test_points_are_run_once(self):
        for _ in range(2):
            self.run_compare(0, "--workloads", "bert-512", "decode-128k", "bert-512")
        self.assertEqual(sorted(self.log.read_text().split()),
                         ["decode:4x131072,d=128", "prefill:512,d=64"])

    def test_a_lane_of_earlier_sources_is_told(self):
        import json
        old = {"sources_changed": True}
        for lane, small, words in (({}, {}, 0), (old, {}, 1), ({}, old, 0)):
            self.silicon.write_text(json.dumps({"points": [
                {**support.LANE, **lane}, support.SMALL, {**support.ASAP7, **small}]}))
            doc = self.document("--workloads", "bert-512")
            self.assertEqual(sum("since silicon.json" in n for n in doc["not_included"]), words)
            self.assertEqual(sum("made of earlier sources" in n for n in doc["scaling"]["notes"]),
                             int(bool(small)))

    def test_a_late_lane_slows_the_clock(self):
        import json
        late = {**support.LANE, "min_period_ns": 2.5}
        self.silicon.write_text(json.dumps({"points": [late]}))
        doc = self.document("--workloads", "bert-512")
        own = doc["workloads"][0]["machines"][0]["quantities"]
        self.assertAlmostEqual(own["time"]["value"], 3.0)
        self.assertIsNone(doc["scaling"]["check"])


class Incomplete(support.Compare):
    def test_a_record_of_a_run_that_was_ended(self):
        import gpu_record
        for complete in (True, False):
            self.record(complete=complete)
            text = self.run_compare(0, "--workloads", "bert-512", "--markdown")
            self.assertEqual("INCOMPLETE: the run was ended early" in text, not complete)
            self.assertIs(self.document("--workloads", "bert-512")["records"][0]["complete"], complete)
        self.record()
        self.assertNotIn("INCOMPLETE", self.run_compare(0, "--workloads", "bert-512"))
        with self.assertRaisesRegex(gpu_record.Bad, "'complete' is neither true nor false"):
            gpu_record.check({**support.RECORD, "complete": 1})


if __name__ == "__main__":
    support.main(__name__)
