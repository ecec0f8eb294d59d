"""A change of the shop becomes a figure with nothing called by hand: every part runs by itself."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import dagster as dg
import pytest
import requests

from nerdx_pipelines.automation import INGEST_WEBHOOKS
from tests.e2e.live import BULB, BUYER, LAMP, ROUTE, SHADE, Live, living

PATIENCE = 120  # seconds; how long it takes is measured elsewhere


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with living(tmp_path_factory.mktemp("live")) as live:
        yield live


def sales(live: Live) -> list[tuple]:
    """Orders and net sales of today, and what the content is credited with in all."""
    today = datetime.now(UTC).date()
    return live.kpi(
        "SELECT orders, net_sales, (SELECT attributed_revenue FROM content_kpis)"
        f" FROM daily_sales WHERE day = DATE '{today}'"
    )


def lists(live: Live) -> list[dict]:
    """Every place of everybody's lists, as the graph has it."""
    return live.graph(
        "MATCH (u:User)-[r:RECOMMENDED]->(what) RETURN u.shopify_id AS user, r.slot AS slot, "
        "r.rank AS rank, r.score AS score, coalesce(what.shopify_id, what.content_id) AS what "
        "ORDER BY user, slot, rank"
    )


def discovery(live: Live) -> list[str]:
    """What the buyer is to discover, best first."""
    query = (
        f"MATCH (:User {{shopify_id: '{BUYER}'}})-[r:RECOMMENDED {{slot: 'discovery'}}]->"
        "(p:Product) RETURN p.shopify_id AS product ORDER BY r.rank"
    )
    return [row["product"] for row in live.graph(query)]


def signed_post(live: Live, topic: str, order: dict) -> requests.Response:
    """As Shopify delivers it."""
    body = json.dumps(order).encode()
    secret = live.environment["SHOPIFY_WEBHOOK_SECRET"].encode()
    return requests.post(
        f"{live.receiver}{ROUTE}/{topic}",
        data=body,
        headers={
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic.replace("-", "/"),
            "X-Shopify-Hmac-Sha256": base64.b64encode(
                hmac.digest(secret, body, hashlib.sha256)
            ).decode(),
            "X-Shopify-Shop-Domain": "live.myshopify.com",
            "X-Shopify-API-Version": "2026-10",
            "X-Shopify-Webhook-Id": "by hand",
            "X-Shopify-Triggered-At": datetime.now(UTC).isoformat(),
        },
        timeout=10,
    )


def test_an_order_becomes_a_figure_and_its_refund_takes_it_back(live: Live):
    variant, bulb = (
        live.rest(f"products/{product}.json")["product"]["variants"][0]["id"]
        for product in (LAMP, BULB)
    )
    before = live.kpi("SELECT attributed_revenue FROM content_kpis")
    recommended = lists(live)
    assert discovery(live)[0] == str(BULB)
    with live.dagster():
        lines = [{"variant_id": variant, "quantity": 2}, {"variant_id": bulb, "quantity": 1}]
        done = live.change("place_order", lines=lines, customer_id=BUYER)
        bought = [(1, Decimal("64.98"), Decimal("59.98"))]
        live.until(lambda: sales(live), bought, PATIENCE)
        # What was bought leaves, and what goes with it takes its place.
        live.until(lambda: discovery(live), [str(SHADE)], PATIENCE)

        returned = [
            {"line_item_id": line, "quantity": quantity}
            for line, quantity in zip(done["line_item_ids"], (2, 1), strict=True)
        ]
        live.change("refund", order_id=done["order_id"], lines=returned)
        live.until(lambda: sales(live), [(1, Decimal(0), Decimal(0))], PATIENCE)
        assert before == live.kpi("SELECT attributed_revenue FROM content_kpis")
        purchase = f"MATCH (p:Purchase {{purchase_id: '{done['order_id']}'}}) RETURN p.status AS s"
        live.until(lambda: live.graph(purchase), [{"s": "refunded"}], PATIENCE)
        live.until(lambda: lists(live), recommended, PATIENCE)

        # The seed's story: nobody knows this customer.
        now = datetime.now(UTC).isoformat()
        order = {
            "id": 820982911946154508, "name": "#9999", "customer": {"id": 115310627314723954},
            "created_at": now, "processed_at": now, "updated_at": now, "currency": "USD",
            "total_price": "59.99", "financial_status": "paid", "refunds": [],
            "line_items": [
                {"id": 866550311766439020, "product_id": LAMP, "variant_id": variant,
                 "title": "Lamp", "quantity": 2, "price": "29.99"}
            ],
        }  # fmt: skip
        assert signed_post(live, "orders-paid", order).status_code == 200
        seen = (
            "MATCH (u:User)-[:MADE_PURCHASE]->(p:Purchase {purchase_id: '820982911946154508'})"
            "-[c:CONTAINS]->(l:Product) RETURN u.shopify_id AS user, p.total_amount AS amount,"
            " p.status AS status, c.quantity AS quantity, l.shopify_id AS product"
        )
        made = {"user": "115310627314723954", "amount": 59.99, "status": "completed"}
        live.until(lambda: live.graph(seen), [made | {"quantity": 2, "product": "7"}], PATIENCE)


def test_whatever_is_killed_the_figure_comes(live: Live):
    """kill -9 of all of Dagster while it applies webhooks; a new one takes up what was left."""
    variant = live.rest(f"products/{LAMP}.json")["product"]["variants"][0]["id"]
    ((before,),) = live.kpi("SELECT sum(orders) FROM daily_sales")

    def sold() -> int:
        ((orders,),) = live.kpi("SELECT sum(orders) FROM daily_sales")
        return int(orders - before)

    def working() -> bool:
        return bool(live.runs(INGEST_WEBHOOKS, dg.DagsterRunStatus.STARTED))

    with live.dagster():
        live.until(working, False, PATIENCE)
        live.change("place_order", lines=[{"variant_id": variant}], customer_id=BUYER)
        live.until(working, True, PATIENCE)
        live.kill_dagster()
    assert sold() == 0
    with live.dagster():
        live.until(sold, 1, PATIENCE)
        live.change("place_order", lines=[{"variant_id": variant}], customer_id=BUYER)
        live.until(sold, 2, PATIENCE)
