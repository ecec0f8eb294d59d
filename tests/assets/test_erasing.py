"""Whoever demanded to be forgotten stays so, whatever comes later, in whatever order."""

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.folder.reading import read_content
from nerdx_pipelines.redaction import Whom, erase
from nerdx_pipelines.warehouse.database import Warehouse, run
from nerdx_pipelines.warehouse.erasing import forget_addresses, names_in_files, out_of_files
from nerdx_pipelines.warehouse.events import ingest as ingest_events
from nerdx_pipelines.warehouse.records import Raw, load
from nerdx_pipelines.warehouse.touches import replace_journeys, stitch
from nerdx_pipelines.warehouse.webhooks import ingest as ingest_webhooks
from tests.assets import bodies, event_lines
from tests.assets.records import line, load_orders, order, rows, write
from tests.assets.segments import segment, webhook

ANN = "Ann@example.com"
DIGEST = sha256(ANN.lower().encode()).hexdigest()
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
CHANGED = datetime(2026, 1, 1, tzinfo=UTC)
CONTENT = {
    "content": [{"content_id": each} for each in ("c1", "c2")],
    "content_products": [{"content_id": each, "product_id": 7} for each in ("c1", "c2")],
    "touches": [
        {"event_id": "f1", "content_id": "c1", "touch_type": "view",
         "touched_at": "2026-03-09T08:00:00Z", "anonymous_id": f"email {DIGEST}"},
        {"event_id": "f2", "content_id": "c2", "touch_type": "click",
         "touched_at": "2026-03-09T09:00:00Z", "anonymous_id": "a1"},
    ],
    "identities": [{"anonymous_id": f"email {DIGEST}", "customer_id": 5}],
}  # fmt: skip
TABLES = {
    "staging.customers": "customer_id, email",
    "staging.orders": "order_id, customer_id",
    "staging.order_visits": "*",
    "staging.events": "*",
    "staging.touches": "*",
    "staging.identities": "*",
    "staging.rejected": "source, reason, raw",
    "staging.erased_addresses": "*",
}


def said(number: int, type: str = "track", **body: Any) -> event_lines.Line:
    at = f"2026-03-{number:02}T10:00:00.000Z"
    given = {"timestamp": at, "properties": {"content_id": "c1"}, "event": "Content Viewed"}
    return event_lines.event(f"m{number}", type, received_at=at, **given | body)


EVENTS = [
    said(1, userId=ANN),
    said(2, anonymousId="a1"),
    said(3, "identify", anonymousId="a1", traits={"email": ANN}),
    said(4, "identify", anonymousId="a2", userId="site-9", context={"traits": {"email": ANN}}),
    said(5, anonymousId="a2", properties={"content_id": "c2"}),
    said(6, userId="5", context={"ip": "203.0.113.7"}, traits={"email": ANN}),
    said(7, anonymousId=ANN),
    said(8, "page", anonymousId="a1", context={"page": {"url": f"https://x.example/{ANN}"}}),
    said(9, userId=ANN, timestamp=f"from {ANN}"),
    said(10, userId="ben@example.com", anonymousId="b1"),
]
VISIT = {
    "id": "gid://shopify/CustomerVisit/9",
    "occurredAt": "2026-03-09T07:00:00Z",
    "landingPage": f"https://shop.example/blogs/c1?email={ANN}&utm_content=c2&token=secret#top",
    "referrerUrl": "https://mail.example/inbox?to=ann%40example.com",
    "utmParameters": {"source": "mail", "medium": None, "campaign": ANN, "content": None,
                      "term": None},
    "__parentId": "gid://shopify/Order/1",
}  # fmt: skip
ORDER = [
    order(1, customerJourneySummary={"ready": True}),
    line(11, of=1),
    VISIT,
]
CUSTOMER = {
    "id": "gid://shopify/Customer/5",
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-02-01T00:00:00Z",
    "defaultEmailAddress": {"emailAddress": ANN},
}
DEMAND = {"shop_id": 1, "customer": {"id": 5, "email": None}, "orders_to_redact": [1]}


