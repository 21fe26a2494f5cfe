# SPDX-License-Identifier: Apache-2.0
"""Stronger cells on the critical path of a netlist that misses its clock by little.

abc sizes between full adder cells, registers and boxes only, and sees none of them: a path through
several full adders, or from a memory into a box, is longer than it takes it to be.
"""
import dataclasses
import re

import netlist
import writer

NEAR = 0.05   # of the clock: what is further off is not a matter of cells
ROUNDS = 12   # cells that are made stronger at most
LEAST = 5e-4  # ns that a stronger cell has to gain
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
    fresh = netlist.part(part, data, builder.loaded, pins, builder.gate_area)
    return dataclasses.replace(whole, parts={**whole.parts, part: fresh})


def close(builder, whole, timed, folder):
    """(netlist, its timing) after stronger cells; what was given, where nothing helps."""
    for _ in range(ROUNDS):
        if timed.slack_ns >= 0 or timed.slack_ns < -NEAR * builder.clock_ns:
            break
        best = None
        for place in on_path(builder, whole, timed.path):
            now = whole.parts[place[0]].data["cells"][place[1]]["type"]
            kind = stronger(builder.loaded.cells, now)
            if kind is None:
                continue
            tried = swapped(builder, whole, place, kind)
            builder.write(tried, folder)
            slack = builder.analyse(tried, folder)
            if slack.slack_ns > (best[1] if best else timed).slack_ns + LEAST:
                best = (tried, slack)
        if best is None:
            break
        whole, timed = best
        builder.say(f"{whole.top}: stronger cells, {whole.area():.0f} um2, "
                    f"slack {timed.slack_ns:.3f} ns")
    return whole, timed
