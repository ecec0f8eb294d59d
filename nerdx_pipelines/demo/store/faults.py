"""Faults on demand: which request meets which one, by a seeded chance or one after the other.

How a fault looks on the wire is in `broken.py`; bulk operations ask for theirs in `bulk/`.
"""

import random
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

ANSWERED = ("throttle", "bad_gateway", "internal_error")  # instead of doing what was asked
BROKEN = ("cut", "slow")  # after it was done
ON_FILES = ("bad_gateway", "cut", "slow", "expired_url")
ON_JOBS = ("bulk_failed", "bulk_partial")
NAMES = (*ANSWERED, *BROKEN, "expired_url", *ON_JOBS, "late_update")
_NUMBERS = {"seed": 0.0, "slow_seconds": 2.0}


class Faults:
    """The faults of one server: the chance of each, and those that come next whatever chance says.

    The same seed and the same requests in the same order meet the same faults. Settings are the
    names in `NAMES`, each a chance from 0 to 1; `seed`; `slow_seconds`, how long a slow body
    takes; and `next`, a list of names. Raises ValueError for any others.
    """

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self._lock = threading.Lock()
        self.configure(settings or {})

    @classmethod
    def rate(cls, chance: float) -> dict[str, Any]:
        """Settings with the same chance for every fault, and slow ones not too slow."""
        return {**dict.fromkeys(NAMES, chance), "slow_seconds": 0.5}

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Replace all settings, and begin the seeded sequence anew."""
        chances = {name: settings.get(name, 0) for name in NAMES}
        for name in settings.keys() - {*NAMES, *_NUMBERS, "next"}:
            raise ValueError(f"There is no fault {name!r}; there are {', '.join(NAMES)}.")
        for name, chance in chances.items():
            if isinstance(chance, bool) or not isinstance(chance, int | float) or chance > 1:
                raise ValueError(f"{name} must be a number from 0 to 1, not {chance!r}.")
            if chance < 0:
                raise ValueError(f"{name} must be a number from 0 to 1, not {chance!r}.")
        numbers = {name: settings.get(name, default) for name, default in _NUMBERS.items()}
        if not all(isinstance(each, int | float) for each in numbers.values()):
            raise ValueError(f"{' and '.join(numbers)} must be numbers.")
        coming = settings.get("next", [])
        if not isinstance(coming, list) or not set(coming) <= set(NAMES):
            raise ValueError(f"next must be a list of {', '.join(NAMES)}.")
        with self._lock:
            self._chances, self._numbers, self._next = chances, numbers, list(coming)
            self._random, self._met = random.Random(numbers["seed"]), Counter[str]()  # noqa: S311

    @property
    def settings(self) -> dict[str, Any]:
        """What `configure` takes, and under `met` how often each fault was met since."""
        with self._lock:
            return {
                **self._numbers,
                **self._chances,
                "next": list(self._next),
                "met": dict(self._met),
            }

    @property
    def slow_seconds(self) -> float:
        """How long a slow body takes."""
        return float(self._numbers["slow_seconds"])

    def strike(self, *names: str) -> str | None:
        """The one of these faults that happens now, if any does."""
        with self._lock:
            found = next((name for name in self._next if name in names), None)
            if found:
                self._next.remove(found)
            else:
                found = self._drawn(names)
            if found:
                self._met[found] += 1
            return found

    def share(self) -> float:
        """How much of a body arrives before it is cut: some, never all of it."""
        with self._lock:
            return self._random.uniform(0.05, 0.95)

    def choice(self, *options: str) -> str:
        """One of several."""
        with self._lock:
            return self._random.choice(options)

    def _drawn(self, names: tuple[str, ...]) -> str | None:
        if not any(self._chances[name] for name in names):
            return None
        point = self._random.random()
        for name in names:
            point -= self._chances[name]
            if point < 0:
                return name
        return None
