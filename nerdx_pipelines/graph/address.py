"""Where a graph answers and as whom. No connection is opened here."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class GraphAddress:
    """All a driver needs: Bolt or neo4j URI, credentials, database name."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str
