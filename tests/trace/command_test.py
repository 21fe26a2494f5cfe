# SPDX-License-Identifier: Apache-2.0
"""`flashd run --trace` on both back ends: the same events, files of the trace event format, whole
even when the run fails.

command_test.py FLASHD PLUGIN_DIR TRACES
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

FIELDS = {"ph", "ts", "dur", "pid", "tid", "name"}
TRACKS = {
    "job", "query load", "key load", "value load", "score phase", "output phase", "merge",
    "output write", "read bus", "write bus",
}


def fail(sentence):
    sys.exit(f"trace.command: {sentence}")


def run(flashd, plugins, arguments):
    return subprocess.run([flashd, "run", *arguments], capture_output=True, text=True,
                          env={**os.environ, "FLASHD_PLUGIN_DIR": plugins}, check=False)


def events(file):
    """The slices of a file, sorted; its form is checked."""
    root = json.loads(file.read_text())
    tracks = {}
    slices = []
    for event in root["traceEvents"]:
        if not FIELDS <= event.keys():
            fail(f"{file.name}: an event lacks {FIELDS - event.keys()}: {event}")
        if event["ph"] == "M" and event["name"] == "thread_name":
            tracks[event["tid"]] = event["args"]["name"]
        elif event["ph"] == "X":
            slices.append(event)
    if set(tracks.values()) != TRACKS:
        fail(f"{file.name}: the tracks are {sorted(tracks.values())}")
    if {e["tid"] for e in slices} - tracks.keys():
        fail(f"{file.name}: a slice on a track without a name")
    return sorted(slices, key=lambda e: (e["tid"], e["ts"], json.dumps(e, sort_keys=True)))


def main():
    flashd, plugins, traces = sys.argv[1:]
    case = pathlib.Path(traces) / "minilm_L0_n24"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        common = ["--input", str(case), "--config", "tiny", "--memory", "fixed:20"]
        found, counts = {}, {}
        for backend in ("rtl", "model"):
            file = folder / "sub" / f"{backend}.json"
            out = folder / backend
            done = run(flashd, plugins, [*common, "--backend", backend, "--output", str(out),
                                         "--trace", str(file)])
            if done.returncode != 0:
                fail(f"{backend} ended with {done.returncode}: {done.stderr}")
            found[backend] = events(file)
            counts[backend] = json.loads((out / "stats.json").read_text())["device"]
        if found["rtl"] != found["model"]:
            fail("rtl and model draw different pictures")
        slices = found["rtl"]
        busy = sum(e["dur"] for e in slices if e["name"] == "job")
        if busy != counts["rtl"]["busy"] or counts["rtl"] != counts["model"]:
            fail(f"jobs take {busy} cycles, the device counted {counts['rtl']['busy']}")
        for backend in ("golden", "engine"):
            done = run(flashd, plugins, [*common[:4], "--backend", backend, "--output",
                                         str(folder / "no"), "--trace", str(folder / "no.json")])
            if done.returncode != 2 or "--trace" not in done.stderr:
                fail(f"{backend} with --trace ended with {done.returncode}: {done.stderr}")
        # A run that fails: the memory answers later than the watchdog waits.
        file = folder / "late.json"
        done = run(flashd, plugins, [*common[:4], "--memory", "fixed:300000", "--backend", "rtl",
                                     "--output", str(folder / "late"), "--trace", str(file)])
        if done.returncode != 4:
            fail(f"a late memory ended with {done.returncode}: {done.stderr}")
        events(file)
        done = run(flashd, plugins, [*common, "--backend", "model", "--output",
                                     str(folder / "model"), "--trace", str(folder)])
        if done.returncode != 2 or "trace" not in done.stderr:
            fail(f"a folder as --trace ended with {done.returncode}: {done.stderr}")
        print(f"PASS: {len(slices)} events equal, {busy} cycles")


main()
