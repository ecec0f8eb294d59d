"""Who demands it is forgotten everywhere, and who demands it is told what is held on them."""

import json
import stat
from pathlib import Path

import pytest

from nerdx_pipelines.warehouse.held import HELD
from nerdx_pipelines.warehouse.schema import wanted_columns
from tests.assets import event_lines
from tests.assets.segments import segment, webhook
from tests.assets.test_webhooks import every_order, ingest, rest
from tests.assets.world import PULLS, Follower, Shop

ANN = "ann@example.com"


@pytest.fixture
def follower(shop: Shop, tmp_path: Path) -> Follower:
    follower = Follower(shop, tmp_path / "data")
    follower.run(PULLS)
    return follower


def demand(customer: int, email: str | None = ANN, **body: object) -> dict[str, object]:
    return {
        "shop_id": 42,
        "shop_domain": "awkward.myshopify.com",
        "customer": {"id": customer, "email": email, "phone": None},
        **body,
    }


def mentions(follower: Follower, text: str) -> list[str]:
    """Files of the data dir in which the text stands, the warehouse among them."""
    found = [
        file.name
        for file in follower.root.rglob("*")
        if file.suffix in (".jsonl", ".json") and text in file.read_text()
    ]
    for (table,) in follower.rows(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal"
    ):
        if follower.rows(f"SELECT 1 FROM {table} AS t WHERE contains(t::VARCHAR, '{text}')"):
            found.append(table)
    return found


def test_a_customer_who_demands_it_is_forgotten_everywhere(shop: Shop, follower: Follower):
    customer = rest(shop, "customers/500.json")["customer"]
    assert customer["email"] == ANN
    orders = [body | {"note": f"for {ANN}"} for body in every_order(shop)]
    ingest(follower, webhook("customers/update", customer))
    ingest(follower, *(webhook("orders/updated", body) for body in orders), "{torn " + ANN)
    assert len(mentions(follower, ANN)) >= 4
    before = follower.rows("FROM staging.orders ORDER BY ALL")
    redacted = webhook("customers/redact", demand(500, orders_to_redact=[2000]))
    # In the inbox when the demand is applied, and coming late.
    waiting = segment(follower.root / "inbox", [webhook("customers/update", customer)])
    ingest(follower, redacted)
    assert mentions(follower, ANN) == []
    assert not waiting.exists()
    later = {"updated_at": "2026-11-22T13:00:00Z"}
    ingest(follower, webhook("customers/update", customer | later))
    follower.run(PULLS)
    raw = follower.root / "raw" / "customers.jsonl"
    assert [found for found in mentions(follower, ANN) if found != raw.name] == []
    assert follower.rows("SELECT email FROM staging.customers WHERE customer_id = 500") == [(None,)]
    assert follower.rows("SELECT email FROM staging.customers WHERE customer_id = 502") == [
        ("bob@shop.example.org",)
    ]
    assert follower.rows("FROM staging.orders ORDER BY ALL") == before
    assert follower.rows("SELECT kind, id FROM staging.redactions ORDER BY 1") == [
        ("CUSTOMER", 500),
        ("ORDER", 2000),
    ]
    assert follower.rows(
        "SELECT outcome FROM staging.webhook_log WHERE topic = 'customers/redact'"
    ) == [("applied",)]


def test_what_an_erased_archive_holds_can_be_applied_anew(
    shop: Shop, follower: Follower, tmp_path: Path
):
    """Nothing but the personal keys is gone from it."""
    orders = every_order(shop)
    ingest(follower, *(webhook("orders/updated", body) for body in orders))
    ingest(follower, webhook("customers/redact", demand(500)))
    fresh = Follower(shop, tmp_path / "fresh")
    for archived in sorted((follower.root / "archive").rglob("*.jsonl")):
        segment(fresh.root / "inbox", archived.read_text().splitlines())
    fresh.run(["shopify_webhooks"])
    statement = "FROM staging.{} ORDER BY ALL"
    for table in ("order_lines", "refunds", "refund_lines"):
        assert fresh.rows(statement.format(table)) == follower.rows(statement.format(table))
    assert fresh.rows("SELECT count(*) FROM staging.orders") == [(len(orders),)]


