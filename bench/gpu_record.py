# SPDX-License-Identifier: Apache-2.0
"""The record of a run of bench/gpu.py: what is in it, how it is checked. docs/compare.md tells it."""
import json
import math
import statistics

SCHEMA, VERSION = "flashd-gpu-bench", 1
SHAPE = {"batch": int, "heads": int, "kv_heads": int, "queries": int, "keys": int, "d": int,
         "causal": bool}
ENERGY = ("joules", "idle_w", "pj_per_flop", "pj_per_flop_idle_subtracted")


class Bad(Exception):
    """A record that is none; the message says what was expected."""


def flops_of(shape):
    """FlashAttention's counting: 4 queries keys d a head, half of it when causal."""
    whole = 4 * shape["batch"] * shape["heads"] * shape["queries"] * shape["keys"] * shape["d"]
    return whole // 2 if shape["causal"] else whole


def percentile(times, share):
    """Nearest-rank percentile."""
    ordered = sorted(times)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summary(rounds):
    """Median and spread of all times of all rounds, ms."""
    times = [time for each in rounds for time in each]
    return {"median_ms": statistics.median(times), "p10_ms": percentile(times, 0.1),
            "p90_ms": percentile(times, 0.9)}


def without_idle(energy, flops, watts):
    """The energy of a run, per FLOP and with idle taken off; Bad if the idle power cannot be.

    `flops`: those of a launch; `watts`: the idle power, or None.
    """
    idle = None if watts is None else watts * energy["seconds"]
    need(idle is not None, "no idle power was measured")
    need(idle < energy["joules"], f"the run took {energy['joules']:.4g} J; idle the GPU takes "
                                  f"{idle:.4g} J in that time")
    flops *= energy["launches"]
    return {"joules": energy["joules"], "power_w": energy["joules"] / energy["seconds"],
            "idle_w": watts, "pj_per_flop": energy["joules"] / flops * 1e12,
            "pj_per_flop_idle_subtracted": (energy["joules"] - idle) / flops * 1e12, **energy}


def finished(measured, shapes, watts):
    """A result from its times in ms and its energy in J, `watts` the idle power or None."""
    flops = flops_of(shapes[measured["shape"]])
    result = {name: measured[name] for name in ("kernel", "family", "shape", "format")}
    result.update(summary(measured["times_ms"]))
    result.update(tflops=flops / result["median_ms"] * 1e-9)
    result.update(measured)
    if result["energy"] is not None:
        try:
            energy = without_idle(result["energy"], flops, watts)
            result["energy"] = {**energy, "busy": energy["launches"] * result["median_ms"] * 1e-3
                                / energy["seconds"]}
        except Bad as bad:
            result.update(energy=None, energy_absent=str(bad))
    return result


def ratio_in_rounds(ours, other):
    """Median over the rounds of how many times as fast as `other` a kernel is; rounds in ms."""
    pairs = [statistics.median(theirs) / statistics.median(mine)
             for mine, theirs in zip(ours, other) if mine and theirs]
    return statistics.median(pairs) if pairs else None


def need(condition, sentence):
    if not condition:
        raise Bad(sentence)


def number(value, positive=False):
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return good and (value > 0 or not positive)


def field(where, name, kinds, what):
    need(isinstance(where, dict) and name in where, f"it has no '{name}'; expected {what}")
    value = where[name]
    good = isinstance(value, kinds) and not (isinstance(value, bool) and bool not in
                                             (kinds if isinstance(kinds, tuple) else (kinds,)))
    need(good, f"its '{name}' is no {what}")
    return value


def check_shape(name, shape):
    need(isinstance(shape, dict) and set(shape) == set(SHAPE),
         f"shape '{name}' has not exactly {', '.join(SHAPE)}")
    for key, kind in SHAPE.items():
        need(type(shape[key]) is kind and (kind is bool or shape[key] > 0),
             f"shape '{name}': {key} is {shape[key]!r}; expected "
             f"{'true or false' if kind is bool else 'a positive integer'}")
    need(shape["heads"] % shape["kv_heads"] == 0,
         f"shape '{name}': {shape['kv_heads']} KV heads do not divide {shape['heads']} heads")


