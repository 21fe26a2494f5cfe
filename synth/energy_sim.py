# SPDX-License-Identifier: Apache-2.0
"""Runs synth/energy/gatesim.c on a netlist: toggles of every net and energy by cycle and unit."""
import ctypes
import dataclasses
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading

import numpy

import energy_netlist

SOURCE = pathlib.Path(__file__).resolve().parent / "energy/gatesim.c"
CATEGORIES = ("switching", "internal", "clock", "leakage", "memory")
TICKS = 8192  # of a clock period
BYTES, SHORTS, INTS, DOUBLES = (ctypes.POINTER(kind) for kind in (
    ctypes.c_uint8, ctypes.c_uint16, ctypes.c_int32, ctypes.c_double))


class CType(ctypes.Structure):
    _fields_ = ([(name, ctypes.c_int32) for name in ("inputs", "outputs", "kind", "entries")] +
                [(name, BYTES) for name in ("output", "clock", "data", "clear", "preset")] +
                [("in_energy", SHORTS), ("out_energy", SHORTS), ("leakage", DOUBLES)])


class CMemory(ctypes.Structure):
    _fields_ = ([(name, ctypes.c_int32) for name in ("bits", "depth", "address", "unit", "delay",
                                                     "we", "re")] +
                [(name, INTS) for name in ("waddr", "raddr", "wdata", "rdata")] +
                [("read", ctypes.c_double), ("write", ctypes.c_double)])


class CNetlist(ctypes.Structure):
    _fields_ = ([(name, ctypes.c_int32) for name in (
        "nets", "cells", "units", "in_bits", "out_bits", "clock_net", "period", "half",
        "input_delay", "wheel", "levelled")] +
        [("types", ctypes.POINTER(CType))] +
        [(name, INTS) for name in ("type", "pin", "pin_net", "delay", "delays", "level",
                                   "energy")] +
        [("energies", DOUBLES)] +
        [(name, INTS) for name in ("cell_unit", "driver", "driver_pin", "fan", "fan_cell",
                                   "fan_pin")] +
        [("net_energy", DOUBLES), ("is_clock", BYTES), ("net_unit", INTS), ("in_net", INTS),
         ("out_net", INTS), ("memories", ctypes.c_int32), ("reserved", ctypes.c_int32),
         ("memory", ctypes.POINTER(CMemory))])


