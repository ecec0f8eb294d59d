"""The commands about the graph; the work is in `graph/`."""

import sys
from datetime import datetime

import click

from nerdx_pipelines.settings import load_settings
from nerdx_pipelines.tabular import FORMATS, write_rows


@click.group()
def graph() -> None:
    """The property graph: users, purchases, products and content."""


@graph.command()
@click.argument("statement")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
def query(statement: str, form: str) -> None:
    """Run Cypher on the graph of this data dir; what it would write is undone."""
    from nerdx_pipelines.graph import embedded
    from nerdx_pipelines.graph.address import named
    from nerdx_pipelines.graph.client import Graph

    settings = load_settings()
    with Graph(named(settings) or embedded.start(settings.graph_dir)) as connected:
        columns, rows = connected.look(statement)
    write_rows(columns, (tuple(map(_plain, row)) for row in rows), sys.stdout, form)


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
