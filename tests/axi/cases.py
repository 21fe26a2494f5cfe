# SPDX-License-Identifier: Apache-2.0
"""Jobs of every option, small enough for a simulator in Python's hands."""
import numpy as np

from flashd._formats import encode

from golden import Job

SPECIAL = {"bf16": (0x7FC0, 0x7F80, 0xFF80, 0x0001), "fp16": (0x7E00, 0x7C00, 0xFC00, 0x0001)}


def bits(rng, shape, fmt="bf16", size=1.0):
    """Random numbers in bits of a format."""
    return encode(rng.standard_normal(shape) * size, fmt)


def tensors(rng, batch=1, heads=1, group=1, queries=5, keys=33, d=16, dv=16, fp16=False):
    """q, k and v of a Job."""
    fmt = "fp16" if fp16 else "bf16"
    return {"q": bits(rng, (batch, heads * group, queries, d), fmt),
            "k": bits(rng, (batch, heads, keys, d), fmt),
            "v": bits(rng, (batch, heads, keys, dv), fmt), "fp16": fp16}


def pages(rng, batch=1, heads=1, group=1, queries=5, page=16, each=3, d=16, dv=16):
    """q, pools and page tables, in which no page stands twice; one page is nobody's."""
    pool = batch * each + 1
    return {"q": bits(rng, (batch, heads * group, queries, d)),
            "k": bits(rng, (pool, heads, page, d)), "v": bits(rng, (pool, heads, page, dv)),
            "table": rng.permutation(pool)[:batch * each].reshape(batch, each)}


def masked(rng, shape, fmt):
    """Biases in bits of a format, some of which mask a key."""
    values = np.where(rng.random(shape) < 0.2, -np.inf, rng.standard_normal(shape))
    return values.astype(np.float32).view(np.uint32) if fmt == "fp32" else encode(values, fmt)


def exceptions(rng, tensor, fmt="bf16", count=3):
    """A copy of an array with some NaN, Inf and subnormals."""
    out = tensor.copy()
    out.reshape(-1)[rng.integers(out.size, size=count)] = rng.choice(SPECIAL[fmt], count)
    return out


def split(rng):
    """A job over 32 keys that leaves its states, and one that continues them with 21 more."""
    t = tensors(rng, heads=2, queries=4, keys=53, d=24, dv=20)
    whole = Job("whole", **t, causal=True, diagonal=[40])
    first = Job("states out", t["q"], t["k"][:, :, :32], t["v"][:, :, :32], causal=True,
                diagonal=[40], v_exponent=whole.v_exponent, state_out=True, write_o=False)
    second = Job("states in and out", t["q"], t["k"][:, :, 32:], t["v"][:, :, 32:], causal=True,
                 diagonal=[8], v_exponent=whole.v_exponent, state_in=first, state_out=True)
    return whole, first, second


