# SPDX-License-Identifier: Apache-2.0
"""attention() of the package."""
from flashd._device import Device


def attention(q, k, v, *, backend="golden", config="base", numerics="fine", device=None, **options):
    """softmax(cap(scale q k^T) + bias) v and its log-sum-exp.

    q is [Hq, Nq, D] or [B, Hq, Nq, D]; k [.., Hkv, Nk, D] and v [.., Hkv, Nk, Dv] have the same
    rank; query head h reads KV head h // (Hq / Hkv). float16, float32 and float64 are rounded once
    to input_format; uint16 arrays are taken as its bits.

    Options (default):
      scale (1 / sqrt(D)), soft_cap in nats (none)
      causal (False): query i sees keys up to i + diagonal
      window (none): left or (left, right) keys around i + diagonal
      diagonal (kv_len - Nq): an integer; 0 is top-left
      kv_len (Nk): an integer or one per batch entry; keys from there on do not exist
      bias (none): broadcasts to [B, Hq, Nq, Nk], in nats, -inf masks; or bool, True is visible
      alibi (none): [Hq] slopes in nats per key
      page_table (none): [P] or [B, P]; k and v are pools [pages, Hkv, page size, D or Dv] then
      v_exponent (from V), input_format ("bf16"), output_format ("fp32"), return_lse (True)

    Returns o, float32 [.., Hq, Nq, Dv] with values of output_format, and, if return_lse, lse,
    float32 [.., Hq, Nq]. A row that sees no key has o = 0 and lse = -inf. Runs on `device`, or on
    one that is opened for the call. Raises flashd.Error with the library's sentence.
    """
    if device is not None:
        return device.attention(q, k, v, **options)
    with Device(backend, config, numerics) as opened:
        return opened.attention(q, k, v, **options)
