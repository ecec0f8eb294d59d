"""The constraints of `cypher/schema.cypher`, and what may stand in their way.

Pure: creating them is in `client.py`.
"""

import re
from functools import cache
from typing import Any, NamedTuple

from nerdx_pipelines.cypher import cypher

_SHAPE = re.compile(r"CREATE CONSTRAINT (\w+) IF NOT EXISTS FOR \(n:(\w+)\) REQUIRE n\.(\w+) IS")


class Constraint(NamedTuple):
    """Nodes of `label` have no two equal `key`s."""

    name: str
    label: str
    key: str
    statement: str

    @property
    def obstacles(self) -> str:
        """Cypher: one row a key that nodes of others have twice, or that is no text.

        On the latter the embedded engine would take the key for a number for ever.
        """
        return (
            f"MATCH (n:{self.label}) WHERE n.{self.key} IS NOT NULL "
            f"WITH n.{self.key} AS key, count(n) AS nodes "
            "WHERE nodes > 1 OR NOT coalesce(toStringOrNull(key) = key, false) "
            "RETURN key, nodes ORDER BY nodes DESC LIMIT 3"
        )

    def broken_by(self, nodes: list[dict[str, Any]]) -> str:
        """What rows of `obstacles` mean, and what to do."""
        told = ", ".join(f"{row['key']!r} ({row['nodes']} nodes)" for row in nodes)
        return (
            f"nodes :{self.label} that were not made here have a {self.key} twice, or one that is "
            f"no text: {told}. Each may be there once, as text: rename or merge them, or use "
            "another database; nothing was written"
        )


@cache
def constraints() -> tuple[Constraint, ...]:
    """All of them."""
    found = []
    for statement in cypher("schema").split(";"):
        shape = _SHAPE.search(statement)
        if shape is None:
            raise ValueError(f"cypher/schema.cypher has a statement of another kind: {statement}")
        found.append(Constraint(shape[1], shape[2], shape[3], statement))
    return tuple(found)
