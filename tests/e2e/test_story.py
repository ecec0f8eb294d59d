"""The whole loop on a shop that can be worked out by hand: folder in, figures out."""

from decimal import Decimal

D = Decimal


def test_a_paid_order_of_two_shows_as_a_purchase(story):
    (order,) = story.rows("SELECT * FROM staging.orders WHERE order_id = 1")
    assert order["customer_id"] == 5
    assert order["total_price"] == D("59.98")
    assert order["financial_status"] == "PARTIALLY_REFUNDED"
    assert order["processed_at"] == "2026-01-10T12:00:00Z"
    (line,) = story.rows("SELECT * FROM staging.order_lines WHERE order_id = 1")
    assert (line["quantity"], line["net_revenue"]) == (2, D("59.98"))


def test_one_view_then_the_order_is_one_conversion(story):
    (kpis,) = story.rows("SELECT * FROM kpi.content_kpis WHERE content_id = 'vid'")
    # orders 1, 2 and 7: not the guest's, the cancelled, the test or the refunded one
    assert kpis["conversions"] == 3
    assert (kpis["views"], kpis["clicks"], kpis["unique_viewers"]) == (4, 0, 4)
    assert kpis["attributed_revenue"] == D("59.98") + D("30.00") + D("29.99")
    assert kpis["fractional_orders"] == D("2.5")
    assert kpis["click_through_rate"] == 0
    assert kpis["conversion_rate"] is None  # no clicks: nothing to divide by
    assert abs(kpis["roi"] - D("119.97") / 20) < D("1e-9")


def test_credits_follow_the_line_through_its_refund(story):
    rows = story.rows(
        "SELECT model, content_id, credit FROM attribution.credits WHERE line_id = 12 ORDER BY ALL"
    )
    credits = {(r["model"], r["content_id"]): r["credit"] for r in rows}
    assert credits["linear", "vid"] == credits["linear", "blog"] == D("30.00")
    assert credits["first_touch", "vid"] == credits["last_touch", "blog"] == D("60.00")
    assert credits["time_decay", "blog"] > credits["time_decay", "vid"]
    assert sum(v for (model, _), v in credits.items() if model == "time_decay") == D("60.00")


def test_nothing_is_credited_for_what_is_not_sold(story):
    assert story.rows("SELECT 1 FROM attribution.credits WHERE line_id IN (13, 14, 15, 16)") == []
    gift = story.rows("SELECT * FROM attribution.credits WHERE line_id = 18 AND model = 'linear'")
    assert [(g["credit"], g["share"]) for g in gift] == [(0, 1)]


def test_days_are_the_shops(story):
    assert story.value("SELECT order_day FROM staging.orders WHERE order_id = 7") == "2026-01-12"


def test_daily_sales_count_returns_on_the_day_of_the_refund(story):
    rows = story.rows("SELECT * FROM kpi.daily_sales ORDER BY day")
    days = {
        r["day"]: (r["gross_sales"], r["discounts"], r["returns"], r["net_sales"]) for r in rows
    }
    assert days == {
        "2026-01-10": (D("59.98"), 0, 0, D("59.98")),
        "2026-01-11": (D("229.99"), D("10.00"), 0, D("219.99")),
        "2026-01-12": (D("134.49"), D("4.50"), D("100.00"), D("29.99")),  # order 4 is cancelled
        "2026-01-13": (0, 0, D("30.00"), D("-30.00")),
        "2026-01-14": (0, 0, D("100.00"), D("-100.00")),
    }
    assert sum(r["unallocated_adjustments"] for r in rows) == D("5.00")
    assert sum(r["net_sales"] for r in rows) == sum(r["net_revenue"] for r in rows)
    for row in rows:
        assert row["attributed_revenue"] + row["unattributed_revenue"] == row["net_revenue"]


def test_the_health_figures_are_exact(story):
    health = {r["metric"]: r["value"] for r in story.rows("FROM kpi.health")}
    assert health["net_revenue"] == D("59.98") + D("60.00") + D("29.99") * 2
    assert health["attributed_revenue"] == D("149.97")
    assert health["attributed_revenue"] + health["unattributed_revenue"] == health["net_revenue"]
    assert health["refund_reversals"] == D("230.00")
    page = (story.data_dir / "report.html").read_text(encoding="utf-8")
    assert "off by" not in page


def test_content_that_nobody_saw_has_no_rates(story):
    (kpis,) = story.rows("SELECT * FROM kpi.content_kpis WHERE content_id = 'none'")
    assert (kpis["views"], kpis["conversions"], kpis["attributed_revenue"]) == (0, 0, 0)
    assert kpis["click_through_rate"] is None
    assert kpis["roi"] == 0


def test_products_and_the_shop_as_a_whole(story):
    (desk,) = story.rows("SELECT * FROM kpi.product_kpis WHERE product_id = 8")
    assert (desk["orders"], desk["net_revenue"]) == (1, D("60.00"))
    assert (desk["content_impressions"], desk["content_driven_purchases"]) == (4, 1)
    assert desk["content_driven_revenue"] == D("60.00")
    assert desk["content_conversion_rate"] == D("0.25")
    platform = {r["metric"]: r["value"] for r in story.rows("FROM kpi.platform_kpis")}
    assert platform["content_to_commerce_rate"] == D("0.75")  # 3 of orders 1, 2, 3 and 7
    assert platform["avg_attribution_revenue"] == D("49.99")


def test_running_everything_again_changes_nothing(story):
    before = story.contents()
    assert before["attribution.line_credits"]
    story.ok("refresh", "--from", "2026-01-11", "--to", "2026-01-11")
    assert story.contents() == before
    story.ok("demo", "--data", str(story.folder))
    assert story.contents() == before


def test_a_person_is_shown_the_figures_and_where_to_go_on(story):
    assert "Lamps & <b>light</b>" in story.output
    assert "119.97" in story.output
    assert str(story.data_dir / "report.html") in story.output
    assert "make ui" in story.output
    page = (story.data_dir / "report.html").read_text(encoding="utf-8")
    assert "<b>light</b>" not in page
