"""A year pulled from a store that fails all the time equals the store's own tables, row for row."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from nerdx_pipelines.demo.store.faults import Faults
from nerdx_pipelines.shopify.pulling import ranges
from nerdx_pipelines.shopify.pulling.pull import (
    CUSTOMERS,
    ORDERS,
    PRODUCTS,
    pull,
    pull_deletions,
    pull_range,
    pull_refund_lines,
)
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from tests.demo.store.demo_shop import TOKEN
from tests.shopify.large_shop import LargeShop, large_shop

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
YEAR = "year(o.processed_at) = 2026"
CHANCE = 0.05  # of each fault: more than every fifth answer is none

TRUTH = {
    "Order": f"""
        SELECT o.id, o.name, o.customer_id, o.processed_at, o.cancelled_at, o.cancel_reason,
            o.financial_status, o.total_price, o.taxes_included, o.source_name, o.test,
            (SELECT list(r.id ORDER BY r.id) FROM store.refunds r WHERE r.order_id = o.id)
        FROM store.orders o WHERE {YEAR}""",
    "LineItem": f"""
        SELECT l.id, o.id, l.product_id, l.variant_id, l.title, l.sku, l.quantity,
            l.current_quantity, l.is_gift_card, l.unit_price, l.total_discount, l.tax
        FROM store.line_items l JOIN store.orders o ON l.order_id = o.id WHERE {YEAR}""",
    "CustomerVisit": f"""
        SELECT v.id, o.id, v.occurred_at, v.landing_page, v.source, v.utm_content
        FROM store.order_visits v JOIN store.orders o ON v.order_id = o.id
        WHERE {YEAR} AND o.journey_ready""",
    "RefundLineItem": f"""
        SELECT f.id, f.refund_id, f.line_item_id, f.quantity, f.subtotal, f.total_tax
        FROM store.refund_line_items f
        JOIN store.refunds r ON f.refund_id = r.id
        JOIN store.orders o ON r.order_id = o.id WHERE {YEAR}""",
    "Product": """
        SELECT id, title, handle, product_type, vendor, status, tags, created_at, published_at
        FROM store.products""",
    "ProductVariant": """
        SELECT v.id, v.product_id, v.title, v.sku, v.position, v.price, v.inventory_quantity,
            i.tracked, i.unit_cost
        FROM store.product_variants v JOIN store.inventory_items i ON i.variant_id = v.id""",
    "Customer": "SELECT id, email, tags, created_at FROM store.customers",
    "BasicEvent": """
        SELECT id, subject_type, subject_id FROM store.events
        WHERE action = 'destroy' AND subject_type IN ('PRODUCT', 'ORDER', 'CUSTOMER')""",
}


def number(gid: str | None) -> int | None:
    return int(gid.rsplit("/", 1)[1]) if gid else None


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def amount(money: dict | str | None) -> Decimal | None:
    """Of a money bag, of a money, or as it is."""
    while isinstance(money, dict):
        money = money.get("shopMoney") or money["amount"]
    return None if money is None else Decimal(money)


def total(bags: list[dict], name: str) -> Decimal:
    return sum((amount(bag[name]) for bag in bags), Decimal(0))


def order(row: dict) -> tuple[Any, ...]:
    refunds = sorted(number(refund["id"]) for refund in row["refunds"])
    return (
        *(number(row["id"]), row["name"], number((row["customer"] or {}).get("id"))),
        *(moment(row["processedAt"]), moment(row["cancelledAt"]), row["cancelReason"]),
        *(row["displayFinancialStatus"], amount(row["totalPriceSet"]), row["taxesIncluded"]),
        *(row["sourceName"], row["test"], refunds or None),
    )


def line(row: dict) -> tuple[Any, ...]:
    return (
        *(number(row["id"]), number(row["__parentId"])),
        *(number((row[what] or {}).get("id")) for what in ("product", "variant")),
        *(row["title"], row["sku"], row["quantity"], row["currentQuantity"], row["isGiftCard"]),
        amount(row["originalUnitPriceSet"]),
        total(row["discountAllocations"], "allocatedAmountSet"),
        total(row["taxLines"], "priceSet"),
    )


def visit(row: dict) -> tuple[Any, ...]:
    return (
        *(number(row["id"]), number(row["__parentId"]), moment(row["occurredAt"])),
        *(row["landingPage"], row["source"], (row["utmParameters"] or {}).get("content")),
    )


def refund_line(row: dict) -> tuple[Any, ...]:
    return (
        *(number(row["id"]), number(row["__parentId"]), number(row["lineItem"]["id"])),
        *(row["quantity"], amount(row["subtotalSet"]), amount(row["totalTaxSet"])),
    )


def product(row: dict) -> tuple[Any, ...]:
    plain = ("title", "handle", "productType", "vendor", "status", "tags")
    times = (moment(row["createdAt"]), moment(row["publishedAt"]))
    return (number(row["id"]), *(row[name] for name in plain), *times)


def variant(row: dict) -> tuple[Any, ...]:
    item = row["inventoryItem"]
    return (
        *(number(row["id"]), number(row["__parentId"]), row["title"], row["sku"]),
        *(row["position"], Decimal(row["price"]), row["inventoryQuantity"]),
        *(item["tracked"], amount(item["unitCost"])),
    )


def customer(row: dict) -> tuple[Any, ...]:
    email = (row["defaultEmailAddress"] or {}).get("emailAddress")
    return (number(row["id"]), email, row["tags"], moment(row["createdAt"]))


def event(row: dict) -> tuple[Any, ...]:
    return (number(row["id"]), row["subjectType"], number(row["subjectId"]))


AS_TOLD = {
    "Order": order,
    "LineItem": line,
    "CustomerVisit": visit,
    "RefundLineItem": refund_line,
    "Product": product,
    "ProductVariant": variant,
    "Customer": customer,
    "BasicEvent": event,
}


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LargeShop]:
    with large_shop(tmp_path_factory.mktemp("failing")) as shop:
        yield shop


def faults(shop: LargeShop, **settings: Any) -> dict[str, Any]:
    """Have the shop fail in this way; how it failed so far."""
    address, token = f"{shop.http.url}/demo/faults", {"X-Shopify-Access-Token": TOKEN}
    so_far = requests.get(address, headers=token, timeout=10)
    requests.put(address, json=settings, headers=token, timeout=10).raise_for_status()
    so_far.raise_for_status()
    return so_far.json()


def normal(rows: list[tuple[Any, ...]]) -> Counter[str]:
    """Rows to compare: times in UTC to the second, as they are told; amounts without zeros."""
    return Counter(repr(tuple(map(plain, row))) for row in rows)


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


@pytest.mark.parametrize("seed", [1, 2])
def test_a_year_from_a_shop_that_always_fails_somewhere(
    failing: LargeShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
):
    monkeypatch.setattr(ranges, "BULK_FROM", 150)
    monkeypatch.setattr(ranges, "SLICE_ROOTS", 500)
    # More attempts than by default: chance must not decide the test.
    client = ShopifyClient(
        failing.http.url, SecretStr(TOKEN), "2026-10", attempts=20, sleep=lambda _: None
    )
    faults(failing, **Faults.rate(CHANCE) | {"seed": seed, "slow_seconds": 0.05})
    orders = pull_range(client, ORDERS, "processed_at", START, END, tmp_path / "orders")
    pulled = [
        orders,
        pull_refund_lines(client, orders.file, tmp_path / "refund_lines"),
        pull(client, PRODUCTS, "", tmp_path / "products"),
        pull(client, CUSTOMERS, "", tmp_path / "customers"),
        pull_deletions(client, START, tmp_path / "deletions"),
    ]
    met = faults(failing)["met"]
    assert sum(met.values()) > 5
    assert client.stats.retried > 3
    found: dict[str, list[tuple[Any, ...]]] = {kind: [] for kind in TRUTH}
    for each in pulled:
        for text in each.file.read_bytes().splitlines():
            row = json.loads(text)
            kind = row["id"].split("/")[-2]
            found[kind].append(AS_TOLD[kind](row))
    for kind, statement in TRUTH.items():
        assert normal(found[kind]) == normal(failing.sql(statement)), kind
        assert found[kind]
