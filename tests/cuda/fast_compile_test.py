# SPDX-License-Identifier: Apache-2.0
"""The fast kernels under nvcc: no warning, no spilled register where none may spill, no product of
the tensor cores that the assembler had to put in line, and exponentials while products run. What is
around the kernels, and the exact kernel: no warning for either architecture.

Usage: fast_compile_test.py CXX [NVCC]; exits with 77 where there is no nvcc.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LEAST = 16  # exponentials that must overlap
# Source, architectures, kernels of all of them, most bytes that a kernel of d = 256 may spill;
# others: none.
BOTH = ("80", "90a")
SOURCES = [("hopper.cu", ("90a",), 12, 0), ("portable.cu", ("80",), 12, 16),
           ("merge.cu", BOTH, 12, 0)]
# Of these the warnings alone count; compile_test.py looks at the exact kernel's registers.
AROUND = ("fast/launch.cu", "fast/run.cu", "fast/bench.cu", "exact/on_gpu.cu")

# Of one kernel, for the test of overlaps().
SASS = """.section .text.k
 MUFU.EX2 R1, R2 ;
 WARPGROUP.DEPBAR.LE gsb0, 0x{0} ;
 MUFU.EX2 R1, R2 ;
 MUFU.EX2 R1, R2 ;
 WARPGROUP.DEPBAR.LE gsb0, 0x{1} ;
 MUFU.EX2 R1, R2 ;
 WARPGROUP.DEPBAR.LE gsb0, 0x0 ;
"""


def compile_source(nvcc, cxx, source, archs, target, *options):
    codes = [word for arch in archs for word in ("-gencode", f"arch=compute_{arch},code=sm_{arch}")]
    command = [nvcc, "-ccbin", cxx, "-std=c++17", "-O3", "-Werror", "all-warnings",
               "-Xcompiler", "-Wall,-Wextra,-Werror", *codes, "-I", ROOT, "-c", source,
               "-o", target, *options]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


def spills_of(text):
    """{(d, ...): bytes} of each kernel that ptxas tells of."""
    found = re.findall(r"Compiling entry function '(\w*)'.*?(\d+) bytes spill stores", text, re.S)
    return [(int(re.search(r"kernelILi(\d+)E", kernel).group(1)), int(count))
            for kernel, count in found]


def disassembler(nvcc):
    """nvdisasm of the toolkit, of the path or of the Python packages, or None."""
    places = [pathlib.Path(nvcc).with_name("nvdisasm"), pathlib.Path(shutil.which("nvdisasm") or "/-"),
              *(place for folder in sys.path
                for place in pathlib.Path(folder or ".").glob("nvidia/cu*/bin/nvdisasm"))]
    return next((str(place) for place in places if place.is_file()), None)


def overlaps(text):
    """Of each kernel, the exponentials between the wait for scores, while outputs are still summed,
    and the wait for outputs.
    """
    found = []
    for kernel in re.split(r"\.section\s+\.text\.", text)[1:]:
        count, most = None, 0
        for line in kernel.splitlines():
            if count is not None and "MUFU.EX2" in line:
                count += 1
            wait = re.search(r"DEPBAR\.LE gsb0, 0x(\d)", line)
            if wait:
                most = max(most, count or 0)
                count = 0 if wait.group(1) == "1" else None
        found.append(most)
    return found


def check_overlap(nvcc, cubin, kernels):
    """What is wrong with the order of a kernel's instructions, or nothing."""
    tool = disassembler(nvcc)
    if not tool:
        print("no nvdisasm was found: whether exponentials overlap products was not looked at")
        return ""
    done = subprocess.run([tool, str(cubin)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"nvdisasm ends with {done.returncode}: {done.stderr.strip()}"
    counts = overlaps(done.stdout)
    print(f"exponentials of a tile while the last one's outputs are summed: {sorted(set(counts))}")
    if len(counts) != kernels or min(counts) < LEAST:
        return f"exponentials in {len(counts)} kernels that overlap products: {counts}"
    return ""


def fault(text, kernels, most_256):
    """What is wrong with the assembler's report, or nothing."""
    if "serialized" in text or "is injected" in text:
        return "products of the tensor cores are put in line"
    spills = spills_of(text)
    if len(spills) != kernels:
        return f"{len(spills)} kernels are reported, expected {kernels}"
    for d, count in spills:
        if count > (most_256 if d == 256 else 0):
            return f"a kernel of d {d} spills {count} bytes"
    return ""


def kernels_pass(nvcc, cxx, target):
    for name, archs, kernels, most_256 in SOURCES:
        done = compile_source(nvcc, cxx, ROOT / "kernels" / "fast" / name, archs, target,
                              "-Xptxas", "-v", "-keep", "-keep-dir", target.parent)
        text = done.stdout + done.stderr
        wrong = fault(text, kernels, most_256) if done.returncode == 0 else text
        if name == "hopper.cu" and not wrong:
            kept = list(target.parent.glob("hopper*.cubin"))
            wrong = check_overlap(nvcc, kept[0], kernels) if kept else "nvcc keeps no cubin"
        if wrong:
            print(f"FAILED: {name}: {wrong}")
            return False
        registers = sorted({int(n) for n in re.findall(r"Used (\d+) registers", text)})
        print(f"{name} for sm_{' and sm_'.join(archs)}: {kernels} kernels, registers {registers}, "
              f"bytes spilled {sorted({count for _, count in spills_of(text)})}")
    return True


def around_passes(nvcc, cxx, target):
    for name in AROUND:
        done = compile_source(nvcc, cxx, ROOT / "kernels" / name, BOTH, target)
        if done.returncode != 0:
            print(f"FAILED: {name}: {done.stdout}{done.stderr}")
            return False
    print(f"{', '.join(AROUND)} for sm_{' and sm_'.join(BOTH)}: no warning")
    return True


def main():
    cxx, *found = sys.argv[1:]
    nvcc = found[0] if found else ""
    sample = "Compiling entry function '_Z1_kernelILi128E'\n 4 bytes spill stores"
    if not (fault(sample, 1, 16) and fault(sample, 2, 16) and fault("serialized", 0, 0)) \
            or fault(sample.replace("128", "256"), 1, 16) or not fault("arrive is injected", 0, 0) \
            or overlaps(SASS.format(1, 0)) != [2] or overlaps(SASS.format(0, 1)) != [1]:
        print("FAILED: the report of the assembler is read wrongly")
        return 1
    if not pathlib.Path(nvcc).is_file():
        print("SKIP: no nvcc was found, so the kernels were not compiled for a GPU")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "kernel.o"
        return 0 if kernels_pass(nvcc, cxx, target) and around_passes(nvcc, cxx, target) else 1


sys.exit(main())
