"""The commands that run a Neo4j of one's own; the work is in `graph/neo4j`."""

import click

from nerdx_pipelines.settings import load_settings


@click.group()
def neo4j() -> None:
    """A Neo4j for development: 5.26 LTS on loopback, fetched by Maven."""


@neo4j.command()
def start() -> None:
    """Start it, or join the one that runs; says what to set so that runs use it."""
    from nerdx_pipelines.graph import local
    from nerdx_pipelines.graph.neo4j.engine import Neo4j, libraries

    libraries()  # before the clock of the start runs
    folder = load_settings().neo4j_dir
    address = local.start(Neo4j(), folder, timeout=120)
    click.echo(f"export NEO4J_URI={address.uri}")
    click.echo(f"export NEO4J_USER={address.user}")
    # The password is not shown: terminals are recorded.
    click.echo(f'export NEO4J_PASSWORD="$(cat {folder / "secret"})"')


@neo4j.command()
def stop() -> None:
    """Stop it; what it holds stays."""
    from nerdx_pipelines.graph import local
    from nerdx_pipelines.graph.neo4j.engine import Neo4j

    stopped = local.stop(Neo4j(), load_settings().neo4j_dir)
    click.echo("Neo4j is stopped." if stopped else "Nothing was running.")
