# SPDX-License-Identifier: Apache-2.0
"""flashd fpga check: the netlist of a board after synthesis, simulated as the board.

Yosys' netlist is the one that nextpnr places (netlist.json). sim/netlist runs it: power-up, reset,
the firmware's boot with its self-test, then jobs over the serial line by the host's own driver, each
output compared with golden.
"""
import json
import pathlib
import subprocess
import sys

import board
import rtl
import steps

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "netlist"))

import lower  # noqa: E402

PORTS = {"ftdi_txd_i", "ftdi_rxd_o", "button_i", "led_o"}  # what flashd_netlist_board speaks to


def text_of(folder):
    """The netlist as sim/netlist reads it; made anew when netlist.json is newer. Raises
    steps.Failed, board.Unusable."""
    source, text = folder / "netlist.json", folder / "netlist.txt"
    if text.exists() and text.stat().st_mtime_ns > source.stat().st_mtime_ns:
        return text
    text.unlink(missing_ok=True)
    try:
        lowered = lower.lower(json.loads(source.read_text(encoding="utf-8")))
    except lower.Refused as error:
        raise steps.Failed(f"{steps.shown(source)}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise board.Unusable(f"{steps.shown(source)} is no netlist of Yosys.") from error
    text.write_text(lowered, encoding="utf-8")
    return text


def require(program, chosen):
    """Raises board.Unusable or rtl.Skip where there is nothing to simulate, or nothing to do it."""
    if not chosen.core:
        raise board.Unusable(f"{chosen.name} has no core and firmware to check.")
    if program is None or not program.is_file():
        raise rtl.Skip("The program flashd_netlist_board was not found: --simulator FILE names "
                       "it, ./flashd fpga check builds it.")


def run(program, chosen, folder, seed):
    """Simulates a board's netlist. Raises steps.Missed where an output is not golden's,
    board.Unusable, steps.Failed."""
    text = text_of(folder)
    with open(text, encoding="utf-8") as file:
        ports = {line.split()[1] for line in file if line.startswith(("input ", "output "))}
    if PORTS - ports:
        raise board.Unusable(f"{chosen.name} has no {', '.join(sorted(PORTS - ports))}: this check "
                             "knows the ports of the ULX3S's top.")
    command = [str(program), str(text), "--clock-hz", str(round(chosen.clock_mhz * 1e6)), "--baud",
               str(chosen.baud), "--seed", str(seed), "--trace",
               str(rtl.ROOT / "tests/data/traces/minilm_L0_n24")]
    lines = []
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        for line in process.stdout:
            lines.append(line.strip())
            print(line, end="", flush=True)
    if process.returncode == 0 and lines[-1:] == ["PASS"]:
        return
    last = lines[-1].rstrip(".") if lines else "it said nothing"
    if last.startswith("FAILED: ") and process.returncode in (1, 3, 4):
        raise steps.Missed(f"The netlist is not the board: {last[len('FAILED: '):]}.")
    raise steps.Failed(f"flashd_netlist_board ended with {process.returncode}: {last}.")
