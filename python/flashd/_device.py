# SPDX-License-Identifier: Apache-2.0
"""An opened device and its memory."""
import contextlib
import ctypes
import weakref

import numpy as np

from flashd import _abi, _jobs, _library

POLL_MS = 200  # Ctrl-C is seen between two waits


def text(value, name):
    """Bytes of a text for the library, which ends with its first zero."""
    if not isinstance(value, str) or "\0" in value:
        _library.refuse(f"{name} is {value!r}; expected a text")
    return value.encode(errors="surrogateescape")


class Device:
    """A back end of one configuration; any keyword that is left is an option of flashd_set().

        with flashd.Device("rtl", "tiny", memory="fixed:40") as device:
            o, lse = device.attention(q, k, v)
            print(device.counters()["cycles"])

    backend is "golden", "engine", "rtl", "model", "uart:DEVICE[@BAUD]" or "cuda[:KERNEL]"; config
    and numerics are names that `flashd info` lists.
    Calls from several threads are serialised by the library. Raises Error.
    """

    def __init__(self, backend="golden", config="base", numerics="fine", **options):
        library = _library.load()
        handle = ctypes.c_void_p()
        names = [text(value, name) for value, name in
                 ((backend, "backend"), (config, "config"), (numerics, "numerics"))]
        _library.check(library.flashd_open(*names, ctypes.byref(handle)))
        self._library, self._handle = library, handle
        self._close = weakref.finalize(self, library.flashd_close, handle)
        try:
            for option, value in options.items():
                self.set(option, value)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Waits for running jobs and frees the device; harmless when done twice."""
        self._close()
        self._handle = None

    def _call(self, function, *arguments):
        if self._handle is None:
            _library.refuse("the device is closed; expected an open one")
        _library.check(getattr(self._library, function)(self._handle, *arguments))

    def set(self, option, value):
        """Sets how the device runs, such as stall=0.5; no option changes a bit."""
        self._call("flashd_set", text(option, "option"), text(str(value), option))

    def capabilities(self):
        """{field of flashd_capabilities: int or str}"""
        out = _abi.Capabilities()
        self._call("flashd_get_capabilities", ctypes.byref(out))
        return out.values()

    def counters(self):
        """{field of flashd_counters: int}: sums over the finished jobs of this device."""
        out = _abi.Counters()
        self._call("flashd_get_counters", ctypes.byref(out))
        return out.values()

    def device_counters(self):
        """{name: int} of what only a whole device counts (stalls by cause, bytes, bursts)."""
        out, name, value = {}, ctypes.c_char_p(), ctypes.c_uint64()
        if self._handle is None:
            _library.refuse("the device is closed; expected an open one")
        while self._library.flashd_get_device_counter(
                self._handle, len(out), ctypes.byref(name), ctypes.byref(value)) == 0:
            out[name.value.decode()] = value.value
        return out

    def attention(self, q, k, v, **options):
        """flashd.attention() on this device."""
        return _jobs.run(self, q, k, v, **options)

    @contextlib.contextmanager
    def _arrays(self):
        """A function that allocates bytes and fills them; all are freed at the end."""
        held = []

        def allocate(content):
            """Address of a copy of an array, or of as many zero bytes."""
            empty = isinstance(content, int)
            address = ctypes.c_uint64()
            self._call("flashd_alloc", content if empty else content.nbytes,
                       ctypes.byref(address))
            held.append(address)
            if not empty:
                dense = np.ascontiguousarray(content)
                self._call("flashd_copy_to", address, dense.ctypes.data, dense.nbytes)
            return address.value

        try:
            yield allocate
        finally:
            for address in held:
                self._library.flashd_free(self._handle, address)

    def _read(self, address, shape, dtype):
        """The array that lies at an address."""
        out = np.empty(shape, dtype)
        self._call("flashd_copy_from", out.ctypes.data, address, out.nbytes)
        return out

    def _run(self, job):
        """Submits a job and waits for its end."""
        job.size = ctypes.sizeof(job)
        ticket = ctypes.c_uint64()
        self._call("flashd_submit", ctypes.byref(job), ctypes.byref(ticket))
        while True:
            status = self._library.flashd_wait(self._handle, ticket, POLL_MS, None)
            if status != _abi.STATUS_TIMEOUT:
                _library.check(status)
                return


def capabilities(backend="golden", config="base", numerics="fine"):
    """{field of flashd_capabilities: int or str} of a device."""
    with Device(backend, config, numerics) as device:
        return device.capabilities()
