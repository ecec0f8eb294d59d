"""The bundle for an orchestrator: what sells and to whom, as one JSON document.

Its shape is `bundle.schema.json`; what each figure means, `sql/loop/bundle/*.sql`. Sending it is
in `handover.py`.
"""

import hashlib
import json
from decimal import Decimal
from importlib.resources import files
from typing import Any

import duckdb

from nerdx_pipelines.sql import sql

VERSION = "1.1"  # the first number changes when a reader would have to


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the document."""
    text = files(__package__).joinpath("bundle.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def bundle(con: duckdb.DuckDBPyConnection, timezone: str, *, with_addresses: bool) -> bytes:
    """The document of the warehouse that `con` reads, as UTF-8; equal data, equal bytes.

    Ids and amounts are strings, amounts in the currency beside them. Persons are ids only, unless
    `with_addresses` adds e-mail addresses.
    """
    con.execute(f"SET VARIABLE with_addresses = {with_addresses}")
    products = _rows(con, "products")
    best = products[0] if products else None
    document: dict[str, Any] = {
        "version": VERSION,
        "as_of_day": _last_day(con),
        "timezone": timezone,
        "purchase_trends": {
            "purchases": _rows(con, "purchases"),
            "products": products,
            "customer_segments": _rows(con, "segments"),
        },
        "script": _script(con, best) if best else None,
        "recommender": {"users": _rows(con, "requirements")},
    }
    document["bundle_id"] = hashlib.sha256(_json(document)).hexdigest()
    return _json(document)


def _script(con: duckdb.DuckDBPyConnection, product: dict[str, Any]) -> dict[str, Any]:
    """What a script about the most bought product needs: it, who buys it, what sold it before."""
    con.execute(f"SET VARIABLE product = {int(product['product_id'])}")
    return {
        "product": product,
        "audience": {"tastes": _rows(con, "audience")},
        "contents": _rows(con, "contents"),
    }


def _last_day(con: duckdb.DuckDBPyConnection) -> str | None:
    ((day,),) = con.execute("SELECT max(order_day)::VARCHAR FROM staging.orders").fetchall()
    return str(day) if day else None


def _rows(con: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    found = con.execute(sql(f"loop/bundle/{name}"))
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _json(document: dict[str, Any]) -> bytes:
    text = json.dumps(document, default=_exact, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def _exact(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{type(value)} has no place in the bundle")
