# SPDX-License-Identifier: Apache-2.0
"""What the project's own tables say of a device: area, clock, cycles and energy of a workload."""
import dataclasses
import json

from compare_values import Quantity, shape_text
from sweep_points import GROUPS, USAGE, Stop

LIBRARY, CLOCK_NS, PROFILE = "nangate45", 2.0, "fine"

# Two rotations of D words by 16 places that all lanes of a device share, um2 each, by D; printed by
# the command that docs/synth.md, "Where the lanes stand", names.
ROTATION_UM2 = {16: 1999.0, 64: 7991.0, 256: 31959.0}


@dataclasses.dataclass(frozen=True)
class Device:
    """Area and clock of a configuration in the native node."""

    config: str
    lanes: int
    width: int
    clock_ns: float
    logic_um2: float
    memory_um2: float
    memory_bits: int
    parts: dict
    earlier_sources: bool  # the lane was synthesised before its last change

    def area_mm2(self, factors=None):
        logic, memory = (factors.logic_area, factors.memory_area) if factors else (1.0, 1.0)
        return (self.logic_um2 * logic + self.memory_um2 * memory) / 1e6


def load_silicon(path):
    """Points of the synthesised lanes."""
    try:
        points = json.loads(path.read_text(encoding="utf-8"))["points"]
        if not isinstance(points, list) or not all(isinstance(p, dict) for p in points):
            raise TypeError
    except OSError as error:
        raise Stop(USAGE, f"compare: {path} cannot be read: {error.strerror}; ./flashd synth --report "
                          "docs/results writes it") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Stop(USAGE, f"compare: {path} is no report of flashd synth; expected JSON with a list "
                          "'points'") from error
    return points


def point(points, library, d, rows, clock_ns):
    """Our lane in one library, or None."""
    for p in points:
        if (p.get("library"), p.get("design"), p.get("profile"), p.get("d"), p.get("rows"),
                p.get("clock_ns"), p.get("state")) == (library, "ours", PROFILE, d, rows, clock_ns,
                                                       "counts"):
            return p
    return None


def device(config, spec, on_chip_bits, points):
    """The estimate of a configuration; `spec` is its entry in spec/flashd.yaml."""
    width, lanes = spec["width"], spec["lanes"]
    rows = 8 if spec["contexts"] > 1 else 1
    lane = point(points, LIBRARY, width, rows, CLOCK_NS)
    with_memory = point(points, LIBRARY, width, 8, CLOCK_NS)
    if lane is None or with_memory is None:
        raise Stop(USAGE, f"compare: --config {config}: silicon.json has no lane of D {width} in "
                          f"{LIBRARY} at {CLOCK_NS:g} ns; expected a configuration of WIDTH 16 or 64")
    try:
        density = with_memory["memory_um2"] / with_memory["memory_bits"]
        cells, period = lane["cells_um2"], lane["min_period_ns"]
        parts = {"lanes": lanes * cells, "rotations": 2 * ROTATION_UM2[width],
                 "memories": on_chip_bits * density}
    except (KeyError, TypeError, ZeroDivisionError) as error:
        raise Stop(USAGE, f"compare: the lane of D {width} in silicon.json lacks cells_um2, "
                          "memory_um2, memory_bits or min_period_ns") from error
    return Device(config=config, lanes=lanes, width=width, clock_ns=max(CLOCK_NS, period),
                  logic_um2=parts["lanes"] + parts["rotations"], memory_um2=parts["memories"],
                  memory_bits=on_chip_bits, parts=parts,
                  earlier_sources=bool(lane.get("sources_changed")))


def point_name(shape):
    """The workload of one job, as flashd sweep has it, and how many jobs an attention is."""
    if shape["queries"] == 1:
        group = shape["heads"] // shape["kv_heads"]
        return (f"decode:{group}x{shape['keys']},d={shape['d']}", shape["batch"] * shape["kv_heads"])
    causal = ",causal" if shape["causal"] else ""
    size = str(shape["queries"])
    if shape["keys"] != shape["queries"]:
        size += f"x{shape['keys']}"
    return f"prefill:{size},d={shape['d']}{causal}", shape["batch"] * shape["heads"]


def machine(dev, name, shape, flops, row, factors=None):
    """Quantities of one attention on the device; `row` is the point of the twin."""
    kind = "scaled" if factors else "estimated"
    jobs = point_name(shape)[1]
    delay, on_chip = (factors.delay, factors.energy) if factors else (1.0, 1.0)
    total, dram = float(row["energy_total_pj"]) * jobs, float(row["energy_dram_pj"]) * jobs
    chip_j = (total - dram) * 1e-12 * on_chip
    all_j = chip_j + dram * 1e-12  # DRAM has no node to be scaled from
    seconds = int(row["busy_cycles"]) * jobs * dev.clock_ns * 1e-9 * delay
    tflops, area = flops / seconds * 1e-12, dev.area_mm2(factors)
    return {"machine": name, "node": factors.name if factors else "45 nm",
            "shape": shape_text(shape), "quantities": {
                "time": Quantity(seconds * 1e3, kind),
                "tflops": Quantity(tflops, kind),
                "area": Quantity(area, kind),
                "tflops_per_mm2": Quantity(tflops / area, kind),
                "energy_chip": Quantity(chip_j * 1e3, kind),
                "tflops_per_w_chip": Quantity(flops / chip_j * 1e-12, kind),
                "energy": Quantity(all_j * 1e3, kind),
                "tflops_per_w": Quantity(flops / all_j * 1e-12, kind),
                "pj_per_flop": Quantity(all_j / flops * 1e12, kind)}}


def energy_parts(shape, row):
    """mJ of one attention in the native node, by group of the energy table; est."""
    jobs = point_name(shape)[1]
    return {group: float(row[f"energy_{group}_pj"]) * jobs * 1e-9 for group in GROUPS}


def cross_check(points):
    """Our lane in ASAP7, a predictive 7 nm library, over the same in Nangate45: area and period."""
    native, small = point(points, LIBRARY, 16, 8, CLOCK_NS), point(points, "asap7", 16, 8, 0.9)
    if native is None or small is None:
        return None

    def density(p):
        return p["memory_um2"] / p["memory_bits"]
    return {"logic_area": small["cells_um2"] / native["cells_um2"],
            "memory_area": density(small) / density(native),
            "period": small["min_period_ns"] / native["min_period_ns"],
            "earlier_sources": bool(small.get("sources_changed") or native.get("sources_changed"))}


def checked_share(dev, factors, check):
    """Performance per area of the device by the ratios of `check`, over that by `factors`."""
    own = (dev.logic_um2 * check["logic_area"] + dev.memory_um2 * check["memory_area"]) / 1e6
    return dev.area_mm2(factors) * factors.delay / (own * check["period"])
