#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: probe.py SIMULATION HEX: what probe.c says of the SoC, then random bytes there and back, and
how flashd_soc_sim begins and ends."""
import os
import pathlib
import random
import select
import signal
import subprocess
import sys
import tempfile
import time

CHECKS = 30      # lines that probe.c writes before "done"
ECHOED = 3000    # bytes there and back
SECONDS = 60     # for anything

failures = []


def expect(what, got, wanted):
    if got != wanted:
        failures.append(what)
        print(f"FAILURE {what}: {got!r}, not {wanted!r}")


def read_until(line, done, seconds=SECONDS):
    """Bytes of the terminal until done(bytes) or time is up."""
    got, end = b"", time.monotonic() + seconds
    while not done(got) and time.monotonic() < end:
        if select.select([line], [], [], 0.2)[0]:
            got += os.read(line, 4096)
    return got


def probe(simulation, image, folder):
    link = folder / "line"
    process = subprocess.Popen([simulation, "--firmware", image, "--link", link], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        name = process.stdout.readline().strip()
        expect("the symbolic link", os.readlink(link), name)
        line = os.open(link, os.O_RDWR | os.O_NOCTTY)
        text = read_until(line, lambda got: got.endswith(b"done\n"))
        lines = text.decode(errors="replace").splitlines()
        for each in lines[:-1]:
            if not each.startswith("ok "):
                failures.append(each)
                print(f"FAILURE {each}")
        expect("the last line", lines[-1:], ["done"])
        expect("number of checks", len(lines) - 1, CHECKS)
        sent = random.Random(1).randbytes(ECHOED)
        got = b""
        for at in range(0, ECHOED, 500):
            os.write(line, sent[at:at + 500])
            got += read_until(line, lambda part: len(part) >= 500)
        expect("bytes there and back", got, sent)
        print(f"{len(lines) - 1} checks of the core, {len(got)} bytes there and back")
        os.close(line)
    finally:
        process.send_signal(signal.SIGTERM)
    expect("the exit code at SIGTERM", process.wait(SECONDS), 0)
    expect("its last line tells the speed", "cycles in" in process.stderr.read(), True)
    expect("the link is gone", os.path.lexists(link), False)


def spoiled(simulation, image):
    """A wire that drops and flips everything lets nothing pass unharmed."""
    process = subprocess.Popen([simulation, "--firmware", image, "--flip", "1", "--delay", "0.01"],
                               text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        line = os.open(process.stdout.readline().strip(), os.O_RDWR | os.O_NOCTTY)
        text = read_until(line, lambda got: len(got) > 300)
        expect("flipped bytes", b"ok id\n" in text or len(text) < 300, False)
        os.close(line)
    finally:
        process.send_signal(signal.SIGINT)
    expect("the exit code at SIGINT", process.wait(SECONDS), 0)


def alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def orphaned(simulation, image, folder):
    """The simulation ends when its parent does, here a shell that waits until it runs."""
    script = (f"'{simulation}' --firmware '{image}' >'{folder}/out' 2>&1 & echo $!\n"
              f"while ! [ -s '{folder}/out' ]; do sleep 0.05; done")
    done = subprocess.run(["sh", "-c", script], text=True, stdout=subprocess.PIPE,
                          check=True, timeout=SECONDS)
    pid = int(done.stdout)
    end = time.monotonic() + SECONDS
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    expect("it outlives its parent", alive(pid), False)


def refused(simulation, image, folder):
    (folder / "bad.hex").write_text("@00000000\n0000006f xyz\n")
    (folder / "long.hex").write_text("@00002000\n0000006f\n")
    (folder / "empty.hex").write_text("\n")
    for arguments, sentence in (
            (["--firmware", folder / "absent.hex"], "cannot be read"),
            (["--firmware", folder / "bad.hex"], "'xyz' is no hexadecimal word"),
            (["--firmware", folder / "long.hex"], "goes beyond the firmware memory"),
            (["--firmware", folder / "empty.hex"], "holds no words"),
            (["--firmware", image, "--drop", "1.5"], "--drop"),
            (["--firmware", image, "--link", folder / "bad.hex"], "no symbolic link"),
            (["--firmware", image, "--log", folder / "no/such/file"], "cannot be written"),
            ([], "--firmware is required")):
        done = subprocess.run([simulation, *arguments, "--max-seconds", "5"], text=True,
                              capture_output=True, timeout=SECONDS, check=False)
        what = " ".join(str(each) for each in arguments)
        expect(f"exit code of '{what}'", done.returncode, 2)
        expect(f"sentence of '{what}'", sentence in done.stderr and done.stderr.count("\n") == 1, True)


def main(simulation, image):
    with tempfile.TemporaryDirectory(prefix="flashd_soc_") as name:
        folder = pathlib.Path(name)
        probe(simulation, image, folder)
        spoiled(simulation, image)
        orphaned(simulation, image, folder)
        refused(simulation, image, folder)
    print("PASS" if not failures else f"FAILURE: {len(failures)} of the checks above failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
