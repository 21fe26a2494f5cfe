# SPDX-License-Identifier: Apache-2.0
"""bench/gpu.py with stand-ins for the GPU, PyTorch and our program: the record, absences, refusals."""
import json
import os
import pathlib
import signal
import sys
import time
import types

import support

sys.path.append(str(pathlib.Path(__file__).resolve().parent / "standins"))
from gpu_runs import COMPILERS, FLOPS, QUICK, SHAPES, Runs  # noqa: E402


class Gpu(Runs):
    def test_the_record(self):
        import gpu_record
        record = self.measure()
        self.assertEqual(record["shapes"], SHAPES)
        self.assertEqual(record["device"], {"name": "Made-up H100", "driver": "0.1", "memory_mib": 1024,
                                            "power_limit_w": 700.0, "power_from": "NVML"})
        self.assertEqual({(r["kernel"], r["shape"]) for r in record["results"]},
                         {(k, s) for s in SHAPES for k in ("flashd-fast", "flashd-portable",
                                                           "sdpa-cudnn", "sdpa-flash", "flash-attn-2")})
        self.assertEqual([absent["kernel"] for absent in record["absent"]], ["flash-attn-3"])
        self.assertIn("flash_attn_interface", record["absent"][0]["reason"])
        self.assertTrue(record["settings"]["idle_with_context"])
        for watts in record["idle_w"].values():  # 50 without a context
            self.assertAlmostEqual(watts, 70, delta=5)
        for r in record["results"]:
            self.assertEqual([len(times) for times in r["times_ms"]], [4, 4, 4])
            flops = FLOPS[r["shape"]]
            self.assertAlmostEqual(r["tflops"] / (flops / r["median_ms"] * 1e-9), 1)
            self.assertEqual(r["expanded_kv"], (r["kernel"], r["shape"]) == ("sdpa-flash", "grouped"))
            self.assertEqual(r["clocks"], {"sm_mhz": [1980, 1980], "memory_mhz": [2619, 2619]})
            energy = r["energy"]
            self.assertIsNone(r.get("energy_absent"))
            if r["family"] == "ours":
                self.assertAlmostEqual(energy["pj_per_flop"], 1.5)
                self.assertEqual((energy["idle_w_program"], r["error"]["relative"]), (80, 0.0002))
                self.assertEqual(energy["power_w"], 100 / 0.05)
                self.assertEqual(energy["clocks"], {"sm_mhz_min": 1620, "sm_mhz_median": 1755,
                                                    "sm_mhz_max": 1980})
                continue
            self.assertLess(r["error"]["relative_l2"], 1e-12)
            self.assertEqual(energy["power_w"], energy["joules"] / energy["seconds"])
            # The counter adds 0.25 J a launch to 70 W; it counts in mJ.
            above = energy["pj_per_flop_idle_subtracted"] * flops * 1e-12
            self.assertAlmostEqual(above / 0.25, 1, delta=0.05)
            self.assertGreater(energy["pj_per_flop"] * flops * 1e-12, above)
            self.assertEqual(energy["clocks"], {"sm_mhz_min": 1980, "sm_mhz_max": 1980,
                                                "memory_mhz_min": 2619, "memory_mhz_max": 2619,
                                                "power_w_min": 300, "power_w_max": 300})
        energy["power_w"] = 1
        self.assertRaisesRegex(gpu_record.Bad, "power_w is 1;", gpu_record.check, record)

    def test_clocks_are_a_kernel_s_own(self):
        import gpu
        mhz = iter((100, 200, 300, 400))  # a, b, and in the second round b, a
        meter = types.SimpleNamespace(clocks=lambda: {"sm_mhz": next(mhz), "memory_mhz": None})
        bench = gpu.Bench(types.SimpleNamespace(rounds=2, budget=60), meter, {}, [], time.monotonic())
        ready = [(types.SimpleNamespace(name=n, times=lambda: [1]), {"times_ms": []}) for n in "ab"]
        bench.rounds("plain", ready)
        self.assertEqual([r["clocks"]["sm_mhz"] for _, r in ready], [[100, 400], [200, 300]])

    def test_launches_do_not_wait_for_the_host(self):
        record = self.measure("--workloads", "plain", "--no-baselines")
        self.assertFalse(record["settings"]["idle_with_context"])
        self.assertAlmostEqual(record["idle_w"]["before"], 50, delta=4)
        # More launches than are queued at once; a PyTorch that cannot hold the GPU.
        for how, repeat, low in (("", 4, 0.25), ("", 300, 0.25), ("old", 4, 0.75)):
            self.log.unlink()
            record = self.measure("--workloads", "plain", "--repeat", str(repeat), STANDIN_TORCH=how)
            times = [ms for r in record["results"] if r["kernel"] in ("sdpa-cudnn", "sdpa-flash",
                     "flash-attn-2") for each in r["times_ms"] for ms in each]
            self.assertEqual(len(times), 9 * repeat)
            self.assertTrue(all(low <= ms < low + 0.003 for ms in times), times)
            # A preparation, three rounds and a run for energy enter it once each.
            entered = [line for line in self.log.read_text().splitlines() if "sdpa_kernel" in line]
            self.assertEqual(len(entered), 2 * 5)

    def test_division_is_a_baseline(self):
        import compare_gpu
        record = self.measure("--workloads", "plain", "--kernels", "fast", "division", "portable",
                              "exact", "--no-baselines")
        self.assertEqual({r["kernel"]: r["family"] for r in record["results"]},
                         {"flashd-fast": "ours", "flashd-portable": "ours", "flashd-exact": "ours",
                          "flashd-division": "baseline"})
        published = {"gpus": []}
        chosen = compare_gpu.machines([("r", record)], published, SHAPES["plain"], False)
        self.assertEqual([m["kernel"] for m in chosen], ["flashd-fast", "flashd-division"])
        self.assertEqual({(r["kernel"], r["over"]) for r in
                          compare_gpu.kernel_ratios([("r", record)], SHAPES["plain"])},
                         {(f"flashd-{k}", "flashd-division") for k in ("fast", "portable", "exact")})

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
        for options, words in ((["--energy-seconds", "0"], "--energy-seconds 0"),
                               (["--idle-seconds", "0"], "no idle power")):
            record = self.measure("--workloads", "plain", *options)
            self.assertEqual([words in r["energy_absent"] for r in record["results"]], [True] * 5)

    def test_an_odd_energy_is_left_out(self):
        for how, words in (("negative", "its joules are -5.0"), ("text", "its joules are 'many'"),
                           ("cold", "the run took 0.1 J; idle the GPU takes")):
            record = self.measure("--workloads", "plain", STANDIN_BENCH=how)
            self.assertEqual(len(record["results"]), 5)
            for r in record["results"]:
                self.assertEqual(r["energy"] is None, r["family"] == "ours")
                self.assertIn(words if r["family"] == "ours" else "", r.get("energy_absent", ""))

    def test_a_counter_in_steps(self):
        # Without waiting for steps of 0.2 s the runs of 0.05 s would take none or too much.
        record = self.measure("--workloads", "plain", STANDIN_NVML="steps")
        for watts in record["idle_w"].values():
            self.assertAlmostEqual(watts, 70, delta=25)
        baselines = [r for r in record["results"] if r["family"] == "baseline"]
        self.assertEqual(len(baselines), 3)
        for r in baselines:
            launch = r["energy"]["pj_per_flop_idle_subtracted"] * FLOPS["plain"] * 1e-12
            self.assertAlmostEqual(launch, 0.25, delta=0.025)

    def test_readings_of_a_counter(self):
        import gpu_power

        class Counter:
            def __init__(self, *values):
                self.values = list(values)

            def joules(self):
                return self.values.pop(0) if len(self.values) > 1 else self.values[0]
        work = []
        joules, _, calls = gpu_power.at_step(Counter(5, 5, 5, 7, 9), lambda: work.append(1))
        self.assertEqual((joules, calls, len(work)), (7, 3, 3))
        self.assertEqual(gpu_power.at_step(Counter(5, 5, None))[0], None)
        begin = time.monotonic()
        self.assertEqual(gpu_power.at_step(Counter(5))[0], 5)
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)
        for values in ((5, 6, 7, None), (None,), (5, 6, 7, 2), (5,)):
            self.assertIsNone(gpu_power.idle_watts(Counter(*values), 0.01))

    def test_a_run_begins_and_ends_at_a_step(self):
        import gpu_kernels
        launches = [37]  # the counter steps every 100 launches of 0.25 J
        gpu = types.SimpleNamespace(joules=lambda: 0.25 * (launches[0] // 100 * 100), source="none",
                                    clocks=lambda: dict.fromkeys(("sm_mhz", "memory_mhz", "power_w")))
        kernel = gpu_kernels.Torch.__new__(gpu_kernels.Torch)
        kernel.flash, kernel.options = True, types.SimpleNamespace(energy_seconds=1e-9)
        kernel.torch = types.SimpleNamespace(cuda=types.SimpleNamespace(synchronize=lambda: None))
        kernel.once = lambda: launches.append(launches.pop() + 1)
        energy = kernel.energy(gpu, 4.0)  # five launches at once
        self.assertEqual((energy["joules"], energy["launches"]), (25.0, 100))

    def test_a_counter_that_stops(self):
        for how, words in (("stuck", "failed or did not grow"), ("fails later", "energy counter")):
            record = self.measure("--workloads", "plain", STANDIN_NVML=how)
            self.assertEqual(len(record["results"]), 5)
            for r in record["results"]:
                if r["family"] == "baseline":
                    self.assertIsNone(r["energy"])
                    self.assertIn(words, r["energy_absent"])

    def test_nvml_that_knows_little(self):
        record = self.measure("--workloads", "plain", STANDIN_NVML="only energy", STANDIN_BENCH="no MHz")
        self.assertEqual(record["device"], {"name": "Made-up H100", "driver": "unknown",
                                            "memory_mib": None, "power_limit_w": None,
                                            "power_from": "NVML"})
        for r in record["results"]:
            self.assertIsNone(r["clocks"])
            self.assertIsNone(r["energy"]["clocks"])

    def test_the_gpu_that_cuda_sees(self):
        for name, device in (("1,0", "Made-up A100"), ("GPU-1", "Made-up A100"), ("0", "Made-up H100")):
            record = self.measure("--workloads", "plain", "--no-baselines", CUDA_VISIBLE_DEVICES=name)
            self.assertEqual(record["device"]["name"], device)
        self.assertIn("'Not Found'", self.run_gpu(3, CUDA_VISIBLE_DEVICES="GPU-9"))

    def test_what_pytorch_raises_is_a_reason(self):
        record = self.measure(STANDIN_TORCH="no memory")
        told = self.told(record)
        for kernel in ("sdpa-cudnn", "sdpa-flash", "flash-attn-2"):
            self.assertEqual(told[f"{kernel} on grouped"],
                             "CUDA out of memory. Tried to allocate 64.00 GiB.")
        self.assertEqual(len(record["results"]), 5 + 2)
        record = self.measure("--workloads", "plain", STANDIN_TORCH="asserts")
        self.assertEqual(self.told(record)["flash-attn-2 on plain"], "AssertionError")
        record = self.measure("--workloads", "plain", STANDIN_TORCH="no time")
        self.assertIn("not all positive", self.told(record)["sdpa-cudnn on plain"])
        self.assertIn("busy or unavailable", self.run_gpu(3, STANDIN_TORCH="busy"))

    def test_a_pytorch_without_groups(self):
        record = self.measure("--workloads", "grouped", STANDIN_TORCH="2.4")
        self.assertEqual({r["kernel"] for r in record["results"] if r["expanded_kv"]},
                         {"sdpa-cudnn", "sdpa-flash"})

    def test_a_context_that_dies(self):
        # 6 launches prepare a shape, 45 are its rounds.
        dead = "CUDA error: an illegal memory access was encountered"
        for launches, timed in ((4, 0), (30, 0), (60, 3)):
            record = self.measure(STANDIN_DIES=str(launches))
            baselines = [r for r in record["results"] if r["family"] == "baseline"]
            self.assertEqual(len(baselines), timed)
            self.assertEqual(len(record["results"]), timed + 4)
            self.assertEqual({r["energy_absent"] for r in baselines}, {dead} if timed else set())
            self.assertEqual(sum(reason == dead for reason in self.told(record).values()), 6 - timed)

    def test_a_wrong_result_does_not_void_the_others(self):
        for how, words in (("1e-320", "left out: flashd-fast on plain: tflops is inf"),
                           ("nan", "its times in ms are not all positive: [nan")):
            record = self.measure("--workloads", "plain", STANDIN_BENCH=how)
            self.assertIn(words, self.told(record)["flashd-fast on plain"])
            self.assertEqual(len(record["results"]), 4)
        out = self.run_gpu(1, *QUICK, "--no-baselines", "--kernels", "fast", STANDIN_BENCH="1e-320")
        self.assertIn("no kernel could be measured", out)

    def test_time_over(self):
        out = self.run_gpu(1, *QUICK, "--budget", "0", "--record", str(self.path))
        self.assertIn("no kernel could be measured", out)
        self.assertFalse(self.path.exists())

    def test_time_over_between_preparations(self):
        process = self.start(*QUICK, "--budget", "2", "--no-baselines", STANDIN_BENCH="slow")
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        for kernel in ("fast on plain", "portable on plain", "portable on grouped"):
            self.assertIn(f"absent: flashd-{kernel}: not begun: 2 s were over", out)
        self.assertEqual(len(self.log.read_text().splitlines()), 1)

    def test_time_over_in_the_first_round(self):
        record = self.measure("--workloads", "plain", "--budget", "2", "--no-baselines",
                              STANDIN_BENCH="slow times")
        self.assertEqual([(r["kernel"], len(r["times_ms"])) for r in record["results"]],
                         [("flashd-fast", 1)])
        self.assertEqual(self.told(record), {"flashd-portable on plain": "not begun: 2 s were over"})

    def test_time_over_between_rounds(self):
        # The stand-in takes 2.1 s a call, so one round is all, and no energy.
        record = self.measure("--workloads", "plain", "--budget", "4", "--no-baselines",
                              "--kernels", "fast", STANDIN_BENCH="slow")
        self.assertEqual([len(r["times_ms"]) for r in record["results"]], [1])
        self.assertIn("4 s were over", record["results"][0]["energy_absent"])

    def end_early(self, number, status, how):
        """The record of a run that gets a signal once it has one, and its sentence."""
        self.path.unlink(missing_ok=True)
        process = self.start(*QUICK, "--record", str(self.path), STANDIN_BENCH=how)
        self.addCleanup(process.kill)
        begin = time.monotonic()
        while time.monotonic() - begin < 60 and process.poll() is None and not (
                self.path.exists() and
                ("--causal" if how == "hangs" else "--seconds 0.05") in self.log.read_text()):
            time.sleep(0.02)
        process.send_signal(number)
        if number == signal.SIGKILL:
            process.communicate(timeout=60)
            return json.loads(self.path.read_text()), ""
        err = self.finish(process, status)
        return json.loads(self.path.read_text()), err

    def test_what_a_run_that_is_ended_has_measured(self):
        import gpu_record
        for number, status, word in ((signal.SIGINT, 130, "interrupted"),
                                     (signal.SIGTERM, 143, "terminated"), (signal.SIGKILL, -9, "")):
            for how in ("hangs", "hangs in energy"):
                self.log.unlink(missing_ok=True)
                record, err = self.end_early(number, status, how)
                if word:
                    self.assertIn(f"{word}; the record has what was measured so far", err)
                gpu_record.check(record)
                self.assertIs(record["complete"], False)
                self.assertIsNone(record["idle_w"]["after"])
                self.assertEqual([(r["shape"], len(r["times_ms"])) for r in record["results"]],
                                 [("plain", 3)] * 5)
                for r in record["results"]:
                    if how == "hangs":
                        self.assertEqual(r["energy"]["idle_w"], record["idle_w"]["before"])
                    else:
                        self.assertIn("the run was ended before", r["energy_absent"])

    def test_ended_before_anything_was_measured(self):
        process = self.start(*QUICK, "--workloads", "grouped", "--record", str(self.path),
                             STANDIN_BENCH="hangs")
        self.addCleanup(process.kill)
        while not self.log.exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        self.assertIn("terminated; nothing was measured", self.finish(process, 143))
        self.assertFalse(self.path.exists())

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
        alone = {"driver": self.no_driver, "PATH": str(bare)}
        self.assertIn("no GPU can be seen", self.run_gpu(3, **alone))
        self.assertIn("Driver Not Loaded", self.run_gpu(3, STANDIN_NVML="broken"))
        self.assertIn("PyTorch sees no GPU", self.run_gpu(3, STANDIN_TORCH="no gpu"))
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
        smi = bare / "nvidia-smi"
        alone = {"driver": self.no_driver, "PATH": f"{bare}:{os.environ['PATH']}"}
        for clocks, limit, w, ranges in (
                ("1980, 2619, 300.5", "700.00", 700.0, {"sm_mhz": [1980, 1980],
                                                        "memory_mhz": [2619, 2619]}),
                ("[N/A], 2619, [N/A]", "[N/A]", None, {"memory_mhz": [2619, 2619]}),
                ("lost", "1.5", 1.5, None)):
            smi.write_text(f'#!/bin/sh\ncase "$*" in *clocks.sm*) echo "{clocks}" ;;\n'
                           f'*) echo "Made-up A100, 0.2, 81559, {limit}" ;; esac\n')
            smi.chmod(0o755)
            record = self.measure("--no-baselines", "--workloads", "plain", **alone)
            self.assertEqual(record["device"], {
                "name": "Made-up A100", "driver": "0.2", "memory_mib": 81559, "power_limit_w": w,
                "power_from": "nvidia-smi"})
            self.assertEqual(record["results"][0]["clocks"], ranges)
            self.assertIn("no idle power", record["results"][0]["energy_absent"])
        smi.write_text("#!/bin/sh\necho 'no devices' >&2\nexit 9\n")
        self.assertIn("no devices", self.run_gpu(3, **alone))


if __name__ == "__main__":
    if not COMPILERS:
        print("SKIP: no C compiler (cc, gcc, clang) makes the stand-in for NVML")
        sys.exit(77)
    support.main(__name__)
