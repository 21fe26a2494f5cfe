# SPDX-License-Identifier: Apache-2.0
"""A standard cell as the simulator needs it: truth tables, delay arcs, energy tables by state.

A *state* is one bit per input (in the order of `inputs`, from bit 0), then one per output.
"""
import dataclasses
import re
from typing import Optional

import numpy

COMBINATIONAL, FLIP_FLOP, LATCH = 0, 1, 2
NONE = 0xFFFF   # no energy in this state
RISE, FALL = 0, 1
WORD = re.compile(r"[A-Za-z_][\w\[\].]*|[01]|[!&|^+*()']")
SENSES = {"positive_unate": (0, ), "negative_unate": (1, ), "non_unate": (0, 1)}


class Boolean:
    """Evaluates a Liberty function on arrays of truth values."""

    def __init__(self, text, values):
        self.words = WORD.findall(text)
        self.values = values
        self.place = 0

    def result(self):
        value = self.either()
        if self.place != len(self.words):
            raise ValueError(f"function {' '.join(self.words)}: unexpected "
                             f"{self.words[self.place]}")
        return value

    def next(self):
        return self.words[self.place] if self.place < len(self.words) else ""

    def either(self):
        value = self.both()
        while self.next() in ("|", "+"):
            self.place += 1
            value = value | self.both()
        return value

    def both(self):
        value = self.differ()
        while self.next() and self.next() not in ("|", "+", ")"):
            self.place += self.next() in ("&", "*")
            value = value & self.differ()
        return value

    def differ(self):
        value = self.single()
        while self.next() == "^":
            self.place += 1
            value = value ^ self.single()
        return value

    def single(self):
        word = self.next()
        self.place += 1
        if word == "!":
            return ~self.single()
        if word == "(":
            value = self.either()
            self.place += 1
        elif word in ("0", "1"):
            value = numpy.full(next(iter(self.values.values())).shape, word == "1")
        else:
            value = self.values[word]
        while self.next() == "'":
            self.place += 1
            value = ~value
        return value


class Arc:
    """Delay and slew of one input to one output; [RISE, FALL] of the output."""

    def __init__(self):
        self.delay = [[], []]   # tables
        self.slew = [[], []]
        self.causes = [set(), set()]  # edges of the input that can cause the output's edge


@dataclasses.dataclass
class Entry:
    """Energy of one edge of a pin under one condition: weight times the sum of the tables."""
    tables: list
    source: int            # the input that changes, or that makes the output change
    output: Optional[int]  # the output that changes
    edge: int
    weight: float = 1.0
    shared: bool = False   # halved, because another output carries the same energy


