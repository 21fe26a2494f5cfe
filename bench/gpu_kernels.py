# SPDX-License-Identifier: Apache-2.0
"""What bench/gpu.py measures: our kernels, through flashd_gpu_bench, and those that PyTorch calls."""
import importlib
import json
import shlex
import subprocess
import time

import gpu_record

OURS = ("fast", "portable", "division", "exact")
SAMPLES = 64  # rows compared with float64


class Absent(Exception):
    """A kernel that is not here, or does not take a shape, with its reason."""


class Program:
    """One of our kernels; every call is a process, whose own launches are timed by the GPU."""

    family = "ours"

    def __init__(self, kernel, program, options):
        self.name, self.kernel = f"flashd-{kernel}", kernel
        self.program, self.options = program, options
        self.shape = None
        if not program.is_file():
            raise Absent(f"{program.name} is not built; --program names it")

    def prepare(self, shape):
        self.shape = shape
        return self.call(self.options.warmup, 1, 0, ["--check"]).get("errors")

    def call(self, warmup, repeat, seconds, more=()):
        s = self.shape
        command = [str(self.program), "--kernel", self.kernel, "--format", self.options.format,
                   "--d", s["d"], "--heads", s["heads"], "--kv-heads", s["kv_heads"],
                   "--batch", s["batch"], "--queries", s["queries"], "--keys", s["keys"],
                   *(["--causal"] if s["causal"] else []), "--warmup", warmup, "--repeat", repeat,
                   "--seconds", seconds, *more, "--json"]
        command = [str(word) for word in command]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False,
                                  timeout=self.options.call_seconds)
        except subprocess.TimeoutExpired as error:
            raise Absent(f"{shlex.join(command)} took more than {self.options.call_seconds} s") \
                from error
        except OSError as error:
            raise Absent(f"{self.program.name} does not start: {error.strerror}") from error
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() or ["nothing"]
            raise Absent(f"{shlex.join(command)} ended with {done.returncode}: {said[-1]}")
        try:
            told = json.loads(done.stdout)
            told["times_ms"] = [float(time) for time in told["ms"]["all"]]
            if len(told["times_ms"]) < 1 or min(told["times_ms"]) <= 0:
                raise ValueError
            flop = float(told["flop"])
        except (ValueError, KeyError, TypeError) as error:
            raise Absent(f"{shlex.join(command)} printed no JSON object with flop and positive "
                         "ms.all") from error
        if flop != gpu_record.flops_of(s):
            raise Absent(f"{self.program.name} counts {flop:.0f} FLOP, not {gpu_record.flops_of(s)}")
        return told

    def times(self):
        return self.call(self.options.warmup, self.options.repeat, 0)["times_ms"]

    def energy(self, _gpu, _median_ms):
        told = self.call(self.options.warmup, 1, self.options.energy_seconds)
        energy = told.get("energy") or {}
        values = {"joules": energy.get("joules"), "idle_w": energy.get("idle_watts"),
                  "pj_per_flop": energy.get("pj_per_flop"),
                  "pj_per_flop_idle_subtracted": energy.get("pj_per_flop_idle_subtracted")}
        if any(value is None for value in values.values()):
            raise Absent(f"{self.program.name} told no energy: "
                         f"{energy.get('unavailable', 'it did not say why')}")
        return {**values, "seconds": energy.get("seconds"), "clocks": energy.get("sm_mhz")}


