# SPDX-License-Identifier: Apache-2.0
"""The exact kernel under nvcc for sm_90a: no warning, no spilled register; a warning is an error.

Usage: compile_test.py CXX [NVCC]; exits with 77 where there is no nvcc.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
KERNELS = 4  # two profiles, two input formats
MOST_REGISTERS = 128  # 512 threads of 128 registers fill a multiprocessor

UNUSED = "\nstatic __global__ void f(int* p) { int unused = 1; *p = 2; }\n"


def compile_kernel(nvcc, cxx, source, scratch, *options):
    command = [nvcc, "-ccbin", cxx, "-std=c++17", "-O3", "-Werror", "all-warnings",
               "-Xcompiler", "-Wall,-Wextra,-Werror", "-gencode", "arch=compute_90a,code=sm_90a",
               "-I", ROOT, "-c", source, "-o", scratch / "kernel.o", *options]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


def main():
    cxx, *found = sys.argv[1:]
    nvcc = found[0] if found else ""
    if not pathlib.Path(nvcc).is_file():
        print("SKIP: no nvcc was found, so the kernels were not compiled for a GPU")
        return 77
    source = ROOT / "kernels" / "exact" / "on_gpu.cu"
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        done = compile_kernel(nvcc, cxx, source, scratch, "-Xptxas", "-v,-warn-spills")
        if done.returncode != 0:
            print(f"FAILED: {done.stdout}{done.stderr}")
            return 1
        registers = [int(n) for n in re.findall(r"Used (\d+) registers", done.stderr)]
        spills = [int(n) for n in re.findall(r"(\d+) bytes spill stores", done.stderr)]
        print(f"registers {registers}, bytes spilled {spills}")
        if (len(registers) != KERNELS or max(registers) > MOST_REGISTERS
                or spills != [0] * KERNELS):
            print(f"FAILED: expected {KERNELS} kernels of at most {MOST_REGISTERS} registers")
            return 1
        spoiled = scratch / "spoiled.cu"
        spoiled.write_text(UNUSED, encoding="utf-8")
        done = compile_kernel(nvcc, cxx, spoiled, scratch)
        if done.returncode == 0 or "unused" not in done.stdout + done.stderr:
            print(f"FAILED: a kernel with an unused variable passes\n{done.stdout}{done.stderr}")
            return 1
    return 0


sys.exit(main())
