# SPDX-License-Identifier: Apache-2.0
"""kernels/on_gpu.py without a GPU: what it refuses, and its record when tools stand in for the real
ones.
"""
import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "kernels" / "on_gpu.py"

SMI = """#!/bin/sh
echo 'NVIDIA Test 1, 580.1, 81559 MiB, 9.0'
"""
NO_SMI = """#!/bin/sh
echo 'No devices were found'
exit 6
"""
# Notes what it was asked for; the linked program answers to its argument.
NVCC = """#!/bin/sh
for last; do case "$before" in -o) out=$last;; esac; before=$last; done
case " $* " in *headers.cpp*) [ -z "$NO_HEADERS" ] || { echo 'gsl/span: No such file'; exit 1; };; esac
case " $* " in *" -c "*) exit 0;; *" --version "*) echo 'Build test'; exit 0;; esac
cat > "$out" <<'END'
#!/bin/sh
[ "$1" = "$FAIL" ] && { echo 'FAILED: o[3] is 1, golden has 2'; exit 1; }
[ "$2 $1" = "$HANG" ] && sleep 60
[ "$1 $2" = "accuracy fast" ] && head -c 15000 /dev/zero | tr '\\0' x
[ "$1" = small ] && head -c 15000 /dev/zero | tr '\\0' x
[ "$1" = traces ] && printf '\\377 is no text\n'
echo "$1: 7 jobs equal golden's"
END
chmod +x "$out"
"""
# In its place: whether it has PyTorch, and bench/gpu.py.
PYTHON = """#!/bin/sh
[ "$1" = "-c" ] && { [ -z "$NO_TORCH" ] || { echo "No module named 'torch'"; exit 1; }; exit 0; }
[ -f "$1" ] || { echo "no $1"; exit 2; }
echo "$*"
[ "$FAIL" = times ] && exit 1
exit 0
"""
SANITIZER = """#!/bin/sh
echo "$2"
[ "$2" = "$FAIL" ] && exit 9
exit 0
"""
# Nsight Compute: what it prints where the counters are denied, when it fails, and when it hangs.
NCU = """#!/bin/sh
case "$NCU" in
denied) printf '==ERROR== ERR_NVGPUCTRPERM - no permission\\n==WARNING== more\\n';;
fails) echo 'no such set'; exit 1;;
hangs) sleep 60;;
esac
echo "profiled $*"
"""
FAST = ("portable", "division", "fast")
TOOLS = ("memcheck", "racecheck", "synccheck")
STEPS = ["link cuda_gpu", "link cuda_fast_gpu", "link flashd_gpu_bench",
         "small", "jobs", "long", "million", "far", "traces", "fault",
         *(f"{kernel} small" for kernel in FAST),
         *(f"{kernel} {what}" for kernel in FAST for what in ("cases", "long", "host", "accuracy")),
         *TOOLS, *(f"{kernel} {tool}" for kernel in FAST for tool in TOOLS),
         *(f"bench {kernel}{more}" for kernel in FAST
           for more in ("", " causal", " decode", " decode in one part", " d 64", " d 256", " fp16")),
         *(f"profile {kernel}" for kernel in FAST), "times and energies"]


def tools(folder, **programs):
    folder.mkdir()
    for name, text in programs.items():
        path = folder / name.replace("_", "-")
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    return folder


def call(path, *arguments, **environment):
    env = {"PATH": f"{path}:/usr/bin:/bin", "HOME": os.environ.get("HOME", "/"), **environment}
    return subprocess.run([sys.executable, "-B", SCRIPT, *map(str, arguments)], env=env, text=True,
                          capture_output=True, check=False)


def need(condition, what, done):
    if not condition:
        raise SystemExit(f"FAILED: {what}: status {done.returncode}\n{done.stdout}{done.stderr}")


