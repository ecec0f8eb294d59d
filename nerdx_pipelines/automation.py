"""Jobs and schedules: what runs together, and when; what runs because something came: sensors."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from nerdx_pipelines.settings import Settings

REFRESH, PULL_CHANGES, WORK_OFF_CHANGES = "refresh", "pull_changes", "work_off_changes"
INGEST_WEBHOOKS, INGEST_EVENTS = "ingest_webhooks", "ingest_events"
SHOW_CHANGES, LEARN = "show_changes", "learn"
CHANGE_ASSETS = ("shopify_order_changes", "shopify_deletions")

# Changed orders are pulled every hour whatever their age, and late views and clicks mark their
# days. What nothing announces the daily run finds by going over so many days again: rows that a
# content folder gained for days it told before, and orders that Shopify's index by updated_at
# brought later than the pulls reach back. Fewer than the 60 days that read_orders alone may see.
LOOK_BACK_DAYS = 30
# Webhooks may be a day late or never come: the nightly look at what changed goes back so far.
RECONCILED_DAYS = 3


def jobs() -> list[Any]:
    """Everything; only what changed in the shop, asked for or told; only what is made of it."""
    pulls = dg.AssetSelection.assets(
        "shopify_products", "shopify_product_variants", "shopify_customers", *CHANGE_ASSETS
    )
    figures: dg.AssetSelection = dg.AssetSelection.groups("attribution", "kpi")
    figures |= dg.AssetSelection.assets("journey_touches")
    # They go over all journeys, impressions and orders: nightly, not whenever one of them changes.
    nightly = dg.AssetSelection.assets(
        "data_driven_credits",
        "recommendation_log",
        "product_recommendations",
        "pushed_recommendations",
    )
    figures -= nightly
    learning = dg.AssetSelection.groups("learning")  # weeks of data tell it more than a day does
    who_is_who = dg.AssetSelection.assets("content_events")  # customers may have new addresses
    return [
        dg.define_asset_job(
            REFRESH,
            selection=dg.AssetSelection.all() - learning,
            description="Shop and content -> staging -> credits -> KPIs -> graph -> report. Under "
            "Partitions, any range of days is one run, and one that was killed is gone on with.",
        ),
        dg.define_asset_job(
            PULL_CHANGES,
            selection=pulls | who_is_who,
            description="Orders, products and customers that changed or were deleted, any age.",
        ),
        dg.define_asset_job(
            INGEST_WEBHOOKS,
            # In one run, since to start another takes longer than the work.
            selection=dg.AssetSelection.assets("shopify_webhooks") | figures,
            description="What the shop told by webhooks, from the inbox, and the figures of the "
            "days that it changes.",
        ),
        dg.define_asset_job(
            INGEST_EVENTS,
            selection=dg.AssetSelection.assets("content_events"),
            description="What the site told of content that was seen and clicked, from the inbox.",
        ),
        dg.define_asset_job(
            WORK_OFF_CHANGES,
            selection=dg.AssetSelection.all()
            - dg.AssetSelection.groups("shopify", "content")
            - nightly
            - learning
            | dg.AssetSelection.assets("journey_touches"),
            description="Credits, KPIs, graph and report of the days that changed.",
        ),
        dg.define_asset_job(
            SHOW_CHANGES,
            selection=dg.AssetSelection.groups("graph", "loop", "report") - nightly,
            description="Graph, recommendations and report of figures that are there.",
        ),
        dg.define_asset_job(
            LEARN,
            selection=learning,
            description="How good the recommendations are, and what would make them better, by "
            "the last month's purchases.",
        ),
    ]


def range_tags(first: str, last: str) -> dict[str, str]:
    """Tags that make one run of all days from `first` to `last` (partition keys)."""
    return {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
    }


def schedules(settings: Settings) -> list[Any]:
    """The nightly refresh, the hourly look at what changed, and the nightly one that goes back."""
    further_back = {
        "ops": {"shopify_order_changes": {"config": {"look_back_days": RECONCILED_DAYS}}}
    }
    return [
        _daily(settings),
        _pulling(
            settings,
            "hourly_changes",
            "10 * * * *",
            "Asks the shop what changed; `changed_days` then has the figures made anew.",
            {},
        ),
        _pulling(
            settings,
            "nightly_reconciliation",
            "40 1 * * *",
            f"Asks the shop for all that changed in {RECONCILED_DAYS} days; the check "
            "`webhooks_complete` then says what no webhook had told.",
            further_back,
        ),
        dg.ScheduleDefinition(
            name="weekly_learning",
            job_name=LEARN,
            cron_schedule="30 3 * * 1",
            execution_timezone=settings.timezone,
            description="On Mondays, after the refresh: evaluates the recommendations, and learns.",
        ),
    ]


def _daily(settings: Settings) -> Any:
    # By day only lists that changed here are compared with the shop's.
    all_lists = {"ops": {"pushed_recommendations": {"config": {"check_all": True}}}}

    @dg.schedule(
        name="daily_refresh",
        job_name=REFRESH,
        cron_schedule="30 2 * * *",
        execution_timezone=settings.timezone,
        description=f"Refreshes yesterday and the {LOOK_BACK_DAYS} days before it, in one run; "
        "more where it was off for longer than that.",
    )
    def daily_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        now = context.scheduled_execution_time.astimezone(ZoneInfo(settings.timezone))
        last = min(now.date() - timedelta(days=1), settings.end_date or date.max)
        first = last - timedelta(days=LOOK_BACK_DAYS)
        known = context.instance.get_materialized_partitions(dg.AssetKey("shopify_orders"))
        if known:  # Dagster makes up for one missed night, which so has to stand for all of them
            first = min(first, date.fromisoformat(max(known)) + timedelta(days=1))
        first = max(first, settings.start_date)
        if last < first:
            return dg.SkipReason("No day has ended since NERDX_START_DATE.")
        return dg.RunRequest(
            run_key=last.isoformat(),
            tags=range_tags(first.isoformat(), last.isoformat()),
            run_config=all_lists if settings.push_recommendations else {},
        )

    return daily_refresh


def _pulling(
    settings: Settings, name: str, cron: str, description: str, config: dict[str, Any]
) -> Any:
    @dg.schedule(
        name=name,
        job_name=PULL_CHANGES,
        cron_schedule=cron,
        execution_timezone=settings.timezone,
        description=description,
    )
    def pulling(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return dg.RunRequest(
            run_key=context.scheduled_execution_time.isoformat(), run_config=config
        )

    return pulling
