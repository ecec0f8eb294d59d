"""A shop whose webhooks are caught, and a warehouse that hears of it in any way there is.

What happens in which order is drawn in `test_convergence.py`; here is what can happen.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import requests
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.shopify.signatures import verify
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.shopify.transport.connect import connect
from nerdx_pipelines.shopify.webhooks import register
from tests.assets.world import CHANGES, FIGURES, FIRST, LAST, PULLS, Follower, Shop
from tests.demo.store.demo_shop import SHOP, TOKEN, running, write_store

SECRET = SecretStr("hush")
# Nobody else hears of it, no refund gives back what another order sold, and two products were
# never sold: of a sold one that is deleted, who came too late can never know.
SANE = """
DELETE FROM webhook_subscriptions;
DELETE FROM refund_line_items;
DELETE FROM line_items WHERE product_id IN (110, 111);
"""
WEBHOOKS, EVENTS = ["shopify_webhooks"], ["content_events"]
Line = dict[str, str]


@contextmanager
def catching() -> Iterator[tuple[str, list[Line]]]:
    """An address that answers every webhook, and what came there, as the receiver lands it."""
    caught: list[Line] = []

    async def take(request: Request) -> Response:
        body, given = await request.body(), request.headers
        assert verify(body, given["x-shopify-hmac-sha256"], [SECRET])
        names = ("webhook_id", "event_id", "topic", "shop_domain", "api_version", "triggered_at")
        line = {name: given[f"x-shopify-{name.replace('_', '-')}"] for name in names}
        caught.append({**line, "body": body.decode()})
        return Response()

    with running(Starlette(routes=[Route("/", take, methods=["POST"])])) as url:
        yield f"{url}/", caught


@dataclass
class History:
    """One shop, what it sent, and the data dir that follows it."""

    folder: Path
    shop: Shop
    client: ShopifyClient
    caught: list[Line]
    follower: Follower
    has_figures: bool = False
    told: list[Line] = field(default_factory=list)  # every event of a site
    delivered: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    _segments: Iterator[int] = field(default_factory=lambda: count(1))

    # What happens in the shop.

    def change(self, do: str, **form: Any) -> dict[str, Any] | None:
        """Have it done, and its webhooks caught; None if the shop refuses."""
        answer = requests.post(
            f"{self.shop.url}/demo/changes",
            json={"do": do, **form},
            headers={"X-Shopify-Access-Token": TOKEN},
            timeout=30,
        )
        if answer.status_code == 422:
            return None
        assert answer.status_code == 200, answer.text
        self._settle()
        done: dict[str, Any] = answer.json()
        return done

    def _settle(self) -> None:
        """Wait until all webhooks were sent."""
        asked, token = f"{self.shop.url}/demo/deliveries", {"X-Shopify-Access-Token": TOKEN}
        while requests.get(asked, headers=token, timeout=30).json()["pending"]:
            pass

    # What reaches the inbox.

    def deliver(self, lines: Sequence[Line], segments: int = 1) -> None:
        """Webhooks in this order, once more if they were delivered before, in so many segments."""
        size = -(-len(lines) // segments) or 1
        for start in range(0, len(lines), size):
            self._close("webhooks", lines[start : start + size])
        self.delivered |= {line["webhook_id"] for line in lines}

    def tell(self, lines: Sequence[Line]) -> None:
        """Events of a site in one segment."""
        self.told += [line for line in lines if line not in self.told]
        self._close("events", lines)

    def _close(self, prefix: str, lines: Sequence[Line]) -> None:
        close_segment(self.inbox, prefix, next(self._segments), lines)

    @property
    def inbox(self) -> Path:
        """Where closed segments are."""
        return self.follower.root / "inbox"

    @property
    def waiting(self) -> list[Line]:
        """Webhooks that have neither been delivered nor lost."""
        gone = self.delivered | self.lost
        return [line for line in self.caught if line["webhook_id"] not in gone]

    # What the schedules and sensors do.

    def ingest(self) -> None:
        """Every closed segment into staging."""
        for prefix, assets in (("webhooks", WEBHOOKS), ("events", EVENTS)):
            if list(self.inbox.glob(f"{prefix}-*")):
                self.follower.run(assets)

    def reconcile(self) -> None:
        """One look at what changed and what was deleted, and at days never pulled."""
        with self.follower.warehouse.write() as con:
            pulled = con.execute(
                "SELECT first_day, last_day FROM staging.pulls WHERE first_day IS NOT NULL"
            ).fetchall()
        days = [FIRST + timedelta(days) for days in range((LAST - FIRST).days + 1)]
        if missing := [day for day in days if not any(a <= day <= b for a, b in pulled)]:
            self.follower.run(["shopify_orders"], missing[0], missing[-1])
        self.follower.run(["content_catalog", "touches", *PULLS[1:], *CHANGES])

    def figures(self) -> None:
        """The figures of one day, and of all that changed; the first time of all days."""
        self.follower.run(FIGURES, LAST if self.has_figures else FIRST, LAST)
        self.has_figures = True

    def backfill_elsewhere(self) -> Follower:
        """A warehouse that sees the shop, and what its site told, for the first time now."""
        fresh = Follower(self.shop, self.folder / "fresh")
        fresh.run([*PULLS, *CHANGES, "content_catalog", "touches"])
        close_segment(fresh.root / "inbox", "events", 1, self.told)
        fresh.run(EVENTS)
        fresh.run(FIGURES)
        return fresh


@contextmanager
def opened(folder: Path, template: Path | None = None) -> Iterator[History]:
    """A history that begins with a shop and a follower that has nothing.

    Or with those of `template`, the folder of another one.
    """
    if template:
        shutil.copytree(template, folder)
    else:
        folder.mkdir(parents=True)
        write_store(folder / "store.duckdb", SHOP + SANE)
    app = create_app(
        folder / "store.duckdb",
        token=TOKEN,
        files_dir=folder / "bulk",
        bucket=1e9,
        restore=1e9,
        webhook_secret=SECRET.get_secret_value(),
    )
    with running(app) as url, catching() as (address, caught):
        settings = Settings(_env_file=None, SHOPIFY_SHOP_URL=url, SHOPIFY_ACCESS_TOKEN=TOKEN)
        shop, client = Shop(url), connect(settings)
        register(client, address)
        told = {"X-Shopify-Access-Token": TOKEN}
        behaviour = {"compliance_uri": address}  # nobody can subscribe to customers/redact
        requests.post(f"{url}/demo/deliveries", json=behaviour, headers=told, timeout=30)
        yield History(folder, shop, client, caught, Follower(shop, folder / "data"))


def close_segment(inbox: Path, prefix: str, number: int, lines: Sequence[Line]) -> None:
    """A closed segment as a receiver leaves it."""
    inbox.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    path = inbox / f"{prefix}-{now:%Y%m%dT%H%M%S.%fZ}-1-{number}.jsonl"
    received = {"received_at": f"{now:%Y-%m-%dT%H:%M:%S.%fZ}"}
    path.write_text("".join(f"{json.dumps({**received, **line})}\n" for line in lines), "utf-8")


def event(number: int, kind: str, **body: Any) -> Line:
    """An event as the receiver lands it; the same number is the same event."""
    told = {"type": kind, "messageId": f"m{number}", **body}
    return {
        "message_id": f"m{number}",
        "type": kind,
        "received_at": "2026-03-09T00:00:00.000000Z",
        "body": json.dumps(told),
    }
