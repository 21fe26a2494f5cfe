#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Configurations x workloads x memories on the cycle-exact twin, timing only.

Appends one row per point to points.csv and draws index.html in the output folder. A sweep that was
interrupted goes on where it stopped: points of the same spec that are in points.csv are not run again.
"""
import argparse
import concurrent.futures
import csv
import fcntl
import io
import json
import os
import pathlib
import subprocess
import sys
import threading

USAGE, MISSING, INTERNAL, INTERRUPTED = 2, 3, 5, 130

try:
    from tqdm import tqdm

    import sweep_page
except ImportError as error:
    print(f"flashd: the Python module {error.name} is missing; ./flashd sweep installs it",
          file=sys.stderr)
    sys.exit(MISSING)

CONFIGS = ["tiny", "base", "wide", "paper64x8", "paper256x8"]
WORKLOADS = [f"prefill:{n},d={d}{causal}" for n in (512, 2048, 4096) for d in (64, 128)
             for causal in ("", ",causal")] + ["decode:8x16384,d=64", "decode:8x16384,d=128"]
MEMORIES = ["bandwidth:60,16", "bandwidth:100,32", "dram:ddr4-2400"]

POINT = ["config", "numerics", "workload", "memory", "spec_hash", "energy_table"]
MACHINE = ["multipliers", "on_chip_bits"]
REPORT = ["port_bytes_per_cycle", "busy_cycles", "macs", "utilisation", "bytes_read", "bytes_written",
          "bytes_per_flop", "compulsory_bytes_per_flop", "io_bound_bytes_per_flop", "limit",
          "sentence"]
STALLS = ["score_busy", "score_wait_query", "score_wait_key", "score_wait_state", "score_wait_bias",
          "score_wait_output", "score_idle", "output_busy", "output_wait_score", "output_wait_value",
          "output_wait_merge", "output_wait_write", "output_idle", "read_bursts", "write_bursts"]
ENERGY = ["total_pj", "pj_per_pair", "power_mw"]
GROUPS = ["scores", "weights", "outputs", "merge_and_rows", "buffers", "bus", "dram",
          "clock_and_leakage", "other"]
COLUMNS = ["key", *POINT, *MACHINE, *REPORT, *STALLS, *(f"energy_{name}" for name in ENERGY),
           *(f"energy_{name}_pj" for name in GROUPS)]


class Stop(Exception):
    """Ends the sweep with a status and one sentence."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Stop(USAGE, f"sweep: {message}; see flashd sweep --help")


