# SPDX-License-Identifier: Apache-2.0
"""Programs that run within a limit of time, each a step of a record; for kernels/on_gpu.py."""
import concurrent.futures
import os
import pathlib
import shlex
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
AT_ONCE = 4  # steps on the GPU; most of their time is the CPU's, which computes what is expected
KEPT = 4000  # characters of a step's output, the last ones
DYING = 5  # seconds after which what was killed is left alone


class Clock:
    """What is left of the time that the whole run may take, and the processes that take it."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds
        self.running = set()

    def left(self):
        return self.end - time.monotonic()

    def stop(self):
        """Ends what runs; nothing more begins."""
        self.end = time.monotonic()
        for process in list(self.running):
            kill(process)


def kill(process):
    """Ends a process and what it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def rest(process):
    """Output of a process that was killed; a child that left its group may keep the pipe open."""
    try:
        return process.communicate(timeout=DYING)[0]
    except subprocess.TimeoutExpired as late:
        process.stdout.close()
        output = late.output or ""
        return output.decode(errors="replace") if isinstance(output, bytes) else output


def finish(process, clock, seconds):
    """Output of a process and whether it was late."""
    clock.running.add(process)
    try:
        # The clock may have been stopped while the process began.
        return process.communicate(timeout=min(seconds, max(0, clock.left())))[0], False
    except subprocess.TimeoutExpired:
        kill(process)
        return rest(process), True
    except BaseException:
        kill(process)
        raise
    finally:
        clock.running.discard(process)


def run(name, command, clock, good=(0,), limit=None, keep=KEPT):
    """One step as the record has it; `limit` in seconds, `keep` in characters of its output."""
    start = time.monotonic()
    step = {"name": name, "command": shlex.join(map(str, command))}
    left = clock.left()
    if left <= 0:
        return {**step, "status": None, "good": False, "output": "not run: the time was over"}
    seconds = min(left, limit or left)
    try:
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True,
                                   stderr=subprocess.STDOUT, errors="replace", cwd=ROOT,
                                   start_new_session=True)
        output, late = finish(process, clock, seconds)
        status = None if late else process.returncode
        if late:
            step["late"] = True
            output += f"\nended after {seconds:.0f} s: " + \
                ("the time was over" if seconds == left else "it hangs")
    except OSError as error:
        status, output = None, f"does not start: {error.strerror}"
    return {**step, "status": status, "good": status in good,
            "seconds": round(time.monotonic() - start, 1), "output": output[-keep:].strip()}


def together(specs, clock, most=AT_ONCE):
    """Steps of (name, command, more arguments of run()), some at a time, in their order."""
    with concurrent.futures.ThreadPoolExecutor(min(most, os.cpu_count() or 1)) as pool:
        try:
            yield from pool.map(lambda s: run(s[0], s[1], clock, **s[2]), specs)
        except BaseException:
            clock.stop()  # the pool waits for what it has begun
            raise
