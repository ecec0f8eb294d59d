"""The tables: figures of the warehouse, sorted, taken along as CSV, each with its definition."""

import csv
from decimal import Decimal

from nerdx_pipelines.kpi_definitions import definition
from tests.report.report_shop import HOSTILE, VILLAIN


def rows(warehouse, sql):
    with warehouse.read() as con:
        return con.execute(sql).fetchall()


def titles(browser):
    return browser.texts("#contents tbody .title")


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_lists_the_best_earners_with_their_figures(shop, written, browser):
    browser.open(written(shop))
    assert browser.texts("#contents thead .sort") == [
        *("Content", "Views", "Clicks", "Conversions", "Attributed revenue", "ROI", "Net ROI")
    ]
    expected = rows(
        shop,
        "SELECT views, clicks, conversions, attributed_revenue, roi, net_roi FROM kpi.content_kpis"
        " ORDER BY attributed_revenue DESC",
    )
    figures = browser.ask(
        "return [...document.querySelectorAll('#contents tbody tr')].map(row =>"
        " [...row.querySelectorAll('td .figure, td .missing')].map(f => f.textContent))"
    )
    assert figures == [
        [
            *(f"{v:,}", f"{c:,}", f"{o:,}", f"{earned:,.2f}\u00a0EUR"),
            "–" if roi is None else f"{roi:.1f}×",
            "–" if net is None else f"{net:.1f}×".replace("-0.0", "0.0"),
        ]
        for v, c, o, earned, roi, net in expected
    ]
    assert browser.texts("#contents .badge") == ["few buyers", "new", "few buyers"]
    assert browser.texts("#contents tbody tr:first-child .range")[0] == "1,877.71 to 3,051.28"


def test_a_press_sorts_and_another_turns_it_round(shop, written, browser):
    browser.open(written(shop))
    best_first = titles(browser)
    browser.click("#contents .sort[data-key=roi]")
    worst = [
        title
        for (title,) in rows(
            shop, "SELECT title FROM kpi.content_kpis ORDER BY roi DESC NULLS LAST"
        )
    ]
    assert titles(browser) == worst
    assert browser.ask("return document.activeElement.dataset.key") == "roi"
    browser.click("#contents .sort[data-key=roi]")
    ascending = "SELECT title FROM kpi.content_kpis ORDER BY roi NULLS LAST"
    assert titles(browser) == [title for (title,) in rows(shop, ascending)]
    state = "return document.querySelector('#contents th[aria-sort]').ariaSort"
    assert browser.ask(state) == "ascending"
    browser.click("#contents .sort[data-key=attributed_revenue]")
    assert titles(browser) == best_first
    browser.click("#contents .sort[data-key=title]")
    assert titles(browser) == sorted(best_first, key=str.casefold)


def test_the_csv_is_the_table_to_the_cent_and_all_of_it(shop, written, browser, tmp_path):
    browser.open(written(shop))
    file = browser.download("#contents .csv", tmp_path)
    assert file.name == "contents.csv"
    found = read(file)
    expected = rows(
        shop,
        "SELECT content_id, attributed_revenue, attributed_revenue_high, production_cost, roi,"
        " creator FROM kpi.content_kpis ORDER BY attributed_revenue DESC",
    )
    for row, (content, earned, high, cost, roi, creator) in zip(found, expected, strict=True):
        assert row["content_id"] == content
        assert Decimal(row["attributed_revenue"]) == earned
        assert Decimal(row["attributed_revenue_high"]) == high
        assert row["production_cost"] == ("" if cost is None else f"{cost:.2f}")
        assert row["roi"] == "" if roi is None else float(row["roi"]) == roi
        assert row["currency"] == "EUR"
        assert row["creator"] == creator
    assert HOSTILE in {row["title"] for row in found}
    assert "'=HYPERLINK(1), tea at home" in {row["title"] for row in found}  # no formula


def test_the_csv_is_in_the_order_of_the_screen_and_of_every_row(shop, written, browser, tmp_path):
    browser.open(written(shop))
    browser.click("#shop details:nth-of-type(2) summary")
    assert len(browser.texts("#table-daily_sales tbody tr")) == 15
    browser.click("#table-daily_sales .sort[data-key=attributed_revenue]")
    found = read(browser.download("#table-daily_sales .csv", tmp_path))
    expected = rows(
        shop, "SELECT attributed_revenue FROM kpi.daily_sales ORDER BY attributed_revenue DESC"
    )
    assert [Decimal(row["attributed_revenue"]) for row in found] == [each for (each,) in expected]
    assert browser.texts("#table-daily_sales tbody tr:first-child td.bar .figure") == [
        f"{expected[0][0]:,.2f} EUR"
    ]


