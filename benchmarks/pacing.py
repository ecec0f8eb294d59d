"""A throttled store: how much of its points a client uses, and how often it is refused.

Beside our client, a loop that sends at once and waits when it is told to. What is pulled, and how
fast it is read, belongs in other benchmarks.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from pydantic import SecretStr

from benchmarks.report import Table, spread
from benchmarks.strangers.store import Store, serving
from nerdx_pipelines.demo.generate import generate
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.transport.client import ShopifyClient

BUCKET, RESTORE = 2000, 100  # Shopify's standard plan
SECONDS = 30
PAGES = (20, 50, 5)  # orders a page: queries of several prices
VERSION = "2026-10"


@dataclass(frozen=True)
class Used:
    """What clients did in `seconds` with one bucket of points, full at first."""

    requests: int
    throttled: int
    points: float
    seconds: float

    @property
    def share(self) -> float:
        """Percent of the points that the bucket allowed."""
        return 100 * self.points / (BUCKET + RESTORE * self.seconds)


def run(repeat: int) -> list[Table]:
    """Each kind of client, `repeat` times, on a store with a fresh bucket."""
    kinds: dict[str, Callable[[Store], Used]] = {
        "ours, 1 thread": lambda store: _ours(store, clients=1, threads=1),
        "ours, 4 threads": lambda store: _ours(store, clients=1, threads=4),
        "ours, 2 clients of 2 threads": lambda store: _ours(store, clients=2, threads=2),
        "waits when refused, 4 threads": lambda store: _waiting(store, threads=4),
    }
    with TemporaryDirectory(prefix="nerdx-pacing-") as folder:
        data = Path(folder) / "data"
        generate(data, orders=2_000, days=60, seed=7, end=date(2026, 11, 1))
        measured = {
            name: [_measured(Path(folder) / "home", data, kind) for _ in range(repeat)]
            for name, kind in kinds.items()
        }
    figures: dict[str, Callable[[Used], float]] = {
        "points used, % of those allowed": lambda used: used.share,
        "requests": lambda used: used.requests,
        "refused as THROTTLED, % of the requests": lambda u: 100 * u.throttled / u.requests,
    }
    rows = [
        [name, *(spread([figure(one) for one in many]) for many in measured.values())]
        for name, figure in figures.items()
    ]
    note = (
        f"The demo store with a bucket of {BUCKET} points that regains {RESTORE} a second (the "
        f"standard plan), {SECONDS} s of order pages of {', '.join(map(str, PAGES))} in turn. "
        "The last column sends at once and, when refused, waits for as long as the points take."
    )
    return [Table("Pacing", note, ["", *kinds], rows)]


def _measured(home: Path, data: Path, kind: Callable[[Store], Used]) -> Used:
    options = ("--bucket", str(BUCKET), "--restore", str(RESTORE))
    with serving(home, data, *options) as store:
        return kind(store)


def _variables(turn: int) -> dict[str, Any]:
    return {"query": "", "first": PAGES[turn % len(PAGES)], "after": None, "customers": True}


def _in_threads(work: Callable[[float], None], threads: int) -> float:
    """Run `work(end)` in that many threads; the seconds until the last one ended."""
    started = time.monotonic()
    running = [
        threading.Thread(target=work, args=(started + SECONDS,), daemon=True)
        for _ in range(threads)
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return time.monotonic() - started


def _ours(store: Store, clients: int, threads: int) -> Used:
    ours = [
        ShopifyClient(store.url, SecretStr(store.token), VERSION, attempts=20)
        for _ in range(clients)
    ]
    text, mine = operation("orders", "OrdersPage"), iter(ours * threads)

    def work(end: float) -> None:
        client, turn = next(mine), 0
        while time.monotonic() < end:
            client.execute(text, _variables(turn))
            turn += 1

    seconds = _in_threads(work, clients * threads)
    stats = [client.stats for client in ours]
    return Used(
        sum(s.requests for s in stats),
        sum(s.throttled for s in stats),
        sum(s.points for s in stats),
        seconds,
    )


def _waiting(store: Store, threads: int) -> Used:
    url = f"{store.url}/admin/api/{VERSION}/graphql.json"
    text, lock, sums = operation("orders", "OrdersPage"), threading.Lock(), [0, 0, 0.0]

    def work(end: float) -> None:
        session, turn = requests.Session(), 0
        session.headers["X-Shopify-Access-Token"] = store.token
        while time.monotonic() < end:
            body = {"query": text, "variables": _variables(turn)}
            cost = session.post(url, json=body, timeout=60).json()["extensions"]["cost"]
            refused = cost["actualQueryCost"] is None
            with lock:
                sums[0] += 1
                sums[1] += refused
                sums[2] += cost["actualQueryCost"] or 0
            if refused:
                missing = cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"]
                time.sleep(max(missing / RESTORE, 0.1))
            else:
                turn += 1

    seconds = _in_threads(work, threads)
    return Used(int(sums[0]), int(sums[1]), sums[2], seconds)
