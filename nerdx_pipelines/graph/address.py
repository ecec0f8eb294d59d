"""Where a graph answers and as whom, and how errors name it. No connection is opened here."""

import re
from dataclasses import dataclass, field

from nerdx_pipelines.errors import GraphError
from nerdx_pipelines.settings import Settings


@dataclass(frozen=True)
class GraphAddress:
    """All a driver needs: Bolt or neo4j URI, credentials, database name.

    `is_embedded`: the server of the data dir, which no other warehouse loads.
    """

    uri: str
    user: str
    password: str = field(repr=False)
    database: str
    is_embedded: bool = False

    def error(self, reason: str, *, lost: bool = False) -> GraphError:
        """An error that names this graph, the reason, and what to do.

        `lost`: it did answer, so that its address is not to blame.
        """
        uri = re.sub("//.*@", "//***@", self.uri)
        what_to_do = (
            "It did answer before: see that it runs, then run this again, which sends what is "
            "missing."
            if lost
            else "Check NEO4J_URI, NEO4J_USER, NEO4J_PASSWORD and NEO4J_DATABASE, or unset "
            "NEO4J_URI to use the embedded graph."
        )
        return GraphError(
            f"Cannot use the graph at {uri} as user {self.user!r}, database {self.database!r}: "
            f"{reason}. {what_to_do}"
        )


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
