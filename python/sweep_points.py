# SPDX-License-Identifier: Apache-2.0
"""Points of the cycle-exact twin, timing only: running them, and keeping them in points.csv."""
import concurrent.futures
import csv
import fcntl
import io
import json
import os
import subprocess
import threading

from tqdm import tqdm

USAGE, MISSING, INTERNAL, INTERRUPTED = 2, 3, 5, 130

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
