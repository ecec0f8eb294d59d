"""What the loads rely on of both engines, beyond the statements that other tests run.

An engine that came to differ here would damage a graph without an error.
"""

from typing import Any

import pytest
from neo4j.exceptions import ConstraintError

from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.local import Engine


def only(graph: Graph, query: str, **parameters: Any) -> Any:
    ((value,),) = (row.values() for row in graph.read(query, **parameters))
    return value


def test_a_managed_transaction_is_all_or_nothing(graph: Graph) -> None:
    graph.ensure_schema()
    rows = [{"id": str(number)} for number in (*range(500), 0)]
    with pytest.raises(Exception, match=r"."):
        graph.write_once("UNWIND $rows AS row CREATE (:User {shopify_id: row.id})", rows)
    assert only(graph, "MATCH (u:User) RETURN count(u)") == 0


def test_times_written_as_text_are_instants(graph: Graph) -> None:
    at = "2026-03-29T00:59:59.123456Z"
    graph.write("UNWIND $rows AS row CREATE (:T {at: datetime(row.at)})", [{"at": at}])
    assert only(graph, "MATCH (t:T) RETURN t.at").to_native().isoformat() == at.replace(
        "Z", "+00:00"
    )
    assert only(graph, "MATCH (t:T) RETURN t.at.epochSeconds") == 1774745999
    later = "MATCH (t:T) RETURN t.at > datetime($at) - duration('PT1S')"
    assert only(graph, later, at="2026-03-29T02:00:00+01:00") is True
    assert only(graph, "RETURN datetime(null)") is None


def test_merge_of_an_edge_finds_it_by_its_key_from_either_end(graph: Graph) -> None:
    graph.write("CREATE (:A {id: '1'}), (:B {id: '1'})", [{}])
    for value in (1, 2):
        graph.write(
            "UNWIND $rows AS row MATCH (a:A {id: '1'}) MATCH (b:B {id: '1'}) "
            "MERGE (b)<-[n:TO {key: row.key}]-(a) SET n.value = row.value",
            [{"key": key, "value": value} for key in ("x", "y", "x")],
        )
    found = graph.read("MATCH (:A)-[n:TO]->(:B) RETURN n.key AS key, n.value AS value ORDER BY key")
    assert found == [{"key": "x", "value": 2}, {"key": "y", "value": 2}]


def test_what_is_set_to_null_is_gone_within_the_statement(graph: Graph) -> None:
    graph.write("CREATE (:A {id: '1', x: 1})", [{}])
    assert graph.change("MATCH (a:A) SET a.x = NULL WITH a RETURN keys(a) AS keys") == [
        {"keys": ["id"]}
    ]


def test_floats_and_integers_come_back_as_they_went(graph: Graph) -> None:
    values = {"cent": 0.01, "much": 123456789012.34, "whole": 12.0, "count": 2**53 + 1}
    graph.write(
        "UNWIND $rows AS row CREATE (:N {cent: row.cent, much: row.much, whole: row.whole, "
        "count: row.count})",
        [values],
    )
    found = only(graph, "MATCH (n:N) RETURN properties(n)")
    assert found == values
    assert {name: type(value) for name, value in found.items()} == {
        name: type(value) for name, value in values.items()
    }
    units = only(graph, "MATCH (n:N) RETURN sum(toInteger(round(n.much * 10000)))")
    assert units == 1234567890123400


def test_keys_are_text_in_byte_order_and_case(graph: Graph) -> None:
    graph.ensure_schema()
    ids = ["1", "01", "a", "A", "ä", "a ", ""]
    rows = [{"id": each} for each in ids]
    for _ in range(2):
        graph.write("UNWIND $rows AS row MERGE (:Content {content_id: row.id})", rows)
    assert only(graph, "MATCH (c:Content) RETURN count(c)") == len(ids)


def test_how_the_engines_differ(graph: Graph, engine: Engine) -> None:
    """Each is allowed for; should one change, what allows for it can go."""
    embedded = type(engine).__name__ == "ArcadeDB"
    merge = "UNWIND $rows AS row MERGE (:D {id: row.id})"
    if embedded:  # so rows without a key are left out before
        graph.write(merge, [{"id": None}])
        assert only(graph, "MATCH (d:D) RETURN count(d)") == 1
    else:
        with pytest.raises(Exception, match="null property value"):
            graph.write(merge, [{"id": None}])
    # So `look` undoes what is written, and does not trust the reading mode to forbid it.
    if embedded:
        graph.read("CREATE (d:D {id: 'x'}) RETURN d.id AS id")
        assert only(graph, "MATCH (d:D {id: 'x'}) RETURN count(d)") == 1
    else:
        with pytest.raises(Exception, match=r"[Ww]rit"):
            graph.read("CREATE (d:D {id: 'x'}) RETURN d.id AS id")
    graph.ensure_schema()
    graph.write("CREATE (:User {shopify_id: '1'})", [{}])
    with pytest.raises(Exception, match=r".") as caught:
        graph.write_once("CREATE (:User {shopify_id: '1'})", [{}])
    assert isinstance(caught.value.__cause__, ConstraintError)
