#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds and runs everything about the kernels that needs a GPU, in under ten minutes.

  kernels/on_gpu.py [--include DIR]... [--record FILE]

Needs an NVIDIA GPU of compute capability 8.0 or more, its driver, nvcc with a C++17 host compiler,
and the headers of Microsoft GSL and nlohmann-json (--include DIR adds a folder where they lie:
gsl/span, nlohmann/json.hpp). Neither CMake nor a network is used. It compares the exact kernel with
golden, bit for bit, on random jobs, traces, long rows and a million keys, provokes a fault, checks
the fast kernels against float64 and against their algorithm on the CPU, runs compute-sanitizer's
memcheck, racecheck and synccheck on both, times the fast kernels, and writes a JSON record to
bench/results. In the time that is left bench/gpu.py measures times and energies for ./flashd compare,
beside PyTorch's baselines if the first python3 of the path has PyTorch, and writes its own record.

Exit status: 0 all agreed, 1 something failed (the record says what), 2 bad usage, 3 no GPU or a
tool is missing, 5 internal error.
"""
import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FAILED, USAGE, MISSING, INTERNAL = 1, 2, 3, 5
FOLDERS = ("tests/data/traces", "shared/traces", "../shared/traces")
SOURCES = ("kernels/exact/*.cpp", "kernels/exact/on_gpu.cu", "model/golden/*.cpp", "host/io/*.cpp",
           "host/api/config.cpp", "host/jobs/random_job.cpp", "tests/cuda/cases.cpp",
           "tests/cuda/compare.cpp", "tests/cuda/gpu_main.cpp", "kernels/fast/*.cpp",
           "kernels/fast/*.cu", "tests/cuda/fast_jobs.cpp", "tests/cuda/fast_gpu.cu",
           "tests/cuda/fast_gpu_main.cpp")
LEFT_OUT = ("no_gpu.cpp", "bench_no_gpu.cpp")  # .cu files are in their place
# Programs by the source with their main(); the other objects belong to all.
PROGRAMS = {"tests/cuda/gpu_main.cpp": "cuda_gpu", "tests/cuda/fast_gpu_main.cpp": "cuda_fast_gpu",
            "kernels/fast/bench.cu": "flashd_gpu_bench"}
BENCH = ("--d", "128", "--heads", "16", "--queries", "16384", "--check", "32", "--seconds", "2",
         "--json")
# One query, whose keys are shared by as many blocks as fit the GPU, and by one.
DECODE = ("--d", "128", "--heads", "32", "--kv-heads", "8", "--queries", "1", "--keys", "131072",
          "--check", "32", "--json")
LAST = 60  # seconds after its budget that bench/gpu.py has for what it has begun
TOOLS = ("memcheck", "racecheck", "synccheck")
FLAGS = ("-std=c++17", "-O3", "-Werror", "all-warnings", "-Xcompiler", "-Wall,-Wextra",
         "-gencode", "arch=compute_80,code=[compute_80,sm_80]",
         "-gencode", "arch=compute_90a,code=sm_90a")
SANITIZER_FOUND = 9  # exit status that compute-sanitizer is told to end with


class Stop(Exception):
    """Ends the script with an exit status and one sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


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
    return chosen


def tool(name, purpose):
    usual = pathlib.Path("/usr/local/cuda/bin") / name  # often not on the path
    found = shutil.which(name) or (usual if usual.is_file() else None)
    if not found:
        raise Stop(MISSING, f"{name} was not found; it is needed to {purpose}")
    return str(found)


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


