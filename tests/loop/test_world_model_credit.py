"""The arithmetic of learning: credits as the ledger has them, the AUC, and what is no chance."""

import random
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.loop.world_model.choice import DOUBT, Evidence, choose
from nerdx_pipelines.loop.world_model.credit import (
    MARKOV,
    MODELS,
    CreditRules,
    Exposures,
    area_under_roc,
)
from nerdx_pipelines.warehouse.credits import Kind, make_credits
from nerdx_pipelines.warehouse.database import Warehouse, run
from tests.graph.world import fill
from tests.loop.shop import Shop, at

CONTENTS, PRODUCTS = "abcdef", (1, 2, 3, 4)
KINDS = [Kind(7, "all"), Kind(7, "click_only"), Kind(3, "all"), Kind(14, "all")]
DAYS = [date(2025, 11, 1), date(2026, 3, 2)]


def busy_shop() -> Shop:
    shop, draw = Shop().sells(*PRODUCTS), random.Random(3)
    for content in CONTENTS:
        shop.shows(content, *draw.sample(PRODUCTS, 2))
    shop.add("staging.content_products", content_id="a", product_id=4, valid_to=at(-60))
    for user in range(1, 121):
        for _ in range(8):
            kind = draw.choice(["view", "view", "click"])
            shop.watches(user, draw.choice(CONTENTS), draw.uniform(-70, -31), kind)
        for _ in range(3):
            shop.buys(user, *draw.sample(PRODUCTS, 2), day=draw.uniform(-69, -31))
    return shop


def test_credits_before_the_month_are_those_of_the_ledger(tmp_path: Path) -> None:
    split, until = at(-30), at(0)
    with Warehouse(tmp_path / "warehouse.duckdb").write() as con:
        fill(con, busy_shop())
        for table in ("orders", "order_lines"):
            con.execute(
                f"UPDATE staging.{table} AS one SET order_day = shop_day(orders.processed_at)"
                " FROM staging.orders AS orders WHERE orders.order_id = one.order_id"
            )
        days = {"window_days": 7, "widest_window": 14, "half_life_days": 7.0}
        con.execute(
            "CREATE TEMP TABLE days_to_do AS"
            " SELECT DISTINCT order_day AS day FROM staging.order_lines"
        )
        run(con, "macros", from_day=DAYS[0], to_day=DAYS[1])
        make_credits(con, KINDS, **days, collapse="consecutive")

        run(con, "loop/facts", until=until, **Weights().variables())
        run(con, "loop/world_model/month", validation_from=split)
        run(con, "loop/facts", until=split, **Weights().variables())
        counts = {"most_bought": 10, "most_users": 10}
        run(con, "loop/world_model/past", validation_until=until, **counts)
        exposures = Exposures(con, window_days=7, widest_window=14)
        compared = 0
        for kind in KINDS:
            for model in set(MODELS) - {MARKOV}:
                found = dict(
                    con.execute(
                        "SELECT content_id, sum(share) FROM attribution.credits"
                        " WHERE model = $1 AND window_days = $2 AND touch_policy = $3"
                        " GROUP BY content_id",
                        [model, kind.window_days, kind.touch_policy],
                    ).fetchall()
                )
                ours = exposures.credit(CreditRules(model, kind.touch_policy, kind.window_days, 7))
                expected = [found.get(content, 0.0) for content in CONTENTS]
                assert ours == pytest.approx(expected, rel=1e-9), (model, kind)
                compared += sum(found.values()) > 10
        assert compared == len(KINDS) * (len(MODELS) - 1)
        markov = exposures.credit(CreditRules(MARKOV, "all", 7, 7))
        linear = exposures.credit(CreditRules("linear", "all", 7, 7))
        assert markov.sum() == pytest.approx(linear.sum())


outcomes = st.tuples(st.sampled_from([0.0, 0.5, 0.25, 1 / 3]), st.booleans(), st.integers(0, 3))


@given(st.lists(outcomes, min_size=2, max_size=12))
def test_the_auc_is_the_part_of_pairs_that_are_the_right_way_round(moments) -> None:
    scores, bought, users = (np.array(column) for column in zip(*moments, strict=True))
    if bought.all() or not bought.any():
        return
    pairs = [
        (a > b) + (a == b) / 2
        for a, first in zip(scores, bought, strict=True)
        for b, second in zip(scores, bought, strict=True)
        if first and not second
    ]
    found = area_under_roc(scores, bought, users, 4)
    assert found.score == pytest.approx(sum(pairs) / len(pairs))
    assert found.users_with_outcome == len(set(users[bought]))


def test_its_interval_is_that_of_real_resamples_of_users() -> None:
    draw = np.random.default_rng(1)
    user = np.repeat(np.arange(300), 5)
    bought = draw.random(1500) < 0.3
    noise = draw.normal(size=1500)
    ways = {"default": noise + bought * 0.6, "better": noise + bought * 1.2}
    _, trials = choose(
        "model", "AUC", "default", tuple(ways),
        lambda name: area_under_roc(ways[name] - ways[name].min(), bought, user, 300), 1,
    )  # fmt: skip
    differences = []
    for _ in range(300):
        picked = draw.integers(300, size=300)
        rows = (picked[:, None] * 5 + np.arange(5)).ravel()
        one, other = (
            area_under_roc(way[rows] - way.min(), bought[rows], user, 300).score
            for way in ways.values()
        )
        differences.append(other - one)
    better = trials[1]
    spread = 1.96 * np.std(differences)
    assert better.difference_high - better.difference == pytest.approx(spread, rel=0.2)
    assert better.is_chosen


def test_of_equals_another_than_the_default_is_rarely_chosen() -> None:
    draw, wrong, learnings = np.random.default_rng(2), 0, 100
    for _ in range(learnings):
        users = draw.random((300, 1))
        by_chance = users + draw.normal(scale=0.1, size=(300, 6))
        chosen, _ = choose(
            "l2", "nDCG", 0, tuple(range(6)),
            lambda one, scores=by_chance: Evidence(((scores[:, one], np.ones(300)),), 0, 1), 5,
        )  # fmt: skip
        wrong += chosen != 0
    assert wrong <= learnings * DOUBT


def test_a_better_one_is_chosen_however_small_the_gain_if_it_is_sure() -> None:
    users = np.random.default_rng(3).random(300)
    chosen, trials = choose(
        "l2", "nDCG", 500, (100, 500, 1000),
        lambda one: Evidence(((users + (one == 1000) * 0.001, np.ones(300)),), 0, 300), 35,
    )  # fmt: skip
    assert chosen == 1000
    assert [(one.candidate, one.is_default, one.is_chosen) for one in trials] == [
        ("100", False, False),
        ("500", True, False),
        ("1000", False, True),
    ]
