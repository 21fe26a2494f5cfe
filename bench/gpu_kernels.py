# SPDX-License-Identifier: Apache-2.0
"""What bench/gpu.py measures: our kernels, through flashd_gpu_bench, and those that PyTorch calls."""
import contextlib
import importlib
import json
import shlex
import subprocess
import time

import gpu_power
import gpu_record

OURS = ("fast", "portable", "division", "exact")
SAMPLES = 64  # rows compared with float64
HOLD, HOLD_A_LAUNCH = 6_000_000, 300_000  # clocks of the GPU: 3 ms and 0.15 ms at 2 GHz
QUEUED = 128  # launches behind a hold; the driver's queue is not endless
CHUNK_MS = 20  # length of the launches that queue up at once in a run for energy, as in our program


class Absent(Exception):
    """A kernel that is not here, or does not take a shape, with its reason."""


def first_line(error):
    """What an exception says, in one line."""
    told = (str(error).strip().splitlines() or [""])[0]
    name = "" if isinstance(error, RuntimeError) and told else type(error).__name__
    return ": ".join(part for part in (name, told) if part)


@contextlib.contextmanager
def reasons():
    """Makes reasons for absence of all that PyTorch and libraries on it raise.

    That is a refused shape, no memory, a failed launch, after which every further one fails too.
    """
    try:
        yield
    except Absent:
        raise
    except Exception as error:
        raise Absent(first_line(error)) from error


