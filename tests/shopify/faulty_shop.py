"""The demo store over HTTP, with something in front of it that can spoil any answer.

Rows that a page of the pull does not hold at once, ids as large as they get, and the faults.
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from nerdx_pipelines.demo.store import create_app
from tests.demo.store.demo_shop import (
    INVENTORY,
    LARGEST_ID,
    SHOP,
    TOKEN,
    running,
    write_store,
)

LARGE = f"""
INSERT INTO products (id, title, handle, product_type, vendor, status, tags, created_at, updated_at,
    published_at)
VALUES ({LARGEST_ID}, 'Many sizes', 'many', 'Shoe', 'Acme', 'ACTIVE', [],
    '2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z', NULL);
INSERT INTO product_variants (id, product_id, title, sku, position, price, inventory_quantity,
    created_at, updated_at)
SELECT {LARGEST_ID} - k, {LARGEST_ID}, 'Size ' || k, 'MANY-' || k, 1 + k, 1.5, k,
    '2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z'
FROM range(30) t(k);
INSERT INTO customers (id, email, first_name, last_name, tags, created_at, updated_at)
VALUES ({LARGEST_ID}, 'max@example.com', 'Max', NULL, [],
    '2026-01-05T10:00:00Z', '2026-03-01T12:59:59Z');
INSERT INTO orders (id, name, customer_id, email, created_at, processed_at, updated_at,
    cancelled_at, cancel_reason, test, source_name, currency_code, presentment_currency_code,
    presentment_rate, financial_status, fulfillment_status, subtotal_price, total_discounts,
    total_price, current_total_price, total_refunded)
SELECT {LARGEST_ID}, 'MAX', {LARGEST_ID}, t, t, t, t, NULL, NULL, false, 'web', 'AUD', 'AUD', 1,
    'PARTIALLY_REFUNDED', 'FULFILLED', 600, 0, 600, 590, 10
FROM (SELECT TIMESTAMPTZ '2026-04-15T00:00:00Z' AS t);
INSERT INTO line_items (id, order_id, position, product_id, variant_id, title, variant_title, sku,
    vendor, quantity, current_quantity, unit_price, total_discount, is_gift_card)
SELECT {LARGEST_ID} - k, {LARGEST_ID}, k, {LARGEST_ID}, {LARGEST_ID} - k % 30, 'Line ' || k, NULL,
    'SKU', 'Acme', 1, 1, 10, 0, false
FROM range(60) t(k);
INSERT INTO refunds VALUES ({LARGEST_ID}, {LARGEST_ID}, '2026-04-16T00:00:00Z',
    '2026-04-16T00:00:00Z', NULL, 10);
INSERT INTO refund_line_items (id, refund_id, line_item_id, quantity, subtotal, restock_type)
SELECT 90000 + k, {LARGEST_ID}, {LARGEST_ID} - k, 1, 1, 'RETURN' FROM range(10) t(k);
"""


@dataclass(frozen=True)
class Asked:
    """One request: the bulk file's have no query."""

    path: str
    query: str
    variables: dict[str, Any]


class Edit:
    """A fault that lets the store answer, then changes what it said."""

    def __init__(self, change: Callable[[bytes], bytes]) -> None:
        self.change = change


Fault = Response | Edit | None
Plan = Callable[[Asked], Fault]


class Cut(Response):
    """Promises more than it sends, and hangs up."""

    def __init__(self, sent: bytes = b'{"data": {"ro') -> None:
        super().__init__(sent)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"%d" % (len(self.body) + 1000))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


@dataclass
class FaultyShop:
    """An ASGI application; `plan` is asked about each request, None lets it pass."""

    store: Callable[[Scope, Receive, Send], Awaitable[None]]
    url: str = ""
    plan: Plan = lambda _: None
    asked: list[Asked] = field(default_factory=list)

    def reset(self, plan: Plan = lambda _: None) -> None:
        self.plan = plan
        self.asked.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.store(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        content = json.loads(body) if body else {}
        asked = Asked(scope["path"], content.get("query", ""), content.get("variables", {}))
        self.asked.append(asked)
        fault = self.plan(asked)
        if isinstance(fault, Response):
            await fault(scope, receive, send)
        elif isinstance(fault, Edit):
            answer = await self._answer(scope, _replayed(body, receive))
            await Response(fault.change(answer))(scope, receive, send)
        else:
            await self.store(scope, _replayed(body, receive), send)

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            parts.append(message.get("body", b""))

        # Without the extension the file comes as a body rather than as a path to send.
        await self.store(scope | {"extensions": {}}, receive, collect)
        return b"".join(parts)


def _replayed(body: bytes, rest: Receive) -> Receive:
    read = False

    async def receive() -> Message:
        nonlocal read
        if read:
            return await rest()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


@contextmanager
def serving(folder: Path, rows: str = LARGE, **choices: Any) -> Iterator[FaultyShop]:
    """The shop on a port of its own, never throttled unless a plan says so."""
    path = write_store(folder / "store.duckdb", SHOP + rows + INVENTORY)
    choices = {"bucket": 1e9, "restore": 1e9} | choices
    app = create_app(path, token=TOKEN, files_dir=folder / "bulk", **choices)
    shop = FaultyShop(app)
    with running(shop) as url:
        shop.url = url
        yield shop


def once(fault: Callable[[], Response], at: int = 1) -> Plan:
    """The fault in place of the answer number `at`, and of no other."""
    count = 0

    def plan(_: Asked) -> Fault:
        nonlocal count
        count += 1
        return fault() if count == at else None

    return plan


def always(fault: Callable[[], Response]) -> Plan:
    """The fault in place of every answer."""
    return lambda _: fault()


def graphql_error(code: str | None, message: str = "No", **cost: Any) -> JSONResponse:
    """An error in HTTP 200, as GraphQL has it."""
    error = {"message": message} | ({"extensions": {"code": code}} if code else {})
    return JSONResponse({"errors": [error]} | ({"extensions": {"cost": cost}} if cost else {}))
