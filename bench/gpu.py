#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our CUDA kernels and the baselines on one GPU, in one run, with a record.

  bench/gpu.py [--program build/release/bin/flashd_gpu_bench] [--workloads NAME...]

Runs flashd_gpu_bench for our kernels and PyTorch for the baselines (cuDNN, FlashAttention-2, and -3 if
it is installed) on the shapes of bench/workloads.json, in interleaved rounds; then each kernel for
several seconds for its energy. Writes one record to bench/results, which ./flashd compare reads.
docs/compare.md tells the record's schema.

Exit status: 0 a record was written, 1 no kernel could be measured, 2 bad usage, 3 no GPU or no PyTorch,
5 internal error, 130 interrupted.
"""
import argparse
import datetime
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import gpu_kernels  # noqa: E402
import gpu_power  # noqa: E402
import gpu_record  # noqa: E402
from gpu_kernels import Absent  # noqa: E402
from gpu_power import MISSING, Stop  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
FAILED, USAGE, INTERNAL, INTERRUPTED = 1, 2, 5, 130
DEFAULT = ["fast", "portable", "division", *gpu_kernels.BASELINES]


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Stop(USAGE, f"{message}; see bench/gpu.py --help")


def parse(arguments):
    shapes = json.loads((ROOT / "bench" / "workloads.json").read_text(encoding="utf-8"))["workloads"]
    every = [*gpu_kernels.OURS, *gpu_kernels.BASELINES]
    parser = Parser(prog="gpu.py", description=__doc__, allow_abbrev=False,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, metavar="PATH",
                        default=ROOT / "build" / "release" / "bin" / "flashd_gpu_bench",
                        help="runs our kernels")
    parser.add_argument("--workloads", nargs="+", choices=list(shapes), default=list(shapes),
                        metavar="NAME", help="default: all of bench/workloads.json")
    parser.add_argument("--kernels", nargs="+", choices=every, default=DEFAULT, metavar="NAME",
                        help=f"of {', '.join(every)}; default: all but exact, which is slow")
    parser.add_argument("--format", choices=("bf16", "fp16"), default="bf16")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="interleaved rounds")
    parser.add_argument("--repeat", type=int, default=20, metavar="N", help="launches a round")
    parser.add_argument("--warmup", type=int, default=3, metavar="N", help="launches not timed")
    parser.add_argument("--energy-seconds", type=float, default=4, metavar="S",
                        help="length of a run for energy, 0: none")
    parser.add_argument("--idle-seconds", type=float, default=3, metavar="S",
                        help="how long idle power is measured, before and after")
    parser.add_argument("--call-seconds", type=float, default=120, metavar="S",
                        help="when one call of the program is given up")
    parser.add_argument("--budget", type=float, default=560, metavar="S",
                        help="no shape, round or run for energy is begun after this time")
    parser.add_argument("--no-baselines", action="store_true", help="our kernels only, no PyTorch")
    parser.add_argument("--record", type=pathlib.Path, metavar="FILE",
                        help="default: bench/results/<device>_<date>.json")
    options = parser.parse_args(arguments)
    for name in ("rounds", "repeat"):
        if getattr(options, name) < 1:
            raise Stop(USAGE, f"--{name} is {getattr(options, name)}; expected 1 or more")
    for name in ("warmup", "energy_seconds", "idle_seconds", "call_seconds", "budget"):
        if getattr(options, name) < 0:
            raise Stop(USAGE, f"--{name.replace('_', '-')} is negative")
    options.shapes = {name: shapes[name] for name in options.workloads}
    options.kernels = [k for k in dict.fromkeys(options.kernels)
                       if not (options.no_baselines and k in gpu_kernels.BASELINES)]
    if not options.kernels:
        raise Stop(USAGE, "no kernel is left")
    return options


def load_torch():
    """PyTorch with a GPU."""
    try:
        import torch
        import torch.nn.attention  # sdpa_kernel, since PyTorch 2.3
    except ImportError as error:
        raise Stop(MISSING, f"PyTorch cannot be used ({error}); it runs the baselines; --no-baselines "
                            "measures our kernels alone") from error
    if not torch.cuda.is_available():
        raise Stop(MISSING, "PyTorch sees no GPU; it runs the baselines")
    return torch


def kernels_here(options, torch):
    """Kernels that can be asked, and those that are absent with their reasons."""
    found, absent = [], []
    for name in options.kernels:
        try:
            found.append(gpu_kernels.Program(name, options.program, options)
                         if name in gpu_kernels.OURS else gpu_kernels.Torch(name, torch, options))
        except Absent as reason:
            told = f"flashd-{name}" if name in gpu_kernels.OURS else name
            absent.append({"kernel": told, "reason": str(reason)})
    return found, absent


class Bench:
    """Results and absences of one run."""

    def __init__(self, options, gpu, absent, begin):
        self.options, self.gpu, self.absent, self.results = options, gpu, absent, []
        self.end = begin + options.budget

    def over(self):
        """Whether the time of the run is spent."""
        return time.monotonic() > self.end

    def leave(self, kernel, shape, reason):
        print(f"absent: {kernel.name} on {shape}: {reason}", flush=True)
        self.absent.append({"kernel": f"{kernel.name} on {shape}", "reason": str(reason)})

    def shape(self, name, shape, kernels):
        """Prepares, rounds in turn, energies."""
        ready, errors, rounds = [], {}, {}
        for kernel in kernels:
            try:
                errors[kernel.name] = kernel.prepare(shape)
                ready.append(kernel)
            except Absent as reason:
                self.leave(kernel, name, reason)
        clocks = []
        for turn in range(self.options.rounds):
            if turn and self.over():
                break
            # Another kernel is first in each round: heat and clocks are shared out.
            for kernel in ready[turn % max(len(ready), 1):] + ready[:turn % max(len(ready), 1)]:
                try:
                    rounds.setdefault(kernel.name, []).append(kernel.times())
                    clocks.append(self.gpu.clocks())
                except Absent as reason:
                    self.leave(kernel, name, reason)
                    ready = [k for k in ready if k is not kernel]
        for kernel in ready:
            self.add(kernel, name, shape, rounds[kernel.name], errors[kernel.name], clocks)

    def add(self, kernel, name, shape, rounds, error, clocks):
        result = {"kernel": kernel.name, "family": kernel.family, "shape": name,
                  "format": self.options.format, **gpu_record.summary(rounds)}
        result["tflops"] = gpu_record.flops_of(shape) / result["median_ms"] * 1e-9
        result.update(error=error, energy=None, times_ms=rounds,
                      expanded_kv=getattr(kernel, "expanded", False),
                      clocks={key: [f(c[key] for c in clocks) for f in (min, max)]
                              for key in ("sm_mhz", "memory_mhz")})
        try:
            if self.options.energy_seconds <= 0:
                raise Absent("not asked for: --energy-seconds 0")
            if self.over():
                raise Absent(f"not run: {self.options.budget:g} s were over")
            result["energy"] = kernel.energy(self.gpu, result["median_ms"])
        except Absent as reason:
            result["energy_absent"] = str(reason)
        print(f"{name}: {kernel.name}: {result['median_ms']:.4g} ms, {result['tflops']:.4g} TFLOP/s",
              flush=True)
        self.results.append(result)

    def subtract_idle(self, idle, shapes):
        """Energies per FLOP of the baselines; our program has subtracted its own idle power."""
        known = [watts for watts in idle.values() if watts is not None]
        for result in self.results:
            energy = result["energy"]
            if energy is None or "launches" not in energy:
                continue
            flops = gpu_record.flops_of(shapes[result["shape"]]) * energy["launches"]
            watts = sum(known) / len(known) if known else None
            if watts is None or energy["joules"] <= watts * energy["seconds"]:
                result.update(energy=None, energy_absent="idle power is unknown or above the run's")
                continue
            energy.update(idle_w=watts, pj_per_flop=energy["joules"] / flops * 1e12,
                          pj_per_flop_idle_subtracted=(energy["joules"] - watts * energy["seconds"])
                          / flops * 1e12)


def git(*arguments):
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False,
                              cwd=ROOT)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def software(torch):
    told = {"python": sys.version.split()[0]}
    if torch is not None:
        told.update(torch=torch.__version__, cuda=torch.version.cuda,
                    cudnn=torch.backends.cudnn.version())
        for name in ("flash_attn", "flash_attn_interface"):
            if name in sys.modules:
                told[name] = getattr(sys.modules[name], "__version__", "no version")
    return told


def place(options, device, now):
    """Where the record goes; a record is never overwritten unless --record names it."""
    if options.record:
        return options.record
    slug = re.sub(r"[^a-z0-9]+", "-", device.lower()).strip("-")
    stem = f"{slug}_{now.strftime('%Y-%m-%d')}"
    for number in range(1, 1000):
        path = ROOT / "bench" / "results" / f"{stem}{'' if number == 1 else f'-{number}'}.json"
        if not path.exists():
            return path
    raise Stop(USAGE, f"bench/results has 999 records of {stem}; --record names a file")


def write(path, record):
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def main(arguments):
    options = parse(arguments)
    now, begin = datetime.datetime.now(datetime.timezone.utc), time.monotonic()
    gpu = gpu_power.meter()
    device = gpu.identity()
    wanted = any(kernel in gpu_kernels.BASELINES for kernel in options.kernels)
    torch = load_torch() if wanted else None
    kernels, absent = kernels_here(options, torch)
    for each in absent:
        print(f"absent: {each['kernel']}: {each['reason']}", flush=True)
    bench = Bench(options, gpu, absent, begin)
    idle = {"before": gpu_power.idle_watts(gpu, options.idle_seconds)}
    for name, shape in options.shapes.items():
        if bench.over():
            for kernel in kernels:
                bench.leave(kernel, name, f"not begun: {options.budget:g} s were over")
            continue
        bench.shape(name, shape, kernels)
    if not bench.results:
        raise Stop(FAILED, "no kernel could be measured; the lines above say why, no record is written")
    idle["after"] = gpu_power.idle_watts(gpu, options.idle_seconds)
    bench.subtract_idle(idle, options.shapes)
    changed = git("status", "--porcelain")
    record = {"schema": gpu_record.SCHEMA, "version": gpu_record.VERSION,
              "date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
              "command": shlex.join(["bench/gpu.py", *arguments]), "commit": git("rev-parse", "HEAD"),
              "changed": None if changed is None else bool(changed),
              "device": {**device, "power_from": gpu.source}, "software": software(torch),
              "settings": {name: getattr(options, name) for name in
                           ("format", "rounds", "repeat", "warmup", "energy_seconds", "idle_seconds")},
              "idle_w": idle, "shapes": options.shapes, "absent": bench.absent,
              "results": bench.results}
    gpu_record.check(record)
    path = place(options, device["name"], now)
    write(path, record)
    print(f"record: {os.path.relpath(path)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"gpu.py: {stop}", file=sys.stderr)
        sys.exit(stop.status)
    except gpu_record.Bad as bad:
        print(f"gpu.py: the record would be wrong, so none is written: {bad}", file=sys.stderr)
        sys.exit(INTERNAL)
    except OSError as error:
        print(f"gpu.py: {error.filename or ''}: {error.strerror}", file=sys.stderr)
        sys.exit(INTERNAL)
    except KeyboardInterrupt:
        print("gpu.py: interrupted; no record is written", file=sys.stderr)
        sys.exit(INTERRUPTED)
