"""Order webhooks of 4 kB from segments into staging: how many a second, in one run of this process.

Beside it the least that can be done with the same files: DuckDB reads their lines, bodies as text.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from benchmarks.measure import BenchmarkError
from benchmarks.report import PROJECT, Table, spread
from nerdx_pipelines.sql import literal
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.webhooks import ingest

ORDERS, SEGMENTS = 40_000, 10
BODY_BYTES = 4_000
AT = "2026-03-10T12:00:00-05:00"


@dataclass(frozen=True)
class Run:
    """Seconds of ours, of this process's processors in it, and of reading the lines alone."""

    seconds: float
    cpu_s: float
    bare_s: float


def run(repeat: int) -> list[Table]:
    """Each webhook once, then a flood in which a third of them comes twice."""
    rows = []
    for name, twice in (("each once", 0), ("a third of them twice", ORDERS // 3)):
        with _segments(twice) as (folder, size):
            runs = [_measure(folder, twice) for _ in range(repeat)]
        lines = ORDERS + twice
        rows.append(
            (
                name,
                f"{lines:,} of {size / lines / 1000:.1f} kB",
                spread([lines / run.seconds for run in runs]),
                spread([lines / run.cpu_s for run in runs]),
                spread([lines / run.bare_s for run in runs]),
                f"{spread([run.seconds / run.bare_s for run in runs])} x",
            )
        )
    note = (
        "Webhooks a second, from closed segments to committed rows of orders, lines, log and "
        "changed days in a new warehouse. Every order is looked for afterwards."
    )
    header = (
        *("webhooks", "lines", "a second", "a processor second", "bare `read_json` a second"),
        "time beside it",
    )
    return [Table("Ingest of order webhooks", note, header, rows)]


def _measure(folder: Path, twice: int) -> Run:
    files = sorted(folder.glob("*.jsonl"))
    with TemporaryDirectory(dir=folder) as place:
        warehouse = Warehouse(Path(place) / "warehouse.duckdb", "Europe/Berlin")
        start, cpu = time.perf_counter(), _cpu_s()
        told = ingest(warehouse, files, Path(place), 7)
        seconds, cpu_s = time.perf_counter() - start, _cpu_s() - cpu
        with warehouse.read() as con:
            found = con.execute(
                "SELECT (SELECT count(*) FROM staging.orders),"
                " (SELECT count(*) FROM staging.order_lines)"
            ).fetchall()
    if found != [(ORDERS, 3 * ORDERS)] or told.duplicates != twice:
        raise BenchmarkError(f"Of {ORDERS:,} orders with 3 lines each, staging has {found}.")
    return Run(seconds, cpu_s, _bare(files))


def _bare(files: list[Path]) -> float:
    listed = ", ".join(map(literal, files))
    with duckdb.connect() as con:
        start = time.perf_counter()
        con.execute(
            f"SELECT count(*), sum(len(body)) FROM read_json([{listed}],"
            " format = 'newline_delimited', columns = {webhook_id: 'VARCHAR', topic: 'VARCHAR',"
            " triggered_at: 'TIMESTAMPTZ', received_at: 'TIMESTAMPTZ', body: 'VARCHAR'})"
        ).fetchall()
        return time.perf_counter() - start


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system


@contextmanager
def _segments(twice: int) -> Iterator[tuple[Path, int]]:
    """A folder of segments, and their bytes; the duplicates come last."""
    cache = PROJECT / ".cache"
    cache.mkdir(exist_ok=True)
    numbers = [*range(ORDERS), *range(twice)]
    part = -(-len(numbers) // SEGMENTS)
    with TemporaryDirectory(prefix="ingest-", dir=cache) as place:
        folder = Path(place)
        for segment in range(SEGMENTS):
            texts = map(_line, numbers[segment * part : (segment + 1) * part])
            file = folder / f"webhooks-20260310T170000.{segment:06}Z-1-{segment}.jsonl"
            file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        yield folder, sum(file.stat().st_size for file in folder.glob("*.jsonl"))


def _line(number: int) -> str:
    return json.dumps(
        {
            "webhook_id": f"b54557e4-bdd9-4b37-8a5f-{number:012}",
            "event_id": f"98880550-7158-44d4-b7cd-{number:012}",
            "topic": "orders/paid",
            "shop_domain": "bench.myshopify.com",
            "api_version": "2026-10",
            "triggered_at": "2026-03-10T17:00:01.123456789Z",
            "received_at": "2026-03-10T17:00:02.123456Z",
            "body": _body(number),
        }
    )


def _body(number: int) -> str:
    """A REST order with Shopify's names, filled up to 4 kB with keys that nobody reads."""
    order = {
        "id": 5_000_000_000_000 + number,
        "name": f"#{number}",
        "customer": {"id": 7_000_000_000_000 + number % 5_000, "email": "ann@example.com"},
        "processed_at": AT,
        "created_at": AT,
        "updated_at": AT,
        "cancelled_at": None,
        "cancel_reason": None,
        "financial_status": "paid",
        "source_name": "web",
        "test": False,
        "taxes_included": True,
        "currency": "EUR",
        "presentment_currency": "EUR",
        "total_price": "119.40",
        "line_items": [_item(3 * number + n) for n in range(3)],
        "refunds": [],
    }
    room = BODY_BYTES - len(json.dumps(order))
    filling = {f"note_{n}": "x" * 60 for n in range(room // 74)}
    return json.dumps(order | filling)


def _item(number: int) -> dict[str, Any]:
    money = {"amount": "19.90", "currency_code": "EUR"}
    return {
        "id": 13_000_000_000_000 + number,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{13_000_000_000_000 + number}",
        "current_quantity": 2,
        "gift_card": False,
        "name": "Lamp - red",
        "price": "19.90",
        "price_set": {"shop_money": money, "presentment_money": money},
        "product_id": 8_000_000_000_000 + number % 500,
        "properties": [],
        "quantity": 2,
        "requires_shipping": True,
        "sku": f"LAMP-{number % 500}",
        "title": "Lamp",
        "total_discount": "0.00",
        "variant_id": 9_000_000_000_000 + number % 500,
        "tax_lines": [{"price": "5.88", "rate": 0.19, "title": "VAT"}],
        "discount_allocations": [{"amount": "3.00", "discount_application_index": 0}],
    }