def refusals(scratch):
    none = tools(scratch / "none", nvidia_smi=NO_SMI)
    record = scratch / "none.json"
    rows = [(("--include", scratch / "absent"), 2, "there is no such folder"),
            (("--seconds", "0"), 2, "expected at least 1"),
            (("--seconds", "soon"), 2, "invalid int"), (("--quick",), 2, "unrecognized"),
            ((), 3, "no GPU can be used: nvidia-smi says 'No devices were found'")]
    for options, status, words in rows:
        done = call(none, *options, "--record", record)
        need(done.returncode == status and words in done.stderr and not record.exists(),
             f"refusal of {options}", done)
    gpu = tools(scratch / "gpu", nvidia_smi=SMI, nvcc=NVCC)
    done = call(gpu, "--nvcc", "no-such-nvcc", "--no-sanitizer", "--build", scratch / "b0",
                "--record", record)
    need(done.returncode == 3 and "no-such-nvcc was not found" in done.stderr, "no nvcc", done)
    done = call(gpu, "--no-sanitizer", "--build", scratch / "b1", "--record", record,
                NO_HEADERS="1")
    need(done.returncode == 3 and "install libmsgsl-dev" in done.stderr, "no headers", done)


def records(scratch):
    path = tools(scratch / "tools", nvidia_smi=SMI, nvcc=NVCC, compute_sanitizer=SANITIZER,
                 python3=PYTHON, ncu=NCU)

    def record(name, status, *options, **environment):
        file = scratch / f"{name}.json"
        done = call(path, "--record", file, "--build", scratch / name, *options, **environment)
        need(done.returncode == status and file.exists(), name, done)
        return json.loads(file.read_text(encoding="utf-8"))

    good = record("good", 0)
    ran = [step["name"] for step in good["steps"]]
    compiled = [name for name in ran if name.startswith("compile ")]
    if not good["good"] or ran[len(compiled):] != STEPS or len(compiled) < 20:
        raise SystemExit(f"FAILED: the steps of a good run are {ran}")
    for source in ("kernels/exact/on_gpu.cu", "kernels/exact/check.cpp", "model/golden/states.cpp",
                   "kernels/fast/hopper.cu", "kernels/fast/merge.cu", "kernels/fast/bench.cu",
                   "tests/cuda/fast_gpu.cu", "tests/cuda/fast_table.cpp"):
        if f"compile {source}" not in ran:
            raise SystemExit(f"FAILED: {source} is not compiled")
    if "compile kernels/exact/no_gpu.cpp" in ran or good["device"]["driver"] != "580.1" \
            or good["device"]["name"] != "NVIDIA Test 1" or not good["date"].endswith("Z"):
        raise SystemExit(f"FAILED: the record is {good}")
    outputs(good)
    bad = record("bad", 1, FAIL="racecheck")
    steps = {step["name"]: step["good"] for step in bad["steps"]}
    if bad["good"] or steps["racecheck"] or not steps["traces"]:
        raise SystemExit(f"FAILED: a race gives {bad}")
    bad = record("wrong", 1, "--no-sanitizer", FAIL="jobs")
    steps = {step["name"]: step["good"] for step in bad["steps"]}
    if bad["good"] or steps["jobs"] or not steps["traces"] or "memcheck" in steps:
        raise SystemExit(f"FAILED: a wrong bit gives {bad}")
    bad = record("times", 1, "--no-sanitizer", FAIL="times")
    if bad["good"] or bad["steps"][-1]["good"]:
        raise SystemExit(f"FAILED: a bench that fails gives {bad}")
    last = record("no_torch", 0, "--no-sanitizer", NO_TORCH="1")["steps"][-1]
    if "sdpa" in last["output"] or "torch" not in last.get("baselines", "") \
            or "baselines" in good["steps"][-1] or "sdpa" not in good["steps"][-1]["output"]:
        raise SystemExit(f"FAILED: baselines with and without PyTorch: {last}")


