#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole device, `tiny`, goes to gates like the engine: see engine.py."""
import synth


def main():
    values = {"Profile": 0, **synth.rtl.configurations(synth.rtl.DEVICE_FIELDS)["tiny"]}
    result = synth.flow.synthesise(synth.rtl.DEVICE_TOP, values,
                                   synth.rtl.sources(synth.rtl.DEVICE_LIST))
    for problem in result.problems:
        print(f"FAILURE: {problem}")
    if not result.problems:
        print(f"{result.gates} gates, {result.flops} flip-flops, {len(result.rams)} memories of "
              f"{result.ram_bits()} bits, {result.seconds:.0f} s")
        if result.gates < 50000 or len(result.rams) < 10:
            print("FAILURE: too little came out for the device")
            return 1
    print("FAILURE" if result.problems else "PASS")
    return 1 if result.problems else 0


if __name__ == "__main__":
    synth.run(main)
