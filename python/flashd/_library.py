# SPDX-License-Identifier: Apache-2.0
"""Finds and loads libflashd; turns its statuses into exceptions."""
import ctypes
import functools
import os
import pathlib

from flashd import _abi

FILE = "libflashd.so.0"


class Error(Exception):
    """What the library refused or failed with: `status` of flashd.h and its sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class Mismatch(Error):
    """The engine differed from the golden model."""


class InvalidInput(Error, ValueError):
    """A bad argument or job; nothing was computed."""


class Unavailable(Error):
    """The library, back end or plug-in is not there."""


class Fault(Error):
    """A device fault or the watchdog."""


class InternalError(Error):
    """A defect of the library."""


KINDS = {1: Mismatch, 2: InvalidInput, 3: Unavailable, 4: Fault, 5: InternalError}


def refuse(sentence):
    """Raises InvalidInput."""
    raise InvalidInput(_abi.STATUS_INVALID, sentence)


def candidates():
    """Places of the library, best first: installed beside the module, or built in its checkout."""
    here = pathlib.Path(__file__).resolve()
    yield here.parents[3] / FILE
    yield here.parents[2] / "build" / "release" / "lib" / FILE


@functools.lru_cache(maxsize=None)
def load():
    """The library, once per process. FLASHD_LIBRARY names its file; else it is looked for."""
    chosen = os.environ.get("FLASHD_LIBRARY")
    found = [chosen] if chosen else [str(path) for path in candidates() if path.exists()]
    try:
        library = ctypes.CDLL(found[0] if found else FILE)
    except OSError as error:
        raise Unavailable(_abi.STATUS_UNAVAILABLE,
                          f"{found[0] if found else FILE}: cannot be loaded ({error}); build it "
                          "with: cmake --build --preset release --target flashd_shared, or name "
                          "it in FLASHD_LIBRARY") from error
    _abi.declare(library)
    return library


def check(status):
    """Raises the exception of a status that is not good."""
    if status != _abi.STATUS_OK:
        sentence = (load().flashd_error() or b"").decode(errors="replace")
        raise KINDS.get(status, Error)(status, sentence)
