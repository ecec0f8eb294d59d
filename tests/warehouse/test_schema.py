"""A warehouse that an older version made is brought up to date once it is used, rows and all."""

from datetime import timedelta
from decimal import Decimal

import duckdb
import pytest

from nerdx_pipelines.warehouse.credits import Kind
from nerdx_pipelines.warehouse.database import Warehouse
from tests.attribution.ledger import T0, at, broken_invariants, make, store
from tests.attribution.reference import Feature, Line, Rules, Touch

FACTS = (
    [
        Line(1, 1, 7, 5, T0, Decimal("-10.01")),
        Line(2, 2, 7, 5, at(-3), Decimal("50.00"), refunds=((8, at(1), Decimal("20.00")),)),
    ],
    [
        Touch("1", 5, "a", "view", at(-5)),
        Touch("2", 5, "b", "click", at(-4)),
        Touch("3", 5, "a", "click", at(-2)),
    ],
    [Feature("a", 7), Feature("b", 7)],
)
CREDITS = "FROM attribution.credits ORDER BY ALL"
FORMER = "CREATE TABLE attribution.credits AS FROM kept"  # a row a model


@pytest.fixture
def warehouse(tmp_path):
    return Warehouse(tmp_path / "warehouse.duckdb")


def age(warehouse, *without):
    """Give the warehouse the former table in the place of what there is now; its rows."""
    with warehouse.write() as con:
        store(con, *FACTS)
        make(con, Rules(7, "all"), kinds=[Kind(30, "click_first")])
    with warehouse.write() as con:
        told = con.sql(CREDITS).fetchall()
        left_out = f"EXCLUDE ({', '.join(without)})" if without else ""
        con.execute(f"CREATE TEMP TABLE kept AS SELECT * {left_out} FROM attribution.credits")
        con.execute("DROP VIEW attribution.credits; DROP TABLE attribution.line_credits")
        con.execute(FORMER)
    return told


def test_credits_of_a_row_a_model_are_carried_over_as_they_were(warehouse):
    told = age(warehouse)
    assert {row[4] for row in told} >= {"first_touch", "any_touch", "shapley_set"}
    with warehouse.read() as con:  # before anybody writes
        assert con.sql(CREDITS).fetchall() == told
    with warehouse.write() as con:
        assert con.sql(CREDITS).fetchall() == told
        assert broken_invariants(con) == []
    with warehouse.read() as con:
        assert con.sql(CREDITS).fetchall() == told
    with warehouse.write() as con:
        make(con, Rules(7, "all"), kinds=[Kind(30, "click_first")])
        assert con.sql(CREDITS).fetchall() == told


def test_credits_of_before_there_were_policies_and_parts_are_kept_until_made_again(warehouse):
    told = age(warehouse, "touch_policy", "view_through", "click_through")
    with warehouse.write() as con:
        kept = con.sql("SELECT line_id, model, sum(credit) FROM attribution.credits GROUP BY ALL")
        assert len(kept.fetchall()) == len({(row[0], row[4]) for row in told})


def test_days_are_the_same_after_a_killed_upgrade(warehouse):
    told = age(warehouse)
    with pytest.raises(RuntimeError), warehouse.write():
        raise RuntimeError  # the transaction that carried them over is rolled back
    with warehouse.read() as con:
        assert con.sql(CREDITS).fetchall() == told
    with warehouse.write() as con:
        assert con.sql(CREDITS).fetchall() == told
        ((first,),) = con.sql("SELECT min(order_day) FROM attribution.credits").fetchall()
        assert first == (T0 - timedelta(3)).date()


def test_a_reader_finds_tables_that_the_version_before_did_not_have(warehouse):
    with warehouse.write() as con:
        con.execute("INSERT INTO staging.customers (customer_id) VALUES (5)")
    with duckdb.connect(warehouse.path) as con:
        con.execute("DROP TABLE loop.world_model")
    for look in (warehouse.read, warehouse.inspect):
        with look() as con:
            assert con.sql("FROM loop.world_model").fetchall() == []
            assert con.sql("SELECT customer_id FROM staging.customers").fetchall() == [(5,)]
