# SPDX-License-Identifier: Apache-2.0
"""Clocks, power and energy of the first GPU, from NVML, or without energy from nvidia-smi."""
import os
import shutil
import subprocess
import time

MISSING = 3


class Stop(Exception):
    """Ends the program with a status and one sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


def visible():
    """What CUDA_VISIBLE_DEVICES names first, or '0'."""
    return os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip() or "0"


class Nvml:
    """The driver's own library, through nvidia-ml-py."""

    source = "NVML"

    def __init__(self, pynvml):
        self.nvml = pynvml
        pynvml.nvmlInit()
        name = visible()
        self.handle = pynvml.nvmlDeviceGetHandleByIndex(int(name)) if name.isdigit() else \
            pynvml.nvmlDeviceGetHandleByUUID(name)

    def identity(self):
        def text(value):
            return value.decode() if isinstance(value, bytes) else value
        n, handle = self.nvml, self.handle
        return {"name": text(n.nvmlDeviceGetName(handle)),
                "driver": text(n.nvmlSystemGetDriverVersion()),
                "memory_mib": n.nvmlDeviceGetMemoryInfo(handle).total // 2**20,
                "power_limit_w": n.nvmlDeviceGetPowerManagementLimit(handle) / 1000}

    def joules(self):
        """Energy since the driver was loaded, or None if the GPU does not count it."""
        try:
            return self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.handle) / 1000
        except self.nvml.NVMLError:
            return None

    def clocks(self):
        n = self.nvml
        return {"sm_mhz": n.nvmlDeviceGetClockInfo(self.handle, n.NVML_CLOCK_SM),
                "memory_mhz": n.nvmlDeviceGetClockInfo(self.handle, n.NVML_CLOCK_MEM),
                "power_w": n.nvmlDeviceGetPowerUsage(self.handle) / 1000}


class Smi:
    """nvidia-smi: no energy counter, and slow."""

    source = "nvidia-smi"

    def __init__(self, program):
        self.program = program
        self.identity()

    def query(self, fields):
        done = subprocess.run([self.program, f"--id={visible()}", f"--query-gpu={','.join(fields)}",
                               "--format=csv,noheader,nounits"], capture_output=True, text=True,
                              check=False, timeout=60)
        lines = done.stdout.strip().splitlines()
        if done.returncode != 0 or not lines:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise Stop(MISSING, f"no GPU can be used: nvidia-smi says '{' '.join(said) or 'nothing'}'")
        return [field.strip() for field in lines[0].split(",")]

    def identity(self):
        name, driver, memory, limit = self.query(["name", "driver_version", "memory.total",
                                                  "power.limit"])
        return {"name": name, "driver": driver, "memory_mib": int(float(memory)),
                "power_limit_w": float(limit)}

    def joules(self):
        return None

    def clocks(self):
        sm, memory, power = self.query(["clocks.sm", "clocks.mem", "power.draw"])
        return {"sm_mhz": int(sm), "memory_mhz": int(memory), "power_w": float(power)}


def meter():
    """What can tell power here; Stop with status 3 if there is no GPU."""
    try:
        import pynvml  # the package nvidia-ml-py
        return Nvml(pynvml)
    except ImportError:
        pass
    except Exception as error:  # pynvml has its own classes of errors
        raise Stop(MISSING, f"no GPU can be used: NVML says '{error}'") from error
    program = shutil.which("nvidia-smi")
    if not program:
        raise Stop(MISSING, "no GPU can be seen: neither the Python module pynvml (nvidia-ml-py) nor "
                            "nvidia-smi is here")
    return Smi(program)


def idle_watts(gpu, seconds):
    """Mean power of the idle GPU, or None without an energy counter."""
    start, begin = gpu.joules(), time.monotonic()
    if start is None or seconds <= 0:
        return None
    time.sleep(seconds)
    return (gpu.joules() - start) / (time.monotonic() - begin)
