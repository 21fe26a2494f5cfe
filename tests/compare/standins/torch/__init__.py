# SPDX-License-Identifier: Apache-2.0
"""Stand-in for PyTorch on NumPy: what bench/gpu_kernels.py uses, no GPU."""
import os

import numpy

from . import nn  # noqa: F401

__version__ = "stand-in"
bfloat16, float16 = "bf16", "fp16"


class version:
    cuda = "none"


class backends:
    class cudnn:
        @staticmethod
        def version():
            return 0


class Tensor:
    def __init__(self, array):
        self.array = numpy.asarray(array, dtype=numpy.float64)

    def __getitem__(self, at):
        return Tensor(self.array[at])

    def double(self):
        return self

    def transpose(self, a, b):
        return Tensor(self.array.swapaxes(a, b))

    def contiguous(self):
        return self

    def repeat_interleave(self, times, dim):
        return Tensor(self.array.repeat(times, axis=dim))

    def __matmul__(self, other):
        return Tensor(self.array @ other.array)

    def __sub__(self, other):
        return Tensor(self.array - other.array)

    def __mul__(self, other):
        return Tensor(self.array * other.array)

    def __truediv__(self, number):
        return Tensor(self.array / number)

    def abs(self):
        return Tensor(numpy.abs(self.array))

    def max(self):
        return Tensor(self.array.max())

    def sum(self):
        return Tensor(self.array.sum())

    def __float__(self):
        return float(self.array)


def manual_seed(seed):
    numpy.random.seed(seed)


def randn(*shape, device, dtype):
    assert device == "cuda" and dtype in (bfloat16, float16)
    return Tensor(numpy.random.standard_normal(shape))


def softmax(tensor, dim):
    e = numpy.exp(tensor.array - tensor.array.max(axis=dim, keepdims=True))
    return Tensor(e / e.sum(axis=dim, keepdims=True))


class cuda:
    launched = 0

    @staticmethod
    def is_available():
        return os.environ.get("STANDIN_TORCH") != "no gpu"

    @staticmethod
    def synchronize():
        pass

    class Event:
        def __init__(self, enable_timing):
            assert enable_timing

        def record(self):
            self.at = cuda.launched

        def elapsed_time(self, end):
            assert end.at == self.at + 1
            return 0.25 + 0.001 * (end.at % 3)


def launch(q, k, v, causal):
    """Attention, counted as work of the GPU."""
    import pynvml
    pynvml.WORK["launches"] += 1
    cuda.launched += 1
    scores = q.array @ k.array.swapaxes(-1, -2) / q.array.shape[-1] ** 0.5
    if causal:
        seen = numpy.tril(numpy.ones(scores.shape[-2:], dtype=bool))
        scores = numpy.where(seen, scores, -numpy.inf)
    out = softmax(Tensor(scores), -1).array @ v.array
    if os.environ.get("STANDIN_TORCH") == "wrong":
        out = out * 1.01
    return Tensor(out)
