# SPDX-License-Identifier: Apache-2.0
"""flashd.attention() against NumPy in float64, and bit for bit against the command."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest

import numpy as np

import flashd
from flashd import _formats

PROGRAM = os.environ["FLASHD_PROGRAM"]
PROPERTY_JOBS, COMMAND_JOBS = 200, 40
LSE_ERROR = 1.2e-3  # docs/contract.md, `fine`; scores here are small


def random_job(seed):
    """(arrays, options): shapes, masks and formats at random; page tables and all."""
    rng = np.random.default_rng(seed)
    batch, group, heads = rng.integers(1, 4), rng.integers(1, 4), rng.integers(1, 4)
    queries, keys = rng.integers(1, 40), rng.integers(1, 90)
    d, dv = rng.integers(1, 48, 2)
    dtype = rng.choice([np.float16, np.float32, np.float64])
    make = lambda *shape: rng.standard_normal(shape).astype(dtype)  # noqa: E731
    options = {"input_format": str(rng.choice(["bf16", "fp16"]))}
    q = make(batch, heads * group, queries, d)
    if rng.random() < 0.3:
        page = int(rng.choice([16, 32]))
        pages = -(-keys // page)
        table = rng.permutation(batch * pages + 3)[:batch * pages].reshape(batch, pages)
        options["page_table"] = table.astype(np.int32)
        k, v = make(batch * pages + 3, heads, page, d), make(batch * pages + 3, heads, page, dv)
        keys = page * pages
    else:
        k, v = make(batch, heads, keys, d), make(batch, heads, keys, dv)
    if rng.random() < 0.5:
        options["kv_len"] = rng.integers(0, keys + 1, batch)
    if rng.random() < 0.5:
        options["causal"] = True
    if rng.random() < 0.3:
        options["diagonal"] = int(rng.integers(-5, keys))
    if rng.random() < 0.3:
        options["window"] = tuple(int(x) for x in rng.integers(0, keys, 2))
    if rng.random() < 0.3:
        options["soft_cap"] = float(rng.uniform(0.5, 5))
    if rng.random() < 0.3:
        options["alibi"] = rng.uniform(0, 0.2, heads * group).astype(np.float32)
    if rng.random() < 0.3:
        options["scale"] = float(rng.uniform(0.05, 0.5))
    if rng.random() < 0.5:
        full = (batch, heads * group, queries, keys)
        bias = rng.standard_normal([n if rng.random() < 0.6 else 1 for n in full])
        bias[rng.random(bias.shape) < 0.2] = -np.inf
        options["bias"] = bias.astype(np.float32)
    return (q, k, v), options


def float64(arrays, options):
    """o, lse and the largest sum of weights times |v - o| of every row."""
    q, k, v = (_formats.rounded(x, options["input_format"]) for x in arrays)
    table = options.get("page_table")
    if table is not None:
        k, v = (np.stack([np.concatenate(list(x[row]), axis=1) for row in table]) for x in (k, v))
    group = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, group, axis=1), np.repeat(v, group, axis=1)
    queries, keys = q.shape[2], k.shape[2]
    s = options.get("scale", 1 / np.sqrt(q.shape[3])) * np.einsum("bhid,bhjd->bhij", q, k)
    if "soft_cap" in options:
        s = options["soft_cap"] * np.tanh(s / options["soft_cap"])
    length = np.reshape(options.get("kv_len", keys), (-1, 1, 1, 1))
    at = np.arange(queries)[:, None] + options.get("diagonal", length - queries)
    j = np.arange(keys)
    if "alibi" in options:
        s = s - options["alibi"].astype(np.float64)[:, None, None] * np.abs(at - j)
    if "bias" in options:
        s = s + options["bias"]
    seen = np.broadcast_to(j < length, s.shape)
    if options.get("causal"):
        seen = seen & (j <= at)
    if "window" in options:
        left, right = options["window"]
        seen = seen & (j >= at - left) & (j <= at + right)
    s = np.where(seen, s, -np.inf)
    top = s.max(axis=-1, keepdims=True)
    p = np.exp(s - np.where(np.isneginf(top), 0, top))
    total = p.sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore"):
        lse = (np.log(total) + np.where(np.isneginf(top), 0, top))[..., 0]
    p = p / np.where(total == 0, 1, total)
    o = p @ v
    spread = np.einsum("bhij,bhijd->bhid", p, np.abs(v[:, :, None] - o[:, :, :, None]))
    size = keys * np.abs(v).max(initial=0) * 2.0**-18
    return o, lse, 4e-3 * spread + 2e-4 * (p @ np.abs(v)) + size


class Float64(unittest.TestCase):
    def test_random_jobs(self):
        values = rows = empty = 0
        with flashd.Device() as device:
            for seed in range(PROPERTY_JOBS):
                with self.subTest(seed=seed):
                    arrays, options = random_job(seed)
                    want, want_lse, bound = float64(arrays, options)
                    o, lse = device.attention(*arrays, **options)
                    self.assertEqual((o.dtype, o.shape), (np.float32, want.shape))
                    self.assertTrue((np.abs(o - want) <= bound).all())
                    none = np.isneginf(want_lse)
                    self.assertTrue((np.isneginf(lse) == none).all())
                    self.assertTrue((o[none] == 0).all())
                    limit = 2 * LSE_ERROR + 2.0**-16 * np.abs(want_lse[~none])
                    self.assertTrue((np.abs(lse[~none] - want_lse[~none]) <= limit).all())
                    values, rows, empty = values + o.size, rows + lse.size, empty + none.sum()
            self.assertEqual(device.counters()["rows_empty"], empty)
        print(f"{PROPERTY_JOBS} jobs, {values} outputs, {rows} rows, {empty} of them empty")
        self.assertGreater(empty, 100)

    def test_a_wrong_option_leaves_the_bound(self):
        for key, value in (("causal", True), ("soft_cap", 1.0), ("window", (2, 2)),
                           ("scale", 0.2), ("kv_len", 20), ("alibi", np.array([0.1, 0.3])),
                           ("diagonal", 3), ("bias", np.linspace(-1, 1, 30))):
            with self.subTest(key):
                rng = np.random.default_rng(7)
                arrays = [rng.standard_normal((1, 2, n, 16)) for n in (10, 30, 30)]
                options = {"input_format": "bf16", "causal": key == "diagonal", key: value}
                want, _, bound = float64(arrays, options)
                self.assertTrue((np.abs(flashd.attention(*arrays, **options)[0] - want)
                                 <= bound).all())
                del options[key]
                self.assertFalse((np.abs(flashd.attention(*arrays, **options)[0] - want)
                                  <= bound).all())


class Command(unittest.TestCase):
    """The same case directory through `flashd run`."""

    def run_command(self, arrays, options, config, numerics, output_format):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="flashd_python_"))
        self.addCleanup(shutil.rmtree, folder)
        names = {"bias": "bias", "alibi": "alibi", "kv_len": "kv_len", "page_table": "page_table"}
        for name, array in zip("qkv", arrays):
            np.save(folder / f"{name}.npy", array)
        for key, name in names.items():
            if key in options:
                np.save(folder / f"{name}.npy", options[key])
        keys = {"scale": "scale", "causal": "causal", "diagonal": "diagonal", "window": "window",
                "soft_cap": "softcap"}
        (folder / "meta.json").write_text(json.dumps(
            {name: options[key] for key, name in keys.items() if key in options}))
        done = subprocess.run(
            [PROGRAM, "run", "--input", folder, "--output", folder / "out", "--config", config,
             "--numerics", numerics, "--input-format", options["input_format"], "--output-format",
             output_format], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return np.load(folder / "out" / "o.npy"), np.load(folder / "out" / "lse.npy")

    def test_bits_are_those_of_the_command(self):
        values = 0
        for seed in range(1000, 1000 + COMMAND_JOBS):
            with self.subTest(seed=seed):
                arrays, options = random_job(seed)
                config = ("base", "tiny")[seed % 2]
                numerics = ("fine", "lean")[seed // 2 % 2]
                output_format = ("fp32", "bf16", "fp16")[seed % 3]
                want = self.run_command(arrays, options, config, numerics, output_format)
                have = flashd.attention(*arrays, config=config, numerics=numerics,
                                        output_format=output_format, **options)
                for a, b in zip(have, want):
                    self.assertEqual(a.shape, b.shape)
                    self.assertTrue((a.view(np.uint32) == b.view(np.uint32)).all())
                    values += a.size
        print(f"{COMMAND_JOBS} jobs, {values} values equal bit for bit")
        self.assertGreater(values, 50000)


class Interface(unittest.TestCase):
    def setUp(self):
        rng = np.random.default_rng(3)
        self.q, self.k, self.v = (rng.standard_normal((2, 2, n, 8)) for n in (5, 9, 9))

    def test_a_batch_is_its_entries(self):
        whole, lse = flashd.attention(self.q, self.k, self.v, causal=True)
        for entry in range(2):
            o, one = flashd.attention(self.q[entry], self.k[entry], self.v[entry], causal=True)
            self.assertEqual((o.shape, one.shape), ((2, 5, 8), (2, 5)))
            self.assertTrue((o == whole[entry]).all() and (one == lse[entry]).all())

    def test_bits_stand_for_values(self):
        arrays = self.q, self.k, self.v
        bits = [_formats.encode(x, "bf16") for x in arrays]
        self.assertTrue((flashd.attention(*bits)[0] == flashd.attention(*arrays)[0]).all())

    def test_boolean_bias(self):
        mask = np.random.default_rng(4).random((5, 9)) < 0.5
        same = np.where(mask, 0.0, -np.inf)
        a, b = (flashd.attention(self.q, self.k, self.v, bias=x)[0] for x in (mask, same))
        self.assertTrue((a == b).all())
        self.assertFalse((a == flashd.attention(self.q, self.k, self.v)[0]).all())

    def test_without_lse_and_empty_shapes(self):
        o = flashd.attention(self.q, self.k, self.v, return_lse=False)
        self.assertIsInstance(o, np.ndarray)
        o, lse = flashd.attention(self.q, self.k[:, :, :0], self.v[:, :, :0])
        self.assertTrue((o == 0).all() and np.isneginf(lse).all())
        o, lse = flashd.attention(self.q[:, :, :0], self.k, self.v)
        self.assertEqual((o.shape, lse.shape), ((2, 2, 0, 8), (2, 2, 0)))

    def test_views_are_read_by_value(self):
        turned = np.asfortranarray(self.q[..., ::-1])
        dense = np.ascontiguousarray(turned)
        a, b = (flashd.attention(x, self.k, self.v)[0] for x in (turned, dense))
        self.assertTrue((a == b).all())

    def test_capabilities_and_counters(self):
        with flashd.Device("golden", "tiny", "lean") as device:
            found = device.capabilities()
            self.assertEqual((found["backend"], found["config"], found["numerics"]),
                             ("golden", "tiny", "lean"))
            device.attention(self.q, self.k, self.v)
            counts = device.counters()
            self.assertEqual((counts["jobs"], counts["scores"]), (2, 2 * 2 * 5 * 9))
            whole = device.device_counters()
            self.assertGreater(len(whole), 10)
            self.assertEqual(set(whole.values()), {0})  # golden has no bus
        self.assertEqual(flashd.capabilities()["config"], "base")

    def test_threads_share_a_device(self):
        want = flashd.attention(self.q, self.k, self.v)[0]
        wrong = []
        with flashd.Device() as device:
            def work():
                for _ in range(20):
                    if not (device.attention(self.q, self.k, self.v)[0] == want).all():
                        wrong.append(1)
            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(device.counters()["jobs"], 4 * 20 * 2)
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
