"""The other charts as drawn: their marks and words against the tables they are of."""

import re

import pytest

from tests.report.report_marks import amount, rows, said, told


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
    assert len(figures) == 15
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
