# SPDX-License-Identifier: Apache-2.0
"""Synthesis from the bottom up: a module's boxes first, each once, then the module by recipes."""
import dataclasses
import functools
import hashlib
import json
import os
import pathlib
import pickle
import re
import subprocess
import tempfile
import threading

import exchange
import flow
import lanes
import mapping
import memory
import netlist
import rtl
import search
import session
import sizing
import timing
import writer
import yosys

RAM = "flashd_ram"
CLOSED = 6  # near misses of a module that are given stronger cells

# Where a cell stands in the source changes nothing about it.
SRC = re.compile(r"^ *attribute \\src .*\n", re.MULTILINE)


class Refused(Exception):
    """Something is in the netlist that must not be; one sentence a line."""


@dataclasses.dataclass
class Trial:
    """One recipe's result: area with everything below, and its worst slack."""
    recipe: str
    area: float
    slack_ns: float


@dataclasses.dataclass
class Mapped:
    """A module and everything below it: parts by name (bottom first), memories, trials, and what
    else a part may be, by area."""
    top: str
    parts: dict
    rams: dict     # type -> memory.Ram
    gate_area: float
    trials: dict   # part -> list of Trial
    others: dict = dataclasses.field(default_factory=dict)  # part -> list of (Part, Trial)
    keys: dict = dataclasses.field(default_factory=dict)    # part -> mark of what made it

    def count(self, name=None, times=1, found=None):
        """Type of part or memory -> number of instances in the whole design."""
        found = {} if found is None else found
        for kind, number in self.parts[name or self.top].boxes.items():
            found[kind] = found.get(kind, 0) + times * number
            if kind in self.parts:
                self.count(kind, times * number, found)
        return found

    def area(self):
        """um2 of all cells."""
        total = self.parts[self.top].area
        return total + sum(number * self.parts[kind].area
                           for kind, number in self.count().items() if kind in self.parts)

    def cells(self):
        """Library cell -> number in the whole design."""
        found = dict(self.parts[self.top].cells)
        for kind, number in self.count().items():
            for cell, each in (self.parts[kind].cells if kind in self.parts else {}).items():
                found[cell] = found.get(cell, 0) + number * each
        return found

    def memory_bits(self):
        return sum(number * self.rams[kind].size for kind, number in self.count().items()
                   if kind in self.rams)


def mark(*things):
    """Hash of texts and values."""
    digest = hashlib.sha256()
    for thing in things:
        digest.update(thing.encode() if isinstance(thing, str) else repr(thing).encode())
        digest.update(b"\0")
    return digest.hexdigest()


def hash_of(files):
    """Hash of the text of files of the repository."""
    return mark(*((rtl.ROOT / file).read_text(encoding="utf-8") for file in files))


# Of the code that makes netlists, as it is when it is loaded.
CODE_HASH = hash_of(sorted(
    str(path.relative_to(rtl.ROOT)) for path in (*(rtl.ROOT / "synth").glob("*.py"),
                                                 *(rtl.ROOT / "synth/techmap").glob("*.v"))
    if path.stem in ("build", "mapping", "netlist", "library", "memory", "adders", "constant",
                     "timing", "writer", "flow", "sizing", "search", "exchange", "session", "yosys")))


@functools.lru_cache(maxsize=None)
def versions():
    """First lines of what the programs that make netlists say of themselves."""
    found = {}
    for name, command in (("yosys", [yosys.program(), "-V"]),
                          ("sta", [timing.program(), "-version"])):
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        found[name] = (done.stdout.strip().splitlines() or [""])[0]
    return found


