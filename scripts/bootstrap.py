"""Prepare `.venv` for this checkout: virtual environment, pinned wheels, missing system packages.

Runs on a bare Python 3.11+ with its standard library only. A second run with nothing changed returns at once: a stamp in the
environment holds the hash of everything that decides what is installed.
"""

from __future__ import annotations

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


def missing_system_packages() -> list[str]:
    """Debian/Ubuntu packages that must be there before a virtual environment can be made."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return [] if all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")) else [f"{version}-venv"]


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
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        sys.exit(f"Could not install: {' '.join(arguments)}. Check the network or the package mirror, then run this again.")


def main() -> None:
    """Bring `.venv` up to date, or return at once when it is."""
    if sys.version_info < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]} ({sys.executable}).")
    want = wanted()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == want:
        return
    packages = missing_system_packages()
    if packages:
        install_system_packages(packages)
    print("Setting up .venv (once; about a minute)", flush=True)
    STAMP.unlink(missing_ok=True)
    fresh = [] if environment_fits() else ["--clear"]
    subprocess.run([sys.executable, "-m", "venv", *fresh, str(VENV)], check=True)
    pip(f"pip>={PIP_VERSION}")
    pip("-c", "constraints.txt", "-e", ".", "--group", "dev")
    STAMP.write_text(want)


if __name__ == "__main__":
    main()