class Place:
    """A warehouse and its files, to which facts come one by one."""

    def __init__(self, warehouse: Warehouse):
        self.warehouse, self.root = warehouse, warehouse.path.parent
        self.folder = event_lines.landed(self.root / "folder", CONTENT)
        self.demand = DEMAND

    def take(self, kind: str, what: Any = None) -> None:
        match kind:
            case "demand":
                self.webhooks(webhook("customers/redact", self.demand))
            case "customer":
                self.webhooks(webhook("customers/update", bodies.customer(5, email=ANN)))
            case "customer pull":
                raw = [Raw("customer", write(self.root / "raw" / "customers.jsonl", [CUSTOMER]))]
                load(self.warehouse, raw, lambda con: run(con, "staging/customers"))
            case "order":
                load_orders(self.warehouse, ORDER, since=CHANGED)
            case "poison":
                self.webhooks(webhook("customers/update", {"id": "five", "email": ANN}))
            case "catalog":
                event_lines.catalog(self.warehouse, self.folder)
            case "touches":
                event_lines.touches(self.warehouse, self.folder, FIRST, LAST)
            case "events" if what:
                file = event_lines.segment(self.root / "inbox", what)
                told = ingest_events(self.warehouse, [file], event_lines.WINDOW)
                erase([file], told.known)

    def webhooks(self, *lines: dict[str, Any]) -> None:
        file = segment(self.root / "inbox", lines)
        told = ingest_webhooks(self.warehouse, [file], self.root / "requests", event_lines.WINDOW)
        erase([file], told.known)
        erase(self.root.rglob("*.jsonl"), told.demanded)

    def settled(self) -> dict[str, list[tuple[Any, ...]]]:
        with self.warehouse.write() as con:  # as the last lines of `content_events` do
            forget_addresses(con, event_lines.WINDOW)
            stitch(con, event_lines.WINDOW)
            replace_journeys(con, event_lines.WINDOW)
            names = names_in_files(con)
            out_of_files(con, names)
        erase((self.root / "inbox").glob("events-*.jsonl"), Whom(ids=names))
        with self.warehouse.read() as con:
            return {
                table: con.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()
                for table, columns in TABLES.items()
            }


@pytest.fixture
def place(warehouse: Warehouse) -> Place:
    return Place(warehouse)


FACTS = [(kind, None) for kind in (
    "customer", "customer pull", "order", "order", "poison", "catalog", "touches", "touches",
    "demand", "demand",
)]  # fmt: skip


@settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_order_of_arrival_ends_in_the_same_rows_without_an_address(warehouse_factory, data):
    shuffled = data.draw(st.permutations(EVENTS + EVENTS[:3]), "events")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3), "cuts"))
    batches = [("events", shuffled[a:b]) for a, b in pairwise([0, *cuts, len(shuffled)])]
    mixed = data.draw(st.permutations(FACTS + batches), "mixture")
    ours = Place(warehouse_factory())
    for kind, what in [*mixed, ("catalog", None), ("touches", None)]:
        ours.take(kind, what)

    last = Place(warehouse_factory())
    for kind in ("customer", "order", "poison", "catalog", "touches"):
        last.take(kind)
    last.take("events", EVENTS)
    last.take("demand")
    got, wanted = ours.settled(), last.settled()
    for table, expected in wanted.items():
        assert got[table] == expected, table
    assert wanted["staging.touches"] != []
    told = json.dumps(got, default=str).lower()
    assert ANN.lower() not in told
    assert DIGEST not in told
    assert "secret" not in told
    assert "ben@example.com" not in told  # nobody's address is kept but a customer's
    for file in (ours.root / "inbox").glob("*.jsonl"):
        if "five" not in file.read_text():
            assert ANN.lower() not in file.read_text().lower(), file


@pytest.mark.parametrize(
    "history",
    [
        # An anonymous id is theirs only by a later event.
        ["demand", "customer", [7], [2]],
        # Nobody had told the address when the demand came, which names none.
        [[0, 8], "demand", "customer"],
        # The same message comes once before and once after.
        [[0], "demand", "customer", [0]],
    ],
)  # fmt: skip
def test_what_turns_out_to_be_theirs_later_goes_from_earlier_files(
    place: Place, history: list[Any]
):
    for each in history:
        if isinstance(each, list):
            place.take("events", [EVENTS[number] for number in each])
        else:
            place.take(each)
    files = sorted((place.root / "inbox").glob("events-*.jsonl"))
    assert any(ANN in file.read_text() for file in files)
    place.settled()
    assert not any(ANN in file.read_text() for file in files)


