"""Segments of webhooks into staging, each webhook once: one batch, one transaction.

What the topics mean is in `sql/staging/webhooks`; who calls, and when, is the assets' part.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from nerdx_pipelines.redaction import Whom
from nerdx_pipelines.sql import literal, sql, text
from nerdx_pipelines.warehouse.database import Warehouse, run
from nerdx_pipelines.warehouse.erasing import erased_so_far, forget_addresses
from nerdx_pipelines.warehouse.held import held_on, write_request
from nerdx_pipelines.warehouse.records import lines_of

# The statements in their order: each kind of object is brought into the shape of a pull, and then
# goes the way of one.
STEPS = (
    "webhooks/fresh",
    "webhooks/redactions",
    "webhooks/deletions",
    "deletions",
    "orders/removed",
    "webhooks/orders",
    "orders/newer",
    "orders/known_days",
    "orders/waiting_refunds",
    "orders/replaced",
    "orders/removed",
    "orders/inserted",
    "orders/erased",
    "rejected",
    "webhooks/refunds",
    "webhooks/orders_done",
    "webhooks/stubs",
    "webhooks/products",
    "products",
    "rejected",
    "webhooks/products_done",
    "webhooks/customers",
    "customers",
    "rejected",
    "webhooks/customers_done",
    "webhooks/faulty",
    "rejected",
    "rejected_erased",
    "webhooks/log",
)
READS = ("orders", "refunds", "products", "customers", "others")
SHAPES = ("order", "refund", "product", "customer")


@dataclass(frozen=True)
class Ingested:
    """What became of a batch: webhooks by outcome and topic, and how many were seen before."""

    outcomes: dict[str, int]
    topics: dict[str, int]
    duplicates: int
    pulls_asked: int
    demanded: Whom  # whose personal data all files have to lose
    known: Whom  # whose the segments have to lose, since they demanded it before


def ingest(
    warehouse: Warehouse, segments: Sequence[Path], requests: Path, window_days: int
) -> Ingested:
    """Apply the webhooks of the segment files; all of it is committed, or nothing.

    The files are read before the warehouse is locked, and stay as they are. What is held on
    whoever demands to know goes to a file of the folder `requests`.
    """
    with _landed(segments) as landed, warehouse.write() as con:
        con.execute(f"ATTACH {literal(landed)} AS landed (READ_ONLY)")
        before = erased_so_far(con)
        for name in STEPS:
            run(con, f"staging/{name}")
        if erased_so_far(con) != before:
            forget_addresses(con, window_days)
        _answer(con, requests)
        return _told(con)


def _answer(con: duckdb.DuckDBPyConnection, requests: Path) -> None:
    """Write what is held on each person who asks, before the webhook counts as applied."""
    asked = con.execute(
        "SELECT resource_id, webhook_id, shop_domain, body FROM landed.demands"
        " INNER JOIN landed.webhooks USING (webhook_id) WHERE demands.topic ="
        " 'customers/data_request' AND webhook_id IN (FROM fresh) ORDER BY webhook_id"
    ).fetchall()
    for customer_id, webhook_id, shop_domain, body in asked:
        number = json.loads(body).get("data_request", {}).get("id")
        name = number if isinstance(number, int) else f"customer-{customer_id}"
        about = {"customer_id": customer_id, "webhook_id": webhook_id, "shop_domain": shop_domain}
        write_request(requests / f"{name}.json", about, held_on(con, customer_id))


def _told(con: duckdb.DuckDBPyConnection) -> Ingested:
    def counts(column: str) -> dict[str, int]:
        return dict(
            con.execute(
                f"SELECT {column}, count(*) FROM staging.webhook_log"  # noqa: S608 (our own names)
                " WHERE webhook_id IN (FROM fresh) GROUP BY ALL ORDER BY ALL"
            ).fetchall()
        )

    ((duplicates, asked),) = con.execute(
        "SELECT (SELECT read FROM landed.counted) - (SELECT count(*) FROM fresh),"
        " (SELECT count(*) FROM asked)"
    ).fetchall()
    return Ingested(
        counts("outcome"), counts("topic"), duplicates, asked, _whom(con, True), _whom(con, False)
    )


def _whom(con: duckdb.DuckDBPyConnection, is_new: bool) -> Whom:
    found: dict[str, set[str]] = {}
    rows = con.execute(f"SELECT what, value FROM to_erase WHERE is_new = {is_new}").fetchall()  # noqa: S608
    for what, value in rows:
        found.setdefault(what, set()).add(value)
    ids, emails = (frozenset(found.get(name, ())) for name in ("id", "email"))
    return Whom(ids, emails, "everybody" in found)


@contextmanager
def _landed(segments: Sequence[Path]) -> Iterator[Path]:
    """A database file of what the segments say, typed; gone afterwards."""
    with TemporaryDirectory(dir=segments[0].parent, prefix=".batch-") as folder:
        file = Path(folder) / "landed.duckdb"
        with duckdb.connect(file) as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(sql("macros"))
            for shape in SHAPES:
                structure = literal(text(f"staging/records/webhook_{shape}.json"))
                con.execute(f"SET VARIABLE {shape}_shape = {structure}")
            lines_of(con, "webhook", segments, Path(folder), lambda: _read(con))
        yield file


def _read(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(sql("staging/webhooks/read"))
    for kind in READS:
        con.execute(sql(f"staging/webhooks/read_{kind}"))
