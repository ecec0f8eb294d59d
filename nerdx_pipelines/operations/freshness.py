"""How old the tables may be before the UI says so, and an alert does: one rule a group of them.

Applied to all assets at once; what happens when a table is late is in `alerts.py`.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from nerdx_pipelines.automation import CHANGE_ASSETS
from nerdx_pipelines.settings import Settings

# `daily_refresh` begins at 02:30; two missed hours of `hourly_changes` are no news yet.
BY_MORNING, NIGHT = "0 6 * * *", timedelta(hours=4)
PULLS_WARN, PULLS_FAIL = timedelta(hours=2), timedelta(hours=4)
# Whatever comes to the receiver comes when it comes; and what is learned weekly is in no hurry.
TOLD_BY_OTHERS = ("shopify_webhooks", "content_events")


def with_freshness(assets: Sequence[Any], settings: Settings) -> Sequence[Any]:
    """The assets with their policies: made every night by 06:00 in the shop's zone, or every hour.

    None where the data have ended: what never grows cannot be late.
    """
    if settings.end_date:
        return assets
    nightly = dg.FreshnessPolicy.cron(
        deadline_cron=BY_MORNING, lower_bound_delta=NIGHT, timezone=settings.timezone
    )
    hourly = dg.FreshnessPolicy.time_window(fail_window=PULLS_FAIL, warn_window=PULLS_WARN)

    def apply(spec: dg.AssetSpec) -> dg.AssetSpec:
        name = spec.key.to_user_string()
        if name in TOLD_BY_OTHERS or spec.group_name == "learning":
            return spec
        policy = hourly if name in CHANGE_ASSETS else nightly
        with_policy: dg.AssetSpec = dg.apply_freshness_policy(spec, policy)
        return with_policy

    return dg.map_asset_specs(apply, assets)
