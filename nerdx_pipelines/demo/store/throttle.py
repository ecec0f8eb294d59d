"""The leaky bucket that Shopify gives every app and store.

Knows points and time only; what a query costs is in `graphql/cost.py`.
"""

import threading
import time


class Bucket:
    """Holds up to `maximum` points and regains `restore_rate` of them every second."""

    def __init__(self, maximum: float, restore_rate: float) -> None:
        self.maximum, self.restore_rate = maximum, restore_rate
        self._points, self._since = maximum, time.monotonic()
        self._lock = threading.Lock()

    def take(self, points: float) -> bool:
        """Remove `points`, or leave the bucket as it is and return False if it holds fewer."""
        with self._lock:
            if self._refilled() < points:
                return False
            self._points -= points
            return True

    def give_back(self, points: float) -> None:
        """Return what a query turned out not to need."""
        with self._lock:
            self._points = min(self.maximum, self._refilled() + points)

    def status(self) -> dict[str, float]:
        """`extensions.cost.throttleStatus`."""
        with self._lock:
            available = int(self._refilled())
        return {
            "maximumAvailable": float(self.maximum),
            "currentlyAvailable": available,
            "restoreRate": float(self.restore_rate),
        }

    def _refilled(self) -> float:
        now = time.monotonic()
        self._points = min(self.maximum, self._points + (now - self._since) * self.restore_rate)
        self._since = now
        return self._points
