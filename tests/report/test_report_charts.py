"""The charts as drawn: marks and their words against the tables they are of."""

import re
from decimal import Decimal

import pytest

from tests.report import report_shop


def rows(warehouse, sql):
    with warehouse.read() as con:
        return con.execute(sql).fetchall()


def amount(words):
    """The money at the end of a mark's words: `…: 1,234.50 EUR`."""
    return Decimal(re.search(r"([\d,.]+)\s+EUR$", words).group(1).replace(",", ""))


def said(mark):
    """A mark's words as a dictionary."""
    label = mark["label"].replace("\u00a0", " ")
    return dict(re.findall(r"([A-Z0-9][^:]*): (.*?)(?:, (?=[A-Z0-9][^:,]*: )|$)", label))


def told(browser, chart, kind):
    """The marks of a kind that have words."""
    return [mark for mark in browser.marks(chart, kind) if mark["label"]]


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


@pytest.mark.parametrize(
    ("button", "chart", "source", "label"),
    [
        ("By type", "funnel_types", "content_type_kpis", "content_type"),
        ("Most seen content", "funnel_contents", "content_kpis", "title"),
    ],
)
def test_the_funnel_is_as_the_tables_count_it(shop, written, browser, button, chart, source, label):
    browser.open(written(shop))
    browser.click("#funnel .tools button", button)
    browser.wait_for(f"return document.querySelectorAll('#{chart} svg.marks').length", 1)
    found = {tuple(said(bar).values()) for bar in told(browser, chart, "rect")}
    expected = rows(
        shop,
        f"SELECT {label}, unique_viewers, unique_clickers, buyers, attributed_revenue"
        f" FROM kpi.{source}",
    )
    assert found == {
        (name, f"{seen:,}", f"{clicked:,}", f"{bought:,}", f"{earned:,.2f} EUR")
        for name, seen, clicked, bought, earned in expected
    }
    assert len(told(browser, chart, "rect")) == 4 * len(expected)


def test_the_sankey_carries_every_order_to_the_purchase(shop, written, browser):
    browser.open(written(shop))
    ribbons = told(browser, "paths", "area")
    into = [said(ribbon) for ribbon in ribbons if said(ribbon)["To"] == "purchase"]
    expected = rows(
        shop,
        "SELECT list_last(string_split(path, ' > ')), sum(orders) FROM kpi.paths GROUP BY ALL",
    )
    assert {(each["From"], each["Orders"]) for each in into} == {
        (kind, f"{orders:,}") for kind, orders in expected
    }
    assert ("video", "article", "205") in {  # 160, and 45 that had seen a post before
        tuple(said(ribbon)[key] for key in ("From", "To", "Orders")) for ribbon in ribbons
    }
    nodes = [mark["height"] for mark in browser.marks("paths", "rect")]
    ((total,),) = rows(shop, "SELECT sum(orders) FROM kpi.paths")
    ((videos,),) = rows(
        shop, "SELECT sum(orders) FROM kpi.paths WHERE path = 'video' OR path LIKE '% > video'"
    )
    assert min(abs(height / max(nodes) - float(videos / total)) for height in nodes) < 0.01


def test_the_time_lag_has_its_median_its_ninth_tenth_and_the_window(shop, written, browser):
    browser.open(written(shop))
    bars = told(browser, "lag_last", "rect")
    assert [int(said(bar)["Order lines"]) for bar in bars] == [50, 20, 10, 8, 6, 4, 2]
    texts = [mark["text"] for mark in browser.marks("lag_last", "text")]
    assert sorted(texts) == ["90 % 5.3 d", "median 0.9 d", "window 7 d"]
    day = bars[0]["width"]
    places = sorted(rule["x"] for rule in browser.marks("lag_last", "rule"))
    lags = [(place - bars[0]["x"]) / day for place in places]
    assert lags == pytest.approx([0.9375, 5.25, 7], abs=0.05)


def test_without_exact_quantiles_the_time_lag_says_what_it_knows(shop, written, browser):
    with shop.write() as con:
        con.execute("DELETE FROM kpi.platform_kpis")
    browser.open(written(shop))
    texts = [mark["text"] for mark in browser.marks("lag_last", "text")]
    assert sorted(texts) == ["90 % ≤ 5 d", "median ≤ 1 d", "window 7 d"]


def test_the_heat_map_has_a_cell_a_pair_and_a_ring_where_nothing_sold(shop, written, browser):
    browser.open(written(shop))
    cells = {
        (said(cell)["Product"], said(cell)["Content"]): amount(cell["label"])
        for cell in told(browser, "heat_map", "rect")
    }
    sold = "SELECT product_title, title, attributed_revenue FROM kpi.product_content WHERE {} 0"
    assert cells == {
        (p, c): money for p, c, money in rows(shop, sold.format("attributed_revenue >"))
    }
    rings = told(browser, "heat_map", "symbol")
    assert len(rings) == len(rows(shop, sold.format("attributed_revenue =")))


def test_cohorts_show_what_a_customer_is_worth_and_new_beside_returning(shop, written, browser):
    browser.open(written(shop))
    dots = told(browser, "cohorts", "symbol")
    assert len(dots) == 12 * 2  # 90 days are over for nobody
    none = [said(dot) for dot in dots if said(dot)["First content"] == "No content before"]
    assert none[0]["30 days"] == "30.50 EUR"  # (2 x 40 x 30.25 + 2 x 10) / 80
    assert none[0]["60 days"] == "32.75 EUR"  # of March's customers alone
    browser.click("#customers .tools button", "New and returning")
    browser.wait_for("return document.querySelectorAll('#cohort_months svg.marks').length", 1)
    bars = told(browser, "cohort_months", "rect")
    assert len(bars) == 2 * 2
    assert {said(bar)["Month"] for bar in bars} == {"Mar 2026", "Apr 2026"}


def test_a_tooltip_gives_the_exact_figures(shop, written, browser):
    browser.open(written(shop))
    browser.hover("#revenue_over_time .mark-rect.role-mark > *")
    browser.wait_for("return document.querySelectorAll('#vg-tooltip-element.visible').length", 1)
    tip = browser.text("#vg-tooltip-element")
    assert "Ten-minute ramen, three ways" in tip
    assert "2 Mar 2026" in tip
    assert "36.00 EUR" in tip


def test_every_chart_that_can_be_chosen_has_marks_and_no_complaints(shop, written, browser):
    browser.open(written(shop))
    figures = browser.ask("return report.scopes[0].figures.map(({name, label}) => [name, label])")
    assert len(figures) == 13
    for name, label in figures:
        section = browser.ask(
            "return report.sections.shop.find(({figures}) => figures.includes(arguments[0])).name",
            name,
        )
        if label:
            browser.click(f"#{section} figure .tools button", label)
        browser.wait_for(f"return document.querySelectorAll('#{name} svg.marks').length", 1)
        assert any(told(browser, name, kind) for kind in ("rect", "symbol", "area")), name
        assert not re.search(r"NaN|undefined|null", " ".join(browser.texts(f"#{name} text"))), name
    assert browser.complaints() == []