def library():
    """The compiled simulator; compiled once per version of its source and user."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    folder = pathlib.Path(tempfile.gettempdir()) / f"flashd_gatesim_{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
    path = folder / f"{digest}.so"
    if not path.exists():
        compiler = shutil.which("cc") or shutil.which("gcc")
        if not compiler:
            raise FileNotFoundError("no C compiler: install gcc")
        part = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        subprocess.run([compiler, "-std=c11", "-O2", "-shared", "-fPIC", "-o", str(part),
                        str(SOURCE)], check=True)
        part.replace(path)
    loaded = ctypes.CDLL(str(path))
    loaded.flashd_gatesim.restype = ctypes.c_uint64
    return loaded


@dataclasses.dataclass
class Activity:
    """What a run gave. `trace` in joules: [cycles][units][CATEGORIES]."""
    units: list
    trace: numpy.ndarray
    outputs: dict          # port -> [cycles][bits]
    toggles: numpy.ndarray     # [nets], with glitches
    functional: numpy.ndarray  # [nets], those a zero-delay simulation has too
    events: int


class Arrays:
    """Keeps numpy arrays alive for as long as C looks at them."""

    def __init__(self):
        self.kept = []

    def give(self, values, pointer, kind):
        array = numpy.ascontiguousarray(values, kind)
        self.kept.append(array)
        return array.ctypes.data_as(pointer)


def types(tables, keep, period):
    """C structures of the cell types."""
    found = (CType * len(tables.types))()
    for place, kind in enumerate(tables.types):
        one = found[place]
        one.inputs, one.outputs = len(kind.inputs), len(kind.outputs)
        one.kind, one.entries = kind.kind, len(kind.entries)
        one.output = keep.give(numpy.concatenate([*kind.output, []]), BYTES, numpy.uint8)
        for name in ("clock", "data", "clear", "preset"):
            setattr(one, name, keep.give(getattr(kind, name), BYTES, numpy.uint8))
        one.in_energy = keep.give(numpy.array(kind.input_energy).ravel(), SHORTS, numpy.uint16)
        one.out_energy = keep.give(numpy.array(kind.output_energy).ravel(), SHORTS, numpy.uint16)
        one.leakage = keep.give(kind.leakage * period, DOUBLES, numpy.float64)
    return found


def units(tables, depth):
    """Units in order, unit of each cell, unit of each net: that of its driver."""
    cells = tables.units(depth)
    memories = [".".join(energy_netlist.path(memory.name)[:depth]) or "(top)"
                for memory in tables.netlist.memories]
    names = sorted(set(cells) | set(memories) | {"(inputs)"})
    number = {name: place for place, name in enumerate(names)}
    of_cell = numpy.array([number[name] for name in cells], numpy.int32)
    of_net = numpy.full(tables.nets, number["(inputs)"], numpy.int32)
    for net, (place, _) in tables.driver.items():
        of_net[net] = of_cell[place]
    of_memory = [number[name] for name in memories]
    for memory, place in zip(tables.netlist.memories, of_memory):
        of_net[memory.nets["rdata_o"]] = place
    return names, of_cell, of_net, of_memory


def memories(tables, keep, tick, of_memory):
    """C structures of the memories."""
    found = (CMemory * max(1, len(of_memory)))()
    for one, memory, unit in zip(found, tables.netlist.memories, of_memory):
        one.bits, one.depth, one.unit = memory.bits, memory.depth, unit
        one.address = len(memory.nets["raddr_i"])
        one.delay = max(1, round(tables.setting.ram_access / tick))
        one.we, one.re = memory.nets["we_i"][0], memory.nets["re_i"][0]
        for name, port in (("waddr", "waddr_i"), ("raddr", "raddr_i"), ("wdata", "wdata_i"),
                           ("rdata", "rdata_o")):
            setattr(one, name, keep.give(memory.nets[port], INTS, numpy.int32))
        one.read = one.write = tables.ram_word(memory)
    return found


def run(tables, inputs, cycles, period, input_delay=100e-12, levelled=False, depth=2, probes=(),
        seed=0):
    """Activity over `cycles` cycles of `period` seconds.

    `inputs`: port -> [cycles][bits], every input but the clock. `levelled`: no delays and no
    glitches, every cell settles once. `probes`: names of nets that appear in Activity.outputs
    beside the output ports. `seed`: registers and memories start at random bits, with 0 at zeros.
    Raises ValueError for ports that do not fit.
    """
    ports = tables.netlist.ports
    keep, data = Arrays(), CNetlist()
    in_nets, columns, out_nets = [], [], []
    for name, (direction, nets) in ports.items():
        if direction == "output":
            out_nets += nets
        elif nets != [tables.clock_net]:
            if name not in inputs or inputs[name].shape[1] != len(nets):
                width = inputs[name].shape[1] if name in inputs else 0
                raise ValueError(f"port {name} of the netlist has {len(nets)} bits, the vectors "
                                 f"have {width}")
            in_nets += nets
            columns.append(inputs[name])
    unknown = set(inputs) - set(ports)
    if unknown:
        raise ValueError(f"the netlist has no port {sorted(unknown)[0]}, the vectors do")
    out_nets += [energy_netlist.probe(tables.netlist, name) for name in probes]
    names, of_cell, of_net, of_memory = units(tables, depth)
    tick = period / TICKS
    delays = numpy.maximum(1, numpy.rint(tables.delays / tick)).astype(numpy.int32)
    longest = max(int(delays.max(initial=1)), int(tables.setting.ram_access / tick),
                  int(tables.level.max(initial=0)) + 2)
    data.nets, data.cells, data.units = tables.nets, len(tables.type), len(names)
    data.in_bits, data.out_bits, data.clock_net = len(in_nets), len(out_nets), tables.clock_net
    data.period, data.half = TICKS, TICKS // 2
    data.input_delay = max(1, int(input_delay / tick))
    data.wheel, data.levelled = 1 << (longest + 1).bit_length(), levelled
    data.types = types(tables, keep, period)
    driver = numpy.full(tables.nets, -1)
    driver_pin = numpy.zeros(tables.nets)
    for net, (place, output) in tables.driver.items():
        driver[net], driver_pin[net] = place, output
    sinks, fan = [], [0]
    for pins, memory_pins in zip(tables.sinks, tables.memory_sinks):
        sinks += pins
        # Only the clock starts something in a memory.
        sinks += [(len(tables.type) + number, 0) for number, port in memory_pins
                  if port == "clk_i"]
        fan.append(len(sinks))
    for name, values in (("type", tables.type), ("pin", tables.pin), ("pin_net", tables.pin_net),
                         ("delay", tables.delay), ("delays", delays), ("level", tables.level),
                         ("energy", tables.energy), ("cell_unit", of_cell), ("driver", driver),
                         ("driver_pin", driver_pin), ("fan", fan), ("net_unit", of_net),
                         ("fan_cell", [pin[0] for pin in sinks]),
                         ("fan_pin", [pin[1] for pin in sinks]), ("in_net", in_nets),
                         ("out_net", out_nets)):
        setattr(data, name, keep.give(values, INTS, numpy.int32))
    data.energies = keep.give(tables.energies, DOUBLES, numpy.float64)
    data.net_energy = keep.give(tables.net_energy, DOUBLES, numpy.float64)
    data.is_clock = keep.give(tables.is_clock, BYTES, numpy.uint8)
    data.memories = len(of_memory)
    data.memory = memories(tables, keep, tick, of_memory)
    constants = numpy.zeros(tables.nets, numpy.uint8)
    constants[1] = 1
    stimulus = numpy.concatenate(columns, axis=1)[:cycles] if columns else numpy.zeros((cycles, 0))
    outputs = numpy.zeros((cycles, len(out_nets)), numpy.uint8)
    trace = numpy.zeros((cycles, len(names), len(CATEGORIES)))
    toggles, functional = (numpy.zeros(tables.nets, numpy.uint32) for _ in range(2))
    unsigned = ctypes.POINTER(ctypes.c_uint32)
    events = library().flashd_gatesim(
        ctypes.byref(data), ctypes.c_int32(cycles), keep.give(stimulus, BYTES, numpy.uint8),
        outputs.ctypes.data_as(BYTES), trace.ctypes.data_as(DOUBLES),
        toggles.ctypes.data_as(unsigned), functional.ctypes.data_as(unsigned),
        keep.give(constants, BYTES, numpy.uint8), ctypes.c_uint64(seed))
    by_port, place = {}, 0
    for name, (direction, nets) in ports.items():
        if direction == "output":
            by_port[name] = outputs[:, place:place + len(nets)]
            place += len(nets)
    for number, name in enumerate(probes):
        by_port[name] = outputs[:, place + number:place + number + 1]
    return Activity(names, trace, by_port, toggles, functional, int(events))
