"""A small shop in plain rows, stored into a warehouse; and a graph read back as plain rows."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import pandas as pd

from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.warehouse.database import Warehouse

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class World:
    """Rows by warehouse table; whatever a row leaves out is NULL."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> "World":
        self.tables.setdefault(table, []).append(row)
        return self

    def order(self, order_id: int, customer_id: int | None = None, **more: Any) -> "World":
        row = {"processed_at": NOON, "test": False, "currency": "EUR", "total_price": 10}
        row |= {"financial_status": "paid", "order_id": order_id, "customer_id": customer_id}
        return self.add("staging.orders", **row | more)

    def line(self, line_id: int, order_id: int, product_id: int | None, **more: Any) -> "World":
        row = {"quantity": 1, "unit_price": 10, "net_revenue": 10}
        row |= {"line_id": line_id, "order_id": order_id, "product_id": product_id}
        return self.add("staging.order_lines", **row | more)

    def touch(self, event_id: str, user_id: int | None, content_id: str, **more: Any) -> "World":
        row = {"touch_type": "view", "touched_at": NOON}
        row |= {"event_id": event_id, "user_id": user_id, "content_id": content_id}
        return self.add("staging.touches", **row | more)

    def credit(self, line_id: int, order_id: int, content_id: str, **more: Any) -> "World":
        row = {"model": "linear", "window_days": 7, "touch_policy": "all", "credit": 10}
        row |= {"share": 1.0, "currency": "EUR"}
        row |= {"line_id": line_id, "order_id": order_id, "content_id": content_id}
        return self.add("attribution.credits", **row | more)

    def taste(self, user_id: int, family: str, value: str, weight: float = 1.0) -> "World":
        return self.add(
            "loop.taste_profiles", user_id=user_id, family=family, value=value, weight=weight
        )

    def recommend(self, user_id: int, product_id: int, **more: Any) -> "World":
        row = {"slot": "discovery", "rank": 1, "score": 0.5}
        row |= {"user_id": user_id, "product_id": product_id}
        return self.add("loop.recommendations", **row | more)

    def recommend_content(self, user_id: int, content_id: str, **more: Any) -> "World":
        row = {"slot": "content", "rank": 1, "score": 1.0}
        row |= {"user_id": user_id, "content_id": content_id}
        return self.add("loop.recommendations", **row | more)


TABLES = [
    *(f"staging.{name}" for name in ("products", "product_variants", "customers")),
    *(f"staging.{name}" for name in ("orders", "order_lines")),
    *(f"staging.{name}" for name in ("content", "content_products", "touches")),
    "attribution.credits",
    "kpi.content_kpis",
    "loop.taste_profiles",
    "loop.recommendations",
]


def store(warehouse: Warehouse, world: World) -> None:
    """Make the warehouse hold this world and nothing else."""
    with warehouse.write() as con:
        fill(con, world)


def fill(con: duckdb.DuckDBPyConnection, world: World) -> None:
    """The same inside a transaction."""
    for table in TABLES:
        rows = world.tables.get(table)
        if table == "attribution.credits":  # a view
            table, rows = "attribution.line_credits", [_stored(row) for row in rows or ()]
        con.execute(f"DELETE FROM {table}")
        if rows:
            con.register("rows", pd.DataFrame(rows).astype(object))
            con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows")
            con.unregister("rows")


def _stored(credit: dict[str, Any]) -> dict[str, Any]:
    """A credit of one model as its table has it."""
    row = dict(credit)
    model, share = row.pop("model"), row.pop("share")
    row[model] = row.pop("credit")
    if model not in ("first_touch", "last_touch", "any_touch"):  # which give all or nothing
        row[f"{model}_share"] = share
    return row


def dump(graph: Graph) -> Counter[Any]:
    """Every node and edge with its properties, but for the graph's own id."""
    nodes = graph.read(
        "MATCH (n) WHERE NOT n:NerdxGraph RETURN labels(n) AS kind, properties(n) AS of"
    )
    edges = graph.read(
        "MATCH (a)-[r]->(b) RETURN type(r) AS kind, properties(r) AS of, "
        "coalesce(a.shopify_id, a.purchase_id, a.content_id) AS source, labels(a) AS source_kind, "
        "coalesce(b.shopify_id, b.purchase_id, b.content_id, b.taste_id) AS target, "
        "labels(b) AS target_kind"
    )
    return Counter(_frozen(row) for row in nodes + edges)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((key, _frozen(one)) for key, one in value.items()))
    return tuple(value) if isinstance(value, list) else str(value)
