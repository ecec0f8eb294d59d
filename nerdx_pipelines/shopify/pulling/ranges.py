"""A range of time in slices: cut by counting, pulled side by side, split where the shop fails.

Slices neither overlap nor leave a gap, so their files add up to the range's. What a slice is
pulled with is in `pages.py` and `bulk.py`.
"""

import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count as numbers
from pathlib import Path

from nerdx_pipelines.errors import ShopifyError, ShopUnavailableError
from nerdx_pipelines.shopify.pulling.bulk import AT_ONCE, BulkFailedError, run_bulk
from nerdx_pipelines.shopify.pulling.bulk_files import BrokenFileError, stream
from nerdx_pipelines.shopify.pulling.jsonl import Written, join, write_rows
from nerdx_pipelines.shopify.pulling.pages import PAGE, count, pages
from nerdx_pipelines.shopify.pulling.resource import Resource, between
from nerdx_pipelines.shopify.transport.client import ShopifyClient

log = logging.getLogger(__name__)

# Below this many roots, pages are not much slower than an operation, and spend no more than a
# third of a standard shop's bucket: 500 orders are 5 pages and 600 points.
BULK_FROM = 500
SLICE_ROOTS = 10_000  # a slice of its own is worth the counting and one more operation
LARGEST_SLICE = 200_000  # roots; what fails at the end of it is not too much to do again
MAX_COUNTS = 60  # questions asked to find the cuts
MAX_SPLITS = 4  # of a slice that failed, each time in two
SHORTEST = timedelta(seconds=2)
# Only these never change. An object whose time moves while slices are pulled is not lost if the
# slices go one after another, oldest first: it can only move into one that is still to come.
FIXED = ("processed_at", "created_at")


@dataclass(frozen=True)
class Slice:
    """`start <= field < end` and about how many roots are in it; either end may be open."""

    start: datetime | None
    end: datetime | None
    roots: int

    def __str__(self) -> str:
        """The range for a person, with times to the second."""
        first, last = (
            moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S").removesuffix(" 00:00:00")
            if moment
            else ""
            for moment in (self.start, self.end)
        )
        return f"{first}…{last}"

    def at(self, share: float) -> datetime | None:
        """A whole second after `share` of the range; None if it is too short, or has no start."""
        end = self.end or datetime.now(UTC)
        if self.start is None or end - self.start < SHORTEST:
            return None
        moment = (self.start + (end - self.start) * share).replace(microsecond=0)
        return max(moment, self.start + timedelta(seconds=1))

    def split(self, moment: datetime, before: int) -> "list[Slice]":
        """The parts before `moment`, with `before` roots, and from it on."""
        after = max(self.roots - before, 0)
        return [Slice(self.start, moment, before), Slice(moment, self.end, after)]


