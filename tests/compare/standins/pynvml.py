# SPDX-License-Identifier: Apache-2.0
"""Stand-in for nvidia-ml-py: an energy counter that runs at STANDIN_WATTS, 50 W between calls of work."""
import os
import time

NVML_CLOCK_SM, NVML_CLOCK_MEM = 1, 2


class NVMLError(Exception):
    pass


def nvmlInit():
    if os.environ.get("STANDIN_NVML") == "broken":
        raise NVMLError("Driver Not Loaded")


def nvmlDeviceGetHandleByIndex(index):
    return index


def nvmlDeviceGetHandleByUUID(name):
    return name


def nvmlDeviceGetName(_handle):
    return "Made-up H100"


def nvmlSystemGetDriverVersion():
    return b"0.1"


def nvmlDeviceGetMemoryInfo(_handle):
    class Memory:
        total = 2**30
    return Memory


def nvmlDeviceGetPowerManagementLimit(_handle):
    return 700000


def nvmlDeviceGetPowerUsage(_handle):
    return 300000


def nvmlDeviceGetClockInfo(_handle, which):
    return 1980 if which == NVML_CLOCK_SM else 2619


WORK = {"launches": 0}  # the stand-in of PyTorch counts here


def nvmlDeviceGetTotalEnergyConsumption(_handle):
    """mJ: 50 W of idle, and 0.25 J a launch."""
    if os.environ.get("STANDIN_NVML") == "no counter":
        raise NVMLError("Not Supported")
    return int(time.monotonic() * 50000) + 250 * WORK["launches"]
