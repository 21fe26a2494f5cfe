# SPDX-License-Identifier: Apache-2.0
"""Messages, exit statuses, and child processes whose output goes to a log."""
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "logs"

FAILED, USAGE, MISSING, INTERNAL, INTERRUPTED = 1, 2, 3, 5, 130


class Stop(Exception):
    """Ends the launcher with an exit status and one sentence on stderr."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


class LoggedFailure(Exception):
    """A logged child ended with a status other than 0; `tail` is the end of its output."""

    def __init__(self, status, log, tail):
        super().__init__(f"status {status}")
        self.status, self.log, self.tail = status, log, tail


def say(line):
    """One progress line, replaced by the next; nothing at all when stderr is not a terminal."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[K{line[:width]}", end="", file=sys.stderr, flush=True)


def clear():
    """Removes the progress line."""
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def shown(path):
    """`path` as a user in the current folder would write it."""
    return os.path.relpath(path)


def stop_child(process):
    """Interrupts a child, as Ctrl-C would, and waits for it; kills it after ten seconds."""
    try:
        process.send_signal(signal.SIGINT)
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    except KeyboardInterrupt:
        process.kill()
        raise


def lines_of(command, env=None):
    """Yields the lines of a child's stdout and stderr; returns its exit status."""
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace")
    try:
        for line in process.stdout:
            yield line.rstrip("\n")
        return process.wait()
    except BaseException:
        stop_child(process)
        raise


def logged(what, command, log, append=False, env=None):
    """Runs a child with its output in build/logs/<log>; shows ninja's [n/m] as progress.

    Raises LoggedFailure when it ends with a status other than 0.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / log
    tail = collections.deque(maxlen=40)
    say(what)
    with open(path, "a" if append else "w", buffering=1, encoding="utf-8") as out:
        out.write(f"$ {' '.join(map(str, command))}\n")
        child = lines_of(command, env)
        while True:
            try:
                line = next(child)
            except StopIteration as end:
                status = end.value
                break
            out.write(line + "\n")
            tail.append(line)
            step = re.match(r"\[(\d+/\d+)\] (.*)", line)
            if step:
                say(f"{what} [{step[1]}] {step[2]}")
    clear()
    if status != 0:
        raise LoggedFailure(status, path, list(tail))