def test_what_was_seen_stays_seen_whether_the_demand_or_the_event_is_applied_first(
    follower: Follower,
):
    seen = {"content_id": "vid", "search": f"for {ANN}"}
    for number, applied in ((1, ["content_events", "shopify_webhooks"]), (2, ["content_events"])):
        said = {"userId": "500", "event": "Content Viewed", "properties": seen}
        event_lines.segment(
            follower.root / "inbox", [event_lines.event(f"m{number}", "track", **said)]
        )
        if number == 1:
            segment(follower.root / "inbox", [webhook("customers/redact", demand(500))])
        else:
            ingest(follower, webhook("customers/redact", demand(500)))
        for asset in applied:
            follower.run([asset])
    assert follower.rows(
        "SELECT event_id, user_id, content_id FROM staging.touches ORDER BY 1"
    ) == [
        ("m1", 500, "vid"),
        ("m2", 500, "vid"),
    ]
    assert mentions(follower, ANN) == []


def test_archived_events_that_turn_out_to_be_theirs_lose_it_too(follower: Follower):
    ingest(follower, webhook("customers/redact", demand(500)))
    seen = {"event": "Content Viewed", "properties": {"content_id": "vid", "search": f"for {ANN}"}}
    names = []
    for number, (kind, said) in enumerate([("track", seen), ("identify", {"userId": "500"})]):
        line = event_lines.event(f"m{number}", kind, anonymousId="a1", **said)
        event_lines.segment(follower.root / "inbox", [line])
        follower.run(["content_events"])
        names.append(mentions(follower, ANN))
    assert [len(found) for found in names] == [1, 0]
    assert follower.rows("FROM staging.erased_names") == [("a1", True)]
    assert follower.rows("SELECT user_id, content_id FROM staging.touches") == [(500, "vid")]


def test_what_was_recommended_stays_so(follower: Follower):
    items = [{"product_id": 100, "position": 2, "note": f"for {ANN}"}]
    seen = {"list_id": "nerdx:discovery", "products": items, "search": f"for {ANN}"}
    said = {"userId": "500", "event": "Product List Viewed", "properties": seen}
    event_lines.segment(follower.root / "inbox", [event_lines.event("m1", "track", **said)])
    ingest(follower, webhook("customers/redact", demand(500)))
    follower.run(["content_events"])
    assert follower.rows("SELECT user_id, slot, items FROM staging.events") == [
        (500, "discovery", [{"product_id": 100, "content_id": None, "position": 2}])
    ]
    assert mentions(follower, ANN) == []


def test_a_shop_that_goes_takes_everybody_s_data_along(shop: Shop, follower: Follower):
    ingest(follower, *(webhook("orders/updated", body) for body in every_order(shop)))
    ingest(follower, webhook("shop/redact", {"shop_id": 42, "shop_domain": "x"}))
    assert mentions(follower, "@") == []
    assert follower.rows("SELECT count(email), count(*) > 0 FROM staging.customers") == [(0, True)]


def test_who_asks_is_told_what_is_held(follower: Follower):
    asked = demand(502, orders_requested=[], data_request={"id": 9999})
    ingest(follower, webhook("customers/data_request", asked))
    (file,) = (follower.root / "requests").iterdir()
    assert file.name == "9999.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(file.read_text())
    assert told["profile"][0]["email"] == "bob@shop.example.org"
    ids = follower.rows("SELECT order_id FROM staging.orders WHERE customer_id = 502 ORDER BY 1")
    assert [order["order_id"] for order in told["orders"]] == [number for (number,) in ids] != []
    assert {line["order_id"] for line in told["order_lines"]} <= {number for (number,) in ids}
    assert {order["customer_id"] for order in told["orders"]} == {502}


def test_no_table_that_knows_people_is_left_out_of_the_answer():
    """Tables made of others, and what only marks who was erased, hold nothing more on anybody."""
    people = {"customer_id", "user_id"}
    knowing = {
        table
        for table, columns in wanted_columns().items()
        if people & columns.keys() and table.partition(".")[0] in ("staging", "loop")
    }
    assert knowing - {table for table, _ in HELD.values()} == {"staging.erased_addresses"}
