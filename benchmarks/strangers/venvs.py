"""One virtual environment a stranger, because they contradict our dependencies and each other's.

Made on demand from `requirements-<name>.txt` beside this file, with exact versions of everything,
and kept in `.cache/strangers`.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parent
CACHE = FOLDER.parents[1] / ".cache" / "strangers"
NAMES = sorted(file.stem.removeprefix("requirements-") for file in FOLDER.glob("*.txt"))
TIMEOUT_S = 600


class UnavailableError(Exception):
    """The package index could not give a stranger; the message has its last words."""


def binaries(name: str) -> Path:
    """The folder of the stranger's commands, its Python among them; made if it is not there."""
    requirements = FOLDER / f"requirements-{name}.txt"
    home = CACHE / name
    stamp = home / "installed.txt"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        _install(home, requirements)
        shutil.copyfile(requirements, stamp)
    return home / "bin"


def _install(home: Path, requirements: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=not uv.exists(), symlinks=True)
    python = str(home / "bin" / "python")
    installer = (
        [str(uv), "pip", "install", "--quiet", "--system-certs", "--python", python]
        if uv.exists()
        else [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    )
    command = [*installer, "--no-deps", "--requirement", str(requirements)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"{requirements.name} took more than {TIMEOUT_S} s.") from None
    if done.returncode:
        raise UnavailableError(f"{requirements.name} cannot be installed: {done.stderr[-500:]}")


if __name__ == "__main__":
    for each in NAMES:
        print(binaries(each))
