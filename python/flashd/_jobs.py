# SPDX-License-Identifier: Apache-2.0
"""NumPy arrays to jobs of a device, one per batch entry."""
import warnings

import numpy as np

from flashd import _abi
from flashd._formats import decode, encode
from flashd._library import refuse


def array_of(value, name, dtype=None):
    """An array of what is given."""
    try:
        return np.asarray(value, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        refuse(f"{name} is no array: {error}")


def bits_of(array, name, input_format):
    """uint16 bits of an input."""
    array = array_of(array, name)
    if array.dtype == np.uint16:
        return np.ascontiguousarray(array)
    if array.dtype.kind != "f" and array.dtype.name != "bfloat16":
        refuse(f"{name} has dtype {array.dtype}; expected a float type, or uint16 for bits of "
               f"{input_format}")
    return np.ascontiguousarray(encode(array.astype(np.float64), input_format))


def shape_of(q, k, v, paged):
    """Checks ranks and extents; (batch, heads_q, heads_kv, queries, keys or page, d, dv)."""
    if q.ndim not in (3, 4):
        refuse(f"q has shape {q.shape}; expected [heads, queries, d] or a batch of that")
    rank = 4 if paged else q.ndim
    for name, x in (("k", k), ("v", v)):
        if x.ndim != rank:
            refuse(f"{name} has shape {x.shape}; expected {rank} dimensions")
    if k.shape[:-1] != v.shape[:-1]:
        refuse(f"k has shape {k.shape}, v {v.shape}; expected them to differ in the last "
               "dimension only")
    if q.shape[-1] != k.shape[-1]:
        refuse(f"q has head dimension {q.shape[-1]}, k {k.shape[-1]}; expected the same")
    if q.ndim == 4 and not paged and q.shape[0] != k.shape[0]:
        refuse(f"q has {q.shape[0]} batch entries, k {k.shape[0]}; expected the same")
    batch = q.shape[0] if q.ndim == 4 else 1
    return (batch, q.shape[-3], k.shape[-3], q.shape[-2], k.shape[-2], q.shape[-1], v.shape[-1])


def integer(value, name, bits=64):
    """A signed integer of so many bits; ctypes would drop the upper ones."""
    try:
        exact = int(value)
        if exact == value and -2**(bits - 1) <= exact < 2**(bits - 1):
            return exact
    except (TypeError, ValueError, OverflowError):
        pass
    refuse(f"{name} is {value!r}; expected an integer of {bits} bits")


def real(value, name):
    """A double."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        refuse(f"{name} is {value!r}; expected a number")


def lengths_of(kv_len, batch, keys):
    """The key length of every batch entry, or None."""
    if kv_len is None:
        return None
    lengths = array_of(kv_len, "kv_len")
    if lengths.ndim > 1 or lengths.dtype.kind not in "iu" or lengths.size not in (1, batch):
        refuse(f"kv_len is {kv_len!r}; expected an integer, or one for each of {batch} batch "
               "entries")
    if (lengths < 0).any() or (lengths > keys).any():
        refuse(f"kv_len is {kv_len!r}; expected 0 to {keys}, the number of keys")
    return [int(n) for n in np.broadcast_to(lengths, (batch,))]


def bias_view(bias, full):
    """float32 view broadcast to `full` = (B, Hq, Nq, Nk) whose broadcast strides are 0."""
    bias = array_of(bias, "bias")
    if bias.dtype == bool:
        bias = np.where(bias, np.float32(0), np.float32(-np.inf))
    if bias.dtype.kind != "f" and bias.dtype.name != "bfloat16":
        refuse(f"bias has dtype {bias.dtype}; expected a float type or bool")
    with np.errstate(over="ignore"):
        bias = np.ascontiguousarray(bias.astype(np.float32))
    try:
        return np.broadcast_to(bias, full)
    except ValueError:
        refuse(f"bias has shape {bias.shape}; expected one that broadcasts to {full}")


def put_bias(job, view, allocate):
    """Copies the bias of one batch entry, [Hq, Nq, Nk], without what is broadcast."""
    kept = view[tuple(slice(None) if stride else slice(1) for stride in view.strides)]
    dense = np.ascontiguousarray(kept)
    if dense.size == 0:
        return
    strides = [0 if extent == 1 else step // dense.itemsize
               for extent, step in zip(dense.shape, dense.strides)]
    job.bias = allocate(dense)
    job.bias_head, job.bias_query, job.bias_key = strides


def set_options(job, d, scale, causal, diagonal, window, soft_cap, v_exponent):
    """What is the same for every batch entry."""
    job.scale = 1 / np.sqrt(d) if scale is None else real(scale, "scale")
    if causal:
        job.flags |= _abi.CAUSAL
    if diagonal is not None:
        job.flags |= _abi.DIAGONAL
        job.diagonal = integer(diagonal, "diagonal")
    if window is not None:
        job.flags |= _abi.WINDOW
        sides = array_of(window, "window").ravel()
        if sides.size not in (1, 2):
            refuse(f"window is {window!r}; expected left or (left, right)")
        job.window_left = integer(sides[0], "window")
        job.window_right = integer(sides[-1], "window")
    cap = 0.0 if soft_cap is None else real(soft_cap, "soft_cap")
    if cap != 0:
        job.flags |= _abi.SOFT_CAP
        job.soft_cap = cap
    if v_exponent is not None:
        job.flags |= _abi.V_EXPONENT
        job.v_exponent = integer(v_exponent, "v_exponent", 32)


class Arrays:
    """The checked inputs of one call, batch in front, as bits of the input format.

    Paged: k and v are [pages, Hkv, page, D or Dv], and table is int32 [B, P].
    """

    def __init__(self, q, k, v, page_table, input_format):
        q, k, v = (bits_of(x, n, input_format) for x, n in ((q, "q"), (k, "k"), (v, "v")))
        self.paged = page_table is not None
        self.batched = q.ndim == 4
        (self.batch, self.heads_q, self.heads_kv, self.queries, self.keys, self.d,
         self.dv) = shape_of(q, k, v, self.paged)
        if self.paged:
            self.table = tables_of(page_table, self.batch)
            self.page, self.keys = self.keys, self.keys * self.table.shape[1]
        elif not self.batched:
            k, v = k[None], v[None]
        self.q, self.k, self.v = q if self.batched else q[None], k, v

    def put(self, job, entry, allocate):
        """Copies Q, K and V of one batch entry; a pool goes along whole."""
        job.q = allocate(self.q[entry])
        if self.paged:
            job.flags |= _abi.PAGED
            job.page_size, job.pages = self.page, self.table.shape[1]
            job.pool_pages = self.k.shape[0]
            job.page_table = allocate(self.table[entry])
            job.k, job.v = allocate(self.k), allocate(self.v)
        else:
            job.k, job.v = allocate(self.k[entry]), allocate(self.v[entry])


def tables_of(page_table, batch):
    """int32 [B, P]"""
    tables = array_of(page_table, "page_table")
    if tables.dtype.kind not in "iu" or tables.ndim not in (1, 2) \
            or (tables.ndim == 2 and tables.shape[0] not in (1, batch)):
        refuse(f"page_table has shape {tables.shape} of {tables.dtype}; expected integers [pages] "
               f"or [{batch}, pages]")
    if tables.size and (tables.min() < -2**31 or tables.max() >= 2**31):
        refuse("page_table holds a page beyond 32 bits; expected pages of the pool")
    return np.broadcast_to(tables, (batch, tables.shape[-1])).astype(np.int32)


def put_alibi(job, alibi, heads, allocate):
    """Copies the slopes."""
    slopes = array_of(alibi, "alibi", np.float32)
    if slopes.shape != (heads,):
        refuse(f"alibi has shape {slopes.shape}; expected ({heads},), one slope per query head")
    job.flags |= _abi.ALIBI
    job.alibi = allocate(slopes)


def warn_of_clamped(v, v_exponent, input_format):
    """Warns of values that the value exponent does not hold."""
    values = np.abs(decode(v, input_format).astype(np.float64))
    limit = float("inf") if v_exponent > 1000 else 2.0**(v_exponent + 1)
    count = int(np.sum(np.isfinite(values) & (values >= limit)))
    if count:
        warnings.warn(f"{count} values of v are beyond v_exponent = {v_exponent} and are clamped",
                      RuntimeWarning, stacklevel=4)


def read_output(device, job, shape, output_format):
    """O of a finished job as float32."""
    if output_format == "fp32":
        return device._read(job.o, shape, np.float32)
    return decode(device._read(job.o, shape, np.uint16), output_format)


def run(device, q, k, v, *, scale=None, causal=False, diagonal=None, window=None, bias=None,
        kv_len=None, soft_cap=None, alibi=None, page_table=None, v_exponent=None,
        input_format="bf16", output_format="fp32", return_lse=True):
    """flashd.attention() on an open device."""
    if not isinstance(input_format, str) or input_format not in ("bf16", "fp16"):
        refuse(f"input_format is {input_format!r}; expected 'bf16' or 'fp16'")
    if not isinstance(output_format, str) or output_format not in _abi.FORMATS:
        refuse(f"output_format is {output_format!r}; expected 'fp32', 'bf16' or 'fp16'")
    a = Arrays(q, k, v, page_table, input_format)
    lengths = lengths_of(kv_len, a.batch, a.keys)
    if v_exponent is not None:
        warn_of_clamped(a.v, integer(v_exponent, "v_exponent", 32), input_format)
    rows = (a.heads_q, a.queries)
    if bias is not None:
        bias = bias_view(bias, (a.batch, *rows, a.keys))
    o = np.zeros((a.batch, *rows, a.dv), np.float32)
    lse = np.zeros((a.batch, *rows), np.float32)
    for entry in range(a.batch):
        job = _abi.Job(input_format=_abi.FORMATS[input_format],
                       output_format=_abi.FORMATS[output_format], heads_q=a.heads_q,
                       heads_kv=a.heads_kv, queries=a.queries, keys=a.keys, d=a.d, dv=a.dv)
        set_options(job, a.d, scale, causal, diagonal, window, soft_cap, v_exponent)
        if lengths is not None:
            job.flags |= _abi.KEY_LENGTH
            job.key_length = lengths[entry]
        with device._arrays() as allocate:
            a.put(job, entry, allocate)
            if bias is not None:
                put_bias(job, bias[entry], allocate)
            if alibi is not None:
                put_alibi(job, alibi, a.heads_q, allocate)
            job.o = allocate(o[entry].size * (4 if output_format == "fp32" else 2))
            job.lse = allocate(lse[entry].nbytes) if return_lse else 0
            device._run(job)
            o[entry] = read_output(device, job, o[entry].shape, output_format)
            if return_lse:
                lse[entry] = device._read(job.lse, lse[entry].shape, np.float32)
    if not a.batched:
        o, lse = o[0], lse[0]
    return (o, lse) if return_lse else o