def all_cases(rng):
    """The list of jobs; the first two of split() stand next to each other."""
    few = int(rng.integers(1, 5))
    whole, first, second = split(rng)
    batch = tensors(rng, batch=3, heads=2, queries=3, keys=40)
    wild = tensors(rng, queries=6, keys=37)
    wild["k"], wild["v"] = exceptions(rng, wild["k"]), exceptions(rng, wild["v"])
    fp16 = tensors(rng, group=2, queries=4, keys=35, d=30, dv=33, fp16=True)
    bias = tensors(rng, heads=2, group=2, queries=3, keys=36)
    half = tensors(rng, batch=2, group=2, queries=3, keys=27, d=8, dv=12)
    return [
        Job("plain", **tensors(rng, queries=few, keys=int(rng.integers(17, 50)))),
        Job("causal, long rows", **tensors(rng, queries=9, keys=40, d=64, dv=64), causal=True,
            scale=0.125),
        Job("window", **tensors(rng, queries=11, keys=60, d=20, dv=7), window=(9, 3)),
        Job("GQA, causal", **tensors(rng, heads=2, group=3, queries=4, keys=21), causal=True),
        Job("bias FP32", **bias, bias=masked(rng, (1, 4, 3, 36), "fp32")),
        Job("bias BF16", **half, bias=masked(rng, (2, 1, 3, 27), "bf16"), bias_format="bf16"),
        Job("bias FP16, one row", **tensors(rng, queries=4, keys=19),
            bias=masked(rng, (1, 1, 1, 19), "fp16"), bias_format="fp16"),
        Job("ALiBi, causal", **tensors(rng, heads=2, group=2, queries=4, keys=30), causal=True,
            alibi=np.array([0.5, 0.25, -0.125, 1e-3], np.float32)),
        Job("soft-cap", **tensors(rng, queries=5, keys=34, d=18), soft_cap=1.7, scale=0.6),
        Job("paged, two lengths", **pages(rng, batch=2, heads=2, group=2), kv_len=[41, 17],
            causal=True),
        Job("FP16 in, FP16 out", **fp16, output="fp16", scale=-0.2),
        Job("BF16 out, no LSE", **tensors(rng, queries=5, keys=29, dv=5), output="bf16",
            write_lse=False),
        Job("LSE only", **tensors(rng, heads=2, queries=6, keys=23), write_o=False),
        Job("three sequences", **batch, kv_len=[40, 0, 13], causal=True),
        first, second,
        Job("NaN, Inf, empty rows", **wild, diagonal=[-3], causal=True),
        Job("decode, values left out", **tensors(rng, heads=2, queries=1, keys=90), skip_v=True,
            scale=4.0),
        Job("everything", **pages(rng, batch=2, group=2, queries=4, d=40, dv=24), kv_len=[44, 9],
            causal=True, window=(20, 2), soft_cap=5.0, output="bf16", state_out=True,
            bias=masked(rng, (1, 2, 1, 48), "fp32"), alibi=np.array([0.1, 0.0], np.float32)),
    ], whole


def random_case(rng, name):
    """Any shape, any options that a job of the configuration can have, numbers of any size."""
    some = lambda p: bool(rng.random() < p)  # noqa: E731
    batch, heads, group = (int(n) for n in rng.integers(1, (3, 3, 4)))
    d, dv = (int(rng.integers(1, 65)) for _ in range(2))
    shape = dict(batch=batch, heads=heads, group=group, queries=int(rng.integers(1, 9)), d=d, dv=dv)
    options = {"causal": some(0.5), "write_o": some(0.9), "write_lse": some(0.9),
               "output": str(rng.choice(["fp32", "bf16", "fp16"])), "state_out": some(0.2),
               "scale": float(rng.choice([-1, 1]) * 2.0**rng.uniform(-5, 1))}
    if some(0.3):
        options.update(pages(rng, page=int(rng.choice([16, 32])), each=2, **shape))
        keys = 2 * options["k"].shape[2]
    else:
        keys = int(rng.integers(1, 60))
        options.update(tensors(rng, keys=keys, fp16=some(0.4), **shape))
    if some(0.2):
        fmt = "fp16" if options.get("fp16") else "bf16"
        options["k"] = exceptions(rng, options["k"], fmt)
        options["v"] = exceptions(rng, options["v"], fmt)
    if some(0.6):
        options["kv_len"] = rng.integers(0, keys + 1, batch).tolist()
    if some(0.3):
        options["diagonal"] = rng.integers(-4, keys, batch).tolist()
    if some(0.3):
        options["window"] = tuple(int(n) for n in rng.integers(0, 40, 2))
    if some(0.3):
        options["soft_cap"] = float(2.0**rng.uniform(-3, 6))
    if some(0.3):
        options["alibi"] = (rng.standard_normal(heads * group) / 4).astype(np.float32)
    if some(0.4):
        full = (batch, heads * group, shape["queries"])
        options["bias_format"] = str(rng.choice(["fp32", "bf16", "fp16"]))
        options["bias"] = masked(rng, tuple(n if some(0.6) else 1 for n in full) + (keys,),
                                 options["bias_format"])
    return Job(name, **options)
