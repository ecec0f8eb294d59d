"""Processes that are killed while they work, and how often.

They are forked from a server that has everything imported, so that a kill meets work and not
the start of Python.
"""

import multiprocessing
import os
import random
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

from nerdx_pipelines.graph import embedded
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.graph.projection import project
from nerdx_pipelines.warehouse.database import Warehouse
from tests.assets.world import Follower, Shop

# In all, in three equal parts; NERDX_KILLS=n for more.
KILLS = int(os.environ.get("NERDX_KILLS") or 12)
NOBODY = Shop("http://127.0.0.1:9")  # a shop that is never asked

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([__name__])


def ingest(root: Path) -> None:
    """The run that applies the segments of the inbox."""
    Follower(NOBODY, root).run(["shopify_webhooks"])


def load(root: Path) -> None:
    """What the graph's assets do, all kinds of nodes and edges."""
    with Graph(embedded.start(root / "graph")) as graph:
        project(Warehouse(root / "warehouse.duckdb"), graph)


def start(work: Callable[[Path], None], root: Path) -> BaseProcess:
    """A process that does it, silently."""
    process = _forks.Process(target=_silent, args=(work, root))
    process.start()
    return process


def _silent(work: Callable[[Path], None], root: Path) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    work(root)


def seconds(work: Callable[[Path], None], root: Path) -> float:
    """How long it takes if nobody kills it."""
    begin = time.monotonic()
    process = start(work, root)
    process.join(120)
    assert process.exitcode == 0
    return time.monotonic() - begin


def killed(work: Callable[[Path], None], root: Path, within: float, dice: random.Random) -> bool:
    """Start it and kill it at any moment of so many seconds; False if it had ended."""
    process = start(work, root)
    process.join(dice.uniform(0, within))
    process.kill()
    process.join()
    return process.exitcode != 0
