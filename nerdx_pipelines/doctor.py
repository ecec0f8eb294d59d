"""What is configured, what answers, what is wrong and how to mend it."""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import duckdb
import requests

from nerdx_pipelines.errors import NerdxError
from nerdx_pipelines.files import check_writable
from nerdx_pipelines.graph import embedded
from nerdx_pipelines.graph.address import named
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.inbox import PATIENCE, waiting
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.scopes import NEEDS, granted, missing_for
from nerdx_pipelines.shopify.transport.connect import connect

LITTLE_SPACE = 2 * 1024**3  # bytes


@dataclass(frozen=True)
class Finding:
    """One line of the report: `state` is ok, note or wrong."""

    state: str
    subject: str
    text: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at every outside world in turn; never raises for what it finds."""
    for subject, look in (
        ("versions", _versions),
        ("data dir", _data_dir),
        ("warehouse", _warehouse),
        ("content", _content),
        ("shop", _shop),
        ("receiver", _receiver),
        ("graph", _graph),
    ):
        try:
            yield from look(settings)
        except NerdxError as error:
            yield Finding("wrong", subject, str(error))


def _versions(_: Settings) -> Iterator[Finding]:
    yield Finding(
        "ok",
        "versions",
        f"Python {platform.python_version()}, dagster {version('dagster')}, "
        f"duckdb {duckdb.__version__}",
    )


def _data_dir(settings: Settings) -> Iterator[Finding]:
    check_writable(settings.root)
    free = shutil.disk_usage(settings.root).free
    state = "ok" if free > LITTLE_SPACE else "note"
    yield Finding(state, "data dir", f"{settings.root}, {free / 1024**3:.1f} GiB free")


def _warehouse(settings: Settings) -> Iterator[Finding]:
    if not settings.warehouse_path.exists():
        yield Finding("note", "warehouse", "empty so far: run `nerdx demo` or `nerdx refresh`")
        return
    size = settings.warehouse_path.stat().st_size / 1024**2
    published = "published" if settings.kpi_path.exists() else "no KPIs published yet"
    yield Finding("ok", "warehouse", f"{settings.warehouse_path}, {size:.0f} MiB, {published}")


def _content(settings: Settings) -> Iterator[Finding]:
    if settings.content_dir is None:
        yield Finding(
            "note", "content", "NERDX_CONTENT_DIR is not set: nothing to attribute sales to"
        )
    elif not settings.content_dir.is_dir():
        yield Finding("wrong", "content", f"NERDX_CONTENT_DIR: no folder {settings.content_dir}")
    else:
        yield Finding("ok", "content", str(settings.content_dir))


def _shop(settings: Settings) -> Iterator[Finding]:
    if not settings.has_shop:
        yield Finding(
            "note",
            "shop",
            "SHOPIFY_SHOP_URL and SHOPIFY_ACCESS_TOKEN (or SHOPIFY_CLIENT_ID and "
            "SHOPIFY_CLIENT_SECRET) are not set; `nerdx demo` brings a store",
        )
        return
    client = connect(settings, attempts=2)
    shop = client.execute(operation("shop", "Shop"))["shop"]
    about = f"{shop['name']} at {settings.shop_url}, {shop['ianaTimezone']}, {shop['currencyCode']}"
    if client.version_warning:
        yield Finding("wrong", "shop", f"{about}: {client.version_warning}")
    elif shop["ianaTimezone"] != settings.timezone:
        yield Finding(
            "wrong",
            "shop",
            f"{about}: days are cut in {settings.timezone}; "
            f"set NERDX_TIMEZONE={shop['ianaTimezone']}",
        )
    else:
        yield Finding("ok", "shop", about)
    scopes = granted(client)
    yield Finding("ok", "scopes", ", ".join(sorted(scopes)) or "none")
    for part in NEEDS:
        if reason := missing_for(part, scopes):
            is_asked_for = part == "push_recommendations" and settings.push_recommendations
            yield Finding("wrong" if is_asked_for else "note", "scopes", reason)


def _receiver(settings: Settings) -> Iterator[Finding]:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (others listen there)
    host = everywhere.get(settings.receiver_host, settings.receiver_host)
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.receiver_port}"
    yield Finding(*_health(url))
    yield _inbox(settings)


def _health(url: str) -> tuple[str, str, str]:
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between
        try:
            health = session.get(f"{url}/healthz", timeout=3).json()
            if health["status"] == "ok":
                return "ok", "receiver", f"answers at {url}"
            return "wrong", "receiver", f"{url}: {health['error']}"
        except requests.ConnectionError:
            nobody = f"nothing answers at {url}; `nerdx receiver` takes webhooks and events"
            return "note", "receiver", nobody
        except (requests.RequestException, KeyError, TypeError):
            stranger = f"what listens at {url} is none; set another NERDX_RECEIVER_PORT"
            return "wrong", "receiver", stranger


def _inbox(settings: Settings) -> Finding:
    ages = waiting(settings.inbox_dir, datetime.now(UTC))
    if not ages:
        return Finding("ok", "inbox", "no segment waits to be applied")
    oldest = max(ages)
    text = (
        f"{len(ages)} segment{'s' * (len(ages) > 1)} to apply, "
        f"the oldest for {oldest.total_seconds() / 60:.0f} min"
    )
    if oldest < PATIENCE:
        return Finding("ok", "inbox", text)
    remedy = "does `nerdx ui` or a Dagster daemon run, with the sensors *_segments on?"
    return Finding("wrong", "inbox", f"{text}: {remedy}")


def _graph(settings: Settings) -> Iterator[Finding]:
    if address := named(settings):
        with Graph(address) as graph:
            server = graph.server
            yield Finding("ok", "graph", f"{server.engine} {server.version} at {address.uri}")
        return
    running = embedded.status(settings.graph_dir)
    state = (
        f"running at {running.address.uri}"
        if running
        else "not running; started when a run needs it"
    )
    yield Finding("ok", "graph", f"embedded, {state}")
