"""The questions of `docs/graph.md`, as they stand there, of a shop whose answers are known."""

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nerdx_pipelines.cli import main
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import project
from nerdx_pipelines.warehouse.database import Warehouse
from tests.graph.world import World, store

DOCUMENT = Path(__file__).parents[2] / "docs" / "graph.md"
SERUM, MASK, COMB = 1, 2, 3
TITLES = {SERUM: "Serum", MASK: "Mask", COMB: "Comb"}
IDS = {"video-0076": "look", "7900004338359": str(SERUM), "5810081244102": "100"}


def shop() -> World:
    """Ann saw the look, which features the serum, and bought serum and mask; Ben mask and comb."""
    world = World()
    for product, title in TITLES.items():
        world.add("staging.products", product_id=product, title=title)
    for content, creator in (("look", "Zoë"), ("talk", "Yves"), ("unseen", "Yves")):
        world.add("staging.content", content_id=content, title=content.title(), creator=creator)
    world.add("staging.content_products", content_id="look", product_id=SERUM)
    for customer in (7, 8):
        world.add("staging.customers", customer_id=customer)
    world.order(100, 7).line(1000, 100, SERUM).line(1001, 100, MASK)
    world.order(101, 8).line(1002, 101, MASK).line(1003, 101, COMB)
    world.touch("v1", 7, "look").touch("v2", 8, "look").touch("v3", 8, "talk")
    return world.credit(1000, 100, "look")


@pytest.fixture
def asked(warehouse: Warehouse, graph: Graph) -> Graph:
    store(warehouse, shop())
    project(warehouse, graph)
    return graph


def questions() -> dict[str, str]:
    """Each question with its Cypher, of this shop's ids."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for there, here in IDS.items():
        assert there in text
        text = text.replace(there, here)
    return dict(re.findall(r"\*\*(.+?\?)\*\*.*?```cypher\n(.+?)```", text, re.DOTALL))


ANSWERS: dict[str, list[dict[str, Any]]] = {
    "Which content sold most?": [
        {"content_id": "look", "content": "Look", "currency": "EUR", "revenue": 10.0}
        | {"purchases": 1}
    ],
    "What else do viewers of a content buy?": [
        {"product_id": "2", "product": "Mask", "buyers": 2},
        {"product_id": "3", "product": "Comb", "buyers": 1},
    ],
    "Whose content sells a product?": [{"creator": "Zoë", "purchases": 1, "contents": 1}],
    "What do buyers watch that features nothing?": [
        {"content_id": "talk", "content": "Talk", "buyers": 1}
    ],
}


@pytest.mark.parametrize("question", ANSWERS)
def test_answers(question: str, asked: Graph) -> None:
    assert asked.read(questions()[question]) == ANSWERS[question]


def test_shortest_way(asked: Graph) -> None:
    (way,) = asked.read(questions()["What is the shortest way from a content to a purchase?"])
    assert way in (  # one of the two that are as short
        {"steps": ["FEATURES", "CONTAINS"], "way_through": ["Look", "Serum", "100"]},
        {"steps": ["VIEWED", "MADE_PURCHASE"], "way_through": ["Look", "7", "100"]},
    )


def test_every_question_is_tested() -> None:
    assert set(questions()) - set(ANSWERS) == {
        "What is the shortest way from a content to a purchase?"
    }


def test_command_shows_rows_and_writes_nothing(
    asked: Graph, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there = asked.address
    monkeypatch.setenv("NERDX_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NEO4J_URI", there.uri)
    monkeypatch.setenv("NEO4J_USER", there.user)
    monkeypatch.setenv("NEO4J_PASSWORD", there.password)
    monkeypatch.setenv("NEO4J_DATABASE", there.database)

    def run(statement: str) -> Any:
        return CliRunner().invoke(main, ["graph", "query", statement, "--format", "csv"])

    found = run("MATCH (b:Purchase {purchase_id: '100'}) RETURN b.timestamp AS at, b.currency AS c")
    assert found.output == "at,c\n2026-03-01T12:00:00Z,EUR\n"
    node = run("MATCH (u:User {shopify_id: '7'}) RETURN u")
    assert '"shopify_id": "7"' in node.output.replace('""', '"')
    assert run("MATCH (n) DETACH DELETE n").exit_code == 0
    assert run("MATCH (c:Content) RETURN count(c) AS contents").output == "contents\n3\n"
    wrong = run("THIS IS NOT CYPHER")
    assert wrong.exit_code == 1
    assert "nerdx: " in wrong.output
