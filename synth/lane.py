# SPDX-License-Identifier: Apache-2.0
"""One lane of one design in one library at one clock: gates, timing, replay, result file."""
import collections
import dataclasses
import hashlib
import json
import pathlib
import re
import subprocess
import time

import build
import lanes
import mapping
import memory
import netlist
import replay

SOURCE = re.compile(r"([\w/]+)\.sv:")
# Of what makes netlists: points of two editions are not compared. A change of that code changes its
# hash, and a test asks for the new one; where netlists change with it, the edition goes up by one.
EDITION = 2
EDITION_CODE = "b188f663935afc50"  # build.CODE_HASH


@dataclasses.dataclass(frozen=True)
class Point:
    """What is synthesised."""
    design: str
    profile: str
    d: int
    rows: int
    library: str
    clock_ns: float

    @property
    def name(self):
        return f"{self.design}_{self.profile}_d{self.d}_r{self.rows}_{self.clock_ns:g}ns"


def own_labels(module, loaded, boxes):
    """Cell -> "instance path|source file" of registers and boxes, which the source names."""
    found = {}
    names = {}
    for name, entry in module["netnames"].items():
        if not entry.get("hide_name") and not name.startswith("$"):
            for bit in entry["bits"]:
                if isinstance(bit, int) and (bit not in names or
                                             name.count(".") > names[bit].count(".")):
                    names[bit] = name
    for instance, cell in module["cells"].items():
        if cell["type"] in boxes:
            found[instance] = f"{instance}|{boxes[cell['type']]}"
            continue
        entry = loaded.cells.get(cell["type"])
        if entry is None or entry.state != "ff":
            continue
        nets = [names[bits[0]] for pin, bits in cell["connections"].items()
                if entry.pins[pin][0] == "output" and bits[0] in names]
        path = nets[0].rpartition(".")[0] if nets else ""
        source = SOURCE.search(cell["attributes"].get("src", ""))
        found[instance] = f"{path}|{source[1].rpartition('/')[2] if source else ''}"
    return found


def labels(module, loaded, pins, boxes):
    """Cell -> label of the register, box or output it feeds, the nearest one."""
    found = own_labels(module, loaded, boxes)
    sinks = netlist.sinks_of(module, pins)
    users = collections.defaultdict(list)  # cell -> cells that drive it
    drivers = {}
    for instance, cell in module["cells"].items():
        for pin, bits in cell["connections"].items():
            if not pins.is_input(cell["type"], pin):
                drivers.update({bit: instance for bit in bits if isinstance(bit, int)})
    for bit, instance in drivers.items():
        for sink, *_ in sinks.get(bit, ()):
            users[sink].append(instance)
    queue = collections.deque(found)
    for port, entry in module["ports"].items():
        for bit in entry["bits"] if entry["direction"] == "output" else ():
            instance = drivers.get(bit)
            if instance and instance not in found:
                found[instance] = f"|{port}"
                queue.append(instance)
    while queue:
        instance = queue.popleft()
        for driver in users[instance]:
            if driver not in found:
                found[driver] = found[instance]
                queue.append(driver)
    return found


def unit_of(design, label):
    """Name of the unit that a label belongs to."""
    for name, pattern in design.units:
        if re.search(pattern, label):
            return name
    path, source = label.split("|", 1)
    return source.removeprefix("flashd_") or path or "other"


def breakdown(design, mapped, builder):
    """Unit -> um2 of the cells of the whole lane."""
    loaded = builder.loaded
    pins = netlist.Pins(loaded, mapped.parts, mapped.rams.values())
    top = mapped.parts[mapped.top]
    boxes = {name: name.partition("__")[0] for name in mapped.parts if name != mapped.top}
    boxes.update({name: "memory" for name in mapped.rams})
    found = collections.Counter()
    for instance, label in labels(top.data, loaded, pins, boxes).items():
        kind = top.data["cells"][instance]["type"]
        if kind in mapped.rams:
            continue
        if kind in mapped.parts:
            below = dataclasses.replace(mapped, top=kind)
            found[unit_of(design, label)] += below.area()
        else:
            area = mapped.gate_area if kind == mapping.GATE else loaded.area(kind)
            found[unit_of(design, label)] += area
    rest = mapped.area() - sum(found.values())
    if rest > 0.5:
        found["other"] += rest
    return {name: round(area, 2) for name, area in found.most_common()}


# Keys and queries of the replay: every tile boundary, a change of rows, the end of rows.
QUICK = {16: 48, 64: 128, 256: 128}
ICARUS_D = 16  # above, Icarus Verilog takes too long for a netlist


def bench(point, design, programs):
    """Path of the lane's bench, which has its RTL and golden in it."""
    return pathlib.Path(programs) / design.program(point.profile, point.d, point.rows)


def record(point, design, programs, stem):
    """Records vectors of the lane's RTL, which its bench compares with golden. Raises Broken."""
    program = bench(point, design, programs)
    name = program.name
    if not program.exists():
        raise replay.Broken(f"{name} was not found in {programs}: it is the lane's bench, which "
                            "records what the netlist is held to.")
    command = [str(program), "--job", "n01", "--keys", str(QUICK[point.d]), "--queries",
               str(max(2, point.rows)), "--gaps", "0.1", "--vectors", str(stem)]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode or "PASS" not in done.stdout:
        raise replay.Broken(f"{name}: the RTL is not golden's: {done.stdout.strip()[-300:]}")


