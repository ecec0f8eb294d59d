"""The asset in a real run: the kinds of credits that settings ask for, and checks that see harm."""

from datetime import date, timedelta
from decimal import Decimal

import dagster as dg
import pytest

from nerdx_pipelines.assets.checks import INVARIANTS
from nerdx_pipelines.automation import range_tags
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.warehouse.database import Warehouse
from tests.attribution.ledger import T0, at, broken_invariants, make, store
from tests.attribution.reference import MODELS, Feature, Line, Touch

FIRST, LAST = T0.date() - timedelta(9), T0.date() + timedelta(1)
LINES = [
    Line(1, 1, 7, 5, T0, Decimal("100.00"), refunds=((8, at(1), Decimal("20.00")),)),
    Line(2, 2, 7, 5, at(-6), Decimal("50.00")),
    Line(3, 3, 9, 5, at(-6), Decimal("10.00")),
]
TOUCHES = [
    Touch("1", 5, "a", "view", at(-20)),
    Touch("2", 5, "b", "click", at(-7)),
    Touch("3", 5, "a", "view", at(-2)),
    Touch("4", 5, "b", "view", at(-0.5)),
]
FEATURES = [Feature("a", 7), Feature("b", 7)]


def settings(root, **more):
    about = {"NERDX_DATA_DIR": str(root), "NERDX_START_DATE": FIRST, "NERDX_END_DATE": LAST}
    return Settings(_env_file=None, **about, **more)


def materialize(made_by: Settings, first: date = FIRST, last: date = LAST):
    """One run of the credits and their checks; the checks that failed."""
    defs = build_defs(made_by)
    graph = defs.resolve_asset_graph()
    credits = dg.AssetKey("attribution_credits")
    result = (
        defs.resolve_implicit_global_asset_job_def()
        .get_subset(
            asset_selection={credits},
            asset_check_selection={k for k in graph.asset_check_keys if k.asset_key == credits},
        )
        .execute_in_process(
            tags=range_tags(first.isoformat(), last.isoformat()), raise_on_error=False
        )
    )
    return {found.check_name for found in result.get_asset_check_evaluations() if not found.passed}


def kinds(root):
    with Warehouse(root / "warehouse.duckdb").read() as con:
        return con.sql(
            "SELECT window_days, touch_policy, list(DISTINCT order_day ORDER BY order_day),"
            " count(DISTINCT model)"
            " FROM attribution.credits GROUP BY ALL ORDER BY ALL"
        ).fetchall()


@pytest.fixture
def root(tmp_path):
    with Warehouse(tmp_path / "warehouse.duckdb").write() as con:
        store(con, LINES, TOUCHES, FEATURES)
    return tmp_path


def test_settings_say_which_kinds_are_kept_and_a_change_of_them_makes_all_days_anew(root):
    both = [at(-6).date(), T0.date()]
    assert materialize(settings(root), LAST, LAST) == set()
    assert kinds(root) == []  # nobody has asked for the other days yet
    assert materialize(settings(root)) == set()
    assert kinds(root) == [(7, "all", both, len(MODELS))]

    more = settings(root, NERDX_WINDOWS="1, 30", NERDX_TOUCH_POLICIES="click_only")
    assert materialize(more, LAST, LAST) == set()
    assert (
        kinds(root)
        == [
            (1, "all", both[1:], len(MODELS)),  # the day before the other one's was too early
            (7, "all", both, len(MODELS)),
            (7, "click_only", both[:1], len(MODELS)),
            (30, "all", both, len(MODELS)),
            (30, "click_only", both, len(MODELS)),
        ]
    )
    assert materialize(settings(root), LAST, LAST) == set()
    assert kinds(root) == [(7, "all", both, len(MODELS))]


HARM = {
    "credits_sum_to_net": "UPDATE attribution.line_credits SET any_touch = any_touch + 1 "
    "WHERE line_id = 2",
    "revenue_adds_up": "UPDATE attribution.line_credits SET order_day = order_day - 1 "
    "WHERE line_id = 2",
    "credits_unique": "INSERT INTO attribution.line_credits FROM attribution.line_credits LIMIT 1",
    "credits_follow_net": "UPDATE attribution.line_credits SET linear_share = linear_share / 2",
    "single_content_gets_all": "UPDATE attribution.line_credits SET time_decay = NULL "
    "WHERE line_id = 2",
    "credits_of_features": "UPDATE staging.content_products SET product_id = 8 "
    "WHERE content_id = 'a'",
    "attributed_within_net": "UPDATE attribution.line_credits SET linear = linear * 10",
    "reversals_add_up": "UPDATE attribution.reversals SET amount = 0 WHERE content_id = 'a'",
}


def test_every_invariant_of_credits_has_its_harm():
    assert {i.statement for i in INVARIANTS if i.asset == "attribution_credits"} == HARM.keys()


@pytest.mark.parametrize("check", HARM)
def test_a_check_sees_the_harm_it_is_for(con, check):
    store(con, LINES, TOUCHES, FEATURES)
    make(con)
    assert broken_invariants(con) == []
    con.execute(HARM[check])
    assert check in {name for name, _ in broken_invariants(con)}


def test_harm_is_found_by_the_next_run_and_every_check_blocks(root):
    made_by = settings(root)
    assert materialize(made_by) == set()
    with Warehouse(root / "warehouse.duckdb").write() as con:
        con.execute(HARM["credits_unique"])
    assert "credits_unique" in materialize(made_by, FIRST, FIRST)  # a day on which nothing is sold
    graph = build_defs(made_by).resolve_asset_graph()
    for invariant in INVARIANTS:
        key = dg.AssetCheckKey(dg.AssetKey(invariant.asset), invariant.statement)
        assert graph.get(key).blocking
