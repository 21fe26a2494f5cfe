# SPDX-License-Identifier: Apache-2.0
"""Stronger cells on the critical path of a netlist that misses its clock by little.

abc sizes between full adder cells, registers and boxes only, and sees none of them: a path through
several full adders, or from a memory into a box, is longer than it takes it to be.
"""
import dataclasses
import math
import re

import netlist
import writer

NEAR = 0.2    # of the clock: a lane that is further off is not closed by cells
ALONE = 0.3   # the same of a module by itself
ROUNDS = 150  # times that a cell of a module is made stronger at most
LANE = 60     # the same in a whole lane, which takes longer to time
PATIENCE = 10  # rounds before the pace is judged
WIDTH = 20    # cells of a path that are tried
LEAST = 5e-4  # ns that a stronger cell has to gain
SHARE = 2e-3  # or of the total negative slack
SPARE = 1e-3  # um2, above what sums of areas differ by
STRENGTH = re.compile(r"(?:_X?|X|x)(?:\d+(?:p\d+)?|p\d+)(?=_ASAP7|$)")  # in a cell's name


def stronger(cells, kind):
    """The next larger cell of the same function and pins; None where there is none."""
    if kind not in cells:
        return None
    own = cells[kind]

    def face(cell):
        return [(name, pin[0], pin[2]) for name, pin in cell.pins.items()], cell.functions

    above = [name for name, cell in cells.items() if cell.area > own.area and
             STRENGTH.sub("", name) == STRENGTH.sub("", kind) and face(cell) == face(own)]
    return min(above, key=lambda name: (cells[name].area, name), default=None)


def on_path(builder, whole, path):
    """(part, instance) of the library cells on a path of OpenSTA, each once, in order."""
    kept, names, found = {*whole.parts, *whole.rams}, {}, []
    for pin, _, _ in path:
        part = whole.top
        *places, _ = pin.split("/")
        for place in places:
            if part not in names:
                given = writer.cell_names(whole.parts[part].data, builder.loaded.cells, kept)
                names[part] = {name: instance for instance, name in given.items()}
            instance = names[part].get(place)
            kind = whole.parts[part].data["cells"][instance]["type"] if instance else None
            if kind in whole.parts:
                part = kind
            elif kind in builder.loaded.cells and (part, instance) not in found:
                found.append((part, instance))
    return found


def swapped(builder, whole, place, kind):
    """The netlist with another cell at a place."""
    part, instance = place
    data = dict(whole.parts[part].data)
    data["cells"] = dict(data["cells"])
    data["cells"][instance] = {**data["cells"][instance], "type": kind}
    pins = netlist.Pins(builder.loaded, whole.parts, whole.rams.values())
    recipe = whole.parts[part].recipe
    fresh = netlist.part(part, data, builder.loaded, pins, builder.gate_area,
                         recipe if recipe.endswith("+") else f"{recipe}+")
    return dataclasses.replace(whole, parts={**whole.parts, part: fresh})


def instances(builder, whole, place):
    """Paths, from the top, of all instances of a cell of a part."""
    part, instance = place
    kept = {*whole.parts, *whole.rams}
    names = {kind: writer.cell_names(each.data, builder.loaded.cells, kept)
             for kind, each in whole.parts.items()}

    def paths(kind):
        """Paths of the instances of a part, each with the slash behind it."""
        if kind == whole.top:
            return [""]
        return [f"{above}{names[user][box]}/" for user, each in whole.parts.items()
                if kind in each.boxes for above in paths(user)
                for box, cell in each.data["cells"].items() if cell["type"] == kind]

    return [path + names[part][instance] for path in paths(part)]


