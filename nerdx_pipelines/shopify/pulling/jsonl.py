"""Raw files: one JSON object a line, a child names its parent in `__parentId`.

Written and counted here without being understood; the files' names and whole-or-nothing are the
callers' business.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

# Inside a JSON text the quotes would be escaped, so this is always the key.
CHILD = b'"__parentId"'


@dataclass(frozen=True)
class Written:
    """How many objects a file holds, and how many of them are roots."""

    objects: int = 0
    roots: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(self.objects + other.objects, self.roots + other.roots)


class LineFile:
    """A file that takes lines in chunks of any size and counts what they hold."""

    def __init__(self, to: Path) -> None:
        self._file = to.open("wb")
        self._rest = b""
        self._objects = self._children = 0

    def write(self, chunk: bytes) -> None:
        """Add bytes that may end anywhere."""
        chunk = self._rest + chunk if self._rest else chunk
        end = chunk.rfind(b"\n") + 1
        whole, self._rest = chunk[:end], chunk[end:]
        self._file.write(whole)
        self._objects += whole.count(b"\n")
        self._children += whole.count(CHILD)

    @property
    def written(self) -> Written:
        """What arrived as whole lines."""
        return Written(self._objects, self._objects - self._children)

    def __enter__(self) -> "LineFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None and self._rest:
            self.write(b"\n")
        self._file.close()


def write_rows(to: Path, rows: Iterable[dict[str, Any]]) -> Written:
    """Write one row a line."""
    objects = roots = 0
    with to.open("wb") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            objects += 1
            roots += "__parentId" not in row
    return Written(objects, roots)


def join(parts: list[Path], to: Path) -> None:
    """Make `to` of the `parts` in their order, which are gone then."""
    first, *others = parts
    if others:
        with first.open("ab") as file:
            for part in others:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, file, 1 << 20)
                part.unlink()
    first.replace(to)
