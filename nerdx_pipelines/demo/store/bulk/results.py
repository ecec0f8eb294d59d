"""The addresses of bulk files: unguessable, good for some days, and what is behind each.

Writing the files is in `operations.py`.
"""

import secrets
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

OUTPUTS = "/bulk-operation-outputs"


@dataclass(frozen=True)
class Result:
    """A file behind an address: the operation that wrote it, and which of its fields names it."""

    operation: int
    field: str  # url or partial_data_url
    path: Path
    base_url: str
    ends: float


class Results:
    """The files of one server; addresses live `lifetime` seconds."""

    def __init__(
        self, folder: Path, lifetime: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder, self._lifetime, self._clock = folder, lifetime, clock
        self._results: dict[str, Result] = {}
        self._lock = threading.Lock()

    def place(self, operation: int) -> Path:
        """Where to write the file of an operation."""
        path = self._folder / secrets.token_urlsafe(24) / f"bulk-{operation}.jsonl"
        path.parent.mkdir(parents=True)
        return path

    def publish(self, operation: int, field: str, path: Path, base_url: str) -> str:
        """A new address for a written file."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            ends = self._clock() + self._lifetime
            self._results[token] = Result(operation, field, path, base_url, ends)
        return f"{base_url}{OUTPUTS}/{token}/{path.name}?{_signature(path.name)}"

    def find(self, token: str, name: str) -> Result | None:
        """What is behind an address, whether or not its time is over."""
        with self._lock:
            found = self._results.get(token)
        return found if found and found.path.name == name else None

    def is_over(self, result: Result) -> bool:
        """Whether the address of a file has expired."""
        return result.ends <= self._clock()

    def replace(self, token: str) -> tuple[Result, str]:
        """End an address before its time; what was behind it, and its new address."""
        with self._lock:
            result = self._results.pop(token)
            self._results[token] = Result(
                result.operation, result.field, result.path, result.base_url, self._clock()
            )
        return result, self.publish(result.operation, result.field, result.path, result.base_url)

    def discard(self, path: Path) -> None:
        """Remove a file that nobody will be told of."""
        shutil.rmtree(path.parent, ignore_errors=True)

    def close(self) -> None:
        """Remove all files."""
        for result in self._results.values():
            self.discard(result.path)


def _signature(name: str) -> str:
    disposition = quote(f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}", safe="")
    return f"response-content-disposition={disposition}&response-content-type=application%2Fjsonl"
