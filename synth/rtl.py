# SPDX-License-Identifier: Apache-2.0
"""The RTL as the tools see it: files, configurations, and where a tool is."""
import pathlib
import re
import shutil

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOP = "flashd_engine"
PROFILES = ("fine", "lean")  # Profile 0 and 1 of flashd_spec_pkg
# A configuration in the generated header.
ROW = ("Width", "Lanes", "Contexts", "Tile", "MaxHeadDim", "Sig", "AxiBits", "SoftCap")
FIELDS = tuple(name for name in ROW if name != "AxiBits")
DEVICE_TOP = "flashd_top"
DEVICE_FIELDS = ROW
ENGINE_LIST = "rtl/flashd.f"
DEVICE_LIST = "rtl/flashd_top.f"
FOREIGN = {"rtl/spec/flashd_regs.sv", "rtl/spec/flashd_regs_pkg.sv",  # PeakRDL's own style
           "rtl/soc/flashd_soc_block.sv", "rtl/soc/flashd_soc_block_pkg.sv"}


class Skip(Exception):
    """A tool is not there; the message says which one and how to get it."""


def listed(name=ENGINE_LIST):
    """Entries of a file list in order, relative to the repository root."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith(("#", "//"))]


def sources(name=ENGINE_LIST):
    """SystemVerilog sources of a file list in order, relative to the repository root."""
    return [entry for entry in listed(name) if entry.endswith(".sv")]


def reached(top, files, without=()):
    """Those of `files` with a module or package that `top` is made of, in order: a used file names it
    outside comments. A file has the name of what is in it; `without` are left out."""
    by_name = {pathlib.PurePath(file).stem: file for file in files}
    found, waiting = set(), [top]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            code = re.sub(r"//.*", "", (ROOT / by_name[name]).read_text(encoding="utf-8"))
            waiting += (set(re.findall(r"\b[A-Za-z_]\w*\b", code)) & set(by_name)) - set(without)
    return [file for name, file in by_name.items() if name in found]


def configurations(fields=FIELDS):
    """Name -> parameters of flashd_engine (or flashd_top), from the generated C++ header."""
    header = ROOT / "model/arith/spec.hpp"
    found = {}
    for line in header.read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r'\s*\{"(\w+)", ([0-9, ]+)\},\s*', line)
        if match:
            values = [int(value) for value in match[2].split(",")]
            row = dict(zip(ROW, values))
            found[match[1]] = {name: row[name] for name in fields}
    if not found:
        raise ValueError(f"{header}: no configurations found, expected lines like "
                         '{"tiny", 16, 1, 4, 16, 64, 11, 64, 1},')
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
