# SPDX-License-Identifier: Apache-2.0
"""Loads, slews, delays and energies of every cell of a flat netlist."""
import dataclasses
import math

import numpy

import energy_netlist
from energy_cells import COMBINATIONAL, FALL, FLIP_FLOP, RISE


@dataclasses.dataclass(frozen=True)
class Setting:
    """Assumptions; seconds and farads."""
    input_slew: float = 20e-12
    clock_slew: float = 40e-12
    wire_base: float = 0.0      # of every net with a load
    wire_fanout: float = 0.0    # more of it per pin on the net
    output_load: float = 0.0    # of an output port
    both_outputs: bool = False  # count both tables where two outputs carry the same energy
    ram_pin: float = 3.3e-15    # of an input of a memory: two NAND2 inputs of Nangate45
    ram_scale: float = 1.0      # of ram_bit_energy, for other technologies than 45 nm
    ram_access: float = 350e-12  # clock to data of a memory; seconds


def ram_bit_energy(bits, voltage, scale=1.0):
    """Joules to read or write one bit of a memory of `bits` bits in 45 nm.

    M. Horowitz, "Computing's energy problem", ISSCC 2014: 64 bits of a cache of 8 KB 10 pJ, of
    32 KB 20 pJ, at 0.9 V. From it the square root of the size, continued below 8 KB, and the square
    of the voltage.
    """
    return scale * 10e-12 / 64 * math.sqrt(bits / 65536) * (voltage / 0.9) ** 2


