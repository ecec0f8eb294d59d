"""What the site tells of the lists it showed, and what followed: each place once."""

import random
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.assets.events import content_events
from nerdx_pipelines.assets.recommendation_log import recommendation_log
from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.resources.events import EventNames
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse, run
from tests.assets.event_lines import Line, event, take
from tests.graph.world import store
from tests.loop.shop import GIVEN_BACK, Shop, at
from tests.receiver.running import WRITE_KEY, Receiver

Row = tuple[Any, ...]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def told(message_id: str, name: str, day: float, who: int | str, **properties: Any) -> Line:
    """An event of a customer (a number) or of somebody (a text)."""
    person = {"userId": str(who)} if isinstance(who, int) else {"anonymousId": who}
    moment = at(day).isoformat().replace("+00:00", "Z")
    received = (at(day) + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    body = {"event": name, "timestamp": moment, "properties": properties, **person}
    return event(message_id, "track", received, **body)


def shown(message_id: str, slot: str, *items: int | str, day: float = 0, who: Any = 7) -> Line:
    """Products (numbers) or contents (texts) of a list, best first."""
    products = [
        {"product_id" if isinstance(item, int) else "content_id": item, "position": place}
        for place, item in enumerate(items, start=1)
    ]
    lists = {"list_id": f"nerdx:{slot}", "products": products}
    return told(message_id, "Product List Viewed", day, who, **lists)


def clicked(message_id: str, slot: str, item: int, day: float = 0, who: Any = 7) -> Line:
    about = {"list_id": f"nerdx:{slot}", "product_id": item}
    return told(message_id, "Product Clicked", day, who, **about)


def log(warehouse: Warehouse) -> list[Row]:
    """The rows that the asset makes."""
    resources = {"warehouse": WarehouseResource(path=str(warehouse.path))}
    assert dg.materialize([recommendation_log], resources=resources).success
    with warehouse.read() as con:
        return con.sql("FROM loop.recommendation_log ORDER BY ALL").fetchall()


def made(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """The same without a run of Dagster."""
    run(con, "loop/facts", until=None, **Weights().variables())
    return sorted(con.sql(sql("loop/recommendation_log")).fetchall(), key=str)


def test_an_impression_is_a_row_for_each_place_with_what_followed(warehouse: Warehouse) -> None:
    store(warehouse, Shop().buys(7, 2, day=3).buys(7, 2, day=4).buys(8, 3, day=1))
    take(
        warehouse,
        shown("m1", "discovery", 1, 2, 3),
        clicked("c1", "discovery", 2, day=0.5),
        clicked("c0", "discovery", 2, day=0.25),
        clicked("c2", "repeat", 1, day=0.5),  # another list
        clicked("c3", "discovery", 3, day=0.5, who=8),  # somebody else
        clicked("c4", "discovery", 1, day=-1),  # before it was shown
        clicked("c5", "discovery", 1, day=7),  # too late
    )
    about = ("m1", 7, "discovery")
    assert log(warehouse) == [
        (*about, 1, 1, None, at(0), False, None, None, None),
        (*about, 2, 2, None, at(0), False, at(0.25), at(3), 1),
        (*about, 3, 3, None, at(0), False, None, None, None),
    ]


def test_a_site_tells_the_receiver(warehouse: Warehouse, tmp_path: Path) -> None:
    """As a site's developer sends it: over HTTP, one of the events twice."""
    receiver = Receiver.start(tmp_path)
    for line in (shown("m1", "discovery", 4, 5), clicked("c1", "discovery", 5, day=0.1)) * 2:
        answer = receiver.post("/v1/track", line["body"], Authorization=f"Bearer {WRITE_KEY}")
        assert answer.status_code == 200, answer.text
    assert receiver.stop() == 0
    names = dict.fromkeys(PathsResource.model_fields, str(tmp_path / "none"))
    names |= {name: str(tmp_path / name) for name in ("inbox", "archive")}
    store(warehouse, Shop())
    resources = {
        "warehouse": WarehouseResource(path=str(warehouse.path)),
        "paths": PathsResource(**names),
        "rules": AttributionRules(window_days=7, half_life_days=7, model="linear", lag_days=2),
        "event_names": EventNames(touches={}),
    }
    assert dg.materialize([content_events, recommendation_log], resources=resources).success
    with warehouse.read() as con:
        found = con.sql(
            "SELECT event_id, user_id, rank, product_id, clicked_at IS NOT NULL"
            " FROM loop.recommendation_log ORDER BY ALL"
        ).fetchall()
    assert found == [("m1", 7, 1, 4, False), ("m1", 7, 2, 5, True)]


def test_a_refund_takes_back_what_was_bought(warehouse: Warehouse) -> None:
    shop = Shop().buys(7, 2, day=3).buys(7, 2, day=6.99).buys(7, 2, day=7)
    store(warehouse, shop)
    take(warehouse, shown("m1", "discovery", 2))
    outcomes = []
    for line in range(3):
        outcomes += [row[9:] for row in log(warehouse)]
        shop.tables["staging.order_lines"][line] |= GIVEN_BACK
        store(warehouse, shop)
    assert outcomes == [(at(3), 1), (at(6.99), 3), (None, None)]


def test_a_click_is_of_the_last_time_that_the_item_was_shown_in_that_list(
    warehouse: Warehouse,
) -> None:
    take(
        warehouse,
        clicked("c1", "discovery", 1, day=2.5),
        shown("m3", "discovery", 1, day=3),
        shown("m2", "discovery", 2, 1, day=2),
        shown("m1", "discovery", 1, day=1),
        shown("m4", "repeat", 1, day=2.4),
    )
    assert {row[0]: (row[3], row[8]) for row in log(warehouse) if row[4] == 1} == {
        "m1": (1, None),
        "m2": (2, at(2.5)),
        "m3": (1, None),
        "m4": (1, None),
    }


def test_contents_lead_to_orders_of_what_they_featured(warehouse: Warehouse) -> None:
    shop = Shop().shows("look", 5, 6).shows("other", 5, valid_to=at(-1)).buys(7, 6, 5, day=2)
    store(warehouse, shop)
    take(
        warehouse,
        shown("m1", "content", "look", "other"),
        told("c1", "Content Clicked", 1, 7, list_id="nerdx:content", content_id="look"),
    )
    assert log(warehouse) == [
        ("m1", 7, "content", 1, None, "look", at(0), False, at(1), at(2), 1),
        ("m1", 7, "content", 2, None, "other", at(0), False, None, None, None),
    ]
    with warehouse.read() as con:  # the click touches the content, the impression does not
        touches = con.sql("SELECT event_id, touch_type FROM staging.touches").fetchall()
    assert touches == [("c1", "click")]


def test_who_is_known_later_is_known_for_what_they_were_shown_before(warehouse: Warehouse) -> None:
    store(warehouse, Shop().add("staging.customers", customer_id=7).buys(7, 2, day=3))  # type: ignore[attr-defined]
    take(
        warehouse,
        shown("m1", "discovery", 2, who="anna"),
        clicked("c1", "discovery", 2, day=1, who=7),
        clicked("c2", "discovery", 2, day=2, who="anna"),
    )
    assert log(warehouse) == [
        ("m1", None, "discovery", 1, 2, None, at(0), False, at(2), None, None)
    ]
    take(warehouse, event("i1", "identify", userId="7", anonymousId="anna"))
    assert log(warehouse) == [("m1", 7, "discovery", 1, 2, None, at(0), False, at(1), at(3), 1)]


def test_what_chance_had_put_there_is_said(warehouse: Warehouse) -> None:
    with warehouse.write() as con:
        con.execute(
            "INSERT INTO loop.explorations VALUES (7, 'discovery', 3, 5, NULL, $1, $2),"
            " (7, 'content', 2, NULL, 'look', $1, NULL)",
            [at(-1), at(1)],
        )
    take(
        warehouse,
        shown("before", "discovery", 5, day=-1.1),
        shown("then", "discovery", 4, 5),
        shown("cached", "discovery", 5, day=1.9),
        shown("after", "discovery", 5, day=2),
        shown("other slot", "repeat", 5),
        shown("other user", "discovery", 5, who=8),
        shown("content", "content", "look", day=9),
    )
    explored = {(row[0], row[4] or row[5]) for row in log(warehouse) if row[7]}
    assert explored == {("then", 5), ("cached", 5), ("content", "look")}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"list_id": "nerdx:repeat", "products": [{"productId": "4"}]}, [(1, 4, None)]),
        (
            {"listId": " NERDX:repeat", "products": [{"contentId": "x"}, {"product_id": 4}]},
            [(1, None, "x"), (2, 4, None)],
        ),
        (
            {"list_id": "nerdx:repeat", "products": [{"name": "lamp"}, {"product_id": 4}]},
            [(2, 4, None)],
        ),
        (
            {
                "list_id": "nerdx:repeat",
                "products": [
                    {"product_id": "gid://shopify/Product/4", "position": "3"},
                    {"product_id": 5, "position": 3},
                    {"product_id": 6, "position": 0},
                ],
            },
            [(3, 4, None)],  # of two in one place the first
        ),
        ({"list_id": "hot deals", "products": [{"product_id": 4}]}, []),
        ({"products": [{"product_id": 4}]}, []),
        ({"list_id": "nerdx:repeat", "products": []}, None),
        ({"list_id": "nerdx:repeat", "products": "4"}, None),
        ({"list_id": "nerdx:repeat", "product_id": 4}, None),
    ],
)
def test_what_an_event_says(
    warehouse: Warehouse, properties: dict[str, Any], expected: list[Row] | None
) -> None:
    """None: it is refused, and says why."""
    done = take(warehouse, told("m", "product LIST viewed", 0, 7, **properties))
    assert done.rejected == (expected is None)
    with warehouse.read() as con:
        assert [row[3:6] for row in made(con)] == (expected or [])
        assert not con.sql("FROM staging.touches").fetchall()
        reasons = con.sql("SELECT reason FROM staging.rejected").fetchall()
    assert reasons == (
        []
        if expected is not None
        else [("properties names no product and no content of the list",)]
    )