class Program:
    """One kernel of our program; every call is a process, whose launches are timed by the GPU."""

    def __init__(self, kernel, program, options):
        self.name, self.kernel = f"flashd-{kernel}", kernel
        # FlashAttention-2's arithmetic in our schedule: written by us, but what ours is held against.
        self.family = "baseline" if kernel == "division" else "ours"
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
            done = subprocess.run(command, capture_output=True, text=True, errors="replace",
                                  check=False, timeout=self.options.call_seconds)
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
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise Absent(f"{shlex.join(command)} printed no JSON object with flop and positive "
                         "ms.all") from error
        if flop != gpu_record.flops_of(s):
            raise Absent(f"{self.program.name} counts {flop:.0f} FLOP, not {gpu_record.flops_of(s)}")
        return told

    def times(self):
        return self.call(self.options.warmup, self.options.repeat, 0)["times_ms"]

    def energy(self, _gpu, _median_ms):
        """Joules, seconds and launches of a run; idle is subtracted for all kernels alike later."""
        told = self.call(self.options.warmup, 1, self.options.energy_seconds).get("energy")
        told = told if isinstance(told, dict) else {}
        if "unavailable" in told:
            raise Absent(f"{self.program.name} told no energy: {told['unavailable']}")
        values = {name: told.get(name) for name in ("joules", "seconds", "launches")}
        for name, value in values.items():
            if not gpu_record.number(value, positive=True):
                raise Absent(f"{self.program.name} told no energy: its {name} are {value!r}, not a "
                             "positive number")
        idle = told.get("idle_watts")
        return {**values, "idle_w_program": idle if gpu_record.number(idle) else None,
                "clocks": self.clocks(told.get("sm_mhz"))}

    @staticmethod
    def clocks(told):
        """MHz under load, by the names that they have for PyTorch's kernels; None if none is told."""
        told = told if isinstance(told, dict) else {}
        names = {"sm_mhz_min": "lowest", "sm_mhz_median": "median", "sm_mhz_max": "highest"}
        return {ours: told[its] for ours, its in names.items()
                if gpu_record.number(told.get(its), positive=True)} or None


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
            except Exception as error:  # built for another PyTorch it raises what it likes
                raise Absent(f"the Python module {module} cannot be used: {first_line(error)}") \
                    from error
        self.expanded = False

    def back_end(self):
        """Within it PyTorch takes this back end; entering costs host time, so not once a launch."""
        return contextlib.nullcontext() if self.flash else \
            self.torch.nn.attention.sdpa_kernel(self.backend)

    def prepare(self, shape):
        """Makes inputs, warms up; the error against float64 of sampled rows."""
        if shape["causal"] and shape["queries"] != shape["keys"]:
            raise Absent("a causal baseline needs as many queries as keys")
        self.shape, self.expanded = shape, False
        with reasons(), self.back_end():
            reference = self.draw()
            out = self.first()
            for _ in range(self.options.warmup):
                self.once()
            self.torch.cuda.synchronize()
            return self.error(out.transpose(1, 2) if self.flash else out, *reference)

    def draw(self):
        """Inputs of the shape, [batch, heads, length, d]."""
        torch, s = self.torch, self.shape
        torch.manual_seed(1)
        kind = torch.bfloat16 if self.options.format == "bf16" else torch.float16
        drawn = [torch.randn(s["batch"], heads, length, s["d"], device="cuda", dtype=kind)
                 for heads, length in ((s["heads"], s["queries"]), (s["kv_heads"], s["keys"]),
                                       (s["kv_heads"], s["keys"]))]
        self.q, self.k, self.v = drawn
        if self.flash:  # [batch, length, heads, d]
            self.q, self.k, self.v = (t.transpose(1, 2).contiguous() for t in drawn)
        return drawn

    def first(self):
        """A launch, with K and V expanded if the back end takes no groups."""
        s = self.shape
        try:
            return self.once()
        except (RuntimeError, TypeError):  # PyTorch 2.4 knows no enable_gqa
            if self.flash or s["heads"] == s["kv_heads"]:
                raise
        self.expand(s["heads"] // s["kv_heads"])
        return self.once()

    def expand(self, group):
        """K and V once per query head: for a back end that has no groups."""
        self.k, self.v = (t.repeat_interleave(group, dim=1) for t in (self.k, self.v))
        self.expanded = True

    def once(self):
        """One launch, within back_end()."""
        causal = self.shape["causal"]
        if self.flash:
            out = self.flash(self.q, self.k, self.v, causal=causal)
            return out[0] if isinstance(out, tuple) else out
        grouped = self.shape["heads"] != self.shape["kv_heads"] and not self.expanded
        more = {"enable_gqa": True} if grouped else {}
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
        """Milliseconds of each launch; the GPU is held until they are queued and waits for none."""
        cuda, repeat = self.torch.cuda, self.options.repeat
        with reasons(), self.back_end():
            for _ in range(self.options.warmup):
                self.once()
            marks = [[cuda.Event(enable_timing=True) for _ in range(2)] for _ in range(repeat)]
            for first in range(0, repeat, QUEUED):
                queued = marks[first:first + QUEUED]
                cuda.synchronize()
                if hasattr(cuda, "_sleep"):
                    cuda._sleep(max(HOLD, HOLD_A_LAUNCH * len(queued)))
                for begin, end in queued:
                    begin.record()
                    self.once()
                    end.record()
            cuda.synchronize()
            return [begin.elapsed_time(end) for begin, end in marks]

    def energy(self, gpu, median_ms):
        """Joules, seconds and launches of a run; idle is subtracted for all kernels alike later."""
        if gpu.joules() is None:
            raise Absent(f"{gpu.source} has no energy counter here")
        # Launches queue up, so that the GPU waits for the host only between chunks.
        chunk, calls, clocks = max(1, min(2000, int(CHUNK_MS / median_ms))), 0, []

        def work():
            for _ in range(chunk):
                self.once()
            clocks.append(gpu.clocks())
            self.torch.cuda.synchronize()
        with reasons(), self.back_end():
            before, begin, _ = gpu_power.at_step(gpu, work)
            clocks.clear()  # the GPU was waking up
            while not calls or time.monotonic() - begin < self.options.energy_seconds:
                work()
                calls += 1
            after, end, more = gpu_power.at_step(gpu, work)
        if before is None or after is None or after <= before:
            raise Absent(f"the energy counter of {gpu.source} failed or did not grow during the run")
        told = gpu_power.ranges(clocks, ("sm_mhz", "memory_mhz", "power_w")) or {}
        return {"joules": after - before, "seconds": end - begin, "launches": chunk * (calls + more),
                "clocks": {f"{name}_{how}": value for name, pair in told.items()
                           for how, value in zip(("min", "max"), pair)} or None}


BASELINES = ("sdpa-cudnn", "sdpa-flash", "flash-attn-2", "flash-attn-3")
