# SPDX-License-Identifier: Apache-2.0
"""`flashd onnx` on golden: what passes, what is refused, and that a wrong option is noticed."""
import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import cases

OPTIONS = argparse.Namespace()

CLASSES = {"A": 15, "B": 9, "C": 15, "D": 8, "E": 10, "F": 9, "G": 17, "H": 10}
REFUSED = {"G": 17, "H": 1}
RUNS = (("base", "fine", "bf16"), ("base", "fine", "fp16"), ("base", "lean", "bf16"),
        ("base", "lean", "fp16"), ("tiny", "fine", "bf16"))


def run(*arguments, **environment):
    """(exit status, stdout, stderr) of `flashd onnx`."""
    done = subprocess.run([OPTIONS.program, "onnx", *map(str, arguments)], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, **environment))
    return done.returncode, done.stdout, done.stderr


# Each changes one option of a case, as a wrong mapping would; False if the case does not have it.

def change(key, value, needs=lambda meta: True):
    def spoil(folder):
        path = folder / "meta.json"
        meta = json.loads(path.read_text())
        if not meta.get(key) and not (key == "diagonal" and key in meta) or not needs(meta):
            return False
        meta[key] = value(meta[key])
        path.write_text(json.dumps(meta))
        return True
    return spoil


def drop(name):
    def spoil(folder):
        path = folder / f"{name}.npy"
        if path.exists():
            path.unlink()
            return True
        return False
    return spoil


# What is changed: cases that have it, and those at least that must fail. The others look the same
# without it: all-true masks, a decoded token that is the last one, data that is constant.
SPOILS = {
    "no causality": (change("causal", lambda _: False), 29, 25),
    "another diagonal": (change("diagonal", lambda d: d + 1,
                                lambda m: m["causal"] or "window" in m), 19, 18),
    "no soft-cap": (change("softcap", lambda _: None), 8, 8),
    "a wider window": (change("window", lambda w: [w[0] + 1, w[1]]), 9, 8),
    "another scale": (change("scale", lambda s: 1.25 * s), 75, 60),
    "no mask": (drop("bias"), 35, 31),
    "no lengths": (drop("kv_len"), 13, 11),
}


class Onnx(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="flashd_onnx_"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.cases = cls.folder / "cases"
        cases.make(cls.cases)

    def report(self, folder, *arguments):
        status, out, err = run("--cases", folder, "--json", *arguments)
        self.assertIn(status, (0, 1), err)
        [report] = json.loads(out)
        self.assertEqual(status == 0, report["failed"] == 0)
        return report

    def test_everything_but_score_matrices_passes(self):
        for config, numerics, input_format in RUNS:
            with self.subTest(config=config, numerics=numerics, input_format=input_format):
                report = self.report(self.cases, "--config", config, "--numerics", numerics,
                                     "--input-format", input_format)
                by = collections.Counter(r["class"] for r in report["results"])
                refused = collections.Counter(r["class"] for r in report["results"]
                                              if r["state"] == "refused")
                self.assertEqual(by, CLASSES)
                self.assertEqual(refused, REFUSED)
                self.assertEqual([r["name"] for r in report["results"] if r["state"] == "failed"],
                                 [])
                self.assertEqual(report["passed"], 75)
                self.assertGreater(report["values"], 18000)
                print(f"{config} {numerics} {input_format}: {report['passed']} passed, "
                      f"{report['refused']} refused, {report['values']} values compared")

    def test_what_a_configuration_lacks_is_refused(self):
        report = self.report(self.cases, "--config", "paper16")
        self.assertEqual((report["passed"], report["failed"], report["refused"]), (67, 0, 26))
        reasons = {r["reason"] for r in report["results"] if r["class"] == "D"}
        self.assertEqual(len(reasons), 1)
        self.assertIn("soft", reasons.pop())

    def test_a_wrong_option_is_noticed(self):
        for what, (spoil, having, failing) in SPOILS.items():
            with self.subTest(what):
                spoiled = self.folder / "spoiled"
                shutil.copytree(self.cases, spoiled)
                changed = {path.name for path in spoiled.iterdir() if path.is_dir() and spoil(path)}
                report = self.report(spoiled, "--input-format", "fp16")
                shutil.rmtree(spoiled)
                failed = {r["name"] for r in report["results"] if r["state"] == "failed"}
                self.assertEqual(len(changed), having)
                self.assertLessEqual(failed, changed)
                self.assertGreaterEqual(len(failed), failing, sorted(changed - failed))
                print(f"{what}: {len(failed)} of {having} cases fail")

    def test_a_case_that_differs_is_named(self):
        spoiled = self.folder / "named"
        shutil.copytree(self.cases, spoiled)
        drop("bias")(spoiled / "4d_attn_mask")
        status, out, _ = run("--cases", spoiled, "--select", "4d_attn_mask", "--list")
        self.assertEqual(status, 1)
        self.assertIn("4d_attn_mask: off by ", out)

    def test_two_back_ends_are_compared(self):
        # The fake engine answers with golden, or as FLASHD_TEST_ENGINE tells it.
        for how, status, words in (("", 0, "bits compared with golden"),
                                   ("wrong result", 1, "4d_causal: off by 1.00e+00"),
                                   ("mismatch", 1, "probe score differs\n  repeat with: ./flashd"),
                                   ("hang", 1, "no handshake")):
            with self.subTest(how):
                got, out, err = run("--cases", self.cases, "--backend", "golden,engine", "--config",
                                    "tiny", "--select", "4d_causal", FLASHD_TEST_ENGINE=how,
                                    FLASHD_PLUGIN_DIR=OPTIONS.engines)
                self.assertEqual(got, status, err)
                self.assertEqual(out.count("ONNX Attention cases"), 2)
                self.assertIn(words, out)

    def test_bad_usage(self):
        for arguments, status, words in (
                (("--cases", self.folder / "none"), 3, "cases.json"),
                (("--cases", self.cases, "--select", "nonesuch"), 2, "nonesuch"),
                (("--cases", self.cases, "--backend", "nonesuch"), 2, "nonesuch"),
                (("--cases", self.cases, "--config", "nonesuch"), 2, "nonesuch")):
            got, _, err = run(*arguments)
            self.assertEqual(got, status, err)
            self.assertIn(words, err)
            self.assertEqual(len(err.strip().splitlines()), 1, err)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--engines", required=True, help="folder of the fake engine tiny fine")
    OPTIONS, rest = parser.parse_known_args()
    cases.need()
    unittest.main(argv=[sys.argv[0], "-v", *rest])
