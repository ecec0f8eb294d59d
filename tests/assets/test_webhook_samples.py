"""Shopify's own sample of every topic we hear is accepted, whole and redacted."""

from decimal import Decimal
from typing import Any

import pytest

from nerdx_pipelines.redaction import PERSONAL
from nerdx_pipelines.shopify.topics import TOPICS
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.webhooks import Ingested, ingest
from tests.assets.records import rows
from tests.assets.segments import segment, webhook
from tests.demo.store.webhook_samples import sample

COMPLIANCE = ("customers/redact", "customers/data_request", "shop/redact")
FURTHER = ("orders/create", "orders/edited", "orders/delete", "bulk_operations/finish")
HEARD = (*TOPICS, *FURTHER, *COMPLIANCE)


def redacted(body: Any) -> Any:
    """Without what an app sees only with access to protected customer data."""
    if isinstance(body, list):
        return [redacted(each) for each in body]
    if not isinstance(body, dict):
        return body
    return {
        name: redacted(each)
        for name, each in body.items()
        if name not in PERSONAL and name != "customer"
    }


def apply(warehouse: Warehouse, *lines: dict[str, Any]) -> Ingested:
    folder = warehouse.path.parent
    return ingest(warehouse, [segment(folder / "inbox", lines)], folder / "requests", 7)


@pytest.mark.parametrize("topic", HEARD)
def test_every_topic_s_sample_is_accepted(warehouse: Warehouse, topic: str):
    told = apply(warehouse, webhook(topic, sample(topic)))
    assert rows(warehouse, "SELECT reason FROM staging.rejected") == []
    (outcome,) = told.outcomes
    expected = {"refunds/create": "waiting", "orders/edited": "pull", FURTHER[-1]: "ignored"}
    assert outcome == expected.get(topic, "applied")


@pytest.mark.parametrize("topic", [topic for topic in HEARD if topic not in COMPLIANCE])
def test_the_redacted_sample_is_too(warehouse: Warehouse, topic: str):
    told = apply(warehouse, webhook(topic, redacted(sample(topic))))
    assert rows(warehouse, "SELECT reason FROM staging.rejected") == []
    assert "rejected" not in told.outcomes


def test_the_samples_end_in_sensible_rows(warehouse: Warehouse):
    body = sample("orders/paid")
    apply(warehouse, *(webhook(topic, sample(topic)) for topic in TOPICS[:-1]))
    ((order_id, currency, total, cancelled),) = rows(
        warehouse,
        "SELECT order_id, currency, total_price, cancelled_at IS NOT NULL FROM staging.orders",
    )
    assert (order_id, currency, total) == (body["id"], "USD", Decimal(body["total_price"]))
    assert cancelled  # though the topic says that it was paid
    lines = rows(warehouse, "SELECT line_id, quantity * unit_price FROM staging.order_lines")
    wanted = [
        (line["id"], line["quantity"] * Decimal(line["price"])) for line in body["line_items"]
    ]
    assert sorted(lines) == sorted(wanted)
    ((email,),) = rows(
        warehouse, "SELECT email FROM staging.customers WHERE updated_at IS NOT NULL"
    )
    assert email == sample("customers/update")["email"]
    product = sample("products/update")
    assert rows(
        warehouse,
        "SELECT products.title, status, tags, count(variant_id) FROM staging.products"
        " INNER JOIN staging.product_variants USING (product_id) GROUP BY ALL",
    ) == [
        (
            product["title"],
            product["status"].upper(),
            product["tags"].split(", "),
            len({variant["id"] for variant in product["variants"]}),
        )
    ]
