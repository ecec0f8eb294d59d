"""Whether the evaluation tells good lists from bad ones, and knows nothing of the future."""

import random
from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from nerdx_pipelines.assets import evaluation, loop
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.loop.evaluation import lists as evaluation_lists
from nerdx_pipelines.loop.evaluation.lists import find_split
from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse, run
from tests.graph.world import NOON, fill, store
from tests.loop.shop import Shop, at

SPLIT = -29  # days from the last one, at midnight


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


def evaluate(warehouse: Warehouse) -> tuple[dg.MaterializeResult, bool]:
    """Run the asset and its check: its materialization, and whether the check passed."""
    result = dg.materialize(
        [evaluation.recommendation_evaluation, evaluation.recommendations_beat_baselines],
        resources={"warehouse": WarehouseResource(path=str(warehouse.path))},
    )
    assert result.success
    (made,) = result.asset_materializations_for_node("recommendation_evaluation")
    (checked,) = result.get_asset_check_evaluations()
    return made, checked.passed


def found(warehouse: Warehouse) -> dict[tuple[str, str, str], float]:
    with warehouse.read() as con:
        rows = con.sql("SELECT recommender, items, metric, value FROM loop.evaluation").fetchall()
    return {tuple(row[:3]): row[3] for row in rows}


def circles(users: int = 40) -> Shop:
    """Circles of eight products: each user has five of one, wants a sixth, and the first again.

    What is most bought of all (70 to 79) is bought by strangers only.
    """
    shop = Shop().sells(*range(80))
    rng = random.Random(5)
    for user in range(users):
        own = [8 * (user % 4) + number for number in range(8)]
        rng.shuffle(own)
        for day in (-90, -60, -40):
            shop.buys(user, *own[:5], day=day)
        shop.buys(user, own[0], day=-35)
        shop.buys(user, own[0], day=-10).buys(user, own[5], day=0)
    for user in range(100, 130):
        shop.buys(user, *range(70, 80), day=-50)
    return shop


def test_lists_that_know_the_structure_are_best_and_popular_ones_are_worth_nothing(warehouse):
    store(warehouse, circles())
    made, passed = evaluate(warehouse)
    values = found(warehouse)
    assert passed
    # Own products are all listed: one of two is found; and the three others of the circle.
    assert values["decayed_frequency", "all", "recall"] == 0.5
    assert values["nerdx", "all", "recall"] == 1.0
    assert values["nerdx", "novel", "recall"] == values["ease", "novel", "recall"] == 1.0
    assert values["popularity", "all", "recall"] == values["popularity", "novel", "recall"] == 0
    assert values["decayed_frequency", "all", "ndcg"] == pytest.approx(1 / (1 + 0.63093), abs=1e-4)
    metadata = made.metadata
    assert metadata["nerdx novel recall"].value == 1.0  # a number, which the UI plots
    assert metadata["held_out_days"].value == 22  # a quarter of 91 days
    assert "young" in metadata["note"].value
    assert "| novel" in metadata["figures"].value


def old_circles(**users: int) -> Shop:
    """The same, of a shop that is old enough for 30 days."""
    return circles(**users).buys(200, 1, day=-200)


def rows(warehouse: Warehouse) -> list[tuple]:
    with warehouse.read() as con:
        return con.sql("FROM loop.evaluation ORDER BY ALL").fetchall()


def test_rows_of_other_days_stay_and_a_repetition_replaces_its_own(warehouse):
    store(warehouse, old_circles())
    evaluate(warehouse)
    first = rows(warehouse)
    evaluate(warehouse)
    again = rows(warehouse)
    assert [row[:-1] for row in again] == [row[:-1] for row in first]
    assert {row[-1] for row in again}.isdisjoint({row[-1] for row in first})  # evaluated_at
    store(warehouse, old_circles().buys(3, 5, day=7))
    evaluate(warehouse)
    assert len(rows(warehouse)) == 2 * len(first)
    assert len({row[0] for row in rows(warehouse)}) == 2


def test_figures_do_not_depend_on_the_order_of_facts(warehouse):
    shop = old_circles()
    store(warehouse, shop)
    evaluate(warehouse)
    before = [row[:-1] for row in rows(warehouse)]
    for table in shop.tables.values():
        random.Random(3).shuffle(table)
    store(warehouse, shop)
    evaluate(warehouse)
    assert [row[:-1] for row in rows(warehouse)] == before


def lists_as_of_then(warehouse: Warehouse) -> list[list[tuple]]:
    with warehouse.read() as con:
        run(con, "loop/facts", until=NOON + timedelta(days=SPLIT), **Weights().variables())
        run(con, "loop/repeat", length=10)
        run(con, "loop/discovery", most_bought=100)
        tastes = con.sql(sql("loop/taste_profiles")).fetchall()
        tables = ("repeat_lists", "discovery_items", "discovery_pairs")
        return [con.sql(f"FROM {name} ORDER BY ALL").fetchall() for name in tables] + [tastes]


def test_what_happens_after_the_split_changes_no_list(warehouse):
    shop = old_circles().shows("look", 1, creator="Zoë").watches(3, "look", day=-70)
    store(warehouse, shop)
    before = lists_as_of_then(warehouse)
    assert all(before)
    shop.buys(3, 60, 61, day=-5).watches(3, "look", day=-5)
    with warehouse.write() as con:
        insert_later(con, shop)
    assert lists_as_of_then(warehouse) == before


