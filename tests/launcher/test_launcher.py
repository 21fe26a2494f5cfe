# SPDX-License-Identifier: Apache-2.0
"""Behaviour of ./flashd: what it installs, builds and refuses, and its exit statuses."""
import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import unittest

from scratch import Scratch

TESTS = """
add_test(NAME good COMMAND sh -c "exit 0")
add_test(NAME bad COMMAND sh -c "echo broken here; echo 'SKIP: not a reason'; exit 1")
add_test(NAME absent COMMAND ./no_such_program)
add_test(NAME skips COMMAND sh -c "echo 'SKIP: no GPU here'; exit 77")
add_test(NAME partly COMMAND sh -c "echo 'SKIP: one case'; exit 0")
add_test(NAME long COMMAND sh -c "exit 0")
add_test(NAME mutant COMMAND sh -c "exit 0")
set_tests_properties(bad absent skips PROPERTIES SKIP_RETURN_CODE 77)
set_tests_properties(good PROPERTIES LABELS "unit")
set_tests_properties(long PROPERTIES LABELS "unit;full")
set_tests_properties(mutant PROPERTIES LABELS mutants)
"""


class LauncherTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="flashd_launcher_")
        self.addCleanup(shutil.rmtree, self.folder)
        self.scratch = Scratch(self.folder)

    def expect(self, status, *arguments, **extra):
        got, out, err = self.scratch.run(*arguments, **extra)
        self.assertEqual(got, status, f"stdout: {out}\nstderr: {err}")
        return out, err

    def one_sentence(self, err):
        lines = err.strip().splitlines()
        self.assertEqual(len(lines), 1, err)
        self.assertTrue(lines[0].startswith("flashd: "), err)
        return lines[0]


class Commands(LauncherTest):
    def test_unknown_command_is_usage_and_builds_nothing(self):
        _, err = self.expect(2, "frobnicate")
        line = self.one_sentence(err)
        for word in ("'frobnicate'", "demo", "verify"):
            self.assertIn(word, line)
        self.assertFalse((self.scratch.root / "build").exists())

    def test_help(self):
        out, _ = self.expect(0, "--help")
        self.assertIn("./flashd demo", out)
        _, err = self.expect(2)
        self.assertIn("./flashd demo", err)

    def test_arguments_and_status_of_the_program_pass_through(self):
        out, err = self.expect(4, "info", "--json", "a b", STATUS="4")
        self.assertEqual(out, "program info --json a b\n")
        self.assertEqual(err, "")  # quiet in a pipe

    def test_engine_is_built_on_demand(self):
        engine = self.scratch.root / "build/release/bin/flashd_rtl_base_fine"
        self.expect(0, "run", "--backend", "golden")
        self.assertFalse(engine.exists())
        self.expect(0, "run", "--backend=engine")
        self.assertTrue(engine.exists())
        device = self.scratch.root / "build/release/bin/flashd_top_base_fine"
        self.assertFalse(device.exists())
        self.expect(0, "run", "--backend=rtl")
        self.assertTrue(device.exists())

    def test_unknown_configuration_is_left_to_the_program(self):
        out, _ = self.expect(0, "verify", "--config", "nonesuch")
        self.assertEqual(out, "program verify --config nonesuch\n")

    def test_jobs_must_be_a_number(self):
        _, err = self.expect(2, "info", FLASHD_JOBS="many")
        self.assertIn("FLASHD_JOBS", self.one_sentence(err))


