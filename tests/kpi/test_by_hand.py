"""ATTRIBUTION.md §2.10 worked by hand: each figure that misleads and the better one beside it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from nerdx_pipelines.warehouse.database import Warehouse
from tests.kpi.made import make_all

NOON = datetime(2026, 4, 10, 12, tzinfo=UTC)
LATER = datetime(2026, 4, 30, tzinfo=UTC)


@pytest.fixture
def con(tmp_path):
    with Warehouse(tmp_path / "w.duckdb", "Europe/Berlin").write() as con:
        add(con, "content_products", content_id="a", product_id=1)
        add(con, "content", content_id="a", content_type="video", creator="Zoë")
        yield con


def add(con: Any, table: str, **row: Any) -> None:
    names, marks = ", ".join(row), ", ".join(f"${i + 1}" for i in range(len(row)))
    con.execute(f"INSERT INTO staging.{table} ({names}) VALUES ({marks})", list(row.values()))


def touch(con: Any, event: str, user: int | None, kind: str = "view", **row: Any) -> None:
    at = row.pop("at", NOON - timedelta(days=1))
    about = {"content_id": "a", "touched_at": at, "touch_day": at.date(), "ingested_at": at, **row}
    add(con, "touches", event_id=event, user_id=user, touch_type=kind, **about)


def sold(con: Any, order: int, customer: int | None, net: str = "100", **line: Any) -> None:
    at = line.pop("at", NOON)
    about = {"created_at": at, "test": False, "currency": "EUR", "order_day": at.date()}
    add(con, "orders", order_id=order, customer_id=customer, processed_at=at, **about)
    given = {"product_id": 1, "variant_id": 10, "quantity": 1, "returned_quantity": 0, **line}
    add(con, "order_lines", line_id=order * 10 + given["product_id"], order_id=order,
        gross_sales=Decimal(net), discounts=0, returns=0, net_revenue=Decimal(net),
        is_gift_card=False, order_day=at.date(), **given)  # fmt: skip


def figures(con: Any, table: str = "content_kpis", where: str = "content_id = 'a'") -> dict:
    make_all(con)
    result = con.execute(f"FROM kpi.{table} WHERE {where}")
    names = [column[0] for column in result.description]
    (row,) = result.fetchall()
    return dict(zip(names, row, strict=True))


def test_nothing_to_divide_by_is_no_figure(con):
    row = figures(con)
    ratios = ("click_through_rate", "unique_click_through_rate", "conversion_rate",
              "click_conversion", "viewer_conversion", "roi", "net_roi", "margin",
              "engagement_score", "shrunken_viewer_conversion", "net_roi_low")  # fmt: skip
    assert {row[name] for name in ratios} == {None}
    assert (row["views"], row["conversions"], row["attributed_revenue"]) == (0, 0, 0)
    assert row["is_small_sample"] is True


def test_more_clicks_than_views_and_more_orders_than_clicks(con):
    touch(con, "1", 7)
    for event in "234":
        touch(con, event, 8, "click")
    for order in range(1, 5):
        sold(con, order, 8)
    row = figures(con)
    assert row["click_through_rate"] == 3  # 3 clicks / 1 view
    assert row["unique_click_through_rate"] == 0  # nobody both viewed and clicked
    assert row["conversion_rate"] == pytest.approx(4 / 3)
    assert row["click_conversion"] == 4  # orders, of one clicker
    assert (row["conversions"], row["buyers"]) == (4, 1)
    assert (row["click_through_revenue"], row["view_through_revenue"]) == (400, 0)


def test_an_order_of_two_contents_counts_once_in_fractions_only(con):
    add(con, "content", content_id="b")
    add(con, "content_products", content_id="b", product_id=1)
    touch(con, "1", 7)
    touch(con, "2", 7, content_id="b", at=NOON - timedelta(hours=1))
    sold(con, 1, 7)
    make_all(con)
    rows = con.execute(
        "SELECT conversions, fractional_orders, attributed_revenue, influenced_revenue"
        " FROM kpi.content_kpis ORDER BY content_id"
    ).fetchall()
    assert rows == [(1, 0.5, 50, 100), (1, 0.5, 50, 100)]


def test_return_on_spend_hides_what_the_goods_cost(con):
    con.execute("UPDATE staging.content SET production_cost = 50")
    add(con, "product_variants", variant_id=10, product_id=1, unit_cost=60, cost_currency="EUR")
    touch(con, "1", 7)
    sold(con, 1, 7)
    row = figures(con)
    assert row["roi"] == 2  # 100 / 50
    assert row["margin"] == pytest.approx(0.4)  # (100 - 60) / 100
    assert row["net_roi"] == pytest.approx(-0.2)  # (100 x 0.4 - 50) / 50
    assert row["net_roi_low"] <= row["net_roi"] <= row["net_roi_high"]


def test_one_unknown_cost_leaves_the_margin_unknown(con):
    con.execute("UPDATE staging.content SET production_cost = 50")
    add(con, "content_products", content_id="a", product_id=2)
    add(con, "product_variants", variant_id=10, product_id=1, unit_cost=60, cost_currency="EUR")
    touch(con, "1", 7)
    sold(con, 1, 7)
    sold(con, 2, 7, net="300", product_id=2, variant_id=20)
    row = figures(con)
    assert row["margin_coverage"] == 0.25
    assert (row["roi"], row["margin"], row["net_roi"]) == (8, None, None)


def test_what_cost_and_sold_nothing_is_lost_and_counts_for_its_creator(con):
    con.execute("UPDATE staging.content SET production_cost = 50")
    add(con, "content", content_id="b", creator="Zoë", production_cost=50)
    add(con, "product_variants", variant_id=10, product_id=1, unit_cost=0, cost_currency="EUR")
    touch(con, "1", 7)
    sold(con, 1, 7)
    assert figures(con, where="content_id = 'b'")["net_roi"] == -1
    creator = figures(con, "creator_kpis", "creator = 'Zoë'")
    assert (creator["roi"], creator["net_roi"], creator["contents"]) == (1, 0, 2)
    assert creator["revenue_per_content"] == 50


def test_viewers_whose_window_is_not_over_are_not_asked_yet(con):
    touch(con, "1", 7)
    touch(con, "2", 8)
    touch(con, "3", 9, at=NOON + timedelta(days=15))  # six days before the data's end
    touch(con, "4", None, anonymous_id="x")
    sold(con, 1, 7)
    sold(con, 2, None, at=NOON + timedelta(days=21))
    row = figures(con)
    assert row["unique_viewers"] == 4
    assert row["viewer_conversion"] == pytest.approx(1 / 3)
    # Its type has no other content: the mean is its own.
    assert row["shrunken_viewer_conversion"] == pytest.approx(1 / 3)


def test_few_viewers_are_drawn_to_the_mean_of_their_type(con):
    add(con, "content", content_id="b", content_type="video")
    touch(con, "bought", 1)
    sold(con, 1, 1)
    for user in range(2, 22):
        touch(con, f"b{user}", user, content_id="b")
    sold(con, 2, None, at=LATER)
    row = figures(con)
    mean = 1 / 21  # one buyer of 21 viewers of videos
    assert row["viewer_conversion"] == 1
    assert row["shrunken_viewer_conversion"] == pytest.approx((1 + 100 * mean) / 101)


def test_a_view_counts_for_every_product_featured_and_once_for_two_times_at_once(con):
    add(con, "products", product_id=1, title="One")
    add(con, "products", product_id=2, title="Two")
    add(con, "content_products", content_id="a", product_id=1, valid_to=NOON)  # overlapping
    add(con, "content_products", content_id="a", product_id=2, valid_from=NOON)
    touch(con, "1", 7)
    touch(con, "2", 7, at=NOON)
    sold(con, 1, 7)
    make_all(con)
    rows = con.execute(
        "SELECT product_id, content_impressions, unique_viewers_exposed, viewer_conversion"
        " FROM kpi.product_kpis ORDER BY ALL"
    ).fetchall()
    assert rows == [(1, 2, 1, 1), (2, 1, 1, 0)]


def test_models_side_by_side_say_whether_they_add_up(con):
    add(con, "content", content_id="b")
    add(con, "content_products", content_id="b", product_id=1)
    touch(con, "1", 7)
    touch(con, "2", 7, content_id="b", at=NOON - timedelta(hours=1))
    sold(con, 1, 7)
    con.execute(
        "INSERT INTO attribution.data_driven BY NAME SELECT 'content' AS level, 'a' AS channel,"
        " 'markov' AS model, 1 AS markov_order, 'EUR' AS currency, 70 AS value, 7 AS window_days"
    )
    make_all(con)
    found = con.execute(
        "SELECT model, is_additive, list(attributed_revenue ORDER BY content_id),"
        " list(revenue_rank ORDER BY content_id) FROM kpi.model_comparison GROUP BY ALL"
    ).fetchall()
    by_model = {model: rest for model, *rest in found}
    assert by_model["first_touch"] == [True, [100, 0], [1, 2]]
    assert by_model["linear"] == [True, [50, 50], [1, 1]]
    assert by_model["any_touch"] == [False, [100, 100], [1, 1]]
    assert by_model["markov"] == [True, [70], [1]]


def test_the_rate_less_what_coincidence_would_give(con):
    touch(con, "1", 7)
    touch(con, "2", 8, at=NOON + timedelta(hours=1))  # after the purchase
    sold(con, 1, 7)
    sold(con, 2, 8)
    sold(con, 3, None)
    sold(con, 4, 9)
    make_all(con)
    found = dict(con.execute("SELECT metric, value FROM kpi.platform_kpis").fetchall())
    assert float(found["content_to_commerce_rate"]) == 0.25
    assert float(found["content_to_commerce_rate_identified"]) == pytest.approx(1 / 3)
    assert float(found["content_to_commerce_rate_minus_placebo"]) == 0
    assert float(found["content_revenue_share"]) == 0.25
