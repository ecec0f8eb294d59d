"""What kind of server answers over Bolt, and whether its version is one the statements run on.

Pure: asking it is in `client.py`.
"""

import re
from dataclasses import dataclass

# In what a server says of itself: `Neo4j/5.26.30`, `Neo4j/2025.10.1`, `Neo4j/5.27-aura`;
# `Neo4j/5.26.0 compatible (ArcadeDB 26.10.2)`.
_ARCADEDB = re.compile(r"\(ArcadeDB ([\d.]+)")
_NEO4J = re.compile(r"^Neo4j/(\d[\d.]*)(?!.*compatible)")
OLDEST = {"Neo4j": (5,), "ArcadeDB": (26, 10)}
NEEDED = "Neo4j 5 or later, Aura, or the embedded graph is needed"


@dataclass(frozen=True)
class Server:
    """The engine that answers, 'Neo4j' or 'ArcadeDB', and its version as it writes it."""

    engine: str
    version: str

    @property
    def supported(self) -> bool:
        """Whether it is no older than the oldest that the statements run on."""
        parts = tuple(int(part) for part in self.version.split(".") if part)
        return parts >= OLDEST[self.engine]


def server_named(agent: str) -> Server | None:
    """The server that calls itself `agent`; None if it is neither of the two."""
    for engine, pattern in (("ArcadeDB", _ARCADEDB), ("Neo4j", _NEO4J)):
        if found := pattern.search(agent):
            return Server(engine, found[1].rstrip("."))
    return None
