#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds and runs everything about the kernels that needs a GPU, in under ten minutes.

  kernels/on_gpu.py [--include DIR]... [--record FILE]

Needs an NVIDIA GPU of compute capability 8.0 or more, its driver, nvcc with a C++17 host compiler,
and the headers of Microsoft GSL and nlohmann-json (--include DIR adds a folder where they lie:
gsl/span, nlohmann/json.hpp). Neither CMake nor a network is used. It compares the exact kernel with
golden, bit for bit, on random jobs, traces, long rows and a million keys, provokes a fault, checks
the fast kernels against float64 and against their algorithm on the CPU, runs compute-sanitizer's
memcheck, racecheck and synccheck on all, times the fast kernels, profiles them if Nsight Compute
(ncu) is here, and writes a JSON record to bench/results, anew after every step. A step that hangs is
ended, and so is what else would hang with it. In the time that is left bench/gpu.py measures times
and energies for ./flashd compare, beside PyTorch's baselines if the first python3 of the path has
PyTorch, and writes its own record: beside the one that --record names, else to bench/results too.

Exit status: 0 all agreed, 1 something failed (the record says what), 2 bad usage, 3 no GPU, or a
tool or header is missing, 5 internal error, 130 interrupted, 143 terminated.
"""
import argparse
import datetime
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import gpu_files  # noqa: E402
from gpu_files import USAGE  # noqa: E402
from gpu_power import MISSING, Stop  # noqa: E402
from gpu_steps import Clock, run, together  # noqa: E402

FAILED, INTERNAL, INTERRUPTED, TERMINATED = 1, 5, 130, 143
SKIPPED = 77  # exit status of a test program
FOLDERS = ("tests/data/traces", "shared/traces", "../shared/traces")
SOURCES = ("kernels/exact/*.cpp", "kernels/exact/on_gpu.cu", "model/golden/*.cpp", "host/io/*.cpp",
           "host/api/config.cpp", "host/jobs/random_job.cpp", "tests/cuda/cases.cpp",
           "tests/cuda/compare.cpp", "tests/cuda/gpu_main.cpp", "kernels/fast/*.cpp",
           "kernels/fast/*.cu", "model/distributions/*.cpp", "tests/cuda/fast_jobs.cpp",
           "tests/cuda/fast_table.cpp", "tests/cuda/fast_gpu.cu", "tests/cuda/fast_gpu_main.cpp")
LEFT_OUT = ("no_gpu.cpp", "bench_no_gpu.cpp")  # .cu files are in their place
# Programs by the source with their main(); the other objects belong to all.
PROGRAMS = {"tests/cuda/gpu_main.cpp": "cuda_gpu", "tests/cuda/fast_gpu_main.cpp": "cuda_fast_gpu",
            "kernels/fast/bench.cu": "flashd_gpu_bench"}
BENCH = ("--d", "128", "--heads", "16", "--queries", "16384", "--check", "32", "--json")
# One query, whose keys are shared by as many blocks as fit the GPU, and by one.
DECODE = ("--d", "128", "--heads", "32", "--kv-heads", "8", "--queries", "1", "--keys", "131072",
          "--check", "8", "--json")
# Other widths and the other format, timed only: what they compute is the cases' to check.
TIMED = {" d 64": ("--d", "64", "--heads", "32"), " d 256": ("--d", "256", "--heads", "8"),
         " fp16": ("--d", "128", "--heads", "16", "--format", "fp16")}
# The launch after the warm-up. hold_kernel, which comes between the two, must not match.
# Clocks are left as they are: other steps' times and energies are of them.
PROFILE = ("--set", "basic", "--clock-control", "none", "--launch-skip", "1", "--launch-count", "1",
           "--kernel-name", "regex:(hopper|portable)_kernel")
PROFILED = ("--d", "128", "--heads", "16", "--queries", "4096", "--warmup", "1", "--repeat", "1",
            "--json")
# The bar first, then what ./flashd compare tells of.
SHAPES = ("bar-16k", "bar-16k-causal", "bert-512", "prefill-8k", "decode-128k", "prefill-64k")
FAST = ("portable", "division", "fast")  # kernels, the likeliest to be right first
BASELINES = ("sdpa-cudnn", "sdpa-flash", "flash-attn-2", "flash-attn-3")
LAST = 60  # seconds after its budget that bench/gpu.py has for what it has begun
LEAST = 30  # seconds of budget below which it is not begun
STEP, SANITIZED = 90, 150  # seconds after which a step on the GPU is ended: it hangs
NCU = 60  # seconds for a profile
LONG = 20_000  # characters kept of a step whose output is its result; of the others fewer are
TOOLS = ("memcheck", "racecheck", "synccheck")
# Warnings are no errors here, unlike in the tests: other compilers have others.
FLAGS = ("-std=c++17", "-O3", "-lineinfo", "-Xcompiler", "-Wall,-Wextra", "-gencode",
         "arch=compute_80,code=[compute_80,sm_80]", "-gencode", "arch=compute_90a,code=sm_90a")
SANITIZER_FOUND = 9  # exit status that compute-sanitizer is told to end with


def parse(arguments):
    parser = argparse.ArgumentParser(prog="on_gpu.py", description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--include", action="append", default=[], metavar="DIR",
                        help="a folder of headers; may be given several times")
    parser.add_argument("--build", default=str(ROOT / "build" / "on_gpu"), metavar="DIR",
                        help="where objects and program go")
    parser.add_argument("--record", metavar="FILE", help="where the record goes")
    parser.add_argument("--seconds", type=int, default=570, metavar="N",
                        help="when to give up (default 570)")
    parser.add_argument("--nvcc", default="nvcc", help="the CUDA compiler")
    parser.add_argument("--sanitizer", default="compute-sanitizer", help="NVIDIA's checker")
    parser.add_argument("--no-sanitizer", action="store_true", help="leave its steps out")
    parser.add_argument("--build-only", action="store_true", help="build, which needs no GPU")
    chosen = parser.parse_args(arguments)
    for folder in chosen.include:
        if not pathlib.Path(folder).is_dir():
            raise Stop(USAGE, f"--include {folder}: there is no such folder")
    if chosen.seconds < 1:
        raise Stop(USAGE, f"--seconds is {chosen.seconds}; expected at least 1")
    # Steps run in the repository's root, wherever the script is called.
    chosen.include = [os.path.abspath(folder) for folder in chosen.include]
    chosen.build = os.path.abspath(chosen.build)
    return chosen


def program_at(name):
    """Path of a program, or None."""
    usual = pathlib.Path("/usr/local/cuda/bin") / name  # often not on the path
    found = shutil.which(name) or (str(usual) if usual.is_file() else None)
    return found and os.path.abspath(found)


def tool(name, purpose):
    found = program_at(name)
    if not found:
        raise Stop(MISSING, f"{name} was not found; it is needed to {purpose}")
    return found


def device():
    """Name, driver and memory of the first GPU."""
    smi = tool("nvidia-smi", "name the GPU and its driver; no GPU is to be seen without it")
    done = subprocess.run([smi, "--query-gpu=name,driver_version,memory.total,compute_cap",
                           "--format=csv,noheader"], capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Stop(MISSING, f"no GPU can be used: nvidia-smi says '{' '.join(said) or 'nothing'}'")
    fields = [field.strip() for field in lines[0].split(",")]
    return dict(zip(("name", "driver", "memory", "compute_capability"), fields))


def said(command):
    """Lines that a command prints, or None if it cannot be run or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False,
                              cwd=ROOT)
    except OSError:
        return None
    return done.stdout.strip().splitlines() if done.returncode == 0 else None


