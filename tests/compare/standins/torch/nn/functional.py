# SPDX-License-Identifier: Apache-2.0
import os

from . import attention


def scaled_dot_product_attention(q, k, v, is_causal, enable_gqa=False):
    import torch
    backend = attention.CHOSEN[-1]
    if backend == os.environ.get("STANDIN_REFUSES"):
        raise RuntimeError("No available kernel. Aborting execution.\nmore")
    if enable_gqa and torch.HOW == "2.4":
        raise TypeError("unexpected keyword argument 'enable_gqa'")
    if enable_gqa:
        if backend == "flash":
            raise RuntimeError("no groups here")
        group = q.array.shape[1] // k.array.shape[1]
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
    assert q.array.shape[1] == k.array.shape[1]
    return torch.launch(q, k, v, is_causal)
