"""Where a graph answers and as whom. No connection is opened here."""

from dataclasses import dataclass, field

from nerdx_pipelines.settings import Settings


@dataclass(frozen=True)
class GraphAddress:
    """All a driver needs: Bolt or neo4j URI, credentials, database name."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str


def named(settings: Settings) -> GraphAddress | None:
    """The graph that NEO4J_URI names; None if it names none."""
    if not settings.neo4j_uri:
        return None
    secret = settings.neo4j_password
    return GraphAddress(
        settings.neo4j_uri,
        settings.neo4j_user,
        secret.get_secret_value() if secret else "",
        settings.neo4j_database,
    )
