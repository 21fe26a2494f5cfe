# SPDX-License-Identifier: Apache-2.0
"""Where records of runs on a GPU lie; for bench/gpu.py and kernels/on_gpu.py."""
import json
import pathlib
import re

from gpu_power import Stop

RESULTS = pathlib.Path(__file__).resolve().parent / "results"
USAGE = 2
MOST = 999  # records of one name


def slug(device):
    """The name of a device as a part of a file's."""
    return re.sub(r"[^a-z0-9]+", "-", device.lower()).strip("-")


def place(stem):
    """Where a record goes by default; one of before is never overwritten."""
    for number in range(1, MOST + 1):
        path = RESULTS / f"{stem}{'' if number == 1 else f'-{number}'}.json"
        if not path.exists():
            return path
    raise Stop(USAGE, f"bench/results has {MOST} records of {stem}; --record names a file")


def write(path, record):
    """Writes a record; whoever ends the run meanwhile leaves the one of before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
