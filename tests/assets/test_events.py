"""Events of a site: in whatever order, pieces and company they come, the same tables."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.warehouse.database import Warehouse
from nerdx_pipelines.warehouse.events import ingest
from tests.assets.event_lines import (
    WINDOW,
    catalog,
    event,
    figures,
    landed,
    segment,
    touches,
)
from tests.assets.records import line, load_orders, order

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
CHANGED = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = {
    "staging.events": "*",
    "staging.touches": "*",
    "staging.identities": "*",
    "staging.rejected": "* EXCLUDE (rejected_at, file)",
    "attribution.credits": "*",
    "attribution.placebo": "*",
    "kpi.daily_sales": "*",
    "kpi.content_daily": "*",
}

HOURS = st.integers(0, 24 * 16)
CONTENTS = st.sampled_from(["c1", "c2", "c3", "nowhere"])
SOMEBODY = st.fixed_dictionaries(
    {},
    optional={
        "anonymousId": st.sampled_from(["a1", "a2", "a3"]),
        "userId": st.sampled_from(["5", "gid://shopify/Customer/6", "site-7", "ann@example.com"]),
    },
)


def at(hours: int, minutes: int = 0) -> str:
    moment = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours, minutes=minutes)
    return moment.isoformat().replace("+00:00", ".000Z")


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """An event of few ids, so that messages come again, earlier and later and not the same."""
    hours = draw(HOURS)
    who = draw(SOMEBODY)
    kind = draw(st.sampled_from(["view", "click", "page", "identify", "other", "bad"]))
    number, delay = draw(st.integers(1, 12)), draw(st.integers(0, 100))
    message = {
        "message_id": f"m{number}",
        "received_at": at(hours + delay, 1),
        "timestamp": at(hours),
        **who,
    }
    content = draw(CONTENTS)
    match kind:
        case "view" | "click":
            name = {"view": "Content Viewed", "click": "Content Clicked"}[kind]
            message |= {"event": name, "properties": {"content_id": content}}
        case "page":
            url = f"https://shop.example/blogs/{content}?utm_content={draw(CONTENTS)}"
            message |= {"context": {"page": {"url": url}}}
        case "identify":
            email = draw(st.sampled_from(["Ann@Example.com", "ben@example.com", "nobody@x.y"]))
            message |= {"traits": {"email": email}}
        case "other":
            message |= {"event": "Order Completed"}
        case "bad":
            message |= {"event": "Content Viewed", "timestamp": "soon"}
    return event(type=kind if kind in ("page", "identify") else "track", **message)


TOUCHES = st.lists(
    st.fixed_dictionaries(
        {
            "event_id": st.sampled_from([f"m{n}" for n in (1, 2, 3)] + ["f1", "f2", "f3", "f4"]),
            "content_id": st.sampled_from(["c1", "c2"]),
            "touch_type": st.sampled_from(["view", "click"]),
            "touched_at": HOURS.map(at),
        },
        optional={"user_id": st.integers(5, 6), "anonymous_id": st.sampled_from(["a1", "a2"])},
    ),
    max_size=6,
    unique_by=lambda row: row["event_id"],
)
FEATURES = st.lists(
    st.fixed_dictionaries(
        {"content_id": st.sampled_from(["c1", "c2", "c3"]), "product_id": st.just(7)},
        optional={"valid_from": HOURS.map(at), "valid_to": HOURS.map(at)},
    ),
    min_size=2,
    max_size=5,
)
FOLDERS = st.fixed_dictionaries(
    {
        "content": st.sets(st.sampled_from(["c1", "c2", "c3"])).map(
            lambda ids: [{"content_id": each} for each in sorted(ids)]
        ),
        "content_products": FEATURES,
        "touches": TOUCHES,
        "identities": st.lists(
            st.fixed_dictionaries(
                {"anonymous_id": st.sampled_from(["a1", "a2"]), "customer_id": st.integers(5, 6)}
            ),
            max_size=2,
            unique_by=lambda row: row["anonymous_id"],
        ),
    }
)
CUSTOMERS = st.lists(
    st.tuples(st.integers(5, 7), st.sampled_from(["ann@example.com", "BEN@example.com", None])),
    max_size=3,
    unique_by=lambda row: row[0],
)
ORDERS = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from([5, 6, 7, None]), HOURS, CONTENTS),
    min_size=3,
    max_size=6,
)


def set_customers(warehouse: Warehouse, customers: list[tuple[int, str | None]]) -> None:
    with warehouse.write() as con:
        con.execute("DELETE FROM staging.customers")
        for customer in customers:
            con.execute(
                "INSERT INTO staging.customers (customer_id, email) VALUES (?, ?)", list(customer)
            )


def set_order(
    warehouse: Warehouse, version: int, order_id: int, customer: int | None, hours: int, seen: str
) -> None:
    """The version of an order whose buyer came by a link that named `seen`."""
    visit = {
        "id": f"gid://shopify/CustomerVisit/{order_id}",
        "occurredAt": at(max(hours - 30, 0)),
        "landingPage": f"https://shop.example/?utm_content={seen}",
        "__parentId": f"gid://shopify/Order/{order_id}",
    }
    moment = {"processedAt": at(hours), "updatedAt": f"2026-04-01T00:00:{version:02}Z"}
    buyer = {"customer": customer and {"id": f"gid://shopify/Customer/{customer}"}}
    journey = {"customerJourneySummary": {"ready": True}}
    sold = [order(order_id, **moment, **buyer, **journey), line(10 + order_id, of=order_id), visit]
    load_orders(warehouse, sold, since=CHANGED)


def last_order(warehouse: Warehouse) -> None:
    """What is mature is counted from the last order of all."""
    at_end = order(99, processedAt="2026-03-31T12:00:00Z")
    load_orders(warehouse, [at_end, line(109, of=99)], since=CHANGED)


def tables(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    with warehouse.read() as con:
        return {
            table: con.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()
            for table, columns in TABLES.items()
        }


@settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_history_ends_where_one_load_of_everything_ends(warehouse_factory, data):
    folders = data.draw(st.lists(FOLDERS, min_size=2, max_size=2), "folders")
    deliveries = data.draw(st.lists(events(), min_size=8, max_size=16), "events")
    customers = data.draw(st.lists(CUSTOMERS, min_size=1, max_size=2), "customers")
    orders = [(version, *each) for version, each in enumerate(data.draw(ORDERS, "orders"), 1)]
    history, once = warehouse_factory(), warehouse_factory()
    places = [landed(history.path.parent / f"v{n}", each) for n, each in enumerate(folders)]

    # Whatever replaces what was before ends with its last version, and may come between all else.
    last = [("catalog", places[-1]), ("touches", places[-1]), ("customers", customers[-1])]
    steps: list[tuple[str, Any]] = [("customers", each) for each in customers[:-1]]
    steps += [(kind, place) for place in places[:-1] for kind in ("catalog", "touches")]
    facts: list[tuple[str, Any]] = [("order", each) for each in orders]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(deliveries)), max_size=3), "cuts"))
    shuffled = data.draw(st.permutations(deliveries), "order of delivery")
    again = data.draw(st.lists(st.sampled_from(deliveries), max_size=4), "again")
    bounds = [0, *cuts, len(shuffled)]
    facts += [("events", shuffled[a:b]) for a, b in pairwise(bounds)]
    facts += [("events", again)]
    facts += [("figures", data.draw(st.integers(1, 31))) for _ in range(4)]
    mixed = data.draw(st.permutations([*range(len(facts)), -1, -2, -3]), "mixture")
    last_order(history)
    for kind, what in steps + [last[n] if n < 0 else facts[n] for n in mixed]:
        match kind:
            case "customers":
                set_customers(history, what)
            case "catalog":
                catalog(history, what)
            case "touches":
                touches(history, what, FIRST, LAST)
            case "order":
                set_order(history, *what)
            case "events" if what:
                folder = history.path.parent / "inbox"
                middle = len(what) // 2
                batch = [segment(folder, part) for part in (what[middle:], what[:middle])]
                ingest(history, batch, WINDOW)
            case "figures":
                figures(history, date(2026, 3, what), date(2026, 3, what))
    figures(history, LAST, LAST)

    last_order(once)
    set_customers(once, customers[-1])
    for each in {each[1]: each for each in orders}.values():
        set_order(once, *each)
    catalog(once, places[-1])
    touches(once, places[-1], FIRST, LAST)
    ingest(once, [segment(once.path.parent / "inbox", deliveries)], WINDOW)
    figures(once, FIRST, LAST)
    ours, expected = tables(history), tables(once)
    for table, wanted in expected.items():
        assert ours[table] == wanted, table