def insert_later(con: duckdb.DuckDBPyConnection, shop: Shop) -> None:
    """Every order of before is given back or cancelled after the split, as staging has it then."""
    for number, order in enumerate(shop.tables["staging.orders"]):
        if order["processed_at"] < at(SPLIT):
            order["cancelled_at"] = [at(-3), None][number % 2]
    fill(con, shop)
    con.execute(
        "INSERT INTO staging.refunds BY NAME SELECT order_id AS refund_id, order_id, "
        "'2026-02-27 12:00:00Z'::TIMESTAMPTZ AS created_at FROM staging.orders "
        "WHERE processed_at < '2026-01-31' AND cancelled_at IS NULL"
    )
    con.execute(
        "INSERT INTO staging.refund_lines BY NAME "
        "SELECT order_id AS refund_id, line_id, order_id, quantity, net_revenue AS amount "
        "FROM staging.order_lines SEMI JOIN staging.refunds USING (order_id)"
    )
    con.execute(
        "UPDATE staging.order_lines SET returned_quantity = quantity, returns = net_revenue, "
        "net_revenue = 0 WHERE order_id IN (SELECT order_id FROM staging.refunds)"
    )
    con.execute(
        "UPDATE staging.order_lines SET gross_sales = net_revenue, discounts = 0, net_revenue = 0 "
        "WHERE order_id IN (SELECT order_id FROM staging.orders WHERE cancelled_at IS NOT NULL)"
    )


def test_a_refund_before_the_split_counts_then_too(warehouse):
    shop = old_circles()
    store(warehouse, shop)
    before = lists_as_of_then(warehouse)
    given_back = {"returned_quantity": 1, "returns": 10, "net_revenue": 0}
    store(warehouse, shop.buys(3, 60, 61, day=-55, **given_back))
    assert lists_as_of_then(warehouse) == before


@pytest.mark.parametrize("shop", [Shop(), Shop().sells(1).buys(7, 1, day=-20).buys(7, 1)])
def test_too_young_a_shop_has_no_figures_and_says_so(warehouse, shop):
    store(warehouse, shop)
    made, passed = evaluate(warehouse)
    assert passed
    assert "four weeks" in made.metadata["note"].value
    assert rows(warehouse) == []


def test_nobody_who_came_back_is_no_failure(warehouse):
    shop = Shop().sells(1, 2)
    for user in range(60):
        shop.buys(user, 1 + user % 2, day=-user)
    store(warehouse, shop)
    made, passed = evaluate(warehouse)
    assert passed
    assert "four weeks" in made.metadata["note"].value


def test_of_very_many_users_some_are_judged_the_same_each_time(warehouse, monkeypatch):
    monkeypatch.setattr(evaluation_lists, "MOST_USERS", 10)
    store(warehouse, old_circles())
    evaluate(warehouse)
    before = [row[:-1] for row in rows(warehouse)]
    with warehouse.read() as con:
        assert con.sql("SELECT DISTINCT users FROM loop.evaluation").fetchall() == [(10,)]
    evaluate(warehouse)
    assert [row[:-1] for row in rows(warehouse)] == before
    assert found(warehouse)["nerdx", "all", "recall"] == 1.0


def test_days_are_the_shops_and_a_clock_that_was_wrong_moves_none(tmp_path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb", timezone="Pacific/Auckland")
    store(warehouse, old_circles().buys(9, 3, day=36500))
    with warehouse.read() as con:
        split = find_split(con)
    assert split.held_out_days == 30
    # Noon UTC of 1 March is 2 March in Auckland, 13 hours ahead.
    assert split.until.isoformat() == "2026-03-02T11:00:00+00:00"
    assert split.split_at.isoformat() == "2026-01-31T11:00:00+00:00"


@pytest.mark.parametrize("spoiled", [{"repeat_half_life_days": 0.001}, {"l2": 1e12}])
def test_the_gate_fails_when_a_recommender_is_spoiled(warehouse, monkeypatch, spoiled):
    shop = old_circles()
    for user in range(40):  # eleven more of each, so that a list has to choose
        shop.buys(user, *range(40, 51), day=-100).buys(user, 51, day=-33)
    store(warehouse, shop)
    assert evaluate(warehouse)[1]
    monkeypatch.setattr(evaluation, "Weights", lambda: Weights(**spoiled))
    assert not evaluate(warehouse)[1]
    assert not evaluate(warehouse)[1]  # a repetition is no new standard
    monkeypatch.undo()
    assert evaluate(warehouse)[1]


def test_learning_is_a_job_of_its_own_off_until_switched_on():
    defs = build_defs()
    asset = dg.AssetKey("recommendation_evaluation")
    jobs = {job.name: job.asset_layer.executable_asset_keys for job in defs.resolve_all_job_defs()}
    assert asset in jobs["learn"]
    for name in ("refresh", "work_off_changes", "show_changes", "pull_changes"):
        assert asset not in jobs[name]
    assert loop.RECOMMENDATIONS.key in jobs["refresh"]
    schedule = defs.resolve_schedule_def("weekly_learning")
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
