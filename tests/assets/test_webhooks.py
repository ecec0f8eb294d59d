"""Webhooks of a running shop end in the rows that its pulls end in."""

from pathlib import Path
from typing import Any

import pytest
import requests

from tests.assets.segments import segment, webhook
from tests.assets.world import PULLS, TOKEN, Follower, Shop

ORDERS = ("orders", "order_lines", "refunds", "refund_lines")
WEBHOOKS = ["shopify_webhooks"]


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


def test_products_and_customers_told_are_those_pulled(
    shop: Shop, follower: Follower, puller: Follower
):
    puller.run(PULLS)
    products = rest(shop, "products.json?limit=250")["products"]
    customers = rest(shop, "customers.json?limit=250")["customers"]
    told = ingest(
        follower,
        *(webhook("products/update", body) for body in products),
        *(webhook("customers/update", body) for body in customers),
    )
    assert told["applied"] == len(products) + len(customers)
    unsaid = "REPLACE (NULL AS tracked, NULL AS unit_cost, NULL AS cost_currency)"
    for table in ("products", "product_variants", "customers"):
        columns = f"* {unsaid}" if table == "product_variants" else "*"
        statement = f"SELECT {columns} FROM staging.{table} ORDER BY ALL"
        assert follower.rows(statement) == puller.rows(statement), table
    # What no webhook says is not forgotten when one comes.
    before = puller.rows("FROM staging.product_variants ORDER BY ALL")
    later = {"updated_at": "2026-11-22T00:00:00Z"}
    ingest(puller, *(webhook("products/update", body | later) for body in products))
    assert puller.rows("FROM staging.product_variants ORDER BY ALL") == before


def test_what_is_deleted_stays_deleted(shop: Shop, follower: Follower):
    follower.run(PULLS)
    ((order, product),) = follower.rows(
        "SELECT order_id, min(product_id) FROM staging.order_lines GROUP BY 1 ORDER BY 1 LIMIT 1"
    )
    body = rest(shop, f"orders/{order}.json")["order"]
    ingest(follower, webhook("products/delete", {"id": product}))
    ingest(follower, webhook("orders/delete", {"id": order}))
    goods = rest(shop, f"products/{product}.json")["product"]
    later = {"updated_at": "2026-11-22T00:00:00Z"}
    told = ingest(
        follower,
        webhook("orders/updated", body | later),
        webhook("products/update", goods | later),
    )
    assert told["by_outcome"] == {"deleted": 2}
    assert follower.rows(f"FROM staging.order_lines WHERE order_id = {order}") == []
    assert follower.rows(f"SELECT status FROM staging.products WHERE product_id = {product}") == [
        ("DELETED",)
    ]