def sources():
    files = [path for pattern in SOURCES for path in sorted(ROOT.glob(pattern))]
    return [path for path in files if path.name not in LEFT_OUT]


def headers(nvcc, folder, includes, clock):
    """Stops if a library's header is absent."""
    probe = folder / "headers.cpp"
    probe.write_text("#include <gsl/span>\n#include <nlohmann/json.hpp>\n", encoding="utf-8")
    step = run("headers", [nvcc, "-std=c++17", *includes, "-c", probe, "-o", folder / "headers.o"],
               clock)
    if not step["good"]:
        told = step["output"].splitlines() or ["nothing"]
        raise Stop(MISSING, "gsl/span and nlohmann/json.hpp cannot be included; install libmsgsl-dev "
                   f"and nlohmann-json3-dev, or name their folder by --include ({told[0]})")


def build(nvcc, chosen, clock):
    """Compiles every source and links the programs; the steps, which end at the first failure."""
    folder = pathlib.Path(chosen.build)
    folder.mkdir(parents=True, exist_ok=True)
    includes = [f"-I{ROOT}", *(word for path in chosen.include for word in ("-isystem", path))]
    headers(nvcc, folder, includes, clock)
    objects = {path: folder / (str(path.relative_to(ROOT)).replace("/", "_") + ".o")
               for path in sources()}
    specs = [(f"compile {path.relative_to(ROOT)}",
              [nvcc, *FLAGS, *includes, "-c", path, "-o", target], {})
             for path, target in objects.items()]
    steps = list(together(specs, clock, len(specs)))
    programs = {name: folder / name for name in PROGRAMS.values()}
    if all(step["good"] for step in steps):
        mains = {ROOT / main: name for main, name in PROGRAMS.items()}
        shared = [target for path, target in objects.items() if path not in mains]
        for main, name in mains.items():
            steps.append(run(f"link {name}", [nvcc, objects[main], *shared, "-o", programs[name],
                                              "-ldl"], clock))
    return steps, programs


