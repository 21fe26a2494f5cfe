# SPDX-License-Identifier: Apache-2.0
"""Stand-in for flashd_gpu_bench: the options that bench/gpu.py gives, times and energy by formula."""
import argparse
import json
import os
import sys
import time

parser = argparse.ArgumentParser()
for name in ("--kernel", "--format"):
    parser.add_argument(name, required=True)
for name in ("--d", "--heads", "--kv-heads", "--batch", "--queries", "--keys", "--warmup", "--repeat"):
    parser.add_argument(name, type=int, required=True)
parser.add_argument("--seconds", type=float, required=True)
for name in ("--causal", "--check", "--json"):
    parser.add_argument(name, action="store_true")
a = parser.parse_args()
with open(os.environ["STANDIN_LOG"], "a", encoding="utf-8") as log:
    log.write(" ".join(sys.argv[1:]) + "\n")
how = os.environ.get("STANDIN_BENCH", "")


def hang():
    """For a minute, or until gpu.py is gone."""
    parent = os.getppid()
    for _ in range(600):
        time.sleep(0.1)
        if os.getppid() != parent:
            break
    sys.exit(1)


if how == "fails" and a.kernel == "fast":
    sys.exit("flashd_gpu_bench: the fast kernel needs compute capability 9.0")
if how == "prints":
    print("no JSON")
    sys.exit(0)
if how == "slow" or how == "slow times" and not a.check:
    time.sleep(2.1)
if how == "hangs" and a.causal or how == "hangs in energy" and a.seconds > 0:
    hang()
ms = {"fast": 0.2, "portable": 0.4, "division": 0.1, "exact": 50.0}[a.kernel]
if a.kernel == "fast" and how in ("1e-320", "nan"):
    ms = float(how)
flop = 4 * a.batch * a.heads * a.queries * a.keys * a.d // (2 if a.causal else 1)
told = {"device": "Made-up H100", "kernel": a.kernel, "ms": {"median": ms, "all": [ms] * a.repeat},
        "flop": flop * (2 if how == "counts" else 1), "tflops": flop / ms * 1e-9}
if a.check:
    told["errors"] = {"largest": 0.001, "relative": 0.0002}
if a.seconds > 0:
    joules = {"negative": -5.0, "cold": 0.1, "text": "many"}.get(how, 100.0)
    told["energy"] = {"joules": joules, "idle_watts": 80.0, "pj_per_flop": 1.5, "seconds": a.seconds,
                      "launches": 100.0 / (1.5e-12 * flop), "pj_per_flop_idle_subtracted": 1.25,
                      "sm_mhz": {"median": 1755, "lowest": 1620, "highest": 1980}}
    if how == "no MHz":
        told["energy"]["sm_mhz"] = {"median": None}
    if how == "no energy":
        told["energy"] = {"unavailable": "NVML gives no energy of this GPU"}
print(json.dumps(told))