class Build(LauncherTest):
    def test_changed_source_is_rebuilt(self):
        self.expect(0, "info")
        time.sleep(0.01)
        self.scratch.write("program.sh", "#!/bin/sh\necho new\n")
        out, _ = self.expect(0, "info")
        self.assertEqual(out, "new\n")

    def test_nothing_to_do_takes_under_a_second(self):
        self.expect(0, "info")
        took = []
        for _ in range(3):
            start = time.monotonic()
            self.expect(0, "info")
            took.append(time.monotonic() - start)
        self.assertLess(min(took), 1.0)

    def test_failing_build_shows_the_tail_and_the_log(self):
        self.scratch.write("make.sh", "echo the reason; exit 1\n")
        _, err = self.expect(5, "info")
        self.assertIn("the reason", err)
        self.assertIn("build/logs/build.log", err)

    def test_absent_library_is_one_sentence(self):
        project = self.scratch.root / "CMakeLists.txt"
        project.write_text(project.read_text() + 'message(FATAL_ERROR "Foo 1.2 was not found: '
                           'install the package libfoo-dev (./flashd does it on Debian and '
                           'Ubuntu).")\n')
        _, err = self.expect(3, "info")
        self.assertEqual(self.one_sentence(err),
                         "flashd: Foo 1.2 was not found: install the package libfoo-dev (./flashd "
                         "does it on Debian and Ubuntu).")

    def test_moved_checkout_is_built_anew(self):
        self.expect(0, "info")
        moved = self.scratch.root.with_name("moved")
        self.scratch.root.rename(moved)
        self.scratch.root = moved
        out, _ = self.expect(0, "info")
        self.assertEqual(out, "program info\n")

    def test_second_launcher_waits_for_the_first(self):
        self.expect(0, "info")
        with open(self.scratch.root / "build/lock", "r+", encoding="ascii") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            second = self.scratch.start("info")
            time.sleep(1.0)
            waited = second.poll() is None
            fcntl.flock(held, fcntl.LOCK_UN)
            out, _ = second.communicate(timeout=30)
        self.assertTrue(waited)
        self.assertEqual((second.returncode, out), (0, "program info\n"))

    def test_interrupt_ends_with_130_and_stops_the_child(self):
        mark = self.scratch.fakes / "pid"
        self.scratch.write("make.sh", f"echo $$ > {mark}.new && mv {mark}.new {mark}; "
                                      "exec sleep 100\n")
        process = self.scratch.start("info")
        limit = time.monotonic() + 30
        while not mark.exists() and time.monotonic() < limit:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        child = int(mark.read_text())
        limit = time.monotonic() + 5
        while os.path.exists(f"/proc/{child}") and time.monotonic() < limit:
            time.sleep(0.02)
        self.assertFalse(os.path.exists(f"/proc/{child}"))


class Onnx(LauncherTest):
    SCRIPT = """
import pathlib, sys
folder = pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
(folder / "cases.json").write_text("{}")
with open(folder / "runs", "a") as runs:
    runs.write("x")
"""

    def setUp(self):
        super().setUp()
        self.scratch.pretend_wheels()
        (self.scratch.root / "python" / "flashd").mkdir(parents=True)
        self.scratch.write("python/flashd/_formats.py", "")
        self.scratch.write("python/onnx_cases.py", self.SCRIPT)

    def runs(self):
        path = self.scratch.root / "build" / "onnx" / "runs"
        return len(path.read_text()) if path.exists() else 0

    def test_cases_are_made_once_and_again_for_another_script(self):
        for _ in range(2):
            out, _ = self.expect(0, "onnx", "--config", "tiny")
            self.assertEqual(out, "program onnx --config tiny\n")
        self.assertEqual(self.runs(), 1)
        self.scratch.write("python/onnx_cases.py", self.SCRIPT + "# changed\n")
        self.expect(0, "onnx")
        self.assertEqual(self.runs(), 2)

    def test_cases_of_the_caller_are_left_alone(self):
        self.expect(0, "onnx", "--cases", "elsewhere")
        self.assertEqual(self.runs(), 0)

    def test_a_script_that_fails_is_told(self):
        self.scratch.write("python/onnx_cases.py", "print('no such operator'); raise SystemExit(1)")
        _, err = self.expect(5, "onnx")
        self.assertIn("no such operator", self.one_sentence(err))

    def test_an_engine_among_the_back_ends_is_built(self):
        self.expect(0, "onnx", "--backend", "golden,rtl")
        built = self.scratch.root / "build" / "release" / "bin" / "flashd_top_base_fine"
        self.assertTrue(built.exists())


