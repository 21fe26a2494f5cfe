# SPDX-License-Identifier: Apache-2.0
"""The ONNX Attention cases in build/onnx, where `flashd onnx` looks for them."""
import hashlib

from launcher import setup
from launcher.console import BUILD, INTERNAL, LoggedFailure, ROOT, Stop, logged, shown

FOLDER = BUILD / "onnx"
SOURCES = ("requirements.txt", "python/onnx_cases.py", "python/flashd/_formats.py")


def ensure_cases():
    """Makes the cases unless those of this package version and script are there."""
    stamp = BUILD / "onnx.sha256"
    mark = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in SOURCES)).hexdigest()
    if stamp.exists() and stamp.read_text() == mark and (FOLDER / "cases.json").exists():
        return
    try:
        logged("ONNX cases", [str(setup.VENV_PYTHON), "-B", str(ROOT / "python" / "onnx_cases.py"),
                              "--out", str(FOLDER)], "onnx.log")
    except LoggedFailure as failure:
        reason = failure.tail[-1] if failure.tail else "no output"
        raise Stop(INTERNAL, f"The ONNX cases could not be made ({reason}; log: "
                             f"{shown(failure.log)}).") from failure
    stamp.write_text(mark)
