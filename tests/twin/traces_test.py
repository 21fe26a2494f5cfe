# SPDX-License-Identifier: Apache-2.0
"""Every trace on the back ends golden, model and rtl: o.npy and lse.npy byte for byte, and every
device counter of model and rtl. Usage: traces_test.py PROGRAM FOLDER...  (absent folders are told).
"""

import json
import pathlib
import subprocess
import sys
import tempfile

MEMORY = "bandwidth:60,16"


def run(program, trace, backend, out):
    command = [program, "run", "--input", trace, "--output", out, "--backend", backend]
    if backend != "golden":
        command += ["--memory", MEMORY]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"FAILED: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    files = {name: (out / name).read_bytes() for name in ("o.npy", "lse.npy")}
    return files, json.loads((out / "stats.json").read_text())


def device_counters(stats, trace):
    for key in ("device", "device_counters"):
        if isinstance(stats.get(key), dict):
            return stats[key]
    raise SystemExit(f"FAILED: {trace}: stats.json has no device counters")


def main():
    program, *folders = sys.argv[1:]
    seen = set()
    compared = 0
    for folder in map(pathlib.Path, folders):
        if not folder.is_dir():
            print(f"{folder.name}: absent, its traces were not run")
            continue
        for trace in sorted(p.parent for p in folder.glob("*/q.npy")):
            if trace.name in seen:
                continue
            seen.add(trace.name)
            with tempfile.TemporaryDirectory() as out:
                results = {b: run(program, trace, b, pathlib.Path(out) / b)
                           for b in ("golden", "model", "rtl")}
            for backend in ("model", "rtl"):
                for name, data in results["golden"][0].items():
                    if results[backend][0][name] != data:
                        raise SystemExit(f"FAILED: {trace.name}: {name} of {backend} and golden")
                    compared += len(data)
            model, rtl = (device_counters(results[b][1], trace) for b in ("model", "rtl"))
            differ = [k for k in rtl if model.get(k) != rtl[k]]
            if differ or len(rtl) < 30:
                raise SystemExit(f"FAILED: {trace.name}: counters {differ} of {len(rtl)}")
            print(f"{trace.name}: golden, model and rtl agree, {len(rtl)} counters")
    print(f"{len(seen)} traces, {compared} bytes compared")
    if len(seen) < 3 or compared < 100000:
        raise SystemExit("FAILED: too little was compared")


main()
