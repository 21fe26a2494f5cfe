# SPDX-License-Identifier: Apache-2.0
"""What the golden model says, through the Python module and its shared library."""
import dataclasses
import math

import numpy as np

from flashd import Device, _abi

BIAS_FLAGS = {"fp32": 0, "bf16": 1 << 8, "fp16": 1 << 9}  # flashd.h
COUNTS = {"keys_scored": "scores", "keys_skipped": "keys_skipped", "tiles": "tiles",
          "tiles_skipped": "tiles_skipped", "saturations": "saturations",
          "rows_nan": "rows_nan", "rows_empty": "rows_empty"}  # device: golden


@dataclasses.dataclass
class Job:
    """One descriptor's worth: arrays are bits, [sequence, head, row, element].

    Pages: k and v are [page, KV head, key, element] and table [sequence, page]. A bias is
    [sequence or 1, head or 1, query or 1, key] of bits of its format. kv_len, diagonal and
    v_exponent hold one number per sequence; v_exponent is unbiased.
    """
    name: str
    q: np.ndarray
    k: np.ndarray
    v: np.ndarray
    fp16: bool = False
    output: str = "fp32"
    scale: float = 0.25
    causal: bool = False
    window: tuple | None = None
    kv_len: list | None = None
    diagonal: list | None = None
    v_exponent: list | None = None
    bias: np.ndarray | None = None
    bias_format: str = "fp32"
    alibi: np.ndarray | None = None
    soft_cap: float | None = None
    table: np.ndarray | None = None
    state_in: object = None     # bytes, or the Job whose state_out it is
    state_out: bool = False
    write_o: bool = True
    write_lse: bool = True
    skip_v: bool = False
    interrupt: bool = True

    def __post_init__(self):
        self.batch, self.heads_q, self.queries, self.d = self.q.shape
        self.heads_kv, self.dv = self.k.shape[1], self.v.shape[3]
        self.page = self.k.shape[2] if self.table is not None else 0
        self.keys = self.page * self.table.shape[1] if self.page else self.k.shape[2]
        if self.kv_len is None:
            self.kv_len = [self.keys] * self.batch
        if self.diagonal is None:
            self.diagonal = [n - self.queries for n in self.kv_len]
        if self.v_exponent is None:
            self.v_exponent = [self.largest_exponent(b) for b in range(self.batch)]

    @property
    def record_bytes(self):
        """Of one row state: docs/row-state.md."""
        return 64 * -(-(16 + 4 * self.dv) // 64)

    def values_of(self, entry):
        """V of a sequence, [KV head, key, element], up to its key length."""
        if not self.page:
            return self.v[entry][:, :self.kv_len[entry]]
        pages = [self.v[p] for p in self.table[entry][:-(-self.kv_len[entry] // self.page)]]
        return np.concatenate(pages, axis=1)[:, :self.kv_len[entry]] if pages else self.v[0][:, :0]

    def largest_exponent(self, entry):
        """VE: the largest exponent of a finite value, at least that of the smallest normal."""
        low, bits, bias = (10, 5, 15) if self.fp16 else (7, 8, 127)
        exponent = self.values_of(entry) >> low & ((1 << bits) - 1)
        finite = exponent[exponent < (1 << bits) - 1]
        return max(1, int(finite.max(initial=1))) - bias


@dataclasses.dataclass
class Result:
    """Bits of one job: o and lse [sequence, head, query(, element)], state bytes, counts."""
    o: np.ndarray
    lse: np.ndarray
    state: np.ndarray
    counts: dict


class Golden:
    """Runs jobs on the golden model of a configuration."""

    def __init__(self, config, profile):
        self.device = Device("golden", config, profile)
        self.known = {}

    def run(self, job):
        """The Result of a job, computed once."""
        if id(job) not in self.known:
            before = self.device.counters()
            parts = [self.entry(job, b) for b in range(job.batch)]
            after = self.device.counters()
            counts = {name: after[key] - before[key] for name, key in COUNTS.items()}
            self.known[id(job)] = job, Result(*map(np.stack, zip(*parts)), counts)
        return self.known[id(job)][1]

    def state_of(self, job, entry):
        """Incoming row states of a sequence as bytes."""
        if isinstance(job.state_in, Job):
            return self.run(job.state_in).state[entry]
        return np.asarray(job.state_in[entry])

    def entry(self, job, b):
        """(o, lse, state) of one sequence."""
        call = _abi.Job(input_format=_abi.FORMATS["fp16" if job.fp16 else "bf16"],
                        output_format=_abi.FORMATS[job.output], heads_q=job.heads_q,
                        heads_kv=job.heads_kv, queries=job.queries, keys=job.keys, d=job.d,
                        dv=job.dv, scale=job.scale, key_length=job.kv_len[b],
                        diagonal=job.diagonal[b],
                        flags=_abi.KEY_LENGTH | _abi.DIAGONAL)
        if job.causal:
            call.flags |= _abi.CAUSAL
        if job.window is not None:
            call.flags |= _abi.WINDOW
            call.window_left, call.window_right = job.window
        if job.soft_cap is not None:
            call.flags, call.soft_cap = call.flags | _abi.SOFT_CAP, job.soft_cap
        if job.state_in is None:
            call.flags, call.v_exponent = call.flags | _abi.V_EXPONENT, job.v_exponent[b]
        with self.device._arrays() as allocate:
            self.put_inputs(job, b, call, allocate)
            rows = (job.heads_q, job.queries)
            kind = np.uint32 if job.output == "fp32" else np.uint16
            call.o = allocate(max(64, math.prod(rows) * job.dv * kind().itemsize))
            call.lse = allocate(max(64, 4 * math.prod(rows)))
            call.state_out = allocate(max(64, math.prod(rows) * job.record_bytes))
            self.device._run(call)
            return (self.device._read(call.o, (*rows, job.dv), kind),
                    self.device._read(call.lse, rows, np.uint32),
                    self.device._read(call.state_out, (*rows, job.record_bytes), np.uint8))

    def put_inputs(self, job, b, call, allocate):
        """Copies the arrays of one sequence to the device and names them in the call."""
        call.q = allocate(job.q[b])
        if job.page:
            call.flags |= _abi.PAGED
            call.page_size, call.pages = job.page, job.table.shape[1]
            call.pool_pages = job.k.shape[0]
            call.k, call.v = allocate(job.k), allocate(job.v)
            call.page_table = allocate(job.table[b].astype(np.int32))
        else:
            call.k, call.v = allocate(job.k[b]), allocate(job.v[b])
        if job.alibi is not None:
            call.flags |= _abi.ALIBI
            call.alibi = allocate(np.asarray(job.alibi, np.float32))
        if job.bias is not None:
            part = job.bias[min(b, job.bias.shape[0] - 1)]
            call.flags |= BIAS_FLAGS[job.bias_format]
            call.bias = allocate(part)
            call.bias_head = part.shape[1] * part.shape[2] if part.shape[0] > 1 else 0
            call.bias_query = part.shape[2] if part.shape[1] > 1 else 0
            call.bias_key = 1
        if job.state_in is not None:
            call.state_in = allocate(self.state_of(job, b))
