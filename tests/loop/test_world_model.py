"""What the asset world_model learns of planted shops, what it leaves alone, and who uses it."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from nerdx_pipelines.assets.world_model import world_model
from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.loop.weights import Weights
from nerdx_pipelines.loop.world_model import learning
from nerdx_pipelines.loop.world_model.chosen import learned
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.world import store
from tests.loop.shop import GIVEN_BACK, Shop, rebuild

BRANDS, USERS = 10, 240
GRIDS = ("TASTES", "REPEATS", "DISCOVERIES", "CREDITS")
RULES = AttributionRules(window_days=7, half_life_days=7, model="linear", lag_days=0)
Learn = Callable[[Shop], list[dict[str, Any]]]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


@pytest.fixture
def learn(warehouse: Warehouse) -> Learn:
    def learn_of(shop: Shop) -> list[dict[str, Any]]:
        store(warehouse, shop)
        materialize(warehouse)
        with warehouse.read() as con:
            rows = con.sql("SELECT * EXCLUDE (as_of) FROM loop.world_model").to_arrow_table()
        found: list[dict[str, Any]] = rows.to_pylist()
        return found

    return learn_of


def materialize(warehouse: Warehouse) -> dict[str, Any]:
    """Run the asset; the metadata it tells."""
    resources = {"warehouse": WarehouseResource(path=str(warehouse.path)), "rules": RULES}
    result = dg.materialize([world_model], resources=resources)
    (materialization,) = result.asset_materializations_for_node("world_model")
    return {name: value.value for name, value in materialization.metadata.items()}


def chosen(rows: list[dict[str, Any]]) -> dict[str, str]:
    found = [(row["parameter"], row["candidate"]) for row in rows if row["is_chosen"]]
    assert len(found) == len({parameter for parameter, _ in found})
    return dict(found)


def only(monkeypatch: pytest.MonkeyPatch, **grids: dict[str, tuple[Any, ...]]) -> None:
    """Learn these parameters alone, since each candidate takes its time."""
    for name in GRIDS:
        monkeypatch.setattr(learning, name, grids.get(name, {}))


def shop_of_brands() -> Shop:
    """Products 1 to 20, two a brand, all sold to others long ago; a content for each brand.

    The data's present is noon of day 0, so that the month is that before the day -0.5.
    """
    shop = Shop()
    for brand in range(BRANDS):
        shop.sells(1 + brand, 11 + brand, vendor=f"brand {brand}")
        shop.shows(f"of {brand}", 1 + brand, 11 + brand)
        for other in range(2):
            shop.buys(9000 + 2 * brand + other, 1 + brand, 11 + brand, day=-70)
    return shop.watches(9999, "of 0", day=0)


def clicks_tell(views: int = 5) -> Shop:
    """Users view one brand often, click another once, and in the month buy what they clicked."""
    shop = shop_of_brands()
    for user in range(1, USERS + 1):
        viewed, clicked = f"of {user % BRANDS}", (user + 3) % BRANDS
        for _ in range(views):
            shop.watches(user, viewed, day=-32)
        shop.watches(user, f"of {clicked}", day=-32, kind="click")
        shop.buys(user, 1 + clicked + 10 * (user % 2), day=-10)
    return shop


def test_clicks_that_tell_more_than_views_weigh_more_and_so_in_tastes(
    monkeypatch: pytest.MonkeyPatch, warehouse: Warehouse, learn: Learn
) -> None:
    only(monkeypatch, TASTES={"click_weight": (1, 3, 10, 30)})
    rows = learn(clicks_tell())
    assert chosen(rows) == {"click_weight": "10"}  # 30 is as good, and further from the default
    by_candidate = {row["candidate"]: row for row in rows}
    assert by_candidate["10"]["difference_low"] > 0
    assert by_candidate["10"]["score"] == pytest.approx(
        by_candidate["3"]["score"] + by_candidate["10"]["difference"]
    )
    assert by_candidate["1"]["difference_high"] <= 0
    assert {row["users"] for row in rows} == {USERS}
    profiles = rebuild(warehouse)["taste_profiles"]
    weights = {brand: weight for user, _, brand, weight, _ in profiles if user == 1}
    # Five views weigh 5, the click 10; both are as old, and the purchase of that brand is newer.
    assert weights["brand 4"] / weights["brand 1"] == pytest.approx(
        (10 * 2 ** (-32 / 14) + 10 * 2 ** (-10 / 90)) / (5 * 2 ** (-32 / 14))
    )


def test_interest_that_fades_fast_has_a_shorter_half_life(
    monkeypatch: pytest.MonkeyPatch, learn: Learn
) -> None:
    only(monkeypatch, TASTES={"touch_half_life_days": (3, 7, 14, 30, 60)})
    shop = shop_of_brands()
    for user in range(1, USERS + 1):
        for _ in range(8):
            shop.watches(user, f"of {user % BRANDS}", day=-46)
        for _ in range(3):
            shop.watches(user, f"of {(user + 3) % BRANDS}", day=-32)
        shop.buys(user, 1 + (user + 3) % BRANDS, day=-10)
    rows = learn(shop)
    assert float(chosen(rows)["touch_half_life_days"]) < 14


def test_what_is_bought_again_of_late_has_a_shorter_half_life(
    monkeypatch: pytest.MonkeyPatch, learn: Learn
) -> None:
    only(monkeypatch, REPEATS={"repeat_half_life_days": (15, 90, 365)})
    shop = shop_of_brands()
    for user in range(1, USERS + 1):
        for day in (-110, -105, -100):
            shop.buys(user, 1 + user % BRANDS, day=day)
        shop.buys(user, 1 + (user + 3) % BRANDS, day=-35)
        shop.buys(user, 1 + (user + 3) % BRANDS, day=-10)
    assert chosen(learn(shop)) == {"repeat_half_life_days": "15"}


def chance(seed: int = 5) -> Shop:
    """Everybody views, clicks and buys at random."""
    shop, draw = shop_of_brands(), random.Random(seed)
    for user in range(1, 2 * USERS + 1):
        for _ in range(3):
            content, day = f"of {draw.randrange(BRANDS)}", draw.uniform(-80, -1)
            shop.watches(user, content, day, draw.choice(["view", "view", "click"]))
        for day in (draw.uniform(-80, -31), draw.uniform(-29, -1)):
            shop.buys(user, draw.randint(1, 20), day=day)
        shop.watches(user, f"of {draw.randrange(BRANDS)}", draw.uniform(-29, -10))
        shop.buys(user, draw.randint(1, 20), day=draw.uniform(-29, -1))
    return shop


def test_chance_moves_nothing_and_the_order_of_facts_not_one_bit(learn: Learn) -> None:
    shop = chance()
    rows = learn(shop)
    defaults = {row["parameter"]: row["candidate"] for row in rows if row["is_default"]}
    assert chosen(rows) == defaults
    weights = {f"{name}": value for name, value in Weights().variables().items()}
    learnable = weights.keys() & defaults.keys()
    assert {name: defaults[name] for name in learnable} == {
        name: value if isinstance(value, str) else f"{value:g}"
        for name, value in weights.items()
        if name in learnable
    }
    for facts in shop.tables.values():
        random.Random(1).shuffle(facts)
    assert learn(shop) == rows


def test_what_comes_after_the_month_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, learn: Learn
) -> None:
    only(
        monkeypatch,
        TASTES={"click_weight": (3, 10)},
        REPEATS={"repeat_half_life_days": (30, 90)},
        CREDITS={"model": ("linear", "markov")},
    )
    rows = learn(chance())
    later = chance()
    for user in range(1, 100):
        later.watches(user, f"of {user % 3}", day=-0.4, kind="click").buys(user, 1, 2, day=-0.3)
    assert learn(later) == rows


def test_what_is_seen_in_the_month_makes_no_tastes(
    monkeypatch: pytest.MonkeyPatch, learn: Learn
) -> None:
    only(monkeypatch, TASTES={"click_weight": (1, 3, 10)})
    rows = learn(clicks_tell())
    told = clicks_tell()
    for user in range(1, USERS + 1):
        told.watches(user, f"of {(user + 3) % BRANDS}", day=-11, kind="click")
    assert learn(told) == rows


def test_neither_what_was_given_back_nor_what_was_bought_twice_counts_again(
    monkeypatch: pytest.MonkeyPatch, learn: Learn
) -> None:
    only(monkeypatch, TASTES={"click_weight": (1, 3, 10)}, CREDITS={"model": ("linear",)})
    rows = learn(clicks_tell())
    more = clicks_tell()
    for user in range(1, USERS + 1):
        more.buys(user, 1 + user % BRANDS, day=-9, **GIVEN_BACK)
        more.buys(user, 1 + user % BRANDS, day=-40, **GIVEN_BACK)
        more.buys(user, 1 + (user + 3) % BRANDS + 10 * (user % 2), day=-8)
    assert learn(more) == rows


def alike_before() -> Shop:
    """Contents that did equally well before the month; in it one of them sells all, one nothing."""
    shop = shop_of_brands()
    for user in range(1, 2 * USERS + 1):
        brand = user % 2
        shop.watches(5000 + user, f"of {brand}", day=-50)
        if user % 4 < 2:
            shop.buys(5000 + user, 1 + brand, day=-49)
        shop.watches(user, f"of {brand}", day=-20)
        if brand:
            shop.buys(user, 1 + brand, 11 + brand, day=-19)
    return shop


def test_credit_knows_nothing_of_the_month(monkeypatch: pytest.MonkeyPatch, learn: Learn) -> None:
    models = ("first_touch", "last_touch", "linear", "time_decay", "any_touch", "markov")
    only(monkeypatch, CREDITS={"model": models})
    rows = learn(alike_before())
    assert {row["candidate"]: row["score"] for row in rows} == dict.fromkeys(models, 0.5)
    assert chosen(rows) == {"model": "linear"}


def closers(shop: Shop, opener: str, closer: str, day: float) -> Shop:
    """What is begun by `of 1` is bought only after `of 2`; `of 3` sells by itself."""
    for user in range(5000, 5200):
        shop.watches(user, opener, day=day)
        if user % 5:
            shop.watches(user, closer, day=day + 1).buys(user, 2, day=day + 2)
    for user in range(5200, 5400):
        shop.watches(user, "of 3", day=day)
        if user % 3 == 0:
            shop.buys(user, 4, day=day + 1)
    return shop


def test_the_model_that_foretells_best_is_learned_and_the_kpis_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, warehouse: Warehouse, learn: Learn
) -> None:
    only(monkeypatch, CREDITS={"model": ("first_touch", "last_touch", "linear")})
    shop = shop_of_brands()
    shop.add("staging.content_products", content_id="of 2", product_id=2)
    closers(shop, "of 1", "of 2", day=-50)
    for user in range(1, 601):  # in the month nobody is shown the closer
        shop.watches(user, "of 1" if user % 2 else "of 3", day=-20)
        if user % 2 == 0:
            shop.buys(user, 4, day=-19)
    rows = learn(shop)
    scores = {row["candidate"]: row["score"] for row in rows}
    assert scores["last_touch"] > scores["linear"] > scores["first_touch"] - 1e-9
    assert chosen(rows) == {"model": "last_touch"}
    with warehouse.read() as con:
        assert learned(con) == Weights(model="last_touch")
    assert RULES.variables()["model"] == "linear"


@pytest.mark.parametrize("shop", [Shop(), Shop().sells(1).buys(7, 1, day=-50).buys(8, 1)])
def test_too_little_data_is_no_failure(warehouse: Warehouse, shop: Shop) -> None:
    store(warehouse, shop)
    told = materialize(warehouse)
    assert told["dagster/row_count"] == 0
    assert "fewer than 60 days" in told["notes"]
    with warehouse.read() as con:
        assert learned(con) == Weights()


def test_too_few_users_leave_the_defaults_and_say_so(warehouse: Warehouse) -> None:
    store(warehouse, shop_of_brands().watches(1, "of 0", day=-40).buys(1, 2, day=-10))
    told = materialize(warehouse)
    assert told["dagster/row_count"] == 0
    assert "click_weight: 1 users" in told["notes"]


def test_a_shop_without_content_or_attributes_learns_the_rest(
    monkeypatch: pytest.MonkeyPatch, warehouse: Warehouse
) -> None:
    only(
        monkeypatch,
        TASTES={"click_weight": (3, 10)},
        REPEATS={"repeat_half_life_days": (30, 90)},
        DISCOVERIES={"l2": (250, 500)},
        CREDITS={"model": ("linear", "last_touch")},
    )
    shop, draw = Shop().sells(1, 2, 3, 4), random.Random(1)
    for user in range(1, USERS + 1):
        shop.buys(user, draw.choice([1, 2]), day=draw.uniform(-80, -60))
        shop.buys(user, *draw.sample([1, 2, 3, 4], 3), day=draw.uniform(-29, -1))
    store(warehouse, shop)
    told = materialize(warehouse)
    assert told["chosen/l2"] == 500
    assert told["chosen/click_weight"] == 3
    assert told["notes"].startswith("repeat_half_life_days: 171 users bought")
    assert "model: 0 users" in told["notes"]
    assert "chosen/model" not in told


def test_metadata_has_numbers_to_draw_and_the_evidence(
    monkeypatch: pytest.MonkeyPatch, warehouse: Warehouse
) -> None:
    only(monkeypatch, TASTES={"click_weight": (3, 10)})
    store(warehouse, clicks_tell())
    told = materialize(warehouse)
    assert told["chosen/click_weight"] == 10.0
    assert "| click_weight | **10** |" in told["evidence"]


@pytest.mark.parametrize(
    ("parameter", "candidate", "message"),
    [
        ("click_weight", "3.5", "'3.5' for click_weight, which is a whole number"),
        ("click_weight", "-1", "'-1' for click_weight"),
        ("touch_half_life_days", "0", "'0' for touch_half_life_days, which is a number"),
        ("touch_half_life_days", "nan", "'nan' for touch_half_life_days"),
        ("l2", None, "None for l2"),
        ("model", "markov", "'markov' for model, which is one of first_touch"),
        ("click_wait", "3", "unknown parameter 'click_wait'"),
    ],
)
def test_values_that_no_learning_writes_are_refused(
    warehouse: Warehouse, parameter: str, candidate: str | None, message: str
) -> None:
    with warehouse.write() as con:
        con.execute(
            "INSERT INTO loop.world_model (parameter, candidate, is_chosen) VALUES ($1, $2, TRUE)",
            [parameter, candidate],
        )
        with pytest.raises(ConfigError, match=message):
            learned(con)


def test_two_chosen_values_are_refused(warehouse: Warehouse) -> None:
    with warehouse.write() as con:
        con.execute(
            "INSERT INTO loop.world_model (parameter, candidate, is_chosen)"
            " VALUES ('l2', '500', TRUE), ('l2', '1000', TRUE), ('l2', '100', FALSE)"
        )
        with pytest.raises(ConfigError, match="two chosen values of l2"):
            learned(con)
