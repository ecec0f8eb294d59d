"""What one event means: which touch it is, when and whose; what is refused; which days it moves."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from nerdx_pipelines.assets.events import content_events
from nerdx_pipelines.resources.events import EventNames
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.warehouse.database import Warehouse, run
from tests.assets.event_lines import (
    RECEIVED,
    RULES,
    catalog,
    event,
    figures,
    landed,
    segment,
    take,
    touches,
)
from tests.assets.records import line, load_orders, order, rows

TOUCHES = "SELECT event_id, content_id, touch_type FROM staging.touches ORDER BY ALL"
USERS = "SELECT event_id, user_id FROM staging.touches ORDER BY ALL"
CREDITED = "SELECT DISTINCT order_id FROM attribution.credits ORDER BY 1"
DAYS = "SELECT DISTINCT day FROM staging.changed_days ORDER BY 1"
FOLDER: dict[str, list[dict[str, Any]]] = {
    "content": [{"content_id": "vid"}, {"content_id": "my post"}],
    "content_products": [{"content_id": "vid", "product_id": 7}],
}
VIEWED = {"event": "Content Viewed", "properties": {"content_id": "vid"}}
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)


@pytest.fixture
def shop(warehouse: Warehouse, tmp_path: Path) -> Warehouse:
    catalog(warehouse, landed(tmp_path / "folder", FOLDER))
    return warehouse


def forget_days(warehouse: Warehouse) -> None:
    with warehouse.write() as con:
        con.execute("DELETE FROM staging.changed_days")


def add_customer(warehouse: Warehouse, customer_id: int, email: str) -> None:
    with warehouse.write() as con:
        con.execute(
            "INSERT INTO staging.customers (customer_id, email) VALUES (?, ?)",
            [customer_id, email],
        )


@pytest.mark.parametrize(
    ("type", "body", "expected"),
    [
        ("track", VIEWED, [("m", "vid", "view")]),
        ("track", VIEWED | {"event": " video PLAYBACK started"}, [("m", "vid", "view")]),
        ("track", VIEWED | {"event": "Link Clicked"}, [("m", "vid", "click")]),
        ("track", VIEWED | {"event": "Order Completed"}, []),
        ("track", VIEWED | {"properties": {"content_id": 42}}, [("m", "42", "view")]),
        (
            "track",
            {"event": "Link Clicked", "context": {"page": {"path": "/blogs/my%20post/"}}},
            [("m", "my post", "click")],
        ),
        ("page", {"properties": {"content_id": "unheard of"}}, [("m", "unheard of", "view")]),
        ("page", {"context": {"page": {"path": "/products/lamp"}}}, []),
        ("page", {"context": {"page": {"url": "https://vid/"}}}, []),
        (
            "page",
            {"properties": {"url": "https://shop.example/my%20post?utm_content=vid#top"}},
            [("m", "my post", "view"), ("m click", "vid", "click")],
        ),
        (
            "page",
            {"context": {"page": {"path": "/", "search": "?a=b&utm_content=vid"}}},
            [("m", "vid", "click")],
        ),
        (
            "page",
            {"context": {"page": {"path": "/vid"}, "campaign": {"content": "vid"}}},
            [("m", "vid", "view")],
        ),
        ("page", {"context": {"page": {"path": "/100%25%ff/vid"}}}, [("m", "vid", "view")]),
    ],
)
def test_the_touch_of_an_event(
    shop: Warehouse, type: str, body: dict[str, Any], expected: list[tuple[str, str, str]]
):
    take(shop, event("m", type, anonymousId="a", **body))
    assert rows(shop, TOUCHES) == expected
    assert rows(shop, "FROM staging.rejected") == []


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({}, "2026-03-15T12:00:00"),
        ({"timestamp": "2026-03-10T08:00:00+02:00"}, "2026-03-10T06:00:00"),
        # The device is an hour slow, and sent what it saw ten minutes later.
        (
            {"timestamp": "2026-03-15T10:50:00Z", "sentAt": "2026-03-15T11:00:00Z"},
            "2026-03-15T11:50:00",
        ),
        (
            {"originalTimestamp": "2030-01-01T00:00:00Z", "sentAt": "2030-01-01T00:00:30Z"},
            "2026-03-15T11:59:30",
        ),
        # Corrected already.
        (
            {
                "timestamp": "2026-03-15T11:00:00Z",
                "originalTimestamp": "2026-03-15T09:00:00Z",
                "sentAt": "2026-03-15T09:30:00Z",
            },
            "2026-03-15T11:00:00",
        ),
    ],
)
def test_when_it_happened(shop: Warehouse, times: dict[str, str], expected: str):
    take(shop, event("m", "track", anonymousId="a", **VIEWED, **times))
    moment = datetime.fromisoformat(expected).replace(tzinfo=UTC)
    received = datetime(2026, 3, 15, 12, tzinfo=UTC)
    assert rows(shop, "SELECT touched_at, ingested_at FROM staging.touches") == [(moment, received)]


GOOD = event("good", "track", anonymousId="a", **VIEWED)
BAD = {
    "message_id is missing": GOOD | {"message_id": None},
    "message_id ends as ids of our own do": GOOD | {"message_id": "good click"},
    "body is no JSON object": GOOD | {"message_id": "m", "body": "{"},
    "received_at is no ISO 8601 time": GOOD | {"message_id": "m", "received_at": "now"},
    "type is none of track, page and identify": GOOD | {"message_id": "m", "type": "screen"},
    "event is missing": event("m", "track", anonymousId="a"),
    "anonymousId and userId are missing": event("m", "track", **VIEWED),
    "timestamp is no ISO 8601 time: soon": event(
        "m", "track", anonymousId="a", **VIEWED, timestamp="soon"
    ),
    "it says that it happened after it was received": event(
        "m", "track", anonymousId="a", **VIEWED, timestamp="2026-03-15T13:00:01Z"
    ),
    "it says that it happened before there was a shop": event(
        "m", "track", anonymousId="a", **VIEWED, timestamp="1970-01-01T00:00:00Z"
    ),
    "properties.content_id is missing, and so is": event(
        "m", "track", anonymousId="a", event="Content Viewed"
    ),
    "line 2 is no JSON": '{"message_id": "m", "body":',
    "line 2 is no JSON object": '["m"]',
}


@pytest.mark.parametrize(("reason", "bad"), BAD.items(), ids=BAD)
def test_a_bad_event_is_kept_with_its_reason_and_in_nobodys_way(
    shop: Warehouse, reason: str, bad: dict[str, Any] | str
):
    for _ in range(2):
        take(shop, event("first", "page", anonymousId="a", properties={"path": "/vid"}), bad, GOOD)
    assert [touch for touch, _, _ in rows(shop, TOUCHES)] == ["first", "good"]
    found = rows(shop, "SELECT source, reason, raw, file FROM staging.rejected")
    assert [source for source, _, _, _ in found] == ["event"]
    assert found[0][1].startswith(reason)
    assert found[0][2] == (bad if isinstance(bad, str) else bad["body"])
    assert found[0][3].endswith(".jsonl")


def test_one_that_comes_well_is_no_longer_rejected(shop: Warehouse):
    take(shop, event("m", "track", anonymousId="a", **VIEWED, timestamp="soon"))
    take(shop, event("m", "track", anonymousId="a", **VIEWED))
    assert rows(shop, "FROM staging.rejected") == []
    take(shop, event("m", "track", anonymousId="a", **VIEWED, timestamp="soon"))
    assert rows(shop, "FROM staging.rejected") == []


def test_the_first_delivery_counts_even_if_it_is_applied_last(shop: Warehouse):
    early, late = "2026-03-15T12:00:00Z", "2026-03-15T12:00:01Z"
    take(shop, event("m", "track", late, anonymousId="late", **VIEWED))
    take(shop, event("m", "track", early, anonymousId="early", **VIEWED))
    take(shop, event("m", "track", late, anonymousId="late", **VIEWED))
    assert rows(shop, "SELECT anonymous_id FROM staging.touches") == [("early",)]


@pytest.mark.parametrize(
    ("said", "user"),
    [
        ({"userId": "5"}, 5),
        ({"userId": "gid://shopify/Customer/5"}, 5),
        ({"userId": "me", "traits": {"shopify_customer_id": 5}}, 5),
        ({"userId": "me", "traits": {"email": " ANN@example.com"}}, 5),
        ({"userId": "ann@Example.com"}, 5),
        ({"userId": "me", "traits": {"email": "two@example.com"}}, None),
        ({"userId": "me", "traits": {"email": "nobody@example.com"}}, None),
        ({"userId": "gid://shopify/Product/5"}, None),
        ({"userId": "5", "traits": {"email": "ben@example.com"}}, 5),
    ],
)
def test_who_somebody_turns_out_to_be(shop: Warehouse, said: dict[str, Any], user: int | None):
    for number, email in ((5, "Ann@example.com"), (6, "ben@example.com")):
        add_customer(shop, number, email)
    for number in (7, 8):
        add_customer(shop, number, "two@example.com")
    take(shop, event("m", "track", anonymousId="a", **VIEWED))
    take(shop, event("i", "identify", anonymousId="a", **said))
    assert rows(shop, USERS) == [("m", user)]
    assert "example.com" not in str(rows(shop, "FROM staging.events"))


def test_a_name_of_the_sites_own_leads_to_the_customer_too(shop: Warehouse):
    add_customer(shop, 5, "ann@example.com")
    take(
        shop,
        event("server", "track", userId="me", **VIEWED),
        event("mail", "track", userId="ANN@example.com", **VIEWED),
        event("i", "identify", anonymousId="a", userId="me", traits={"shopify_customer_id": "5"}),
    )
    assert rows(shop, USERS) == [("mail", 5), ("server", 5)]


def test_an_id_that_was_two_customers_is_nobodys_whoever_says_so(shop: Warehouse, tmp_path: Path):
    take(shop, event("m", "track", anonymousId="a", **VIEWED))
    take(shop, event("own", "track", anonymousId="a", userId="9", **VIEWED))
    take(shop, event("i", "identify", anonymousId="a", userId="5"))
    assert rows(shop, USERS) == [("m", 5), ("own", 9)]
    other = {**FOLDER, "identities": [{"anonymous_id": "a", "customer_id": 6}]}
    catalog(shop, landed(tmp_path / "other", other))
    assert rows(shop, USERS) == [("m", None), ("own", 9)]
    catalog(shop, landed(tmp_path / "again", FOLDER))
    assert rows(shop, USERS) == [("m", 5), ("own", 9)]


def test_the_folder_and_the_receiver_count_one_event_once(shop: Warehouse, tmp_path: Path):
    told = {"event_id": "m", "content_id": "my post", "touch_type": "click"}
    row = {**told, "touched_at": "2026-03-10T12:00:00Z", "user_id": 5}
    both = landed(tmp_path / "both", {**FOLDER, "touches": [row]})
    take(
        shop,
        event("m", "track", anonymousId="a", **VIEWED),
        event("n", "track", userId="5", **VIEWED),
    )
    touches(shop, both, FIRST, LAST)
    assert rows(shop, TOUCHES) == [("m", "my post", "click"), ("n", "vid", "view")]
    touches(shop, landed(tmp_path / "none", FOLDER), FIRST, LAST)
    assert rows(shop, TOUCHES) == [("m", "vid", "view"), ("n", "vid", "view")]


def test_a_page_is_a_touch_when_the_catalogue_knows_it(shop: Warehouse, tmp_path: Path):
    take(shop, event("m", "page", anonymousId="a", properties={"path": "/news/later"}))
    assert rows(shop, TOUCHES) == []
    later = {**FOLDER, "content": [*FOLDER["content"], {"content_id": "later"}]}
    catalog(shop, landed(tmp_path / "later", later))
    assert rows(shop, TOUCHES) == [("m", "later", "view")]
    catalog(shop, landed(tmp_path / "former", FOLDER))
    assert rows(shop, TOUCHES) == []


def sold(warehouse: Warehouse, **days: str) -> None:
    """Orders 1, 2, … of customer 5 on these days."""
    records = []
    for number, at in enumerate(days.values(), 1):
        records += [order(number, processedAt=at), line(10 + number, of=number)]
    load_orders(warehouse, records, since=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_late_event_moves_just_the_days_it_can_touch(shop: Warehouse):
    sold(
        shop,
        long_before="2026-03-02T11:59:59Z",
        placebo="2026-03-03T12:00:00Z",
        within="2026-03-17T11:59:59Z",
        later="2026-03-17T12:00:00Z",
    )
    figures(shop, FIRST, LAST)
    assert rows(shop, DAYS) == []
    late = {"timestamp": "2026-03-10T12:00:00Z", "userId": "5"}
    take(shop, event("m", "track", **VIEWED, **late))
    assert rows(shop, DAYS) == [
        (date(2026, 3, 3),),
        (date(2026, 3, 10),),
        (date(2026, 3, 17),),
    ]
    figures(shop, LAST, LAST)
    assert rows(shop, CREDITED) == [(3,)]
    assert rows(shop, "SELECT order_day FROM attribution.placebo") == [(date(2026, 3, 3),)]
    take(shop, event("m", "track", **VIEWED, **late))
    assert rows(shop, DAYS) == []


def test_whoever_is_known_late_earns_and_moves_their_days(shop: Warehouse):
    sold(shop, one="2026-03-12T12:00:00Z", other="2026-03-29T12:00:00Z")
    take(shop, event("m", "track", **VIEWED, timestamp="2026-03-10T12:00:00Z", anonymousId="a"))
    figures(shop, FIRST, LAST)
    take(shop, event("i", "identify", anonymousId="a", userId="5"))
    assert rows(shop, DAYS) == [(date(2026, 3, 10),), (date(2026, 3, 12),)]
    figures(shop, LAST, LAST)
    assert rows(shop, CREDITED) == [(1,)]


def test_other_touches_and_features_of_a_folder_move_their_days(shop: Warehouse, tmp_path: Path):
    sold(shop, one="2026-03-12T12:00:00Z", other="2026-03-29T12:00:00Z")
    row = {"event_id": "f", "content_id": "vid", "touch_type": "view", "user_id": 5}
    former = {**FOLDER, "touches": [{**row, "touched_at": "2026-03-10T12:00:00Z"}]}
    touches(shop, landed(tmp_path / "former", former), FIRST, LAST)
    figures(shop, FIRST, LAST)
    touches(shop, landed(tmp_path / "same", former), FIRST, LAST)
    assert rows(shop, DAYS) == []
    moved = {**FOLDER, "touches": [{**row, "touched_at": "2026-03-27T12:00:00Z"}]}
    touches(shop, landed(tmp_path / "moved", moved), FIRST, LAST)
    days = [date(2026, 3, number) for number in (10, 12, 27, 29)]
    assert rows(shop, DAYS) == [(day,) for day in days]

    forget_days(shop)
    until = {"content_id": "vid", "product_id": 7, "valid_to": "2026-03-20T00:00:00Z"}
    catalog(shop, landed(tmp_path / "until", {**FOLDER, "content_products": [until]}))
    assert rows(shop, DAYS) == [(date(2026, 3, 12),), (date(2026, 3, 29),)]


def test_late_touches_are_counted_by_when_they_came(shop: Warehouse):
    take(
        shop,
        event("on time", "track", userId="5", **VIEWED, timestamp="2026-03-15T11:00:00Z"),
        event("late", "track", userId="5", **VIEWED, timestamp="2026-03-14T11:00:00Z"),
        event(
            "late long ago",
            "track",
            "2026-03-14T11:00:00Z",
            userId="5",
            **VIEWED,
            timestamp="2026-03-01T11:00:00Z",
        ),
    )
    with shop.write() as con:
        run(con, "kpi/health", **RULES)
    assert rows(shop, "SELECT value FROM kpi.health WHERE metric = 'late_touches_24h'") == [(1,)]


def test_the_asset_takes_segments_of_events_and_archives_them(shop: Warehouse, tmp_path: Path):
    inbox, archive = tmp_path / "inbox", tmp_path / "archive"
    segment(inbox, [event("m", "track", userId="5", **VIEWED)])
    segment(
        inbox, [event("n", "track", userId="5", event="Recipe", properties={"content_id": "x"})]
    )
    webhooks = inbox / "webhooks-20260315T120000.000000Z-1-1.jsonl"
    webhooks.write_text("")
    folders = {"raw": "", "kpi": "", "published": "", "report": "", "requests": ""}
    names = {name: folders.get(name, "") for name in PathsResource.model_fields}
    result = dg.materialize(
        [content_events],
        resources={
            "warehouse": dg.ResourceDefinition.hardcoded_resource(shop),
            "paths": PathsResource(**names | {"inbox": str(inbox), "archive": str(archive)}),
            "rules": AttributionRules(window_days=7, half_life_days=7, model="linear", lag_days=2),
            "event_names": EventNames(touches={"Recipe": "click"}),
        },
    )
    (told,) = result.asset_materializations_for_node("content_events")
    assert {name: told.metadata[name].value for name in ("segments", "new", "rejected")} == {
        "segments": 2,
        "new": 2,
        "rejected": 0,
    }
    assert told.metadata["touches_of_unknown_content"].value == 1
    assert told.metadata["pending_days"].value == ["2026-03-15"]
    assert RECEIVED.startswith("2026-03-15")
    assert rows(shop, TOUCHES) == [("m", "vid", "view"), ("n", "x", "click")]
    assert [path.name for path in inbox.glob("*.jsonl")] == [webhooks.name]
    assert len(list(archive.glob("2026-03/events-*.jsonl"))) == 2