def check_result(result, shapes):
    kernel = field(result, "kernel", str, "name of a kernel")
    shape = field(result, "shape", str, "name of a shape")
    label = f"{kernel} on {shape}"
    need(shape in shapes, f"{kernel}: '{shape}' is none of its shapes")
    need(result.get("family") in ("ours", "baseline"),
         f"{label}: family is {result.get('family')!r}; expected ours or baseline")
    need(result.get("format") in ("bf16", "fp16"),
         f"{label}: format is {result.get('format')!r}; expected bf16 or fp16")
    rounds = field(result, "times_ms", list, "list of rounds of times in ms")
    need(rounds and all(isinstance(each, list) and each and
                        all(number(time, positive=True) for time in each) for each in rounds),
         f"{label}: times_ms is no list of rounds, each of positive times")
    for name, value in summary(rounds).items():
        need(number(result.get(name)) and math.isclose(result[name], value, rel_tol=1e-6),
             f"{label}: {name} is {result.get(name)!r}; its times give {value:.6g}")
    tflops = flops_of(shapes[shape]) / result["median_ms"] * 1e-9
    need(number(result.get("tflops")) and math.isclose(result["tflops"], tflops, rel_tol=1e-3),
         f"{label}: tflops is {result.get('tflops')!r}; shape and median give {tflops:.6g}")
    energy = result.get("energy")
    if energy is None:
        need(isinstance(result.get("energy_absent"), str),
             f"{label}: there is no energy and no energy_absent that says why")
        return
    for name in ENERGY:
        need(isinstance(energy, dict) and number(energy.get(name), positive=name != "idle_w"),
             f"{label}: energy has no positive '{name}'")
    need(energy["pj_per_flop_idle_subtracted"] <= energy["pj_per_flop"],
         f"{label}: the energy without idle is larger than the whole")
    if "power_w" in energy:
        seconds = energy.get("seconds")
        need(number(seconds, positive=True) and number(energy["power_w"]) and
             math.isclose(energy["power_w"] * seconds, energy["joules"], rel_tol=1e-6),
             f"{label}: power_w is {energy['power_w']!r}; expected joules over seconds")


def check(record):
    """Raises Bad if the record is not one of this version."""
    need(isinstance(record, dict), "it is no JSON object")
    need(record.get("schema") == SCHEMA, f"its schema is {record.get('schema')!r}; expected {SCHEMA}")
    need(record.get("version") == VERSION, f"its version is {record.get('version')!r}; this program "
                                           f"knows version {VERSION}")
    for name in ("date", "command"):
        field(record, name, str, "text")
    need("commit" in record and (record["commit"] is None or isinstance(record["commit"], str)),
         "it has no 'commit'; expected a hash or null")
    need(isinstance(record.get("complete", True), bool), "its 'complete' is neither true nor false")
    field(field(record, "device", dict, "object"), "name", str, "name of the GPU")
    field(record["device"], "driver", str, "version of the driver")
    shapes = field(record, "shapes", dict, "object of shapes by name")
    for name, shape in shapes.items():
        check_shape(name, shape)
    for absent in field(record, "absent", list, "list of absent kernels"):
        field(absent, "kernel", str, "name of a kernel")
        field(absent, "reason", str, "reason why the kernel is absent")
    for result in field(record, "results", list, "list of results"):
        check_result(result, shapes)


def load(path):
    """The record in a file, checked; None if it is the record of something else."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Bad(f"it cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise Bad("it is not JSON") from error
    need(isinstance(record, dict), "it is no JSON object")
    if record.get("schema", SCHEMA) != SCHEMA:
        return None
    if "schema" not in record and isinstance(record.get("what"), str):
        return None  # kernels/on_gpu.py says so of its records
    check(record)
    return record
