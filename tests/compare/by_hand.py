# SPDX-License-Identifier: Apache-2.0
"""What compare must print for the synthetic inputs, worked out by hand."""
import math

# logic 4 x 100,000 + 2 x 7,991 = 415,982 um2; memory 1,000,000 bits x 0.5 = 500,000 um2.
# 12 jobs x 100,000 cycles x 2 ns = 2.4 ms; 805,306,368 FLOP.
# 12 x 2 uJ on the chip, 12 x 1 uJ DRAM.
ASIC = {
    "45 nm": {"time": 2.4, "tflops": 0.33554432, "area": 0.915982, "tflops_per_mm2": 0.36632196,
              "energy_chip": 0.024, "tflops_per_w_chip": 33.554432, "energy": 0.036,
              "tflops_per_w": 22.369621, "pj_per_flop": 0.04470348},
    # delay 0.2653184, area 0.059, energy of the chip 0.0458038, DRAM as it is
    "7 nm": {"time": 0.63676414, "tflops": 1.2646855, "area": 0.054042938,
             "tflops_per_mm2": 23.401494, "energy_chip": 0.00109929, "tflops_per_w_chip": 732.5695,
             "energy": 0.01309929, "tflops_per_w": 61.47710, "pj_per_flop": 0.01626622},
    # logic 0.0320652, memory 0.0437037, energy 0.0320627
    "N5 class": {"time": 0.63676414, "tflops": 1.2646855, "area": 0.03519040,
                 "tflops_per_mm2": 35.938361, "energy_chip": 0.000769503118,
                 "tflops_per_w_chip": 1046.528, "energy": 0.012769503118, "tflops_per_w": 63.06481,
                 "pj_per_flop": 0.01585671},
}
GPU = {
    # 805,306,368 FLOP in 0.5 ms; 814 mm2; 2 and 1.5 pJ a FLOP
    "flashd-fast": {"time": 0.5, "tflops": 1.610612736, "area": 814, "tflops_per_mm2": 0.0019786398,
                    "energy": 1.610612736, "tflops_per_w": 0.5, "pj_per_flop": 2.0,
                    "energy_idle_subtracted": 1.207959552, "tflops_per_w_idle_subtracted": 0.6666667},
    "sdpa-cudnn": {"time": 0.4, "tflops": 2.01326592, "area": 814, "tflops_per_mm2": 0.0024732997,
                   "energy": 2.01326592, "tflops_per_w": 0.4, "pj_per_flop": 2.5,
                   "energy_idle_subtracted": 1.50994944, "tflops_per_w_idle_subtracted": 0.5333333},
}
# N5 class over the H100: 35.938361 / 0.0019786398; 63.06481 / 0.5; the same over 0.0024732997, 0.4
RATIOS = {("tflops_per_mm2", "flashd-fast"): 18163.2, ("tflops_per_w", "flashd-fast"): 126.1296,
          ("tflops_per_mm2", "sdpa-cudnn"): 14530.5, ("tflops_per_w", "sdpa-cudnn"): 157.6620}
KERNEL_RATIOS = {"flashd-fast": 0.8, "flashd-portable": 0.4}
SCALED = {"45 nm": "estimated", "7 nm": "scaled", "N5 class": "scaled"}


def differences(doc):
    """What of a document of bert-512 with the synthetic record is not as worked out; and how many
    figures were compared."""
    wrong, compared = [], 0

    def check(what, got, want):
        nonlocal compared
        compared += 1
        if got is None or not math.isclose(got, want, rel_tol=2e-6 if want < 1000 else 2e-5):
            wrong.append(f"{what}: {got}, by hand {want}")

    def kind(what, got, want):
        nonlocal compared
        compared += 1
        if got != want:
            wrong.append(f"{what} is said to be {got}, it is {want}")

    workload = doc["workloads"][0]
    machines = workload["machines"]
    for node, want in ASIC.items():
        own = next(m for m in machines if m["class"] == "asic" and m["node"] == node)
        for name, value in want.items():
            q = own["quantities"].get(name, {})
            check(f"{node} {name}", q.get("value"), value)
            kind(f"{node} {name}", q.get("kind"), SCALED[node])
        if set(own["quantities"]) != set(want):
            wrong.append(f"{node}: other quantities than {sorted(want)}")
    kinds = {"area": "published", "tflops_per_mm2": "measured / published"}
    for kernel, want in GPU.items():
        gpu = next((m for m in machines if m.get("kernel") == kernel), {"quantities": {}})
        for name, value in want.items():
            q = gpu["quantities"].get(name, {})
            check(f"{kernel} {name}", q.get("value"), value)
            kind(f"{kernel} {name}", q.get("kind"), kinds.get(name, "measured"))
    for (quantity, kernel), value in RATIOS.items():
        got = [r["value"] for r in workload["ratios"]
               if r["quantity"] == quantity and kernel in r["over"]]
        check(f"ratio {quantity} over {kernel}", got[0] if len(got) == 1 else None, value)
    for kernel, value in KERNEL_RATIOS.items():
        got = [r["value"] for r in workload["kernel_ratios"] if r["kernel"] == kernel]
        check(f"speed of {kernel}", got[0] if len(got) == 1 else None, value)
    # ASAP7: a tenth of both areas, half of the period: 0.059 / 0.1 x 0.2653184 / 0.5
    for name, value in (("logic_area", 0.1), ("memory_area", 0.1), ("period", 0.5)):
        check(f"ASAP7 {name}", doc["scaling"]["check"][name], value)
    compared += 1
    if not any("is 0.31 of the one printed" in note for note in doc["scaling"]["notes"]):
        wrong.append("performance per area by ASAP7 is not told as 0.31")
    # 12 jobs of 2 uJ scores and 1 uJ DRAM
    for name, value in workload["energy_parts_mj"].items():
        check(f"energy of {name}", value, {"scores": 0.024, "dram": 0.012}.get(name, 0))
    check("parts", sum(doc["device"]["parts"].values()), 915982)
    return wrong, compared
