"""Segments on their way from the receiver to the warehouse: which are due, and their archive.

A segment is a closed file of the inbox, `<prefix>-<time>-<pid>-<n>.jsonl`; it stays there until
the warehouse has committed it. What its lines mean is the assets' business.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nerdx_pipelines.errors import DiskError
from nerdx_pipelines.files import locked, writing

MOST_SEGMENTS = 1_000  # of a run
MOST_BYTES = 256 * 2**20  # of a run, unless a single segment has more
PATIENCE = timedelta(minutes=10)  # before a segment that is still there is asked for again
LONGEST_PATIENCE = timedelta(hours=6)


@dataclass(frozen=True)
class Batch:
    """Segments that one run is asked to take, by name, and the key that makes the run unique."""

    names: tuple[str, ...]
    run_key: str


def segments_to_request(
    inbox: Path,
    prefix: str,
    cursor: str | None,
    now: datetime,
    *,
    most_segments: int = MOST_SEGMENTS,
    most_bytes: int = MOST_BYTES,
    patience: timedelta = PATIENCE,
) -> tuple[Batch | None, str]:
    """The oldest segments of `prefix` that are due, if any, and the next cursor.

    One that was asked for is due again when it is still in the inbox after `patience`, doubled
    each time: its run failed. The cursor is JSON text: name -> how often, and when last.
    """
    asked: dict[str, tuple[int, str]] = json.loads(cursor) if cursor else {}
    sizes = _closed(inbox, prefix)
    asked = {name: times for name, times in asked.items() if name in sizes}
    names: list[str] = []
    room = most_bytes
    for name in sorted(sizes):
        if not _is_due(asked.get(name), now, patience):
            continue
        room -= sizes[name]
        if names and (room < 0 or len(names) == most_segments):
            break
        names.append(name)
    for name in names:
        asked[name] = (asked.get(name, (0, ""))[0] + 1, now.isoformat())
    batch = None
    if names:
        told = "\n".join(f"{name} {asked[name][0]}" for name in names)
        digest = hashlib.sha256(told.encode()).hexdigest()[:16]
        batch = Batch(tuple(names), f"{names[0]} +{len(names) - 1} {digest}")
    return batch, json.dumps(asked, sort_keys=True)


def waiting(inbox: Path, now: datetime) -> list[timedelta]:
    """For how long each closed segment of any prefix has been waiting, by its file's time."""
    ages = []
    for segment in inbox.glob("*.jsonl"):
        with suppress(FileNotFoundError):  # it was applied meanwhile
            ages.append(now - datetime.fromtimestamp(segment.stat().st_mtime, UTC))
    return ages


@contextmanager
def applying(
    inbox: Path, archive: Path, prefix: str, names: Sequence[str] | None = None
) -> Iterator[list[Path]]:
    """The segments of `prefix` to apply, oldest first; archived at the end of the block, by month.

    Of `names`, those that are still there; without names, the oldest batch. After an error they
    stay in the inbox. One process at a time. Raises DiskError if another has them for 10 minutes
    or if they cannot be moved.
    """
    busy = DiskError(f"Another run has been taking the segments of {inbox} for 10 min; stop it.")
    with locked(inbox / f".{prefix}.lock", 600, busy):
        sizes = _closed(inbox, prefix)
        if names is None:
            batch, _ = segments_to_request(inbox, prefix, None, datetime.now(UTC))
            names = batch.names if batch else ()
        taken = [inbox / name for name in sorted(set(names)) if name in sizes]
        yield taken
        with writing(archive):
            places = set()
            for segment in taken:
                day = segment.name.removeprefix(f"{prefix}-")
                place = archive / f"{day[:4]}-{day[4:6]}"
                place.mkdir(parents=True, exist_ok=True)
                segment.replace(place / segment.name)
                places.add(place)
            for folder in places:
                _sync(folder)


def _closed(inbox: Path, prefix: str) -> dict[str, int]:
    """Name and bytes of every segment of `prefix`."""
    if not inbox.is_dir():
        return {}
    with os.scandir(inbox) as entries:
        return {
            entry.name: entry.stat().st_size
            for entry in entries
            if entry.name.startswith(f"{prefix}-") and entry.name.endswith(".jsonl")
        }


def _is_due(asked: tuple[int, str] | None, now: datetime, patience: timedelta) -> bool:
    if asked is None:
        return True
    times, last = asked
    wait = min(patience * (1 << min(times - 1, 16)), LONGEST_PATIENCE)
    return now - datetime.fromisoformat(last) >= wait


def _sync(folder: Path) -> None:
    """So that the moves in `folder` outlive a crash of the machine."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
