# SPDX-License-Identifier: Apache-2.0
"""Area, delay and energy at another node, by the table of spec/compare/scaling.yaml."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Factors:
    """What a figure of the native node is multiplied by."""

    name: str
    logic_area: float
    memory_area: float
    delay: float
    energy: float
    beyond: bool  # more than the cited table


def polynomial(coefficients, volts):
    """Value at a voltage; the highest power comes first."""
    value = 0.0
    for coefficient in coefficients:
        value = value * volts + coefficient
    return value


def ratio(table, quantity, source, target):
    """`quantity` ('delay' or 'energy') at target = (node, volts) over that at source."""
    def at(node, volts):
        return polynomial(table["nodes"][node][quantity], volts)
    return at(*target) / at(*source)


def factors(table, target):
    """Factors from the native node to a target of the table; KeyError if there is none."""
    to = table["targets"][target]
    native = table["native"]
    node = to["node"]
    area = table["nodes"][node]["area"] / table["nodes"][native["node"]]["area"]
    further = to.get("further", {"logic_area": 1, "memory_area": 1, "energy": 1})
    place = (node, to["volts"])
    return Factors(
        name=to["name"],
        logic_area=area / further["logic_area"],
        memory_area=area / further["memory_area"],
        delay=ratio(table, "delay", (native["node"], native["delay_volts"]), place),
        energy=ratio(table, "energy", (native["node"], native["energy_volts"]), place)
        * further["energy"],
        beyond="further" in to)
