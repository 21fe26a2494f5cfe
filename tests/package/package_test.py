# SPDX-License-Identifier: Apache-2.0
"""The installed package: another project finds it, builds, and computes with it.

The prefix is moved after the installation, so that nothing may hold a path of the build.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

OPTIONS = argparse.Namespace()
LARGEST_ERROR = 3e-4  # bar of `flashd accuracy` for the profile fine
MODULE = "import flashd, numpy; print(flashd.capabilities()['config'])"


def run(*command, **environment):
    """(exit status, stdout and stderr)"""
    env = dict(os.environ, **environment)
    env.pop("FLASHD_LIBRARY", None)
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
    return done.returncode, done.stdout


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="flashd_package_"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = cls.folder / "moved"
        first = cls.folder / "first"
        status, text = run(OPTIONS.cmake, "--install", OPTIONS.build, "--prefix", first)
        if status != 0:
            raise RuntimeError(text)
        first.rename(cls.prefix)
        cls.project = cls.folder / "project"
        shutil.copytree(OPTIONS.source / "examples" / "cmake", cls.project)

    def configure(self, build, *more):
        return run(OPTIONS.cmake, "-S", self.project, "-B", build, "-G", "Ninja",
                   f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_BUILD_TYPE=Release",
                   f"-DCMAKE_C_FLAGS={OPTIONS.flags}", f"-DCMAKE_CXX_FLAGS={OPTIONS.flags}", *more)

    def test_example_builds_and_computes(self):
        build = self.folder / "build"
        status, text = self.configure(build)
        self.assertEqual(status, 0, text)
        status, text = run(OPTIONS.cmake, "--build", build)
        self.assertEqual(status, 0, text)

        status, text = run(build / "attention")
        self.assertEqual(status, 0, text)
        print(text, end="")
        found = re.fullmatch(r"40200 scores, relative L2 error against float64: (\S+)\n", text)
        self.assertTrue(found, text)
        self.assertGreater(float(found[1]), 0)
        self.assertLess(float(found[1]), LARGEST_ERROR)

        status, text = run(build / "capabilities")
        self.assertEqual(status, 0, text)
        self.assertTrue(text.startswith("golden base fine: "), text)
        status, text = run(build / "capabilities", "golden", "nonesuch")
        self.assertEqual(status, 2, text)
        self.assertIn("nonesuch", text)

    def test_another_version_is_refused(self):
        text = (self.project / "CMakeLists.txt").read_text()
        wants = self.folder / "wants"
        wants.mkdir()
        (wants / "CMakeLists.txt").write_text(text.replace("find_package(flashd 0.1",
                                                           "find_package(flashd 0.99"))
        status, text = run(OPTIONS.cmake, "-S", wants, "-B", wants / "build", "-G", "Ninja",
                           f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertNotEqual(status, 0)
        self.assertIn("0.99", text)

    def test_text_files_hold_no_path_of_this_machine(self):
        texts = [p for p in self.prefix.rglob("*") if p.suffix in (".cmake", ".h", ".hpp", ".py")]
        self.assertGreaterEqual(len(texts), 8, texts)
        for path in texts:
            text = path.read_text()
            for word in (OPTIONS.source, OPTIONS.build, self.folder / "first"):
                self.assertNotIn(str(word), text, path)

    def test_command_runs(self):
        status, text = run(self.prefix / "bin" / "flashd", "--version")
        self.assertEqual(status, 0, text)
        self.assertTrue(re.fullmatch(r"\d+\.\d+\.\d+\n", text), text)

    def test_python_module_finds_the_library(self):
        if OPTIONS.flags:
            self.skipTest("a sanitized library does not load into Python")
        python = os.environ.get("FLASHD_PYTHON", sys.executable)
        if run(python, "-c", "import numpy")[0] != 0:
            self.skipTest("Python has no NumPy; ./flashd test installs it")
        path = next(self.prefix.glob("lib*/**/flashd/python"))
        status, text = run(python, "-B", "-c", MODULE, PYTHONPATH=str(path))
        self.assertEqual(status, 0, text)
        self.assertEqual(text, "base\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cmake", required=True)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--source", required=True, type=pathlib.Path)
    parser.add_argument("--flags", default="")
    OPTIONS, rest = parser.parse_known_args()
    if not shutil.which("ninja"):
        print("SKIP: ninja not found")
        sys.exit(77)
    result = unittest.main(argv=[sys.argv[0], "-v", *rest], exit=False).result
    for test, reason in result.skipped:
        print(f"SKIP: {reason}")
    sys.exit(not result.wasSuccessful())