class SetUp(LauncherTest):
    def remove(self, *packages):
        for package in packages:
            (self.scratch.fakes / package).unlink()

    def test_no_install_lists_what_is_missing(self):
        self.remove("verilator", "catch2")
        _, err = self.expect(3, "--no-install", "info")
        line = self.one_sentence(err)
        self.assertTrue(line.endswith(": verilator catch2"), line)
        self.assertFalse([c for c in self.scratch.calls() if c.startswith("apt-get")])

    def test_no_install_lists_the_wheels(self):
        _, err = self.expect(3, "demo", "--no-install")
        self.assertIn("numpy==", self.one_sentence(err))

    def test_only_missing_packages_are_installed_and_once(self):
        self.remove("catch2")
        self.expect(0, "info")
        apt = [c for c in self.scratch.calls() if c.startswith("apt-get")]
        self.assertEqual(len(apt), 2, apt)
        self.assertTrue(apt[0].endswith(" update"), apt)
        self.assertTrue(apt[1].endswith(" install --no-install-recommends catch2"), apt)
        before = len(self.scratch.calls())
        self.expect(0, "info")
        self.assertEqual(len(self.scratch.calls()), before)

    def test_package_that_cannot_be_had_is_named_with_version_and_source(self):
        self.remove("librapidcheck-dev", "catch2")
        _, err = self.expect(3, "info", APT_FAILS="librapidcheck-dev")
        line = self.one_sentence(err)
        self.assertIn("could not install librapidcheck-dev (", line)
        self.assertIn("https://github.com/emil-e/rapidcheck", line)

    def test_old_tool_is_named_with_the_least_version(self):
        self.scratch.fake("cmake", "#!/bin/sh\necho cmake version 3.22.1\n")
        _, err = self.expect(3, "info")
        line = self.one_sentence(err)
        self.assertIn("cmake is version 3.22: needed is CMake 3.25, https://cmake.org", line)


class Suite(LauncherTest):
    def setUp(self):
        super().setUp()
        self.scratch.pretend_wheels()
        self.scratch.write("tests.cmake", TESTS)

    def test_counts_reasons_and_status(self):
        out, _ = self.expect(1, "test", "--json")
        self.assertEqual(out.splitlines()[-1], "2 passed, 2 failed, 1 skipped")
        self.assertIn("broken here", out)
        self.assertIn("  skips: no GPU here\n", out)
        self.assertIn("  partly (in part): one case\n", out)
        self.assertIn("1 tests labelled full: ./flashd test --full", out)
        self.assertIn("1 tests labelled mutants: ./flashd test --mutants", out)
        summary = json.loads(
            (self.scratch.root / "build/release/test-summary.json").read_text())
        self.assertEqual([summary[k] for k in ("passed", "failed", "skipped")], [2, 2, 1])

    def test_selections(self):
        for arguments, last in ((["--full", "-L", "unit"], "2 passed, 0 failed, 0 skipped"),
                                (["--mutants"], "1 passed, 0 failed, 0 skipped"),
                                (["-R", "^skips$"], "0 passed, 0 failed, 1 skipped")):
            out, _ = self.expect(0, "test", *arguments)
            self.assertEqual(out.splitlines()[-1], last)

    def test_selection_of_nothing_is_no_success(self):
        self.expect(2, "test", "-R", "nonesuch")

    def test_unknown_option(self):
        self.expect(2, "test", "--bogus")


if __name__ == "__main__":
    missing = [tool for tool in ("cmake", "ninja", "ctest") if not shutil.which(tool)]
    if missing:
        print(f"SKIP: {', '.join(missing)} not found")
        sys.exit(77)
    unittest.main()
