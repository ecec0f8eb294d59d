"""The report as a reader meets it: a file opened in a real browser."""

import re
from decimal import Decimal

import pytest

from nerdx_pipelines.errors import WarehouseError
from nerdx_pipelines.report.page import render
from tests.report import report_shop
from tests.report.report_shop import HOSTILE

FIGURES = "#contents tbody tr"


def rows(warehouse, sql):
    with warehouse.read() as con:
        return con.execute(sql).fetchall()


def amount(text):
    """The money at the end of a label: `…: 1,234.50 EUR`."""
    return Decimal(re.search(r"([\d,.]+)\s+EUR$", text).group(1).replace(",", ""))


def test_it_is_one_file_that_asks_for_nothing_and_complains_of_nothing(shop, written, browser):
    page = written(shop)
    browser.open(page)
    assert browser.requests() == {page.as_uri()}
    assert browser.complaints() == []
    assert page.stat().st_size < 2_000_000


def test_the_same_figures_give_the_same_file(shop):
    with shop.read() as con:
        once = render(con)
    with shop.read() as con:
        assert render(con) == once


def test_the_head_says_period_model_window_and_currency(shop, written, browser):
    browser.open(written(shop))
    assert browser.text(".scope") == "2 Mar – 30 Apr 2026 linear model 7-day window EUR"


def test_every_content_and_day_is_a_bar_as_tall_as_its_revenue(shop, written, browser):
    browser.open(written(shop))
    bars = browser.marks("revenue_over_time", "rect")
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


def test_days_that_can_still_change_are_faded_and_said_to_be(shop, written, browser):
    browser.open(written(shop))
    bars = browser.marks("revenue_over_time", "rect")
    faded = {bar["label"].split(", ")[-2] for bar in bars if bar["opacity"] == "0.4"}
    assert len(faded) == 7
    assert {"24 Apr 2026", "30 Apr 2026"} <= faded
    assert all(("not final yet" in bar["label"]) == (bar["opacity"] == "0.4") for bar in bars)
    (words,) = browser.marks("revenue_over_time", "text")
    assert words["text"] == "faded: not final yet"


def test_a_long_period_is_drawn_by_week_and_loses_nothing(warehouse, written, browser):
    report_shop.fill(warehouse, days=150)
    browser.open(written(warehouse))
    bars = browser.marks("revenue_over_time", "rect")
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
    (bar,) = browser.marks("revenue_over_time", "rect")
    assert "3 Mar 2026" in bar["label"]
    chart = browser.ask("return document.querySelector('#revenue_over_time').clientWidth")
    assert bar["width"] == pytest.approx(chart / 4, rel=0.1)
    labels = browser.texts("#revenue_over_time .role-axis-label text")
    assert labels[:5] == ["Mon 02", "Tue 03", "Wed 04", "Thu 05", "Fri 06"]  # days, not hours


def test_each_model_is_a_mark_between_the_ends_of_its_contents_dumbbell(shop, written, browser):
    browser.open(written(shop))
    marks = browser.marks("model_comparison", "symbol")
    assert len(marks) == 12 * 5  # any_touch is not comparable
    assert len(browser.marks("model_comparison", "rule")) == 12
    by_place = sorted(marks, key=lambda mark: mark["x"] + mark["width"] / 2)
    amounts = [float(amount(mark["label"])) for mark in by_place]
    assert amounts == pytest.approx(sorted(amounts), abs=10)  # a pixel is a few euros
    first = min(marks, key=lambda mark: mark["y"])
    assert first["label"].startswith("Ten-minute ramen")
    assert "any touch" not in " ".join(mark["label"] for mark in marks)


def test_ranks_tell_whether_the_winner_depends_on_the_model(shop, written, browser):
    browser.open(written(shop))
    words = [mark["text"] for mark in browser.marks("model_comparison", "text")]
    expected = rows(
        shop,
        "SELECT min(revenue_rank), max(revenue_rank) FROM kpi.model_comparison"
        " WHERE model <> 'any_touch' GROUP BY content_id ORDER BY content_id",
    )
    assert words[12:] == [f"rank {a}" if a == b else f"ranks {a}–{b}" for a, b in expected]