def parse(arguments):
    parser = Parser(prog="flashd sweep", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--configs", nargs="+", default=CONFIGS, metavar="NAME")
    parser.add_argument("--workloads", nargs="+", default=WORKLOADS, metavar="WORKLOAD",
                        help="prefill:QUERIES[xKEYS][,d=D][,dv=DV][,causal] or decode:ROWSxKEYS[,d=D]"
                             "[,dv=DV]")
    parser.add_argument("--memories", nargs="+", default=MEMORIES, metavar="MODEL",
                        help="as flashd run --memory")
    parser.add_argument("--numerics", default="fine", help="fine or lean; changes no time")
    parser.add_argument("--energy", type=pathlib.Path, metavar="FILE",
                        help="table of energies per action, default: Nangate45")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out/sweep"), metavar="DIR")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                        help="processes at once, default: one per core")
    parser.add_argument("--json", action="store_true", help="print the points as JSON")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        raise Stop(USAGE, f"--jobs: is {options.jobs}; expected 1 or more")
    for name in ("configs", "workloads", "memories"):  # a name given twice is one point
        setattr(options, name, list(dict.fromkeys(getattr(options, name))))
    return options


class Runner:
    """Starts the program; stop() ends what still runs."""

    def __init__(self, program):
        self.program = program
        self.lock = threading.Lock()
        self.running = set()
        self.stopped = False

    def __call__(self, arguments):
        with self.lock:
            if self.stopped:
                raise Stop(INTERRUPTED, "interrupted")
            try:
                process = subprocess.Popen([self.program, "sweep-point", *arguments], text=True,
                                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                           stderr=subprocess.PIPE)
            except OSError as error:
                raise Stop(MISSING, f"{self.program} does not start: {error.strerror}") from error
            self.running.add(process)
        out, err = process.communicate()
        with self.lock:
            self.running.discard(process)
        if process.returncode != 0:
            lines = err.strip().splitlines() or [f"sweep-point ended with {process.returncode}"]
            status = process.returncode if process.returncode > 0 else INTERNAL
            raise Stop(status, lines[-1].removeprefix("flashd: "))
        return json.loads(out)

    def stop(self):
        with self.lock:
            self.stopped = True
            for process in self.running:
                process.kill()


def key_of(row):
    return "|".join(row[name] for name in POINT)


def line_of(values):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


def row_of(result):
    """The strings of a row of points.csv."""
    energy = result["energy"]
    values = {**result["device"], **result["report"], **{k: result[k] for k in POINT + MACHINE},
              **{f"energy_{name}": energy[name] for name in ENERGY},
              **{f"energy_{name}_pj": energy["groups_pj"][name] for name in GROUPS}}
    row = {name: "" if values[name] is None else str(values[name]) for name in COLUMNS[1:]}
    return {"key": key_of(row), **row}


class Table:
    """points.csv, open for appending by one sweep at a time."""

    def __init__(self, path):
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = open(path, "a+b")
        except OSError as error:
            raise Stop(USAGE, f"--out: {path} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Stop(USAGE, f"--out: another sweep is writing {path}") from error
        self.rows = self.load()

    def load(self):
        """Rows by key. A last line that an interruption cut off is removed from the file."""
        self.file.seek(0)
        lines = self.file.read().decode("utf-8", "replace").splitlines(keepends=True)
        if lines and not lines[-1].endswith("\n"):
            lines.pop()
        if not lines:
            self.file.truncate(0)
            self.append(COLUMNS)
            return {}
        if next(csv.reader(lines[:1])) != COLUMNS:
            raise Stop(USAGE, f"--out: {self.path} has other columns than this version writes; "
                              "expected its own file or none")
        rows = {}
        for number, values in enumerate(csv.reader(lines[1:]), 2):
            row = dict(zip(COLUMNS, values))
            if len(values) != len(COLUMNS) or key_of(row) != row["key"]:
                raise Stop(USAGE, f"--out: {self.path}, line {number} is no row of a sweep; expected "
                                  f"{len(COLUMNS)} columns with a key that fits them")
            rows[row["key"]] = row
        self.file.truncate(sum(len(line.encode()) for line in lines))
        return rows

    def append(self, values):
        self.file.seek(0, os.SEEK_END)
        self.file.write(line_of(values).encode())
        self.file.flush()
        os.fsync(self.file.fileno())

    def add(self, row):
        self.rows[row["key"]] = row
        self.append(row[name] for name in COLUMNS)


def run_points(points, runner, table, jobs, common):
    """Runs points and adds each to the table when it is done."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(runner, ["--config", p["config"], "--workload", p["workload"],
                                        "--memory", p["memory"], *common])
                   for p in points]
        try:
            with tqdm(total=len(points), unit="point", disable=None, leave=False) as bar:
                for future in concurrent.futures.as_completed(futures):
                    table.add(row_of(future.result()))
                    bar.update()
        except BaseException:
            for future in futures:
                future.cancel()
            runner.stop()
            raise


def main(arguments):
    options = parse(arguments)
    runner = Runner(options.program)
    common = ["--numerics", options.numerics]
    if options.energy is not None:
        common += ["--energy", str(options.energy)]
    plan = runner(["--plan", "--config", *options.configs, "--workload", *options.workloads,
                   "--memory", *options.memories, *common])
    points = [{**p, "numerics": options.numerics, "spec_hash": plan["spec_hash"],
               "energy_table": plan["energy_table"]} for p in plan["points"]]
    if not points:
        raise Stop(USAGE, f"sweep: no point is left: {'; '.join(plan['left_out'])}")
    table = Table(options.out / "points.csv")
    missing = [p for p in points if key_of(p) not in table.rows]
    run_points(missing, runner, table, options.jobs, common)
    rows = [table.rows[key_of(p)] for p in points]
    page = options.out / "index.html"
    page.write_text(sweep_page.page(rows, plan), encoding="utf-8")
    if options.json:
        print(json.dumps({"points": rows, "left_out": plan["left_out"], "ran": len(missing)}))
        return 0
    print(f"{len(points)} points, {len(missing)} of them run now, "
          f"{len(points) - len(missing)} from {table.path}")
    if plan["left_out"]:
        print(f"{len(plan['left_out'])} left out; the page says why")
    print(f"page: {page}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"flashd: {stop}", file=sys.stderr)
        sys.exit(stop.status)
    except KeyboardInterrupt:
        print("flashd: interrupted; the same command goes on from here", file=sys.stderr)
        sys.exit(INTERRUPTED)