def test_what_was_touched_stays_the_customer_s(place: Place):
    for kind in ("customer", "order", "catalog", "touches"):
        place.take(kind)
    place.take("events", EVENTS)
    before = place.settled()
    place.take("demand")
    after = place.settled()

    def seen(tables: dict[str, list[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
        return sorted((row[0], row[1], row[3], row[6]) for row in tables["staging.touches"])

    assert seen(before) == seen(after)
    assert {who for event, who, *_ in seen(after) if event != "m10"} == {5}
    assert f"email {DIGEST}" in str(before["staging.touches"])
    ((_, _, _, landing, referrer, *_, campaign, content, _, _),) = after["staging.order_visits"]
    assert landing == "https://shop.example/blogs/c1?utm_content=c2"
    assert (referrer, campaign, content) == ("https://mail.example", None, None)


def test_a_folder_that_is_read_again_brings_nothing_back_and_changes_no_day(place: Place):
    for kind in ("customer", "order", "demand", "catalog", "touches"):
        place.take(kind)
    changes = "SELECT count(*) FROM staging.changed_days"
    stored = "SELECT user_id, anonymous_id FROM staging.touches WHERE event_id = 'f1'"
    once = rows(place.warehouse, changes)
    assert rows(place.warehouse, stored) == [(5, "erased 5")]
    assert rows(place.warehouse, "FROM staging.identities") == [("erased 5", 5, "folder")]
    for kind in ("catalog", "touches"):
        place.take(kind)
    assert rows(place.warehouse, stored) == [(5, "erased 5")]
    assert rows(place.warehouse, changes) == once


def test_an_address_in_a_folder_is_kept_as_its_digest(tmp_path: Path):
    (tmp_path / "content.csv").write_text(
        "content_id,content_type,title,creator,published_at,production_cost\n"
        "c1,video,One,Zoe,2026-01-01T00:00:00Z,\n"
    )
    (tmp_path / "touches.csv").write_text(
        "event_id,user_id,content_id,touch_type,touched_at,anonymous_id\n"
        f"e1,,c1,view,2026-03-01T00:00:00Z,{ANN}\ne2,,c1,view,2026-03-01T00:00:00Z,a1\n"
    )
    (tmp_path / "identities.csv").write_text(f"anonymous_id,customer_id\n{ANN.upper()},5\n")
    with duckdb.connect() as con:
        read_content(con, tmp_path)
        names = con.execute("SELECT anonymous_id FROM touches ORDER BY event_id").fetchall()
        assert names == [(f"email {DIGEST}",), ("a1",)]
        assert con.execute("FROM identities").fetchall() == [(f"email {DIGEST}", 5)]


def test_an_order_that_a_demand_names_is_erased_without_its_customer_too(place: Place):
    place.demand = DEMAND | {"customer": {"id": 77, "email": ANN}}
    place.take("demand")
    place.take("order")
    ((_, _, _, landing, *_),) = place.settled()["staging.order_visits"]
    assert landing == "https://shop.example/blogs/c1?utm_content=c2"


def test_others_keep_what_they_told(place: Place):
    place.demand = {"shop_id": 1, "customer": {"id": 77, "email": "ben@example.com"}}
    for kind in ("demand", "customer", "order", "catalog", "touches"):
        place.take(kind)
    place.take("events", EVENTS)
    kept = place.settled()
    assert kept["staging.customers"] == [(5, ANN)]
    assert VISIT["landingPage"] in kept["staging.order_visits"][0]
    assert f"email {DIGEST}" in str(kept["staging.touches"])
    whose = {event: (user, name) for event, user, name, *_ in kept["staging.touches"]}
    assert whose["m10"] == (77, "b1")


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"context": {"page": {"url": "https://x.example/a?t=1&utm_content=c%201#b"}}},
         {"context": {"page": {"url": "https://x.example/a?utm_content=c%201"}}}),
        ({"context": {"page": {"search": "?to=ann%40example.com"}}},
         {"context": {"page": {"search": ""}}}),
        ({"properties": {"url": f"https://x.example/{ANN}?a", "note": "x"}},
         {"properties": {"url": ""}}),
        ({"anonymousId": ANN}, {"anonymousId": None}),
    ],
)  # fmt: skip
def test_a_body_keeps_where_it_was_without_whose_it_was(tmp_path: Path, told: Any, kept: Any):
    lines = [event_lines.event("m1", "track", **told), event_lines.event("m2", "track", **told)]
    file = event_lines.segment(tmp_path, lines)
    assert erase([file], Whom(ids=frozenset({"m1"}))) == 1
    first, second = (json.loads(text) for text in file.read_text().splitlines())
    assert json.loads(first["body"]) == {"messageId": "m1", "type": "track", **kept}
    assert second == lines[1]
