#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Synthesises the engine of a configuration, or one module, and prints what came out.

  synth/run.py --config paper16 --profile lean
  synth/run.py --top flashd_merge_slice -G Profile=1 -G Tile=16 --liberty nangate45_typ.lib.gz

With a liberty file the area is that of its cells; memories (flashd_ram) are listed, not counted.
Exit status: 0 good, 1 something is in the netlist that must not be, 2 bad usage, 3 no Yosys.
"""
import argparse
import gzip
import pathlib
import sys
import zlib

import flow
import rtl


def assignment(text):
    """NAME=VALUE as a pair."""
    name, _, value = text.partition("=")
    if not name.isidentifier() or not value.lstrip("-").isdigit():
        raise argparse.ArgumentTypeError(f"{text}: expected NAME=INTEGER")
    return name, int(value)


def liberty(path):
    """Text of a liberty file, gzip or plain."""
    data = pathlib.Path(path).read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8")


def main(words):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--config", choices=list(rtl.configurations()))
    parser.add_argument("--profile", choices=rtl.PROFILES, default="fine")
    parser.add_argument("--top", default=rtl.TOP)
    parser.add_argument("-G", type=assignment, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--liberty")
    arguments = parser.parse_args(words)
    values = rtl.parameters(arguments.config, arguments.profile) if arguments.config else {}
    values.update(arguments.G)
    try:
        library = liberty(arguments.liberty) if arguments.liberty else None
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        print(f"{arguments.liberty}: a liberty file is expected, plain or gzip: {error}",
              file=sys.stderr)
        return 2
    try:
        result = flow.synthesise(arguments.top, values, liberty=library)
    except rtl.Skip as reason:
        print(reason, file=sys.stderr)
        return 3
    for problem in result.problems:
        print(f"{arguments.top}: {problem}", file=sys.stderr)
    if result.problems:
        return 1
    area = f", area {result.area:.0f}" if library else ""
    print(f"{arguments.top}: {result.gates} gates, {result.flops} flip-flops{area}, "
          f"{len(result.rams)} memories of {result.ram_bits()} bits, {result.seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
