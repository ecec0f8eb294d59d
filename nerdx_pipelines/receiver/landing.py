"""Durable landing with group commit: one write and one sync for all records that wait.

While one group is being synced the next one gathers, so that the slower the disk, the larger the
groups. The files themselves are in `segments.py`.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from nerdx_pipelines.receiver.budget import Budget
from nerdx_pipelines.receiver.segments import Segment, SegmentWriter

log = logging.getLogger(__name__)

AGE_S = 2.0
SIZE = 16 * 2**20
RETRY_S = 1.0  # between tries to close a segment
T = TypeVar("T")


class LandingError(Exception):
    """A record could not be made durable; nothing of it is kept."""


class Landing:
    """Records of one kind on their way to disk; used by one event loop.

    A segment is closed when it is `age_s` seconds old or has `size` bytes. `committed` is told
    the number of records of each group.
    """

    def __init__(
        self,
        writer: SegmentWriter,
        budget: Budget,
        *,
        age_s: float = AGE_S,
        size: int = SIZE,
        committed: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._writer, self._budget = writer, budget
        self._age_s, self._size, self._committed = age_s, size, committed
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._some = asyncio.Event()
        self._closing = False
        self._failing = False
        self._rotation: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, f"landing-{writer.kind}")
        self._beside = ThreadPoolExecutor(1, f"closing-{writer.kind}")

    def age(self) -> float | None:
        """Seconds since the open segment got its first record; None without one."""
        return self._writer.age

    async def start(self) -> None:
        """Take over what killed receivers left, and begin. Raises OSError."""
        found = await self._in_thread(self._writer.recover)
        if found:
            log.info("Closed %s segments of %s that were left open.", found, self._writer.kind)
        await self._in_thread(self._writer.prepare)
        self._task = asyncio.create_task(self._run())

    async def land(self, lines: bytes) -> None:
        """Return when the lines, each with its end, are on disk: all of them or none.

        Raises FullError if too much is waiting, LandingError if they cannot be written. Who
        stops waiting does not know whether they were.
        """
        if self._closing:
            raise LandingError("The receiver is being stopped.")
        self._budget.take(len(lines))
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((lines, done))
        self._some.set()
        await done

    async def check(self) -> None:
        """Raise OSError if nothing can be written."""
        await self._in_thread(self._writer.probe)

    async def close(self) -> None:
        """Write what waits and close the segment; later records are refused."""
        self._closing = True
        self._some.set()
        if self._task:
            await self._task
        self._thread.shutdown()
        self._beside.shutdown()

    async def _run(self) -> None:
        while True:
            await self._something()
            waiting, self._waiting = self._waiting, []
            self._some.clear()
            if waiting:
                await self._commit(waiting)
            if self._closing and not self._waiting:
                await self._close_all()
                return
            if self._is_due():
                # Detached here, where nothing is being appended; closed whenever it is done.
                self._rotation = asyncio.create_task(self._rotate(self._writer.detach()))

    async def _something(self) -> None:
        """Wait for records, for the end, or for the open segment to be old enough."""
        age, wait = self._writer.age, None
        if age is not None and not self._rotating():
            wait = max(self._age_s - age, 0.0)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._some.wait()

    def _rotating(self) -> bool:
        return self._rotation is not None and not self._rotation.done()

    def _is_due(self) -> bool:
        age = self._writer.age
        if age is None or self._rotating():  # one at a time: what cannot be closed stays one
            return False
        return age >= self._age_s or self._writer.length >= self._size

    async def _rotate(self, segment: Segment | None) -> None:
        """Close a segment and prepare the next but one while records land in another."""
        while segment:
            try:
                await self._in_thread(partial(self._writer.close, segment), self._beside)
                segment = None
                await self._in_thread(self._writer.prepare, self._beside)
            except OSError as error:
                self._fails(error)
                if self._closing:  # the next receiver closes it
                    break
                await asyncio.sleep(RETRY_S)
        self._some.set()  # so that the age of the next segment is looked at

    async def _close_all(self) -> None:
        if self._rotation:
            await self._rotation
        try:
            await self._in_thread(self._writer.close_all)
        except OSError as error:
            self._fails(error)

    async def _commit(self, waiting: list[tuple[bytes, asyncio.Future[None]]]) -> None:
        error: Exception | None = None
        wanted = [lines for lines, done in waiting if not done.cancelled()]
        try:
            if wanted:
                await self._in_thread(lambda: self._writer.append(wanted))
                self._committed(len(wanted))
                self._works()
        except Exception as problem:
            self._fails(problem)
            error = LandingError("The disk does not take it.")
        for lines, done in waiting:
            self._budget.give(len(lines))
            if not done.done():
                if error:
                    done.set_exception(error)
                else:
                    done.set_result(None)

    def _fails(self, error: Exception) -> None:
        if not self._failing:
            self._failing = True
            unexpected = None if isinstance(error, OSError) else error
            log.error(
                "Cannot write to %s: %s. Senders are told to come back.",
                self._writer.folder,
                error,
                exc_info=unexpected,
            )

    def _works(self) -> None:
        if self._failing:
            self._failing = False
            log.info("%s can be written to again.", self._writer.folder)

    async def _in_thread(
        self, work: Callable[[], T], thread: ThreadPoolExecutor | None = None
    ) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread or self._thread, work)
