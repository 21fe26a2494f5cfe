#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes every generated file from spec/; --check only compares (exit 1 when stale)."""
import argparse
import hashlib
import json
import pathlib
import sys

import yaml

import device
import emit
import registers
import serial_line
import tables

ROOT = pathlib.Path(__file__).resolve().parent.parent
MEND = "./flashd spec"


def load():
    """Spec hash, and text of every generated file by its path."""
    spec = yaml.safe_load((ROOT / "spec/flashd.yaml").read_text())
    fits = tables.all_tables(spec)
    passed, layout = device.load(ROOT / "spec/device.yaml")
    rdl = (ROOT / registers.SOURCE).read_text()
    content = json.dumps([spec, [[t.name, t.parts] for t in fits], layout, rdl], sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()[:8]
    # The hash is of what host and device have to agree on; the serial line has its own version.
    serial = serial_line.load(ROOT / "spec/serial.yaml", passed)
    return digest, {**emit.files(spec, fits, digest), **device.files(passed),
                    **registers.files(ROOT, passed), **serial_line.files(serial)}


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--check", action="store_true", help="fail when a generated file is stale")
    a.add_argument("--list", action="store_true", help="print the names of the generated files")
    options = a.parse_args()
    check = options.check
    digest, files = load()
    if options.list:
        print("\n".join(files))
        return 0
    stale = []
    for path, text in files.items():
        target = ROOT / path
        if check:
            if not target.exists() or target.read_text() != text:
                stale.append(path)
        elif not target.exists() or target.read_text() != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            print(f"wrote {path}")
    if stale:
        print(f"stale: {', '.join(stale)}; mend with: {MEND}")
        return 1
    print(f"spec {digest}: {len(files)} generated files are fresh"
          if check else f"spec {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
