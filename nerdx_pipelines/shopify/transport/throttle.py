"""Pacing: when a query may be sent so that the shop's bucket of points is used up, not overdrawn.

The model of the bucket, and the waiting for it; what the points are spent on is not known here.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

POLL = 0.05  # seconds between two looks at the bucket while answers may refund points to it
TICK = 0.001  # seconds; less is rounding, and would be waited for without end
YIELD = 0.01  # of the points restored, by which the reserve for others shrinks again


class Clock:
    """Time as a client lives it: what was slept has passed, however it was slept."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep, self._ahead = sleep, 0.0

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        started = time.monotonic()
        self._sleep(seconds)
        self._ahead += max(0.0, started + seconds - time.monotonic())


@dataclass(frozen=True)
class Cost:
    """`extensions.cost` of an answer; a throttled query is charged nothing."""

    requested: float
    charged: float
    maximum: float
    available: float
    restore_rate: float
    throttled: bool = False

    @classmethod
    def of(cls, body: Mapping[str, Any], throttled: bool) -> "Cost | None":
        """The cost that an answer tells of, if it does."""
        try:
            cost = body["extensions"]["cost"]
            status, requested = cost["throttleStatus"], float(cost["requestedQueryCost"])
            actual = cost.get("actualQueryCost")
            return cls(
                requested=requested,
                charged=0.0 if throttled else requested if actual is None else float(actual),
                maximum=float(status["maximumAvailable"]),
                available=float(status["currentlyAvailable"]),
                restore_rate=float(status["restoreRate"]),
                throttled=throttled,
            )
        except (KeyError, TypeError, ValueError):
            return None


@dataclass(frozen=True)
class Ticket:
    """Leave to send one query: its kind, what is held back for it, what was spent by then."""

    kind: object
    cost: float
    spent: float


class Bucket:
    """The shop's bucket of points, as far as the answers tell.

    `level` is what may be spent now: all that is held back for queries in flight is taken off, as
    nobody knows which of them the shop has charged yet. Never above the truth if nobody else uses
    the bucket, whatever the delays and whichever answer comes first. Where others use it too, the
    shop's figure wins, and a reserve grows until they rarely get in between.
    """

    def __init__(self) -> None:
        self.maximum: float | None = None  # until an answer tells
        self.silent = False  # the shop answers without telling
        self.rate = self.level = self.at = 0.0
        self.reserve = 0.0  # left in the bucket for others, who may come first
        self.held = 0.0  # for queries in flight
        self.in_flight = 0
        self.spent = 0.0

    def delay(self, cost: float, now: float) -> float:
        """Seconds until `cost` points may be spent, if no answer comes before that."""
        if self.maximum is None:
            return POLL if self.in_flight and not self.silent else 0.0
        self._advance(now)
        missing = min(cost + self.reserve, self.maximum) - self.level
        if missing <= 0 or self.rate <= 0:
            return 0.0
        return max(missing / self.rate, TICK)

    def take(self, kind: object, cost: float, now: float) -> Ticket:
        """Spend `cost` points, provisionally."""
        self._advance(now)
        self.level -= cost
        self.held += cost
        self.in_flight += 1
        return Ticket(kind, cost, self.spent)

    def settle(self, ticket: Ticket, cost: Cost | None, now: float) -> None:
        """Take note of what a query has cost; None: nobody knows, so all that was held back."""
        self._advance(now)
        charged = cost.charged if cost else ticket.cost
        self.held -= ticket.cost
        self.in_flight -= 1
        self.level += ticket.cost - charged
        overtaken = self.spent - ticket.spent  # by queries that `cost` may not know of
        self.spent += charged
        if cost is None:
            self.silent = True
            return
        if cost.throttled and ticket.cost >= cost.requested:  # others were quicker
            self.reserve = min(self.reserve + cost.requested, cost.maximum / 2)
        least = cost.available - self.held - overtaken
        known = self.level if cost.maximum == self.maximum else least
        self.level = min(max(known, least), cost.available)
        self.maximum, self.rate = cost.maximum, cost.restore_rate

    def _advance(self, now: float) -> None:
        restored = self.rate * max(0.0, now - self.at)
        if self.maximum is not None:
            self.level = min(self.level + restored, self.maximum - self.held)
            self.reserve = max(0.0, self.reserve - restored * YIELD)
        self.at = max(now, self.at)


class Pacer:
    """Lets queries of several threads go, in the order they come, when the bucket has the points.

    A query's requested cost is learnt from the answers to its kind: any hashable pair of a text
    and its sizes. Of a kind not seen before, the text's dearest is taken, else the dearest of all.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock, self.bucket = clock, Bucket()
        self._turn, self._lock = threading.Lock(), threading.Lock()
        self._costs: dict[object, float] = {}
        self._texts: dict[str, float] = {}

    def enter(self, kind: tuple[str, object]) -> tuple[Ticket, float]:
        """Wait until a query of this kind may be sent; leave to send it, and seconds waited."""
        waited = 0.0
        with self._turn:  # the others queue up here, so that dear queries get their turn
            while not isinstance(leave := self.ask(kind), Ticket):
                self.clock.sleep(leave)
                waited += leave
        return leave, waited

    def ask(self, kind: tuple[str, object]) -> Ticket | float:
        """Leave to send a query of this kind, or the seconds after which to ask again."""
        with self._lock:
            now, cost = self.clock.now(), self._expected(kind)
            delay = self.bucket.delay(cost, now)
            if delay <= 0:
                return self.bucket.take(kind, cost, now)
            return min(delay, POLL) if self.bucket.in_flight else delay

    def leave(self, ticket: Ticket, cost: Cost | None) -> None:
        """Take note of the answer; every ticket has to come back, None if there is no answer."""
        with self._lock:
            self.bucket.settle(ticket, cost, self.clock.now())
            if cost and isinstance(ticket.kind, tuple):
                text = ticket.kind[0]
                self._costs[ticket.kind] = cost.requested
                self._texts[text] = max(cost.requested, self._texts.get(text, 0.0))

    def _expected(self, kind: tuple[str, object]) -> float:
        known = self._costs.get(kind) or self._texts.get(kind[0])
        return known or max(self._texts.values(), default=0.0)
