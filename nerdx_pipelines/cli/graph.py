"""The commands about the graph; the work is in `graph/`."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from nerdx_pipelines.settings import Settings, load_settings
from nerdx_pipelines.tabular import FORMATS, write_rows

if TYPE_CHECKING:
    from nerdx_pipelines.graph.client import Graph


@click.group()
def graph() -> None:
    """The property graph: users, purchases, products and content."""


@graph.command()
@click.argument("statement")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
def query(statement: str, form: str) -> None:
    """Run Cypher on the graph of this data dir; what it would write is undone."""
    with _connected(load_settings()) as connected:
        columns, rows = connected.look(statement)
    write_rows(columns, (tuple(map(_plain, row)) for row in rows), sys.stdout, form)


@graph.command()
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
def status(form: str) -> None:
    """Which server it is, and how many of each kind it holds and should hold."""
    from nerdx_pipelines.graph.ledger import Ledger
    from nerdx_pipelines.graph.projection import count_wanted
    from nerdx_pipelines.graph.survey import count
    from nerdx_pipelines.warehouse.lake import open_warehouse

    settings = _session_settings()
    warehouse = open_warehouse(settings)
    wanted, known = count_wanted(warehouse, settings.graph_scope), Ledger(warehouse).summary()
    with _connected(settings) as connected:
        server, address = connected.server, connected.address
        rows = [
            (kind.name, total, count(connected, kind), *known.get(kind.name, (0, 0)))
            for kind, total in wanted.items()
        ]
    # Not into what a program reads.
    click.echo(
        f"{server.engine} {server.version} at {address.uri}, database {address.database}, "
        f"user {address.user}",
        err=True,
    )
    columns = ["kind", "warehouse", "graph", "loaded", "uncertain"]
    write_rows(columns, iter(rows), sys.stdout, form)


@graph.command()
@click.option(
    "--take-over",
    is_flag=True,
    help="Drop also what another warehouse, or a copy of this one, has loaded there: every node "
    "of these labels that has a key.",
)
def rebuild(take_over: bool) -> None:
    """Drop what was loaded, never what others keep there, and load everything again.

    If it is killed, the next load or rebuild completes it.
    """
    from nerdx_pipelines.graph.rebuild import rebuild as run
    from nerdx_pipelines.warehouse.lake import open_warehouse

    settings = _session_settings()
    with _connected(settings) as connected:
        dropped, loaded = run(
            open_warehouse(settings), connected, settings.graph_scope, take_over=take_over
        )
    written = sum(kind.written for kind in loaded)
    click.echo(f"{dropped} nodes and edges dropped, {written} loaded.")


def _session_settings() -> Settings:
    from nerdx_pipelines.demo.session import current_session

    settings = load_settings()
    session = current_session(settings)
    return session.apply() if session else settings


def _connected(settings: Settings) -> "Graph":
    """The graph of the settings; the embedded server is started if need be, and goes on."""
    from nerdx_pipelines.graph import embedded
    from nerdx_pipelines.graph.address import named
    from nerdx_pipelines.graph.client import Graph

    return Graph(named(settings) or embedded.start(settings.graph_dir))


def _plain(value: object) -> object:
    """What Neo4j's driver gives as what the rest of the project prints."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if hasattr(value, "to_native"):
        native: datetime = value.to_native()
        return native
    if hasattr(value, "nodes"):  # a path, as the nodes on it
        return [_plain(node) for node in value.nodes]
    if hasattr(value, "items"):  # a node or an edge, as its properties
        return {str(key): _plain(each) for key, each in value.items()}
    return value
