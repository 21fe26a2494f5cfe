# SPDX-License-Identifier: Apache-2.0
"""bench/gpu.py with stand-ins for the GPU, PyTorch and our program: the record, absences, refusals."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import support

HERE = pathlib.Path(__file__).resolve().parent
STANDINS = HERE / "standins"
QUICK = ["--rounds", "3", "--repeat", "4", "--warmup", "1", "--energy-seconds", "0.05",
         "--idle-seconds", "0.05", "--kernels", "fast", "portable", "sdpa-cudnn", "sdpa-flash",
         "flash-attn-2", "flash-attn-3"]
SHAPES = {"plain": {"batch": 1, "heads": 2, "kv_heads": 2, "queries": 24, "keys": 24, "d": 8,
                    "causal": False},
          "grouped": {"batch": 2, "heads": 4, "kv_heads": 2, "queries": 16, "keys": 16, "d": 8,
                      "causal": True}}


class Gpu(unittest.TestCase):
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

    def run_gpu(self, status, *options, modules=STANDINS, **extra):
        """Standard output, or the one sentence."""
        environment = {**os.environ, "STANDIN_LOG": str(self.log), "PYTHONPATH": str(modules), **extra}
        environment.pop("CUDA_VISIBLE_DEVICES", None)
        done = subprocess.run([support.PYTHON, "-B", str(self.script), "--program",
                               str(self.program), *options], capture_output=True, text=True,
                              check=False, env=environment, timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if status == 0:
            return done.stdout
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("gpu.py: "), done.stderr)
        return done.stderr

    def measure(self, *options, **extra):
        """The record of a run."""
        self.run_gpu(0, *QUICK, "--record", str(self.path), *options, **extra)
        return json.loads(self.path.read_text())

    def test_the_record(self):
        import gpu_record
        record = self.measure()
        gpu_record.check(record)
        self.assertEqual(record["shapes"], SHAPES)
        self.assertEqual(record["device"]["driver"], "0.1")
        self.assertEqual({(r["kernel"], r["shape"]) for r in record["results"]},
                         {(k, s) for s in SHAPES for k in ("flashd-fast", "flashd-portable",
                                                           "sdpa-cudnn", "sdpa-flash", "flash-attn-2")})
        self.assertEqual(len(record["absent"]), 1)
        self.assertEqual(record["absent"][0]["kernel"], "flash-attn-3")
        self.assertIn("flash_attn_interface", record["absent"][0]["reason"])
        for r in record["results"]:
            self.assertEqual([len(times) for times in r["times_ms"]], [4, 4, 4])
            flops = 4 * 2 * 24 * 24 * 8 if r["shape"] == "plain" else 2 * 2 * 4 * 16 * 16 * 8
            self.assertAlmostEqual(r["tflops"] / (flops / r["median_ms"] * 1e-9), 1)
            self.assertEqual(r["expanded_kv"], (r["kernel"], r["shape"]) == ("sdpa-flash", "grouped"))
            energy = r["energy"]
            self.assertIsNone(r.get("energy_absent"))
            if r["family"] == "ours":
                self.assertEqual((energy["pj_per_flop"], r["error"]["relative"]), (1.5, 0.0002))
                continue
            self.assertLess(r["error"]["relative_l2"], 1e-12)
            # The counter adds 0.25 J a launch to 50 W; it counts in mJ.
            self.assertAlmostEqual(energy["pj_per_flop_idle_subtracted"] * flops / 0.25e12, 1, delta=0.05)
            self.assertGreater(energy["pj_per_flop"], energy["pj_per_flop_idle_subtracted"])
            self.assertAlmostEqual(energy["idle_w"], 50, delta=2)
            self.assertEqual(energy["clocks"]["sm_mhz_max"], 1980)

    def test_the_program_gets_its_options_in_interleaved_rounds(self):
        self.measure("--workloads", "grouped", "--format", "fp16", "--kernels", "fast", "portable")
        calls = self.log.read_text().splitlines()
        shape = ("--format fp16 --d 8 --heads 4 --kv-heads 2 --batch 2 --queries 16 --keys 16 --causal "
                 "--warmup 1")
        timed = [line for line in calls if "--repeat 4" in line]
        self.assertEqual(timed, [f"--kernel {kernel} {shape} --repeat 4 --seconds 0 --json"
                                 for kernel in ("fast", "portable", "portable", "fast", "fast",
                                                "portable")])
        self.assertEqual(sum("--check" in line for line in calls), 2)
        self.assertEqual(sum("--seconds 0.05" in line for line in calls), 2)
        self.assertEqual(len(calls), 10)

    def test_a_wrong_kernel_shows(self):
        record = self.measure("--workloads", "plain", STANDIN_TORCH="wrong")
        errors = [r["error"]["relative_l2"] for r in record["results"] if r["family"] == "baseline"]
        self.assertEqual(len(errors), 3)
        for error in errors:
            self.assertAlmostEqual(error, 0.01, places=9)

    def test_what_is_absent_is_told(self):
        record = self.measure(STANDIN_REFUSES="cudnn", STANDIN_BENCH="fails")
        told = {a["kernel"]: a["reason"] for a in record["absent"]}
        self.assertEqual(len(told), 5)
        self.assertEqual(told["sdpa-cudnn on plain"], "No available kernel. Aborting execution.")
        self.assertIn("compute capability 9.0", told["flashd-fast on grouped"])
        self.assertNotIn("flashd-fast", {r["kernel"] for r in record["results"]})
        self.program.unlink()
        record = self.measure("--workloads", "plain")
        told = {a["kernel"]: a["reason"] for a in record["absent"]}
        self.assertIn("is not built", told["flashd-fast"])

    def test_no_energy_is_told(self):
        record = self.measure("--workloads", "plain", STANDIN_NVML="no counter",
                              STANDIN_BENCH="no energy")
        self.assertEqual(len(record["results"]), 5)
        for r in record["results"]:
            self.assertIsNone(r["energy"])
            self.assertIn("no energy", r["energy_absent"])
        record = self.measure("--workloads", "plain", "--energy-seconds", "0")
        self.assertIn("--energy-seconds 0", record["results"][0]["energy_absent"])

    def test_time_over(self):
        out = self.run_gpu(1, *QUICK, "--budget", "0", "--record", str(self.path))
        self.assertIn("no kernel could be measured", out)
        self.assertFalse(self.path.exists())

    def test_time_over_between_rounds(self):
        # The stand-in takes longer than the budget, so one round is all, and no energy.
        record = self.measure("--workloads", "plain", "--budget", "2", "--no-baselines",
                              "--kernels", "fast", "--idle-seconds", "0.05", STANDIN_BENCH="slow")
        self.assertEqual([len(r["times_ms"]) for r in record["results"]], [1])
        self.assertIn("2 s were over", record["results"][0]["energy_absent"])

    def test_a_program_that_counts_otherwise(self):
        self.assertIn("no kernel could be", self.run_gpu(1, *QUICK, "--no-baselines",
                                                         STANDIN_BENCH="counts"))

    def test_no_program_output(self):
        self.assertIn("no kernel could be", self.run_gpu(1, *QUICK, "--no-baselines",
                                                         STANDIN_BENCH="prints"))

    def test_a_record_is_not_overwritten(self):
        for _ in range(2):
            self.run_gpu(0, *QUICK, "--workloads", "plain", "--no-baselines")
        names = sorted(p.name for p in (self.folder / "bench" / "results").iterdir())
        self.assertEqual(len(names), 2)
        self.assertRegex(names[0], r"^made-up-h100_\d{4}-\d\d-\d\d-2\.json$")
        self.assertRegex(names[1], r"^made-up-h100_\d{4}-\d\d-\d\d\.json$")

    def test_refusals(self):
        bare = self.folder / "bare"
        bare.mkdir()
        (bare / "pynvml.py").write_text("raise ImportError('none')\n")
        path = {"PATH": str(bare)}
        self.assertIn("no GPU can be seen", self.run_gpu(3, modules=bare, **path))
        self.assertIn("Driver Not Loaded", self.run_gpu(3, STANDIN_NVML="broken"))
        self.assertIn("PyTorch sees no GPU", self.run_gpu(3, STANDIN_TORCH="no gpu"))
        (bare / "pynvml.py").write_text((STANDINS / "pynvml.py").read_text())
        (bare / "torch.py").write_text("raise ImportError('no wheel')\n")
        self.assertIn("no wheel", self.run_gpu(3, modules=bare))
        for options, words in ((["--workloads", "none"], "'none'"), (["--rounds", "0"], "--rounds is 0"),
                               (["--energy-seconds", "-1"], "--energy-seconds is negative"),
                               (["--kernels", "slow"], "'slow'"),
                               (["--kernels", "sdpa-cudnn", "--no-baselines"], "no kernel is left")):
            self.assertIn(words, self.run_gpu(2, *options))

    def test_nvidia_smi_stands_in_for_nvml(self):
        bare = self.folder / "bare"
        bare.mkdir()
        (bare / "pynvml.py").write_text("raise ImportError('none')\n")
        smi = bare / "nvidia-smi"
        smi.write_text('#!/bin/sh\ncase "$*" in *clocks.sm*) echo "1980, 2619, 300.5" ;;\n'
                       '*) echo "Made-up A100, 0.2, 81559, 700.00" ;; esac\n')
        smi.chmod(0o755)
        self.run_gpu(0, *QUICK, "--no-baselines", "--workloads", "plain", "--record", str(self.path),
                     modules=bare, PATH=f"{bare}:{os.environ['PATH']}")
        record = json.loads(self.path.read_text())
        self.assertEqual(record["device"], {"name": "Made-up A100", "driver": "0.2", "memory_mib": 81559,
                                            "power_limit_w": 700.0, "power_from": "nvidia-smi"})
        self.assertEqual(record["results"][0]["clocks"], {"sm_mhz": [1980, 1980],
                                                          "memory_mhz": [2619, 2619]})
        smi.write_text("#!/bin/sh\necho 'no devices' >&2\nexit 9\n")
        self.assertIn("no devices", self.run_gpu(3, modules=bare,
                                                 PATH=f"{bare}:{os.environ['PATH']}"))


if __name__ == "__main__":
    support.main(__name__)
