"""A running shop that changes, and warehouses that follow it."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import requests

from nerdx_pipelines.automation import range_tags
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.files import replacing
from nerdx_pipelines.resources.shopify import ShopifyResource
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.warehouse.database import Warehouse
from tests.demo.store.demo_shop import TOKEN, running, write_store

ZONE = "Australia/Sydney"
FIRST, LAST = date(2026, 2, 20), date(2026, 3, 10)
PULLS = ["shopify_orders", "shopify_products", "shopify_customers"]
CHANGES = ["shopify_order_changes", "shopify_deletions"]
FIGURES = ["journey_touches", "attribution_credits", "daily_sales", "content_daily"]

CONTENT = {
    "content": [
        {"content_id": c, "content_type": "video", "title": c, "creator": "Zoë",
         "published_at": "2026-01-02T00:00:00Z", "production_cost": ""}
        for c in ("vid", "post")
    ],
    "content_products": [
        {"content_id": c, "product_id": p} for c in ("vid", "post") for p in range(100, 112)
    ],
    "touches": [
        {"event_id": f"e{i}", "user_id": 500 + i % 3, "content_id": ("vid", "post")[i % 2],
         "touch_type": ("view", "click")[i % 4 == 0],
         "touched_at": f"2026-03-0{1 + i % 5}T{i % 24:02}:00:00Z"}
        for i in range(40)
    ],
}  # fmt: skip


@dataclass
class Shop:
    """The store over HTTP."""

    url: str
    token: str = TOKEN

    def change(self, do: str, **form: Any) -> dict[str, Any]:
        """Have it done in the shop; what it touched."""
        answer = requests.post(
            f"{self.url}/demo/changes",
            json={"do": do, **form},
            headers={"X-Shopify-Access-Token": TOKEN},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


@contextmanager
def serving(folder: Path, rows: str | None = None, **options: Any) -> Iterator[Shop]:
    """A store of one's own; `options` of `create_app`."""
    folder.mkdir(parents=True, exist_ok=True)
    given = {} if rows is None else {"rows": rows}
    path = write_store(folder / "store.duckdb", **given)
    app = create_app(
        path, token=TOKEN, files_dir=folder / "bulk", **{"bucket": 1e9, "restore": 1e9} | options
    )
    with running(app) as url:
        yield Shop(url)


@dataclass
class Follower:
    """One data dir that follows a shop."""

    shop: Shop
    root: Path
    version: str = "2026-10"
    rows_at_once: int = 2_000_000

    def __post_init__(self) -> None:
        folder = self.root / "content"
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in CONTENT.items():
            with (  # atomically: other processes may read it
                replacing(folder / f"{name}.csv") as fresh,
                fresh.open("w", newline="", encoding="utf-8") as file,
            ):
                writer = csv.DictWriter(file, rows[0])
                writer.writeheader()
                writer.writerows(rows)
        settings = Settings(
            _env_file=None,
            NERDX_DATA_DIR=str(self.root),
            NERDX_TIMEZONE=ZONE,
            NERDX_START_DATE=FIRST,
            NERDX_END_DATE=LAST,
            NERDX_CONTENT_DIR=str(folder),
            NERDX_ROWS_AT_ONCE=self.rows_at_once,
        )
        shopify = ShopifyResource(
            shop_url=self.shop.url, access_token=self.shop.token, api_version=self.version
        )
        self.defs = build_defs(settings, {"shopify": shopify})
        self.warehouse = Warehouse(settings.warehouse_path, ZONE)

    def run(
        self, assets: list[str], first: date = FIRST, last: date = LAST, ok: bool = True
    ) -> dg.ExecuteInProcessResult:
        """Materialize the assets for these days, in a real run, with their checks."""
        wanted = dg.AssetSelection.assets(*assets).required_multi_asset_neighbors()
        graph = self.defs.resolve_asset_graph()
        result = (
            self.defs.resolve_implicit_global_asset_job_def()
            .get_subset(
                asset_selection=wanted.resolve(graph),
                asset_check_selection={
                    key for key in graph.asset_check_keys if key.asset_key in wanted.resolve(graph)
                },
            )
            .execute_in_process(
                tags=range_tags(first.isoformat(), last.isoformat()), raise_on_error=ok
            )
        )
        assert result.success or not ok
        return result

    def backfill(self) -> None:
        """Everything, once."""
        self.run([*PULLS, *CHANGES, "content_catalog", "touches", *FIGURES])

    def follow(self, day: date = LAST) -> None:
        """What the hourly run and its sensor do, with the figures of one day asked for."""
        self.run([*PULLS[1:], *CHANGES])
        self.run(FIGURES, day, day)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self.warehouse.read() as con:
            return con.execute(statement).fetchall()

    def figures(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row that orders and touches make, in an order of its own."""
        tables = (
            "staging.orders",
            "staging.order_lines",
            "staging.refunds",
            "staging.refund_lines",
            "staging.order_visits",
            "staging.touches",
            "staging.products",
            "staging.product_variants",
            "staging.customers",
            "attribution.credits",
            "attribution.placebo",
            "kpi.daily_sales",
            "kpi.content_daily",
        )
        return {table: self.rows(f"FROM {table} ORDER BY ALL") for table in tables}
