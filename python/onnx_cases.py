#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the ONNX Attention operator's own test cases as case directories of flashd.

  onnx_cases.py --out DIR        (needs the wheels onnx and numpy of requirements.txt)

DIR/cases.json lists every case: name, class, opset, type, attributes, outputs. A case that asks for
the score matrix has no more than that. Every other has a directory DIR/<name> that
`flashd run --input` reads (docs/command.md): heads apart, past before new keys, the mask as a bias
of 0 and -inf, nonpad_kv_seqlen as kv_len.npy. Beside those inputs lie, all [B, Hq, Nq, Dv]:

  expected.npy                 Y as the operator's tests expect it
  exact.npy                    Y in float64, from the operator's tensors
  rounded_bf16.npy, _fp16.npy  the same after Q, K and V were rounded to the format
  bound_fine.npy, _lean.npy    how far the arithmetic may be from that (docs/onnx.md)

Exit status 3 if a wheel is missing, 1 if float64 does not reproduce a case.
"""
import argparse
import json
import pathlib
import shutil
import sys
import warnings

try:
    import numpy as np
    import onnx
    from onnx.backend.test.case.node import collect_testcases
except ImportError as error:
    print(f"onnx_cases.py: {error}", file=sys.stderr)
    sys.exit(3)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from flashd._formats import INPUT_FORMATS, rounded  # noqa: E402

INPUTS = ("Q", "K", "V", "attn_mask", "past_key", "past_value", "nonpad_kv_seqlen")
OUTPUTS = ("Y", "present_key", "present_value", "qk_matmul_output")
PREFIX = "test_attention_"
UNBOUNDED = 2**31 - 1

# How far the expected Y, computed step by step in the type of the case, may be from float64, in
# multiples of the largest visible |V|.
TYPE_ERROR = {"float32": 2.0**-20, "float16": 2.0**-10, "bfloat16": 2.0**-7}

# Bounds of docs/contract.md: error of a score and of the table of p (nats), of g and w (relative),
# fraction bits of the tile sums.
PROFILES = {"fine": (1.2e-3, 6e-4, 1.2e-4, 18), "lean": (2.4e-3, 6e-4, 1.2e-4, 14)}


def collected():
    """The operator's cases: one Attention node each, without the `_expanded` twins."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = collect_testcases("Attention")
    seen = set()
    for case in found:
        nodes = case.model.graph.node
        if case.name.startswith(PREFIX) and case.name not in seen and len(nodes) == 1 \
                and nodes[0].op_type == "Attention":
            seen.add(case.name)
            yield case, nodes[0]


def named(formal, actual, values):
    """{name of the formal parameter: array} of those that the node has."""
    values = iter(values)
    out = {}
    for name, present in zip(formal, actual):
        if present:
            value = next(values)
            tensor = isinstance(value, onnx.TensorProto)
            out[name] = onnx.numpy_helper.to_array(value) if tensor else np.asarray(value)
    return out


def split_heads(x, heads):
    """[batch, heads, tokens, d] of either layout."""
    if x.ndim == 4:
        return x
    return x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(0, 2, 1, 3)


