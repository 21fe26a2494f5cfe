#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tarball of the RTL elaborates on its own, without Python; the lists of FuseSoC and Bender
name its files."""
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

import lint

PACK = lint.rtl.ROOT / "rtl/pack.py"


def pack(*arguments):
    done = subprocess.run([sys.executable, "-B", str(PACK), *arguments], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def tools(folder):
    """A folder with Verilator and the Perl that it is written in, and nothing else."""
    for name in ("verilator", "verilator_bin", "perl"):
        path = shutil.which(name)
        if not path:
            raise lint.rtl.Skip(f"{name} was not found: install the package verilator (./flashd "
                                "does it on Debian).")
        (folder / name).symlink_to(path)


def elaborate(root, path, parameters):
    command = ["verilator", "--lint-only", "-Wall", "-Werror-USERERROR", "--top-module",
               lint.rtl.DEVICE_TOP, *(f"-G{n}={v}" for n, v in parameters.items()),
               "-f", lint.rtl.DEVICE_LIST]
    done = subprocess.run(command, cwd=root, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False,
                          env={"PATH": str(path), "HOME": os.environ.get("HOME", "/")})
    return done.returncode, done.stdout


def main():
    bad = 0
    status, text = pack("check")
    if status:
        bad += 1
        print(f"FAILURE: {text}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for which in ("a", "b"):
            status, text = pack("tar", str(folder / f"{which}.tar.gz"))
            if status:
                print(f"FAILURE: no tarball: {text}")
                return lint.verdict(bad + 1)
        if (folder / "a.tar.gz").read_bytes() != (folder / "b.tar.gz").read_bytes():
            bad += 1
            print("FAILURE: two tarballs of the same sources differ")
        with tarfile.open(folder / "a.tar.gz") as archive:
            archive.extractall(folder / "unpacked")
        root = next((folder / "unpacked").iterdir())
        if list(root.rglob("*.py")):
            bad += 1
            print("FAILURE: the tarball holds Python")
        (folder / "bin").mkdir()
        tools(folder / "bin")
        parameters = lint.rtl.configurations(lint.rtl.DEVICE_FIELDS)["tiny"]
        status, text = elaborate(root, folder / "bin", parameters)
        if status or text.strip():
            bad += 1
            print(f"FAILURE: the unpacked RTL is not clean under Verilator\n{text}")
        # A file that is missing must be noticed.
        (root / "rtl/control/flashd_ring.sv").unlink()
        status, text = elaborate(root, folder / "bin", parameters)
        if not status or "flashd_ring" not in text:
            bad += 1
            print(f"FAILURE: a tarball without flashd_ring.sv passes\n{text}")
    return lint.verdict(bad)


if __name__ == "__main__":
    lint.run(main)