def bench_hash(point, design, programs):
    """Hash of the lane's bench; empty where there is none."""
    program = bench(point, design, programs) if programs else None
    return hashlib.sha256(program.read_bytes()).hexdigest() if program and program.is_file() else ""


def verified(point, design, programs, vectors, mapped, builder, stem):
    """Outcome of the replay as a dictionary; `failure` says why there is none."""
    try:
        if vectors is None:
            vectors = stem / "vectors"
            record(point, design, programs, vectors)
        if point.d <= ICARUS_D:
            gate = builder.loaded.library.gate
            used = {*mapped.cells(),
                    *((gate.latch, gate.inverter, gate.conjunction) if gate else ())}
            cells = replay.models(builder.loaded, builder.library_files, sorted(used),
                                  builder.where / "work")
            outcome = replay.run(stem, vectors, design.top, cells, bool(mapped.rams))
        else:
            import replay_gates  # NumPy and a C compiler are needed only here
            outcome = replay_gates.run(stem, vectors, design.top,
                                       list(builder.library_files.values()))
    except replay.Broken as sentence:
        return {"cycles": 0, "outputs": 0, "mismatches": 0, "failure": str(sentence)}
    found = {"by": "Icarus Verilog" if point.d <= ICARUS_D else "gatesim",
             "cycles": outcome.cycles, "outputs": outcome.outputs,
             "mismatches": outcome.mismatches}
    if outcome.mismatches or not outcome.outputs:
        found["failure"] = outcome.first or "No output was compared."
    return found


def tools():
    """Versions of the programs."""
    done = subprocess.run(["iverilog", "-V"], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return {**build.versions(), "iverilog": (done.stdout.strip().splitlines() or [""])[0]}


def run(point, loaded, where, programs=None, vectors=None, say=lambda line: None,
        search=True, take=None):
    """Synthesises, times, replays and writes one point; returns its result as a dictionary.

    programs: folder of the lanes' benches; vectors: stem of recorded vectors instead. Without both
    nothing is replayed and `verified` is null. Without `search` every module has one recipe; `take`
    names those of modules: build.Builder.
    Raises build.Refused.
    """
    begin = time.monotonic()
    design = lanes.DESIGNS[point.design]
    builder = build.Builder(loaded, design.sources(), design.elements, point.clock_ns,
                            pathlib.Path(where), say, search, take)
    mapped = builder.map(design.top, design.parameters(point.profile, point.d, point.rows))
    folder = pathlib.Path(where) / point.library
    stem = folder / point.name
    stem.mkdir(parents=True, exist_ok=True)
    builder.write(mapped, stem)
    netlist_hash = build.mark((stem / "lane.v").read_text(encoding="utf-8"))
    path = folder / f"{point.name}.json"
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    models = "".join(memory.model(ram) for ram in mapped.rams.values())
    (stem / "memories.v").write_text(replay.filled(models), encoding="utf-8")
    timed = builder.analyse(mapped, stem)
    cells = mapped.cells()
    flops = sum(number for name, number in cells.items()
                if name in loaded.cells and loaded.cells[name].state == "ff")
    gates = sum(number for name, number in cells.items()
                if name in loaded.gates or name == mapping.GATE)
    cell_area, bits = mapped.area(), mapped.memory_bits()
    memory_area = bits * loaded.bit_area
    good = before.get("verified") or {}
    held_to = bench_hash(point, design, programs)
    if before.get("netlist_hash") == netlist_hash and good.get("outputs") and \
            not good.get("failure") and vectors is None and \
            (not programs or (held_to and good.get("bench_hash") == held_to)):
        checked = good  # the same netlist, held to the same RTL and golden
    elif programs or vectors:
        checked = verified(point, design, programs, vectors, mapped, builder, stem)
        if vectors is None:
            checked["bench_hash"] = held_to
    else:
        checked = None
    result = {
        "design": point.design, "title": design.title, "profile": point.profile, "d": point.d,
        "rows": point.rows, "library": point.library, "clock_ns": point.clock_ns,
        "edition": EDITION, "flow_hash": builder.flow_hash,
        "sources_hash": build.hash_of(design.used()), "netlist_hash": netlist_hash,
        "area": {"total": round(cell_area + memory_area, 1), "cells": round(cell_area, 1),
                 "memory": round(memory_area, 1), "memory_bits": bits,
                 "bit_um2": round(loaded.bit_area, 4),
                 "by_unit": breakdown(design, mapped, builder)},
        "cells": dict(sorted(cells.items())), "flops": flops, "clock_gates": gates,
        "timing": {"slack_ns": timed.slack_ns, "tns_ns": timed.tns_ns,
                   "min_period_ns": timed.min_period_ns, "start": timed.start, "end": timed.end,
                   "path": timed.path},
        "chosen": {name: part.recipe for name, part in mapped.parts.items()},
        "recipes": {name: [dataclasses.asdict(trial) for trial in trials]
                    for name, trials in mapped.trials.items()},
        "verified": checked, "netlist": f"{point.name}/lane.v", "tools": tools(),
        "seconds": round(time.monotonic() - begin, 1),
    }
    if take:
        result["taken"] = {module: f"{recipe}{'+' * closed}"
                           for module, (recipe, closed) in take.items()}
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return result
