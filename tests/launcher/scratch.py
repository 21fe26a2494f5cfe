# SPDX-License-Identifier: Apache-2.0
"""A scratch checkout: the real launcher and presets around a project of shell scripts, and fakes
of the tools that install. Nothing is compiled."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(scratch NONE)
enable_testing()
foreach(name flashd flashd_rtl_base_fine flashd_top_base_fine)
  add_custom_command(OUTPUT ${name}.made
    COMMAND sh ${CMAKE_SOURCE_DIR}/make.sh ${CMAKE_SOURCE_DIR}/program.sh ${name}
    DEPENDS ${CMAKE_SOURCE_DIR}/program.sh ${CMAKE_SOURCE_DIR}/make.sh)
  add_custom_target(${name} ALL DEPENDS ${name}.made)
endforeach()
include(${CMAKE_SOURCE_DIR}/tests.cmake OPTIONAL)
"""
PROGRAM = "#!/bin/sh\necho \"program $*\"\nexit ${STATUS:-0}\n"
MAKE = "mkdir -p bin && cp $1 bin/$2 && chmod +x bin/$2 && touch $2.made\n"

# Packages count as installed when the file $FAKES/<package> exists.
DPKG_QUERY = """#!/bin/sh
echo "dpkg-query" >> "$FAKES/calls"
for p in "$@"; do [ -e "$FAKES/$p" ] && echo "ii |$p"; done
exit 0
"""
APT_GET = """#!/bin/sh
echo "apt-get $*" >> "$FAKES/calls"
[ -n "$APT_FAILS" ] && { echo "E: Unable to locate package $APT_FAILS"; exit 100; }
for p in "$@"; do case $p in [a-z]*) touch "$FAKES/$p";; esac; done
exit 0
"""
SUDO = """#!/bin/sh
[ "$1" = -v ] && exit 0
[ "$1" = -n ] && shift
exec env "$@"
"""


class Scratch:
    """Lives in `folder`; `run` starts its ./flashd."""

    def __init__(self, folder):
        self.root = pathlib.Path(folder) / "checkout"
        self.fakes = pathlib.Path(folder) / "fakes"
        self.root.mkdir()
        self.fakes.mkdir()
        for name in ("flashd", "CMakePresets.json", "packages.txt", "requirements.txt"):
            shutil.copy(SOURCE / name, self.root)
        shutil.copytree(SOURCE / "launcher", self.root / "launcher",
                        ignore=shutil.ignore_patterns("__pycache__"))
        self.write("CMakeLists.txt", PROJECT)
        self.write("program.sh", PROGRAM)
        self.write("make.sh", MAKE)
        for name, text in (("dpkg-query", DPKG_QUERY), ("apt-get", APT_GET), ("sudo", SUDO)):
            self.fake(name, text)
        self.packages = [line.split("#")[0].strip()
                         for line in (self.root / "packages.txt").read_text().splitlines()
                         if line.split("#")[0].strip()]
        for package in self.packages:
            (self.fakes / package).touch()

    def write(self, name, text):
        (self.root / name).write_text(text)

    def fake(self, name, text):
        """Puts a script in front of the tool of that name."""
        path = self.fakes / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def calls(self):
        path = self.fakes / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def pretend_wheels(self):
        """A .venv that the launcher takes for complete."""
        venv = self.root / ".venv"
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").symlink_to(sys.executable)
        text = (self.root / "requirements.txt").read_bytes() + str(venv).encode()
        (venv / "flashd.stamp").write_text(hashlib.sha256(text).hexdigest())

    def environment(self, **extra):
        env = dict(os.environ, FAKES=str(self.fakes), PYTHONDONTWRITEBYTECODE="1", **extra)
        env["PATH"] = f"{self.fakes / 'bin'}{os.pathsep}{os.environ['PATH']}"
        env.pop("FLASHD_JOBS", None)
        env.update(extra)
        return env

    def start(self, *arguments, **extra):
        return subprocess.Popen([sys.executable, str(self.root / "flashd"), *arguments],
                                cwd=self.root, env=self.environment(**extra),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def run(self, *arguments, **extra):
        """(exit status, stdout, stderr)"""
        process = self.start(*arguments, **extra)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err
