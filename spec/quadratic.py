# SPDX-License-Identifier: Apache-2.0
"""Fits a piecewise-quadratic table of an odd function and bounds its error over every input.

The argument y >= 0 has `frac` fraction bits and stands for the whole cell [y, y + 2^-frac): bits
below were cut off. Octave 0 is [0, 2), octave o is [2^o, 2^(o+1)); z = y >> o lies in [0, 2) and is
cut into 2^segments_log2 segments, of which octave 0 uses all and every other octave the upper half.
With the offset lo in a segment (offset_bits wide), its leading square_bits u and
q = u * (2^square_bits - 1 - u), zero at both ends, the result is
    (base[i] + ((slope[i] * lo) >> offset_bits) + ((curve[i] * q) >> curve_drop)) >> guard
base holds the rounding constant 2^(guard-1). All entries are non-negative integers.
"""
from dataclasses import dataclass

import numpy as np

FUNCTIONS = {"tanh": np.tanh}


@dataclass
class Quadratic:
    name: str
    function: str
    segments_log2: int
    octaves: int
    frac: int
    result_frac: int
    guard: int
    square_bits: int
    curve_drop: int
    base: list
    slope: list
    curve: list
    max_error: float = 0.0  # units of the result's last place, over every input and cell
    falls: int = 0          # inputs whose result is below that of the input before

    @property
    def offset_bits(self):
        return self.frac + 1 - self.segments_log2

    @property
    def index_bits(self):
        return (len(self.base) - 1).bit_length()

    @property
    def inputs(self):
        return 1 << (self.frac + self.octaves)

    @property
    def parts(self):
        return [("base", self.base), ("slope", self.slope), ("curve", self.curve)]

    @property
    def constants(self):
        return [("segments_log2", self.segments_log2), ("octaves", self.octaves),
                ("frac", self.frac), ("offset_bits", self.offset_bits),
                ("result_frac", self.result_frac), ("guard", self.guard),
                ("square_bits", self.square_bits), ("curve_drop", self.curve_drop)]

    @property
    def domain(self):
        return f"[0, {1 << self.octaves})"

    def parabola(self, lo):
        u = lo >> (self.offset_bits - self.square_bits)
        return u * ((1 << self.square_bits) - 1 - u)

    def evaluate(self, y):
        """y: integers below 2^(frac + octaves)."""
        y = np.asarray(y, np.int64)
        octave = sum((y >> (self.frac + o) != 0).astype(np.int64) for o in range(1, self.octaves))
        z = y >> octave
        i = (z >> self.offset_bits) + (octave << (self.segments_log2 - 1))
        lo = z & ((1 << self.offset_bits) - 1)
        base, slope, curve = (np.array(values, np.int64) for _, values in self.parts)
        return (base[i] + ((slope[i] * lo) >> self.offset_bits) +
                ((curve[i] * self.parabola(lo)) >> self.curve_drop)) >> self.guard


def segment(t, f, octave, z0):
    """Entries of the segment that starts at z0, by least largest error over a part of its cells."""
    unit = float(1 << (t.result_frac + t.guard))
    size = 1 << t.offset_bits
    lo = np.unique(np.append(np.arange(0, size, max(1, size >> 10)), size - 1))
    q = t.parabola(lo)
    low = f(np.ldexp((z0 + lo).astype(float), octave - t.frac)) * unit
    high = f(np.ldexp((z0 + lo + 1).astype(float), octave - t.frac)) * unit
    mid = (low + high) / 2
    terms = np.stack([np.ones(len(lo)), lo / size, q / float(1 << t.curve_drop)], axis=1)
    _, b0, c0 = np.linalg.lstsq(terms, mid, rcond=None)[0]
    best = None
    for c in range(max(0, int(c0) - 2), max(0, int(c0)) + 4):
        bent = (c * q) >> t.curve_drop
        centre = int(np.polyfit(lo / size, mid - bent, 1)[0])
        for b in range(max(0, centre - 24), max(0, centre) + 26):
            rise = ((b * lo) >> t.offset_bits) + bent
            a = int(np.floor(((low - rise).min() + (high - rise).max()) / 2 + 0.5))
            if octave == 0 and z0 == 0:
                a = 0  # f(0) = 0 exactly: an odd function
            err = max((high - rise).max() - a, a - (low - rise).min())
            if best is None or err < best[0]:
                best = (err, max(a, 0), b, c)
    return best[1] + (1 << (t.guard - 1)), best[2], best[3]


def fit(name, d):
    """The table of one entry of the spec's `quadratics`."""
    f = FUNCTIONS[d["function"]]
    t = Quadratic(name, d["function"], d["segments_log2"], d["octaves"], d["frac"],
                  d["result_frac"], d["guard"], d["square_bits"], d["curve_drop"], [], [], [])
    n = 1 << t.segments_log2
    for octave in range(t.octaves):
        for i in range(n // 2 if octave else 0, n):
            entry = segment(t, f, octave, i << t.offset_bits)
            for (_, values), value in zip(t.parts, entry):
                values.append(value)
    bound(t, f)
    return t


def bound(t, f):
    """Largest distance of a result to the function anywhere in the input's cell."""
    y = np.arange(t.inputs + 1, dtype=np.int64)
    exact = f(np.ldexp(y.astype(float), -t.frac)) * (1 << t.result_frac)
    got = t.evaluate(y[:-1])
    t.max_error = float(max((got - exact[:-1]).max(), (exact[1:] - got).max()))
    if int(got[0]) != 0 or int(got[-1]) != 1 << t.result_frac or got.max() > 1 << t.result_frac:
        raise SystemExit(f"table {t.name}: must run from 0 to one, runs from {int(got[0])} to "
                         f"{int(got[-1])} of {1 << t.result_frac} with {int(got.max())} the largest")
    t.falls = int((np.diff(got) < 0).sum())
