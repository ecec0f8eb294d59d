"""What the warehouse holds on one person, for who demands to know it."""

import json
import os
from pathlib import Path
from typing import Any

import duckdb

from nerdx_pipelines.files import replacing, writing

_OF_ORDERS = "order_id IN (SELECT order_id FROM staging.orders WHERE customer_id = {})"
HELD = {
    "profile": ("staging.customers", "customer_id = {}"),
    "orders": ("staging.orders", "customer_id = {}"),
    "order_lines": ("staging.order_lines", _OF_ORDERS),
    "refunds": ("staging.refunds", _OF_ORDERS),
    "refund_lines": ("staging.refund_lines", _OF_ORDERS),
    "visits": ("staging.order_visits", _OF_ORDERS),
    "touches": ("staging.touches", "user_id = {}"),
    "identities": ("staging.identities", "customer_id = {}"),
    "events": (
        "staging.events",
        "user_id = {0} OR anonymous_id IN"
        " (SELECT anonymous_id FROM staging.identities WHERE customer_id = {0})",
    ),
    "taste": ("loop.taste_profiles", "user_id = {}"),
    "recommendations": ("loop.recommendations", "user_id = {}"),
    "explorations": ("loop.explorations", "user_id = {}"),
    "recommendation_log": ("loop.recommendation_log", "user_id = {}"),
    "webhooks": ("staging.webhook_log", "kind = 'CUSTOMER' AND resource_id = {}"),
}


def held_on(con: duckdb.DuckDBPyConnection, customer_id: int) -> dict[str, list[dict[str, Any]]]:
    """Every row on the customer, by what it is; amounts and times as text."""
    held = {}
    for name, (table, condition) in HELD.items():
        found = con.execute(
            f"FROM {table} WHERE {condition.format(int(customer_id))} ORDER BY ALL"  # our own names
        )
        columns = [column for column, *_ in found.description or ()]
        held[name] = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    return held


def write_request(file: Path, about: dict[str, Any], held: dict[str, Any]) -> None:
    """Write the answer to a demand where its owner alone can read it."""
    with writing(file), replacing(file) as fresh:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as text:
            json.dump({**about, **held}, text, indent=2, default=str, ensure_ascii=False)
