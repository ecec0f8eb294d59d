"""The command that receives webhooks and content events.

The work is in `receiver/`; the other commands are in `__init__.py`.
"""

import logging

import click

from nerdx_pipelines.settings import load_settings


@click.command()
@click.option("--host", help="Default: NERDX_RECEIVER_HOST, or 127.0.0.1.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Default: NERDX_RECEIVER_PORT, or 8089; 0 for any.",
)
def receiver(host: str | None, port: int | None) -> None:
    """Take webhooks and content events, for as long as the command runs.

    Whatever is answered with 200 is on disk, in NERDX_DATA_DIR/inbox within two seconds. It
    speaks plain HTTP: put a proxy with a certificate in front of it.
    """
    from nerdx_pipelines.receiver.server import serve

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    serve(load_settings(), host, port, lambda url: click.echo(f"NERDX_RECEIVER_URL={url}"))