def test_the_leaderboard_begins_with_the_most_revenue_per_post(shop, written, browser):
    browser.open(written(shop))
    marks = browser.marks("creators", "rect")
    bars = [mark for mark in marks if "mean post" in mark["label"]]
    assert len(bars) == 4
    assert len(marks) == 8  # and a median each
    expected = rows(
        shop,
        "SELECT creator, revenue_per_content FROM kpi.creator_kpis ORDER BY 2 DESC",
    )
    assert [bar["label"].split(",")[0] for bar in bars] == [creator for creator, _ in expected]
    assert [bar["width"] for bar in bars] == sorted((b["width"] for b in bars), reverse=True)
    longest = float(expected[0][1])
    for bar, (_, revenue) in zip(bars, expected, strict=True):
        assert bar["width"] == pytest.approx(bars[0]["width"] * float(revenue) / longest, abs=1)
    assert "4 posts · best: article" in [m["text"] for m in browser.marks("creators", "text")]


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


def test_the_table_lists_the_best_earners_with_their_figures(shop, written, browser):
    browser.open(written(shop))
    assert browser.texts("#contents thead th") == [
        *("Content", "Views", "Clicks", "Conversions", "Attributed revenue", "ROI")
    ]
    table = browser.texts("#contents td")
    assert table[:5] == ["24,840", "2,460", "720", "2,347.14 EUR", "2.6×"]
    assert len(table) == 12 * 5
    assert table[5 * 5 + 4] == "–"  # no production cost, no ROI
    assert browser.texts("#contents .new") == ["new"]
    assert browser.ask(
        "return [...document.querySelectorAll('#contents thead abbr')].every(e => e.title)"
    )


def test_a_hostile_title_is_only_text(shop, written, browser):
    browser.open(written(shop))
    assert browser.ask("return window.hacked") is None
    assert browser.ask("return document.getElementById('hostile')") is None
    assert HOSTILE in browser.texts("#contents .title")
    assert HOSTILE in [mark["text"] for mark in browser.marks("model_comparison", "text")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(shop, written, browser, scheme):
    browser.open(written(shop), width=390, scheme=scheme)
    assert browser.ask("return document.documentElement.scrollWidth") <= 390
    assert browser.complaints() == []
    right = browser.ask(
        "return Math.max(...[...document.querySelectorAll('svg.marks, table, .tiles')]"
        ".map(e => e.getBoundingClientRect().right))"
    )
    assert right <= 390


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
    assert len(light) == len(dark) == 9
    assert not light & dark


def test_a_tooltip_gives_the_exact_figures(shop, written, browser):
    browser.open(written(shop))
    browser.hover("#revenue_over_time .mark-rect.role-mark > *")
    browser.wait_for("return document.querySelectorAll('#vg-tooltip-element.visible').length", 1)
    said = browser.text("#vg-tooltip-element")
    assert "Ten-minute ramen, three ways" in said
    assert "2 Mar 2026" in said
    assert "36.00 EUR" in said


def test_an_empty_shop_gets_sentences_instead_of_charts(warehouse, written, browser):
    browser.open(written(warehouse), charts=0)
    assert browser.complaints() == []
    assert len(browser.texts(".empty")) >= 5
    assert "No purchase has been credited to content yet." in browser.texts(".empty")
    assert "No days yet" in browser.text(".scope")


def test_a_shop_of_two_currencies_is_shown_in_the_main_one_and_says_so(warehouse, written, browser):
    report_shop.fill(warehouse, currency="EUR", scale=3)
    report_shop.fill(warehouse, currency="SEK")
    browser.open(written(warehouse))
    notes = browser.texts("figcaption")
    assert all("Only EUR is drawn; not SEK." in note for note in notes)
    assert len(browser.marks("revenue_over_time", "rect")) == 60 * 9
    assert len(browser.texts(FIGURES)) == 12
    assert all(text.endswith("EUR") for text in browser.texts("#contents td.bar"))


def test_missing_tables_are_named_with_what_to_do(shop):
    with shop.write() as con:
        con.execute("DROP TABLE kpi.health")
        con.execute("DROP TABLE kpi.creator_kpis")
        with pytest.raises(WarehouseError, match=r"(?s)creators.*published_kpis"):
            render(con)
