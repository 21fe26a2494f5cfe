#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The search for small netlists: which recipes are tried, which netlist is taken, how a lane's boxes
make way for it, and that stronger cells do what OpenSTA says they do."""
import dataclasses
import math
import pathlib
import tempfile
import types

import synth

import build  # noqa: E402
import exchange  # noqa: E402
import library  # noqa: E402
import mapping  # noqa: E402
import netlist  # noqa: E402
import search  # noqa: E402
import sizing  # noqa: E402
import timing  # noqa: E402

NEVER = (1000.0, -9.0)  # area in um2 and slack in ns of a recipe that a case does not name


def part(area, boxes=None):
    return types.SimpleNamespace(area=area, boxes=boxes or {}, recipe="")


class Told(build.Builder):
    """A builder whose recipes have the results of a table, (area, slack), and whose near misses meet
    the clock with 2 um2 of stronger cells, but for areas that end with .5."""

    def __init__(self, results, folder, **more):
        self.results, self.where, self.search, self.clock_ns = results, folder, True, 2.0
        self.take, self.asked, self.say = {}, [], lambda line: None
        self.loaded = types.SimpleNamespace(library=types.SimpleNamespace(adder="FA"))
        self.__dict__.update(more)

    def _attempt(self, result, texts, recipe):
        self.asked.append(str(recipe))
        area, slack = self.results.get(str(recipe), NEVER)
        return part(area), build.Trial(str(recipe), area, slack)

    def write(self, whole, folder):
        pass

    def analyse(self, whole, folder):
        return types.SimpleNamespace(slack_ns=-0.01, path=[])


def close(_builder, whole, timed, _folder, _floor=0.0, own=None):
    area = whole.parts[own].area
    if area % 1 == 0.5:
        return whole, timed
    return dataclasses.replace(whole, parts={**whole.parts, own: part(area + 2)}), \
        types.SimpleNamespace(slack_ns=0.01)


# What it is -> (results of recipes, area that is taken, what is tried, what is not).
CASES = {
    "the smallest of those that meet": (
        {"keep fa12x": (100, 0.1), "keep fa20x": (99, 0.1), "keep fa28x": (98, -0.9),
         "spare fa20x": (90, 0.1), "dc2 fa20x": (80, -0.7)},
        90, ("area fa20x",), ("fast gates", "spare fa28x")),
    "longer chains that miss by little are tried with all scripts": (
        {"keep fa12x": (100, 0.1), "keep fa20x": (99, -0.1), "keep fa16x": (98, -0.1),
         "spare fa16x": (90.5, 0.1)}, 90.5, ("dc2 fa16x", "area fa16x", "spare fa12x"),
        ("fast gates",)),
    "a smaller near miss, with stronger cells": (
        {"keep fa12x": (100, 0.1), "spare fa12x": (90, -0.09)}, 92, (), ("fast gates",)),
    "a near miss that is larger with them": (
        {"keep fa12x": (100, 0.1), "spare fa12x": (99, -0.09)}, 100, (), ()),
    "a near miss that they do not help": (
        {"keep fa12x": (100, 0.1), "spare fa12x": (90.5, -0.09)}, 100, (), ()),
    "no near miss": ({"keep fa12x": (100, 0.1), "spare fa12x": (80, -0.7)}, 100, (), ()),
    "efforts, each script to its first that meets": (
        {"fast gates": (100, -0.2), "fast gates 0.90": (110, 0.1), "fast gates 0.60": (105, 0.2),
         "spare gates": (107, -0.3), "spare gates 0.90": (107, -0.3),
         "spare gates 0.80": (108, 0.0), "keep gates 0.60": (120, 0.3),
         "fast fa0 0.60": (130, 0.3)},
        102, ("keep gates 0.60", "spare gates 0.80", "fast gates 0.90", "fast fa0 0.60"),
        ("spare gates 0.70", "fast gates 0.80")),
    "the fastest where none comes near": (
        {"keep gates": (90, -0.9), "spare gates 0.60": (95, -0.7)}, 95, ("fast gates 0.60",), ()),
}


def choices(folder):
    """(sentence, whether it holds) of every case."""
    for what, (results, area, tried, never) in CASES.items():
        builder = Told(results, folder)
        result = build.Mapped("m", {}, {}, 0.0, {})
        builder._choose(result, {})
        taken = result.parts["m"].area
        listed = [trial.recipe for trial in result.trials["m"]]
        good = taken == area and set(tried) <= set(builder.asked) and \
            not set(never) & set(builder.asked) and \
            len(set(builder.asked)) == len(builder.asked) and set(builder.asked) <= set(listed)
        yield f"{what}: {taken:g} um2 of {len(listed)} tries", good
    builder = Told({}, folder, search=False)
    builder._choose(build.Mapped("m", {}, {}, 0.0, {}), {})
    yield f"--plain: {builder.asked}", builder.asked == [str(mapping.Recipe("keep", True, 0, True))]
    recipe = mapping.Recipe("spare", effort=0.7)
    for take, wanted in (({"m": (recipe, False)}, 90), ({"m": (recipe, True)}, 92)):
        builder = Told({"spare gates 0.70": (90, -0.01)}, folder, take=take)
        result = build.Mapped("m", {}, {}, 0.0, {})
        builder._choose(result, {})
        yield f"a named recipe alone: {result.parts['m'].area:g} um2 of {builder.asked}", \
            builder.asked == ["spare gates 0.70"] and result.parts["m"].area == wanted
    builder = Told({}, folder, take={"n": (recipe, True)})
    builder._choose(build.Mapped("m", {}, {}, 0.0, {}), {})
    yield "another module's named recipe changes nothing", len(builder.asked) > 5


class Lane(Told):
    """A lane of ten boxes `big`, one `small` and itself, whose slack is that of the least of them."""

    def __init__(self, folder, slacks):
        super().__init__({}, folder)
        self.slacks = slacks  # area -> slack in the lane

    def analyse(self, whole, folder):
        worst = min((self.slacks[each.area], kind) for kind, each in whole.parts.items())
        return types.SimpleNamespace(slack_ns=worst[0], path=[worst[1]])


def exchanges(folder):
    """(sentence, whether it holds): boxes that give way, and those that shrink."""
    kept = sizing.on_path, sizing.close
    sizing.on_path = lambda builder, whole, path: [(path[0], "g1")]
    budgets = set()

    def close(_builder, whole, timed, _folder, _floor, budget):
        budgets.add(budget)
        return whole, timed
    sizing.close = close
    cases = {
        # areas of big, small, top; slacks in the lane; what the lane ends with
        "a box whose slack is spent gets larger": ((100, 50, 300), {100: -0.2, 110: 0.1}, 110, 50),
        "the smaller one of those that do": (
            (100, 50, 300), {100: -0.2, 110: 0.1, 130: 0.3}, 110, 50),
        "one step is not enough": ((100, 50, 300), {100: -0.3, 110: -0.1, 130: 0.3}, 130, 50),
        "a smaller box where there is slack": ((110, 50, 300), {100: 0.0, 110: 0.1}, 100, 50),
        "not where it would miss": ((110, 50, 300), {100: -0.01, 110: 0.1}, 110, 50),
        "the other box makes way where that saves area": (
            (110, 50, 300), {100: -0.01, 110: 0.1, "both": True}, 100, 60),
        "a lane on time stays so, though a box is late by itself": (
            (110, 50, 300), {100: -0.02, 110: 0.1, "alone": -0.08}, 110, 50),
        "a lane is not faster than its slowest box": (
            (100, 50, 300), {100: -0.2, 110: -0.06, 130: 0.1, "alone": -0.08}, 110, 50),
    }
    for what, (areas, slacks, big, small) in cases.items():
        both, alone = slacks.pop("both", False), slacks.pop("alone", 0.1)
        table = {5: 9.0, 6: 9.0, 50: 0.2, 60: 0.3, 300: 0.2, **slacks}

        class Mine(Lane):
            def analyse(self, whole, folder, both=both):
                found = super().analyse(whole, folder)
                if both and whole.parts["small"].area == 60 and whole.parts["big"].area == 100:
                    found.slack_ns = 0.05
                elif both and whole.parts["big"].area == 100:
                    found.path = ["small"]
                return found
        builder = Mine(folder, table)
        parts = {"nowhere": part(6), "big": part(areas[0]), "small": part(areas[1]),
                 "top": part(areas[2], {"big": 10, "small": 1})}
        others = {"big": [(part(area), build.Trial("r", area, alone)) for area in sorted(slacks)],
                  "nowhere": [(part(area), build.Trial("r", area, 0.1)) for area in (5, 6)],
                  "small": [(part(area), build.Trial("r", area, 0.1)) for area in (50, 60)],
                  "top": [(parts["top"], build.Trial("r", 300, 0.1))]}
        whole = build.Mapped("top", parts, {}, 0.0, {}, others)
        done, slack = exchange.settled(builder, whole, builder.analyse(whole, folder))
        found = done.parts["big"].area, done.parts["small"].area
        yield f"{what}: {found[0]} and {found[1]} um2, slack {slack}", found == (big, small)
    sizing.on_path, sizing.close = kept
    # What lanes of these cases have before a box of them shrinks: ten big ones, a small one and 300.
    yield f"stronger cells end at {sorted(budgets)} um2", \
        budgets == {10 * big + small + 300 for big, small in ((110, 50), (100, 60), (130, 50))} | \
        {math.inf}
    yield from own_recipes(folder)


def own_recipes(folder):
    """(sentence, whether it holds): of a lane's own recipes those that are far off cost no try, and
    one that is near does though many are smaller."""
    builder = Lane(folder, {100: 0.3, 300: 0.2, 290: 0.1, **{200 + each: -0.9 for each in range(40)}})
    timed, kept = [], sizing.on_path

    def analyse(whole, folder):
        timed.append(whole.parts["top"].area)
        return Lane.analyse(builder, whole, folder)
    builder.analyse, sizing.on_path = analyse, lambda builder, whole, path: []
    tops = [(part(area, {"box": 2}), build.Trial("r", area, slack)) for area, slack in
            ((300, -0.02), (290, -0.02), *((200 + each, -0.9) for each in range(40)))]
    whole = build.Mapped("top", {"box": part(100), "top": tops[0][0]}, {}, 0.0, {},
                         {"box": [(part(100), build.Trial("r", 100, 0.1))], "top": tops})
    done, _ = exchange.settled(builder, whole, analyse(whole, folder))
    sizing.on_path = kept
    yield f"{len(timed)} of {len(tops)} recipes of a lane timed again", \
        timed == [300, 290] and done.parts["top"].area == 290


def broken(folder, loaded):
    """(sentence, whether it holds): an OpenSTA that cannot read, one that ends, and a cell that is
    none are one error each."""
    builder = build.Builder(loaded, (), (), 2.0, folder)
    whole = build.Mapped("chain", {"chain": chain(loaded)}, {}, 0.0, {})
    builder.write(whole, folder)

    def ended(sta):
        sta.sta.kill()
        sta.sta.wait()
        sta.slack_ns()
    for what, does, top in (("nothing to link", lambda sta: sta.slack_ns(), "none"),
                            ("OpenSTA ended", ended, "chain"),
                            ("no such instance", lambda sta: sta.exchange(["u/x"], "INVX4"),
                             "chain"),
                            ("no such cell", lambda sta: sta.exchange(["g1"], "INVX5"), "chain")):
        try:
            with builder.session(dataclasses.replace(whole, top=top), folder) as sta:
                does(sta)
            said = ""
        except RuntimeError as sentence:
            said = str(sentence)
        yield f"{what}: {said[:90]}", said.startswith("OpenSTA ")


# Four inverters in a row behind a register, then sixteen inputs and a register.
CHAIN = 4
LOADS = 16


def chain(loaded):
    """Part: a register, weak inverters, a wide load, a register; of the default library's cells."""
    bit, cells, nets = 3, {}, {}

    def add(name, kind, **pins):
        cells[name] = {"type": kind, "attributes": {}, "parameters": {},
                       "connections": {pin: [net] for pin, net in pins.items()}}
    add("first", "DFFPOSX1", CLK=2, D=90, Q=bit)
    for index in range(CHAIN):
        add(f"turn{index}", "INVX1", A=bit, Y=bit + 1)
        bit += 1
    for index in range(LOADS):
        add(f"load{index}", "INVX8", A=bit, Y=50 + index)
        add(f"last{index}", "DFFPOSX1", CLK=2, D=50 + index, Q=100 + index)
    ports = {"clk_i": {"direction": "input", "bits": [2]},
             "d_i": {"direction": "input", "bits": [90]},
             "q_o": {"direction": "output", "bits": [100 + index for index in range(LOADS)]}}
    module = {"ports": ports, "cells": cells, "netnames": nets}
    return netlist.part("chain", module, loaded, netlist.Pins(loaded, {}, []), 0.0)