class Torch:
    """A kernel that PyTorch calls; launches are timed by CUDA events."""

    family = "baseline"

    def __init__(self, name, torch, options):
        self.name, self.torch, self.options = name, torch, options
        self.flash = None
        if name == "sdpa-cudnn" or name == "sdpa-flash":
            attention = torch.nn.attention
            which = "CUDNN_ATTENTION" if name == "sdpa-cudnn" else "FLASH_ATTENTION"
            self.backend = getattr(attention.SDPBackend, which, None)
            if self.backend is None:
                raise Absent(f"this PyTorch has no SDPBackend.{which}")
        else:
            module = {"flash-attn-2": "flash_attn", "flash-attn-3": "flash_attn_interface"}[name]
            try:
                self.flash = importlib.import_module(module).flash_attn_func
            except (ImportError, AttributeError, OSError) as error:
                raise Absent(f"the Python module {module} cannot be used: {error}") from error
        self.expanded = False

    def prepare(self, shape):
        """Makes inputs, warms up; the error against float64 of sampled rows."""
        if shape["causal"] and shape["queries"] != shape["keys"]:
            raise Absent("a causal baseline needs as many queries as keys")
        torch, s = self.torch, shape
        torch.manual_seed(1)
        kind = torch.bfloat16 if self.options.format == "bf16" else torch.float16
        def draw(heads, length):
            return torch.randn(s["batch"], heads, length, s["d"], device="cuda", dtype=kind)
        self.shape, self.expanded = shape, False
        self.q, self.k, self.v = (draw(s["heads"], s["queries"]), draw(s["kv_heads"], s["keys"]),
                                  draw(s["kv_heads"], s["keys"]))
        reference = (self.q, self.k, self.v)
        if self.flash:  # [batch, length, heads, d]
            self.q, self.k, self.v = (t.transpose(1, 2).contiguous() for t in reference)
        try:
            out = self.once()
        except RuntimeError as error:
            if self.flash or s["heads"] == s["kv_heads"]:
                raise Absent(str(error).splitlines()[0]) from error
            self.expand(s["heads"] // s["kv_heads"])
            try:
                out = self.once()
            except RuntimeError as again:
                raise Absent(str(again).splitlines()[0]) from again
        for _ in range(self.options.warmup):
            self.once()
        torch.cuda.synchronize()
        return self.error(out.transpose(1, 2) if self.flash else out, *reference)

    def expand(self, group):
        """K and V once per query head: for a back end that has no groups."""
        self.k, self.v = (t.repeat_interleave(group, dim=1) for t in (self.k, self.v))
        self.expanded = True

    def once(self):
        causal = self.shape["causal"]
        if self.flash:
            out = self.flash(self.q, self.k, self.v, causal=causal)
            return out[0] if isinstance(out, tuple) else out
        grouped = self.shape["heads"] != self.shape["kv_heads"] and not self.expanded
        more = {"enable_gqa": True} if grouped else {}
        with self.torch.nn.attention.sdpa_kernel(self.backend):
            return self.torch.nn.functional.scaled_dot_product_attention(
                self.q, self.k, self.v, is_causal=causal, **more)

    def error(self, out, q, k, v):
        """Largest and relative L2 error of sampled rows against float64 on the same inputs."""
        torch, s = self.torch, self.shape
        largest = wrong = whole = 0.0
        for n in range(SAMPLES):
            b, h = n % s["batch"], (7 * n) % s["heads"]
            row = (n * 2654435761) % s["queries"]
            group = h // (s["heads"] // s["kv_heads"])
            seen = row + 1 if s["causal"] else s["keys"]
            scores = k[b, group, :seen].double() @ q[b, h, row].double() / s["d"] ** 0.5
            want = torch.softmax(scores, dim=0) @ v[b, group, :seen].double()
            off = out[b, h, row].double() - want
            largest = max(largest, float(off.abs().max()))
            wrong += float((off * off).sum())
            whole += float((want * want).sum())
        return {"max_abs": largest, "relative_l2": (wrong / whole) ** 0.5, "rows": SAMPLES}

    def times(self):
        cuda = self.torch.cuda
        for _ in range(self.options.warmup):
            self.once()
        marks = []
        for _ in range(self.options.repeat):
            begin, end = cuda.Event(enable_timing=True), cuda.Event(enable_timing=True)
            begin.record()
            self.once()
            end.record()
            marks.append((begin, end))
        cuda.synchronize()
        return [begin.elapsed_time(end) for begin, end in marks]

    def energy(self, gpu, median_ms):
        """Joules and launches of a run of several seconds; idle is subtracted when all is done."""
        if gpu.joules() is None:
            raise Absent(f"{gpu.source} has no energy counter here")
        # Launches queue up for a tenth of a second, so that the GPU does not wait for the host.
        chunk, launches, clocks = max(1, min(2000, int(100 / median_ms))), 0, []
        self.torch.cuda.synchronize()
        joules, begin = gpu.joules(), time.monotonic()
        while time.monotonic() - begin < self.options.energy_seconds:
            for _ in range(chunk):
                self.once()
            launches += chunk
            clocks.append(gpu.clocks())
            self.torch.cuda.synchronize()
        seconds, joules = time.monotonic() - begin, gpu.joules() - joules
        return {"joules": joules, "seconds": seconds, "launches": launches,
                "clocks": {f"{name}_{how.__name__}": how(c[name] for c in clocks)
                           for name in ("sm_mhz", "memory_mhz", "power_w") for how in (min, max)}}


BASELINES = ("sdpa-cudnn", "sdpa-flash", "flash-attn-2", "flash-attn-3")
