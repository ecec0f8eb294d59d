"""The `nerdx` command: one function a command, each a few lines over the module that does it."""

import os
import signal
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from nerdx_pipelines import __version__
from nerdx_pipelines.cli.attribute import attribute
from nerdx_pipelines.cli.graph import graph
from nerdx_pipelines.cli.neo4j import neo4j
from nerdx_pipelines.cli.receiver import receiver
from nerdx_pipelines.cli.shop import inventory, products, webhooks
from nerdx_pipelines.errors import NerdxError
from nerdx_pipelines.settings import Settings, load_settings
from nerdx_pipelines.tabular import FORMATS

# What Python, DuckDB and SQLite say about it, who meet it at any write.
FULL_DISK = ("No space left on device", "database or disk is full", "disk I/O error")


class Group(click.Group):
    """Commands whose own errors are one line on standard error and exit status 1."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(context)
        except NerdxError as error:
            problem = str(error)
        except Exception as error:
            if not any(words in str(error) for words in FULL_DISK):
                raise
            problem = f"The disk of {load_settings().root} is full: free some space, run it again."
        click.secho(f"nerdx: {problem}", fg="red", err=True)
        sys.exit(1)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Which content sold which product, to the cent."""
    # So that `finally` blocks stop what was started, however the command is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


for command in (products, inventory, webhooks, receiver, attribute, graph, neo4j):
    main.add_command(command)


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which data a demo is about."""
    for option in (
        click.option("--seed", default=7, show_default=True, help="Of the generated data."),
        click.option("--days", default=180, show_default=True, help="Length of generated data."),
        click.option("--orders", default=20_000, show_default=True, help="Orders to generate."),
        click.option(
            "--data",
            type=click.Path(path_type=Path),
            help="A folder of CSV or Parquet files instead of generated data.",
        ),
    ):
        command = option(command)
    return command


@main.command()
@data_options
def demo(data: Path | None, orders: int, days: int, seed: int) -> None:
    """The whole loop on invented data, or on a folder of your own."""
    from nerdx_pipelines.demo.show import run_demo

    run_demo(load_settings(), data, orders, days, seed)


@main.command("demo-real")
def demo_real() -> None:
    """The whole loop on The Complete Journey: 2,469 households, 1.47 million lines."""
    from nerdx_pipelines.demo.show import run_demo_real

    run_demo_real(load_settings())


@main.command("demo-store")
@data_options
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8765, show_default=True, help="Another is chosen if it is busy.")
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Speak HTTPS with this PEM file: a private key and the certificates that vouch for it.",
)
@click.option(
    "--schema",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Answer whatever this schema allows, with defaults for what the store has no data for: "
    "the answer to GraphQL's introspection query as JSON, or gzipped. Shopify's are in the npm "
    "package @shopify/dev-mcp, as dist/data/admin_VERSION.json.gz.",
)
@click.option("--scopes", help="What its token may do, separated by commas; all of it by default.")
@click.option(
    "--faults",
    help="A chance such as 0.05 for every fault, or a JSON file of them: throttle, bad_gateway, "
    "internal_error, cut, slow, expired_url, bulk_failed, bulk_partial, late_update.",
)
@click.option("--bucket", type=float, help="Points of query cost; 20000 as on the Plus plan.")
@click.option("--restore", type=float, help="Points regained every second; 1000 as on Plus.")
@click.option("--child", is_flag=True, hidden=True, help="Serve the store that is there.")
def demo_store(host: str, port: int, child: bool, schema: Path | None, **about: Any) -> None:
    """Serve a demo store over HTTP, for as long as the command runs.

    With NERDX_DEMO_CLIENT_ID and NERDX_DEMO_CLIENT_SECRET in the environment it also gives
    tokens to the app that has them.
    """
    if schema:
        os.environ["NERDX_STORE_SCHEMA"] = str(schema)  # before the store is imported
    from nerdx_pipelines.demo.served import serve_child, serve_store

    if child:
        serve_child(load_settings())
    else:
        serve_store(load_settings(), host, port, **about)


@main.command()
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="Default: all days.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Default: yesterday.")
def refresh(first: datetime | None, last: datetime | None) -> None:
    """Materialize every asset for a range of days, in one Dagster run."""
    from nerdx_pipelines.demo.session import around, meet
    from nerdx_pipelines.refresh import default_days
    from nerdx_pipelines.refresh import refresh as run

    with around(load_settings()) as settings:
        meet(settings)
        start, end = default_days(settings, _day(first), _day(last))
        done = run(settings, start, end)
    click.echo(f"{start} to {end} in {done.seconds:.1f} s, run {done.run_id}")


@main.command()
@click.argument("statement")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
def query(statement: str, form: str) -> None:
    """Run a SELECT over schemas staging, attribution, kpi and loop, also while runs write."""
    from nerdx_pipelines.query import query as run

    run(_session_settings(), statement, sys.stdout, form)


@main.command()
@click.option("--port", default=3000, show_default=True, help="Another is chosen if it is busy.")
def ui(port: int) -> None:
    """The Dagster UI and daemon on loopback, with the shop's runs in it."""
    from nerdx_pipelines.demo.session import around
    from nerdx_pipelines.refresh import prepare_instance
    from nerdx_pipelines.ui import serve_ui

    with around(load_settings()) as settings:
        prepare_instance(settings)
        serve_ui(port)


@main.command()
def doctor() -> None:
    """What is configured, what answers, what is wrong and how to mend it."""
    from nerdx_pipelines.doctor import examine

    signs = {"ok": ("✓", "green"), "note": ("•", "yellow"), "wrong": ("✗", "red")}
    wrong = False
    for finding in examine(_session_settings()):
        sign, colour = signs[finding.state]
        click.secho(f"{sign} {finding.subject:<10} {finding.text}", fg=colour)
        wrong |= finding.state == "wrong"
    sys.exit(1 if wrong else 0)


@main.command()
def down() -> None:
    """Stop the embedded graph server of this data dir."""
    from nerdx_pipelines.graph.embedded import stop

    settings = load_settings()
    stopped = stop(settings.graph_dir)
    click.echo("The graph server is stopped." if stopped else "Nothing was running.")


def _session_settings() -> Settings:
    """The settings, with those of the demo that the data dir holds, if it holds one."""
    from nerdx_pipelines.demo.session import current_session

    settings = load_settings()
    session = current_session(settings)
    return session.apply() if session else settings


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