def inside(builder, chain_alone, folder, period):
    """(sentence, whether it holds) of two such chains in a lane: a cell of both is exchanged, and the
    session then says what a fresh OpenSTA says of the netlist that is written."""
    def box(name, given, out):
        return {"type": "chain", "attributes": {}, "parameters": {}, "connections": {
            "clk_i": [2], "d_i": [given], "q_o": list(range(out, out + LOADS))}}
    ports = {"clk_i": {"direction": "input", "bits": [2]},
             "d_i": {"direction": "input", "bits": [3]},
             "q_o": {"direction": "output", "bits": list(range(40, 40 + LOADS))}}
    module = {"ports": ports, "netnames": {}, "cells": {
        "first": box("first", 3, 10), "second": box("second", 10, 40)}}
    parts = dict(chain_alone.parts)
    pins = netlist.Pins(builder.loaded, parts, [])
    parts["lane"] = netlist.part("lane", module, builder.loaded, pins, 0.0)
    whole = build.Mapped("lane", parts, {}, 0.0, {})
    builder.clock_ns = 0.9 * period
    builder.write(whole, folder)
    before = builder.analyse(whole, folder)
    better, timed = sizing.close(builder, whole, before, folder)
    builder.write(whole, folder)
    enough, _ = sizing.close(builder, whole, before, folder, budget=better.area() + 0.01)
    builder.write(whole, folder)
    short, late = sizing.close(builder, whole, before, folder, budget=better.area() - 0.01)
    yield (f"{better.area() - whole.area():.3f} um2 are spent of a budget with room for them only",
           enough.area() == better.area() > whole.area() and short is whole and late is before)
    cells = better.parts["chain"].data["cells"]
    changed = {name: cell["type"] for name, cell in cells.items()
               if cell["type"] != parts["chain"].data["cells"][name]["type"]}
    builder.write(whole, folder)
    with builder.session(whole, folder) as sta:
        for name, kind in changed.items():
            sta.exchange(sizing.instances(builder, whole, ("chain", name)), kind)
        slack, path = sta.slack_ns(), [step[0] for step in sta.path()]
    count = len(sizing.instances(builder, whole, ("chain", "turn0")))
    yield (f"{len(changed)} cells of {count} boxes, slack {before.slack_ns} to {timed.slack_ns} ns",
           before.slack_ns < 0 <= timed.slack_ns and len(changed) == 1 and count == 2 and
           abs(slack - timed.slack_ns) < 1e-3 and path == [step[0] for step in timed.path] and
           better.parts["chain"].recipe == "+" and better.area() > whole.area())


