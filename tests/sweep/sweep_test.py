# SPDX-License-Identifier: Apache-2.0
"""flashd sweep: rows, resumption after an interruption, refusals, the page.

  sweep_test.py FLASHD SWEEP.PY
"""
import csv
import fcntl
import html.parser
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

PROGRAM, SWEEP = sys.argv[1:3]
PYTHON = os.environ.get("FLASHD_PYTHON") or sys.executable
VENV = pathlib.Path(SWEEP).resolve().parent.parent / ".venv" / "bin" / "python"
if "FLASHD_PYTHON" not in os.environ and VENV.exists():
    PYTHON = str(VENV)
TWO = ["--configs", "tiny", "--workloads", "prefill:64,d=16,causal", "decode:3x100,d=32",
       "--memories", "bandwidth:60,16"]
STALLS = re.compile(r"(score|output)_(busy|idle|wait_\w+)$")


class Links(html.parser.HTMLParser):
    """Collects what a page would fetch, and its tables' rows."""

    def __init__(self):
        super().__init__()
        self.fetched, self.rows, self.svgs = [], 0, 0

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.fetched += [v for k, v in values.items()
                         if k in ("src", "href", "xlink:href") and not v.startswith("#")]
        self.svgs += tag == "svg"
        self.rows += tag == "tr"