def first_line(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    lines = done.stdout.strip().splitlines()
    return lines[-1] if done.returncode == 0 and lines else None


class Clock:
    """What is left of the time that the whole run may take."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds

    def left(self):
        return self.end - time.monotonic()


def run(name, command, clock, good=(0,)):
    """One step as the record has it."""
    start = time.monotonic()
    step = {"name": name, "command": shlex.join(map(str, command))}
    left = clock.left()
    if left <= 0:
        return {**step, "status": None, "good": False, "output": "not run: the time was over"}
    try:
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, timeout=left, cwd=ROOT, check=False)
        status, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        text = late.stdout or ""
        status = None
        output = (text.decode(errors="replace") if isinstance(text, bytes) else text) + \
            "\nended: the time was over"
    except OSError as error:
        status, output = None, f"does not start: {error.strerror}"
    return {**step, "status": status, "good": status in good,
            "seconds": round(time.monotonic() - start, 1), "output": output[-4000:].strip()}


def sources():
    files = [path for pattern in SOURCES for path in sorted(ROOT.glob(pattern))]
    return [path for path in files if path.name not in LEFT_OUT]


def build(nvcc, chosen, clock):
    """Compiles every source and links the programs; the steps, which end at the first failure."""
    folder = pathlib.Path(chosen.build)
    folder.mkdir(parents=True, exist_ok=True)
    includes = [f"-I{path}" for path in (ROOT, *chosen.include)]
    objects = {path: folder / (str(path.relative_to(ROOT)).replace("/", "_") + ".o")
               for path in sources()}
    commands = {path: [nvcc, *FLAGS, *includes, "-c", path, "-o", target]
                for path, target in objects.items()}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        steps = list(pool.map(
            lambda path: run(f"compile {path.relative_to(ROOT)}", commands[path], clock), commands))
    programs = {name: folder / name for name in PROGRAMS.values()}
    if all(step["good"] for step in steps):
        mains = {ROOT / main: name for main, name in PROGRAMS.items()}
        shared = [target for path, target in objects.items() if path not in mains]
        for main, name in mains.items():
            steps.append(run(f"link {name}", [nvcc, objects[main], *shared, "-o", programs[name],
                                              "-ldl"], clock))
    return steps, programs


def checks(programs, sanitizer, clock):
    """Yields the steps that run on the GPU."""
    exact, fast = programs["cuda_gpu"], programs["cuda_fast_gpu"]
    folders = [folder for folder in FOLDERS if (ROOT / folder).is_dir()]
    for prefix, program in (("", exact), ("fast ", fast)):
        yield run(f"{prefix}small", [program, "small"], clock)
        for name in TOOLS if sanitizer else ():
            yield run(f"{prefix}{name}", [sanitizer, "--tool", name, "--error-exitcode",
                                          SANITIZER_FOUND, program, "small"], clock)
    for what in ("cases", "long", "host"):
        yield run(f"fast {what}", [fast, what], clock)
    bench = programs["flashd_gpu_bench"]
    for kernel in ("fast", "division", "portable"):
        for causal in ((), ("--causal",)):
            # Status 3: a GPU of another compute capability than 9.0.
            yield run(" ".join(("bench", kernel, *causal)),
                      [bench, "--kernel", kernel, *BENCH, *causal], clock,
                      good=(0, MISSING) if kernel == "fast" else (0,))
        for parts in ((), ("--parts", "1")):
            yield run(" ".join(("bench decode", kernel, *parts)),
                      [bench, "--kernel", kernel, *DECODE, *parts], clock,
                      good=(0, MISSING) if kernel == "fast" else (0,))
    for what in ("jobs", "long", "million", "far", "fault"):
        yield run(what, [exact, what], clock)
    yield run("traces", [exact, "traces", *folders], clock)
    yield times(bench, clock)


def times(bench, clock):
    """bench/gpu.py, with the baselines if there is a PyTorch."""
    python = shutil.which("python3") or sys.executable
    found = run("PyTorch", [python, "-c", "import torch.nn.attention as a; a.sdpa_kernel; "
                            "import torch; assert torch.cuda.is_available()"], clock)
    budget = max(1, int(clock.left()) - LAST)
    step = run("times and energies" if found["good"] else "times and energies without baselines",
               [python, ROOT / "bench" / "gpu.py", "--program", bench, "--budget", budget,
                "--call-seconds", LAST / 2, *(() if found["good"] else ("--no-baselines",))], clock)
    if not found["good"]:
        said = found["output"].splitlines() or ["PyTorch sees no GPU"]
        step["baselines"] = f"left out: {said[-1]}"
    return step


def tell(step):
    last = step["output"].splitlines()[-1:] or [""]
    print(f"{'ok    ' if step['good'] else 'FAILED'} {step['name']}: {last[0]}", flush=True)


def write(path, record):
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


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
    steps, programs = build(nvcc, chosen, clock)
    for step in steps:
        tell(step)
    built = all(step["good"] for step in steps)
    if chosen.build_only:
        for step in steps:
            if not step["good"]:
                print(step["output"])
        return 0 if built else FAILED
    if built:
        for step in checks(programs, sanitizer, clock):
            tell(step)
            steps.append(step)
    good = built and all(step["good"] for step in steps)
    record = {"what": "exact CUDA kernel against golden, tolerance 0; fast kernels against "
                      "float64 by FlashAttention's rule", "good": good,
              "date": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
              "command": shlex.join(["kernels/on_gpu.py", *arguments]), "device": gpu,
              "nvcc": first_line([nvcc, "--version"]),
              "commit": first_line(["git", "rev-parse", "HEAD"]),
              "changed": bool(first_line(["git", "status", "--porcelain"])), "steps": steps}
    slug = re.sub(r"[^a-z0-9]+", "-", gpu["name"].lower()).strip("-")
    default = ROOT / "bench" / "results" / f"{now.strftime('%Y-%m-%d')}-cuda-{slug}.json"
    path = pathlib.Path(chosen.record) if chosen.record else default
    write(path, record)
    print(f"{'all good' if good else 'FAILED'}; record: {os.path.relpath(path)}")
    return 0 if good else FAILED


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"on_gpu.py: {stop}", file=sys.stderr)
        sys.exit(stop.status)
    except OSError as error:
        print(f"on_gpu.py: {error.filename or ''}: {error.strerror}", file=sys.stderr)
        sys.exit(INTERNAL)
