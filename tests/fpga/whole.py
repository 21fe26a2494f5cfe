#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flashd fpga check on the ULX3S: synthesis, boot, jobs against golden; then three LUTs of a part of
the board are spoilt, for several parts, and each time it must be seen.

  whole.py --simulator flashd_netlist_board --firmware HEX --out DIR
"""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FLOW = ROOT / "fpga" / "flow" / "main.py"
# All are used by every job, though not each of their LUTs: some serve FP16, a clamp, long jobs.
PARTS = ("u_soc.u_top.u_core.u_engine.u_output", "u_soc.u_top.u_core.u_engine.u_score",
         "u_soc.u_top.u_core.u_output_writer", "u_soc.u_top.u_axi.u_read_master",
         "u_soc.u_shell.u_uart")
BOOT = 1300000  # cycles; it takes fewer
JOBS = "4"      # drawn ones, besides those of every check


def spoilt(text, part):
    """The netlist with three of a part's LUTs inverted; None if it has fewer."""
    tables = list(re.finditer(rf"^lut ([01]{{16}}) .* {re.escape(part)}\S*$", text, re.MULTILINE))
    if len(tables) < 3:
        return None
    for match in (tables[len(tables) * i // 4] for i in (1, 2, 3)):
        flipped = "".join("10"[int(bit)] for bit in match[1])
        text = text[:match.start(1)] + flipped + text[match.end(1):]
    return text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--simulator", required=True)
    parser.add_argument("--firmware", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    options = parser.parse_args()
    done = subprocess.run([sys.executable, "-B", str(FLOW), "check", "--out", str(options.out),
                           "--firmware", options.firmware, "--simulator", options.simulator],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    print(done.stdout, flush=True)
    if done.returncode == 3:
        print("SKIP: a tool is absent")
        return 77
    compared = re.search(r"^(\d+) values compared", done.stdout, re.MULTILINE)
    if done.returncode or not compared or int(compared[1]) < 200:
        print("FAILURE")
        return 1
    text = (options.out / "netlist.txt").read_text(encoding="utf-8")
    seen = 0
    for part in PARTS:
        changed = spoilt(text, part)
        if changed is None:
            print(f"FAILURE: fewer than three LUTs are named {part}")
            continue
        (options.out / "spoilt.txt").write_text(changed, encoding="utf-8")
        done = subprocess.run([options.simulator, str(options.out / "spoilt.txt"), "--random", JOBS,
                               "--boot", str(BOOT)], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        last = done.stdout.strip().splitlines()[-1]
        print(f"spoilt in {part}: status {done.returncode}: {last}", flush=True)
        seen += done.returncode != 0 and last.startswith("FAILED")
    print("PASS" if seen == len(PARTS) else "FAILURE")
    return 0 if seen == len(PARTS) else 1


if __name__ == "__main__":
    sys.exit(main())
