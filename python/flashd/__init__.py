# SPDX-License-Identifier: Apache-2.0
"""Exact attention on a FLASH-D engine or its bit-exact model, from NumPy arrays.

    import flashd
    o, lse = flashd.attention(q, k, v, causal=True)

docs/python.md describes it. The shared library libflashd is loaded at the first call.
"""
from flashd._attention import attention
from flashd._device import Device, capabilities
from flashd._library import (Error, Fault, InternalError, InvalidInput, Mismatch, Unavailable)

__all__ = ["Device", "Error", "Fault", "InternalError", "InvalidInput", "Mismatch", "Unavailable",
           "attention", "capabilities"]
