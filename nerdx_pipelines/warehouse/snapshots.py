"""Copies of the warehouse file, for readers: taken as cheaply as the disk allows, and kept.

A copy serves every reader until the file changes; whoever calls holds the file's lock. Opening
the copies, and the file itself, is not done here.
"""

import hashlib
import os
import shutil
from pathlib import Path

_HEADERS = 3 * 4096  # of a DuckDB file; each checkpoint writes one with a number one higher
_AT_ONCE = 2**30


def snapshot(database: Path) -> Path:
    """A copy of the file as it is: that of an earlier reader if nothing was written since."""
    folder = database.parent / "snapshots"
    folder.mkdir(exist_ok=True)
    current = folder / _name(database)
    if not current.exists():
        partial = current.with_suffix(".partial")
        _copy(database, partial)
        partial.replace(current)
    forget_old(database)
    return current


def forget_old(database: Path) -> None:
    """Remove copies of former states; who reads one keeps it until it is closed."""
    current = _name(database)
    for file in (database.parent / "snapshots").glob(f"{database.stem}-*"):
        if file.name != current:
            file.unlink(missing_ok=True)


def _name(database: Path) -> str:
    """A name for what the file holds: another one after any write, or for another file."""
    with database.open("rb") as file:
        headers = file.read(_HEADERS)
        about = os.fstat(file.fileno())
    state = hashlib.sha256(headers)
    state.update(f"{about.st_ino} {about.st_mtime_ns} {about.st_size}".encode())
    return f"{database.stem}-{state.hexdigest()[:32]}.duckdb"


def _copy(source: Path, target: Path) -> None:
    """Copy inside the kernel; where files can share blocks (XFS, Btrfs), nothing is copied."""
    try:
        with source.open("rb") as old, target.open("wb") as new:
            while os.copy_file_range(old.fileno(), new.fileno(), _AT_ONCE):
                pass
    except (AttributeError, OSError):  # not on Linux, or not on that file system
        shutil.copyfile(source, target)
