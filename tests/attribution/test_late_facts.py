"""Whatever is known late: the days that it changes, made again, are what all days made at once are.

Identities above all: an anonymous id is whoever events say it is, and nobody if they disagree.
"""

from datetime import UTC, date, datetime
from itertools import count, groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.warehouse.credits import Kind, make_credits
from nerdx_pipelines.warehouse.database import Warehouse, run
from nerdx_pipelines.warehouse.events import ingest
from nerdx_pipelines.warehouse.touches import replace_catalog
from tests.assets.event_lines import RULES, event, landed, segment
from tests.assets.records import line, load_orders, order, refund, refund_line
from tests.attribution.ledger import broken_invariants

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
KINDS = [Kind(7, "all"), Kind(1, "click_first"), Kind(10, "click_only")]
WIDEST = 10
LEDGER = ("credits", "reversals", "placebo", "order_paths")
FOLDER = {
    "content": [{"content_id": "vid"}, {"content_id": "post"}],
    "content_products": [
        {"content_id": "vid", "product_id": 7},
        {"content_id": "post", "product_id": 7},
    ],
}
ORDERS = {1: 3, 2: 9, 3: 10, 4: 24}  # order and day; 1 and 3 are customer 5's, the others 6's

names = st.sampled_from(["laptop", "phone"])
touch_events = st.tuples(
    st.just("touch"),
    names | st.sampled_from([5, 6]),
    st.sampled_from(["vid", "post"]),
    st.sampled_from(["Content Viewed", "Content Clicked"]),
    st.integers(1, 30),
)
identities = st.tuples(st.just("identify"), names, st.sampled_from([5, 6]))
refunds = st.tuples(st.just("refund"), st.sampled_from(list(ORDERS)), st.booleans())
histories = st.lists(st.one_of(touch_events, touch_events, identities, refunds), max_size=8)
_ids = count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("late")


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories, histories)
def test_changed_days_made_again_are_all_days_made_at_once(folder, early, late):
    warehouse = Warehouse(folder / f"{next(_ids)}" / "warehouse.duckdb", "Europe/Berlin")
    prepare(warehouse)
    happen(warehouse, early, 0)
    make(warehouse, FIRST, LAST)
    happen(warehouse, late, len(early))
    make(warehouse, LAST, LAST)  # a day on which nothing was sold, and all that have changed
    followed = tables(warehouse)
    make(warehouse, FIRST, LAST)
    assert followed == tables(warehouse)
    with warehouse.write() as con:
        assert broken_invariants(con) == []


def test_a_merge_credits_what_was_nobody_s_and_a_dispute_takes_it_away(folder):
    warehouse = Warehouse(folder / "merge" / "warehouse.duckdb", "Europe/Berlin")
    prepare(warehouse)
    views = [("touch", "laptop", "vid", "Content Viewed", 8), ("touch", 6, "post", "", 7)]
    happen(warehouse, views, 0)
    make(warehouse, FIRST, LAST)
    assert earned(warehouse) == {}
    happen(warehouse, [("identify", "laptop", 6)], 2)
    make(warehouse, LAST, LAST)
    assert earned(warehouse) == {(2, "vid"): 20}
    happen(warehouse, [("identify", "laptop", 5)], 3)  # two customers: nobody's
    make(warehouse, LAST, LAST)
    assert earned(warehouse) == {}


def prepare(warehouse: Warehouse) -> None:
    warehouse.path.parent.mkdir()
    with warehouse.write() as con:
        replace_catalog(con, landed(warehouse.path.parent / "folder", FOLDER), WIDEST)
    records = [record for number in ORDERS for record in sold(number)]
    load_orders(warehouse, records, since=datetime(2026, 1, 1, tzinfo=UTC))


def sold(number: int, **fields):
    at = f"2026-03-{ORDERS[number]:02}T12:00:00Z"
    customer = {"id": f"gid://shopify/Customer/{5 if number in (1, 3) else 6}"}
    return [
        order(number, **{"processedAt": at, "createdAt": at, "customer": customer, **fields}),
        line(10 + number, of=number),
    ]


def happen(warehouse: Warehouse, history, start: int) -> None:
    """What follows each other in one segment, refunds apart."""
    numbered = list(enumerate(history, start))
    for is_refund, some in groupby(numbered, lambda each: each[1][0] == "refund"):
        if is_refund:
            for number, (_, *about) in some:
                refunded(warehouse, number, *about)
        else:
            told = [
                touched(number, *about) if what == "touch" else known(number, *about)
                for number, (what, *about) in some
            ]
            ingest(warehouse, [segment(warehouse.path.parent / "inbox", told)], WIDEST)


def touched(number: int, who, content: str, name: str, day: int):
    whose = {"userId": str(who)} if isinstance(who, int) else {"anonymousId": who}
    return event(
        f"m{number}",
        "track",
        "2026-04-01T12:00:00Z",
        event=name or "Nothing Of Ours",
        properties={"content_id": content},
        timestamp=f"2026-03-{day:02}T11:00:00Z",
        **whose,
    )


def known(number: int, who: str, customer: int):
    return event(f"m{number}", "identify", anonymousId=who, userId=str(customer))


def refunded(warehouse: Warehouse, number: int, of: int, is_cancelled: bool) -> None:
    at = f"2026-04-01T12:{number:02}:00Z"
    fields = {"cancelledAt": at} if is_cancelled else {"refunds": [refund(of, at)]}
    load_orders(
        warehouse,
        sold(of, updatedAt=at, **fields),
        [] if is_cancelled else [refund_line(of, of=of, line=10 + of)],
        since=datetime(2026, 3, 1, tzinfo=UTC),
    )


def make(warehouse: Warehouse, first: date, last: date) -> None:
    """The credits of these days, and of every other day that has changed."""
    about = {"consumer": "attribution_credits", "first_day": first, "last_day": last}
    with warehouse.write() as con:
        run(con, "days/to_do", done_day=None, **about)
        make_credits(con, KINDS, **RULES | {"widest_window": WIDEST})
        run(con, "days/done", consumers=1)


def tables(warehouse: Warehouse):
    with warehouse.read() as con:
        return {
            table: con.sql(f"FROM attribution.{table} ORDER BY ALL").fetchall() for table in LEDGER
        }


def earned(warehouse: Warehouse):
    with warehouse.read() as con:
        return {
            (order_id, content): credit
            for order_id, content, credit in con.sql(
                "SELECT order_id, content_id, credit FROM attribution.credits WHERE"
                " model = 'linear' AND window_days = 7 AND touch_policy = 'all'"
            ).fetchall()
        }
