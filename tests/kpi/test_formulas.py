"""Every KPI of random small shops equals what plain Python makes of the same rows of staging."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from nerdx_pipelines.warehouse.database import Warehouse
from tests.kpi.made import RULES, make_all
from tests.kpi.recomputed import Recomputed
from tests.kpi.shop import RandomShop

KEYS = {
    "content_kpis": ("content_id", "currency"),
    "product_kpis": ("product_id", "currency"),
    "product_content": ("product_id", "content_id", "currency"),
    "content_daily": ("day", "content_id", "currency"),
    "daily_sales": ("day", "currency"),
    "time_lag": ("touch", "currency", "lag_days"),
    "paths": ("path", "currency"),
    "cohorts": ("cohort_month", "content_id", "currency"),
    "creator_kpis": ("creator", "currency"),
    "content_type_kpis": ("content_type", "currency"),
}


# Seed, window, days: in the last one there are cohorts whose 30, 60 and 90 days are over.
SHOPS = [(1, 7, 20), (2, 7, 20), (3, 1, 20), (4, 30, 20), (5, 30, 130)]


@pytest.fixture(scope="module", params=SHOPS, ids=str)
def made(request, tmp_path_factory):
    """A connection on what is made of a shop, and the shop's figures in plain Python."""
    seed, window, days = request.param
    warehouse = Warehouse(tmp_path_factory.mktemp("kpis") / "w.duckdb", "Europe/Berlin")
    shop = RandomShop(seed, days)
    with warehouse.write() as con:
        shop.store(con)
        make_all(con, window_days=window)
        yield con, Recomputed(shop, window, RULES.lag_days)


def rows(con: Any, table: str, keys: tuple[str, ...]) -> dict[tuple[Any, ...], dict[str, Any]]:
    result = con.execute(f"FROM kpi.{table}")
    columns = [column[0] for column in result.description]
    found = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    by_key = {tuple(row[key] for key in keys): row for row in found}
    assert len(by_key) == len(found), "a key occurs twice"
    return by_key


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, float) and found is not None:
        return float(found) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    if isinstance(expected, Decimal | int | date | datetime | str | bool):
        return bool(found == expected)
    return found is None and expected is None


@pytest.mark.parametrize("table", KEYS)
def test_table(made: Any, table: str) -> None:
    con, recomputed = made
    if table in ("creator_kpis", "content_type_kpis"):
        expected = recomputed.grouped(table.removesuffix("_kpis"))
    else:
        expected = getattr(recomputed, table)()
    found = rows(con, table, KEYS[table])
    assert found.keys() == expected.keys()
    assert expected
    wrong = {
        (key, column): (found[key][column], value)
        for key, row in expected.items()
        for column, value in row.items()
        if column in found[key] and not same(found[key][column], value)
    }
    assert not wrong


def test_platform(made: Any) -> None:
    con, recomputed = made
    found = rows(con, "platform_kpis", ("metric", "note"))
    values = {metric: row["value"] for (metric, _), row in found.items()}
    for metric, value in recomputed.platform().items():
        assert same(values[metric], value), metric


def test_the_shops_have_what_is_hard(made: Any) -> None:
    """Otherwise the tests above would hold for want of cases."""
    _, recomputed = made
    figures = recomputed.content_kpis().values()
    assert any(row["margin"] is not None for row in figures)
    assert any(row["margin"] is None for row in figures)
    assert any(row["attributed_revenue_low"] < row["attributed_revenue_high"] for row in figures)
    daily = recomputed.content_daily().values()
    assert any(row["cash_revenue"] < 0 for row in daily)
    if recomputed.shop.days > 100:
        cohorts = recomputed.cohorts().values()
        for days in (30, 60, 90):
            assert {row[f"revenue_{days}"] is None for row in cohorts} >= {False}
        assert any(row["revenue_30"] != row["revenue_90"] for row in cohorts if row["is_mature"])
