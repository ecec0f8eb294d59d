"""The graph as a Dagster resource: Neo4j where one is named, else the embedded server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from nerdx_pipelines.graph import embedded
from nerdx_pipelines.graph.address import GraphAddress
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import Scope


class GraphResource(dg.ConfigurableResource["GraphResource"]):
    """Opens the graph where an asset needs it, so that other assets run without one."""

    uri: str = ""  # empty: the embedded server
    user: str = "neo4j"
    password: str = ""
    database: str = "neo4j"
    state_dir: str  # of the embedded server
    scope: Scope = "all"  # or 'featured': only products that some content features

    @contextmanager
    def connect(self) -> Iterator[Graph]:
        """An open graph, closed at the end; the embedded server is started, and goes on."""
        with Graph(self._address()) as graph:
            yield graph

    def _address(self) -> GraphAddress:
        if not self.uri:
            return embedded.start(Path(self.state_dir))
        return GraphAddress(self.uri, self.user, self.password, self.database)
