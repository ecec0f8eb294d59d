"""Where a connection puts what its memory does not hold: a folder of its own, gone afterwards.

DuckDB numbers its spilled files from 0, so two processes must not share a folder.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from nerdx_pipelines.files import writing


@contextmanager
def spill_folder(parent: Path) -> Iterator[Path]:
    """A new folder in `parent`, removed at the end; those of killed processes are, too."""
    folder = parent / f"{os.getpid()}-{os.urandom(4).hex()}"
    with writing(parent):
        parent.mkdir(parents=True, exist_ok=True)
        with FileLock(parent / "lock"):  # nobody takes a folder for abandoned that is being made
            _remove_abandoned(parent)
            folder.mkdir()
            mine = FileLock(folder / "lock")  # the system frees it, whatever becomes of us
            mine.acquire()
    try:
        yield folder
    finally:
        mine.release()
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(parent: Path) -> None:
    for folder in filter(Path.is_dir, parent.iterdir()):
        try:
            with FileLock(folder / "lock", timeout=0):
                shutil.rmtree(folder, ignore_errors=True)
        except (Timeout, OSError):
            continue  # somebody is at work there, or removed it this instant