def outputs(record):
    """What the steps were given, and how much of what they printed is kept."""
    steps = {step["name"]: step for step in record["steps"]}
    if len(steps["fast accuracy"]["output"]) < 15000 or len(steps["fast small"]["output"]) > 4000:
        raise SystemExit("FAILED: an accuracy is not kept whole, or another output is")
    for name, words in (("bench fast d 64", "--kernel fast --d 64 --heads 32 --queries 16384 --causal"),
                        ("bench portable d 256", "--d 256 --heads 8 --queries 16384 --causal"),
                        ("bench division fp16", "--format fp16 --queries 16384 --causal --json"),
                        ("profile division", "flashd_gpu_bench --kernel division --d 128 --heads 16 "
                         "--queries 4096 --warmup 1 --repeat 1 --json"),
                        ("profile fast", "--launch-skip 1 --launch-count 1 --kernel-name ")):
        if words not in steps[name]["command"] or "unavailable" in steps[name]:
            raise SystemExit(f"FAILED: {name}: {steps[name]}")


def profiles(on_gpu, scratch):
    """A profile that fails, or that there is no ncu for, makes no run bad."""
    on_gpu.NCU, path = 1, tools(scratch / "ncu", ncu=NCU)
    before = os.environ["PATH"]
    for how, told in (("denied", "ERR_NVGPUCTRPERM - no permission"), ("fails", "no such set"),
                      ("hangs", "it hangs"), ("", None)):
        os.environ.update(PATH=f"{path}:{before}", NCU=how)
        steps = list(on_gpu.profiles("bench", on_gpu.Clock(60), ["fast"]))
        if len(steps) != 1 or not steps[0]["good"] or steps[0]["name"] != "profile fast" \
                or (told or "None") not in str(steps[0].get("unavailable")):
            raise SystemExit(f"FAILED: ncu that is '{how}': {steps}")
    os.environ["PATH"] = before
    on_gpu.program_at = lambda name: None
    steps = list(on_gpu.profiles("bench", on_gpu.Clock(60), ["fast"]))
    if [(s["name"], s["good"], s["output"]) for s in steps] != \
            [("profile", True, "left out: ncu was not found")]:
        raise SystemExit(f"FAILED: no ncu: {steps}")


def load():
    made = importlib.util.spec_from_file_location("on_gpu", SCRIPT)
    on_gpu = importlib.util.module_from_spec(made)
    made.loader.exec_module(on_gpu)
    return on_gpu


