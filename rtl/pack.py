#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: pack.py lists | check | tar FILE.tar.gz

lists writes flashd.core (FuseSoC) and Bender.yml from rtl/flashd_top.f; check fails when they are
stale; tar packs the RTL with its generated files, so that neither Python nor the rest of the
repository is needed to use it.
"""
import gzip
import io
import pathlib
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = "rtl/flashd_top.f"
MEND = "python3 rtl/pack.py lists"
BANNER = f"# SPDX-License-Identifier: Apache-2.0\n# Written from {LIST}; mend with: {MEND}\n"
VERSION = "0.1.0"
PARAMETERS = {"Profile": 0, "Sig": 11, "Width": 64, "Lanes": 4, "Contexts": 16, "Tile": 64,
              "MaxHeadDim": 256, "AxiBits": 128, "SoftCap": 1}
# Beside the RTL: what a user of it reads and includes.
BESIDE = ("LICENSE", "docs/system.md", "docs/contract.md", "docs/row-state.md",
          "docs/generated/device.md", "docs/generated/registers.md", "docs/generated/spec.md",
          "firmware/include/flashd_device.h", "firmware/include/flashd_regs.h",
          "firmware/include/flashd_spec.h")


def listed():
    """Paths of the file list, relative to rtl/."""
    lines = (ROOT / LIST).read_text(encoding="utf-8").splitlines()
    return [line.strip().removeprefix("rtl/") for line in lines
            if line.strip() and not line.startswith(("#", "//"))]


def core():
    """FuseSoC core description, CAPI version 2 (its first line must say so)."""
    sources = [name for name in listed() if name.endswith(".sv")]
    o = ["CAPI=2:", BANNER + f"name: flashd:ip:flashd:{VERSION}",
         "description: FLASH-D attention accelerator with AXI4 master and AXI4-Lite registers", "",
         "filesets:", "  rtl:", "    file_type: systemVerilogSource", "    files:"]
    o += [f"      - {name}" for name in sources]
    o += ["  waivers:", "    file_type: vlt", "    files:", "      - lint/waivers.vlt", "",
          "targets:", "  default: &default", "    filesets: [rtl]", "    toplevel: flashd_top",
          "    parameters: [" + ", ".join(PARAMETERS) + "]", "  lint:", "    <<: *default",
          "    filesets: [waivers, rtl]", "    default_tool: verilator", "    tools:",
          "      verilator:", "        mode: lint-only", "        verilator_options: [-Wall]", "",
          "parameters:"]
    for name, value in PARAMETERS.items():
        o += [f"  {name}:", "    datatype: int", "    paramtype: vlogparam", f"    default: {value}"]
    return "\n".join(o) + "\n"


def bender():
    o = [BANNER + "package:", "  name: flashd", "", "sources:"]
    return "\n".join(o + [f"  - {n}" for n in listed() if n.endswith(".sv")]) + "\n"


def lists():
    return {"rtl/flashd.core": core(), "rtl/Bender.yml": bender()}


def stale():
    return [name for name, text in lists().items()
            if not (ROOT / name).exists() or (ROOT / name).read_text(encoding="utf-8") != text]


def tar(path):
    """The same bytes for the same sources: sorted, without times and owners."""
    names = [f"rtl/{name}" for name in listed()]
    names += ["rtl/flashd.f", LIST, "rtl/README.md", *lists(), *BESIDE]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(names):
            data = (ROOT / name).read_bytes()
            entry = tarfile.TarInfo(f"flashd-rtl-{VERSION}/{name}")
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    with open(path, "wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0,
                                                 filename="") as packed:
        packed.write(buffer.getvalue())
    return len(names)


def main(arguments):
    if arguments[:1] == ["lists"] and len(arguments) == 1:
        for name, text in lists().items():
            (ROOT / name).write_text(text, encoding="utf-8")
        return 0
    if arguments[:1] == ["check"] and len(arguments) == 1 or arguments[:1] == ["tar"]:
        if stale():
            print(f"stale: {', '.join(stale())}; mend with: {MEND}")
            return 1
        if arguments[0] == "check":
            return 0
        if len(arguments) == 2:
            print(f"{tar(arguments[1])} files in {arguments[1]}")
            return 0
    print(__doc__, end="", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
