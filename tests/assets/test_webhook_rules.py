"""What each topic means, however often, late and in whatever order its webhooks come."""

import itertools
import json
import random
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.webhooks import Ingested, ingest
from tests.assets import records
from tests.assets.bodies import AT, customer, item, order, product, refund
from tests.assets.records import load_orders, rows
from tests.assets.segments import segment, webhook

LATER = "2026-03-12T12:00:01+01:00"
LINES = "SELECT line_id, returned_quantity, returns, net_revenue FROM staging.order_lines"
OUTCOMES = "SELECT topic, outcome FROM staging.webhook_log ORDER BY received_at"
TABLES = (
    "orders", "order_lines", "refunds", "refund_lines", "order_visits", "products",
    "product_variants", "customers", "tombstones",
)  # fmt: skip


def apply(warehouse: Warehouse, *lines: dict[str, Any] | str) -> Ingested:
    """One batch of one segment."""
    inbox = warehouse.path.parent / "inbox"
    return ingest(warehouse, [segment(inbox, lines)], warehouse.path.parent / "requests", 7)


def state(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    with warehouse.read() as con:
        return {
            table: con.execute(f"FROM staging.{table} ORDER BY ALL").fetchall() for table in TABLES
        }


def test_no_webhook_is_applied_twice_in_a_batch_or_after_it(warehouse: Warehouse):
    line = webhook("orders/paid", order(1))
    told = apply(warehouse, line, line, webhook("orders/updated", order(1)))
    assert (told.duplicates, told.outcomes) == (1, {"applied": 1, "old": 1})
    with warehouse.write() as con:
        con.execute("DELETE FROM staging.changed_days")
    assert apply(warehouse, line).duplicates == 1
    assert rows(warehouse, "SELECT count(*) FROM staging.webhook_log") == [(2,)]
    assert rows(warehouse, "FROM staging.changed_days") == []


def test_an_order_names_who_and_what_nobody_told_of(warehouse: Warehouse):
    apply(warehouse, webhook("orders/paid", order(1)))
    assert rows(warehouse, "SELECT customer_id, updated_at FROM staging.customers") == [(5, None)]
    assert rows(warehouse, "SELECT product_id, updated_at FROM staging.products") == [(7, None)]
    apply(
        warehouse,
        webhook("customers/create", customer(5, at="2020-01-01T00:00:00Z")),
        webhook("products/update", product(7, at="2020-01-01T00:00:00Z")),
    )
    assert rows(warehouse, "SELECT email FROM staging.customers") == [("5@example.com",)]
    assert rows(warehouse, "SELECT title, tags FROM staging.products") == [("Lamp", ["new", "red"])]


def test_the_days_of_an_order_wait_to_be_made(warehouse: Warehouse):
    gone = {"cancelled_at": "2026-03-11T23:30:00Z"}  # in Berlin it is the 12th
    apply(warehouse, webhook("orders/cancelled", order(1, **gone)))
    assert rows(warehouse, "SELECT day FROM staging.pending_days ORDER BY 1") == [
        (date(2026, 3, 10),),
        (date(2026, 3, 12),),
    ]
    assert rows(warehouse, "SELECT net_revenue FROM staging.order_lines") == [(Decimal(0),)]


def test_a_refund_comes_off_its_lines_before_its_order_says_so(warehouse: Warehouse):
    apply(warehouse, webhook("orders/paid", order(1)))
    apply(warehouse, webhook("refunds/create", refund(9, of=1, line=11)))
    assert rows(warehouse, LINES) == [(11, 1, Decimal(10), Decimal(10))]
    # A version from before the refund does not undo it.
    apply(warehouse, webhook("orders/updated", order(1, at="2026-03-11T00:00:00Z", name="new")))
    assert rows(warehouse, LINES) == [(11, 1, Decimal(10), Decimal(10))]
    assert rows(warehouse, "SELECT name FROM staging.orders") == [("new",)]
    shown = order(1, at=LATER, refunds=[refund(9, of=1, line=11)])
    apply(warehouse, webhook("orders/updated", shown))
    assert rows(warehouse, LINES) == [(11, 1, Decimal(10), Decimal(10))]
    assert rows(warehouse, "SELECT refund_id, amount FROM staging.refunds") == [(9, Decimal(10))]
    assert rows(warehouse, "FROM staging.waiting_refunds") == []


@pytest.mark.parametrize("by", ["webhook", "pull"])
def test_a_refund_waits_for_its_order(warehouse: Warehouse, by: str):
    told = apply(warehouse, webhook("refunds/create", refund(9, of=1, line=11)))
    assert told.outcomes == {"waiting": 1}
    assert rows(warehouse, "FROM staging.orders") == rows(warehouse, "FROM staging.refunds") == []
    if by == "webhook":
        apply(warehouse, webhook("orders/paid", order(1)))
    else:
        load_orders(warehouse, [records.order(1), records.line(11, of=1)])
    assert rows(warehouse, LINES) == [(11, 1, Decimal(10), Decimal(10))]
    assert rows(warehouse, "SELECT refund_id, amount FROM staging.refunds") == [(9, Decimal(10))]


def test_a_refund_in_a_foreign_currency_asks_for_a_pull(warehouse: Warehouse):
    yen = {"kind": "refund", "status": "success", "amount": "1650", "currency": "JPY"}
    told = apply(
        warehouse,
        webhook("orders/paid", order(1)),
        webhook("refunds/create", refund(9, of=1, line=11, transactions=[yen])),
    )
    assert told.pulls_asked == 1
    assert rows(warehouse, "SELECT amount FROM staging.refunds") == [(Decimal(10),)]


def test_what_says_too_little_asks_for_a_pull(warehouse: Warehouse):
    apply(warehouse, webhook("products/update", product(7, variants=150)))
    assert rows(warehouse, "SELECT count(*) FROM staging.product_variants") == [(100,)]
    slim = {key: value for key, value in order(1).items() if key != "line_items"}
    told = apply(
        warehouse,
        webhook("orders/edited", {"order_edit": {"id": 3, "order_id": 1}}),
        webhook("orders/updated", slim),
        webhook("products/update", product(7, at=LATER, variants=150)),
    )
    assert told.pulls_asked == 3
    assert told.outcomes == {"applied": 1, "pull": 2}
    assert rows(warehouse, "FROM staging.orders") == []


def test_variants_that_a_body_only_names_stay_and_others_go(warehouse: Warehouse):
    with warehouse.write() as con:
        con.execute(
            "INSERT INTO staging.product_variants (variant_id, product_id, title)"
            " VALUES (7149, 7, 'named'), (7999, 7, 'gone')"
        )
    apply(warehouse, webhook("products/update", product(7, variants=150)))
    assert rows(
        warehouse, "SELECT title FROM staging.product_variants WHERE variant_id > 7099"
    ) == [("named",)]


def test_an_absent_key_erases_nothing_and_a_null_does(warehouse: Warehouse):
    visit = {
        "id": "gid://shopify/CustomerVisit/77",
        "occurredAt": "2026-03-09T00:00:00Z",
        "__parentId": "gid://shopify/Order/1",
    }
    pulled = records.order(1, customerJourneySummary={"ready": True})
    load_orders(warehouse, [pulled, records.line(11, of=1), visit])
    redacted = {key: value for key, value in order(1, at=LATER).items() if key != "customer"}
    apply(warehouse, webhook("orders/updated", redacted))
    about = "SELECT customer_id, journey_ready, updated_at > '2026-03-11' FROM staging.orders"
    assert rows(warehouse, about) == [(5, True, True)]
    assert rows(warehouse, "SELECT visit_id FROM staging.order_visits") == [(77,)]
    guest = order(1, at="2026-03-13T00:00:00Z", customer=None)
    apply(warehouse, webhook("orders/updated", guest))
    assert rows(warehouse, about) == [(None, True, True)]
    apply(warehouse, webhook("customers/update", customer(5)))
    slim = {key: value for key, value in customer(5, at=LATER).items() if key != "email"}
    apply(warehouse, webhook("customers/update", slim))
    email = "SELECT email FROM staging.customers"
    assert rows(warehouse, email) == [("5@example.com",)]
    newest = customer(5, at="2026-03-13T00:00:00Z", email=None)
    apply(warehouse, webhook("customers/update", newest))
    assert rows(warehouse, email) == [(None,)]


POISON = (
    webhook("orders/paid", "{torn"),
    webhook("orders/paid", "[]"),
    webhook("orders/paid", order(2, total_price="much")),
    webhook("orders/paid", order(2, line_items=[item(21, quantity="two")])),
    webhook("orders/paid", order(2, line_items="none")),
    webhook("orders/paid", order(2, cancelled_at="yesterday")),
    webhook("orders/paid", order(2, currency="money")),
    webhook("orders/paid", order(2, refunds=[refund(9, of=2, line=21) | {"id": None}])),
    webhook("refunds/create", {"id": 9}),
    webhook("products/update", product(7, updated_at="soon")),
    webhook("customers/update", {"id": "who"}),
    webhook("products/delete", {}),
    webhook("orders/paid", order(2), webhook_id=None),
    webhook("orders/paid", order(2), triggered_at="noon"),
    "{torn",
    "[1]",
    "",
)


@pytest.mark.parametrize("poison", POISON, ids=itertools.count())
def test_what_cannot_be_read_is_kept_aside_and_blocks_nothing(
    warehouse: Warehouse, poison: dict[str, Any] | str
):
    apply(warehouse, webhook("orders/paid", order(1)), poison, webhook("orders/paid", order(3)))
    found = rows(warehouse, "SELECT order_id FROM staging.orders ORDER BY 1")
    assert found == [(1,), (3,)]
    kept = rows(warehouse, "SELECT source, reason, raw FROM staging.rejected")
    assert len(kept) == (poison != "")
    assert all(reason and raw for _, reason, raw in kept)
    if "id" in str(poison):
        apply(warehouse, webhook("orders/paid", order(2)))
        assert rows(warehouse, "SELECT count(*) FROM staging.orders") == [(3,)]


def test_topics_that_are_none_of_our_business_are_logged(warehouse: Warehouse):
    finished = {"admin_graphql_api_id": "gid://shopify/BulkOperation/1", "status": "completed"}
    told = apply(warehouse, webhook("bulk_operations/finish", finished), webhook("app/x", {}))
    assert told.outcomes == {"ignored": 2}


def test_of_two_versions_of_one_second_the_one_triggered_last_stays(warehouse: Warehouse):
    pending = webhook("orders/create", order(1, financial_status="pending"))
    paid = webhook("orders/paid", order(1, financial_status="paid"))
    apply(warehouse, paid)
    apply(warehouse, pending)
    assert rows(warehouse, "SELECT financial_status FROM staging.orders") == [("PAID",)]


def test_what_a_pull_saw_later_is_not_undone_by_a_webhook_of_the_same_second(warehouse: Warehouse):
    pulled = records.order(1, updatedAt=AT, displayFinancialStatus="PAID")
    load_orders(
        warehouse,
        [pulled, records.line(11, of=1)],
        since=datetime(2026, 3, 1, tzinfo=UTC),
    )
    # Triggered before the pull of a moment ago.
    late = webhook("orders/create", order(1, financial_status="pending"))
    late |= {"triggered_at": "2026-03-10T11:00:00Z"}
    apply(warehouse, late)
    assert rows(warehouse, "SELECT financial_status FROM staging.orders") == [("PAID",)]


def test_a_batch_that_fails_leaves_nothing(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch):
    apply(warehouse, webhook("orders/paid", order(1)))
    before = state(warehouse)
    lines = [webhook("orders/paid", order(2)), webhook("refunds/create", refund(9, 1, 11))]
    with monkeypatch.context() as patch:
        patch.setattr("nerdx_pipelines.warehouse.webhooks.STEPS", ("webhooks/fresh", "nowhere"))
        with pytest.raises(FileNotFoundError):
            apply(warehouse, *lines)
    assert state(warehouse) == before
    assert apply(warehouse, *lines).outcomes == {"applied": 2}


HISTORY = [
    webhook("orders/create", order(1, financial_status="pending")),
    webhook("orders/paid", order(1)),
    webhook("refunds/create", refund(9, of=1, line=11)),
    webhook("orders/updated", order(1, at=LATER, refunds=[refund(9, of=1, line=11)])),
    webhook("orders/paid", order(2, customer=None)),
    webhook("refunds/create", refund(8, of=2, line=21)),
    webhook("orders/delete", {"id": 3}),
    webhook("orders/paid", order(3)),
    webhook("products/create", product(7)),
    webhook("products/update", product(7, at=LATER, variants=2, status="draft")),
    webhook("customers/create", customer(5)),
    webhook("customers/update", customer(5, at=LATER, email=None)),
]


def batches(dice: random.Random) -> Iterable[list[dict[str, Any]]]:
    """The history in any order, a third of it twice, in batches of any size."""
    lines = [*HISTORY, *dice.sample(HISTORY, len(HISTORY) // 3)]
    dice.shuffle(lines)
    while lines:
        size = dice.randint(1, len(lines))
        yield lines[:size]
        del lines[:size]


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 10**6))
def test_any_order_and_duplication_ends_in_the_same_rows(
    warehouse_factory: Callable[[], Warehouse], seed: int
):
    straight, shuffled = warehouse_factory(), warehouse_factory()
    apply(straight, *HISTORY)
    for lines in batches(random.Random(seed)):
        apply(shuffled, *lines)
    assert state(shuffled) == state(straight)
    assert rows(shuffled, "SELECT count(*) FROM staging.webhook_log") == [(len(HISTORY),)]


def test_the_segment_names_where_a_webhook_is_kept(warehouse: Warehouse, tmp_path: Path):
    file = segment(tmp_path / "inbox", [webhook("orders/paid", order(1))])
    ingest(warehouse, [file], tmp_path / "requests", 7)
    assert rows(warehouse, "SELECT segment, kind, resource_id FROM staging.webhook_log") == [
        (file.name, "ORDER", 1)
    ]
    assert json.loads(file.read_text())["topic"] == "orders/paid"  # it is left where it was


def test_a_process_that_died_before_the_archive_changes_nothing_when_it_comes_again(
    warehouse: Warehouse, tmp_path: Path
):
    lines = [webhook("orders/paid", order(1)), webhook("orders/paid", "{torn"), "{torn", *POISON]
    file = segment(tmp_path / "inbox", lines)
    rejected = "SELECT * EXCLUDE (rejected_at) FROM staging.rejected ORDER BY ALL"
    ingest(warehouse, [file], tmp_path / "requests", 7)
    before, kept = state(warehouse), rows(warehouse, rejected)
    assert len(kept) > 10
    again = ingest(warehouse, [file], tmp_path / "requests", 7)
    assert again.outcomes == {}
    assert state(warehouse) == before
    assert rows(warehouse, rejected) == kept


def test_what_a_pull_brings_that_no_webhook_told_is_counted(warehouse: Warehouse):
    apply(warehouse, webhook("orders/paid", order(1)))
    pulled = [records.order(n, updatedAt=AT) for n in (1, 2)]
    lines = [records.line(10 * n + 1, of=n) for n in (1, 2)]
    load_orders(warehouse, [*pulled, *lines], since=datetime(2026, 3, 1, tzinfo=UTC))
    assert rows(warehouse, "SELECT brought FROM staging.pulls") == [(1,)]
    load_orders(warehouse, [*pulled, *lines], since=datetime(2026, 3, 1, tzinfo=UTC))
    assert rows(warehouse, "SELECT min(brought) FROM staging.pulls") == [(0,)]
    with warehouse.write() as con:
        # Counted since the first webhook came, whose hour the test made up.
        con.execute("UPDATE staging.webhook_log SET received_at = '2026-03-10T00:00:00Z'")
    assert rows(warehouse, sql("checks/webhooks_complete")) == [("order_changes", 1)]
