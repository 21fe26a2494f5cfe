# SPDX-License-Identifier: Apache-2.0
"""Port vectors as sim/lane/recorder.hpp writes them."""
import dataclasses

import numpy


@dataclasses.dataclass
class Vectors:
    """Values of ports by cycle. `bits[name]` is [cycles][bits]; `known[name]` is [cycles]."""
    cycles: int
    bits: dict
    known: dict

    def word(self, name, default=0):
        """A port of one bit over the cycles, or `default` everywhere if it is not recorded."""
        if name not in self.bits:
            return numpy.full(self.cycles, default, numpy.uint8)
        return self.bits[name][:, 0] * self.known[name]


def read(path):
    """Vectors of one file. Raises ValueError on a malformed one."""
    with open(path, encoding="utf-8") as file:
        head = file.readline()
        if not head.startswith("//"):
            raise ValueError(f"{path}: expected a first line `// name:bits ...`")
        ports = [(word.rsplit(":", 1)[0], int(word.rsplit(":", 1)[1])) for word in head[2:].split()]
        lines = [line.split() for line in file if line.strip()]
    wrong = next((number for number, line in enumerate(lines) if len(line) != len(ports)), None)
    if wrong is not None:
        raise ValueError(f"{path}: cycle {wrong} has {len(lines[wrong])} words, expected "
                         f"{len(ports)}")
    bits, known = {}, {}
    for place, (name, count) in enumerate(ports):
        size = (count + 7) // 8
        words = [line[place] for line in lines]
        known[name] = numpy.array([word != "x" for word in words], bool)
        raw = b"".join(int("0" if word == "x" else word, 16).to_bytes(size, "little")
                       for word in words)
        table = numpy.frombuffer(raw, numpy.uint8).reshape(len(lines), size)
        bits[name] = numpy.unpackbits(table, axis=1, bitorder="little")[:, :count]
    return Vectors(len(lines), bits, known)


def write(path, vectors):
    """The file of recorder.hpp's form."""
    names = list(vectors.bits)
    with open(path, "w", encoding="utf-8") as file:
        heads = [f"{name}:{vectors.bits[name].shape[1]}" for name in names]
        file.write("// " + " ".join(heads) + "\n")
        for cycle in range(vectors.cycles):
            words = []
            for name in names:
                row = vectors.bits[name][cycle]
                value = int.from_bytes(numpy.packbits(row, bitorder="little").tobytes(), "little")
                digits = (len(row) + 3) // 4
                words.append(f"{value:0{digits}x}" if vectors.known[name][cycle] else "x")
            file.write(" ".join(words) + "\n")