class Sweep(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.out = pathlib.Path(self.folder.name) / "out"
        self.csv = self.out / "points.csv"

    def command(self, *options, program=PROGRAM):
        return [PYTHON, "-B", SWEEP, "--program", program, "--out", str(self.out), "--jobs", "2",
                *options]

    def sweep(self, status, *options, program=PROGRAM):
        done = subprocess.run(self.command(*options, program=program), capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if status != 0:
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertTrue(done.stderr.startswith("flashd: "), done.stderr)
            self.assertEqual(done.stdout, "")
        return done.stdout if status == 0 else done.stderr

    def rows(self):
        with open(self.csv, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def counting_program(self):
        """The program behind a script that notes every point it runs."""
        log = pathlib.Path(self.folder.name) / "log"
        script = pathlib.Path(self.folder.name) / "counted"
        script.write_text(f'#!/bin/sh\ncase "$*" in *--plan*) ;; *) echo "$*" >> "{log}" ;; esac\n'
                          f'exec "{PROGRAM}" "$@"\n')
        script.chmod(0o755)
        return str(script), lambda: len(log.read_text().splitlines()) if log.exists() else 0

    def test_two_points_and_their_columns(self):
        self.sweep(0, *TWO)
        rows = self.rows()
        self.assertEqual({r["workload"] for r in rows}, {"prefill:64,d=16,causal",
                                                         "decode:3x100,d=32"})
        pairs = {"prefill:64,d=16,causal": 64 * 65 // 2 * 32, "decode:3x100,d=32": 300 * 64}
        for row in rows:
            self.assertEqual(row["key"], "|".join(row[c] for c in (
                "config", "numerics", "workload", "memory", "spec_hash", "energy_table")))
            energy = {n: float(v) for n, v in row.items()
                      if n.startswith("energy_") and n != "energy_table"}
            groups = [v for n, v in energy.items() if n.endswith("_pj") and n != "energy_total_pj"]
            self.assertEqual(len(groups), 9)
            self.assertEqual(sum(v > 0 for v in groups), 8)  # nothing is "other"
            self.assertAlmostEqual(sum(groups) / energy["energy_total_pj"], 1)
            seen = pairs[row["workload"]] // (32 if "causal" in row["workload"] else 64)
            self.assertAlmostEqual(energy["energy_pj_per_pair"] * seen / energy["energy_total_pj"], 1)
            self.assertGreater(energy["energy_power_mw"], 0)
            self.assertEqual(int(row["multipliers"]), 32)
            self.assertEqual(int(row["macs"]), pairs[row["workload"]])
            busy = int(row["busy_cycles"])
            self.assertAlmostEqual(float(row["utilisation"]), int(row["macs"]) / (32 * busy))
            self.assertEqual(float(row["port_bytes_per_cycle"]), 8)  # its bus has 64 bits
            stalls = {"score": 0, "output": 0}
            for name, value in row.items():
                if STALLS.match(name):
                    stalls[name.split("_")[0]] += int(value)
            self.assertEqual(stalls, {"score": busy, "output": busy})
            self.assertTrue(row["sentence"].endswith("."))
        # docs/system.md, "Bytes": 256 + 64 + queries + keys and values of 16 blocks, whole tiles.
        causal = next(r for r in rows if r["workload"].startswith("prefill"))
        tiles = sum((4 * b + 3) // 16 + 1 for b in range(16))
        self.assertEqual(int(causal["bytes_read"]), 256 + 64 + 64 * 64 + tiles * 16 * 128)

    def test_a_rerun_runs_what_is_missing(self):
        program, ran = self.counting_program()
        self.sweep(0, *TWO, program=program)
        self.assertEqual(ran(), 2)
        first = self.csv.read_bytes()
        report = json.loads(self.sweep(0, *TWO, "--json", program=program))
        self.assertEqual((ran(), report["ran"], len(report["points"])), (2, 0, 2))
        self.assertEqual(self.csv.read_bytes(), first)
        self.sweep(0, *TWO, "ideal", program=program)
        self.assertEqual(ran(), 4)

    def test_another_energy_table_is_another_point(self):
        table = pathlib.Path(self.folder.name) / "t.yaml"
        table.write_text("technology: T1\nclock_ns: 4\nunit: pJ\nERT:\n  version: '0.4'\n  tables:\n"
                         "  - {name: flashd.dram, actions: [{energy: 2}], count: keys_scored * d}\n")
        program, ran = self.counting_program()
        self.sweep(0, *TWO, program=program)
        report = json.loads(self.sweep(0, *TWO, "--energy", str(table), "--json", program=program))
        self.assertEqual((ran(), report["ran"], len(self.rows())), (4, 2, 4))
        have = {r["workload"]: float(r["energy_total_pj"]) for r in report["points"]}
        self.assertEqual(have, {"prefill:64,d=16,causal": 2.0 * 64 * 65 // 2 * 16,
                                "decode:3x100,d=32": 2.0 * 300 * 32})
        self.assertIn("energies per action in T1", (self.out / "index.html").read_text())

    def test_a_broken_last_line_is_run_again(self):
        program, ran = self.counting_program()
        self.sweep(0, *TWO, program=program)
        whole = self.csv.read_bytes()
        last = whole.rstrip(b"\n").rfind(b"\n") + 1
        for cut in (last + 30, len(whole) - 1):
            self.csv.write_bytes(whole[:cut])
            before = ran()
            self.sweep(0, *TWO, program=program)
            self.assertEqual(ran(), before + 1)
            self.assertEqual(self.csv.read_bytes(), whole)
        self.csv.write_bytes(whole[:20])  # not even the heading
        self.sweep(0, *TWO, program=program)
        self.assertEqual(len(self.rows()), 2)

    def test_an_interrupted_sweep_goes_on(self):
        many = ["--configs", "tiny", "--memories", "ideal", "--workloads",
                *(f"prefill:{n},d=64" for n in (64, 80, 96, 4096, 4095, 4094))]
        process = subprocess.Popen(self.command(*many), stderr=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not (self.csv.exists() and len(self.rows()) >= 3) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        self.assertNotIn("Traceback", err)
        done = {r["workload"] for r in self.rows()}
        self.assertGreaterEqual(len(done), 3)
        self.assertLess(len(done), 6)
        short = [*many[:5], *many[5:8]]
        program, ran = self.counting_program()
        self.sweep(0, *short, program=program)
        self.assertEqual(ran(), len({w for w in short[5:]} - done))

    def test_refusals(self):
        for options, words in (
                (["--workloads", "prefill"], ["'prefill'", "prefill:QUERIES"]),
                (["--workloads", "prefill:64,d=300"], ["d=300"]),
                (["--workloads", "decode:4x64,causal"], ["causal"]),
                (["--configs", "huge"], ["'huge'", "tiny"]),
                (["--memories", "bandwidth:60"], ["bandwidth:LATENCY,BYTES"]),
                (["--numerics", "rough"], ["'rough'"]),
                (["--jobs", "0"], ["--jobs"]),
                (["--configs", "tiny", "--workloads", "prefill:64,d=128"], ["up to 64"]),
                (["--energy", "none.yaml"], ["none.yaml", "no file"]),
                (["--nonesuch"], ["--nonesuch"])):
            with self.subTest(options=options):
                line = self.sweep(2, *options)
                for word in words:
                    self.assertIn(word, line)
                self.assertFalse(self.csv.exists() and self.rows())

    def test_another_file_is_left_alone(self):
        self.out.mkdir()
        for text in ("a,b\n1,2\n", ):
            self.csv.write_text(text)
            self.assertIn("other columns", self.sweep(2, *TWO))
            self.assertEqual(self.csv.read_text(), text)
        self.csv.unlink()
        self.sweep(0, *TWO)
        lines = self.csv.read_text().splitlines(keepends=True)
        self.csv.write_text(lines[0] + "x,y\n" + lines[1])
        self.assertIn("line 2", self.sweep(2, *TWO))

    def test_one_sweep_at_a_time(self):
        self.sweep(0, *TWO)
        with open(self.csv, "a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assertIn("another sweep", self.sweep(2, *TWO))

    def test_the_page_stands_alone(self):
        self.sweep(0, "--configs", "tiny", "paper64x8", "--workloads", "prefill:64,d=64",
                   "prefill:64,d=128", "--memories", "ideal", "dram:ddr4-2400", "--configs", "tiny",
                   "base")
        text = (self.out / "index.html").read_text(encoding="utf-8")
        links = Links()
        links.feed(text)
        self.assertEqual(links.fetched, [])
        self.assertEqual(links.svgs, 2)
        self.assertEqual(links.rows, 1 + len(self.rows()))
        self.assertEqual(len(self.rows()), 6)  # tiny takes no d of 128
        self.assertIn("tiny takes head dimensions up to 64, not 128", text)
        self.assertNotIn("@import", text)
        for svg in re.findall(r"<svg.*?</svg>", text, re.S):
            xml.etree.ElementTree.fromstring(svg)


if __name__ == "__main__":
    probe = subprocess.run([PYTHON, "-c", "import matplotlib, tqdm"], capture_output=True, check=False)
    if probe.returncode != 0:
        print("SKIP: the wheels matplotlib and tqdm are absent; ./flashd sweep installs them")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=2)
