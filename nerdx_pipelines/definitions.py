"""The one Definitions object: assets, checks, jobs, schedules and resources, wired.

Nothing is read or opened here but the environment; rules and SQL live elsewhere.
"""

from typing import Any

import dagster as dg

from nerdx_pipelines.assets import (
    changes,
    data_driven,
    evaluation,
    events,
    graph,
    graph_figures,
    handover,
    loop,
    product_lists,
    recommendation_log,
    report,
    voices,
    webhooks,
    world_model,
)
from nerdx_pipelines.assets.attribution import attribution_assets
from nerdx_pipelines.assets.checks import invariant_checks
from nerdx_pipelines.assets.content import content_assets
from nerdx_pipelines.assets.kpis import kpi_assets
from nerdx_pipelines.assets.pull_checks import pull_checks
from nerdx_pipelines.assets.push import push_asset
from nerdx_pipelines.assets.shopify import shopify_assets
from nerdx_pipelines.automation import jobs, schedules
from nerdx_pipelines.executors import executor_named
from nerdx_pipelines.operations.alerts import alerts
from nerdx_pipelines.operations.create_product import create_product
from nerdx_pipelines.operations.freshness import with_freshness
from nerdx_pipelines.operations.rebuild import rebuild_graph
from nerdx_pipelines.operations.retention import clean_up_job, clean_up_schedule
from nerdx_pipelines.partitions import daily_partitions
from nerdx_pipelines.progress import progress_logger
from nerdx_pipelines.resources.content import ContentFolder
from nerdx_pipelines.resources.events import EventNames
from nerdx_pipelines.resources.graph import GraphResource
from nerdx_pipelines.resources.loop import LoopRules
from nerdx_pipelines.resources.orchestrator import OrchestratorResource
from nerdx_pipelines.resources.paths import PathsResource
from nerdx_pipelines.resources.rules import AttributionRules
from nerdx_pipelines.resources.shopify import ShopifyResource
from nerdx_pipelines.resources.warehouse import WarehouseResource
from nerdx_pipelines.sensors import sensors
from nerdx_pipelines.settings import Settings, load_settings


def build_defs(
    settings: Settings | None = None, resource_overrides: dict[str, Any] | None = None
) -> dg.Definitions:
    """The whole project for `settings` (default: the environment's), any resource replaced."""
    settings = settings or load_settings()
    days = daily_partitions(settings)
    return dg.Definitions(
        assets=with_freshness(
            [
                *shopify_assets(days),
                *content_assets(days),
                *attribution_assets(days, max(settings.window_days, *settings.windows, 0)),
                *kpi_assets(days),
                push_asset(
                    switched_on=settings.push_recommendations,
                    replace_merchants=settings.replace_merchant_lists,
                ),
                *dg.load_assets_from_modules(
                    [
                        changes,
                        webhooks,
                        events,
                        data_driven,
                        graph,
                        loop,
                        product_lists,
                        recommendation_log,
                        evaluation,
                        handover,
                        report,
                        world_model,
                    ]
                ),
            ],
            settings,
        ),
        asset_checks=[
            *invariant_checks(),
            *pull_checks(),
            *dg.load_asset_checks_from_modules([graph, graph_figures, voices, evaluation]),
        ],
        jobs=[*jobs(), clean_up_job(settings), rebuild_graph, create_product],
        schedules=[*schedules(settings), clean_up_schedule(settings)],
        sensors=[*sensors(settings, days), *alerts(settings)],
        executor=executor_named(settings.executor),
        loggers={"console": dg.colored_console_logger, "progress": progress_logger},
        resources={**_resources(settings), **(resource_overrides or {})},
    )


def _resources(settings: Settings) -> dict[str, Any]:
    return {
        "shopify": ShopifyResource(
            # Secrets stay names until a run needs them, so that the UI shows no value.
            shop_url=dg.EnvVar("SHOPIFY_SHOP_URL") if settings.shop_url else "",
            access_token=dg.EnvVar("SHOPIFY_ACCESS_TOKEN") if settings.access_token else "",
            client_id=dg.EnvVar("SHOPIFY_CLIENT_ID") if settings.client_id else "",
            client_secret=dg.EnvVar("SHOPIFY_CLIENT_SECRET") if settings.client_secret else "",
            api_version=settings.api_version,
            token_file=str(settings.token_path),
        ),
        "warehouse": WarehouseResource(
            path=str(settings.warehouse_path),
            timezone=settings.timezone,
            memory_limit=settings.memory_limit,
            url=dg.EnvVar("NERDX_WAREHOUSE_URL") if settings.warehouse_url else "",
            data=settings.warehouse_data,
            rows_at_once=settings.rows_at_once,
        ),
        "content": ContentFolder(path=str(settings.content_dir or "")),
        "paths": PathsResource(
            raw=str(settings.raw_dir),
            inbox=str(settings.inbox_dir),
            archive=str(settings.archive_dir),
            requests=str(settings.requests_dir),
            kpi=str(settings.kpi_path),
            published=str(settings.published_dir),
            report=str(settings.report_path),
        ),
        "event_names": EventNames(touches=dict(settings.event_names)),
        "rules": AttributionRules(
            window_days=settings.window_days,
            half_life_days=settings.half_life_days,
            model="linear",
            lag_days=2,
            windows=settings.windows,
            touch_policies=list(settings.touch_policies),
            collapse=settings.collapse,
        ),
        "loop_rules": LoopRules(exploration_share=settings.exploration_share),
        "orchestrator": OrchestratorResource(
            path=str(settings.bundle_path),
            url=settings.orchestrator_url or "",
            secret=dg.EnvVar("NERDX_ORCHESTRATOR_SECRET") if settings.orchestrator_secret else "",
            with_addresses=settings.bundle_addresses,
        ),
        "graph": GraphResource(
            uri=settings.neo4j_uri or "",
            user=settings.neo4j_user,
            password=dg.EnvVar("NEO4J_PASSWORD") if settings.neo4j_password else "",
            database=settings.neo4j_database,
            state_dir=str(settings.graph_dir),
            scope=settings.graph_scope,
        ),
    }


defs = build_defs()
