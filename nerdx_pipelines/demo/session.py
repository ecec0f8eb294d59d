"""One demo: its data made or read, the store serving them, the settings that go with them.

Makes sure that a data dir holds one data set only. What is done with the data is the
pipeline's own business and the same as for a real shop.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from nerdx_pipelines.demo.dataset import load_folder
from nerdx_pipelines.errors import ConfigError, NerdxError
from nerdx_pipelines.settings import Settings, load_settings
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.transport.connect import connect


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

    Sets the shop's address, token and webhook secret in the environment; yields the address.
    """
    os.environ["SHOPIFY_ACCESS_TOKEN"] = secrets.token_urlsafe(24)
    os.environ.setdefault("SHOPIFY_WEBHOOK_SECRET", secrets.token_hex(32))
    # Those of a real shop may be in `.env`; both kinds at once are an error.
    os.environ["SHOPIFY_CLIENT_ID"] = os.environ["SHOPIFY_CLIENT_SECRET"] = ""
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
    if settings.has_shop and "timezone" not in settings.model_fields_set:
        os.environ["NERDX_TIMEZONE"] = meet(settings)["ianaTimezone"]
        settings = load_settings()
    yield settings


def meet(settings: Settings) -> dict[str, Any]:
    """What the shop says about itself: id, name, ianaTimezone, currencyCode.

    Raises ConfigError or ShopifyError within seconds, before anything is begun.
    """
    client = connect(settings, attempts=3)
    shop: dict[str, Any] = client.execute(operation("shop", "Shop"))["shop"]
    return shop


def period(session: Session) -> tuple[date, date]:
    """First and last day of the session's data."""
    return date.fromisoformat(session.first_day), date.fromisoformat(session.last_day)
