# SPDX-License-Identifier: Apache-2.0
"""host/api/flashd.h in ctypes; tests/python compares the two field by field."""
import ctypes
from ctypes import c_char, c_double, c_int32, c_int64, c_uint32, c_uint64

STATUS_OK, STATUS_INVALID, STATUS_UNAVAILABLE, STATUS_TIMEOUT = 0, 2, 3, 6

FORMATS = {"bf16": 0, "fp16": 1, "fp32": 2}

CAUSAL = 1 << 0
DIAGONAL = 1 << 1
WINDOW = 1 << 2
KEY_LENGTH = 1 << 3
V_EXPONENT = 1 << 4
SOFT_CAP = 1 << 5
ALIBI = 1 << 6
PAGED = 1 << 7


class Job(ctypes.Structure):
    """flashd_job"""
    _fields_ = [
        ("size", c_uint32), ("flags", c_uint32), ("input_format", c_uint32),
        ("output_format", c_uint32), ("heads_q", c_uint32), ("heads_kv", c_uint32),
        ("queries", c_uint64), ("keys", c_uint64), ("d", c_uint32), ("dv", c_uint32),
        ("scale", c_double), ("diagonal", c_int64), ("window_left", c_int64),
        ("window_right", c_int64), ("key_length", c_int64), ("v_exponent", c_int32),
        ("reserved", c_uint32), ("q", c_uint64), ("k", c_uint64), ("v", c_uint64),
        ("bias", c_uint64), ("bias_head", c_int64), ("bias_query", c_int64),
        ("bias_key", c_int64), ("o", c_uint64), ("lse", c_uint64), ("state_in", c_uint64),
        ("state_out", c_uint64), ("soft_cap", c_double), ("alibi", c_uint64),
        ("page_table", c_uint64), ("page_size", c_uint32), ("pages", c_uint32),
        ("pool_pages", c_uint64)]


class Record(ctypes.Structure):
    """A structure that the library fills, with room for the fields of later versions."""

    def values(self):
        """{field: int or str} without the room."""
        pairs = ((name, getattr(self, name)) for name, *_ in self._fields_ if name != "room")
        return {n: v.decode() if isinstance(v, bytes) else v for n, v in pairs}


class Capabilities(Record):
    """flashd_capabilities"""
    _fields_ = [
        ("backend", c_char * 16), ("config", c_char * 16), ("numerics", c_char * 8),
        ("spec_hash", c_uint32), ("width", c_uint32), ("lanes", c_uint32),
        ("contexts", c_uint32), ("tile", c_uint32), ("max_head_dim", c_uint32),
        ("significand_bits", c_uint32), ("counts_cycles", c_uint32), ("room", c_uint64 * 64)]


class Counters(Record):
    """flashd_counters"""
    _fields_ = [(name, c_uint64) for name in (
        "jobs", "cycles", "total_cycles", "macs", "scores", "keys_skipped", "tiles",
        "tiles_skipped", "saturations", "rows_nan", "rows_empty", "compared_scores",
        "compared_weights", "compared_tile_sums", "compared_row_states", "compared_outputs",
        "mismatches")] + [("room", c_uint64 * 128)]


def declare(library):
    """Sets the argument and result types of the functions that are used."""
    device, address, text = ctypes.c_void_p, c_uint64, ctypes.c_char_p
    status, size, pointer = ctypes.c_int, ctypes.c_size_t, ctypes.POINTER
    functions = {
        "flashd_open": (status, text, text, text, pointer(device)),
        "flashd_close": (None, device),
        "flashd_set": (status, device, text, text),
        "flashd_get_capabilities": (status, device, pointer(Capabilities)),
        "flashd_get_counters": (status, device, pointer(Counters)),
        "flashd_get_device_counter": (status, device, c_uint32, pointer(text),
                                      pointer(c_uint64)),
        "flashd_alloc": (status, device, size, pointer(address)),
        "flashd_free": (status, device, address),
        "flashd_copy_to": (status, device, address, ctypes.c_void_p, size),
        "flashd_copy_from": (status, device, ctypes.c_void_p, address, size),
        "flashd_submit": (status, device, pointer(Job), pointer(c_uint64)),
        "flashd_wait": (status, device, c_uint64, c_int64, ctypes.c_void_p),
        "flashd_error": (text,),
    }
    for name, (result, *arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