def fast_step(program, what, kernel, before=()):
    """A part of the fast kernels' test for one kernel; `fast` is for compute capability 9.0 alone."""
    more = {"keep": LONG} if what == "accuracy" else {}
    return [*before, program, what, kernel], {"good": (0, SKIPPED) if kernel == "fast" else (0,),
                                              "limit": SANITIZED if before else STEP, **more}


class Steps:
    """Steps of kernels; one that was late, and so hangs, is not asked again."""

    def __init__(self, clock):
        self.clock, self.late = clock, set()

    def right(self, kernels):
        return [kernel for kernel in kernels if kernel not in self.late]

    def run(self, specs):
        """Yields steps of (kernel, name, command, more arguments of gpu_steps.run()), some at once."""
        specs = [spec for spec in specs if spec[0] not in self.late]
        # together() first: zip() ends with it, and does not break it off.
        for step, spec in zip(together([spec[1:] for spec in specs], self.clock), specs):
            if step.get("late"):
                self.late.add(spec[0])
            yield step

    def in_turn(self, specs):
        for spec in specs:
            yield from self.run([spec])


def checks(programs, sanitizer, clock, record):
    """Yields the steps that run on the GPU: what is right first, then what is fast."""
    exact, fast = programs["cuda_gpu"], programs["cuda_fast_gpu"]
    folders = [folder for folder in FOLDERS if (ROOT / folder).is_dir()]
    steps = Steps(clock)

    def exactly(what, *more):
        return "exact", what, [exact, what, *more], {"limit": STEP}
    yield from steps.run([exactly("small")])
    yield from steps.run([*(exactly(what) for what in ("jobs", "long", "million", "far")),
                          exactly("traces", *folders)])
    yield from steps.run([exactly("fault")])
    for parts in (("small",), ("cases", "long", "host", "accuracy")):
        yield from steps.run([(kernel, f"{kernel} {what}", *fast_step(fast, what, kernel))
                              for kernel in FAST for what in parts])
    if sanitizer:
        def watched(tool_name):
            return [sanitizer, "--tool", tool_name, "--error-exitcode", SANITIZER_FOUND]
        yield from steps.run(
            [("exact", name, [*watched(name), exact, "small"], {"limit": SANITIZED})
             for name in TOOLS] +
            [(kernel, f"{kernel} {name}", *fast_step(fast, "small", kernel, watched(name)))
             for kernel in FAST for name in TOOLS])
    bench = programs["flashd_gpu_bench"]
    for kernel in FAST:
        yield from steps.in_turn(timings(bench, kernel))
    yield from profiles(bench, clock, steps.right(FAST))
    yield times(bench, clock, steps.right(FAST), record)


def timings(bench, kernel):
    """The steps that time a kernel."""
    # Status 3: a GPU of another compute capability than 9.0.
    good = (0, MISSING) if kernel == "fast" else (0,)
    rows = {"": BENCH, " causal": (*BENCH, "--causal"), " decode": DECODE,
            " decode in one part": (*DECODE, "--parts", "1"),
            **{more: (*options, "--queries", "16384", "--causal", "--json")
               for more, options in TIMED.items()}}
    return [(kernel, f"bench {kernel}{more}", [bench, "--kernel", kernel, *options],
             {"good": good, "limit": STEP}) for more, options in rows.items()]


def left_out(name, reason):
    """A step that this machine or the time does not allow; no run is bad for it."""
    return {"name": name, "command": "", "status": None, "good": True, "seconds": 0,
            "output": f"left out: {reason}", "unavailable": reason}


def profiles(bench, clock, kernels):
    """Yields Nsight Compute's steps. A GPU that is lent may deny its counters, so none is ever bad."""
    ncu = program_at("ncu")
    if not ncu:
        yield left_out("profile", "ncu was not found")
        return
    for kernel in kernels:
        step = run(f"profile {kernel}", [ncu, *PROFILE, bench, "--kernel", kernel, *PROFILED], clock,
                   limit=NCU, keep=LONG)
        lines = step["output"].splitlines() or ["nothing was printed"]
        # It may say so, or that it found no kernel, and still end with 0, or go on to say less.
        errors = [line for line in lines if "ERR_" in line or "No kernels were profiled" in line]
        if errors or not step["good"]:
            step.update(good=True, unavailable=(errors[:1] or lines)[-1])
        yield step


