# SPDX-License-Identifier: Apache-2.0
"""Steps of a build: a tool's run with its log, left out when it was done with the same inputs.

The tools are WebAssembly: they see nothing above their working directory, which is the output
folder, and have one thread.
"""
import dataclasses
import hashlib
import importlib.metadata
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

import board
import rtl


class Failed(Exception):
    """A step failed: one sentence with the tool's own words and the log."""


class Missed(Exception):
    """The tools did their work, and what came out is not good enough: one sentence."""


@dataclasses.dataclass(frozen=True)
class Step:
    """`command` is the tool and its arguments; inputs and outputs are names in the folder."""
    name: str
    wheel: str
    command: tuple
    inputs: tuple
    outputs: tuple
    limit_s: int = 5400


@dataclasses.dataclass(frozen=True)
class Done:
    """How a step ended."""
    name: str
    seconds: float
    fresh: bool                      # False: its results were there
    processor_seconds: float = None  # of the tool alone; None: not measured


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def shown(path):
    return os.path.relpath(path)


def say(line):
    """A progress line, replaced by the next, on a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[K{line[:width]}", end="", file=sys.stderr, flush=True)


def mark(step, folder):
    """What the outputs of a step depend on, as a hash."""
    version = importlib.metadata.version(step.wheel)
    parts = [step.wheel, version, *step.command]
    parts += [f"{name} {digest(folder / name)}" for name in step.inputs]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def stamp_of(step, folder):
    return folder / f"{step.name}.stamp"


def stands(step, folder, wanted):
    """How the step ended before when its results stand, else None."""
    try:
        stamp = json.loads(stamp_of(step, folder).read_text(encoding="utf-8"))
        good = stamp["mark"] == wanted and all(
            digest(folder / name) == stamp["outputs"][name] for name in step.outputs)
        if not good:
            return None
        spent = stamp.get("processor_seconds")
        return Done(step.name, float(stamp["seconds"]), False, spent and float(spent))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def first_error(lines):
    """The line that names the error, without the tool's decoration."""
    errors = [line for line in lines if re.search(r"\bERROR\b|\berror:", line)]
    text = errors[0] if errors else next((x for x in reversed(lines) if x.strip()), "no output")
    return text.strip().rstrip(".")


def execute(step, folder, log):
    """Runs the tool; returns status (None after the time limit) and lines."""
    program = rtl.tool(step.command[0], f"it comes with the wheel {step.wheel} of "
                       "requirements.txt, which ./flashd fpga installs into .venv.")
    lines, late = [], threading.Event()
    with open(log, "w", buffering=1, encoding="utf-8", errors="replace") as out:
        process = subprocess.Popen([program, *step.command[1:]], cwd=folder, text=True,
                                   errors="replace", stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

        def stop():
            late.set()
            process.kill()

        timer = threading.Timer(step.limit_s, stop)
        timer.start()
        try:
            for line in process.stdout:
                out.write(line)
                lines.append(line.rstrip("\n"))
                if re.match(r"[\d.]+ Executing|Info: ", line):
                    say(f"{step.name}: {line.strip()}")
            status = process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise
        finally:
            timer.cancel()
            say("")
    return None if late.is_set() else status, lines


def spent():
    """Processor time of all tools that have ended, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(step, folder):
    """Does a step unless its results stand. Raises Failed, rtl.Skip."""
    try:
        wanted = mark(step, folder)
    except importlib.metadata.PackageNotFoundError as error:
        raise rtl.Skip(f"The wheel {step.wheel} is not installed: ./flashd fpga installs those of "
                       "requirements.txt into .venv.") from error
    before = stands(step, folder, wanted)
    if before is not None:
        print(f"{step.name:8} done before, {before.seconds:.0f} s", flush=True)
        return before
    stamp_of(step, folder).unlink(missing_ok=True)
    for name in step.outputs:
        (folder / name).unlink(missing_ok=True)
    log = folder / f"{step.name}.log"
    say(step.name)
    start, before = time.monotonic(), spent()
    status, lines = execute(step, folder, log)
    done = Done(step.name, round(time.monotonic() - start, 1), True, round(spent() - before, 1))
    if status is None:
        raise Failed(f"{step.name} took longer than {step.limit_s} s and was ended (log: "
                     f"{shown(log)}).")
    missing = [name for name in step.outputs if not (folder / name).exists()]
    if status or missing:
        reason = first_error(lines) if status else f"it left no {', '.join(missing)}"
        raise Failed(f"{step.name} failed: {reason} (log: {shown(log)}).")
    outputs = {name: digest(folder / name) for name in step.outputs}
    stamp_of(step, folder).write_text(
        json.dumps({"mark": wanted, "seconds": done.seconds, "outputs": outputs,
                    "processor_seconds": done.processor_seconds}), encoding="utf-8")
    print(f"{step.name:8} {done.seconds:.0f} s ({done.processor_seconds:.0f} s of a processor)",
          flush=True)
    return done


def place(source, target):
    """Copies a file unless the same content is there, so that its date tells of a change."""
    target.parent.mkdir(parents=True, exist_ok=True)
    data = pathlib.Path(source).read_bytes()
    if not target.exists() or target.read_bytes() != data:
        target.write_bytes(data)


def open_folder(path):
    """Makes the output folder. Raises board.Unusable."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise board.Unusable(f"--out {path} cannot be made: {error.strerror}.") from error
    return path
