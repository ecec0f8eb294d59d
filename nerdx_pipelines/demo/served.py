"""The demo store as a process of its own: which store it serves, with which token and rights.

What it answers is in `demo/store/`; who starts it as a child is in `demo/session.py`.
"""

import json
import os
import secrets
import signal
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import click

from nerdx_pipelines.demo.dataset import load_folder
from nerdx_pipelines.demo.session import generated_folder
from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.files import check_writable
from nerdx_pipelines.settings import Settings

# A shop on Shopify's Plus plan: points of GraphQL cost and calls of REST, and both a second.
PLUS: dict[str, Any] = {"bucket": 20_000, "restore": 1_000, "calls": 400, "calls_restore": 20}
CLIENT = ("NERDX_DEMO_CLIENT_ID", "NERDX_DEMO_CLIENT_SECRET")
WEBHOOK_SECRET = "NERDX_DEMO_WEBHOOK_SECRET"  # the name of it  # noqa: S105


def serve_child(settings: Settings) -> None:
    """Serve the store of the data dir until standard input ends, for the parent that started it."""
    from nerdx_pipelines.demo.store import serve

    token = settings.access_token
    if token is None:
        raise ConfigError("SHOPIFY_ACCESS_TOKEN is not set.")
    secret = settings.webhook_secret
    signing: dict[str, Any] = {"webhook_secret": secret.get_secret_value()} if secret else {}
    Thread(target=_end_with_parent, daemon=True).start()
    serve(
        settings.demo_dir / "store.duckdb",
        token=token.get_secret_value(),
        files_dir=settings.demo_dir / "bulk",
        ready=lambda url: print(url, flush=True),  # noqa: T201
        **signing,
        **PLUS,
    )


def serve_store(
    settings: Settings,
    host: str,
    port: int,
    certificate: Path | None = None,
    *,
    scopes: str | None = None,
    faults: str | None = None,
    bucket: float | None = None,
    restore: float | None = None,
    **about: Any,
) -> None:
    """Serve generated data, or a folder's, until the process is ended.

    `scopes` are separated by commas; `faults` is a chance or a file of `Faults`' settings. An app
    whose id and secret the environment has in `CLIENT` may ask for tokens, and its secret signs
    the webhooks; otherwise that in `WEBHOOK_SECRET` does, or a new one, which is shown. Raises
    ConfigError for unusable choices.
    """
    from nerdx_pipelines.demo.store import serve
    from nerdx_pipelines.demo.store.faults import Faults

    choices: dict[str, Any] = {**PLUS, "faults": _faults(faults)}
    given = os.environ.get(WEBHOOK_SECRET, "")
    if client := _client():
        choices["client"], given = client, client[1]  # one secret for both, as always
    choices["webhook_secret"] = given or secrets.token_hex(32)
    choices |= {"scopes": [each.strip() for each in scopes.split(",")]} if scopes else {}
    limits = {"bucket": bucket, "restore": restore}
    choices |= {name: value for name, value in limits.items() if value is not None}
    try:
        Faults(choices["faults"])
    except ValueError as error:
        raise ConfigError(f"--faults {faults}: {error}") from error
    check_writable(settings.demo_dir)
    folder = about.pop("data") or generated_folder(settings, **about)
    load_folder(folder, settings.demo_dir / "store.duckdb")
    token = f"shpat_{secrets.token_hex(16)}"

    def announce(url: str) -> None:
        click.echo(f"SHOPIFY_SHOP_URL={url}\nSHOPIFY_ACCESS_TOKEN={token}")
        if not given:
            click.echo(f"SHOPIFY_WEBHOOK_SECRET={choices['webhook_secret']}")

    serve(
        settings.demo_dir / "store.duckdb",
        host=host,
        port=port,
        token=token,
        files_dir=settings.demo_dir / "bulk",
        ready=announce,
        certificate=certificate,
        **choices,
    )


def _client() -> tuple[str, str] | None:
    given = [os.environ.get(name, "") for name in CLIENT]
    if any(given) and not all(given):
        raise ConfigError(f"Set both {' and '.join(CLIENT)}, or neither.")
    return (given[0], given[1]) if all(given) else None


def _faults(given: str | None) -> dict[str, Any]:
    from nerdx_pipelines.demo.store.faults import Faults

    if given is None:
        return {}
    try:
        return Faults.rate(float(given))
    except ValueError:
        pass
    try:
        settings = json.loads(Path(given).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"--faults takes a chance such as 0.05 or a JSON file; {given} is neither ({error})."
        ) from error
    if not isinstance(settings, dict):
        raise ConfigError(f'{given} must hold a JSON object such as {{"throttle": 0.05}}.')
    return settings


def _end_with_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
