"""What is configured, what answers, what is wrong and how to mend it."""

import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

import duckdb

from nerdx_pipelines.errors import NerdxError
from nerdx_pipelines.files import check_writable
from nerdx_pipelines.graph import embedded
from nerdx_pipelines.graph.address import GraphAddress
from nerdx_pipelines.graph.client import Graph
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.shopify.client import ShopifyClient
from nerdx_pipelines.shopify.documents import operation

LITTLE_SPACE = 2 * 1024**3  # bytes


@dataclass(frozen=True)
class Finding:
    """One line of the report: `state` is ok, note or wrong."""

    state: str
    subject: str
    text: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at every outside world in turn; never raises for what it finds."""
    yield Finding(
        "ok",
        "versions",
        f"Python {platform.python_version()}, dagster {version('dagster')}, "
        f"duckdb {duckdb.__version__}",
    )
    for subject, look in (
        ("data dir", _data_dir),
        ("warehouse", _warehouse),
        ("content", _content),
        ("shop", _shop),
        ("graph", _graph),
    ):
        yield _guarded(subject, look, settings)


def _guarded(subject: str, look: Callable[[Settings], Finding], settings: Settings) -> Finding:
    try:
        return look(settings)
    except NerdxError as error:
        return Finding("wrong", subject, str(error))


def _data_dir(settings: Settings) -> Finding:
    check_writable(settings.root)
    free = shutil.disk_usage(settings.root).free
    state = "ok" if free > LITTLE_SPACE else "note"
    return Finding(state, "data dir", f"{settings.root}, {free / 1024**3:.1f} GiB free")


def _warehouse(settings: Settings) -> Finding:
    if not settings.warehouse_path.exists():
        return Finding("note", "warehouse", "empty so far: run `nerdx demo` or `nerdx refresh`")
    size = settings.warehouse_path.stat().st_size / 1024**2
    published = "published" if settings.kpi_path.exists() else "no KPIs published yet"
    return Finding("ok", "warehouse", f"{settings.warehouse_path}, {size:.0f} MiB, {published}")


def _content(settings: Settings) -> Finding:
    if settings.content_dir is None:
        return Finding(
            "note", "content", "NERDX_CONTENT_DIR is not set: nothing to attribute sales to"
        )
    if not settings.content_dir.is_dir():
        return Finding("wrong", "content", f"NERDX_CONTENT_DIR: no folder {settings.content_dir}")
    return Finding("ok", "content", str(settings.content_dir))


def _shop(settings: Settings) -> Finding:
    if not settings.shop_url or not settings.access_token:
        return Finding(
            "note",
            "shop",
            "SHOPIFY_SHOP_URL and SHOPIFY_ACCESS_TOKEN are not set; `nerdx demo` brings a store",
        )
    client = ShopifyClient(
        settings.shop_url, settings.access_token, settings.api_version, attempts=2
    )
    shop = client.execute(operation("shop", "Shop"))["shop"]
    about = f"{shop['name']} at {settings.shop_url}, {shop['ianaTimezone']}, {shop['currencyCode']}"
    if client.served_version not in (None, settings.api_version):
        return Finding(
            "wrong",
            "shop",
            f"{about}: asked for API {settings.api_version}, answered by {client.served_version}; "
            "set SHOPIFY_API_VERSION to a version that is still served",
        )
    if shop["ianaTimezone"] != settings.timezone:
        return Finding(
            "wrong",
            "shop",
            f"{about}: days are cut in {settings.timezone}; "
            f"set NERDX_TIMEZONE={shop['ianaTimezone']}",
        )
    return Finding("ok", "shop", about)


def _graph(settings: Settings) -> Finding:
    if settings.neo4j_uri:
        secret = settings.neo4j_password
        address = GraphAddress(
            settings.neo4j_uri,
            settings.neo4j_user,
            secret.get_secret_value() if secret else "",
            settings.neo4j_database,
        )
        with Graph(address) as graph:
            return Finding("ok", "graph", f"{graph.engine} at {settings.neo4j_uri}")
    running = embedded.status(settings.graph_dir)
    state = (
        f"running at {running.address.uri}"
        if running
        else "not running; started when a run needs it"
    )
    return Finding("ok", "graph", f"embedded, {state}")
