"""The project's Cypher, one statement a file; read by name."""

from functools import cache
from importlib.resources import files


@cache
def cypher(name: str) -> str:
    """Text of `cypher/<name>.cypher`."""
    return files(__name__).joinpath(f"{name}.cypher").read_text(encoding="utf-8")
