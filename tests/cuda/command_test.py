# SPDX-License-Identifier: Apache-2.0
"""flashd run, verify and info with the back end cuda. Usage: command_test.py PROGRAM FOLDER...

Every trace of the folders on golden and on the kernel's body: o.npy, lse.npy, state.bin and counts.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

COUNTS = ("scores", "keys_skipped", "tiles", "tiles_skipped", "saturations", "rows_nan",
          "rows_empty")


def call(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True,
                          check=False)


def need(condition, what, done):
    if not condition:
        raise SystemExit(f"FAILED: {what}: status {done.returncode}\n{done.stdout}{done.stderr}")


def outputs(program, trace, out, *options):
    done = call(program, "run", "--input", trace, "--output", out, "--state-out", out, *options)
    need(done.returncode == 0, f"{trace.name} {' '.join(options)}", done)
    stats = json.loads((out / "stats.json").read_text())
    files = {name: (out / name).read_bytes() for name in ("o.npy", "lse.npy", "state.bin")}
    return files, stats


def compare(program, trace, scratch, kernel):
    """Bytes compared."""
    golden, golden_stats = outputs(program, trace, scratch / "golden")
    ways = {"whole": (), "in parts": ("--keys-per-job", "64"), "in pages": ("--page-size", "32")}
    compared = 0
    for way, options in ways.items():
        files, stats = outputs(program, trace, scratch / way, "--backend", "cuda", "--kernel",
                               kernel, *options)
        if stats["engine"]["backend"] != f"cuda:{kernel}":
            raise SystemExit(f"FAILED: the back end is {stats['engine']['backend']}")
        for name, data in golden.items():
            if files[name] != data:
                raise SystemExit(f"FAILED: {trace.name}: {name} of golden and {kernel}, {way}")
            compared += len(data)
        for count in COUNTS:
            one, other = golden_stats["counters"][count], stats["counters"][count]
            if one != other and way != "in parts":  # parts count their rows anew
                raise SystemExit(f"FAILED: {trace.name}: {count} is {other}, golden has {one}")
    return compared


def refusals(program, trace, scratch):
    """Status and words of what cannot be done; nothing may be written."""
    out = scratch / "refused"
    run = ("run", "--input", trace, "--output", out)
    rows = [(("--kernel", "exact"), 2, "--backend cuda"),
            (("--backend", "cuda", "--kernel", "quick"), 2, "expected exact, exact-cpu, fast"),
            (("--backend", "cuda:quick"), 2, "expected exact, exact-cpu, fast"),
            (("--backend", "cuda", "--kernel", "exact", "--wave", scratch / "w.fst"), 2, "--wave"),
            (("--backend", "cuda", "--trace", scratch / "t.json"), 2, "--trace"),
            (("--backend", "cuda", "--energy", "table.yaml"), 2, "--energy")]
    for options, status, words in rows:
        done = call(program, *run, *options)
        need(done.returncode == status and words in done.stderr and not out.exists(),
             f"refusal of {options}", done)
    done = call(program, "verify", "--random", "1", "--backend", "golden")
    need(done.returncode == 2 and "engine or cuda" in done.stderr, "verify on golden", done)


def gpu(program, trace, scratch):
    """The kernel on a GPU, or the sentence that says why not."""
    info = json.loads(call(program, "info", "--json").stdout)
    if info["cuda"]["exact-cpu"] != "yes":
        raise SystemExit(f"FAILED: info says {info['cuda']}")
    if info["cuda"]["exact"] == "yes":
        compare(program, trace, scratch, "exact")
        return "compared on the GPU"
    for options in (("run", "--input", trace, "--output", scratch / "none"),
                    ("verify", "--random", "1")):
        for kernel in ((), ("--kernel", "exact")):
            done = call(program, *options, "--backend", "cuda", *kernel)
            sentence = done.stderr.strip()
            need(done.returncode == 3 and sentence.count("\n") == 0
                 and ("GPU" in sentence or "CUDA" in sentence), "without a GPU", done)
    if (scratch / "none").exists():
        raise SystemExit("FAILED: outputs without a GPU")
    return info["cuda"]["exact"]


def main():
    program, *folders = sys.argv[1:]
    traces = {path.parent.name: path.parent for folder in map(pathlib.Path, folders)
              for path in sorted(folder.glob("*/q.npy"))}
    compared = 0
    for name, trace in traces.items():
        with tempfile.TemporaryDirectory() as scratch:
            compared += compare(program, trace, pathlib.Path(scratch), "exact-cpu")
    first = next(iter(traces.values()))
    with tempfile.TemporaryDirectory() as scratch:
        refusals(program, first, pathlib.Path(scratch))
        print(f"kernel exact: {gpu(program, first, pathlib.Path(scratch))}")
    done = call(program, "verify", "--random", "20", "--config", "tiny", "--backend", "cuda",
                "--kernel", "exact-cpu", "--json")
    need(done.returncode == 0, "verify", done)
    totals = json.loads(done.stdout)
    need(totals["jobs"] == 20 and totals["compared"]["results"] > 10000
         and totals["mismatches"] == 0, "verify's totals", done)
    values = totals["compared"]["results"]
    print(f"{len(traces)} traces, {compared} bytes; 20 jobs, {values} values")
    if len(traces) < 3 or compared < 1000000:
        raise SystemExit("FAILED: too little was compared")


main()
