"""The embedded graph: the server that a data directory has where no other graph is named."""

from dataclasses import replace
from pathlib import Path

from nerdx_pipelines.graph import local
from nerdx_pipelines.graph.address import GraphAddress
from nerdx_pipelines.graph.arcadedb import ArcadeDB

_ENGINE = ArcadeDB()


def start(state_dir: Path, timeout: float = 60) -> GraphAddress:
    """Address of the running server of `state_dir`, started if none answers (`local.start`)."""
    return _embedded(local.start(_ENGINE, state_dir, timeout))


def stop(state_dir: Path, timeout: float = 60) -> bool:
    """End the server of `state_dir`; False if none ran. Committed data stay."""
    return local.stop(_ENGINE, state_dir, timeout)


def status(state_dir: Path) -> local.GraphStatus | None:
    """What runs for `state_dir`, or None; never starts or ends anything."""
    found = local.status(_ENGINE, state_dir)
    return replace(found, address=_embedded(found.address)) if found else None


def _embedded(address: GraphAddress) -> GraphAddress:
    return replace(address, is_embedded=True)
