# SPDX-License-Identifier: Apache-2.0
"""Runs bench/gpu.py with the stand-ins of this folder, on two small shapes."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import support

STANDINS = pathlib.Path(__file__).resolve().parent
QUICK = ["--rounds", "3", "--repeat", "4", "--warmup", "1", "--energy-seconds", "0.05",
         "--idle-seconds", "0.05", "--kernels", "fast", "portable", "sdpa-cudnn", "sdpa-flash",
         "flash-attn-2", "flash-attn-3"]
SHAPES = {"plain": {"batch": 1, "heads": 2, "kv_heads": 2, "queries": 24, "keys": 24, "d": 8,
                    "causal": False},
          "grouped": {"batch": 2, "heads": 4, "kv_heads": 2, "queries": 16, "keys": 16, "d": 8,
                      "causal": True}}
FLOPS = {"plain": 4 * 2 * 24 * 24 * 8, "grouped": 2 * 2 * 4 * 16 * 16 * 8}
COMPILERS = [path for path in map(shutil.which, ("cc", "gcc", "clang")) if path]
NVML = "libnvidia-ml.so.1"


class Runs(unittest.TestCase):
    """A copy of the scripts, a program, a driver; and the record of a run."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.driver = pathlib.Path(folder.name) / "driver"
        cls.driver.mkdir()
        subprocess.run([COMPILERS[0], "-shared", "-fPIC", "-o", cls.driver / NVML,
                        STANDINS / "nvml.c"], check=True)
        cls.no_driver = pathlib.Path(folder.name) / "none"  # whatever this machine has
        cls.no_driver.mkdir()
        (cls.no_driver / NVML).touch()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        bench = self.folder / "bench"  # a copy of the scripts with small shapes
        bench.mkdir()
        for path in (support.ROOT / "bench").glob("gpu*.py"):
            (bench / path.name).write_text(path.read_text())
        (bench / "workloads.json").write_text(json.dumps({"workloads": SHAPES}))
        self.script = bench / "gpu.py"
        self.program = self.folder / "flashd_gpu_bench"
        self.program.write_text(f"#!/bin/sh\nexec {support.PYTHON} -B {STANDINS}/gpu_bench.py \"$@\"\n")
        self.program.chmod(0o755)
        self.log = self.folder / "log"
        self.path = self.folder / "record.json"

    def start(self, *options, modules=STANDINS, driver=None, **extra):
        libraries = [str(driver or self.driver), os.environ.get("LD_LIBRARY_PATH", "")]
        environment = {**os.environ, "STANDIN_LOG": str(self.log), "PYTHONPATH": str(modules),
                       "LD_LIBRARY_PATH": ":".join(filter(None, libraries)),
                       "CUDA_VISIBLE_DEVICES": "", **extra}
        return subprocess.Popen([support.PYTHON, "-B", str(self.script), "--program",
                                 str(self.program), *options], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=environment)

    def finish(self, process, status):
        """Standard output, or the one sentence."""
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, status, out + err)
        if status == 0:
            return out
        self.assertEqual(err.count("\n"), 1, err)
        self.assertTrue(err.startswith("gpu.py: "), err)
        return err

    def run_gpu(self, status, *options, **extra):
        return self.finish(self.start(*options, **extra), status)

    def measure(self, *options, **extra):
        """The record of a run, with the idle power taken off every energy alike."""
        import gpu_record
        self.run_gpu(0, *QUICK, "--record", str(self.path), *options, **extra)
        record = json.loads(self.path.read_text())
        gpu_record.check(record)
        self.assertIs(record["complete"], True)
        idle = [watts for watts in record["idle_w"].values() if watts is not None]
        for r in record["results"]:
            e = r["energy"]
            if e:
                flops = FLOPS[r["shape"]] * e["launches"]
                self.assertAlmostEqual(e["idle_w"], sum(idle) / len(idle))
                self.assertAlmostEqual(e["busy"] * e["seconds"],
                                       1e-3 * e["launches"] * r["median_ms"])
                self.assertAlmostEqual(e["pj_per_flop"] * flops / e["joules"] * 1e-12, 1)
                self.assertAlmostEqual(e["pj_per_flop_idle_subtracted"] * flops * 1e-12,
                                       e["joules"] - e["idle_w"] * e["seconds"])
        return record

    @staticmethod
    def told(record):
        return {a["kernel"]: a["reason"] for a in record["absent"]}
