"""One demo: its data made or read, the store serving them, the settings that go with them.

Makes sure that a data dir holds one data set only. What is done with the data is the
pipeline's own business and the same as for a real shop.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import click
from pydantic import SecretStr

from nerdx_pipelines.demo.dataset import load_folder
from nerdx_pipelines.errors import ConfigError, NerdxError
from nerdx_pipelines.files import check_writable
from nerdx_pipelines.settings import Settings, load_settings
from nerdx_pipelines.shopify.client import ShopifyClient
from nerdx_pipelines.shopify.documents import operation


@dataclass(frozen=True)
class Session:
    """What a data dir holds; kept in `demo/session.json` for later commands."""

    name: str
    folder: str
    fingerprint: str
    timezone: str
    first_day: str
    last_day: str

    def apply(self) -> Settings:
        """Set the environment of this process and its children for this data set."""
        os.environ |= {
            "NERDX_TIMEZONE": self.timezone,
            "NERDX_START_DATE": self.first_day,
            "NERDX_END_DATE": self.last_day,
            "NERDX_CONTENT_DIR": self.folder,
        }
        return load_settings()


def generated_folder(settings: Settings, orders: int, days: int, seed: int) -> Path:
    """A folder of invented data that ends yesterday, made if it is not there yet."""
    from nerdx_pipelines.demo.generate import TIMEZONE, generate

    end = datetime.now(ZoneInfo(TIMEZONE)).date() - timedelta(days=1)
    folder = settings.demo_dir / f"generated-{orders}-{days}-{seed}-{end}"
    if not folder.exists():
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        generate(partial, orders=orders, days=days, seed=seed, end=end)
        partial.rename(folder)
    return folder


def open_session(settings: Settings, folder: Path) -> Session:
    """Check `folder`, build the store from it, and give it the data dir.

    What another data set left there is removed; raises ConfigError rather than touch what a
    real shop left. Raises FolderError for bad data, before anything is removed.
    """
    marker = settings.demo_dir / "session.json"
    if settings.warehouse_path.exists() and not marker.exists():
        raise ConfigError(
            f"{settings.root} holds the data of a shop, not of a demo: set NERDX_DATA_DIR to "
            "another folder for the demo."
        )
    dataset = load_folder(folder, settings.demo_dir / "store.duckdb")
    session = Session(
        name=dataset.name,
        folder=str(folder.resolve()),
        fingerprint=dataset.fingerprint,
        timezone=dataset.timezone,
        first_day=dataset.first_day.isoformat(),
        last_day=dataset.last_day.isoformat(),
    )
    if marker.exists() and _read(marker) != session:
        click.echo(f"{settings.root} held other data; what came of them is removed.", err=True)
        _clear(settings)
    marker.write_text(json.dumps(asdict(session), indent=1), encoding="utf-8")
    return session


def current_session(settings: Settings) -> Session | None:
    """The demo that the data dir holds, if it holds one."""
    marker = settings.demo_dir / "session.json"
    return _read(marker) if marker.exists() else None


def _read(marker: Path) -> Session | None:
    try:
        return Session(**json.loads(marker.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return None


def _clear(settings: Settings) -> None:
    """Remove all that was derived from the former data set."""
    from nerdx_pipelines.graph.embedded import stop

    stop(settings.graph_dir)
    for folder in (
        settings.raw_dir,
        settings.published_dir,
        settings.graph_dir,
        settings.dagster_home,
    ):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (settings.warehouse_path, settings.kpi_path, settings.report_path):
        file.unlink(missing_ok=True)
        file.with_name(file.name + ".wal").unlink(missing_ok=True)


@contextmanager
def serving() -> Iterator[str]:
    """The demo store as a child process that ends with this block, or with this process.

    Sets the shop's address and token in the environment; yields the address.
    """
    os.environ["SHOPIFY_ACCESS_TOKEN"] = secrets.token_urlsafe(24)
    command = [sys.executable, "-m", "nerdx_pipelines.cli", "demo-store", "--child"]
    # The child ends when its standard input does, so that it cannot outlive a killed parent.
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        url = child.stdout.readline().strip() if child.stdout else ""
        if not url:
            raise NerdxError("The demo store did not start; run `nerdx demo-store` to see why.")
        os.environ["SHOPIFY_SHOP_URL"] = url
        _never_by_proxy("127.0.0.1")
        yield url
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _never_by_proxy(host: str) -> None:
    known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = f"{known},{host}" if known else host


def serve_child(settings: Settings) -> None:
    """Be that child: serve the store of the data dir until standard input ends."""
    token = settings.access_token
    if token is None:
        raise ConfigError("SHOPIFY_ACCESS_TOKEN is not set.")
    Thread(target=_end_with_parent, daemon=True).start()
    _serve(settings, "127.0.0.1", 0, token.get_secret_value(), lambda url: print(url, flush=True))  # noqa: T201


def serve_store(
    settings: Settings, host: str, port: int, certificate: Path | None = None, **about: Any
) -> None:
    """Serve generated data, or a folder's, until the process is ended."""
    check_writable(settings.demo_dir)
    folder = about.pop("data") or generated_folder(settings, **about)
    load_folder(folder, settings.demo_dir / "store.duckdb")
    token = secrets.token_urlsafe(24)

    def announce(url: str) -> None:
        click.echo(f"SHOPIFY_SHOP_URL={url}\nSHOPIFY_ACCESS_TOKEN={token}")

    _serve(settings, host, port, token, announce, certificate)


def _serve(
    settings: Settings,
    host: str,
    port: int,
    token: str,
    ready: Callable[[str], None],
    certificate: Path | None = None,
) -> None:
    from nerdx_pipelines.demo.store import serve

    serve(
        settings.demo_dir / "store.duckdb",
        host=host,
        port=port,
        token=token,
        files_dir=settings.demo_dir / "bulk",
        bucket=20_000,  # a shop on Shopify's Plus plan
        restore=1_000,
        ready=ready,
        certificate=certificate,
    )


def _end_with_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def around(settings: Settings) -> Iterator[Settings]:
    """The settings to work with: the demo's, with its store running, or those of a real shop."""
    session = current_session(settings)
    if session and settings.shop_url:
        raise ConfigError(
            f"{settings.root} holds the demo {session.name!r}, but SHOPIFY_SHOP_URL names a shop: "
            "set NERDX_DATA_DIR to another folder for it."
        )
    if session:
        with serving():
            yield session.apply()
        return
    if settings.shop_url and settings.access_token and "timezone" not in settings.model_fields_set:
        os.environ["NERDX_TIMEZONE"] = meet(settings)["ianaTimezone"]
        settings = load_settings()
    yield settings


def meet(settings: Settings) -> dict[str, Any]:
    """What the shop says about itself: id, name, ianaTimezone, currencyCode.

    Raises ConfigError or ShopifyError within seconds, before anything is begun.
    """
    token = settings.access_token or SecretStr("")
    client = ShopifyClient(settings.shop_url or "", token, settings.api_version, attempts=3)
    shop: dict[str, Any] = client.execute(operation("shop", "Shop"))["shop"]
    return shop


def period(session: Session) -> tuple[date, date]:
    """First and last day of the session's data."""
    return date.fromisoformat(session.first_day), date.fromisoformat(session.last_day)
