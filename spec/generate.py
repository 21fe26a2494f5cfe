#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes every generated file from spec/flashd.yaml; --check only compares (exit 1 when stale)."""
import argparse
import hashlib
import json
import pathlib
import sys

import yaml

import emit
import tables

ROOT = pathlib.Path(__file__).resolve().parent.parent
MEND = "./flashd spec"


def load():
    spec = yaml.safe_load((ROOT / "spec/flashd.yaml").read_text())
    fits = tables.all_tables(spec)
    content = json.dumps([spec, [[t.name, t.parts] for t in fits]], sort_keys=True)
    return spec, fits, hashlib.sha256(content.encode()).hexdigest()[:8]


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--check", action="store_true", help="fail when a generated file is stale")
    check = a.parse_args().check
    spec, fits, digest = load()
    stale = []
    for path, text in emit.files(spec, fits, digest).items():
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
    print(f"spec {digest}: {len(emit.files(spec, fits, digest))} generated files are fresh"
          if check else f"spec {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
