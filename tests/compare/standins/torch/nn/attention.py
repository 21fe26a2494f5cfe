# SPDX-License-Identifier: Apache-2.0
import contextlib


class SDPBackend:
    CUDNN_ATTENTION, FLASH_ATTENTION = "cudnn", "flash"


CHOSEN = []


@contextlib.contextmanager
def sdpa_kernel(backend):
    CHOSEN.append(backend)
    yield
    CHOSEN.pop()
