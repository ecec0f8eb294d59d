"""The report as a reader meets it: a file opened in a real browser."""

import re
from decimal import Decimal

import pytest

from nerdx_pipelines.errors import WarehouseError
from nerdx_pipelines.report.page import Report
from tests.report import report_shop
from tests.report.report_shop import HOSTILE, VILLAIN


def test_it_is_one_file_that_asks_for_nothing_and_complains_of_nothing(shop, written, browser):
    page = written(shop)
    browser.open(page)
    assert browser.requests() == {page.as_uri()}
    assert browser.complaints() == []
    assert page.stat().st_size < 2_000_000


def test_the_same_figures_give_the_same_file(shop, library):
    with shop.read() as con:
        once = Report.read(con).html(library)
    with shop.read() as con:
        assert Report.read(con).html(library) == once


def test_the_head_says_period_model_window_and_currency(shop, written, browser):
    browser.open(written(shop))
    said = browser.texts(".scope > span")
    assert said == ["2 Mar – 30 Apr 2026", "linear model?", "7-day window?", "EUR"]


def test_the_strip_shows_that_revenue_adds_up(shop, written, browser):
    browser.open(written(shop))
    assert browser.text("#health .headline") == "38.9 % of net revenue is credited to content."
    assert browser.text("#health .sum") == (
        "attributed 21,000.50 EUR + unattributed 32,999.50 EUR"
        " = net revenue 54,000.00 EUR ✓ adds up"
    )
    assert browser.texts("#health .tiles dd") == [
        *("12.3 %", "318.20 EUR", "1,204", "5.7 %", "30 Apr 2026")
    ]


def test_the_strip_warns_when_revenue_does_not_add_up(shop, written, browser):
    report_shop.health(shop, unattributed_revenue="32996.30")
    browser.open(written(shop))
    assert browser.text("#health .attention").startswith("⚠ off by 3.20 EUR")
    assert browser.texts("#health .ok") == []


def test_three_minutes_are_enough(shop, written, browser):
    browser.open(written(shop))
    assert browser.texts("#brief li") == [
        "Best content: Ten-minute ramen, three ways, which 2,347.14 EUR of sales are credited to.",
        "Best format per post: newsletter, 1,983.76 EUR.",
        "Best creator per post: Mika Ito, 1,686.94 EUR.",
        "Shown but not sold by content: Product 7, 993 impressions.",
    ]


def test_hostile_titles_and_names_are_only_text(shop, written, browser):
    browser.open(written(shop))
    for css in ("#contents .sort", "#leaders summary", "#shop summary"):
        browser.click(css)
    assert browser.ask("return window.hacked") is None
    assert browser.ask("return document.querySelector('#hostile, main img')") is None
    assert HOSTILE in browser.texts("#contents .title")
    assert VILLAIN in browser.texts("#contents small a")
    assert HOSTILE in [mark["text"] for mark in browser.marks("model_comparison", "text")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("at", "charts"), [("", 8), ("#creator/Mika%20Ito", 3)])
def test_a_phone_needs_no_sideways_scrolling(shop, written, browser, scheme, at, charts):
    browser.open(written(shop), width=390, scheme=scheme, at=at, charts=charts)
    browser.ask("document.querySelectorAll('details').forEach(folded => { folded.open = true; })")
    assert browser.ask("return document.documentElement.scrollWidth") <= 390
    assert browser.complaints() == []
    right = browser.ask(
        "return Math.max(...[...document.querySelectorAll('svg.marks, td, .tiles, .tools')]"
        ".map(e => e.getBoundingClientRect().right))"
    )
    assert right <= 390
    cut = browser.ask(
        "return [...document.querySelectorAll('td .figure')].filter(figure =>"
        " figure.getBoundingClientRect().right > figure.closest('td').getBoundingClientRect().right"
        " + 1).map(figure => figure.textContent)"
    )
    assert cut == []


