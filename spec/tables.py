# SPDX-License-Identifier: Apache-2.0
"""Fits the piecewise-linear tables and bounds their error over every input.

A table has 2^segments_log2 segments. With segment i and offset lo (offset_bits wide) the result is
    (base[i] + ((slope[i] * lo) >> offset_bits)) >> guard
base holds the rounding constant 2^(guard-1). All entries are non-negative integers.
"""
from dataclasses import dataclass

import numpy as np

import quadratic

FUNCTIONS = {"exp2": np.exp2, "log2": lambda x: np.log2(1.0 + x)}


@dataclass
class Table:
    name: str
    function: str
    segments_log2: int
    offset_bits: int
    guard: int
    result_frac: int
    base: list
    slope: list
    max_error: float  # units of the result's last place, over every input

    @property
    def inputs(self):
        return 1 << (self.segments_log2 + self.offset_bits)

    @property
    def index_bits(self):
        return self.segments_log2

    @property
    def parts(self):
        return [("base", self.base), ("slope", self.slope)]

    @property
    def constants(self):
        return [("segments_log2", self.segments_log2), ("offset_bits", self.offset_bits),
                ("guard", self.guard)]

    @property
    def domain(self):
        return "[0, 1)"

    def evaluate(self, x):
        """x: integers of segments_log2 + offset_bits bits."""
        x = np.asarray(x, np.int64)
        seg, lo = x >> self.offset_bits, x & ((1 << self.offset_bits) - 1)
        base, slope = np.array(self.base, np.int64), np.array(self.slope, np.int64)
        return (base[seg] + ((slope[seg] * lo) >> self.offset_bits)) >> self.guard


def fit(name, function, segments_log2, offset_bits, guard, result_frac):
    """Least largest error among integer slopes next to the chord's, then over all inputs."""
    f = FUNCTIONS[function]
    n, unit = 1 << segments_log2, float(1 << (result_frac + guard))
    lo = np.arange(1 << offset_bits, dtype=np.int64)
    base, slope = [], []
    for i in range(n):
        exact = f((i + lo / float(1 << offset_bits)) / n) * unit
        rise = (f((i + 1) / n) - f(i / n)) * unit
        best = None
        for b in (int(np.floor(rise)), int(np.ceil(rise))):
            rest = exact - ((b * lo) >> offset_bits)
            a = int(np.floor((rest.max() + rest.min()) / 2 + 0.5))
            err = max(rest.max() - a, a - rest.min())
            if best is None or err < best[0]:
                best = (err, a, b)
        base.append(best[1] + (1 << (guard - 1)))
        slope.append(best[2])
    if function == "exp2":  # the result saturates below 2: lower the last segment if need be
        last = (slope[-1] * int(lo[-1])) >> offset_bits
        base[-1] = min(base[-1], (2 << (result_frac + guard)) - 1 - last)
    t = Table(name, function, segments_log2, offset_bits, guard, result_frac, base, slope, 0.0)
    x = np.arange(n << offset_bits, dtype=np.int64)
    exact = f(x / float(n << offset_bits)) * (1 << result_frac)
    t.max_error = float(np.abs(t.evaluate(x) - exact).max())
    return t


def soft_cap_error(spec, tanh, score_frac):
    """Bound on the error of cap tanh(x / cap) at the largest cap, in units of 2^-score_frac."""
    w = spec["widths"]
    largest = 2.0 ** w["cap_max_log2"] / np.log(2)  # in score units
    scale = largest * 2.0 ** score_frac
    # The table, 1 / cap (half a unit of its mantissa, times max y sech^2 y), cap, the last rounding.
    return (tanh.max_error * scale * 2.0 ** -tanh.result_frac +
            0.4478 * scale * 2.0 ** -w["cap_inverse_bits"] +
            0.5 * 2.0 ** (score_frac - w["cap_frac"]) + 0.5)


def all_tables(spec):
    """The tables of the spec: p per profile, log2, g and tanh common."""
    w, d = spec["widths"], spec["tables"]
    out = []
    for name, p in spec["profiles"].items():
        seg = d["p"]["segments_log2"]
        t = fit(f"p_{name}", d["p"]["function"], seg, p["score_frac"] - seg, d["p"]["guard"],
                p["p_bits"] - 1)
        if t.max_error > 1.0:
            raise SystemExit(f"table p_{name}: error {t.max_error:.3f} units, more than one")
        out.append(t)
    g, lg = d["g"], d["log2"]
    out.append(fit("log2", lg["function"], lg["segments_log2"], lg["offset_bits"], lg["guard"],
                   w["log_frac"]))
    out.append(fit("g", g["function"], g["segments_log2"], g["offset_bits"], g["guard"],
                   w["g_bits"] - 1))
    for t in out:
        top = t.evaluate((1 << (t.segments_log2 + t.offset_bits)) - 1)
        limit = 2 << t.result_frac if t.function == "exp2" else (1 << t.result_frac) + 1
        if int(top) >= limit:
            raise SystemExit(f"table {t.name}: the last entry {int(top)} reaches {limit}")
        if t.function == "exp2" and int(t.evaluate(0)) < 1 << t.result_frac:
            raise SystemExit(f"table {t.name}: the first entry is below one")
    out.append(quadratic.fit("tanh", d["tanh"]))
    for name, p in spec["profiles"].items():
        error = soft_cap_error(spec, out[-1], p["score_frac"])
        if error > 2.0 ** (p["score_frac"] - 9):
            raise SystemExit(f"table tanh: a soft-cap is off by {error:.2f} units of profile {name}, "
                             "more than 2^-9")
    return out
