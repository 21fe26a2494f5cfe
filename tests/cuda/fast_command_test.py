# SPDX-License-Identifier: Apache-2.0
"""flashd run, verify and info with the fast CUDA kernels. Usage: fast_command_test.py PROGRAM
FOLDER...

Traces of a head dimension of 64 and drawn cases through the kernels' arithmetic on the CPU, errors
against float64; key lengths below the number of keys; what the kernels do not take is refused; on
a GPU, if there is one, the same.
"""
import json
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

OF_GOLDEN = ("keys_skipped", "tiles", "tiles_skipped", "saturations")
OF_ALL = ("jobs", "macs", "scores", "rows_nan", "rows_empty")
# Of the relative L2 error, and the largest error of the log-sum-exp in nats, against float64 with
# outputs in FP32: twice the rounding of a weight to the input format, whose sum the kernel takes.
BOUNDS = {"bf16": 2.0**-8, "fp16": 2.0**-11}
MANY_OUTPUTS = 1000000
GPU_KERNELS = ("fast", "division")


def call(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True,
                          check=False)


def need(condition, what, done=None):
    if not condition:
        told = f": status {done.returncode}\n{done.stdout}{done.stderr}" if done else ""
        raise SystemExit(f"FAILED: {what}{told}")


def write_npy(path, shape, values, dtype="<f4"):
    code = {"<f4": "f", "<i8": "q"}[dtype]
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    header = header.ljust(117) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                     + struct.pack(f"<{len(values)}{code}", *values))


def numbers(data):
    """Raw float32 words of an .npy file's bytes."""
    start = 10 + struct.unpack_from("<H", data, 8)[0]
    return struct.unpack_from(f"<{(len(data) - start) // 4}I", data, start)


def draw(folder, shapes, seed):
    """q.npy, k.npy and v.npy of normal values; the values by name."""
    generator = random.Random(seed)
    folder.mkdir()
    drawn = {}
    for name, shape in zip("qkv", shapes):
        count = 1
        for extent in shape:
            count *= extent
        drawn[name] = [generator.gauss(0, 1) for _ in range(count)]
        write_npy(folder / f"{name}.npy", shape, drawn[name])
    return drawn


def outputs(program, trace, out, *options):
    shutil.rmtree(out, ignore_errors=True)
    done = call(program, "run", "--input", trace, "--output", out, *options)
    need(done.returncode == 0, f"{trace.name} {' '.join(map(str, options))}", done)
    stats = json.loads((out / "stats.json").read_text())
    # Without queries there is no lse.npy.
    return [numbers(path.read_bytes()) if path.exists() else () for path in
            (out / "o.npy", out / "lse.npy")], stats, done


def expect_counts(golden, stats, kernel):
    engine, counts = stats["engine"], stats["counters"]
    need(engine["backend"] == f"cuda:{kernel}" and engine["numerics"] is None, f"{engine}")
    for name in OF_GOLDEN:
        need(counts[name] is None, f"{name} is {counts[name]}, which was not counted")
    for name in OF_ALL:
        need(counts[name] == golden["counters"][name],
             f"{name} is {counts[name]}, golden has {golden['counters'][name]}")


def accuracy(program, trace, scratch, kernel, *options):
    """Outputs compared."""
    compared = 0
    for given, bound in BOUNDS.items():
        both = ("--input-format", given, *options)
        golden, golden_stats, _ = outputs(program, trace, scratch / "golden", *both)
        fast, stats, _ = outputs(program, trace, scratch / "fast", *both, "--check", "--backend",
                                 "cuda", "--kernel", kernel)
        expect_counts(golden_stats, stats, kernel)
        error = stats["check"]["float64"]
        need(0 < error["relative_l2"] < bound and error["lse_worst"] < bound,
             f"{trace.name} {given}: {kernel} errs by {error}")
        need(fast[0] != golden[0], f"{trace.name} {given}: {kernel} has golden's bits")
        compared += len(fast[0])
        # Values of a format of 16 bits end in zeros, and are near those of 32.
        rounded, _, _ = outputs(program, trace, scratch / "rounded", *both, "--output-format",
                                given, "--backend", f"cuda:{kernel}")
        low = 16 if given == "bf16" else 13
        ends = [word for word in rounded[0] if word % 2**low != 0]
        need(not ends and rounded[0] != fast[0] and rounded[1] == fast[1],
             f"{trace.name}: {len(ends)} outputs are no values of {given}")
    return compared


