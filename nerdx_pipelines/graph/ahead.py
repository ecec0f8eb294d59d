"""Work on one thing while the next is being made. What is worked on is the caller's business."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Name = TypeVar("Name")
Thing = TypeVar("Thing")


def one_ahead(
    work: Callable[[Thing], None], things: Iterator[tuple[Name, Thing]]
) -> Iterator[Name]:
    """The name of each thing, once `work` has been done on it, in their order.

    The work is done in a thread of its own, on one thing at a time, while the caller makes the
    next and deals with the last. What it raises is raised here, and nothing that comes after is
    worked on.
    """

    def after(before: Future[None] | None, thing: Thing) -> None:
        if before is not None:
            before.result()
        work(thing)

    last: tuple[Name, Future[None]] | None = None
    with ThreadPoolExecutor(max_workers=1) as worker:
        for name, thing in things:
            before, last = last, (name, worker.submit(after, last and last[1], thing))
            if before is not None:
                before[1].result()
                yield before[0]
        if last is not None:
            last[1].result()
            yield last[0]