def test_creators_by_name_lead_to_their_pages(shop, written, browser, tmp_path):
    browser.open(written(shop))
    links = browser.ask(
        "return [...document.querySelectorAll('#table-creators tbody a')].map(a =>"
        " [a.textContent, decodeURIComponent(a.hash)])"
    )
    assert sorted(links) == sorted(
        [name, f"#creator/{name}"] for name in ("Mika Ito", "Jonas Berg", "Theo Lang", VILLAIN)
    )
    found = read(browser.download("#table-creators .csv", tmp_path))
    expected = dict(rows(shop, "SELECT creator, revenue_per_content FROM kpi.creator_kpis"))
    assert {row["creator"]: Decimal(row["revenue_per_content"]) for row in found} == expected


def test_all_columns_are_there_for_who_asks(shop, written, browser):
    browser.open(written(shop))
    browser.click("#contents .tools button", "All columns")
    heads = browser.texts("#contents thead .sort")
    assert {"Viewers", "Influenced revenue", "Margin", "Engagement", "… by clicks"} <= set(heads)
    assert browser.ask("return document.documentElement.scrollWidth") <= 1200
    browser.click("#contents .tools button", "Fewer columns")
    assert len(browser.texts("#contents thead .sort")) == 7


def test_every_figure_has_its_definition_at_hand(shop, written, browser):
    browser.open(written(shop))
    browser.ask("document.querySelectorAll('details').forEach(folded => { folded.open = true; })")
    unexplained = browser.ask(
        "return [...document.querySelectorAll('thead th:not(:first-child)')]"
        ".filter(head => !head.querySelector('.what')?.title).map(head => head.textContent)"
    )
    assert unexplained == []
    browser.click("#contents th:nth-child(2) .what")
    assert browser.text("#explanation") == definition("content_kpis", "views")
    browser.click("#health [data-metric=placebo_ratio] .what")
    assert browser.text("#explanation") == definition("health", "placebo_ratio")
    browser.click("#table-platform tbody .what")
    assert browser.text("#explanation") == definition("platform_kpis", "content_to_commerce_rate")


def test_a_metric_without_a_definition_is_shown_without_one(shop, written, browser):
    with shop.write() as con:
        con.execute("INSERT INTO kpi.platform_kpis VALUES ('somebody_s_own', 0.25, 'a quarter')")
    browser.open(written(shop))
    browser.ask("document.querySelectorAll('details').forEach(folded => { folded.open = true; })")
    own = "#table-platform tbody tr:last-child"
    assert "somebody s own" in browser.text(f"{own} th").lower()
    assert browser.ask(f"return document.querySelectorAll('{own} .what').length") == 0


def test_a_definition_opens_by_keyboard_and_closes_by_escape(shop, written, browser):
    browser.open(written(shop))
    browser.ask("document.querySelector('#contents th:nth-child(6) .what').focus()")
    browser.press("ENTER")
    assert browser.text("#explanation") == definition("content_kpis", "roi")
    inside = browser.ask(
        "const box = document.getElementById('explanation').getBoundingClientRect();"
        "return box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight"
    )
    assert inside
    browser.press("ESCAPE")
    assert not browser.ask("return document.getElementById('explanation').matches(':popover-open')")


def test_a_missing_figure_says_why(shop, written, browser):
    browser.open(written(shop))
    browser.click("#contents .missing")
    assert "No production cost is known" in browser.text("#explanation")
    browser.click("#contents .badge")
    assert "chance" in browser.text("#explanation")


def test_path_lengths_and_unsold_products_are_the_warehouses(shop, written, browser):
    browser.open(written(shop))
    lengths = browser.ask(
        "return [...document.querySelectorAll('#table-path_lengths tbody tr')].map(row =>"
        " [row.querySelector('th').textContent, row.querySelector('td .figure').textContent])"
    )
    expected = rows(
        shop, "SELECT path_length, sum(orders) FROM kpi.paths GROUP BY ALL ORDER BY ALL"
    )
    assert lengths == [[f"{length}", f"{orders:,}"] for length, orders in expected]
    assert browser.texts("#table-unsold tbody th") == ["Product 7", "Product 8"]
    browser.click("#shop summary")
    values = browser.texts("#table-platform tbody td:nth-child(2)")
    assert values == ["Value44.4 %", "Value–", "Value720", "Value0.9 days", "Value5.3 days"]
