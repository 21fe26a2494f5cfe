# SPDX-License-Identifier: Apache-2.0
"""Deliberate bugs in the exact kernel's body: every one must be seen on the CPU.

Usage: mutants_test.py CXX LIBRARY...
"""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXACT = "kernels/exact/"
BODY = EXACT + "body.hpp"

# name, file, text, what stands there instead
MUTANTS = [
    ("row of another head", BODY, "rows_here_.kv_head * (a_.heads_q / a_.heads_kv) + at",
     "rows_here_.kv_head + at"),
    ("page of another head", BODY, "(page * a_.heads_kv + rows_here_.kv_head)",
     "(page + rows_here_.kv_head)"),
    ("offsets of 32 bits", BODY, "return rows_here_.kv_head * a_.keys + key;",
     "return static_cast<std::int32_t>(rows_here_.kv_head * a_.keys + key);"),
    ("one key too many", BODY, "key >= row.range.end", "key > row.range.end"),
    ("last tile as long as the others", BODY, "left < a_.tile ? left : a_.tile", "a_.tile"),
    ("tiles begin at the first visible key", BODY, "all.begin / a_.tile * a_.tile", "all.begin"),
    ("l of the tile before", BODY, "    row.l = 0;\n", ""),
    ("threads overwrite the largest score", BODY, "threads_.raise(&row.largest, s.value);",
     "row.largest = s.value;"),
    ("a NaN value leaves no flag", BODY, "if (!v.finite) flags |= kRowNanValue;", ""),
    ("bias of another query", BODY, "row.query * a_.bias_query", "row.query * a_.bias_key"),
    ("skipped keys are not counted", BODY, "threads_.add(&row.skipped, 1);", ";"),
    ("exponents before the clamp", BODY, "value(j, e, &clamped).exponent",
     "arith::decode<Format>(v_[j * a_.dv + e]).exponent"),
    ("rows share a state", BODY, "a_.head_in[row.index]", "a_.head_in[row.query]"),
    ("keys overlap in shared memory", EXACT + "shared_memory.hpp", "2 * (((d + 1) / 2) | 1)",
     "d - 1"),
    ("a thread leaves items out", EXACT + "threads.hpp", "i += threads_)", "i += threads_ + 1)"),
]


def shell(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)


def build(cxx, scratch, libraries, headers, program):
    """Compiles the body with changed headers first on the path; the messages of a failure."""
    flags = [cxx, "-std=c++17", "-O1", *(f"-I{folder}" for folder in headers), f"-I{ROOT}"]
    body = scratch / "body.o"
    done = shell(*flags, "-c", ROOT / EXACT / "on_cpu.cpp", "-o", body)
    if done.returncode == 0:
        done = shell(cxx, body, scratch / "rest.o", scratch / "main.o", *libraries, "-o", program)
    return "" if done.returncode == 0 else done.stderr


def verdict(program):
    try:
        done = subprocess.run([str(program)], capture_output=True, text=True, timeout=120,
                              check=False)
    except subprocess.TimeoutExpired:
        return None, "it did not end"
    lines = done.stdout.strip().splitlines()
    return done.returncode, lines[-1] if lines else f"signal {-done.returncode}"


def main():
    cxx, *libraries = sys.argv[1:]
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        for source, name in ((EXACT + "no_gpu.cpp", "rest.o"),
                             ("tests/cuda/mutants_main.cpp", "main.o")):
            done = shell(cxx, "-std=c++17", "-O1", f"-I{ROOT}", "-c", ROOT / source, "-o",
                         scratch / name)
            if done.returncode != 0:
                raise SystemExit(f"FAILED: {source} does not compile\n{done.stderr}")
        program = scratch / "program"
        failure = build(cxx, scratch, libraries, (), program)
        status, said = (None, failure) if failure else verdict(program)
        print(f"no bug: {said}")
        if status != 0:
            raise SystemExit("FAILED: the body without a bug does not pass")
        for name, file, old, new in MUTANTS:
            text = (ROOT / file).read_text(encoding="utf-8")
            if text.count(old) != 1:
                raise SystemExit(f"FAILED: {name}: '{old}' must stand once in {file}")
            changed = scratch / "changed"
            path = changed / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace(old, new), encoding="utf-8")
            failure = build(cxx, scratch, libraries, (changed,), program)
            path.unlink()
            if failure:
                raise SystemExit(f"FAILED: {name} does not compile\n{failure}")
            status, said = verdict(program)
            print(f"{'missed' if status == 0 else 'caught'}: {name}: {said[:160]}", flush=True)
            if status == 0:
                missed.append(name)
    if missed:
        raise SystemExit(f"FAILED: not seen: {', '.join(missed)}")
    print(f"{len(MUTANTS)} bugs, all caught")


main()
