# SPDX-License-Identifier: Apache-2.0
"""Debian packages of packages.txt, tool versions, and the wheels of requirements.txt in .venv."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

from launcher.console import BUILD, LoggedFailure, MISSING, ROOT, Stop, logged, shown

PACKAGES = ROOT / "packages.txt"
REQUIREMENTS = ROOT / "requirements.txt"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
DPKG_STATUS = "/var/lib/dpkg/status"
STAMP = BUILD / "setup.json"
LEAST_PYTHON = (3, 11)

# command, how it tells its version, least version, line of packages.txt
TOOLS = (
    ("cmake", r"cmake version (\d+)\.(\d+)", (3, 25), "cmake"),
    ("ninja", r"^(\d+)\.(\d+)", (1, 10), "ninja-build"),
    ("g++", r"\) (\d+)\.(\d+)", (12, 0), "g++"),
    ("verilator", r"Verilator (\d+)\.(\d+)", (5, 6), "verilator"),
)


def wanted():
    """{package: what it is} of packages.txt."""
    found = {}
    for line in PACKAGES.read_text().splitlines():
        name, _, remark = line.partition("#")
        if name.strip():
            found[name.strip()] = remark.strip()
    return found


def on_debian():
    return bool(shutil.which("dpkg-query") and shutil.which("apt-get"))


def missing_packages(packages):
    """Those of the Debian packages that are not installed."""
    form = "${db:Status-Abbrev}|${Package}\n"
    query = subprocess.run(["dpkg-query", "-W", "-f", form, *packages],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    present = {line.split("|")[1] for line in query.stdout.splitlines() if line.startswith("ii")}
    return [p for p in packages if p not in present]


def tool_fault(packages):
    """One sentence on the first tool that is absent or too old, or None."""
    for command, pattern, least, package in TOOLS:
        if package not in packages:
            continue
        remark = packages[package]
        if not shutil.which(command):
            return f"{command} was not found: needed is {remark}."
        out = subprocess.run([command, "--version"], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True).stdout
        version = re.search(pattern, out, re.M)
        if version and tuple(map(int, version.groups())) < least:
            return f"{command} is version {'.'.join(version.groups())}: needed is {remark}."
    return None


def as_root():
    """Prefix of a command that needs root, or None when there is no way."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        return ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    return None


def apt_install(missing, packages):
    """Installs packages with apt-get; raises Stop(3) with one sentence."""
    prefix = as_root()
    hint = f"apt-get install {' '.join(missing)}"
    if prefix is None:
        raise Stop(MISSING, f"Missing are {', '.join(missing)}, and neither root nor sudo is at "
                            f"hand to install them (least versions and sources: packages.txt): "
                            f"as root, run: {hint}")
    if prefix:
        prefix = [*prefix, "DEBIAN_FRONTEND=noninteractive"]
    apt = [*prefix, "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    if prefix and sys.stdin.isatty():
        subprocess.run(["sudo", "-v"], check=False)
    try:
        logged("set-up: apt-get update", [*apt, "update"], "apt.log", env=env)
    except LoggedFailure:
        pass  # a mirror that fails may still leave the packages within reach
    try:
        logged(f"set-up: apt-get install {' '.join(missing)}",
               [*apt, "install", "--no-install-recommends", *missing], "apt.log",
               append=True, env=env)
    except LoggedFailure as failure:
        unknown = [p for p in missing
                   if re.search(rf"(locate package|candidate).*{re.escape(p)}(\s|'|$)",
                                "\n".join(failure.tail))]
        lacking = unknown or missing
        needs = "; ".join(packages[p] for p in lacking)
        raise Stop(MISSING, f"apt-get could not install {', '.join(lacking)} "
                            f"(log: {shown(failure.log)}): needed is {needs}.") from failure


def ensure_packages(install):
    """Makes the tools and libraries present; silent and quick when they are."""
    state = {"packages": hashlib.sha256(PACKAGES.read_bytes()).hexdigest(),
             "path": os.environ.get("PATH", "")}
    if os.path.exists(DPKG_STATUS):
        state["dpkg"] = os.stat(DPKG_STATUS).st_mtime_ns
    try:
        if json.loads(STAMP.read_text()) == state:
            return
    except (OSError, ValueError):
        pass
    packages = wanted()
    if on_debian():
        missing = missing_packages(packages)
        if missing and not install:
            raise Stop(MISSING, "Missing Debian packages, and --no-install forbids to install "
                                f"them: {' '.join(missing)}")
        if missing:
            apt_install(missing, packages)
            state["dpkg"] = os.stat(DPKG_STATUS).st_mtime_ns
    fault = tool_fault(packages)
    if fault:
        raise Stop(MISSING, fault)
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(json.dumps(state))


def required():
    """The lines of requirements.txt that name a wheel."""
    lines = (line.partition("#")[0].strip() for line in REQUIREMENTS.read_text().splitlines())
    return [line for line in lines if line]


def venv_maker():
    """A Python of at least LEAST_PYTHON that can make virtual environments, or None."""
    names = [sys.executable, "/usr/bin/python3"]
    names += [f"python3.{minor}" for minor in (12, 11, 13, 14)]
    probe = f"import sys, venv, ensurepip; sys.exit(sys.version_info < {LEAST_PYTHON})"
    for name in names:
        path = name and shutil.which(name)
        if path and subprocess.run([path, "-c", probe], stderr=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL).returncode == 0:
            return path
    return None


def ensure_wheels(install):
    """Makes .venv hold exactly the wheels of requirements.txt; quick when a stamp says so."""
    mark = hashlib.sha256(REQUIREMENTS.read_bytes() + str(VENV).encode()).hexdigest()
    stamp = VENV / "flashd.stamp"
    try:
        if stamp.read_text() == mark and VENV_PYTHON.exists():
            return
    except OSError:
        pass
    if not install:
        raise Stop(MISSING, "Missing wheels in .venv, and --no-install forbids to install them: "
                            f"{' '.join(required())}")
    if on_debian() and not venv_maker():
        packages = wanted()
        if missing_packages(["python3-venv"]):
            apt_install(["python3-venv"], packages)
    maker = venv_maker()
    if not maker:
        raise Stop(MISSING, "No Python with the venv module was found: needed is "
                            f"{wanted()['python3-venv']}.")
    stamp.unlink(missing_ok=True)
    try:
        logged("set-up: .venv", [maker, "-m", "venv", "--clear", str(VENV)], "wheels.log")
        logged("set-up: Python wheels of requirements.txt",
               [str(VENV_PYTHON), "-m", "pip", "install", "--disable-pip-version-check",
                "--only-binary", ":all:", "-r", str(REQUIREMENTS)], "wheels.log", append=True)
    except LoggedFailure as failure:
        reason = next((t for t in reversed(failure.tail) if t.startswith("ERROR")),
                      failure.tail[-1] if failure.tail else "no output")
        raise Stop(MISSING, f"The wheels of requirements.txt could not be installed into .venv "
                            f"({reason}; log: {shown(failure.log)}): needed are pip's package "
                            "index or a folder of wheels (PIP_FIND_LINKS).") from failure
    stamp.write_text(mark)


def environment():
    """The environment of the program and the tests: .venv first on PATH when it exists."""
    env = dict(os.environ, FLASHD_ROOT=str(ROOT))
    if VENV_PYTHON.exists():
        env["FLASHD_PYTHON"] = str(VENV_PYTHON)
        env["PATH"] = f"{VENV / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
    return env
