"""Files of the data dir: written whole or not at all, by one process at a time.

What is written is the callers' business; an error says what a person can do about it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from filelock import FileLock, Timeout

from nerdx_pipelines.errors import DiskError, NerdxError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError of the block, which writes the file or folder `path`, into a DiskError."""
    try:
        yield
    except OSError as error:
        raise DiskError(
            f"Cannot write {path}: {error.strerror or error}. Free some space, mend the "
            "permissions, or set NERDX_DATA_DIR to another folder."
        ) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, moved to `path` at the end: readers see the old file or the new one.

    After an error `path` is as it was. What else is written beside the new file is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as workspace:
        fresh = Path(workspace) / path.name
        yield fresh
        fresh.replace(path)


@contextmanager
def locked(path: Path, timeout: float, busy: NerdxError) -> Iterator[None]:
    """Hold the lock file `path`; raise `busy` if another has it for `timeout` seconds."""
    lock = FileLock(path, timeout=timeout)
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            raise busy from None
    try:
        yield
    finally:
        lock.release()


def check_writable(folder: Path) -> None:
    """Make `folder`, or raise DiskError if no file can be written there."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as probe:
            probe.write(b"x")
