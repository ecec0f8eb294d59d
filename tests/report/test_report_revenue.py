"""The charts of revenue as drawn: their marks and words against the tables they are of."""

import pytest

from tests.report import report_shop
from tests.report.report_marks import amount, rows, said, told


def test_every_content_and_day_is_a_bar_as_tall_as_its_revenue(shop, written, browser):
    browser.open(written(shop))
    bars = told(browser, "revenue_over_time", "rect")
    assert len(bars) == 60 * 9  # eight contents and the rest, each day
    ((total,),) = rows(shop, "SELECT sum(attributed_revenue) FROM kpi.content_daily")
    assert sum(amount(bar["label"]) for bar in bars) == total
    scale = bars[0]["height"] / float(amount(bars[0]["label"]))
    for bar in bars:
        assert bar["height"] == pytest.approx(scale * float(amount(bar["label"])), abs=1.5)
    tallest = {}
    for bar in bars:
        tallest[round(bar["x"])] = tallest.get(round(bar["x"]), 0) + amount(bar["label"])
    daily = "SELECT sum(attributed_revenue) FROM kpi.content_daily GROUP BY day ORDER BY day"
    assert [tallest[x] for x in sorted(tallest)] == [total for (total,) in rows(shop, daily)]


def test_days_that_can_still_change_are_hatched_and_said_to_be(shop, written, browser):
    browser.open(written(shop))
    bars = told(browser, "revenue_over_time", "rect")
    (band,) = [m for m in browser.marks("revenue_over_time", "rect") if not m["label"]]
    assert band["fill"].startswith("url(")
    unfinished = [bar for bar in bars if "not final yet" in bar["label"]]
    assert {said(bar)["Period"] for bar in unfinished} == {
        f"{day} Apr 2026" for day in range(24, 31)
    }
    for bar in bars:
        middle = bar["x"] + bar["width"] / 2
        assert (band["x"] < middle < band["x"] + band["width"]) == (bar in unfinished)
    (words,) = browser.marks("revenue_over_time", "text")
    assert words["text"] == "hatched: not final yet"


def test_finished_days_have_no_hatching(shop, written, browser):
    with shop.write() as con:
        con.execute("UPDATE kpi.content_daily SET is_mature = TRUE")
    browser.open(written(shop))
    (band,) = [m for m in browser.marks("revenue_over_time", "rect") if not m["label"]]
    assert band["width"] == 0
    assert browser.marks("revenue_over_time", "text") == []
    assert browser.complaints() == []


def test_a_long_period_is_drawn_by_week_and_loses_nothing(warehouse, written, browser):
    report_shop.fill(warehouse, days=150)
    browser.open(written(warehouse))
    bars = told(browser, "revenue_over_time", "rect")
    assert len(bars) == 22 * 9  # 21 whole weeks and three days
    ((total,),) = rows(warehouse, "SELECT sum(attributed_revenue) FROM kpi.content_daily")
    assert sum(amount(bar["label"]) for bar in bars) == total
    assert any("27–29 Jul 2026" in bar["label"] for bar in bars)  # the short last week


def test_a_single_sale_is_one_day_of_its_period(warehouse, written, browser):
    report_shop.fill(warehouse, days=4)
    with warehouse.write() as con:
        con.execute(
            "UPDATE kpi.content_daily SET attributed_revenue = 0"
            " WHERE day <> '2026-03-03' OR content_id <> 'c01'"
        )
    browser.open(written(warehouse))
    (bar,) = told(browser, "revenue_over_time", "rect")
    assert "3 Mar 2026" in bar["label"]
    chart = browser.ask("return document.querySelector('#revenue_over_time').clientWidth")
    assert bar["width"] == pytest.approx(chart / 4, rel=0.1)
    labels = browser.texts("#revenue_over_time .role-axis-label text")
    assert labels[:5] == ["Mon 02", "Tue 03", "Wed 04", "Thu 05", "Fri 06"]  # days, not hours


