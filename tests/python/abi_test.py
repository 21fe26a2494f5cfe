# SPDX-License-Identifier: Apache-2.0
"""The module's copy of flashd.h, and its rounding to BF16 and FP16."""
import ctypes
import pathlib
import re
import unittest

import numpy as np

from flashd import _abi, _formats, _library

HEADER = (pathlib.Path(__file__).resolve().parents[2] / "host" / "api" / "flashd.h").read_text()
TYPES = {"uint32_t": ctypes.c_uint32, "int32_t": ctypes.c_int32, "uint64_t": ctypes.c_uint64,
         "int64_t": ctypes.c_int64, "double": ctypes.c_double, "flashd_addr": ctypes.c_uint64}


def struct(name):
    """[(field, ctypes type)] of a structure in the header."""
    body = re.search(r"typedef struct " + name + r" \{(.*?)\} " + name + ";", HEADER, re.S)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    fields = []
    for kind, field, size in re.findall(r"(\w+) (\w+)(?:\[(\d+)\])?;", body):
        fields.append((field, ctypes.c_char * int(size) if size else TYPES[kind]))
    return fields


class Abi(unittest.TestCase):
    def test_structures_are_those_of_the_header(self):
        for name, mirror in (("flashd_job", _abi.Job), ("flashd_counters", _abi.Counters),
                             ("flashd_capabilities", _abi.Capabilities)):
            with self.subTest(name):
                fields = [(n, t) for n, t in mirror._fields_ if n != "room"]
                self.assertGreater(len(fields), 10)
                self.assertEqual(fields, struct(name))

    def test_flags_are_those_of_the_header(self):
        flags = dict(re.findall(r"FLASHD_(\w+) = 1u << (\d+)", HEADER))
        used = {n: v for n, v in vars(_abi).items() if n in flags}
        self.assertGreaterEqual(len(used), 8)
        for name, value in used.items():
            self.assertEqual(value, 1 << int(flags[name]), name)

    def test_functions_are_those_of_the_header(self):
        code = re.sub(r"/\*.*?\*/", "", HEADER, flags=re.S)
        declared = dict(re.findall(r"(flashd_\w+)\(([^;]*)\);", code))
        library = _library.load()
        used = [name for name in declared if hasattr(getattr(library, name), "argtypes")
                and getattr(library, name).argtypes is not None]
        self.assertGreater(len(used), 10)
        for name in used:
            arguments = [a for a in declared[name].split(",") if a.strip() != "void"]
            self.assertEqual(len(getattr(library, name).argtypes), len(arguments), name)

    def test_formats_and_statuses_are_those_of_the_header(self):
        values = {n: int(v) for n, v in re.findall(r"FLASHD_(\w+) = (\d+)", HEADER)}
        for name, value in _abi.FORMATS.items():
            self.assertEqual(value, values[name.upper()])
        for name in ("OK", "INVALID", "UNAVAILABLE", "TIMEOUT"):
            self.assertEqual(getattr(_abi, "STATUS_" + name), values[name])


class Rounding(unittest.TestCase):
    """Every value of a format, every midpoint of two, and both neighbours of that midpoint."""

    def check(self, name, bits, infinity):
        values = _formats.decode(bits, name).astype(np.float64)
        self.assertTrue((np.diff(values) > 0).all())
        self.assertTrue((_formats.encode(values, name) == bits).all())
        middle = (values[:-1] + values[1:]) / 2
        even = np.where(bits[:-1] % 2 == 0, bits[:-1], bits[1:])
        for at, want in ((middle, even), (np.nextafter(middle, 0), bits[:-1]),
                         (np.nextafter(middle, np.inf), bits[1:])):
            self.assertTrue((_formats.encode(at, name) == want).all())
            self.assertTrue((_formats.encode(-at, name) == want | 0x8000).all())
        beyond = values[-1] + (values[-1] - values[-2]) / 2
        self.assertEqual(_formats.encode(np.nextafter(beyond, 0), name), bits[-1])
        self.assertEqual(_formats.encode(beyond, name), infinity)
        self.assertEqual(_formats.encode([np.inf, -np.inf], name).tolist(),
                         [infinity, infinity | 0x8000])
        quiet = _formats.encode([np.nan, -np.nan], name)
        self.assertTrue(np.isnan(_formats.decode(quiet, name)).all())
        return 6 * len(middle)

    def test_bf16(self):
        self.assertGreater(self.check("bf16", np.arange(0x7F80, dtype=np.uint16), 0x7F80), 190000)

    def test_fp16(self):
        self.assertGreater(self.check("fp16", np.arange(0x7C00, dtype=np.uint16), 0x7C00), 190000)

    def test_another_format_is_refused(self):
        with self.assertRaisesRegex(ValueError, "expected 'bf16' or 'fp16'"):
            _formats.encode([1.0], "fp8")


if __name__ == "__main__":
    unittest.main()
