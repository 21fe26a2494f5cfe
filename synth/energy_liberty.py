# SPDX-License-Identifier: Apache-2.0
"""Liberty files, as far as delay and energy of standard cells need them.

Only the cells asked for are parsed. Units are SI inside: seconds, farads, joules, watts, volts.
"""
import dataclasses
import gzip
import pathlib
import re

import numpy

TOKEN = re.compile(r'"[^"]*"|[{}();:,]|[^\s{}();:,"]+')
CELL = re.compile(r'\bcell\s*\(\s*"?([\w$]+)"?\s*\)\s*\{')
PREFIX = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18}


@dataclasses.dataclass
class Group:
    """`kind (names) { ... }`: values by attribute (each a list of strings), groups within."""
    kind: str
    names: list
    values: dict = dataclasses.field(default_factory=dict)
    groups: list = dataclasses.field(default_factory=list)

    def all(self, kind):
        return [group for group in self.groups if group.kind == kind]

    def text(self, name, default=None):
        """First word of an attribute."""
        return self.values[name][0] if self.values.get(name) else default

    def number(self, name, default=0.0):
        return float(self.values[name][0]) if self.values.get(name) else default


def statements(tokens, place):
    """Attributes and groups up to the closing brace: (values, groups, place behind it)."""
    values, groups = {}, []
    while place < len(tokens) and tokens[place] != "}":
        name = tokens[place]
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        if following == ":":
            end = place + 2
            while tokens[end] not in (";", "}"):
                end += 1
            values[name] = [" ".join(word.strip('"') for word in tokens[place + 2:end])]
            place = end + (tokens[end] == ";")
        elif following == "(":
            end = tokens.index(")", place)
            words = [word.strip('"') for word in tokens[place + 2:end] if word != ","]
            place = end + 1
            if place < len(tokens) and tokens[place] == "{":
                inner, within, place = statements(tokens, place + 1)
                groups.append(Group(name, words, inner, within))
                place += 1
            else:
                values[name] = words
        else:
            place += 1  # a lone semicolon
    return values, groups, place


def parse(text):
    """Groups and attributes of a piece of Liberty text as one Group."""
    values, groups, _ = statements(TOKEN.findall(text), 0)
    return Group("", [], values, groups)


@dataclasses.dataclass
class Table:
    """A value over input slew and output load; `values` is [slew, load], any axis may be alone."""
    slews: numpy.ndarray
    loads: numpy.ndarray
    values: numpy.ndarray

    def at(self, slew, load):
        """Bilinear, extrapolated by the outermost pair; arrays of equal shape."""
        slew, load = numpy.broadcast_arrays(numpy.asarray(slew, float), numpy.asarray(load, float))
        row, across = place(self.slews, slew)
        column, along = place(self.loads, load)
        last_row = numpy.minimum(row + 1, len(self.slews) - 1)
        last_column = numpy.minimum(column + 1, len(self.loads) - 1)
        low = self.values[row, column] * (1 - along) + self.values[row, last_column] * along
        high = (self.values[last_row, column] * (1 - along) +
                self.values[last_row, last_column] * along)
        return low * (1 - across) + high * across


def place(axis, value):
    """Index below each value and the fraction of the way to the next."""
    if len(axis) == 1:
        return numpy.zeros(value.shape, int), numpy.zeros(value.shape)
    index = numpy.clip(numpy.searchsorted(axis, value, side="right") - 1, 0, len(axis) - 2)
    return index, (value - axis[index]) / (axis[index + 1] - axis[index])


def numbers(words):
    return numpy.array([float(word) for text in words
                        for word in text.replace(",", " ").split()])


class Library:
    """Units, templates and the parsed cells of one or more Liberty files that belong together."""

    def __init__(self, texts, wanted=None):
        """`wanted`: names of cells (None: all). Raises ValueError if one is in no file."""
        self.cells = {}
        self.voltage = 0.0
        for text in texts:
            text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL).replace("\\\n", " ")
            text = re.sub(r"^\s*//.*$", " ", text, flags=re.MULTILINE).replace("\\", " ")
            # Some files leave out the semicolon at the end of a line.
            text = re.sub(r'(:[ \t]*(?:"[^"\n]*"|[^";{}\n]*[^";{}\s]))[ \t]*$', r"\1;", text,
                          flags=re.MULTILINE)
            starts = list(CELL.finditer(text))
            if not starts:
                raise ValueError("the liberty file has no cell: expected `cell (NAME) {`")
            head = text[:starts[0].start()]
            units = Units(parse(head[head.index("{") + 1:]))
            self.voltage = units.voltage
            ends = [match.start() for match in starts[1:]] + [len(text)]
            for match, end in zip(starts, ends):
                if wanted is None or match[1] in wanted:
                    body = parse(text[match.end():end])
                    self.cells[match[1]] = (Group("cell", [match[1]], body.values, body.groups),
                                            units)
        missing = sorted(set(wanted or ()) - set(self.cells))
        if missing:
            raise ValueError(f"cells of the netlist are not in the liberty file: {missing[:5]}")


class Units:
    """Scales of a library to SI, and its table templates."""

    def __init__(self, head):
        self.time = self.scale(head.text("time_unit", "1ns"))
        self.volt = self.scale(head.text("voltage_unit", "1V"))
        size, unit = head.values.get("capacitive_load_unit", ["1", "pf"])[:2]
        self.farad = float(size) * PREFIX[unit.lower()[0]]
        self.watt = self.scale(head.text("leakage_power_unit", "1nW"))
        # Of internal_power: the Liberty manual's voltage_unit^2 times capacitive_load_unit.
        self.joule = self.volt ** 2 * self.farad
        self.templates = {group.names[0]: group for group in head.groups
                          if group.kind in ("lu_table_template", "power_lut_template")}
        self.voltage = head.number("nom_voltage") * self.volt
        for group in head.all("operating_conditions"):
            if "voltage" in group.values:
                self.voltage = group.number("voltage") * self.volt
        self.input_cap = head.number("default_input_pin_cap") * self.farad
        low = head.number("slew_lower_threshold_pct_rise", 20.0)
        high = head.number("slew_upper_threshold_pct_rise", 80.0)
        self.slew_window = (high - low) / 100

    @staticmethod
    def scale(text):
        size, prefix = re.match(r"([\d.eE+-]+)\s*([munpfa]?)[a-zA-Z]", text).groups()
        return float(size) * PREFIX[prefix]

    def table(self, group, scale):
        """A table group in SI."""
        template = self.templates.get(group.names[0] if group.names else "")
        axes = {}
        for axis in ("1", "2"):
            words = group.values.get("index_" + axis)
            name = template.text("variable_" + axis) if template else None
            if words is None and name:
                words = template.values.get("index_" + axis)
            if words is not None and name:
                axes[axis] = ("slew" if "transition" in name else "load", numbers(words))
        flat = numbers(group.values["values"]) * scale
        slews = loads = numpy.zeros(1)
        order = []
        for name, values in axes.values():
            order.append(name)
            if name == "slew":
                slews = values * self.time
            else:
                loads = values * self.farad
        if flat.size == 1:
            return Table(numpy.zeros(1), numpy.zeros(1), flat.reshape(1, 1))
        if order == ["load", "slew"]:
            grid = flat.reshape(len(loads), len(slews)).T
        else:
            grid = flat.reshape(len(slews), len(loads))
        return Table(slews, loads, grid)


def read(paths, wanted=None):
    """Library of the files (plain or gzip) that belong together."""
    texts = []
    for path in paths:
        data = pathlib.Path(path).read_bytes()
        texts.append((gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8"))
    return Library(texts, wanted)
