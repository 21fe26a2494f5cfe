# SPDX-License-Identifier: Apache-2.0
"""flashd compare with the real twin and the repository's own tables.

  twin_test.py FLASHD
"""
import json
import subprocess
import sys

import support

PROGRAM = sys.argv[1]


class Twin(support.Compare):
    def test_bert_on_the_device(self):
        done = subprocess.run(
            [support.PYTHON, "-B", str(support.ROOT / "python" / "compare.py"), "--program", PROGRAM,
             "--records", str(self.records), "--out", str(self.folder / "out"), "--jobs", "1",
             "--workloads", "bert-512", "--json"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        doc = json.loads(done.stdout)
        point = subprocess.run([PROGRAM, "sweep-point", "--config", "base", "--workload",
                                "prefill:512,d=64", "--memory", "bandwidth:60,16"],
                               capture_output=True, text=True, check=True)
        told = json.loads(point.stdout)
        workload, device = doc["workloads"][0], doc["device"]
        self.assertEqual(workload["cycles_of_a_job"], told["report"]["busy_cycles"])
        own = workload["machines"][0]["quantities"]
        self.assertAlmostEqual(own["time"]["value"],
                               12 * told["report"]["busy_cycles"] * 2e-6, places=9)
        self.assertAlmostEqual(own["energy"]["value"] / (12e-9 * told["energy"]["total_pj"]), 1)
        # 512 multipliers, each two FLOP a cycle of 2 ns, and never more than all of them.
        self.assertLess(own["tflops"]["value"], 0.512)
        self.assertGreater(own["tflops"]["value"], 0.8 * 0.512)
        silicon = json.loads((support.ROOT / "docs/results/silicon.json").read_text())
        lane = [p["cells_um2"] for p in silicon["points"] if p["library"] == "nangate45" and
                p["design"] == "ours" and p["profile"] == "fine" and p["d"] == 64 and
                p["rows"] == 8 and p["clock_ns"] == 2.0]
        self.assertEqual([device["parts"]["lanes"]], [4 * lane[0]])
        self.assertEqual(device["memory_bits"], told["on_chip_bits"])


if __name__ == "__main__":
    support.main(__name__)