def times(bench, clock, kernels, record):
    """bench/gpu.py, with the baselines if there is a PyTorch; `record`: where its record goes."""
    name = "times and energies"
    python = shutil.which("python3") or sys.executable
    found = run("PyTorch", [python, "-c", "import torch.nn.attention as a; a.sdpa_kernel; "
                            "import torch; assert torch.cuda.is_available()"], clock)
    budget = int(clock.left()) - LAST
    if budget < LEAST:
        return left_out(name, f"it needs {LAST + LEAST} s, {max(0, budget + LAST)} were left")
    if not kernels and not found["good"]:
        return left_out(name, "no kernel is right, and there are no baselines")
    step = run(name if found["good"] else f"{name} without baselines",
               [python, ROOT / "bench" / "gpu.py", "--program", bench, "--budget", budget,
                "--call-seconds", LAST / 2, "--rounds", 3, "--energy-seconds", 2,
                *(("--record", record) if record else ()),
                "--workloads", *SHAPES, "--kernels", *kernels,
                *(BASELINES if found["good"] else ())], clock)
    if not found["good"]:
        said = found["output"].splitlines() or ["PyTorch sees no GPU"]
        step["baselines"] = f"left out: {said[-1]}"
    return step


def beside(record):
    """Where the record of bench/gpu.py goes if --record names ours."""
    if not record:
        return None
    path = pathlib.Path(os.path.abspath(record))
    return path.with_name(f"{path.stem}_times{path.suffix}")


def tell(step):
    last = step["output"].splitlines()[-1:] or [""]
    print(f"{'ok    ' if step['good'] else 'FAILED'} {step['name']}: {last[0]}", flush=True)


def place(device_name, now):
    """Where the record goes by default."""
    return gpu_files.place(f"{now.strftime('%Y-%m-%d')}-cuda-{gpu_files.slug(device_name)}")


class Record:
    """The steps so far; the file has all of them at any time."""

    def __init__(self, path, known):
        self.path, self.known, self.steps = path, known, []

    def good(self):
        return all(step["good"] for step in self.steps)

    def add(self, step):
        tell(step)
        self.steps.append(step)
        self.write(complete=False)

    def write(self, complete):
        if self.path:
            gpu_files.write(self.path, {**self.known, "complete": complete,
                                        "good": complete and self.good(), "steps": self.steps})


def described(arguments, gpu, nvcc, sanitizer, now):
    """What the record tells besides the steps."""
    changed = said(["git", "status", "--porcelain"])
    version = {"nvcc": said([nvcc, "--version"]),
               "compute_sanitizer": said([sanitizer, "--version"]) if sanitizer else None,
               "commit": said(["git", "rev-parse", "HEAD"])}
    return {"what": "exact CUDA kernel against golden, tolerance 0; fast kernels against float64 by "
                    "FlashAttention's rule",
            "date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "command": shlex.join(["kernels/on_gpu.py", *arguments]), "device": gpu,
            **{name: lines[-1] if lines else None for name, lines in version.items()},
            "changed": None if changed is None else bool(changed)}


def terminated(_signal, _frame):
    raise Stop(TERMINATED, "terminated; the record has what was done until then")


def main(arguments):
    chosen = parse(arguments)
    clock = Clock(chosen.seconds)
    now = datetime.datetime.now(datetime.timezone.utc)
    gpu = None if chosen.build_only else device()
    nvcc = tool(chosen.nvcc, "compile the kernels")
    sanitizer = None
    if not chosen.build_only and not chosen.no_sanitizer:
        sanitizer = tool(chosen.sanitizer, "check memory accesses and races (--no-sanitizer leaves "
                         "that out)")
    path = None
    if not chosen.build_only:
        path = pathlib.Path(chosen.record) if chosen.record else place(gpu["name"], now)
    record = Record(path, described(arguments, gpu, nvcc, sanitizer, now))
    signal.signal(signal.SIGTERM, terminated)
    steps, programs = build(nvcc, chosen, clock)
    for step in steps:
        record.add(step)
        if chosen.build_only and not step["good"]:
            print(step["output"])
    if path and record.good():
        for step in checks(programs, sanitizer, clock, beside(chosen.record)):
            record.add(step)
    record.write(complete=True)
    if path:
        print(f"{'all good' if record.good() else 'FAILED'}; record: {os.path.relpath(path)}")
    return 0 if record.good() else FAILED


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"on_gpu.py: {stop}", file=sys.stderr)
        sys.exit(stop.status)
    except KeyboardInterrupt:
        print("on_gpu.py: interrupted; the record has what was done until then", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except OSError as error:
        print(f"on_gpu.py: {error.filename or ''}: {error.strerror}", file=sys.stderr)
        sys.exit(INTERNAL)
