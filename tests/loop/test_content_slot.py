"""Which contents are recommended to whom: what they feature, how well they sell, what was seen."""

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerdx_pipelines.loop.contents import best_contents, content_weights
from nerdx_pipelines.loop.ranking import Signals
from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.warehouse.database import Warehouse, run
from tests.graph.world import store
from tests.loop.shop import GIVEN_BACK, Shop, at, rebuild

LAMP, BULB, DESK, CHAIR = 1, 2, 3, 4


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def two_circles() -> Shop:
    """Ten buy lamps with bulbs, ten others desks with chairs; user 7 bought a lamp only."""
    shop = Shop().sells(LAMP, BULB, product_type="light").sells(DESK, CHAIR, product_type="table")
    for user in range(10):
        shop.buys(100 + user, LAMP, BULB, day=-40)
        shop.buys(200 + user, DESK, CHAIR, day=-40)
    return shop.buys(7, LAMP, day=-35)


def contents(warehouse: Warehouse, shop: Shop) -> dict[int, list[str]]:
    """Contents by user, best first."""
    store(warehouse, shop)
    return listed(rebuild(warehouse)["recommendations"])


def listed(rows: list[tuple[Any, ...]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for user, slot, rank, product, _, _, content, is_exploration in rows:
        if slot == "content":
            found.setdefault(user, []).append(content)
            assert rank == len(found[user])
            assert product is None
            assert not is_exploration
        else:
            assert content is None
    return found


def sold(shop: Shop, content: str, user: int, product: int, model: str = "linear") -> Shop:
    """The user sees the content, and buys what the model gives it all credit for."""
    shop.watches(user, content, day=-32).buys(user, product, day=-31)
    order = shop.tables["staging.orders"][-1]["order_id"]
    line = shop.tables["staging.order_lines"][-1]["line_id"]
    return shop.credit(line, order, content, product_id=product, model=model)  # type: ignore[return-value]


def test_contents_with_what_suits_the_buyer_come_first(warehouse: Warehouse) -> None:
    shop = two_circles().shows("office", DESK, CHAIR).shows("cosy", BULB)
    rows = store(warehouse, shop) or rebuild(warehouse)["recommendations"]
    assert listed(rows)[7] == ["cosy", "office"]
    assert listed(rows)[200] == ["office", "cosy"]
    scores = {(r[0], r[6]): r[4] for r in rows if r[1] == "content"}
    assert scores[7, "cosy"] == scores[200, "office"] == 1
    assert scores[7, "office"] < 0.5


def test_of_two_with_the_same_products_the_one_that_sells_better_is_first(
    warehouse: Warehouse,
) -> None:
    shop = two_circles().shows("a", BULB).shows("b", BULB)
    assert contents(warehouse, shop)[7] == ["a", "b"]
    for user in range(300, 305):
        sold(shop, "b", user, BULB)
        shop.watches(user + 10, "a", day=-32)
    assert contents(warehouse, shop)[7] == ["a", "b"]  # none had seven days to buy yet
    shop.watches(None, "a")
    assert contents(warehouse, shop)[7] == ["b", "a"]
    for row in shop.tables["attribution.credits"]:  # of another model than the chosen one
        row["model"] = "last_touch"
    assert contents(warehouse, shop)[7] == ["a", "b"]


def test_rates_are_of_viewers_with_time_to_buy_and_drawn_to_their_type_and_the_whole(
    warehouse: Warehouse,
) -> None:
    shop = two_circles().shows("a", BULB).shows("b", BULB).shows("c", BULB).watches(1, "c", day=-1)
    for content, kind in zip(
        shop.tables["staging.content"], ("video", "video", "post"), strict=True
    ):
        content["content_type"] = kind
    for user in range(300, 306):
        sold(shop, "a", user, BULB)
    shop.watches(306, "a", day=-32).watches(307, "b", day=-32)
    shop.buys(400, BULB, day=-31, **GIVEN_BACK)  # gave it back, but the ledger may not know yet
    given_back = shop.tables["staging.orders"][-1]["order_id"]
    shop.credit(1, given_back, "b", product_id=BULB).watches(400, "b", day=-32)
    store(warehouse, shop)
    with warehouse.read() as con:
        run(con, "loop/facts", until=None, **Weights().variables())
        run(con, "loop/content_conversion", window_days=7)
        rates = dict(con.execute("FROM content_conversions").fetchall())
    overall = (6 + 1) / (9 + 2)
    video, post = (6 + 100 * overall) / 109, overall
    assert rates == {
        "a": pytest.approx((6 + 100 * video) / 107),
        "b": pytest.approx(100 * video / 102),
        "c": pytest.approx(post),
    }


def test_what_was_seen_lately_comes_last(warehouse: Warehouse) -> None:
    shop = two_circles().shows("best", BULB).shows("c", CHAIR).shows("d", DESK)
    assert contents(warehouse, shop)[7] == ["best", "c", "d"]
    shop.watches(7, "best", day=-27)
    assert contents(warehouse, shop)[7] == ["c", "d", "best"]
    shop.watches(None, "c", day=1)  # 28 days go by
    assert contents(warehouse, shop)[7] == ["best", "c", "d"]


@pytest.mark.parametrize(
    ("published", "valid", "status", "is_listed"),
    [
        (None, {}, "ACTIVE", True),
        (at(-50), {"valid_from": at(-50)}, "ACTIVE", True),
        (at(1), {}, "ACTIVE", False),
        (None, {"valid_to": at(-36)}, "ACTIVE", False),
        (None, {"valid_from": at(1)}, "ACTIVE", False),
        (None, {}, "ARCHIVED", False),
    ],
)
def test_only_published_contents_that_feature_what_is_sold(
    warehouse: Warehouse,
    published: datetime | None,
    valid: dict[str, datetime],
    status: str,
    is_listed: bool,
) -> None:
    shop = two_circles().shows("a", BULB, **valid).shows("b", DESK)
    shop.tables["staging.content"][0]["published_at"] = published
    shop.tables["staging.products"][1]["status"] = status
    assert contents(warehouse, shop)[7] == (["a", "b"] if is_listed else ["b"])


def test_who_bought_nothing_gets_their_creator_and_category_and_then_what_is_popular(
    warehouse: Warehouse,
) -> None:
    shop = two_circles().shows("z", LAMP, creator="Zoë").shows("seen", BULB, creator="Zoë")
    shop.shows("mixed", BULB, DESK).shows("dull", DESK).shows("popular", DESK)
    shop.watches(8, "seen").watches(9, "popular")
    shop.tables["staging.content"] += [{"content_id": "empty", "creator": "Zoë"}]
    found = contents(warehouse, shop)
    assert found[8] == ["z", "mixed", "popular", "dull", "seen"]
    assert found[9] == ["dull", "mixed", "seen", "z", "popular"]
    assert 5 not in found  # of whom nothing is known


def test_a_refund_restores_the_list_exactly(warehouse: Warehouse) -> None:
    shop = two_circles().shows("a", BULB).shows("b", DESK).shows("c", CHAIR)
    sold(shop.watches(8, "a", day=-33), "a", 9, BULB)
    before = store(warehouse, shop) or rebuild(warehouse)
    assert listed(before["recommendations"])[8] == ["b", "c", "a"]
    sold(shop, "b", 8, DESK)
    del shop.tables["staging.touches"][-1]
    bought = store(warehouse, shop) or rebuild(warehouse)
    assert listed(bought["recommendations"])[8] == ["c", "b", "a"]
    shop.tables["staging.order_lines"][-1] |= GIVEN_BACK
    assert (store(warehouse, shop) or rebuild(warehouse)) == before


def test_days_that_pass_change_no_score(warehouse: Warehouse) -> None:
    shop = two_circles().shows("a", BULB).shows("b", CHAIR)
    before = store(warehouse, shop) or rebuild(warehouse)["recommendations"]
    shop.watches(None, "a", day=5)  # time goes on
    after = store(warehouse, shop) or rebuild(warehouse)["recommendations"]

    def places(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return [row[:5] + row[6:] for row in rows if row[1] == "content"]

    assert places(after) == places(before)


@st.composite
def problems(draw: Any) -> tuple[Any, ...]:
    users, signals, count = (
        draw(st.integers(0, 3)),
        draw(st.integers(0, 4)),
        draw(st.integers(0, 12)),
    )
    grid = st.sampled_from([-0.5, 0.0, 0.25, 0.125, 1.0])
    known = [[draw(st.sampled_from([0, 0.5, 1])) for _ in range(signals)] for _ in range(users)]
    weights = [[draw(grid) for _ in range(count)] for _ in range(signals)]
    seen = [[draw(st.booleans()) for _ in range(count)] for _ in range(users)]
    shape = (users, signals), (signals, count), (users, count)
    return tuple(
        np.array(m, float).reshape(s) for m, s in zip((known, weights, seen), shape, strict=True)
    )


def sparse(matrix: np.ndarray[Any, Any]) -> Signals:
    row, column = np.nonzero(matrix)
    return Signals(row, column, matrix[row, column], *matrix.shape)


@settings(deadline=None)
@given(problems())
def test_lists_are_the_ten_best_unseen_ones_and_then_the_seen(problem: Any) -> None:
    known, weights, seen = problem
    found = best_contents(sparse(known), weights, sparse(seen))
    scores = np.maximum(known @ weights, 0)
    for user, row in enumerate(scores):
        best = sorted(range(len(row)), key=lambda c: (seen[user, c], -row[c], c))[:10]
        mine = found.user == user
        assert found.item[mine].tolist() == best
        assert found.rank[mine].tolist() == list(range(1, len(best) + 1))
        most = max(row, default=0)
        expected = [round(row[c] / most, 2) if most else 0 for c in best]
        assert found.score[mine].tolist() == pytest.approx(expected, abs=0.011)
    assert len(found.user) == len(scores) * min(10, weights.shape[1])


def test_a_weight_is_the_sum_over_the_featured_products_times_the_rate() -> None:
    products = np.array([[0, 0.5, 0.25], [0.5, 0, -0.125], [1, 1, 0]])
    features = np.array([[1, 0], [1, 1], [0, 1]])
    parts = np.array([[0.5, 1]])
    rate = np.array([5e-9, 1e-9])
    weights = content_weights(products, sparse(features), sparse(parts), rate)
    expected = np.vstack([products @ features, parts]) * np.array([1, 0.2])
    assert weights == pytest.approx(expected)