def edges(program, scratch):
    """Rows without keys, a NaN, no keys, no queries."""
    case = scratch / "edge"
    drawn = draw(case, ([1, 5, 64], [1, 3, 64], [1, 3, 64]), 7)
    drawn["q"][4 * 64 + 9] = float("nan")
    write_npy(case / "q.npy", [1, 5, 64], drawn["q"])
    golden, golden_stats, _ = outputs(program, case, scratch / "golden", "--causal")
    fast, stats, done = outputs(program, case, scratch / "fast", "--causal", "--backend", "cuda",
                                "--kernel", "fast-cpu")
    expect_counts(golden_stats, stats, "fast-cpu")
    counts = stats["counters"]
    need((counts["scores"], counts["rows_empty"], counts["rows_nan"]) == (6, 2, 1), f"{counts}")
    need("values that overflow" in done.stderr and done.stdout.startswith("cuda:fast-cpu: 6 scores")
         and "skipped" not in done.stdout, "warning and summary", done)
    need(fast[0][:128] == golden[0][:128] == (0,) * 128 and fast[1][:2] == golden[1][:2],
         "rows without keys")
    for queries, keys in ((3, 0), (0, 3)):
        case = scratch / f"none{queries}"
        draw(case, ([2, queries, 64], [1, keys, 64], [1, keys, 64]), 1)
        golden, golden_stats, _ = outputs(program, case, scratch / "golden")
        fast, stats, _ = outputs(program, case, scratch / "fast", "--backend", "cuda:fast-cpu")
        expect_counts(golden_stats, stats, "fast-cpu")
        need(fast == golden, f"{queries} queries, {keys} keys")


def entry(array, shape, index, rows=None):
    """Values of an entry of a 4-D array, of each head only the first rows."""
    heads, width = shape[1], shape[2] * shape[3]
    kept = width if rows is None else rows * shape[3]
    starts = [(index * heads + head) * width for head in range(heads)]
    return [x for start in starts for x in array[start:start + kept]]


