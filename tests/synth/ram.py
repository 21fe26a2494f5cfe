#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flashd_ram becomes block RAM of an FPGA (ECP5) and nothing else: no flip-flop, no bypass."""
import synth
import yosys

# Words and bits as in the engine: keys of `base`, queries and o of `tiny`.
SIZES = ((512, 1024), (64, 352), (256, 64))
BLOCK_BITS = 36  # of a word of DP16KD, 512 words deep


def main():
    bad = 0
    for depth, bits in SIZES:
        blocks = -(-bits // BLOCK_BITS) * -(-depth // 512)
        script = [yosys.read("flashd_ram", {"Depth": depth, "Bits": bits},
                                   ["rtl/common/flashd_ram.sv"]),
                  "synth_ecp5 -top flashd_ram -noflatten",
                  f"select -assert-count {blocks} t:DP16KD", "select -assert-none t:TRELLIS_*"]
        with yosys.run(script, ["rtl/common/flashd_ram.sv"]) as done:
            if done.status:
                bad += 1
                print(f"FAILURE {depth} x {bits}: expected {blocks} block RAMs and no flip-flops")
                print("\n".join(done.errors()))
            else:
                print(f"{depth} x {bits}: {blocks} block RAMs, no flip-flops")
    print("FAILURE" if bad else "PASS")
    return 1 if bad else 0


if __name__ == "__main__":
    synth.run(main)