LINES = [
    shown("m1", "discovery", 1, 2),
    shown("m1", "discovery", 3, 4, day=0.1),  # a later delivery that says something else
    shown("m2", "discovery", 2, 1, day=1),
    shown("m3", "content", "look", day=1, who="anna"),
    clicked("c1", "discovery", 2, day=0.5),
    clicked("c2", "discovery", 1, day=1.5),
    clicked("c1", "discovery", 1, day=0.6),
    event("i1", "identify", userId="7", anonymousId="anna"),
]


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    more=st.lists(st.sampled_from(LINES), max_size=6),
    cuts=st.sets(st.integers(1, 12), max_size=3),
    chance=st.randoms(use_true_random=False),
)
def test_neither_order_nor_duplication_matters(
    tmp_path_factory: pytest.TempPathFactory,
    more: list[Line],
    cuts: set[int],
    chance: random.Random,
) -> None:
    lines = LINES + more
    chance.shuffle(lines)
    warehouse = Warehouse(tmp_path_factory.mktemp("log") / "warehouse.duckdb")
    store(warehouse, Shop().shows("look", 9).buys(7, 9, day=2))
    edges = [0, *sorted(cut for cut in cuts if cut < len(lines)), len(lines)]
    for first, last in pairwise(edges):
        take(warehouse, *lines[first:last])
    with warehouse.read() as con:
        assert [(*row[:6], *row[8:]) for row in made(con)] == [
            ("m1", 7, "discovery", 1, 1, None, None, None, None),
            ("m1", 7, "discovery", 2, 2, None, at(0.5), None, None),
            ("m2", 7, "discovery", 1, 2, None, None, None, None),
            ("m2", 7, "discovery", 2, 1, None, at(1.5), None, None),
            ("m3", 7, "content", 1, None, "look", None, at(2), 1),
        ]
