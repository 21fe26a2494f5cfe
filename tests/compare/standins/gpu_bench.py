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
if how == "fails" and a.kernel == "fast":
    sys.exit("flashd_gpu_bench: the fast kernel needs compute capability 9.0")
if how == "prints":
    print("no JSON")
    sys.exit(0)
if how == "slow":
    time.sleep(2.1)
ms = {"fast": 0.2, "portable": 0.4, "division": 0.3, "exact": 50.0}[a.kernel]
told = {"device": "Made-up H100", "kernel": a.kernel, "times_ms": {"all": [ms] * a.repeat},
        "clocks": {"sm_mhz": 1980}}
if a.check:
    told["error"] = {"max_abs": 0.001, "relative_l2": 0.0002}
if a.seconds > 0 and how != "no energy":
    told.update(energy_j=100.0, idle_w=50.0, pj_per_flop=1.5, pj_per_flop_idle_subtracted=1.25)
print(json.dumps(told))