class Cell:
    """One type of cell. Raises ValueError where its liberty cannot be simulated."""

    def __init__(self, group, units):
        self.name = group.names[0]
        self.units = units
        pins = {pin.names[0]: pin for pin in group.all("pin")}
        self.inputs = [name for name, pin in pins.items() if pin.text("direction") == "input"]
        self.outputs = [name for name, pin in pins.items() if pin.text("direction") == "output"]
        self.area = group.number("area")
        self.caps = [pins[name].number("capacitance", units.input_cap / units.farad) * units.farad
                     for name in self.inputs]
        self.dual = 0  # energy entries halved because two outputs carry the same energy
        self.sequence(group)
        self.functions(group, pins)
        self.arcs = [[self.arc(pins[output], name) for name in self.inputs]
                     for output in self.outputs]
        self.leakages(group)
        self.entries = []
        self.input_energy = [self.energies(pins[name], number, None)
                             for number, name in enumerate(self.inputs)]
        self.output_energy = [[self.energies(pins[output], source, number)
                               for source in range(len(self.inputs))]
                              for number, output in enumerate(self.outputs)]
        self.share()

    @property
    def states(self):
        return 1 << (len(self.inputs) + len(self.outputs))

    def bits(self, count, extra=()):
        """Name -> truth values over 2^(inputs + extra) indices."""
        index = numpy.arange(count)
        return {name: (index >> bit & 1).astype(bool)
                for bit, name in enumerate([*self.inputs, *extra])}

    def table(self, text, default=False):
        """Truth table over the inputs."""
        count = 1 << len(self.inputs)
        if text is None:
            return numpy.full(count, default)
        return Boolean(text, self.bits(count) or {"": numpy.zeros(count, bool)}).result()

    def held_values(self):
        """Truth values over inputs and, as the highest bit, the state of the cell."""
        count = 2 << len(self.inputs)
        values = self.bits(count)
        held = numpy.arange(count) >> len(self.inputs) & 1 == 1
        values[self.state_names[0]] = held
        values[self.state_names[1]] = ~held
        return values

    def held_table(self, text):
        """Truth table over inputs and state; a flip-flop with an enable may keep its state."""
        if text is None:
            return numpy.zeros(2 << len(self.inputs), bool)
        return Boolean(text, self.held_values()).result()

    def sequence(self, group):
        """What kind of cell it is, and the functions that change its state."""
        flip_flop = next(iter(group.all("ff")), None)
        latch = next(iter(group.all("latch")), None)
        gate = group.text("clock_gating_integrated_cell")
        self.is_gate = gate is not None
        self.kind = COMBINATIONAL
        self.state_names = ("", "")
        self.clock = self.clear = self.preset = self.table(None)
        self.data = self.held_table(None)
        if gate:
            pins = {key: pin.names[0] for pin in group.all("pin") for key in
                    ("clock_gate_clock_pin", "clock_gate_enable_pin", "clock_gate_test_pin")
                    if pin.text(key) == "true"}
            if not gate.startswith("latch_posedge"):
                raise ValueError(f"{self.name}: clock gates other than latch_posedge are not known")
            self.kind = LATCH
            enable = pins["clock_gate_enable_pin"]
            test = pins.get("clock_gate_test_pin")
            self.clock = self.table("!" + pins["clock_gate_clock_pin"])
            self.data = self.held_table(f"{enable} | {test}" if test else enable)
            self.state_names = ("IQ", "IQN")
            self.gate_function = f"{pins['clock_gate_clock_pin']} & IQ"
        elif flip_flop or latch:
            source = flip_flop or latch
            self.kind = FLIP_FLOP if flip_flop else LATCH
            self.state_names = tuple(source.names[:2])
            self.clock = self.table(source.text("clocked_on" if flip_flop else "enable"))
            self.data = self.held_table(source.text("next_state" if flip_flop else "data_in"))
            self.clear = self.table(source.text("clear"))
            self.preset = self.table(source.text("preset"))

    def functions(self, group, pins):
        """Outputs, each over inputs and state."""
        values = self.held_values()
        self.output = []
        for name in self.outputs:
            text = pins[name].text("function")
            if text is None and group.text("clock_gating_integrated_cell"):
                text = self.gate_function
            if text is None or pins[name].text("three_state"):
                raise ValueError(f"{self.name}: output {name} has no function")
            self.output.append(Boolean(text, values).result())

    def arc(self, pin, source):
        """Delay tables of source to pin; those of all conditions together."""
        arc = Arc()
        for timing in pin.all("timing"):
            kind = timing.text("timing_type", "combinational")
            if source not in timing.text("related_pin", "").split():
                continue
            if kind.startswith(("setup", "hold", "recovery", "removal", "min_", "skew", "three_",
                                "non_seq")):
                continue
            for edge, rise in ((RISE, "rise"), (FALL, "fall")):
                delay, slew = timing.all("cell_" + rise), timing.all(rise + "_transition")
                if not delay or not slew:
                    continue
                arc.delay[edge].append(self.units.table(delay[0], self.units.time))
                arc.slew[edge].append(self.units.table(slew[0], self.units.time))
                if kind in ("rising_edge", "falling_edge"):
                    arc.causes[edge].add(RISE if kind == "rising_edge" else FALL)
                else:
                    sense = SENSES[timing.text("timing_sense", "non_unate")]
                    arc.causes[edge] |= {edge ^ flip for flip in sense}
        return arc

    def state_values(self):
        """Name -> truth values over states, internal nodes as far as outputs show them."""
        values = self.bits(self.states, self.outputs)
        if self.kind:
            inner = self.state_names
            for number, name in enumerate(self.outputs):
                held = self.output[number].reshape(2, -1)
                if (held[0] == ~held[1]).all() and (held[0] == held[0][0]).all():
                    positive = not held[0][0]
                    values.setdefault(inner[0], values[name] if positive else ~values[name])
                    values.setdefault(inner[1], ~values[name] if positive else values[name])
        return values

    def condition(self, text, values):
        """States in which `text` holds; all where it speaks of nodes nobody sees."""
        if text is None:
            return numpy.ones(self.states, bool)
        try:
            return Boolean(text, values).result()
        except KeyError:
            return numpy.ones(self.states, bool)

    def leakages(self, group):
        """Watts by state."""
        scale, values = self.units.watt, self.state_values()
        parts = [(part, part.number("value") * scale) for part in group.all("leakage_power")]
        named = [(part.text("when"), watt) for part, watt in parts if part.text("when")]
        plain = [watt for part, watt in parts if not part.text("when")]
        default = group.number("cell_leakage_power", -1.0) * scale
        if default < 0:
            default = plain[0] if plain else (
                sum(watt for _, watt in named) / len(named) if named else 0.0)
        self.leakage = numpy.full(self.states, default)
        for text, watt in named:
            self.leakage[self.condition(text, values)] = watt

    def energies(self, pin, source, output):
        """Entry of each edge and state of an input (`output` None) or of an output by an input."""
        name = self.inputs[source]
        chosen = numpy.full((2, self.states), NONE, numpy.uint16)
        values = self.state_values() if self.states else {}
        found = {}
        for power in pin.all("internal_power"):
            if output is not None and name not in power.text("related_pin", name).split():
                continue
            for edge, rise in ((RISE, "rise_power"), (FALL, "fall_power")):
                for group in power.all(rise) + power.all("power"):
                    table = self.units.table(group, self.units.joule)
                    found.setdefault((edge, power.text("when")), []).append(table)
        # Conditions before the entry without one, so that the latter fills what is left.
        numbers = {}
        for (edge, when), tables in sorted(found.items(), key=lambda item: item[0][1] is None):
            numbers.setdefault(edge, []).append(len(self.entries))
            where = self.condition(when, values) & (chosen[edge] == NONE)
            chosen[edge][where] = len(self.entries)
            self.entries.append(Entry(tables, source, output, edge))
        for edge, all_of_edge in numbers.items():
            if output is not None and (chosen[edge] == NONE).any():
                # A state the library has no condition for: the mean of those it has.
                tables = [table for number in all_of_edge for table in self.entries[number].tables]
                chosen[edge][chosen[edge] == NONE] = len(self.entries)
                self.entries.append(Entry(tables, source, output, edge, 1.0 / len(all_of_edge)))
        return chosen

    def share(self):
        """Halves entries of two outputs that change together, if both carry the cell's energy.

        Seen in Nangate45: S rising and CO falling on the same edge of A have the same table.
        """
        if len(self.outputs) != 2:
            return
        index = numpy.arange(self.states)
        pairs = {}
        for number in range(len(self.inputs)):
            if self.kind:
                # Q and QN follow the state together.
                both = numpy.ones(self.states, bool)
                edges = [(RISE, FALL), (FALL, RISE)]
            else:
                low = index & ((1 << len(self.inputs)) - 1)
                flips = [table[low] != table[low ^ (1 << number)] for table in self.output]
                both = flips[0] & flips[1]
                edges = [(a, b) for a in (RISE, FALL) for b in (RISE, FALL)]
            for first, second in edges:
                for state in numpy.flatnonzero(both):
                    if not self.kind:
                        now = (state & ((1 << len(self.inputs)) - 1))
                        if (self.output[0][now], self.output[1][now]) != (first == RISE,
                                                                         second == RISE):
                            continue
                    pairs.setdefault((int(self.output_energy[0][number][first][state]),
                                      int(self.output_energy[1][number][second][state])), []
                                     ).append((number, first, second, state))
        pairs = {pair: places for pair, places in pairs.items() if NONE not in pair}
        values = [(self.lowest(a), self.lowest(b)) for a, b in pairs]
        scale = max((abs(value) for pair in values for value in pair), default=0.0)
        if not values or max(abs(a - b) for a, b in values) > 0.1 * scale:
            return
        for (first, second), places in pairs.items():
            halves = []
            for entry in (first, second):
                whole = self.entries[entry]
                halves.append(len(self.entries))
                self.entries.append(dataclasses.replace(whole, weight=whole.weight / 2,
                                                        shared=True))
            for number, rise, fall, state in places:
                self.output_energy[0][number][rise][state] = halves[0]
                self.output_energy[1][number][fall][state] = halves[1]
        self.dual = len(pairs)

    def lowest(self, entry):
        """Joules of an entry at the smallest load, mean over slews."""
        whole = self.entries[entry]
        return whole.weight * sum(float(table.values[:, 0].mean()) for table in whole.tables)