def test_a_phone_shows_few_rows_first_and_has_a_sort_of_its_own(shop, written, browser):
    browser.open(written(shop), width=390)
    assert len(browser.texts("#contents tbody tr")) == 5
    browser.click("#contents .more")
    assert len(browser.texts("#contents tbody tr")) == 12
    browser.ask(
        "const by = document.querySelector('#contents select'); by.value = 'views';"
        "by.dispatchEvent(new Event('change'))"
    )
    assert browser.texts("#contents tbody tr .title")[0] == "Ten-minute ramen, three ways"
    assert browser.ask("return getComputedStyle(document.querySelector('td .label')).display") == (
        "block"
    )


def test_dark_readers_get_dark_paper_and_bright_ink(shop, written, browser):
    browser.open(written(shop), scheme="dark")
    paper, ink = browser.ask(
        "const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]"
    )
    assert (
        max(map(int, re.findall(r"\d+", paper))) < 40 < 200 < min(map(int, re.findall(r"\d+", ink)))
    )
    dark = {bar["fill"] for bar in browser.marks("revenue_over_time", "rect")}
    browser.prefer("light")
    browser.wait_for("return document.body.dataset.drawn", "light")
    light = {bar["fill"] for bar in browser.marks("revenue_over_time", "rect")}
    assert len(light) == len(dark) == 10  # nine contents and the stripes
    assert not light & dark


def test_an_empty_shop_gets_sentences_instead_of_charts(warehouse, written, browser):
    browser.open(written(warehouse), charts=0)
    assert browser.complaints() == []
    assert len(browser.texts(".empty")) >= 8
    assert "No purchase has been credited to content yet." in browser.texts(".empty")
    assert "No days yet" in browser.text(".scope")
    assert not re.search(r"NaN|undefined|null|Infinity", browser.text("main"))


def test_a_shop_without_touches_creators_or_costs_says_so(shop, written, browser):
    with shop.write() as con:
        for table in ("creator_kpis", "paths", "time_lag", "product_content", "cohorts"):
            con.execute(f"DELETE FROM kpi.{table}")
        con.execute(
            "UPDATE kpi.content_daily SET"
            " attributed_revenue = 0, cash_revenue = 0, accrual_revenue = 0"
        )
        con.execute("UPDATE kpi.model_comparison SET attributed_revenue = 0")
        con.execute(
            "UPDATE kpi.content_kpis SET creator = NULL, roi = NULL, net_roi = NULL,"
            " production_cost = NULL, attributed_revenue = 0, unique_viewers = 0"
        )
        con.execute("UPDATE kpi.content_type_kpis SET unique_viewers = 0")
    browser.open(written(shop), charts=1)  # the models, all at 0
    assert browser.complaints() == []
    assert {
        "No purchase has been credited to content yet.",
        "No creator has earned anything yet.",
        "Nobody has seen any content yet.",
        "No purchase had content on its way yet.",
    } <= set(browser.texts(".empty"))
    assert not re.search(r"NaN|undefined|null|Infinity", browser.text("main"))


def test_two_currencies_are_two_views_and_never_a_sum(warehouse, written, browser):
    report_shop.fill(warehouse, currency="EUR", scale=3)
    report_shop.fill(warehouse, currency="JPY", scale=100)
    report_shop.health(warehouse)
    browser.open(written(warehouse))
    assert browser.texts("#currency option") == ["EUR", "JPY"]
    assert all(text.endswith("EUR") for text in browser.texts("#contents td.bar .figure"))
    browser.ask(
        "const choice = document.getElementById('currency'); choice.selectedIndex = 1;"
        "choice.dispatchEvent(new Event('change'))"
    )
    browser.drawn()
    figures = browser.texts("#contents td.bar .figure")
    with warehouse.read() as con:
        amounts = con.execute(
            "SELECT attributed_revenue FROM kpi.content_kpis WHERE currency = 'JPY' ORDER BY 1 DESC"
        ).fetchall()
    rounded = [amount.quantize(Decimal(1), rounding="ROUND_HALF_UP") for (amount,) in amounts]
    assert figures == [f"{amount:,} JPY" for amount in rounded]
    assert "in EUR" in browser.text("#health-title")  # the strip stays the shop's own
    assert browser.complaints() == []


def test_missing_tables_are_named_with_what_to_do(shop):
    with shop.write() as con:
        con.execute("DROP TABLE kpi.creator_kpis")
        with pytest.raises(WarehouseError, match=r"(?s)creators.*published_kpis"):
            Report.read(con)
