# SPDX-License-Identifier: Apache-2.0
"""Bits of BF16 and FP16, rounded as the flashd command rounds .npy files."""
import numpy as np

INPUT_FORMATS = ("bf16", "fp16")


def encode(values, input_format):
    """uint16 bits of float16, float32 or float64 values: one rounding, to nearest even.

    Overflow becomes Inf, NaN becomes quiet. Raises ValueError for another format.
    """
    wide = np.asarray(values, dtype=np.float64)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if input_format == "fp16":
            bits = np.ascontiguousarray(wide.astype(np.float16)).view(np.uint16)
            quiet = np.where(np.signbit(wide), 0xFE00, 0x7E00).astype(np.uint16)
            return np.where(np.isnan(wide), quiet, bits)
        if input_format != "bf16":
            raise ValueError(f"input_format is {input_format!r}; expected 'bf16' or 'fp16'")
        narrow = np.ascontiguousarray(wide.astype(np.float32))
        bits = narrow.view(np.uint32)
        # Rounding to odd first: two roundings to nearest would not be one.
        inexact = ~np.isnan(wide) & (narrow.astype(np.float64) != wide)
        bits = bits - (inexact & (np.abs(narrow.astype(np.float64)) > np.abs(wide)))
        bits = bits | inexact
        rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
        quiet = narrow.view(np.uint32) >> 16 | 0x40
        return np.where(np.isnan(wide), quiet, rounded).astype(np.uint16)


def decode(bits, input_format):
    """float32 values of uint16 bits; exact."""
    bits = np.ascontiguousarray(bits, dtype=np.uint16)
    if input_format == "fp16":
        return bits.view(np.float16).astype(np.float32)
    return (bits.astype(np.uint32) << 16).view(np.float32)


def rounded(values, input_format):
    """float64 values after rounding to the format."""
    return decode(encode(values, input_format), input_format).astype(np.float64)
