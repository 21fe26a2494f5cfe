# SPDX-License-Identifier: Apache-2.0
"""./flashd fpga: builds the firmware, the netlist's simulator and the program whose twin counts
cycles, then runs the flow."""
import os
import sys

from launcher import build, lock, setup
from launcher.console import INTERNAL, ROOT, Stop

SCRIPT = ROOT / "fpga" / "flow" / "main.py"
FIRMWARE = "flashd_firmware"
SIMULATOR = "flashd_netlist_board"


def main(arguments, install):
    """Becomes the flow; returns only by raising."""
    what = next((a for a in arguments if not a.startswith("-")), "")
    told = any(a in ("-h", "--help") for a in arguments)
    with lock.held("lock"):
        setup.ensure_packages(install)
        setup.ensure_wheels(install)
        if what in ("build", "check") and not told and not given(arguments, "--firmware"):
            build.build([FIRMWARE])
            arguments = [*arguments, "--firmware",
                         str(build.folder("release") / "firmware" / "flashd_firmware.hex")]
        if what == "check" and not told and not given(arguments, "--simulator"):
            build.build([SIMULATOR])
            arguments = [*arguments, "--simulator",
                         str(build.folder("release") / "bin" / SIMULATOR)]
        if what == "report" and not told:
            build.build(["flashd"])
            arguments = [*arguments, "--program", str(build.folder("release") / "bin" / "flashd")]
    sys.stdout.flush()
    try:
        os.execve(setup.VENV_PYTHON, [str(setup.VENV_PYTHON), "-B", str(SCRIPT), *arguments],
                  setup.environment())
    except OSError as error:
        raise Stop(INTERNAL, f"The Python of .venv does not start: {error.strerror}.") from error


def given(arguments, name):
    return any(a == name or a.startswith(name + "=") for a in arguments)
