"""Prepare `.venv` for this checkout: virtual environment, pinned wheels, missing system packages.

Runs on a bare Python 3.11+ with its standard library only. A second run with nothing changed returns at once: a stamp in the
environment holds the hash of everything that decides what is installed. With `--tests` also the programs that tests run: a
virtual screen with a compositor, a sound server.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "installed.sha256"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PIP_VERSION = "26.0"  # dependency groups need 25.1; Debian's own is older


def wanted() -> str:
    """Hash of what decides the environment's contents: the interpreter and the files that name packages and versions."""
    digest = hashlib.sha256(f"{sys.version} {sys.executable} {ROOT}".encode())
    for name in ("pyproject.toml", "constraints.txt", "scripts/bootstrap.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


# Debian/Ubuntu package by the shared library that the window toolkit or the sound library loads. Linux only: elsewhere the wheels bring all.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libportaudio.so.2": "libportaudio2",
}
# What the toolkit needs to open a window on an X screen, real or virtual; a driver's desktop has it, a bare server does not.
SCREEN_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libX11-xcb.so.1": "libx11-xcb1",
}
TEST_PROGRAMS = {
    "chromium": "chromium",
    "Xvfb": "xvfb",
    "picom": "picom",
    "xdotool": "xdotool",
    "pulseaudio": "pulseaudio",
    "parec": "pulseaudio-utils",
}
PULSE_FOR_ALSA = "libasound2-plugins"  # how the sound library reaches a sound server


def missing_system_packages(*, for_tests: bool) -> list[str]:
    """Debian/Ubuntu packages that must be there: for a virtual environment, a window and sound; for tests a screen and a sound server."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    missing = [] if all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")) else [f"{version}-venv"]
    if sys.platform != "linux":
        return missing
    missing += [package for library, package in LIBRARIES.items() if not loads(library)]
    if for_tests:
        missing += [package for library, package in SCREEN_LIBRARIES.items() if not loads(library)]
        missing += [package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)]
        missing += [] if any(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")) else [PULSE_FOR_ALSA]
    return missing


def loads(library: str) -> bool:
    """Whether the system has this shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_system_packages(packages: list[str]) -> None:
    """Install them as root or through sudo; otherwise print the exact command and stop."""
    apt = shutil.which("apt-get")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    sudo = [] if root else ["sudo", "-n"]
    allowed = root or (shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0)
    if not apt or not allowed:
        sys.exit(
            f"Missing system packages: {' '.join(packages)}. Install them, then run this again:\n  sudo apt-get install {' '.join(packages)}"
        )
    print(f"Installing system packages: {' '.join(packages)}", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*sudo, apt, "update", "-qq"], check=True, **quiet)
    command = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", apt, "install", "-y", "-qq", "--no-install-recommends", *packages]
    if subprocess.run(command, check=False, **quiet).returncode != 0:
        sys.exit(f"Could not install {' '.join(packages)}. Try it by hand, then run this again:\n  {' '.join(command)}")


def environment_fits() -> bool:
    """Whether `.venv` holds a working interpreter of the version that runs this."""
    if not PYTHON.exists():
        return False
    told = subprocess.run([str(PYTHON), "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False)
    return told.stdout.strip() == sys.version


def pip(*arguments: str) -> None:
    """Run the environment's pip, quiet unless something goes wrong."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-q", *arguments]
    calm = {**os.environ, "PYTHONWARNINGS": "ignore"}  # the build back end warns that an editable installation is one
    if subprocess.run(command, cwd=ROOT, env=calm, check=False).returncode != 0:
        sys.exit(f"Could not install: {' '.join(arguments)}. Check the network or the package mirror, then run this again.")


def main() -> None:
    """Bring `.venv` up to date, or return at once when it is."""
    if sys.version_info < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]} ({sys.executable}).")
    for_tests = "--tests" in sys.argv[1:]
    want = wanted() + (" tests" if for_tests else "")
    done = STAMP.read_text() if PYTHON.exists() and STAMP.exists() else ""
    if done.startswith(want):
        return
    packages = missing_system_packages(for_tests=for_tests)
    if packages:
        install_system_packages(packages)
    if done.startswith(wanted()):
        STAMP.write_text(want)
        return
    print("Setting up .venv (once; about a minute)", flush=True)
    STAMP.unlink(missing_ok=True)
    fresh = [] if environment_fits() else ["--clear"]
    subprocess.run([sys.executable, "-m", "venv", *fresh, str(VENV)], check=True)
    pip(f"pip>={PIP_VERSION}")
    pip("-c", "constraints.txt", "-e", ".[overlay,voice,kokoro,web]", "--group", "dev")
    STAMP.write_text(want)


if __name__ == "__main__":
    main()
