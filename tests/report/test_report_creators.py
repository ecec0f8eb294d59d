"""A page a creator, inside the one file: its strip, contents and charts, whatever the name."""

from urllib.parse import quote

import pytest

from tests.report.report_shop import CONTENTS, VILLAIN


def open_page(browser, page, name, charts=3):
    browser.open(page, at=f"#creator/{quote(name, safe='')}", charts=charts)


@pytest.mark.parametrize("name", ["Mika Ito", VILLAIN])
def test_a_creator_has_a_page_of_their_own(shop, written, browser, name):
    open_page(browser, written(shop), name)
    assert browser.text("#title") == " ".join(name.split())
    own = {title for _, title, _, creator, _ in CONTENTS if creator == name}
    assert set(browser.texts("#contents .title")) == {" ".join(title.split()) for title in own}
    with shop.read() as con:
        ((earned, posts, share),) = con.execute(
            "SELECT attributed_revenue, contents, attributed_revenue / (SELECT"
            " sum(attributed_revenue) FROM kpi.creator_kpis) FROM kpi.creator_kpis"
            " WHERE creator = $1",
            [name],
        ).fetchall()
    assert browser.text("#person .headline") == (
        f"{earned:,.2f} EUR of sales credited to this creator's content,"
        f" {share * 100:.1f} % of what all content earned."
    )
    assert f"✓ {posts} posts add up to it" in browser.text("#person .sum")
    assert browser.text("#health .ok") == "✓ adds up"  # the shop's strip is on every page
    assert browser.ask("return window.hacked") is None
    assert browser.complaints() == []
    named = {mark["text"] for mark in browser.marks("model_comparison", "text")}
    assert len(named & own) == len(own)
    assert "Product 1" in browser.texts("#table-creator_products tbody th")


def test_a_creators_bars_are_their_contents_to_the_cent(shop, written, browser):
    open_page(browser, written(shop), "Theo Lang")
    bars = [bar["label"] for bar in browser.marks("revenue_over_time", "rect") if bar["label"]]
    with shop.read() as con:
        ((total,),) = con.execute(
            "SELECT sum(d.attributed_revenue) FROM kpi.content_daily AS d"
            " JOIN kpi.content_kpis USING (content_id) WHERE creator = 'Theo Lang'"
        ).fetchall()
    cents = sum(int("".join(filter(str.isdigit, bar.rsplit(": ", 1)[1]))) for bar in bars)
    assert cents == total * 100


def test_posts_that_do_not_add_up_are_told(shop, written, browser):
    with shop.write() as con:
        con.execute(
            "UPDATE kpi.creator_kpis SET attributed_revenue = attributed_revenue + 0.01"
            " WHERE creator = 'Mika Ito'"
        )
    open_page(browser, written(shop), "Mika Ito")
    assert "⚠ the posts differ from it by 0.01 EUR" in browser.text("#person .sum")


def test_one_goes_there_by_link_or_name_and_back(shop, written, browser):
    browser.open(written(shop))
    browser.click("#table-creators tbody a", "Jonas Berg")
    browser.wait_for("return document.body.dataset.page", "creator")
    browser.drawn(charts=3)
    assert browser.text("#title") == "Jonas Berg"
    browser.click("#back")
    browser.wait_for("return document.body.dataset.page", "shop")
    browser.drawn()
    assert browser.text("#title") == "Which content sold what"
    browser.ask(
        "const field = document.getElementById('creator'); field.value = 'Theo Lang';"
        "field.dispatchEvent(new Event('change'))"
    )
    browser.wait_for("return document.getElementById('title').textContent", "Theo Lang")
    browser.drawn(charts=3)
    assert browser.complaints() == []


@pytest.mark.parametrize("at", ["#creator/Nobody", "#creator/%E0%A4%A", "#creator/", "#elsewhere"])
def test_an_address_of_nobody_breaks_nothing(shop, written, browser, at):
    charts = 0 if at in ("#creator/Nobody", "#creator/") else 8
    browser.open(written(shop), at=at, charts=charts)
    assert browser.complaints() == []


def test_content_without_a_creator_has_a_page_too(shop, written, browser):
    with shop.write() as con:
        for table in ("content_kpis", "creator_kpis"):
            con.execute(f"UPDATE kpi.{table} SET creator = NULL WHERE creator = 'Theo Lang'")
    browser.open(written(shop), at="#creator/", charts=3)
    assert browser.text("#title") == "No creator named"
    assert len(browser.texts("#contents .title")) == 2


def test_thousands_of_creators_do_not_blow_up_the_file(warehouse, written, browser):
    """A year of days, 300 contents that all earn each day, and 5,000 creators with one more."""
    with warehouse.write() as con:
        con.execute("""
            INSERT INTO kpi.content_kpis BY NAME
            SELECT
                format('content-{:05}', n) AS content_id,
                format('A title of some length, number {:05}', n) AS title, 'video' AS content_type,
                format('Creator {:05}', if(n < 300, n % 20, n)) AS creator, 'EUR' AS currency,
                5300 - n AS attributed_revenue, 40 AS views, 30 AS unique_viewers, 9 AS buyers,
                4 AS unique_clickers, 100 AS production_cost, 0.123456789 AS net_roi,
                '2026-01-01'::TIMESTAMPTZ AS published_at, 'linear' AS model, 7 AS window_days
            FROM range(5300) AS contents (n);
            INSERT INTO kpi.content_daily BY NAME
            SELECT
                '2026-01-01'::DATE + d::INTEGER AS day, content_id, currency,
                (attributed_revenue * (d + 1) % 997 + 0.25) AS attributed_revenue
            FROM kpi.content_kpis, range(365) AS days (d)
            WHERE content_id < 'content-00300' OR (d + views) % 50 = 0;
            INSERT INTO kpi.creator_kpis BY NAME
            SELECT
                creator, currency, count(*) AS contents,
                sum(attributed_revenue) AS attributed_revenue, 1 AS revenue_per_content,
                1 AS median_revenue_per_content
            FROM kpi.content_kpis GROUP BY ALL;
            INSERT INTO kpi.model_comparison BY NAME
            SELECT
                content_id, title, currency, unnest(range(7))::VARCHAR AS model,
                attributed_revenue, 1 AS revenue_rank
            FROM kpi.content_kpis;
        """)
    page = written(warehouse)
    assert page.stat().st_size < 5_000_000
    browser.open(page, at="#creator/Creator%2000007", charts=3)
    assert "✓ 15 posts add up to it" in browser.text("#person .sum")
    browser.open(page, at="#creator/Creator%2005299", charts=0)
    assert "The first 3,000 of 5,020 are in this file" in browser.text("#person")
    browser.open(page, charts=4)
    assert "The first 3,000 of 5,300 are in this file" in browser.text("#contents .note")
    assert browser.texts("#contents .more") == ["Show all 3,000"]
    assert browser.complaints() == []
