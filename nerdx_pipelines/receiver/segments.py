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
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile

log = logging.getLogger(__name__)

PROBE = b"\0" * 4096
_numbers = count(1)  # of this process's segments
_sync_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)  # macOS has only fsync


@dataclass
class Segment:
    """An open file that this process has the lock of."""

    handle: int | None  # None: closed and moved, but that may not be durable yet
    path: Path
    length: int = 0  # bytes that are known to be whole and durable
    torn: bool = False  # there may be more than that in the file
    since: float = 0.0  # monotonic time of its first lines

    def cut(self) -> None:
        """Leave only what is known to be whole."""
        os.ftruncate(self.descriptor, self.length)
        self.torn = False

    @property
    def descriptor(self) -> int:
        """The open file's. Raises ValueError if it is closed."""
        if self.handle is None:
            raise ValueError(f"{self.path} is closed")
        return self.handle


class SegmentWriter:
    """Appends to the open segment of one `kind`, webhooks or events.

    One thread appends; another may meanwhile close what was detached and prepare what comes
    next. `synced` is told the seconds that each sync of appended lines took.
    """

    def __init__(
        self, folder: Path, inbox: Path, kind: str, synced: Callable[[float], None] = lambda _: None
    ) -> None:
        self.folder, self.inbox, self.kind = folder, inbox, kind
        self._synced = synced
        self._segment: Segment | None = None
        self._spare: Segment | None = None

    @property
    def length(self) -> int:
        """Bytes in the open segment."""
        return self._segment.length if self._segment else 0

    @property
    def age(self) -> float | None:
        """Seconds since the open segment got its first lines; None without one."""
        segment = self._segment
        return time.monotonic() - segment.since if segment and segment.length else None

    def append(self, lines: Iterable[bytes]) -> None:
        """Make the lines durable, all of them or none.

        Raises OSError if they cannot be written; what was there before is as it was.
        """
        data = b"".join(lines)
        if self._segment is None:
            spare, self._spare = self._spare, None
            self._segment = spare or self._create()
        segment = self._segment
        try:
            if segment.torn:
                segment.cut()
            _write(segment.descriptor, data)
            start = time.perf_counter()
            _sync_data(segment.descriptor)
            self._synced(time.perf_counter() - start)
        except OSError:
            segment.torn = True
            with suppress(OSError):  # tried again before the next line
                segment.cut()
            raise
        if not segment.length:
            segment.since = time.monotonic()
        segment.length += len(data)

    def detach(self) -> Segment | None:
        """Append to another segment from now on; the one that was open is to be closed."""
        segment, self._segment = self._segment, None
        return segment

    def close(self, segment: Segment) -> None:
        """Move a detached segment into the inbox, or remove it if it is empty.

        Raises OSError if that cannot be done; it can be tried again.
        """
        if segment.handle is not None:
            if segment.torn:
                segment.cut()
            _hand_over(segment.path, self.inbox, segment.length)
            os.close(segment.handle)
            segment.handle = None
        _sync_folder(self.inbox)
        _sync_folder(self.folder)

    def prepare(self) -> None:
        """Have the next segment ready, so that no record waits for its making. Raises OSError."""
        if self._spare is None:
            self._spare = self._create()

    def close_all(self) -> None:
        """Close what is open. Raises OSError; the next receiver then closes it."""
        for segment in (self.detach(), self._spare):
            if segment:
                self.close(segment)
        self._spare = None

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

    def _create(self) -> Segment:
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
                    return Segment(handle, path)
            except OSError:
                os.close(handle)
                path.unlink(missing_ok=True)
                raise
            os.close(handle)

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