class Tables:
    """What the simulator needs, per cell: arrays by instance, offsets into flat arrays."""

    def __init__(self, netlist, library, setting, clock="clk_i"):
        self.netlist, self.setting, self.voltage = netlist, setting, library.voltage
        self.types = list(netlist.types.values())
        number = {cell.name: place for place, cell in enumerate(self.types)}
        self.type = numpy.array([number[cell.type] for cell in netlist.cells], numpy.int32)
        self.nets = netlist.nets
        self.clock_net = netlist.ports[clock][1][0]
        self.connect()
        self.is_clock = self.clock_network()
        self.load = self.loads()
        self.level, groups = self.levels()
        self.propagate(groups)
        self.energy_values()

    def connect(self):
        """Pins of every cell as nets; open outputs get nets of their own, open inputs are 0."""
        self.pin = numpy.zeros(len(self.type), numpy.int32)
        flat = []
        self.driver = {}
        for place, cell in enumerate(self.netlist.cells):
            kind = self.types[self.type[place]]
            self.pin[place] = len(flat)
            flat += [cell.nets.get(name, 0) for name in kind.inputs]
            for output, name in enumerate(kind.outputs):
                net = cell.nets.get(name)
                if net is None:
                    net = self.nets
                    self.nets += 1
                if net in self.driver:
                    raise ValueError(f"{cell.name}: net {self.netlist.names.get(net, net)} has two "
                                     "drivers")
                self.driver[net] = (place, output)
                flat.append(net)
        self.pin_net = numpy.array(flat, numpy.int32)
        sinks = [[] for _ in range(self.nets)]
        for place in range(len(self.type)):
            for number in range(len(self.types[self.type[place]].inputs)):
                sinks[flat[self.pin[place] + number]].append((place, number))
        self.sinks = sinks
        self.memory_sinks = [[] for _ in range(self.nets)]
        self.memory_outputs = set()
        for number, memory in enumerate(self.netlist.memories):
            for port, nets in memory.nets.items():
                if port == "rdata_o":
                    self.memory_outputs.update(nets)
                else:
                    for net in nets:
                        self.memory_sinks[net].append((number, port))
        free = {net for direction, nets in self.netlist.ports.values()
                if direction == "input" for net in nets} | self.memory_outputs
        for net in range(2, self.nets):
            if sinks[net] and net not in self.driver and net not in free:
                raise ValueError(f"net {self.netlist.names.get(net, net)} has no driver")

    def clock_network(self):
        """Nets from the clock port through buffers and clock gates."""
        found = numpy.zeros(self.nets, numpy.uint8)
        waiting = [self.clock_net]
        while waiting:
            net = waiting.pop()
            found[net] = 1
            for place, _ in self.sinks[net]:
                kind = self.types[self.type[place]]
                if kind.kind != FLIP_FLOP:
                    for output in range(len(kind.outputs)):
                        other = self.pin_net[self.pin[place] + len(kind.inputs) + output]
                        if not found[other]:
                            waiting.append(int(other))
        return found

    def loads(self):
        """Farads on every net."""
        load = numpy.zeros(self.nets)
        fan = numpy.zeros(self.nets)
        for net, pins in enumerate(self.sinks):
            load[net] = sum(self.types[self.type[place]].caps[number] for place, number in pins)
            load[net] += self.setting.ram_pin * len(self.memory_sinks[net])
            fan[net] = len(pins) + len(self.memory_sinks[net])
        for direction, nets in self.netlist.ports.values():
            if direction == "output":
                for net in nets:
                    load[net] += self.setting.output_load
                    fan[net] += 1
        load += numpy.where(fan > 0, self.setting.wire_base, 0) + fan * self.setting.wire_fanout
        load[:2] = 0
        return load

    def levels(self):
        """Level of every cell (flip-flops 0) and the cells of each (level, type)."""
        count = len(self.type)
        level = numpy.zeros(count, numpy.int32)
        waits = numpy.zeros(count, numpy.int32)
        for net, pins in enumerate(self.sinks):
            if net in self.driver and self.types[self.type[self.driver[net][0]]].kind == 0:
                for place, _ in pins:
                    waits[place] += self.types[self.type[place]].kind == COMBINATIONAL
        # Latches here are clock gates: their output is a clock, of which the slew is given.
        kinds = [kind.kind for kind in self.types]
        ready = [place for place in range(count)
                 if kinds[self.type[place]] != COMBINATIONAL or not waits[place]]
        done = 0
        while ready:
            place = ready.pop()
            kind = self.types[self.type[place]]
            done += 1
            if kind.kind == COMBINATIONAL:
                level[place] = max(level[place], 1)
                for output in range(len(kind.outputs)):
                    net = self.pin_net[self.pin[place] + len(kind.inputs) + output]
                    for sink, _ in self.sinks[net]:
                        if kinds[self.type[sink]] == COMBINATIONAL:
                            level[sink] = max(level[sink], level[place] + 1)
                            waits[sink] -= 1
                            if not waits[sink]:
                                ready.append(sink)
        if done != count:
            raise ValueError("the netlist has a combinational loop")
        groups = {}
        for place in range(count):
            groups.setdefault((int(level[place]), int(self.type[place])), []).append(place)
        return level, sorted(groups.items())

    def propagate(self, groups):
        """Slews of all nets and delays of all arcs, level by level."""
        self.slew = numpy.full((self.nets, 2), self.setting.input_slew)
        self.slew[self.is_clock == 1] = self.setting.clock_slew
        sizes = [2 * len(kind.inputs) * len(kind.outputs) for kind in self.types]
        self.delay = numpy.cumsum([0, *(sizes[kind] for kind in self.type)])[:-1].astype(
            numpy.int32)
        self.delays = numpy.zeros(int(sum(sizes[kind] for kind in self.type)))
        for (_, number), places in groups:
            kind = self.types[number]
            if kind.inputs and kind.outputs:
                self.propagate_group(kind, numpy.array(places))

    def propagate_group(self, kind, places):
        inputs = len(kind.inputs)
        for output in range(len(kind.outputs)):
            net = self.pin_net[self.pin[places] + inputs + output]
            worst = numpy.zeros((len(places), 2))
            arcs = numpy.full((inputs, 2, len(places)), -1.0)
            for source in range(inputs):
                arc = kind.arcs[output][source]
                before = self.slew[self.pin_net[self.pin[places] + source]]
                for edge in (RISE, FALL):
                    if arc.delay[edge]:
                        slew = before[:, sorted(arc.causes[edge])].max(axis=1)
                        load = self.load[net]
                        arcs[source, edge] = numpy.mean(
                            [table.at(slew, load) for table in arc.delay[edge]], axis=0)
                        worst[:, edge] = numpy.maximum(worst[:, edge], numpy.max(
                            [table.at(slew, load) for table in arc.slew[edge]], axis=0))
            # An arc without a table takes as long as the slowest of the others.
            for edge in (RISE, FALL):
                slowest = arcs[:, edge].max(axis=0)
                arcs[:, edge] = numpy.where(arcs[:, edge] < 0, slowest, arcs[:, edge])
            first = self.delay[places] + output * inputs * 2
            for source in range(inputs):
                for edge in (RISE, FALL):
                    self.delays[first + source * 2 + edge] = numpy.maximum(arcs[source, edge], 0)
            free = self.is_clock[net] == 0
            self.slew[net[free]] = worst[free]

    def energy_values(self):
        """Joules of every energy entry of every cell, and of a toggle of every net."""
        sizes = [len(kind.entries) for kind in self.types]
        self.energy = numpy.cumsum([0, *(sizes[kind] for kind in self.type)])[:-1].astype(
            numpy.int32)
        self.energies = numpy.zeros(int(sum(sizes[kind] for kind in self.type)))
        for number, kind in enumerate(self.types):
            places = numpy.flatnonzero(self.type == number)
            for place, entry in enumerate(kind.entries):
                before = self.slew[self.pin_net[self.pin[places] + entry.source]]
                if entry.output is None:
                    slew, load = before[:, entry.edge], 0.0
                else:
                    causes = kind.arcs[entry.output][entry.source].causes[entry.edge]
                    slew = before[:, sorted(causes or {RISE, FALL})].max(axis=1)
                    load = self.load[self.pin_net[self.pin[places] + len(kind.inputs) +
                                                  entry.output]]
                weight = entry.weight
                if self.setting.both_outputs and entry.shared:
                    weight *= 2
                joules = sum(table.at(slew, load) for table in entry.tables) * weight
                self.energies[self.energy[places] + place] = joules
        self.net_energy = 0.5 * self.load * self.voltage ** 2

    def units(self, depth=2):
        """Unit of every cell (energy_netlist.units)."""
        return energy_netlist.units(self.netlist, self.sinks, depth)

    def ram_word(self, memory):
        """Joules to read or write a word of a memory."""
        return memory.bits * ram_bit_energy(memory.depth * memory.bits, self.voltage,
                                            self.setting.ram_scale)
