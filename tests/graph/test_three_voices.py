"""SQL, plain Python and Cypher give the same credits on random facts, and the same best contents.

The Python is `tests/attribution/reference.py`; the Cypher knows nothing but the graph.
"""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from random import Random

import dagster as dg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.assets.voices import credits_in_two_voices
from nerdx_pipelines.cypher import cypher
from nerdx_pipelines.graph import kinds as k
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import project
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.sql import sql
from nerdx_pipelines.warehouse.database import Warehouse
from tests.attribution.ledger import T0, at, make, read, store
from tests.attribution.reference import Feature, Line, Rules, Touch, ledger
from tests.graph.test_graph_assets import named

MODELS = ("first_touch", "last_touch", "linear", "time_decay", "position_based")
EVERYTHING = {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
TABLES = [k.MADE_PURCHASE, k.CONTAINS, k.FEATURES, k.VIEWED, k.CLICKED_CONTENT, k.CLICKED_PRODUCT]


def shop(seed: int):
    """Random facts so dense that many lines have a path, some of a dozen touches, and much ties."""
    random = Random(seed)
    contents = "abcd"
    features = [
        Feature(content, product, *_period(random))
        for content in contents
        for product in (7, 8)
        for _ in range(random.choice([0, 1, 1, 2]))
    ]
    touches = [
        Touch(
            event_id=f"e{number}",
            user_id=random.choice([*range(5), None]),
            content_id=random.choice(contents),
            touch_type=random.choice(["view", "click"]),
            touched_at=at(random.randint(-80, 2) / 8),
        )
        for number in range(80)
    ]
    lines = []
    for number in range(1, 31):
        digits = random.choice([0, 2, 3])
        net = random.choice([0, 1, 5, 10, 100, 999, -7, random.randint(-500, 100_000)])
        refunds = ((number, at(1), Decimal(random.choice([0, 3])).scaleb(-digits)),)
        lines.append(
            Line(
                line_id=number,
                order_id=number,
                product_id=random.choice([7, 7, 8, None]),
                customer_id=random.choice([*range(5), None]),
                processed_at=at(random.randint(-16, 2) / 8),
                net_revenue=Decimal(net).scaleb(-digits),
                digits=digits,
                refunds=refunds if random.random() < 0.2 else (),
                cancelled_at=at(2) if random.random() < 0.1 else None,
            )
        )
    return lines, touches, features, [random.random() < 0.5 for _ in touches]


def _period(random: Random):
    since, until = (random.choice([None, None, -40, -24, -16, -8]) for _ in range(2))
    if since and until and until <= since:
        until = None
    return [bound and at(bound / 8) for bound in (since, until)]


shops = st.integers(0, 10**6).map(shop)
# A seed has nothing to shrink.
few = settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def fill(con, lines, touches, features, clicked):
    """The facts, and what the graph needs besides: a catalogue, and products that were clicked."""
    store(con, lines, touches, features)
    con.execute("DELETE FROM staging.products; DELETE FROM staging.content")
    for product in {f.product_id for f in features} | {line.product_id for line in lines} - {None}:
        con.execute("INSERT INTO staging.products (product_id) VALUES ($1)", [product])
    for content in {t.content_id for t in touches} | {f.content_id for f in features}:
        con.execute(
            "INSERT INTO staging.content (content_id, title) VALUES ($1, $2)",
            [content, f"Title of {content}"],
        )
    products = sorted({feature.product_id for feature in features})
    for touch, on_product in zip(touches, clicked, strict=True):
        if touch.touch_type == "click" and on_product and products:
            con.execute(
                "UPDATE staging.touches SET product_id = $1 WHERE event_id = $2",
                [products[0], touch.event_id],
            )


def in_cypher(graph: Graph, rules: Rules, digits, **period):
    """{line_id: {(model, content_id): (credit, share)}}."""
    found = defaultdict(dict)
    about = {"window_days": rules.window_days, "half_life_days": rules.half_life_days}
    about["collapse"] = rules.collapse
    for row in graph.read(cypher("queries/credits"), **about, **{**EVERYTHING, **period}):
        line = int(row["line_id"])
        credit = Decimal(row["credit_units"]).scaleb(-digits[line])
        found[line][row["model"], row["content_id"]] = (credit, row["share"])
    return found


def only(credits):
    return {key: value[:2] for key, value in credits.items() if key[0] in MODELS}


def assert_same(one, other):
    assert one.keys() == other.keys()
    for key, (credit, share) in one.items():
        assert other[key][0] == credit, key
        assert other[key][1] == pytest.approx(share, abs=1e-9), key


@few
@given(
    facts=shops,
    rules=st.builds(
        Rules,
        window_days=st.sampled_from([1, 7, 30]),
        collapse=st.sampled_from(["consecutive", "none"]),
        half_life_days=st.sampled_from([0.5, 7.0]),
    ),
)
def test_three_voices(warehouse: Warehouse, graph: Graph, facts, rules):
    lines, touches, features, clicked = facts
    with warehouse.write() as con:
        fill(con, lines, touches, features, clicked)
        make(con, rules)
        told = read(con, rules)
    project(warehouse, graph, TABLES)
    sung = in_cypher(graph, rules, {line.line_id: line.digits for line in lines})
    assert len(sung) > 5 or rules.window_days == 1
    for line in lines:
        expected = only(ledger(line, touches, features, rules))
        assert_same(expected, only(told.get(line.line_id, {})))
        assert_same(expected, sung.get(line.line_id, {}))


def test_what_a_click_on_a_product_tells_of_its_content(warehouse: Warehouse, graph: Graph):
    touch = Touch("1", 5, "a", "click", T0 - timedelta(days=1))
    line = Line(1, 1, 7, 5, T0, Decimal("9.99"))
    with warehouse.write() as con:
        fill(con, [line], [touch], [Feature("a", 7)], [True])
    project(warehouse, graph, TABLES)
    found = in_cypher(graph, Rules(), {1: 2})
    assert found == {1: {(model, "a"): (Decimal("9.99"), 1.0) for model in MODELS}}
    assert not in_cypher(graph, Rules(), {1: 2}, since="2026-03-10T12:00:00.000001Z")
    assert not in_cypher(graph, Rules(), {1: 2}, until="2026-03-10T12:00:00Z")


@few
@given(facts=shops, model=st.sampled_from(MODELS), top=st.integers(1, 3))
def test_top_content_by_revenue(warehouse: Warehouse, graph: Graph, facts, model, top):
    with warehouse.write() as con:
        fill(con, *facts)
        make(con)
    project(warehouse, graph, [*TABLES, k.ATTRIBUTED_TO])
    about = {"model": model, "window_days": 7, "top": top}
    with warehouse.read() as con:
        told = con.execute(sql("queries/top_content"), about).fetchall()
    sung = [
        (*list(row.values())[:3], Decimal(str(row["attributed_revenue"])))
        for row in graph.read(cypher("queries/top_content"), **about)
    ]
    assert sung == told


def test_the_check_hears_both_voices_and_one_that_is_out_of_tune(
    warehouse: Warehouse, graph: Graph, tmp_path
):
    with warehouse.write() as con:
        fill(con, *shop(11))
        make(con)
    project(warehouse, graph, [*TABLES, k.ATTRIBUTED_TO])
    resources = {
        "warehouse": WarehouseResource(path=str(warehouse.path)),
        "graph": named(graph, tmp_path / "never"),
        "rules": AttributionRules(window_days=7, half_life_days=7, model="linear", lag_days=2),
    }

    def heard():
        done = dg.materialize(
            [credits_in_two_voices],
            selection=dg.AssetSelection.all_asset_checks(),
            resources=resources,
        )
        (check,) = done.get_asset_check_evaluations()
        return check.passed, {name: value.value for name, value in check.metadata.items()}

    in_tune, about = heard()
    assert in_tune and about["differ"] == 0 and about["lines"] > 5
    graph.write("MATCH (:User)-[n:VIEWED]->(:Content) DELETE n", [{}])
    in_tune, about = heard()
    assert not in_tune and about["differ"] > 0 and "Cypher" in about["differences"]
