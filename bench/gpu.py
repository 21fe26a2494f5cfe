#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our CUDA kernels and the baselines on one GPU, in one run, with a record.

  bench/gpu.py [--program build/release/bin/flashd_gpu_bench] [--workloads NAME...]

Runs flashd_gpu_bench for our kernels and PyTorch for the baselines (cuDNN, FlashAttention-2, and -3 if
it is installed) on the shapes of bench/workloads.json, in interleaved rounds; then each kernel for
several seconds for its energy. Writes one record to bench/results, which ./flashd compare reads, anew
after every shape: a run that is ended early leaves what it has measured. docs/compare.md tells the
record's schema.

Exit status: 0 a record was written, 1 no kernel could be measured, 2 bad usage, 3 no GPU or no PyTorch,
5 internal error, 130 interrupted, 143 terminated.
"""
import argparse
import datetime
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import gpu_files  # noqa: E402
import gpu_kernels  # noqa: E402
import gpu_power  # noqa: E402
import gpu_record  # noqa: E402
from gpu_files import USAGE  # noqa: E402
from gpu_kernels import Absent  # noqa: E402
from gpu_power import MISSING, Stop  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
FAILED, INTERNAL, INTERRUPTED, TERMINATED = 1, 5, 130, 143
DEFAULT = ["fast", "portable", "division", *gpu_kernels.BASELINES]


class Terminated(KeyboardInterrupt):
    """SIGTERM."""


def terminate(_number, _frame):
    raise Terminated


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
                        help="nothing is begun after this time, but the last look at the idle power")
    parser.add_argument("--no-baselines", action="store_true",
                        help="kernels of the program only, no PyTorch")
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
    """PyTorch with a GPU, and a CUDA context, with which idle power is measured."""
    try:
        import torch
        import torch.nn.attention  # sdpa_kernel, since PyTorch 2.3
    except (ImportError, OSError) as error:
        raise Stop(MISSING, f"PyTorch cannot be used ({error}); it runs the baselines; --no-baselines "
                            "measures our kernels alone") from error
    if not torch.cuda.is_available():
        raise Stop(MISSING, "PyTorch sees no GPU; it runs the baselines")
    try:
        torch.zeros(1, device="cuda")
        torch.cuda.synchronize()
    except RuntimeError as error:
        raise Stop(MISSING, f"PyTorch cannot use the GPU: {gpu_kernels.first_line(error)}") from error
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
    """What one run has measured, and its record."""

    def __init__(self, options, gpu, head, absent, begin):
        self.options, self.gpu, self.head, self.absent = options, gpu, head, absent
        self.end = begin + options.budget
        self.results = []  # times in ms, energies in J; gpu_record.finished() works out the rest
        self.idle = {"before": None, "after": None}
        self.path = None  # of the record, once it is written

    def over(self):
        """Whether the time of the run is spent."""
        return time.monotonic() > self.end

    def need_time(self):
        if self.over():
            raise Absent(f"not begun: {self.options.budget:g} s were over")

    def leave(self, kernel, shape, reason):
        print(f"absent: {kernel} on {shape}: {reason}", flush=True)
        self.absent.append({"kernel": f"{kernel} on {shape}", "reason": str(reason)})

    def run(self, kernels):
        """Measures all shapes; the record is written whenever something is there to keep."""
        self.idle["before"] = gpu_power.idle_watts(self.gpu, self.options.idle_seconds)
        for name, shape in self.options.shapes.items():
            ready = self.rounds(name, self.prepare(name, shape, kernels))
            self.save()
            self.energies(name, ready)
            self.save()
        if self.path:
            self.idle["after"] = gpu_power.idle_watts(self.gpu, self.options.idle_seconds)
        self.save(complete=True)

    def prepare(self, name, shape, kernels):
        """Kernels that take the shape, each with its result, which has no times yet."""
        ready = []
        for kernel in kernels:
            try:
                self.need_time()
                error = kernel.prepare(shape)
            except Absent as reason:
                self.leave(kernel.name, name, reason)
                continue
            ready.append((kernel, {
                "kernel": kernel.name, "family": kernel.family, "shape": name,
                "format": self.options.format, "error": error, "energy": None,
                "energy_absent": "not begun: the run was ended before", "times_ms": [],
                "expanded_kv": getattr(kernel, "expanded", False), "clocks": None}))
        self.results += [result for _, result in ready]
        return ready

    def rounds(self, name, ready):
        """Times of all kernels, in turn, until the time of the run is over; those that have some."""
        clocks = {}  # by kernel
        for turn in range(self.options.rounds):
            first = turn % max(len(ready), 1)
            # Another kernel is first in each round: heat and clocks are shared out.
            for pair in ready[first:] + ready[:first]:
                kernel, result = pair
                try:
                    if turn and self.over():
                        break
                    self.need_time()
                    times = kernel.times()
                    if not all(gpu_record.number(ms, positive=True) for ms in times):
                        raise Absent(f"its times in ms are not all positive: {times}")
                    result["times_ms"].append(times)
                    clocks.setdefault(kernel.name, []).append(self.gpu.clocks())
                except Absent as reason:
                    self.leave(kernel.name, name, reason)
                    self.results = [each for each in self.results if each is not result]
                    ready = [each for each in ready if each is not pair]
        for kernel, result in ready:
            result["clocks"] = gpu_power.ranges(clocks.get(kernel.name, []), ("sm_mhz", "memory_mhz"))
        return ready

    def energies(self, name, ready):
        for kernel, result in ready:
            ms = gpu_record.summary(result["times_ms"])["median_ms"]
            try:
                if self.options.energy_seconds <= 0:
                    raise Absent("not asked for: --energy-seconds 0")
                self.need_time()
                result["energy"] = kernel.energy(self.gpu, ms)
                del result["energy_absent"]
            except Absent as reason:
                result["energy_absent"] = str(reason)
            flops = gpu_record.flops_of(self.options.shapes[name])
            print(f"{name}: {kernel.name}: {ms:.4g} ms, {flops / ms * 1e-9:.4g} TFLOP/s", flush=True)

    def record(self, complete):
        """The record so far; a result that would make it a wrong one is left out, with the reason."""
        known = [watts for watts in self.idle.values() if watts is not None]
        watts = sum(known) / len(known) if known else None
        results, absent = [], list(self.absent)
        for measured in (each for each in self.results if each["times_ms"]):
            try:
                result = gpu_record.finished(measured, self.options.shapes, watts)
                gpu_record.check_result(result, self.options.shapes)
                results.append(result)
            except (gpu_record.Bad, ArithmeticError) as wrong:
                absent.append({"kernel": f"{measured['kernel']} on {measured['shape']}",
                               "reason": f"left out: {wrong}"})
        record = {**self.head, "complete": complete, "idle_w": self.idle,
                  "shapes": self.options.shapes, "absent": absent, "results": results}
        gpu_record.check(record)
        return record

    def save(self, complete=False):
        """Writes the record, if it has a result, to the place where it was written before."""
        record = self.record(complete)
        for each in record["absent"][len(self.absent):] if complete else ():
            print(f"absent: {each['kernel']}: {each['reason']}", flush=True)
        if record["results"]:
            self.path = self.path or self.options.record or self.place()
            gpu_files.write(self.path, record)

    def place(self):
        """Where the record goes by default."""
        day = self.head["date"][:len("2000-01-01")]
        return gpu_files.place(f"{gpu_files.slug(self.head['device']['name'])}_{day}")


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


def head_of(arguments, options, gpu, device, torch):
    """What a record tells of its run; of the tree before the record lies in it."""
    now, changed = datetime.datetime.now(datetime.timezone.utc), git("status", "--porcelain")
    settings = ("format", "rounds", "repeat", "warmup", "energy_seconds", "idle_seconds")
    return {"schema": gpu_record.SCHEMA, "version": gpu_record.VERSION,
            "date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "command": shlex.join(["bench/gpu.py", *arguments]), "commit": git("rev-parse", "HEAD"),
            "changed": None if changed is None else bool(changed),
            "device": {**device, "power_from": gpu.source}, "software": software(torch),
            "settings": {**{name: getattr(options, name) for name in settings},
                         "idle_with_context": torch is not None}}


def ended(stop, bench=None):
    """Keeps what was measured when the run is interrupted or terminated; the exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a second one would lose it
    if bench:
        bench.save()
    what, status = ("terminated", TERMINATED) if isinstance(stop, Terminated) else \
        ("interrupted", INTERRUPTED)
    kept = f"the record has what was measured so far: {os.path.relpath(bench.path)}" \
        if bench and bench.path else "nothing was measured, so no record is written"
    print(f"gpu.py: {what}; {kept}", file=sys.stderr)
    return status


def main(arguments):
    options, begin = parse(arguments), time.monotonic()
    signal.signal(signal.SIGTERM, terminate)
    gpu = gpu_power.meter()
    device = gpu.identity()
    wanted = any(kernel in gpu_kernels.BASELINES for kernel in options.kernels)
    torch = load_torch() if wanted else None
    kernels, absent = kernels_here(options, torch)
    for each in absent:
        print(f"absent: {each['kernel']}: {each['reason']}", flush=True)
    bench = Bench(options, gpu, head_of(arguments, options, gpu, device, torch), absent, begin)
    try:
        bench.run(kernels)
    except KeyboardInterrupt as stop:
        return ended(stop, bench)
    if not bench.path:
        raise Stop(FAILED, "no kernel could be measured; the lines above say why, no record is written")
    print(f"record: {os.path.relpath(bench.path)}")
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
    except KeyboardInterrupt as stop:
        sys.exit(ended(stop))