def hang(scratch):
    """A kernel that hangs costs its own steps alone; what is stopped leaves a record."""
    path = tools(scratch / "hang", nvidia_smi=SMI, nvcc=NVCC, python3=PYTHON)
    short = scratch / "short.py"
    short.write_text(SCRIPT.read_text(encoding="utf-8").replace("STEP, SANITIZED = 90, 150",
                                                               "STEP, SANITIZED = 2, 2")
                     .replace("parent.parent", f"parent; ROOT = pathlib.Path('{ROOT}')"),
                     encoding="utf-8")
    file = scratch / "hang.json"
    env = {"PATH": f"{path}:/usr/bin:/bin", "HANG": "division small"}
    command = [sys.executable, "-B", short, "--no-sanitizer", "--build", scratch / "b2", "--record",
               file]
    for at, never, others in (("division small", ("division cases", "bench division"), "fast cases"),
                              ("fast long", ("bench fast", "bench fast d 64"), "bench portable"),
                              (" small", ("jobs", "traces", "fault"), "division long")):
        done = subprocess.run(list(map(str, command)), env={**env, "HANG": at}, text=True,
                              capture_output=True, check=False, timeout=50)
        steps = {step["name"]: step
                 for step in json.loads(file.read_text(encoding="utf-8"))["steps"]}
        last = steps["times and energies"]
        need(done.returncode == 1 and "it hangs" in steps[at.strip()]["output"]
             and steps[others]["good"] and not set(never) & set(steps) and last["good"]
             and at.split(" ")[0] not in last["command"].split("--kernels")[1].split()[:3],
             f"'{at}' hangs", done)
    for sent, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        file.unlink()
        begun = subprocess.Popen(list(map(str, [*command[:2], SCRIPT, *command[3:]])), env=env,
                                 text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while "portable small" not in begun.stdout.readline():
            pass
        begun.send_signal(sent)
        told = begun.communicate(timeout=30)
        record = json.loads(file.read_text(encoding="utf-8"))
        if begun.returncode != status or "record has what was done" not in told[1] \
                or record["good"] or record["complete"] or len(record["steps"]) < 20:
            raise SystemExit(f"FAILED: signal {sent}: {begun.returncode} {told} {record}")


def little_time(on_gpu):
    """Without time for bench/gpu.py nothing is wrong; where its record goes."""
    step = on_gpu.times("bench", on_gpu.Clock(on_gpu.LAST + on_gpu.LEAST - 1), ["fast"], None)
    if not step["good"] or "were left" not in step["unavailable"] or step["command"]:
        raise SystemExit(f"FAILED: too little time: {step}")
    named = on_gpu.beside("there/x.json")
    if on_gpu.beside(None) is not None or named != pathlib.Path.cwd() / "there/x_times.json":
        raise SystemExit(f"FAILED: the record of times goes to {named}")


def kept_open():
    """A process that left its group and keeps the output open is not waited for."""
    import gpu_steps
    begin = time.monotonic()
    step = gpu_steps.run("open", ["sh", "-c", "echo begun; setsid sleep 40 & sleep 40"],
                         gpu_steps.Clock(60), limit=0.5)
    if time.monotonic() - begin > 20 or "begun" not in step["output"] or not step.get("late"):
        raise SystemExit(f"FAILED: an output that stays open: {step}")


def places(on_gpu):
    """A record is not overwritten; a tool that is absent is null."""
    import gpu_files
    with tempfile.TemporaryDirectory() as folder:
        gpu_files.RESULTS = pathlib.Path(folder) / "results"
        now = on_gpu.datetime.datetime(2026, 1, 2)
        first = on_gpu.place("NVIDIA Test 1", now)
        first.parent.mkdir(parents=True)
        first.write_text("{}", encoding="utf-8")
        second = on_gpu.place("NVIDIA Test 1", now)
        if second.name != "2026-01-02-cuda-nvidia-test-1-2.json" \
                or on_gpu.said([pathlib.Path(folder) / "absent"]) is not None:
            raise SystemExit(f"FAILED: places of records: {first} {second}")


def stopped_meanwhile(on_gpu):
    """A process that began while everything was ended is ended too, not waited for."""
    import gpu_steps
    clock = on_gpu.Clock(60)
    process = subprocess.Popen(["sleep", "30"], stdout=subprocess.PIPE, start_new_session=True)
    clock.stop()
    begin = time.monotonic()
    late = gpu_steps.finish(process, clock, 60)[1]
    if not late or time.monotonic() - begin > 20:
        raise SystemExit("FAILED: a process that begins while the clock is stopped is waited for")


def time_limit(on_gpu):
    """A step that outlasts the time, and one that begins after it."""
    late = on_gpu.run("late", ["sleep", "30"], on_gpu.Clock(0.5))
    never = on_gpu.run("never", ["true"], on_gpu.Clock(0))
    absent = on_gpu.run("absent", [SCRIPT.parent / "absent"], on_gpu.Clock(30))
    good = on_gpu.run("good", ["true"], on_gpu.Clock(30))
    if late["good"] or late["seconds"] > 20 or "time was over" not in late["output"] \
            or never["good"] or never["status"] is not None or absent["good"] \
            or "does not start" not in absent["output"] or not good["good"]:
        raise SystemExit(f"FAILED: time limits: {late} {never} {absent} {good}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        refusals(scratch)
        records(scratch)
        hang(scratch)
        on_gpu = load()
        profiles(on_gpu, scratch)
    time_limit(on_gpu)
    stopped_meanwhile(on_gpu)
    little_time(on_gpu)
    kept_open()
    places(on_gpu)
    print("refusals, records of good and bad runs, limits of time")


main()
