# SPDX-License-Identifier: Apache-2.0
"""Clocks, power and energy of the first GPU, from NVML, or without energy from nvidia-smi."""
import ctypes
import os
import shutil
import subprocess
import time

MISSING = 3
LIBRARY = "libnvidia-ml.so.1"  # NVML; it comes with the driver
SM, MEMORY = 1, 2  # nvmlClockType_t
STEP = 0.3  # s; how long a step of the energy counter is waited for, which come every 20 to 100 ms
SETTLE = 1  # s; clocks and power fall to those of an idle GPU meanwhile


class Stop(Exception):
    """Ends the program with a status and one sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class NvmlError(Exception):
    """A function of NVML that failed, in NVML's words."""


class MemoryInfo(ctypes.Structure):
    """nvmlMemory_t, bytes."""

    _fields_ = [(name, ctypes.c_ulonglong) for name in ("total", "free", "used")]


def visible():
    """What CUDA_VISIBLE_DEVICES names first, or '0'."""
    return os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"


class Nvml:
    """The driver's own library, without a Python package; what it does not give is None."""

    source = "NVML"

    def __init__(self, library):
        self.library, self.device = library, ctypes.c_void_p()
        self.call("nvmlInit_v2")
        name, device = visible(), ctypes.byref(self.device)
        if name.isdigit():
            self.call("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(int(name)), device)
        else:
            self.call("nvmlDeviceGetHandleByUUID", name.encode(), device)

    def call(self, name, *arguments):
        function = getattr(self.library, name, None)
        if function is None:
            raise NvmlError(f"this driver has no {name}")
        code = function(*arguments)
        if code != 0:
            words = getattr(self.library, "nvmlErrorString", None)
            if words is None:
                raise NvmlError(f"{name} failed with {code}")
            words.restype = ctypes.c_char_p
            raise NvmlError((words(code) or b"").decode(errors="replace"))

    def read(self, name, value, *arguments):
        """`value`, filled by a function of the device, or None if that fails."""
        try:
            self.call(name, self.device, *arguments, ctypes.byref(value))
        except NvmlError:
            return None
        return value

    def number(self, name, *arguments, kind=ctypes.c_uint, scale=1):
        """What a function of the device tells, times `scale`, or None."""
        value = self.read(name, kind(), *arguments)
        return None if value is None else value.value * scale

    def text(self, name, *arguments):
        """What a function writes into an array of characters, or 'unknown'."""
        text = ctypes.create_string_buffer(96)
        try:
            self.call(name, *arguments, text, ctypes.c_uint(len(text)))
        except NvmlError:
            return "unknown"
        return text.value.decode(errors="replace")

    def identity(self):
        memory = self.read("nvmlDeviceGetMemoryInfo", MemoryInfo())
        return {"name": self.text("nvmlDeviceGetName", self.device),
                "driver": self.text("nvmlSystemGetDriverVersion"),
                "memory_mib": None if memory is None else memory.total // 2**20,
                "power_limit_w": self.number("nvmlDeviceGetPowerManagementLimit", scale=1e-3)}

    def joules(self):
        """Energy since the driver was loaded, or None if the GPU does not count it."""
        return self.number("nvmlDeviceGetTotalEnergyConsumption", kind=ctypes.c_ulonglong, scale=1e-3)

    def clocks(self):
        """MHz and W, each None if it cannot be read."""
        return {"sm_mhz": self.number("nvmlDeviceGetClockInfo", SM),
                "memory_mhz": self.number("nvmlDeviceGetClockInfo", MEMORY),
                "power_w": self.number("nvmlDeviceGetPowerUsage", scale=1e-3)}


def number_of(text, kind):
    """A number that nvidia-smi prints, or None for '[N/A]' and its like."""
    try:
        return kind(float(text))
    except (ValueError, OverflowError):
        return None


class Smi:
    """nvidia-smi: no energy counter, and slow."""

    source = "nvidia-smi"

    def __init__(self, program):
        self.program = program
        self.identity()

    def query(self, fields):
        """Texts of the fields; Stop if nvidia-smi does not tell them."""
        command = [self.program, f"--id={visible()}", f"--query-gpu={','.join(fields)}",
                   "--format=csv,noheader,nounits"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace",
                                  check=False, timeout=60)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Stop(MISSING, f"no GPU can be used: nvidia-smi cannot be run: {error}") from error
        lines = done.stdout.strip().splitlines() or [""]
        values = [field.strip() for field in lines[0].split(",")]
        if done.returncode != 0 or len(values) != len(fields):
            said = (done.stderr or done.stdout).strip().splitlines()
            raise Stop(MISSING, f"no GPU can be used: nvidia-smi says '{' '.join(said) or 'nothing'}'")
        return values

    def identity(self):
        name, driver, memory, limit = self.query(["name", "driver_version", "memory.total",
                                                  "power.limit"])
        return {"name": name, "driver": driver, "memory_mib": number_of(memory, int),
                "power_limit_w": number_of(limit, float)}

    def joules(self):
        return None

    def clocks(self):
        """MHz and W, each None if it cannot be read."""
        try:
            sm, memory, power = self.query(["clocks.sm", "clocks.mem", "power.draw"])
        except Stop:
            sm = memory = power = ""
        return {"sm_mhz": number_of(sm, int), "memory_mhz": number_of(memory, int),
                "power_w": number_of(power, float)}


def meter():
    """What can tell power here; Stop with status 3 if there is no GPU."""
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        library = None
    if library is not None:
        try:
            return Nvml(library)
        except NvmlError as error:
            raise Stop(MISSING, f"no GPU can be used: NVML says '{error}'") from error
    program = shutil.which("nvidia-smi")
    if not program:
        raise Stop(MISSING, f"no GPU can be seen: neither the driver's {LIBRARY} nor nvidia-smi is here")
    return Smi(program)


def ranges(clocks, names):
    """[lowest, highest] of each reading by its name, of those that could be read; None if none could."""
    found = {}
    for name in names:
        known = [each[name] for each in clocks if each[name] is not None]
        if known:
            found[name] = [min(known), max(known)]
    return found or None


def at_step(gpu, work=lambda: time.sleep(0.001)):
    """Joules and the time in s right after a step of the energy counter, and how often `work` ran.

    `work` is called until the counter steps; one that does not within 0.3 s is read as it stands.
    """
    begin, calls = time.monotonic(), 0
    first = joules = gpu.joules()
    while joules is not None and joules == first and time.monotonic() - begin < STEP:
        work()
        calls += 1
        joules = gpu.joules()
    return joules, time.monotonic(), calls


def idle_watts(gpu, seconds):
    """Mean power of the idle GPU from a step of the counter to another; None if it does not count."""
    if seconds <= 0 or gpu.joules() is None:
        return None
    time.sleep(min(SETTLE, seconds))
    before, begin, _ = at_step(gpu)
    time.sleep(seconds)
    after, end, _ = at_step(gpu)
    if before is None or after is None or after <= before:
        return None
    return (after - before) / (end - begin)
