"""Webhooks of a running shop end in the rows that its pulls end in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.assets.segments import segment, webhook
from tests.assets.world import PULLS, TOKEN, Follower, Shop, serving

ORDERS = ("orders", "order_lines", "refunds", "refund_lines")
WEBHOOKS = ["shopify_webhooks"]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with serving(tmp_path / "shop") as shop:
        yield shop


@pytest.fixture
def follower(shop: Shop, tmp_path: Path) -> Follower:
    """Who hears of the shop by webhooks only."""
    return Follower(shop, tmp_path / "data")


@pytest.fixture
def puller(shop: Shop, tmp_path: Path) -> Follower:
    return Follower(shop, tmp_path / "pulled")


def rest(shop: Shop, path: str) -> Any:
    answer = requests.get(
        f"{shop.url}/admin/api/2026-10/{path}",
        headers={"X-Shopify-Access-Token": TOKEN},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def every_order(shop: Shop) -> list[dict[str, Any]]:
    return rest(shop, "orders.json?status=any&limit=250")["orders"]


def ingest(follower: Follower, *lines: dict[str, Any] | str) -> Any:
    """Land the lines as one segment and apply them; the metadata of the run."""
    segment(follower.root / "inbox", lines)
    (done,) = follower.run(WEBHOOKS).asset_materializations_for_node("shopify_webhooks")
    return {name: each.value for name, each in done.metadata.items()}


def test_orders_told_are_orders_pulled(shop: Shop, follower: Follower, puller: Follower):
    puller.run(PULLS)
    bodies = every_order(shop)
    told = ingest(follower, *(webhook("orders/paid", body) for body in bodies))
    assert told["applied"] == len(bodies) == 40
    for table in ORDERS:
        columns = "* EXCLUDE (journey_ready)" if table == "orders" else "*"
        where = "WHERE order_id IN (SELECT order_id FROM staging.orders)"
        statement = f"SELECT {columns} FROM staging.{table} {where} ORDER BY ALL"
        assert follower.rows(statement) == puller.rows(statement), table