class Builder:
    """Maps modules of `files` to a library at one clock, with a cache on disk."""

    def __init__(self, loaded, files, elements, clock_ns, where, say=lambda line: None,
                 search=True, take=None):
        self.search = search  # else one recipe
        self.take = take or {}  # module -> (recipe instead of a search, stronger cells after it)
        self.loaded, self.files, self.elements = loaded, list(files), tuple(elements)
        self.clock_ns, self.where, self.say = clock_ns, pathlib.Path(where), say
        self.library_files = self._store()
        self.flow_hash = mark(CODE_HASH, versions(), *loaded.texts.values())
        gate = loaded.library.gate
        self.gate_area = sum(loaded.area(cell) for cell in
                             (gate.latch, gate.inverter, gate.conjunction)) if gate else 0.0

    def _store(self):
        """Plain liberty files in the work folder, name -> path; never in the repository."""
        folder = self.where / "libraries" / self.loaded.name
        folder.mkdir(parents=True, exist_ok=True)
        (self.where / "work").mkdir(exist_ok=True)
        found = {}
        for name, text in self.loaded.texts.items():
            path = folder / name
            if not path.exists() or path.stat().st_size != len(text.encode()):
                path.write_text(text, encoding="utf-8")
            found[name] = path
        return found

    def map(self, top, parameters):
        """Mapped of a lane, from the cache if it was done before. Raises Refused."""
        return self._map(top, parameters, whole=True)

    def _map(self, top, parameters, whole=False):
        """Mapped of a module; with `whole` its boxes may become others for its sake."""
        result, texts = self._elaborate(top, parameters)
        key = mark(self.flow_hash, SRC.sub("", texts["elab.il"]), texts["boxes.v"], result.keys,
                   self.clock_ns, self.search, whole,
                   *([self.take[top]] if top in self.take else []))
        cached = self.where / "cache" / f"{top}_{key[:24]}.pickle"
        if not cached.exists():
            before = dict(result.parts)
            self._coarse(top, texts)
            self._choose(result, texts)
            if whole and self.search and top not in self.take:
                self._settle(result)
            changed = {name: part for name, part in result.parts.items()
                       if before.get(name) is not part}
            others = [] if whole else result.others[top]
            cached.parent.mkdir(exist_ok=True)
            fresh = cached.with_suffix(f".{os.getpid()}_{threading.get_ident()}.part")
            fresh.write_bytes(pickle.dumps((changed, result.trials[top], others)))
            fresh.replace(cached)
        changed, result.trials[top], result.others[top] = pickle.loads(cached.read_bytes())
        result.parts.update(changed)
        result.keys[top] = key
        return result

    def _yosys(self, script, texts=None, with_sources=False, with_cells=False):
        return yosys.run(script, self.files if with_sources else [], texts,
                         self.library_files if with_cells else {}, self.where / "work")

    def _elaborate(self, top, parameters):
        """Mapped with everything below `top`, and the texts of its word-level design."""
        modules = [name for name in (*self.elements, RAM) if name != top]
        sources = [file for file in self.files if file.endswith(".sv")]
        with self._yosys(mapping.elaborate(top, parameters, sources, modules),
                         with_sources=True) as run:
            if run.status:
                raise Refused("\n".join(flow.failure(run)))
            design, boxes = mapping.boxes_of(
                (run.folder / "elab.il").read_text(encoding="utf-8"), modules)
        below, rams = {}, {}
        result = Mapped(top, {}, rams, self.gate_area, {})
        for box in boxes:
            values = dict(box.values)
            if box.module == RAM:
                rams[box.name] = memory.Ram(values["Bits"], values["Depth"], values["AddrBits"])
                continue
            names = lanes.overridable(box.module, self.files)
            sub = self._map(box.module, {k: v for k, v in values.items() if k in names})
            for mine, of_box in ((below, sub.parts), (result.trials, sub.trials),
                                 (result.others, sub.others), (result.keys, sub.keys)):
                mine.update({box.name if name == sub.top else name: each
                             for name, each in of_box.items()})
            rams.update(sub.rams)
        result.parts.update(below)
        declared = "".join(mapping.declaration(name, each.ports()) for name, each in below.items())
        declared += "".join(mapping.declaration(ram.name, ram.ports()) for ram in rams.values())
        declared += mapping.declaration(mapping.GATE, (
            ("clk_i", "input", 1), ("en_i", "input", 1), ("clk_o", "output", 1)))
        return result, {"elab.il": design, "boxes.v": declared}

    def _coarse(self, top, texts):
        """Adds coarse.il to the texts. Raises Refused."""
        with self._yosys(mapping.coarse(top), texts) as run:
            if run.status:
                raise Refused("\n".join(flow.failure(run)))
            wrong = flow.memories((run.folder / "rams.il").read_text(encoding="utf-8"))
            if wrong:
                raise Refused("\n".join(f"memory {name} is not in a flashd_ram" for name in wrong))
            texts["coarse.il"] = (run.folder / "coarse.il").read_text(encoding="utf-8")

    def _choose(self, result, texts):
        """Tries recipes on coarse.il: the smallest that meets the clock, else the fastest."""
        done, top = {}, result.top

        def attempt(recipe):
            if recipe not in done:
                done[recipe] = self._attempt(result, texts, recipe)
                self._told(top, done[recipe][1])
            return done[recipe][1].slack_ns

        adders = bool(self.loaded.library.adder)
        taken, stronger = self.take.get(top, (None, False))
        if taken:
            attempt(taken)
        elif self.search:
            search.tries(attempt, adders, self.clock_ns,
                         search.COARSE if result.parts else search.EFFORTS)
        else:
            attempt(mapping.Recipe("keep", adders, 0, adders))
        found = list(done.values())
        if stronger or (self.search and not taken):
            found += self._stronger(result, found)
        result.parts[top] = search.smallest(found)[0]
        result.trials[top] = [trial for _, trial in found]
        result.others[top] = found

    def _promise(self, part, trial, floor):
        """um2 that a near miss may have with stronger cells: a tenth of the clock costs some 1 %."""
        return trial.area + 0.1 * part.area * (floor - trial.slack_ns) / self.clock_ns

    def _told(self, top, trial):
        self.say(f"{top}: {trial.recipe} {trial.area:.0f} um2, slack {trial.slack_ns:.3f} ns")

    def _stronger(self, result, found, floor=0.0):
        """[(part, Trial)] of near misses with stronger cells, up to the slack `floor`: those that
        promise to be the smallest."""
        _, best = search.smallest(found, floor)
        near = {(trial.area, trial.slack_ns): (self._promise(part, trial, floor), part, trial)
                for part, trial in found
                if floor > trial.slack_ns >= floor - sizing.ALONE * self.clock_ns and
                (best.slack_ns < floor or self._promise(part, trial, floor) < best.area)}
        top, more = result.top, []
        for _, part, trial in sorted(near.values(), key=lambda each: each[0])[:CLOSED]:
            whole = dataclasses.replace(result, parts={**result.parts, top: part})
            with tempfile.TemporaryDirectory(dir=self.where / "work") as name:
                folder = pathlib.Path(name)
                self.write(whole, folder)
                whole, timed = sizing.close(self, whole, self.analyse(whole, folder), folder,
                                            floor, top)
            if whole.parts[top] is not part:
                more.append((whole.parts[top], Trial(f"{trial.recipe}+", whole.area(),
                                                     timed.slack_ns)))
                self._told(top, more[-1][1])
        return more

    def _settle(self, result):
        """Other netlists of the boxes, where the whole gains by them."""
        late = exchange.reachable(result)
        for kind, found in result.others.items():
            if late < 0 and kind != result.top:
                found = found + self._stronger(dataclasses.replace(result, top=kind), found, late)
            result.others[kind] = found if kind == result.top else search.worthwhile(found)
        with tempfile.TemporaryDirectory(dir=self.where / "work") as name:
            folder = pathlib.Path(name)
            self.write(result, folder)
            timed = self.analyse(result, folder)
        whole, slack = exchange.settled(self, result, timed)
        if whole is not result:
            result.parts.update(whole.parts)
            result.trials[result.top].append(Trial("boxes that fit", whole.area(), slack))

    def _attempt(self, result, texts, recipe):
        """Part and Trial of one recipe."""
        top = result.top
        script = mapping.gates(top, self.loaded, recipe, self.clock_ns)
        pins = netlist.Pins(self.loaded, result.parts, result.rams.values())
        with self._yosys(script, {**texts, **mapping.texts(self.loaded)}, with_cells=True) as run:
            if run.status:
                raise Refused("\n".join(flow.failure(run)))
            design = json.loads((run.folder / "mapped.json").read_text(encoding="utf-8"))
            module = design["modules"][top]
            known = {*self.loaded.cells, *result.parts, *result.rams, mapping.GATE, "$scopeinfo"}
            odd = sorted({cell["type"] for cell in module["cells"].values()} - known)
            if odd:
                raise Refused("\n".join(f"cells that were not mapped: {name}" for name in odd))
            netlist.drop_chains(module, self.loaded)
            netlist.add_buffers(module, self.loaded, pins)
            part = netlist.part(top, module, self.loaded, pins, self.gate_area, str(recipe))
            whole = dataclasses.replace(result, parts={**result.parts, top: part})
            self.write(whole, run.folder)
            timed = self.analyse(whole, run.folder)
        return part, Trial(str(recipe), whole.area(), timed.slack_ns)

    def write(self, whole, folder, name="lane.v"):
        """The netlist and the memories' liberty file in `folder`."""
        kept = {*whole.parts, *whole.rams}
        texts = [mapping.gate_module(self.loaded.library.gate)] if self.loaded.library.gate else []
        for kind, part in whole.parts.items():
            texts.append(writer.verilog(kind, part.data, self.loaded.cells, kept))
        (folder / name).write_text("\n".join(texts), encoding="utf-8")
        if whole.rams:
            load = 2 * self.loaded.cells[self.loaded.library.nand2].pins_load()
            (folder / "memories.lib").write_text(
                memory.liberty(whole.rams.values(), self.loaded.time_scale, load),
                encoding="utf-8")

    def _netlist(self, whole, folder):
        """What OpenSTA is told of a netlist that `write` left in `folder`."""
        libraries = list(self.library_files.values()) + ["memories.lib"] * bool(whole.rams)
        return folder, libraries, "lane.v", whole.top, self.loaded, self.clock_ns

    def analyse(self, whole, folder):
        """Its timing."""
        return timing.analyse(*self._netlist(whole, folder))

    def session(self, whole, folder):
        """The same netlist, kept in OpenSTA."""
        return session.Session(*self._netlist(whole, folder))
