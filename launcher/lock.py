# SPDX-License-Identifier: Apache-2.0
"""Locks between launchers that work in one checkout."""
import contextlib
import fcntl
import os

from launcher.console import BUILD, MISSING, Stop, clear, say, shown


@contextlib.contextmanager
def held(name):
    """Holds build/<name> alone; waits while another process holds it."""
    path = BUILD / name
    try:
        BUILD.mkdir(exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise Stop(MISSING, f"{shown(path)} cannot be written ({error.strerror}): flashd needs a "
                            "checkout that it may write to.") from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(fd, 32, 0).decode(errors="replace").strip()
            say(f"waiting for another ./flashd (process {holder})")
            fcntl.flock(fd, fcntl.LOCK_EX)
            clear()
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(fd)