def strengthened(folder, loaded):
    """(sentence, whether it holds): a chain that misses its clock gets stronger cells until it meets
    it, OpenSTA says the same of the netlist that is written, and one that is far off stays."""
    builder = build.Builder(loaded, (), (), 2.0, folder)
    whole = build.Mapped("chain", {"chain": chain(loaded)}, {}, 0.0, {})

    def at(clock):
        builder.clock_ns = clock
        builder.write(whole, folder)
        return builder.analyse(whole, folder)
    period = at(5.0).min_period_ns
    yield from inside(builder, whole, folder, period)
    for share, meets in ((0.9, True), (0.5, False)):
        before = at(period * share)
        better, timed = sizing.close(builder, whole, before, folder, own="chain")
        with builder.session(better, folder) as sta:
            same = abs(sta.slack_ns() - timed.slack_ns) < 1e-3 and \
                [step[0] for step in sta.path()] == [step[0] for step in timed.path]
        changed = [name for name, cell in better.parts["chain"].data["cells"].items()
                   if cell["type"] != whole.parts["chain"].data["cells"][name]["type"]]
        yield (f"{len(changed)} stronger cells, slack {before.slack_ns} to {timed.slack_ns} ns",
               same and
               (meets and before.slack_ns < 0 <= timed.slack_ns and len(changed) == 1 and
                better.area() > whole.area() or not meets and better is whole))


def main():
    try:
        loaded = library.load(library.DEFAULT)
        timing.program()
    except library.Unusable as sentence:
        raise synth.rtl.Skip(str(sentence)) from sentence
    kept = sizing.close
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "work").mkdir()
        sizing.close = close
        found = list(choices(folder))
        sizing.close = kept
        found += list(exchanges(folder)) + list(strengthened(folder, loaded))
        found += list(broken(folder, loaded))
    kept = [trial.area for _, trial in search.worthwhile(
        [(None, build.Trial("r", area, slack)) for area, slack in
         ((9, 0.2), (8, 0.1), (8, 0.05), (7, 0.1), (9.5, 0.2), (12, 0.3), (6, -0.1))])]
    found.append((f"worth keeping {kept}", kept == [6, 7, 9, 12]))
    return synth.verdict(found)


if __name__ == "__main__":
    synth.run(main)
