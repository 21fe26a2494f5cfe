# SPDX-License-Identifier: Apache-2.0
"""Stand-in: [batch, length, heads, d]."""
import os

__version__ = "stand-in"


def flash_attn_func(q, k, v, causal):
    import torch
    if os.environ.get("STANDIN_TORCH") == "asserts":
        raise AssertionError
    group = q.array.shape[2] // k.array.shape[2]
    heads = [t.transpose(1, 2) for t in (q, k, v)]
    heads[1:] = [t.repeat_interleave(group, 1) for t in heads[1:]]
    return torch.launch(*heads, causal).transpose(1, 2), "lse"
