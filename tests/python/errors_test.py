# SPDX-License-Identifier: Apache-2.0
"""What the Python module refuses, and with which sentence."""
import os
import subprocess
import sys
import unittest
import warnings

import numpy as np

import flashd

Q = np.zeros((2, 5, 8))
K = np.zeros((2, 9, 8))


class Refusals(unittest.TestCase):
    def expect(self, words, q=Q, k=K, v=K, kind=flashd.InvalidInput, **options):
        with self.assertRaises(kind) as caught:
            flashd.attention(q, k, v, **options)
        text = str(caught.exception)
        self.assertIn(words, text)
        self.assertNotIn("\n", text)
        return caught.exception

    def test_shapes(self):
        self.expect("q has shape (5, 8)", q=Q[0])
        self.expect("k has shape (9, 8)", k=K[0])
        self.expect("differ in the last dimension only", v=K[:, :4])
        self.expect("q has head dimension 7", q=Q[..., :7])
        self.expect("batch entries", q=Q[None], k=np.zeros((2, 2, 9, 8)), v=np.zeros((2, 2, 9, 8)))
        self.expect("multiple", q=np.zeros((3, 5, 8)))
        self.expect("1 to 256", q=np.zeros((2, 5, 300)), k=np.zeros((2, 9, 300)))

    def test_types(self):
        self.expect("q has dtype int64", q=Q.astype(int))
        self.expect("v has dtype <U1", v=np.full((2, 9, 8), "a"))
        self.expect("bias has dtype int64", bias=np.zeros((5, 9), int))
        self.expect("kv_len", kv_len=3.5)
        self.expect("page_table has shape", page_table=np.zeros((1, 1, 1), int), k=K[None],
                    v=K[None])

    def test_options(self):
        self.expect("input_format is 'fp8'", input_format="fp8")
        self.expect("output_format is 'fp64'", output_format="fp64")
        self.expect("scale", scale=np.inf)
        self.expect("scale is 'wide'", scale="wide")
        self.expect("diagonal is 0.5", diagonal=0.5)
        self.expect("window is (1, 2, 3)", window=(1, 2, 3))
        self.expect("window", window=-1)
        self.expect("kv_len is 10; expected 0 to 9", kv_len=10)
        self.expect("kv_len is [1, 2]", kv_len=[1, 2])
        self.expect("broadcasts to (1, 2, 5, 9)", bias=np.zeros((4, 9)))
        self.expect("alibi has shape (3,); expected (2,)", alibi=[1, 2, 3])
        self.expect("soft_cap", soft_cap=1e6)
        self.expect("value exponent", v_exponent=1000)
        self.expect("v_exponent is 4294967296; expected an integer of 32 bits", v_exponent=2**32)
        self.expect("beyond 32 bits", page_table=[2**32], k=np.zeros((1, 2, 16, 8)),
                    v=np.zeros((1, 2, 16, 8)))
        with self.assertRaises(TypeError):
            flashd.attention(Q, K, K, casual=True)

    def test_what_is_no_array_number_or_text(self):
        ragged = [[1, 2], [3]]
        self.expect("q is no array", q=ragged)
        for option in ("bias", "kv_len", "window", "alibi"):
            self.expect(f"{option} is no array", **{option: ragged})
        self.expect("page_table is no array", k=K[None], v=K[None], page_table=ragged)
        self.expect("alibi is no array", alibi="x")
        self.expect("scale is 1000", scale=10**400)
        self.expect("soft_cap is array", soft_cap=np.ones(2))
        self.expect("output_format is []", output_format=[])
        self.expect("backend is None", backend=None)
        self.expect("backend is 'golden\\x00x'", backend="golden\0x")

    def test_values_beyond_the_exponent_are_warned_about(self):
        v = np.full((2, 9, 8), 0.5)
        v[0, 3, 2], v[1, 1, 1], v[1, 2, 2] = 2.0, -9.0, np.inf
        with self.assertWarnsRegex(RuntimeWarning, "2 values of v are beyond v_exponent = 0"):
            flashd.attention(Q, K, v, v_exponent=0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            flashd.attention(Q, K, v, v_exponent=3)
            flashd.attention(Q, K, v)

    def test_devices(self):
        self.assertEqual(self.expect("'nonesuch' is unknown", config="nonesuch").status, 2)
        self.expect("nonesuch", numerics="nonesuch")
        self.expect("nonesuch", backend="nonesuch", kind=flashd.Error)
        with self.assertRaises(flashd.InvalidInput):
            flashd.Device(nonesuch=1)
        with flashd.Device() as device:
            pass
        self.expect("the device is closed", device=device)
        device.close()

    def test_statuses_are_exceptions(self):
        os.environ["FLASHD_PLUGIN_DIR"] = os.path.dirname(__file__)
        try:
            error = self.expect("libflashd_top_base_fine.so was not found", backend="rtl",
                                kind=flashd.Unavailable)
        finally:
            del os.environ["FLASHD_PLUGIN_DIR"]
        self.assertEqual(error.status, 3)
        self.assertTrue(issubclass(flashd.InvalidInput, ValueError))

    def test_a_missing_library_is_named(self):
        done = subprocess.run(
            [sys.executable, "-B", "-c", "import flashd; flashd.capabilities()"],
            env=dict(os.environ, FLASHD_LIBRARY="nonesuch.so"), stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Unavailable: nonesuch.so: cannot be loaded", done.stderr)


if __name__ == "__main__":
    unittest.main()
