"""The project as Dagster loads it, but for the shop: every pull finds its file already there.

What `NERDX_BENCH_FILES` holds is from `raw_files.py`. Everything else is the project's own: assets,
checks, executor, instance, warehouse. What is measured with it is in the benchmarks.
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from benchmarks.raw_files import PRODUCTS, Shop, orders_file, refund_lines_file
from benchmarks.report import PROJECT
from nerdx_pipelines.assets import shopify
from nerdx_pipelines.automation import range_tags
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.progress import QUIET
from nerdx_pipelines.refresh import prepare_instance
from nerdx_pipelines.settings import load_settings
from nerdx_pipelines.shopify.pulling.pull import Pulled, Resource

FILES = "NERDX_BENCH_FILES"
EXECUTOR = "NERDX_BENCH_EXECUTOR"  # default: Dagster's own, a process a step
SIZE = "NERDX_BENCH_SHOP"
WHOLE = ("shopify_products", "shopify_customers", "content_catalog", "journey_touches")
DAILY = ("shopify_orders", "touches", "attribution_credits", "daily_sales", "content_daily")
VISIBLE = ("all_orders", "orders", "products", "customers", "inventory")


class PulledShop:
    """Answers what is asked beside a pull: what may be seen, and how much there is."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.shop_url = "https://pulled.example"
        self.api_version = self.served_version = "2026-10"

    def execute(self, text: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The scopes, or the number of objects that match a search."""
        if not variables:
            scopes = [{"handle": f"read_{what}"} for what in VISIBLE]
            return {"currentAppInstallation": {"accessScopes": scopes}}
        numbers = {"products": PRODUCTS, "customers": self.shop.customers}
        for name, number in numbers.items():
            if f"{name}Count" in text:
                return {"count": {"count": number}}
        moments = map(datetime.fromisoformat, re.findall(r"'(.+?)'", variables["query"]))
        return {"count": {"count": self.shop.orders_between(*moments)}}


def definitions() -> dg.Definitions:
    """The project, with the jobs that are measured: `years` is all from staging to KPIs."""
    settings = load_settings()
    _find_files(Path(os.environ[FILES]), ZoneInfo(settings.timezone))
    project = build_defs(settings, {"shopify": PulledShop(Shop.told(os.environ[SIZE]))})
    daily = dg.AssetSelection.assets(*DAILY).required_multi_asset_neighbors()
    whole = dg.AssetSelection.assets(*WHOLE).required_multi_asset_neighbors()
    everything = daily | whole | dg.AssetSelection.groups("kpi")
    return dg.Definitions(
        assets=project.assets,
        asset_checks=project.asset_checks,
        jobs=[
            dg.define_asset_job("years", selection=everything),
            dg.define_asset_job("days", selection=daily),
            dg.define_asset_job("writes", selection=daily.without_checks()),
            dg.define_asset_job("whole", selection=whole),
            dg.define_asset_job("publication", selection=["published_kpis"]),
        ],
        executor=None if os.environ.get(EXECUTOR) == "default" else project.executor,
        loggers=project.loggers,
        resources=project.resources,
    )


def environment(shop: Shop, files: Path, data_dir: Path) -> dict[str, str]:
    """What a process needs to load these definitions; `files` is where `shop` was written to."""
    return {
        FILES: str(files),
        SIZE: shop.text,
        "NERDX_DATA_DIR": str(data_dir),
        "NERDX_CONTENT_DIR": str(files / "content"),
        "NERDX_TIMEZONE": shop.timezone,
        "NERDX_START_DATE": shop.first.isoformat(),
        "NERDX_END_DATE": shop.last.isoformat(),
        "PYTHONPATH": str(PROJECT),
    }


def _find_files(files: Path, zone: ZoneInfo) -> None:
    """Put files in the place of pulls."""

    def pulled(to: Path, found: Path) -> Pulled:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.unlink(missing_ok=True)
        os.link(found, to)
        return Pulled(to, "files", 0, 0, datetime.now(UTC))

    def pull_range(
        client: object, resource: Resource, field: str, start: datetime, end: datetime, to: Path
    ) -> Pulled:
        first = start.astimezone(zone).date()
        last = end.astimezone(zone).date() - timedelta(1)
        return pulled(to, orders_file(files / "orders", first, last))

    def pull_refund_lines(client: object, orders: Path, to: Path) -> Pulled:
        first, last = map(date.fromisoformat, orders.stem.split("_"))
        return pulled(to, refund_lines_file(files / "orders", first, last))

    def pull_changed(
        client: object, resource: Resource, since: datetime | None, to: Path
    ) -> Pulled:
        return pulled(to, files / f"{resource.name}.jsonl")

    for pull in (pull_range, pull_refund_lines, pull_changed):
        setattr(shopify, pull.__name__, pull)


def main() -> None:
    """One run of the job `years` in this process, as `nerdx refresh` makes one of everything."""
    settings = load_settings()
    prepare_instance(settings)
    job = definitions().resolve_job_def("years")
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(
            instance=instance,
            tags=range_tags(*sys.argv[1:3]),
            run_config=QUIET,
            raise_on_error=True,
        )
        stats = instance.get_run_step_stats(result.run_id)
    steps = {s.step_key: s.end_time - s.start_time for s in stats if s.start_time and s.end_time}
    (settings.root / "steps.json").write_text(json.dumps(steps), encoding="utf-8")


if __name__ == "__main__":
    main()
else:
    defs = definitions() if FILES in os.environ else None
