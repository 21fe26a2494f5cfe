# SPDX-License-Identifier: Apache-2.0
"""Synthetic inputs of flashd compare: a stand-in for the twin, a report of lanes, a GPU record.

Nothing here was measured. The figures are round, so that what compare prints can be worked out by hand.
"""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "python"), str(ROOT / "bench")]
PYTHON = os.environ.get("FLASHD_PYTHON") or sys.executable

# A job takes 100,000 cycles and 3 uJ, of which DRAM takes 1 uJ; what it counts is arbitrary.
TWIN = '''#!{python}
import json, sys
words = sys.argv[1:]
def values(name):
    at = words.index(name) + 1
    end = next((i for i in range(at, len(words)) if words[i].startswith("--")), len(words))
    return words[at:end]
config, memory = values("--config")[0], values("--memory")[0]
machine = {{"multipliers": 512, "on_chip_bits": 1000000, "axi_bytes": 16}}
if "--plan" in words:
    print(json.dumps({{"spec_hash": "0x1", "energy_table": "t", "energy_sentence": "a stand-in",
                      "configs": {{config: machine}}, "memories": {{}}, "left_out": [],
                      "points": [{{"config": config, "workload": w, "memory": memory}}
                                 for w in values("--workload")]}}))
    sys.exit(0)
sys.path.insert(0, {folder!r})
import sweep_points as s
with open({log!r}, "a") as log:
    log.write(values("--workload")[0] + "\\n")
report = {{name: 1 for name in s.REPORT + s.STALLS}}
report.update(busy_cycles=100000, utilisation=0.9, limit="score_array", sentence="s.")
groups = {{name: 0 for name in s.GROUPS}}
groups.update(scores=2e6, dram=1e6)
print(json.dumps({{"config": config, "numerics": "fine", "workload": values("--workload")[0],
                  "memory": memory, "spec_hash": "0x1", "energy_table": "t", **machine,
                  "report": report, "device": {{}},
                  "energy": {{"total_pj": 3e6, "pj_per_pair": 1, "power_mw": 1, "groups_pj": groups}}}}))
'''

LANE = {"library": "nangate45", "design": "ours", "profile": "fine", "d": 64, "rows": 8,
        "clock_ns": 2.0, "state": "counts", "cells_um2": 100000.0, "memory_um2": 16000.0,
        "memory_bits": 32000, "area_um2": 116000.0, "min_period_ns": 1.9}
SMALL = {**LANE, "d": 16, "cells_um2": 40000.0, "memory_um2": 4000.0, "memory_bits": 8000}
ASAP7 = {**SMALL, "library": "asap7", "clock_ns": 0.9, "cells_um2": 4000.0, "memory_um2": 400.0,
         "min_period_ns": 0.95}
BERT = {"batch": 1, "heads": 12, "kv_heads": 12, "queries": 512, "keys": 512, "d": 64,
        "causal": False}
FLOPS = 805306368  # 4 x 12 x 512 x 512 x 64


def result(kernel, family, ms, pj):
    """A kernel that takes `ms` in each of two rounds of three launches."""
    return {"kernel": kernel, "family": family, "shape": "bert-512", "format": "bf16",
            "times_ms": [[ms] * 3] * 2, "median_ms": ms, "p10_ms": ms, "p90_ms": ms,
            "tflops": FLOPS / ms * 1e-9, "error": None,
            "energy": {"joules": 100.0, "idle_w": 50.0, "pj_per_flop": pj,
                       "pj_per_flop_idle_subtracted": pj * 0.75}}


RECORD = {"schema": "flashd-gpu-bench", "version": 1, "synthetic": True,
          "date": "2000-01-01T00:00:00Z", "command": "made up for a test", "commit": None,
          "changed": None, "device": {"name": "Made-up H100", "driver": "0"},
          "shapes": {"bert-512": BERT}, "absent": [{"kernel": "flash-attn-3", "reason": "no wheel"}],
          "results": [result("flashd-fast", "ours", 0.5, 2.0),
                      result("flashd-portable", "ours", 1.0, 3.0),
                      result("sdpa-cudnn", "baseline", 0.4, 2.5)]}


class Compare(unittest.TestCase):
    """A folder with all inputs, and the command."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.records = self.folder / "records"
        self.records.mkdir()
        self.silicon = self.folder / "silicon.json"
        self.silicon.write_text(json.dumps({"points": [LANE, SMALL, ASAP7]}))
        self.log = self.folder / "log"
        self.program = self.folder / "twin"
        self.program.write_text(TWIN.format(python=PYTHON, folder=str(ROOT / "python"),
                                            log=str(self.log)))
        self.program.chmod(0o755)

    def record(self, **changes):
        """Writes the synthetic record, changed."""
        made = {**copy.deepcopy(RECORD), **changes}
        (self.records / "synthetic.json").write_text(json.dumps(made))
        return made

    def command(self, *options, root=ROOT):
        return [PYTHON, "-B", str(root / "python" / "compare.py"), "--program", str(self.program),
                "--records", str(self.records), "--silicon", str(self.silicon), "--out",
                str(self.folder / "out"), "--jobs", "1", *options]

    def run_compare(self, status, *options, root=ROOT):
        """Standard output if good, else the one sentence of a refusal."""
        done = subprocess.run(self.command(*options, root=root), capture_output=True, text=True,
                              check=False, timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if status == 0:
            return done.stdout
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("flashd: "), done.stderr)
        return done.stderr

    def document(self, *options, root=ROOT):
        return json.loads(self.run_compare(0, "--json", *options, root=root))


def main(module):
    """Runs the tests of a module, or says which wheel is absent."""
    probe = subprocess.run([PYTHON, "-c", "import numpy, tqdm, yaml"], capture_output=True, check=False)
    if probe.returncode != 0:
        print("SKIP: the wheels numpy, tqdm and PyYAML are absent; ./flashd compare installs them")
        sys.exit(77)
    unittest.main(module=module, argv=sys.argv[:1], verbosity=2)
