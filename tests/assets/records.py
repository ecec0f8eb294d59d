"""Raw records as the shop sends them, and staging after they were loaded."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from nerdx_pipelines.assets.shopify import replace_orders
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.records import Raw, load

Record = dict[str, Any]
DAY = date(2026, 3, 10)


def money(amount: str, currency: str | None = "EUR") -> Record:
    return {"shopMoney": {"amount": amount} | ({"currencyCode": currency} if currency else {})}


def order(number: int, **fields: Any) -> Record:
    at = "2026-03-10T12:00:00Z"
    return {
        "id": f"gid://shopify/Order/{number}",
        "name": f"#{number}",
        "customer": {"id": "gid://shopify/Customer/5"},
        "processedAt": at,
        "createdAt": at,
        "updatedAt": at,
        "cancelledAt": None,
        "displayFinancialStatus": "PAID",
        "test": False,
        "taxesIncluded": False,
        "presentmentCurrencyCode": "EUR",
        "totalPriceSet": money("20.0"),
        "refunds": [],
        "customerJourneySummary": None,
        **fields,
    }


def line(number: int, of: int, **fields: Any) -> Record:
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "title": "Lamp",
        "sku": None,
        "quantity": 2,
        "isGiftCard": False,
        "product": {"id": "gid://shopify/Product/7"},
        "variant": None,
        "originalUnitPriceSet": money("10.0", None),
        "discountAllocations": [],
        "taxLines": [],
        "__parentId": f"gid://shopify/Order/{of}",
        **fields,
    }


def refund(number: int, at: str = "2026-03-12T12:00:00Z", amount: str = "10.0") -> Record:
    return {
        "id": f"gid://shopify/Refund/{number}",
        "createdAt": at,
        "totalRefundedSet": money(amount, None),
    }


def refund_line(number: int, of: int, line: int, **fields: Any) -> Record:
    return {
        "id": f"gid://shopify/RefundLineItem/{number}",
        "lineItem": {"id": f"gid://shopify/LineItem/{line}"},
        "quantity": 1,
        "subtotalSet": money("10.0", None),
        "totalTaxSet": money("0.0", None),
        "__parentId": f"gid://shopify/Refund/{of}",
        **fields,
    }


def write(file: Path, records: Iterable[Record | str]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    texts = (each if isinstance(each, str) else json.dumps(each) for each in records)
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return file


def load_orders(
    warehouse: Warehouse,
    records: Iterable[Record | str],
    refund_lines: Iterable[Record | str] = (),
    since: datetime | None = None,
) -> None:
    """What `shopify_orders` does with a pull of DAY, or a pull of changes if `since` is given."""
    folder = warehouse.path.parent / "raw"
    files = [
        Raw("order", write(folder / "orders.jsonl", records)),
        Raw("refund_line", write(folder / "refund_lines.jsonl", refund_lines)),
    ]
    days = dict.fromkeys(("first_day", "last_day"), None if since else DAY)
    load(
        warehouse,
        files,
        lambda con: replace_orders(con, pulled_at=datetime.now(UTC), since=since, **days),
    )


def rows(warehouse: Warehouse, statement: str) -> list[tuple[Any, ...]]:
    with warehouse.read() as con:
        return con.execute(statement).fetchall()
