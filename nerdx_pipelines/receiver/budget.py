"""How many bytes of requests may be in memory at once, and the refusal of what is beyond it.

Nobody waits for room: a sender that is told to come back does so.
"""

from types import TracebackType


class FullError(Exception):
    """There is no room now; the sender should come back."""


class Budget:
    """Room for `limit` bytes, shared by all requests and by what waits for the disk."""

    def __init__(self, limit: int) -> None:
        self.limit, self.used = limit, 0

    def take(self, size: int) -> None:
        """Use `size` bytes of it. Raises FullError if there are not as many."""
        if self.used + size > self.limit:
            raise FullError
        self.used += size

    def give(self, size: int) -> None:
        """Return what was taken."""
        self.used -= size


class Hold:
    """What one request takes of a budget, given back when the block ends."""

    def __init__(self, budget: Budget) -> None:
        self._budget, self._taken = budget, 0

    def take(self, size: int) -> None:
        """Use more. Raises FullError."""
        self._budget.take(size)
        self._taken += size

    def __enter__(self) -> "Hold":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._budget.give(self._taken)
