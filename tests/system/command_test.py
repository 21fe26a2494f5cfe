# SPDX-License-Identifier: Apache-2.0
"""flashd run on the verilated device: the bits of golden, counters, and how it fails.

  command_test.py FLASHD FOLDER-OF-PLUG-INS FOLDER-OF-TRACES
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

FLASHD, PLUGINS, TRACES = sys.argv[1:4]


class RunOnTheDevice(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_case(self, status, trace, backend, *options):
        out = pathlib.Path(self.folder.name) / f"{trace}_{backend}_{len(os.listdir(self.folder.name))}"
        done = subprocess.run(
            [FLASHD, "run", "--input", pathlib.Path(TRACES) / trace, "--output", out, "--config", "tiny",
             "--backend", backend, *options],
            env={**os.environ, "FLASHD_PLUGIN_DIR": PLUGINS}, capture_output=True, text=True,
            check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        if status != 0:
            self.assertFalse(out.exists(), "a failed run left files")
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return out, done.stderr

    def test_every_trace_has_the_bits_of_golden(self):
        traces = sorted(p.name for p in pathlib.Path(TRACES).iterdir() if p.is_dir())
        self.assertGreaterEqual(len(traces), 3)
        memories = ("ideal", "dram:ddr4-2400,300", "bandwidth:30,8")
        for trace, memory in zip(traces, memories):
            with self.subTest(trace=trace):
                golden, _ = self.run_case(0, trace, "golden")
                device, _ = self.run_case(0, trace, "rtl", "--memory", memory, "--stall", "0.05")
                for name in ("o.npy", "lse.npy"):
                    self.assertEqual((golden / name).read_bytes(), (device / name).read_bytes())
                stats = json.loads((device / "stats.json").read_text())
                counters, common = stats["device"], stats["counters"]
                self.assertEqual(len(counters), 30)
                self.assertEqual(counters["keys_scored"], common["scores"])
                self.assertEqual(counters["busy"], common["cycles"])
                self.assertEqual(counters["jobs"], 1)
                shape = stats["job"]
                self.assertEqual(common["compared"]["outputs"],
                                 shape["heads_q"] * shape["queries"] * (shape["dv"] + 1))

    def test_a_memory_changes_cycles_and_no_bit(self):
        cycles = []
        outputs = set()
        for memory in ("ideal", "fixed:100", "bandwidth:10,2"):
            out, _ = self.run_case(0, "minilm_L0_n24", "rtl", "--memory", memory)
            cycles.append(json.loads((out / "stats.json").read_text())["device"]["busy"])
            outputs.add((out / "o.npy").read_bytes())
        self.assertEqual(len(outputs), 1)
        self.assertLess(cycles[0], cycles[1])
        self.assertLess(cycles[1], cycles[2])

    def test_the_same_seed_gives_the_same_cycles(self):
        counters = []
        for seed in ("5", "5", "6"):
            out, _ = self.run_case(0, "minilm_L0_n24", "rtl", "--stall", "0.3", "--seed", seed)
            counters.append(json.loads((out / "stats.json").read_text())["device"])
        self.assertEqual(counters[0], counters[1])
        self.assertNotEqual(counters[0]["busy"], counters[2]["busy"])

    def test_a_memory_that_does_not_answer_is_a_fault(self):
        _, err = self.run_case(4, "minilm_L0_n24", "rtl", "--memory", "fixed:1000000")
        self.assertIn("the bus hung", err)
        self.assertIn("repeat with: ./flashd run", err)

    def test_what_does_not_fit_is_refused(self):
        _, err = self.run_case(2, "minilm_L0_n24", "rtl", "--skip-v-fetch")
        self.assertIn("skip_v", err)
        _, err = self.run_case(2, "minilm_L0_n24", "rtl", "--memory", "dram:none")
        self.assertIn("ddr4-2400", err)

    def test_a_wave_is_written(self):
        wave = pathlib.Path(self.folder.name) / "wave.fst"
        self.run_case(0, "minilm_L0_n24", "rtl", "--wave", str(wave))
        self.assertGreater(wave.stat().st_size, 10000)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
