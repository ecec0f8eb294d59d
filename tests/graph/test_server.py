import pytest

from nerdx_pipelines.errors import GraphError
from nerdx_pipelines.graph.address import GraphAddress
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.local import Engine
from nerdx_pipelines.graph.neo4j import engine as neo4j
from nerdx_pipelines.graph.server import Server, server_named
from tests.graph.old_server import server


@pytest.mark.parametrize(
    ("agent", "known", "supported"),
    [
        ("Neo4j/5.26.30", Server("Neo4j", "5.26.30"), True),
        ("Neo4j/5.0.0", Server("Neo4j", "5.0.0"), True),
        ("Neo4j/5.27-aura", Server("Neo4j", "5.27"), True),
        ("Neo4j/2025.10.1", Server("Neo4j", "2025.10.1"), True),
        ("Neo4j/4.4.46", Server("Neo4j", "4.4.46"), False),
        ("Neo4j/3.5.0-beta", Server("Neo4j", "3.5.0"), False),
        ("Neo4j/5.26.0 compatible (ArcadeDB 26.10.2)", Server("ArcadeDB", "26.10.2"), True),
        ("Neo4j/5.26.0 compatible (ArcadeDB 27.1.1-SNAPSHOT)", Server("ArcadeDB", "27.1.1"), True),
        ("Neo4j/5.26.0 compatible (ArcadeDB 26.9.9)", Server("ArcadeDB", "26.9.9"), False),
        ("Neo4j/v5.11.0 compatible graph database server - Memgraph", None, False),
        ("Neo4j/5.11.0 compatible graph database server", None, False),
        ("FalkorDB/1.0.0", None, False),
    ],
)
def test_what_a_server_calls_itself(agent: str, known: Server | None, supported: bool) -> None:
    found = server_named(agent)
    assert found == known
    assert (found is not None and found.supported) is supported


@pytest.mark.parametrize("agent", ["Neo4j/4.4.46", "Neo4j/5.11.0 compatible - Memgraph"])
def test_a_server_the_statements_do_not_run_on_is_named(agent: str) -> None:
    with (
        server(agent) as uri,
        pytest.raises(GraphError, match="Neo4j 5 or later, Aura") as caught,
    ):
        Graph(GraphAddress(uri, "neo4j", "secret", "neo4j"))
    assert agent in str(caught.value)


def test_a_supported_one_of_the_same_words_is_taken() -> None:
    """So that what is refused above is refused for its version."""
    with server("Neo4j/5.0.0") as uri, Graph(GraphAddress(uri, "neo4j", "x", "neo4j")) as graph:
        assert graph.server == Server("Neo4j", "5.0.0")


@pytest.mark.parametrize("answer", [b"\x00\x00\x00\x00", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_what_speaks_no_bolt_that_the_driver_speaks(answer: bytes) -> None:
    with (
        server("", handshake=answer) as uri,
        pytest.raises(GraphError, match="NEO4J_URI") as caught,
    ):
        Graph(GraphAddress(uri, "neo4j", "secret", "neo4j"))
    assert "secret" not in str(caught.value)


def test_the_engines_of_these_tests(graph: Graph, engine: Engine) -> None:
    assert graph.server.engine == type(engine).__name__
    if graph.engine == "Neo4j":
        assert graph.server.version == neo4j.VERSION
