import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from neo4j.exceptions import CypherSyntaxError

from nerdx_pipelines.errors import GraphError
from nerdx_pipelines.graph.address import GraphAddress
from nerdx_pipelines.graph.client import BATCH, Graph
from nerdx_pipelines.graph.local import Engine


def refused() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"bolt://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"uri": "http://127.0.0.1:7474"}, "must start with bolt:// or neo4j://"),
        ({"uri": "127.0.0.1:7687"}, "must start with bolt:// or neo4j://"),
        ({"uri": "bolt://[::bad"}, "Invalid"),
        ({"uri": "bolt://nowhere.invalid:7687"}, "nowhere.invalid"),
        ({"uri": "neo4j://nowhere.invalid:7687"}, "nowhere.invalid"),
        ({"uri": refused()}, "Couldn't connect"),
        ({"user": "stranger"}, "user or password is wrong"),
        ({"password": "a secret"}, "user or password is wrong"),
        ({"database": "elsewhere"}, "no such database"),
    ],
)
def test_wrong_address_is_named(address: GraphAddress, wrong: dict[str, str], reason: str) -> None:
    wrong_address = replace(address, **wrong)
    with pytest.raises(GraphError, match=reason) as caught:
        Graph(wrong_address)
    message = str(caught.value)
    assert wrong_address.uri in message
    assert wrong_address.user in message
    assert wrong_address.database in message
    assert "NEO4J_URI" in message
    assert wrong_address.password not in message


def test_secret_in_the_uri_is_refused_and_not_shown(address: GraphAddress) -> None:
    with pytest.raises(GraphError, match="do not belong into the URI") as caught:
        Graph(replace(address, uri="bolt://neo4j:hush@localhost:7687"))
    assert "hush" not in str(caught.value)


def test_engine(graph: Graph, engine: Engine) -> None:
    assert graph.engine == type(engine).__name__


def test_more_rows_than_a_batch(graph: Graph) -> None:
    rows = [{"id": str(number)} for number in range(2 * BATCH + 1)]
    graph.write("UNWIND $rows AS row CREATE (:Row {id: row.id})", rows)
    assert graph.read("MATCH (r:Row) RETURN count(DISTINCT r.id) AS n") == [{"n": len(rows)}]


def test_schema_keeps_keys_unique_however_often_it_is_made(graph: Graph) -> None:
    for _ in range(2):
        graph.ensure_schema()
    graph.write("CREATE (:User {shopify_id: '1'})", [{}])
    with pytest.raises(GraphError):
        graph.write_once("CREATE (:User {shopify_id: '1'})", [{}])


def test_writers_merging_the_same_keys_all_succeed(graph: Graph, address: GraphAddress) -> None:
    graph.ensure_schema()
    rows = [{"id": str(number)} for number in range(200)]

    def write(_: int) -> None:
        with Graph(address) as own:
            for start in range(0, len(rows), 20):
                own.write(
                    "UNWIND $rows AS row MERGE (u:User {shopify_id: row.id}) "
                    "SET u.times = coalesce(u.times, 0) + 1",
                    rows[start : start + 20],
                )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert graph.read("MATCH (u:User) RETURN count(u) AS users, sum(u.times) AS times") == [
        {"users": 200, "times": 800}
    ]


def test_programming_errors_are_not_dressed_up(graph: Graph) -> None:
    with pytest.raises(CypherSyntaxError):
        graph.read("THIS IS NOT CYPHER")