def test_each_model_is_a_mark_between_the_ends_of_its_contents_dumbbell(shop, written, browser):
    browser.open(written(shop))
    marks = told(browser, "model_comparison", "symbol")
    assert len(marks) == 12 * 6  # any_touch is not comparable
    assert "any touch" not in " ".join(mark["label"] for mark in marks)
    spans = browser.marks("model_comparison", "rule")
    assert len(spans) == 12 * 2  # from model to model, and the interval of our own
    by_place = sorted(marks, key=lambda mark: mark["x"] + mark["width"] / 2)
    amounts = [float(amount(mark["label"])) for mark in by_place]
    assert amounts == pytest.approx(sorted(amounts), abs=10)  # a pixel is a few euros
    own = [mark for mark in marks if said(mark)["Model"] == "linear"]
    assert said(own[0])["Interval"] == "1,877.71 to 3,051.28"
    assert all("Interval" not in said(mark) for mark in marks if mark not in own)


def test_ranks_tell_whether_the_winner_depends_on_the_model(shop, written, browser):
    browser.open(written(shop))
    words = [mark["text"] for mark in browser.marks("model_comparison", "text")]
    expected = rows(
        shop,
        "SELECT min(revenue_rank), max(revenue_rank) FROM kpi.model_comparison"
        " WHERE model <> 'any_touch' GROUP BY content_id ORDER BY content_id",
    )
    ranks = [f"rank {a}" if a == b else f"ranks {a}–{b}" for a, b in expected]
    assert sorted(words[12:]) == sorted(ranks)
    assert any("–" in rank for rank in ranks)


def test_the_leaderboard_begins_with_the_most_revenue_per_post(shop, written, browser):
    browser.open(written(shop))
    bars = sorted(told(browser, "creators", "rect"), key=lambda bar: bar["y"])
    bars = [bar for bar in bars if bar["height"] < 14]  # the others are the medians
    expected = rows(
        shop, "SELECT creator, revenue_per_content FROM kpi.creator_kpis ORDER BY 2 DESC"
    )
    assert [said(bar)["Creator"] for bar in bars] == [creator for creator, _ in expected]
    longest = float(expected[0][1])
    for bar, (_, revenue) in zip(bars, expected, strict=True):
        assert bar["width"] == pytest.approx(bars[0]["width"] * float(revenue) / longest, abs=1)
    assert "4 posts · best: article" in [m["text"] for m in browser.marks("creators", "text")]


def test_net_roi_is_drawn_with_its_interval_around_break_even(shop, written, browser):
    browser.open(written(shop))
    browser.click("#leaders .tools button", "Net ROI")
    browser.wait_for("return document.querySelectorAll('#creators_net_roi svg.marks').length", 1)
    assert len(told(browser, "creators_net_roi", "symbol")) == 4
    assert len(browser.marks("creators_net_roi", "rule")) == 4 + 1
    words = [mark["text"] for mark in browser.marks("creators_net_roi", "text")]
    ((roi, low, high),) = rows(
        shop,
        "SELECT net_roi, net_roi_low, net_roi_high FROM kpi.creator_kpis"
        " WHERE creator = 'Mika Ito'",
    )
    assert f"{roi:.1f}× ({low:.1f} to {high:.1f})" in words


def test_money_that_moved_and_days_of_touches_are_views_of_their_own(shop, written, browser):
    browser.open(written(shop))
    for label, chart, column in (
        ("Cash", "cash_over_time", "cash_revenue"),
        ("By touch", "accrual_over_time", "accrual_revenue"),
    ):
        browser.click("#now .tools button", label)
        browser.wait_for(f"return document.querySelectorAll('#{chart} svg.marks').length", 1)
        bars = told(browser, chart, "rect")
        ((total,),) = rows(shop, f"SELECT sum({column}) FROM kpi.content_daily")
        assert sum(amount(bar["label"]) for bar in bars) == total
        unfinished = {said(bar)["Period"] for bar in bars if "not final yet" in bar["label"]}
        # Whoever touched on the last seven final days may still buy within the window.
        assert len(unfinished) == (7 if chart == "cash_over_time" else 14)
    assert browser.complaints() == []