class Case:
    """One case in the terms of flashd: float64 arrays with heads apart."""

    def __init__(self, case, node):
        self.name = case.name[len(PREFIX):]
        self.opset = case.model.opset_import[0].version
        self.attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        inputs, outputs = case.data_sets[0]
        self.inputs = named(INPUTS, node.input, inputs)
        self.outputs = named(OUTPUTS, node.output, outputs)
        self.type = str(self.inputs["Q"].dtype)
        get = self.attributes.get
        heads = get("q_num_heads"), get("kv_num_heads")
        q, k, v = (split_heads(self.inputs[n].astype(np.float64), h)
                   for n, h in zip("QKV", (heads[0], heads[1], heads[1])))
        self.past = 0
        if "past_key" in self.inputs:
            self.past = self.inputs["past_key"].shape[2]
            k = np.concatenate([self.inputs["past_key"].astype(np.float64), k], axis=2)
            v = np.concatenate([self.inputs["past_value"].astype(np.float64), v], axis=2)
        self.q, self.k, self.v = q, k, v
        self.scale = get("scale") or 1 / np.sqrt(q.shape[3])
        self.softcap = get("softcap", 0.0)
        self.causal = bool(get("is_causal", 0))
        self.window = get("left_window_size", -1), get("right_window_size", -1)
        self.lengths = self.inputs.get("nonpad_kv_seqlen")
        self.bias = self.additive_mask()
        self.expected = split_heads(self.outputs["Y"].astype(np.float64), heads[0])

    def additive_mask(self):
        """The mask as a bias over all keys, or None: 0 and -inf for booleans; keys beyond a short
        mask are not visible."""
        mask = self.inputs.get("attn_mask")
        if mask is None:
            return None
        bias = np.where(mask, 0.0, -np.inf) if mask.dtype == bool else mask.astype(np.float64)
        short = self.k.shape[2] - bias.shape[-1]
        return np.pad(bias, [(0, 0)] * (bias.ndim - 1) + [(0, short)], constant_values=-np.inf)

    def offset(self):
        """Diagonal of every batch entry, [B, 1, 1, 1]."""
        batch, queries = self.q.shape[0], self.q.shape[2]
        if self.lengths is None:
            return np.full((batch, 1, 1, 1), self.past)
        return self.lengths.reshape(batch, 1, 1, 1) - queries

    def visible(self):
        """Boolean [B, 1, Nq, Nk]: what causality, window and lengths leave."""
        i = np.arange(self.q.shape[2])[:, None]
        j = np.arange(self.k.shape[2])[None, :]
        at = i + self.offset()
        seen = np.ones_like(at - j, dtype=bool)
        if self.lengths is not None:
            seen &= j < self.lengths.reshape(-1, 1, 1, 1)
        if self.causal:
            seen &= j <= at
        left, right = self.window
        if left >= 0:
            seen &= j >= at - left
        if right >= 0:
            seen &= j <= at + right
        return seen

    def attention(self, round_to=None):
        """(Y, weights p) in float64 with the operator's order: scale, cap, bias, mask, softmax."""
        q, k, v = (x if round_to is None else rounded(x, round_to)
                   for x in (self.q, self.k, self.v))
        group = q.shape[1] // k.shape[1]
        k, v = np.repeat(k, group, axis=1), np.repeat(v, group, axis=1)
        s = self.scale * np.einsum("bhid,bhjd->bhij", q, k)
        if self.softcap:
            s = self.softcap * np.tanh(s / self.softcap)
        if self.bias is not None:
            s = s + self.bias
        s = np.where(self.visible(), s, -np.inf)
        top = s.max(axis=-1, keepdims=True)
        p = np.exp(s - np.where(np.isneginf(top), 0, top))
        total = p.sum(axis=-1, keepdims=True)
        p = p / np.where(total == 0, 1, total)
        return p @ v, p

    def bounds(self):
        """{profile: bound of |flashd - attention(rounded)|, [B, Hq, Nq, Dv]} (docs/onnx.md)."""
        y, p = self.attention()
        v = np.repeat(self.v, self.q.shape[1] // self.k.shape[1], axis=1)
        spread = np.einsum("bhij,bhijd->bhid", p, np.abs(v[:, :, None] - y[:, :, :, None]))
        size = p @ np.abs(v)
        keys = self.k.shape[2]
        grid = keys * np.abs(self.v).max(axis=(1, 2, 3), keepdims=True)
        return {name: (score + table) * spread + merge * size + grid * 2.0**-bits * (size > 0)
                for name, (score, table, merge, bits) in PROFILES.items()}

    def largest_seen(self):
        """Largest |V| at a key with a weight above 0."""
        _, p = self.attention()
        v = np.repeat(self.v, self.q.shape[1] // self.k.shape[1], axis=1)
        return float((np.abs(v) * (p > 0).any(axis=2)[..., None]).max())

    def letter(self):
        """The class of docs/onnx.md."""
        get = self.attributes.get
        if max(self.window) >= 0:
            return "H"
        if "qk_matmul_output" in self.outputs:
            return "G"
        if self.lengths is not None:
            return "F"
        if self.past:
            return "E"
        if get("softcap", 0.0):
            return "D"
        if self.bias is not None:
            return "C"
        return "B" if self.causal else "A"

    def meta(self):
        """meta.json of a case directory."""
        out = {"scale": self.scale, "causal": self.causal}
        if self.lengths is None:
            out["diagonal"] = self.past  # with lengths, flashd's default is the operator's
        if max(self.window) >= 0:
            out["window"] = [side if side >= 0 else UNBOUNDED for side in self.window]
        if self.softcap:
            out["softcap"] = self.softcap
        return out

    def fault(self):
        """A sentence if float64 does not reproduce the case, else None."""
        y, _ = self.attention()
        error = np.abs(y - self.expected).max(initial=0)
        limit = TYPE_ERROR[self.type] * self.largest_seen()
        if not error <= limit:
            return f"Y differs from float64 by {error:.2e}, more than {limit:.2e}"
        for name, whole in (("present_key", self.k), ("present_value", self.v)):
            if name in self.outputs and not np.array_equal(self.outputs[name], whole):
                return f"{name} is not the past followed by the new keys"
        return None

    def write(self, folder):
        folder.mkdir()
        arrays = {"q": self.q, "k": self.k, "v": self.v, "expected": self.expected,
                  "exact": self.attention()[0]}
        for name in INPUT_FORMATS:
            arrays[f"rounded_{name}"] = self.attention(name)[0]
        for name, bound in self.bounds().items():
            arrays[f"bound_{name}"] = bound
        if self.bias is not None:
            arrays["bias"] = self.bias
        if self.lengths is not None:
            arrays["kv_len"] = self.lengths.astype(np.int64)
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
        (folder / "meta.json").write_text(json.dumps(self.meta()) + "\n")

    def entry(self):
        return {"name": self.name, "class": self.letter(), "opset": self.opset, "type": self.type,
                "type_error": TYPE_ERROR[self.type] * self.largest_seen(),
                "attributes": self.attributes, "outputs": list(self.outputs)}


def main():
    parser = argparse.ArgumentParser(description="Export the ONNX Attention cases.")
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="DIR",
                        help="a folder of its own; what is there is replaced")
    out = parser.parse_args().out
    if out.exists() and any(out.iterdir()) and not (out / "cases.json").exists():
        print(f"onnx_cases.py: {out} holds something else; expected a new or empty folder",
              file=sys.stderr)
        return 2
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    entries = []
    for found, node in collected():
        case = Case(found, node)
        fault = case.fault()
        if fault:
            print(f"onnx_cases.py: {case.name}: {fault}", file=sys.stderr)
            return 1
        entries.append(case.entry())
        if "qk_matmul_output" not in case.outputs:
            case.write(part / case.name)
    entries.sort(key=lambda e: (e["class"], e["name"]))
    (part / "cases.json").write_text(json.dumps(
        {"onnx": onnx.__version__, "cases": entries}, indent=1) + "\n")
    shutil.rmtree(out, ignore_errors=True)
    part.rename(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
