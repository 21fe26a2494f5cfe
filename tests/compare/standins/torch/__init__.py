# SPDX-License-Identifier: Apache-2.0
"""Stand-in for PyTorch on NumPy: what bench/gpu_kernels.py uses, no GPU.

STANDIN_TORCH names what fails; with STANDIN_DIES the GPU is dead after so many launches.
"""
import ctypes
import os

import numpy

from . import nn  # noqa: F401

__version__ = "stand-in"
bfloat16, float16 = "bf16", "fp16"
HOW = os.environ.get("STANDIN_TORCH", "")
DIES = int(os.environ.get("STANDIN_DIES", "1000000"))


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


def zeros(count, device):
    """Opens the context."""
    assert device == "cuda"
    if HOW == "busy":
        raise RuntimeError("CUDA error: all CUDA-capable devices are busy or unavailable\nmore")
    ctypes.CDLL("libnvidia-ml.so.1").standin_context()
    return Tensor(numpy.zeros(count))


def randn(*shape, device, dtype):
    assert device == "cuda" and dtype in (bfloat16, float16)
    cuda.check()
    if HOW == "no memory" and shape[0] == 2:
        raise cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 64.00 GiB.\nmore")
    return Tensor(numpy.random.standard_normal(shape))


def softmax(tensor, dim):
    e = numpy.exp(tensor.array - tensor.array.max(axis=dim, keepdims=True))
    return Tensor(e / e.sum(axis=dim, keepdims=True))


class cuda:
    launched = 0
    held = False

    class OutOfMemoryError(RuntimeError):
        pass

    @staticmethod
    def is_available():
        return HOW != "no gpu"

    @staticmethod
    def check():
        if cuda.launched > DIES:
            raise RuntimeError("CUDA error: an illegal memory access was encountered\nmore")

    @staticmethod
    def synchronize():
        cuda.check()
        cuda.held = False

    if HOW != "old":
        @staticmethod
        def _sleep(cycles):
            cuda.held = cycles >= 6e6

    class Event:
        """Times 0.25 ms and a bit, 0.5 ms more if the GPU waits for the host, 1 ms for sdpa_kernel."""

        def __init__(self, enable_timing):
            assert enable_timing

        def record(self):
            cuda.check()
            self.at, self.held, self.entered = cuda.launched, cuda.held, nn.attention.ENTERED[0]

        def elapsed_time(self, end):
            assert end.at == self.at + 1
            if HOW == "no time":
                return 0.0
            return 0.25 + 0.001 * (end.at % 3) + 0.5 * (not self.held) + end.entered - self.entered


def launch(q, k, v, causal):
    """Attention, counted as work of the GPU."""
    cuda.launched += 1
    cuda.check()
    ctypes.CDLL("libnvidia-ml.so.1").standin_launch()
    scores = q.array @ k.array.swapaxes(-1, -2) / q.array.shape[-1] ** 0.5
    if causal:
        seen = numpy.tril(numpy.ones(scores.shape[-2:], dtype=bool))
        scores = numpy.where(seen, scores, -numpy.inf)
    out = softmax(Tensor(scores), -1).array @ v.array
    if HOW == "wrong":
        out = out * 1.01
    return Tensor(out)
