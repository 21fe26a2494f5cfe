# SPDX-License-Identifier: Apache-2.0
"""GPUs: recorded runs of bench/gpu.py, and published figures, which are never mixed silently."""
from compare_values import Quantity, shape_text  # and where gpu_record lies
from sweep_points import USAGE, Stop

import gpu_record


def load_records(folder):
    """Records of bench/gpu.py in a folder, [(file name, record)], and the names of others."""
    records, others = [], []
    if not folder.is_dir():
        raise Stop(USAGE, f"compare: --records {folder}: there is no such folder")
    for path in sorted(folder.glob("*.json")):
        try:
            record = gpu_record.load(path)
        except gpu_record.Bad as bad:
            raise Stop(USAGE, f"compare: {path} is no record of bench/gpu.py: {bad}") from bad
        if record is None:
            others.append(path.name)
        else:
            records.append((path.name, record))
    return records, others


def known(published, device_name):
    """Published die of a GPU by its name, or None."""
    for gpu in published["gpus"]:
        if gpu["match"].lower() in device_name.lower():
            return gpu
    return None


def machine(record, file_name, result, die):
    """Quantities of one measured kernel; `die` is an entry of `gpus` or None."""
    shape = record["shapes"][result["shape"]]
    flops = gpu_record.flops_of(shape)
    quantities = {"time": Quantity(result["median_ms"], "measured"),
                  "tflops": Quantity(result["tflops"], "measured")}
    if die:
        quantities["area"] = Quantity(die["die_mm2"], "published")
        quantities["tflops_per_mm2"] = Quantity(result["tflops"] / die["die_mm2"],
                                                "measured / published")
    energy = result["energy"]
    if energy:
        for suffix, pj in (("", energy["pj_per_flop"]),
                           ("_idle_subtracted", energy["pj_per_flop_idle_subtracted"])):
            quantities["energy" + suffix] = Quantity(pj * flops * 1e-9, "measured")
            quantities["tflops_per_w" + suffix] = Quantity(1 / pj, "measured")
        quantities["pj_per_flop"] = Quantity(energy["pj_per_flop"], "measured")
    name = f"{record['device']['name']}, {result['kernel']}, {result['format'].upper()}"
    if record.get("synthetic"):
        name = "SYNTHETIC " + name
    return {"machine": name, "node": die["node"] if die else "not on file",
            "target": die["target"] if die else None, "shape": shape_text(shape),
            "kernel": result["kernel"], "family": result["family"], "record": file_name,
            "spread_ms": [result["p10_ms"], result["p90_ms"]],
            "energy_absent": result.get("energy_absent"), "quantities": quantities}


def machines(records, published, shape, every):
    """Measured kernels on a shape: of each record all, or our fastest and the fastest baseline."""
    found = []
    for file_name, record in records:
        die = known(published, record["device"]["name"])
        rows = [machine(record, file_name, result, die) for result in record["results"]
                if record["shapes"][result["shape"]] == shape]
        if not every:
            rows = [max((row for row in rows if row["family"] == family),
                        key=lambda row: row["quantities"]["tflops"].value)
                    for family in ("ours", "baseline")
                    if any(row["family"] == family for row in rows)]
        found += rows
    return found


def kernel_ratios(records, shape):
    """How many times as fast as the fastest baseline each of our kernels is, inside a run."""
    found = []
    for file_name, record in records:
        rows = [r for r in record["results"] if record["shapes"][r["shape"]] == shape]
        baselines = [r for r in rows if r["family"] == "baseline"]
        if not baselines:
            continue
        best = max(baselines, key=lambda r: r["tflops"])
        for ours in (r for r in rows if r["family"] == "ours" and r["format"] == best["format"]):
            value = gpu_record.ratio_in_rounds(ours["times_ms"], best["times_ms"])
            found.append({"record": file_name, "kernel": ours["kernel"], "over": best["kernel"],
                          "value": value, "kind": "measured"})
    return found


def published_machine(published, workload):
    """The nearest published figure, or None."""
    near = published["nearest"].get(workload)
    if near is None:
        return None
    die = known(published, near["gpu"])
    return {"machine": f"published: {near['system']}", "node": die["node"], "shape": near["of"],
            "source": f"{near['source']}, grade {near['grade']}; die: {die['source']}, grade "
                      f"{die['grade']}",
            "quantities": {"tflops": Quantity(near["tflops"], "published"),
                           "area": Quantity(die["die_mm2"], "published"),
                           "tflops_per_mm2": Quantity(near["tflops"] / die["die_mm2"],
                                                      "published")}}
