# SPDX-License-Identifier: Apache-2.0
"""./flashd synth: builds the benches whose vectors the netlists are held to, then runs the flow."""
import os
import subprocess
import sys

from launcher import build, lock, setup
from launcher.console import INTERNAL, ROOT, Stop


def script(arguments):
    """The program that does the work."""
    report = any(argument == "--report" or argument.startswith("--report=")
                 for argument in arguments)
    return ROOT / "synth" / ("report.py" if report else "main.py")


def benches(arguments):
    """Names of the benches that the options need; what is wrong with them is told by the flow."""
    done = subprocess.run([str(setup.VENV_PYTHON), str(script(arguments)), *arguments,
                           "--list-programs"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout.split()


def main(arguments, install):
    """Becomes the flow, or ends with its status; returns only by raising."""
    with lock.held("lock"):
        setup.ensure_packages(install)
        setup.ensure_wheels(install)
        told = any(argument in ("-h", "--help") for argument in arguments)
        given = [argument.partition("=")[0] for argument in arguments]
        if not told and not {"--programs", "--vectors", "--no-replay"} & set(given):
            wanted = benches(arguments)
            if wanted:
                build.build(wanted)
            arguments = [*arguments, "--programs", str(build.folder("release") / "bin")]
    sys.stdout.flush()
    try:
        os.execve(setup.VENV_PYTHON, [str(setup.VENV_PYTHON), str(script(arguments)), *arguments],
                  setup.environment())
    except OSError as error:
        raise Stop(INTERNAL, f"The Python of .venv does not start: {error.strerror}.") from error