def cut(client: ShopifyClient, resource: Resource, field: str, whole: Slice) -> list[Slice]:
    """Slices of `whole` with about equally many roots, in order of time."""
    wanted = min(AT_ONCE, whole.roots // SLICE_ROOTS) if field in FIXED else 1
    wanted = max(wanted, -(-whole.roots // LARGEST_SLICE), 1)
    slices = [whole]
    for _ in range(MAX_COUNTS):
        largest = max(slices, key=lambda each: each.roots)
        # Halves of a fair share, so that they can be put together to fair shares.
        if wanted == 1 or largest.roots <= whole.roots / wanted / 2:
            break
        if (middle := largest.at(0.5)) is None:
            break
        before = count(client, resource, between(field, largest.start, middle))
        index = slices.index(largest)
        slices[index : index + 1] = largest.split(middle, before)
    return _shares(slices, wanted)


def _shares(slices: list[Slice], wanted: int) -> list[Slice]:
    """Neighbours put together to at most `wanted` slices with about equally many roots."""
    total, before = sum(each.roots for each in slices), 0
    shares: dict[int, Slice] = {}
    for each in slices:
        share = min((before + each.roots // 2) * wanted // max(total, 1), wanted - 1)
        known = shares.get(share, Slice(each.start, each.end, 0))
        shares[share] = Slice(known.start, each.end, known.roots + each.roots)
        before += each.roots
    return list(shares.values())


@dataclass
class RangePull:
    """One pull of a range into files of `folder`; the first failure ends all of it."""

    client: ShopifyClient
    resource: Resource
    by: str  # the time filter
    folder: Path
    operations: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _numbers: "numbers[int]" = field(default_factory=numbers)

    def run(self, whole: Slice, to: Path) -> Written:
        """Write the roots of `whole`, with all that is in them, to `to`."""
        slices = [whole]
        if whole.roots >= BULK_FROM:
            slices = cut(self.client, self.resource, self.by, whole)
        self._tell(whole, slices)
        workers = AT_ONCE if self.by in FIXED else 1
        with ThreadPoolExecutor(workers, thread_name_prefix="slice") as pool:
            pulls = [pool.submit(self._slice, each, 0) for each in slices]
            try:
                for pull in as_completed(pulls):
                    pull.result()
            except BaseException:
                self._stopped.set()
                pool.shutdown(cancel_futures=True)
                raise
        parts = [part for pull in pulls for part in pull.result()]
        join([part for part, _ in parts], to)
        return sum((written for _, written in parts), Written())

    def _tell(self, whole: Slice, slices: list[Slice]) -> None:
        requests = -(-whole.roots // PAGE) or 1
        bulk = sum(each.roots >= BULK_FROM for each in slices)
        how = (
            f"by {bulk} bulk operation{'s' * (bulk > 1)} (about {requests} requests by pages)"
            if bulk
            else f"in about {requests} pages (fewer than {BULK_FROM}, so no bulk operation)"
        )
        name = f"{self.resource.name} {self.by} {whole}"
        log.info("%s: %s %s", name, f"{whole.roots:,}", how)

    def _slice(self, piece: Slice, splits: int) -> list[tuple[Path, Written]]:
        """The files of a slice, which is split if the shop fails to give it at once."""
        query = between(self.by, piece.start, piece.end)
        to = self.folder / f"part-{next(self._numbers)}"
        if piece.roots < BULK_FROM:
            return [(to, write_rows(to, pages(self.client, self.resource, query)))]
        text = self.resource.text(f"{self.resource.title}Bulk", query=query)
        try:
            self.operations += 1
            written = run_bulk(self.client, text, to, self._stopped)
        except (BulkFailedError, BrokenFileError) as error:
            to.unlink(missing_ok=True)
            return [
                part
                for half in self._halves(piece, splits, error)
                for part in self._slice(half, splits + 1)
            ]
        log.info("%s %s: %d objects", self.resource.name, piece, written.objects)
        return [(to, written)]

    def _halves(self, piece: Slice, splits: int, error: ShopifyError) -> list[Slice]:
        name = f"{self.resource.name} {self.by} {piece}"
        if splits == MAX_SPLITS:
            code = error.code if isinstance(error, BulkFailedError) else "BROKEN_FILE"
            raise ShopUnavailableError(
                f"{name}: {error} It failed {splits + 1} times ({code}), in ever smaller parts. "
                "Nothing was loaded; run it again later."
            ) from error
        self.client.sleep(2.0**splits)
        moment = self._split_point(piece, error)
        if moment is None:
            log.warning("%s: %s It is too short to split; trying it again.", name, error)
            return [piece]
        log.warning("%s: %s Splitting the range at %s.", name, error, moment)
        query = between(self.by, piece.start, moment)
        return piece.split(moment, count(self.client, self.resource, query))

    def _split_point(self, piece: Slice, error: ShopifyError) -> datetime | None:
        """Where the partial file ends, if there is one, but near the middle.

        Nothing of that file is kept: no number in it proves that all of an order's lines and
        visits are there. But it shows how far the shop got, which is a part of a size that it
        can do.
        """
        url = error.partial_url if isinstance(error, BulkFailedError) else None
        last = self._last_time(url) if url else None
        if last is None:
            return piece.at(0.5)
        bounds = piece.at(0.25), piece.at(0.75)
        if bounds[0] is None or bounds[1] is None:
            return None
        return min(max(last.replace(microsecond=0), bounds[0]), bounds[1])

    def _last_time(self, url: str) -> datetime | None:
        partial = self.folder / f"partial-{next(self._numbers)}"
        name, rest = self.by.split("_")
        pattern = re.compile(f'"{name}{rest.title()}":"([^"]+)"'.encode())
        try:
            written = stream(self.client, url, partial, self._stopped)
            with partial.open("rb") as file:
                found = [match[1] for line in file if (match := pattern.search(line))]
            log.info("The partial file holds %d objects", written.objects)
            last = datetime.fromisoformat(max(found).decode()) if found else None
            return last if last and last.tzinfo else None
        except (BrokenFileError, ValueError) as error:
            log.warning("The partial file is no help: %s", error)
            return None
        finally:
            partial.unlink(missing_ok=True)
