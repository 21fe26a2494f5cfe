#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: engine.py CONFIG PROFILE: the whole engine goes to gates with nothing in it that must not.

Fails on latches, dividers, three-state or multiple drivers, wires without a driver, combinational
loops, cells that stay unmapped, and memories that do not follow the contract of flashd_ram.
"""
import sys

import synth


def main(config, profile):
    result = synth.flow.synthesise(synth.rtl.TOP, synth.rtl.parameters(config, profile))
    for problem in result.problems:
        print(f"FAILURE {config} {profile}: {problem}")
    if not result.problems:
        print(f"{config} {profile}: {result.gates} gates, {result.flops} flip-flops, "
              f"{len(result.rams)} memories of {result.ram_bits()} bits, {result.seconds:.0f} s")
        for name, count in sorted(result.cells.items()):
            print(f"  {name:12} {count:8}")
        for name, (words, bits) in sorted(result.rams.items()):
            print(f"  {name:44} {words:5} x {bits}")
        if result.gates < 10000 or result.flops < 1000 or not result.rams:
            print("FAILURE: too little came out for an attention engine")
            return 1
    print("FAILURE" if result.problems else "PASS")
    return 1 if result.problems else 0


if __name__ == "__main__":
    synth.run(main, *sys.argv[1:3])
