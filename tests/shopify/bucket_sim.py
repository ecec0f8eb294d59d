"""A shop's bucket of points, the network to it and clients that send, in simulated time."""

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle

from nerdx_pipelines.shopify.transport.throttle import Cost, Pacer, Ticket


@dataclass(frozen=True)
class Job:
    """A query: what it asks for and what it comes to in the end, in points."""

    requested: float
    actual: float

    @property
    def kind(self) -> tuple[str, object]:
        return (f"query {self.requested}", ())


@dataclass
class World:
    """Simulated time, and the shop's true bucket, full at first."""

    maximum: float
    rate: float
    now: float = 0.0
    level: float = field(init=False)
    spent: float = 0.0
    lost: float = 0.0  # points that came while the bucket was full
    _at: float = 0.0
    _events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.level = self.maximum

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + seconds, next(self._number), event))

    def run(self) -> None:
        while self._events:
            self.now, _, event = heapq.heappop(self._events)
            event()

    def refill(self) -> None:
        restored = self.level + (self.now - self._at) * self.rate
        self.lost += max(0.0, restored - self.maximum)
        self.level, self._at = min(restored, self.maximum), self.now

    def charge(self, points: float) -> bool:
        self.refill()
        if self.level < points:
            return False
        self.level -= points
        self.spent += points
        return True

    def refund(self, points: float) -> None:
        self.refill()
        self.level = min(self.level + points, self.maximum)
        self.spent -= points

    def cost(self, job: Job, charged: float, throttled: bool = False) -> Cost:
        self.refill()
        level = float(int(self.level))
        return Cost(job.requested, charged, self.maximum, level, self.rate, throttled)


class _Clock:
    def __init__(self, world: World) -> None:
        self.world = world

    def now(self) -> float:
        return self.world.now

    def sleep(self, seconds: float) -> None:
        raise AssertionError("simulated clients do not sleep")


class Client:
    """Sends jobs from `workers` places at once, as the pacer lets it; queued first come first."""

    def __init__(
        self, world: World, jobs: Sequence[Job], workers: int, delays: Sequence[float] = (0.1,)
    ) -> None:
        self.world, self.jobs, self.delays = world, deque(jobs), cycle(delays)
        self.pacer = Pacer(_Clock(world))
        self.queue: deque[Job] = deque()
        self.asking = False
        self.sent = self.throttled = self.done = 0
        self.ended = 0.0
        for _ in range(workers):
            self._next()

    def _next(self) -> None:
        if self.jobs:
            self.queue.append(self.jobs.popleft())
            self._wake()

    def _wake(self) -> None:
        if not self.asking:
            self.asking = True
            self.world.after(0, self._ask)

    def _ask(self) -> None:
        self.asking = False
        if not self.queue:
            return
        leave = self.pacer.ask(self.queue[0].kind)
        if isinstance(leave, Ticket):
            job = self.queue.popleft()
            self.sent += 1
            self.world.after(next(self.delays), lambda: self._arrive(job, leave))
            self._wake()
        else:
            self.asking = True
            self.world.after(leave, self._ask)

    def _arrive(self, job: Job, ticket: Ticket) -> None:
        if self.world.charge(job.requested):
            self.world.after(next(self.delays), lambda: self._finish(job, ticket))
        else:
            self.throttled += 1
            cost = self.world.cost(job, 0, throttled=True)
            self.world.after(next(self.delays), lambda: self._refused(job, ticket, cost))

    def _finish(self, job: Job, ticket: Ticket) -> None:
        self.world.refund(job.requested - job.actual)
        cost = self.world.cost(job, job.actual)
        self.world.after(next(self.delays), lambda: self._answered(ticket, cost))

    def _answered(self, ticket: Ticket, cost: Cost) -> None:
        self.pacer.leave(ticket, cost)
        self.done += 1
        self.ended = self.world.now
        self._next()

    def _refused(self, job: Job, ticket: Ticket, cost: Cost) -> None:
        self.pacer.leave(ticket, cost)
        self.queue.appendleft(job)
        self._wake()
