# SPDX-License-Identifier: Apache-2.0
"""The RTL as the tools see it: files, configurations, and where a tool is."""
import pathlib
import re
import shutil

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOP = "flashd_engine"
PROFILES = ("fine", "lean")  # Profile 0 and 1 of flashd_spec_pkg
FIELDS = ("Width", "Lanes", "Contexts", "Tile", "MaxHeadDim", "Sig")


class Skip(Exception):
    """A tool is not there; the message says which one and how to get it."""


def listed():
    """Entries of rtl/flashd.f in order, relative to the repository root."""
    lines = (ROOT / "rtl/flashd.f").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith(("#", "//"))]


def sources():
    """SystemVerilog sources of the engine in order, relative to the repository root."""
    return [name for name in listed() if name.endswith(".sv")]


def configurations():
    """Name -> parameters of flashd_engine, from the generated C++ header."""
    header = ROOT / "model/arith/spec.hpp"
    found = {}
    for line in header.read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r'\s*\{"(\w+)", ([0-9, ]+)\},\s*', line)
        if match:
            values = [int(value) for value in match[2].split(",")]
            found[match[1]] = dict(zip(FIELDS, values))
    if not found:
        raise ValueError(f"{header}: no configurations found, expected lines like "
                         '{"tiny", 16, 1, 4, 16, 64, 11},')
    return found


def parameters(config, profile):
    """Parameters of flashd_engine for a configuration and a profile by name."""
    return {"Profile": PROFILES.index(profile), **configurations()[config]}


def tool(name, hint):
    """Path of a program, from .venv before PATH; raises Skip with the hint if it is nowhere."""
    wheel = ROOT / ".venv/bin" / name
    path = str(wheel) if wheel.exists() else shutil.which(name)
    if not path:
        raise Skip(f"{name} was not found: {hint}")
    return path