def key_lengths(program, scratch, kernel):
    """Jobs with fewer keys than the arrays have rows: bounds against float64, and the bits of
    arrays without those rows, which hold NaN. A length within a tile, one below the number of
    queries, 0, whole tiles. Outputs compared."""
    compared = 0
    scratch /= f"lengths-{kernel}"
    scratch.mkdir()
    lengths = (131, 9, 0, 256)
    batch = len(lengths)
    for d in (64, 128):
        q_shape, k_shape = [batch, 4, 40, d], [batch, 2, 300, d]
        case = scratch / f"stored{d}"
        drawn = draw(case, (q_shape, k_shape, k_shape), d)
        for name in "kv":
            for row in range(batch * 2 * 300):
                if row % 300 >= lengths[row // 600]:
                    drawn[name][row * d:(row + 1) * d] = [float("nan")] * d
            write_npy(case / f"{name}.npy", k_shape, drawn[name])
        write_npy(case / "kv_len.npy", [batch], lengths, "<i8")
        run = ("--backend", "cuda", "--kernel", kernel)
        for mask in ("--no-causal", "--causal"):
            compared += accuracy(program, case, scratch, kernel, mask)
            long, stats, _ = outputs(program, case, scratch / "long", mask, *run)
            counts = stats["counters"]
            empty = 4 * 40 + (4 * 31 if mask == "--causal" else 0)
            need((counts["rows_nan"], counts["rows_empty"]) == (0, empty), f"{mask}: {counts}")
            for index, length in enumerate(lengths):
                cut = scratch / "cut"
                shutil.rmtree(cut, ignore_errors=True)
                cut.mkdir()
                write_npy(cut / "q.npy", q_shape[1:], entry(drawn["q"], q_shape, index))
                for name in "kv":
                    write_npy(cut / f"{name}.npy", [2, length, d],
                              entry(drawn[name], k_shape, index, length))
                short, _, _ = outputs(program, cut, scratch / "short", mask, *run)
                for one, all_of_them in zip(short, long):
                    need(one and one == all_of_them[index * len(one):(index + 1) * len(one)],
                         f"{kernel}, d {d} {mask}: other bits without rows beyond key {length}")
    return compared


def refused_cases(trace, scratch):
    """(case, options, words) of what the kernels do not take."""
    state = scratch / "state"
    for options, words in ((("--window", "5"), "--window"), (("--softcap", "20"), "--softcap"),
                           (("--diagonal", "3"), "--diagonal"), (("--scale", "-1"), "--scale"),
                           (("--scale", "1e-60"), "--scale"),
                           (("--page-size", "32"), "--page-size"),
                           (("--v-exponent", "3"), "--v-exponent"),
                           (("--keys-per-job", "64"), "--keys-per-job"),
                           (("--state-out", scratch / "no"), "--state-out"),
                           (("--state-in", state), "--state-in")):
        yield trace, options, words
    # Of 5 keys 4 exist: the default diagonal is 1.
    case = scratch / "length"
    draw(case, ([1, 3, 64], [1, 5, 64], [1, 5, 64]), 1)
    write_npy(case / "kv_len.npy", [1], [4], "<i8")
    yield case, ("--causal", "--diagonal", "2"), "--diagonal) of 2 instead of 1, key length"
    extra = {"bias.npy": ([1, 128], [0.0] * 128, "<f4"), "alibi.npy": ([3], [0.5] * 3, "<f4")}
    for name, (shape, values, dtype) in extra.items():
        case = scratch / name.replace(".", "_")
        shutil.copytree(trace, case)
        write_npy(case / name, shape, values, dtype)
        yield case, (), name
    for d, dv in ((32, 32), (96, 96), (64, 128), (128, 64)):
        case = scratch / f"d{d}_{dv}"
        draw(case, ([1, 2, d], [1, 3, d], [1, 3, dv]), 1)
        yield case, (), f"d is {d}, dv {dv}; the fast kernels take d = dv = 64, 128 or 256"


def refusals(program, trace, scratch, kernel):
    """Status, one sentence with the option and another kernel; nothing may be written."""
    outputs(program, trace, scratch / "golden", "--state-out", scratch / "state")
    out, count = scratch / "refused", 0
    for case, options, words in refused_cases(trace, scratch):
        done = call(program, "run", "--input", case, "--output", out, "--backend", "cuda",
                    "--kernel", kernel, *options)
        need(done.returncode == 2 and words in done.stderr and "--kernel exact" in done.stderr
             and done.stderr.count("\n") == 1 and not out.exists()
             and not (scratch / "no").exists(), f"refusal of {case.name} {options}", done)
        count += 1
    for name in ("fast", "fast-cpu", "division"):
        done = call(program, "verify", "--random", "1", "--backend", "cuda", "--kernel", name)
        need(done.returncode == 2 and f"{name} is not for verify" in done.stderr
             and "run --check" in done.stderr and not done.stdout, f"verify of {name}", done)
        count += 1
    return count


def gpu(program, trace, scratch, info):
    """The kernels on a GPU, or the sentence that says why not."""
    for kernel in GPU_KERNELS:
        if info[kernel] == "yes":
            accuracy(program, trace, scratch, kernel)
            key_lengths(program, scratch, kernel)
            continue
        done = call(program, "run", "--input", trace, "--output", scratch / "none", "--backend",
                    "cuda", "--kernel", kernel)
        need(done.returncode == 3 and done.stderr.count("\n") == 1 and info[kernel] in done.stderr
             and ("GPU" in done.stderr or "CUDA" in done.stderr)
             and not (scratch / "none").exists(), f"{kernel} without a GPU", done)
    return info["fast"]


def main():
    program, *folders = sys.argv[1:]
    traces = {path.parent.name: path.parent for folder in map(pathlib.Path, folders)
              for path in sorted(folder.glob("*/meta.json"))
              if json.loads(path.read_text())["head_dim"] == 64}
    info = json.loads(call(program, "info", "--json").stdout)["cuda"]
    need(info["fast-cpu"] == "yes", f"info says {info}")
    compared = 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        for trace in traces.values():
            compared += accuracy(program, trace, scratch, "fast-cpu")
        first = next(iter(traces.values()))
        # Several entries, grouped heads, the other head dimensions.
        for d in (64, 128, 256):
            case = scratch / f"drawn{d}"
            draw(case, ([2, 4, 40, d], [2, 2, 70, d], [2, 2, 70, d]), d)
            for mask in ("--no-causal", "--causal"):
                compared += accuracy(program, case, scratch, "fast-cpu", mask)
        compared += key_lengths(program, scratch, "fast-cpu")
        edges(program, scratch)
        refused = refusals(program, first, scratch, "fast-cpu")
        print(f"kernel fast: {gpu(program, first, scratch, info)}")
    print(f"{len(traces)} traces, {compared} outputs; {refused} refusals")
    need(traces and compared > MANY_OUTPUTS and refused > 15, "too little was compared")


main()
