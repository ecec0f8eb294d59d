"""Segments: files of JSON lines that one process writes and then closes into the inbox.

A segment's owner holds a lock on it, so that what a killed process left can be told from what a
living one is writing. Who waits for a write, and when a segment is closed, is in `landing.py`.
"""

import fcntl
import json
import logging
import mmap
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile

log = logging.getLogger(__name__)

PROBE = b"\0" * 4096
_numbers = count(1)  # of this process's segments
_sync_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has only fsync


class SegmentWriter:
    """The open segment of one `kind`, webhooks or events; for one thread at a time.

    `synced` is told the seconds that each sync of appended lines took.
    """

    def __init__(
        self, folder: Path, inbox: Path, kind: str, synced: Callable[[float], None] = lambda _: None
    ) -> None:
        self.folder, self.inbox, self.kind = folder, inbox, kind
        self._synced = synced
        self._handle: int | None = None
        self._path = folder
        self._opened = 0.0
        self.length = 0  # bytes that are known to be whole and durable
        self._torn = False  # there may be more than that in the file

    @property
    def age(self) -> float | None:
        """Seconds since the open segment got its first lines; None without one."""
        return time.monotonic() - self._opened if self.length else None

    def append(self, lines: Iterable[bytes]) -> None:
        """Make the lines durable, all of them or none.

        Raises OSError if they cannot be written; what was there before is as it was.
        """
        data = b"".join(lines)
        handle = self._open() if self._handle is None else self._handle
        try:
            if self._torn:
                self._cut(handle)
            _write(handle, data)
            start = time.perf_counter()
            _sync_data(handle)
            self._synced(time.perf_counter() - start)
        except OSError:
            self._torn = True
            with suppress(OSError):  # tried again before the next line
                self._cut(handle)
            raise
        if not self.length:
            self._opened = time.monotonic()
        self.length += len(data)

    def close(self) -> None:
        """Move the open segment, if there is one, into the inbox.

        Raises OSError if that cannot be done; it can be tried again.
        """
        if self._handle is None:
            return
        if self._torn:
            self._cut(self._handle)
        _hand_over(self._path, self.inbox, self.length)
        handle, self._handle, self.length = self._handle, None, 0
        os.close(handle)
        _sync_folder(self.inbox)
        _sync_folder(self.folder)

    def probe(self) -> None:
        """Raise OSError if nothing can be written beside the segments."""
        self._make_folders()
        with TemporaryFile(dir=self.folder) as file:
            _write(file.fileno(), PROBE)
            _sync_data(file.fileno())

    def recover(self) -> int:
        """Close into the inbox what killed processes left, without their torn last lines.

        Returns the number of segments; those of living processes are let be.
        """
        self._make_folders()
        found = 0
        for path in sorted(self.folder.glob(f"{self.kind}-*.jsonl")):
            try:
                handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:  # its owner has closed it
                continue
            try:
                if _owned(handle, path):
                    found += self._rescue(handle, path)
            finally:
                os.close(handle)
        _sync_folder(self.inbox)
        _sync_folder(self.folder)
        return found

    def _rescue(self, handle: int, path: Path) -> bool:
        size, length = os.fstat(handle).st_size, whole_lines(handle)
        if length < size:
            log.warning("%s of a killed receiver: its torn end is cut, %s B.", path, size - length)
            os.ftruncate(handle, length)
        os.fsync(handle)
        _hand_over(path, self.inbox, length)
        return length > 0

    def _open(self) -> int:
        self._make_folders()
        while True:
            now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
            path = self.folder / f"{self.kind}-{now}-{os.getpid()}-{next(_numbers)}.jsonl"
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            try:
                handle = os.open(path, flags, 0o600)
            except FileExistsError:  # of a process with this id in another container
                continue
            try:
                if _owned(handle, path):  # no receiver that is starting has taken it
                    _sync_folder(self.folder)
                    self._handle, self._path = handle, path
                    self.length, self._torn = 0, False
                    return handle
            except OSError:
                os.close(handle)
                path.unlink(missing_ok=True)
                raise
            os.close(handle)

    def _cut(self, handle: int) -> None:
        os.ftruncate(handle, self.length)
        self._torn = False

    def _make_folders(self) -> None:
        for folder in (self.folder, self.inbox):
            folder.mkdir(parents=True, exist_ok=True)


def whole_lines(handle: int) -> int:
    """Length in bytes of a file without its torn end: up to the last line that is whole JSON.

    What was acknowledged was synced before anything after it was written, so that only an end
    can be torn.
    """
    if not os.fstat(handle).st_size:
        return 0
    with mmap.mmap(handle, 0, prot=mmap.PROT_READ) as text:
        end = text.rfind(b"\n") + 1
        while end:
            start = text.rfind(b"\n", 0, end - 1) + 1
            if _is_record(text[start:end]):
                break
            end = start
        return end


def _write(handle: int, data: bytes) -> None:
    """All of it: a disk that is getting full takes a part and says nothing."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _hand_over(path: Path, inbox: Path, length: int) -> None:
    if length:
        path.rename(inbox / path.name)
    else:
        path.unlink()


def _owned(handle: int, path: Path) -> bool:
    """Lock an open file; whether nobody else has it and it still is where it was."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(path.stat(), os.fstat(handle))
    except (BlockingIOError, FileNotFoundError):
        return False


def _sync_folder(folder: Path) -> None:
    """So that files that came or went outlive a crash of the machine."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
