#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flashd fpga: the SoC of docs/soc.md as a bitstream for a board.

  ./flashd fpga build [--board ulx3s] [--profile fine|lean] [--clock MHZ] [--seed N] [--out DIR]
  ./flashd fpga check [--board ulx3s] [--profile fine|lean] [--clock MHZ] [--seed N] [--out DIR]
  ./flashd fpga report [--board ulx3s] [--profile fine|lean] [--workload W] [--json | --markdown]
  ./flashd fpga boards

What is done already is not done again. See docs/fpga.md. Exit status: 0 good, 1 the clock is not
met, the bitstream does not hold what was placed, or the netlist's outputs are not golden's, 2 bad
input, 3 a tool is absent, 5 a tool failed.
"""
import argparse
import dataclasses
import json
import math
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "synth"))

import board  # noqa: E402
import build  # noqa: E402
import check  # noqa: E402
import config  # noqa: E402
import report  # noqa: E402
import rtl  # noqa: E402
import steps  # noqa: E402

FAILED, USAGE, MISSING, INTERNAL, INTERRUPTED = 1, 2, 3, 5, 130
WORKLOAD = "prefill:64x256,d=64"  # fits the job memory
MEMORY = "fixed:6"                # block RAM behind the SoC's bus and flashd_axi_cut


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise board.Unusable(f"{message}; see ./flashd fpga --help.")


def megahertz(text):
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise ValueError(text)
    return value


def parse(arguments):
    parser = Parser(prog="flashd fpga", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("build", "check", "report", "boards"))
    parser.add_argument("--board", default="ulx3s", metavar="NAME|DIR")
    parser.add_argument("--profile", choices=rtl.PROFILES, default="fine")
    parser.add_argument("--clock", type=megahertz, metavar="MHZ",
                        help="build, check: of core and device; default: the board's")
    parser.add_argument("--out", type=pathlib.Path, metavar="DIR",
                        help="default: out/fpga/BOARD_PROFILE")
    parser.add_argument("--seed", type=int, default=1,
                        help="build: of the placement; check: of jobs and of what starts unknown")
    parser.add_argument("--firmware", type=pathlib.Path, metavar="FILE",
                        help="words for $readmemh; default: the one of firmware/")
    parser.add_argument("--workload", action="append", metavar="W",
                        help=f"report: as flashd sweep's, default {WORKLOAD}")
    parser.add_argument("--memory", default=MEMORY, help="report: model of the job memory")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--program", help=argparse.SUPPRESS)
    parser.add_argument("--simulator", type=pathlib.Path, metavar="FILE",
                        help="check: flashd_netlist_board; default: the one that is built")
    return parser.parse_args(arguments)


def firmware(options, chosen):
    """The firmware's file. Raises board.Unusable."""
    if not chosen.core:
        return None
    if options.firmware is None or not options.firmware.is_file():
        raise board.Unusable(f"--firmware {options.firmware or 'FILE'}: a file of 32-bit words in "
                             "hexadecimal, as $readmemh reads it, is expected.")
    return options.firmware.resolve()


def tell(options, chosen, folder):
    """Prints the report."""
    facts = report.gather(folder)
    facts["jobs"] = []
    if options.program and chosen.core:
        facts["jobs"] = [report.work(options.program, workload, options.memory, options.profile,
                                     facts["clock_mhz"])
                         for workload in options.workload or [WORKLOAD]]
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        print(report.markdown(facts) if options.markdown else report.text(facts), end="")


def main(arguments):
    options = parse(arguments)
    if options.what == "boards":
        for name in board.names():
            print(f"{name:14} {board.load(name).title}")
        return 0
    chosen = board.load(options.board)
    if options.clock:
        chosen = dataclasses.replace(chosen, clock_mhz=options.clock)
    folder = options.out or pathlib.Path("out/fpga") / f"{chosen.name}_{options.profile}"
    if options.what == "report":
        if options.clock:
            raise board.Unusable("report tells the clock that the bitstream was made for; --clock "
                                 "is an option of build and check.")
        tell(options, chosen, folder)
        return 0
    wanted = build.Options(chosen, options.profile, firmware(options, chosen), folder,
                           options.seed)
    if options.what == "check":
        check.require(options.simulator, chosen)
        build.netlist(wanted)
        check.run(options.simulator, chosen, folder, options.seed)
        return 0
    build.make(wanted)
    print(f"{steps.shown(folder / 'bitstream.bit')}; to load it: {chosen.load} "
          f"{steps.shown(folder / 'bitstream.bit')}")
    return 0


def ended(error, status):
    print(f"flashd: {error}", file=sys.stderr)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (board.Unusable, config.Strange) as error:
        sys.exit(ended(error, USAGE if isinstance(error, board.Unusable) else INTERNAL))
    except rtl.Skip as error:
        sys.exit(ended(error, MISSING))
    except steps.Missed as error:
        sys.exit(ended(error, FAILED))
    except steps.Failed as error:
        sys.exit(ended(error, INTERNAL))
    except OSError as error:
        sys.exit(ended(f"{error.filename}: {error.strerror}.", INTERNAL))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