class Sizing:
    """Cells of one netlist that OpenSTA has, made stronger one by one."""

    def __init__(self, builder, whole, sta, own=None):
        self.builder, self.whole, self.sta, self.own = builder, whole, sta, own
        self.changed, self.paths = {}, {}  # (part, instance) -> cell, paths of all its instances
        self.more = 0.0                    # um2 of what was made stronger

    def candidates(self, path):
        """(place, its cell, a stronger one, um2 that it costs), the slowest steps of a path first."""
        cells, found, before = self.builder.loaded.cells, [], 0.0
        took = {}
        for pin, _, arrival in path:
            took[pin.rpartition("/")[0]] = took.get(pin.rpartition("/")[0], 0.0) + arrival - before
            before = arrival
        for place in on_path(self.builder, self.whole, path):
            part, instance = place
            now = self.changed.get(place) or self.whole.parts[part].data["cells"][instance]["type"]
            kind = stronger(cells, now)
            if kind is None or self.own not in (None, part):
                continue
            if place not in self.paths:
                self.paths[place] = instances(self.builder, self.whole, place)
            delay = max((took.get(name, 0.0) for name in self.paths[place]), default=0.0)
            cost = len(self.paths[place]) * (cells[kind].area - cells[now].area)
            found.append((delay, place, now, kind, cost))
        found.sort(key=lambda each: -each[0])
        return [each[1:] for each in found[:WIDTH]]

    def tried(self, place, now, kind):
        """(worst slack, total negative slack) with another cell at a place."""
        self.sta.exchange(self.paths[place], kind)
        found = self.sta.slack_ns(), self.sta.negative_ns()
        self.sta.exchange(self.paths[place], now)
        return found

    def step(self, slack, negative):
        """Makes the cell stronger that helps; whether there is one. Of those that gain at least half
        of what the best gains, the cheapest; where none gains slack, by total negative slack."""
        gains = []
        for place, now, kind, cost in self.candidates(self.sta.path()):
            slack_then, negative_then = self.tried(place, now, kind)
            gains.append((slack_then - slack, negative_then - negative, cost, place, kind))
        for least, gain in ((LEAST, lambda each: each[0]),
                            (SHARE * -negative, lambda each: each[1] * (each[0] > -LEAST))):
            good = [each for each in gains if gain(each) > least]
            if good:
                best = max(gain(each) for each in good)
                _, _, cost, place, kind = min((each for each in good if gain(each) >= 0.5 * best),
                                              key=lambda each: (each[2], -gain(each)))
                self.more += cost
                self.changed[place] = kind
                self.sta.exchange(self.paths[place], kind)
                return True
        return False


def hopeless(done, left):
    """Whether at the pace of the rounds that are done a lane is not on time after all of them;
    `left`: shares of the slack and of the total negative slack that are still missing."""
    return done >= PATIENCE and 1.0 - min(left) < done / LANE


def close(builder, whole, timed, folder, floor=0.0, own=None, budget=math.inf):
    """(netlist, its timing) after stronger cells, one at a time on the path that is the worst then,
    until the slack is `floor`; what was given, where that is not near, or cannot be had with less
    area than `budget`. `whole` is in `folder`, as Builder.write leaves it. With `own` only cells of
    that part change."""
    if not floor - (ALONE if own else NEAR) * builder.clock_ns <= timed.slack_ns < floor:
        return whole, timed
    with builder.session(whole, folder) as sta:
        work, rounds = Sizing(builder, whole, sta, own), ROUNDS if own else LANE
        first = timed.slack_ns, sta.negative_ns()
        for done in range(rounds):
            slack, negative = sta.slack_ns(), sta.negative_ns()
            if whole.area() + work.more >= budget + SPARE:
                return whole, timed
            left = (floor - slack) / (floor - first[0]), negative / first[1]
            if slack >= floor or (not own and hopeless(done, left)) or \
                    not work.step(slack, negative):
                break
    for place, kind in work.changed.items():
        whole = swapped(builder, whole, place, kind)
    if work.changed:
        builder.write(whole, folder)
        timed = builder.analyse(whole, folder)
        builder.say(f"{whole.top}: {len(work.changed)} stronger cells, {whole.area():.0f} um2, "
                    f"slack {timed.slack_ns:.3f} ns")
    return whole, timed
