# SPDX-License-Identifier: Apache-2.0
"""What a bitstream uses and how fast it is: text, JSON, Markdown."""
import json
import subprocess

import board
import build
import steps

# name in the report, cell of nextpnr
CELLS = (("LUT4", "TRELLIS_COMB"), ("FF", "TRELLIS_FF"), ("DSP 18x18", "MULT18X18D"),
         ("BRAM 18 kbit", "DP16KD"), ("PLL", "EHXPLLL"), ("pads", "TRELLIS_IO"))
CONFIG = "tiny"


def slowest(folder):
    """The longest path of a clock's own domain: delays in ns, and where it begins and ends."""
    paths = json.loads((folder / "timing.json").read_text(encoding="utf-8"))["critical_paths"]
    best = None
    for path in paths:
        if path["from"] != path["to"]:
            continue
        logic = sum(part["delay"] for part in path["path"] if part["type"] != "routing")
        total = sum(part["delay"] for part in path["path"])
        if best is None or total > best["ns"]:
            steps_of_logic = sum(part["type"] == "logic" for part in path["path"])
            best = {"ns": total, "logic_ns": logic, "luts": steps_of_logic,
                    "from": path["path"][0]["from"]["cell"], "to": path["path"][-1]["to"]["cell"]}
    return best


def work(program, workload, memory, profile, mhz):
    """Keys x queries per second of a job, from the twin's cycles. Raises steps.Failed."""
    command = [program, "sweep-point", "--config", CONFIG, "--workload", workload, "--memory",
               memory, "--numerics", profile]
    try:
        done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)
    except OSError as error:
        raise steps.Failed(f"{program} does not start: {error.strerror}.") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise board.Unusable(lines[-1].removeprefix("flashd: "))
    point = json.loads(done.stdout)
    cycles, pairs = point["device"]["cycles"], point["device"]["keys_scored"]
    seconds = cycles / (mhz * 1e6)
    return {"workload": workload, "memory": memory, "cycles": cycles, "pairs": pairs,
            "pairs_per_second": pairs / seconds, "seconds": seconds}


def gather(folder):
    """The facts of a finished build. Raises board.Unusable."""
    try:
        facts = json.loads((folder / "build.json").read_text(encoding="utf-8"))
        facts["clock_mhz"] = facts["parameters"]["ClockHz"] / 1e6
        used = json.loads((folder / "timing.json").read_text(encoding="utf-8"))["utilization"]
    except (OSError, ValueError, KeyError) as error:
        raise board.Unusable(f"{folder} holds no finished build: ./flashd fpga build comes "
                             "first.") from error
    facts["cells"] = {name: {"used": used[cell]["used"], "of": used[cell]["available"]}
                      for name, cell in CELLS if cell in used}
    facts["clocks"] = [{"name": name, "mhz": reached, "asked_mhz": asked}
                       for name, reached, asked in build.clocks(folder)]
    facts["slowest"] = slowest(folder)
    return facts


def rows(facts):
    """(what, value) of every line."""
    found = [("board", facts["title"]), ("profile", f"{CONFIG}, {facts['profile']}")]
    for name, cell in facts["cells"].items():
        found.append((name, f"{cell['used']} of {cell['of']} "
                      f"({100 * cell['used'] / cell['of']:.0f} %)"))
    for clock in facts["clocks"]:
        found.append((f"clock {clock['name']}",
                      f"{clock['mhz']:.1f} MHz, asked {clock['asked_mhz']:.1f} MHz"))
    path = facts["slowest"]
    if path:
        found.append(("longest path", f"{path['ns']:.1f} ns, {path['logic_ns']:.1f} ns of it logic "
                      f"({path['luts']} cells), from {path['from']} to {path['to']}"))
    for job in facts["jobs"]:
        found.append((f"{job['workload']}, memory {job['memory']}",
                      f"{job['pairs_per_second'] / 1e6:.2f} M keys x queries/s at "
                      f"{facts['clock_mhz']:g} MHz ({job['cycles']} cycles, {job['pairs']} pairs)"))
    found.append(("bitstream", f"{facts['bitstream_bytes']} bytes; "
                  f"{facts['compared']['settings']} settings read back as placed"))
    for what, name in (("time of the build", "seconds"),
                       ("of it of a processor", "processor_seconds")):
        times = [(step, seconds) for step, seconds in facts.get(name, {}).items()
                 if seconds is not None]
        found.append((what, ", ".join(f"{step} {seconds:.0f} s" for step, seconds in times)
                      or "not measured"))
    return found


def text(facts):
    width = max(len(what) for what, _ in rows(facts))
    return "".join(f"{what:{width}}  {value}\n" for what, value in rows(facts))


def markdown(facts):
    lines = [f"| {what} | {value} |" for what, value in rows(facts)]
    return "\n".join(["| what | measured |", "|---|---|", *lines, ""])
