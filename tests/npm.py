"""Files of npm packages that tests compare with, in a cache outside git.

Which files, and what is in them, the tests' own modules know.
"""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path(__file__).parents[1] / ".cache")


def fetch(package: str, within: str, folder: Path) -> None:
    """Unpack what the package has under `within`; skips the test where npm cannot bring it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm is not installed, so {package} cannot be fetched to compare with")
    folder.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        [npm, "pack", "--silent", package], cwd=folder, capture_output=True, text=True, timeout=120
    )
    if packed.returncode:
        pytest.skip(f"npm could not fetch {package}: {packed.stderr.strip()[-300:]}")
    archive = folder / packed.stdout.split()[-1]
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.name.startswith(within) else None
            if file is not None:
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read())
    archive.unlink()
