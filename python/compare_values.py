# SPDX-License-Identifier: Apache-2.0
"""Quantities with where they come from, and the named workloads."""
import dataclasses
import json
import pathlib
import sys

from sweep_points import USAGE, Stop

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "bench"))
from gpu_record import SHAPE, Bad, check_shape  # noqa: E402

KINDS = {"measured": "meas", "estimated": "est", "scaled": "scaled", "published": "publ",
         "measured / published": "meas/publ", "none": ""}

# name: unit, label
QUANTITIES = {
    "time": ("ms", "time of one attention"),
    "tflops": ("TFLOP/s", "performance"),
    "area": ("mm2", "area"),
    "tflops_per_mm2": ("TFLOP/s/mm2", "performance per area"),
    "energy_chip": ("mJ", "energy, chip without DRAM"),
    "tflops_per_w_chip": ("TFLOP/s/W", "per watt, chip without DRAM"),
    "energy": ("mJ", "energy with memory"),
    "tflops_per_w": ("TFLOP/s/W", "per watt with memory"),
    "pj_per_flop": ("pJ/FLOP", "energy with memory"),
    "energy_idle_subtracted": ("mJ", "energy, idle subtracted"),
    "tflops_per_w_idle_subtracted": ("TFLOP/s/W", "per watt, idle subtracted"),
}


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A value in the unit of QUANTITIES, and one of KINDS."""

    value: float
    kind: str

    def text(self):
        return f"{self.value:.3g} {KINDS[self.kind]}" if abs(self.value) < 1000 else \
            f"{self.value:,.0f} {KINDS[self.kind]}"


def shape_text(shape):
    """A shape in words."""
    heads = f"{shape['heads']} heads"
    if shape["kv_heads"] != shape["heads"]:
        heads += f" on {shape['kv_heads']} KV heads"
    batch = f", batch {shape['batch']}" if shape["batch"] != 1 else ""
    causal = ", causal" if shape["causal"] else ""
    return f"{shape['queries']:,} x {shape['keys']:,}, d {shape['d']}, {heads}{causal}{batch}"


def load_workloads(path):
    """Shapes by name, and the names that are compared when none is given."""
    try:
        file = json.loads(path.read_text(encoding="utf-8"))
        shapes, compared = file["workloads"], file["compared"]
        for name, shape in shapes.items():
            check_shape(name, shape)
    except Bad as bad:
        raise Stop(USAGE, f"compare: {path}: {bad}") from bad
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Stop(USAGE, f"compare: {path} is no list of workloads; expected 'workloads' with "
                          f"{', '.join(SHAPE)} each, and 'compared'") from error
    return shapes, compared
