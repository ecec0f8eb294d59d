"""Deadlines as Dagster's own daemon judges them, of all our tables."""

import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.test_utils import create_test_daemon_workspace_context, freeze_time
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster._daemon.freshness import FreshnessDaemon

from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.settings import Settings

BERLIN = ZoneInfo("Europe/Berlin")
defs = build_defs(Settings(_env_file=None, NERDX_TIMEZONE="Europe/Berlin"))
NIGHTLY, HOURLY = ("daily_sales", "published_kpis", "report"), "shopify_order_changes"


def judge(instance: dg.DagsterInstance, now: datetime) -> dict[str, str]:
    """The state of each table that has one, after one look of the daemon."""
    target = LoadableTargetOrigin(
        executable_path=sys.executable, module_name=__name__, attribute="defs"
    )
    origin = InProcessCodeLocationOrigin(target, location_name="nerdx_pipelines")
    keys = list(defs.resolve_asset_graph().get_all_asset_keys())
    with (
        freeze_time(now),
        create_test_daemon_workspace_context(
            InProcessWorkspaceLoadTarget([origin]), instance
        ) as workspace,
    ):
        list(FreshnessDaemon().run_iteration(workspace))
    found = instance.get_freshness_state_records(keys)
    return {key.to_user_string(): state.freshness_state.value for key, state in found.items()}


@pytest.mark.parametrize("morning", ["2026-06-10", "2026-03-29", "2026-10-25"])
def test_a_missed_night_shows_at_six_in_the_shop(morning: str):
    night = datetime.fromisoformat(f"{morning}T02:31").replace(tzinfo=BERLIN, fold=1)
    six = datetime.fromisoformat(f"{morning}T06:01").replace(tzinfo=BERLIN)
    with dg.instance_for_test() as instance:
        with freeze_time(night):
            for name in (*NIGHTLY, HOURLY):
                instance.report_runless_asset_event(dg.AssetMaterialization(name))
        state = judge(instance, six)
        assert [state[name] for name in NIGHTLY] == ["PASS"] * 3
        assert state["content_kpis"] == "UNKNOWN"  # never made
        assert state["shopify_webhooks"] == "NOT_APPLICABLE"
        state = judge(instance, six + timedelta(hours=23, minutes=50))
        assert [state[name] for name in NIGHTLY] == ["PASS"] * 3
        state = judge(instance, six + timedelta(days=1))
        assert [state[name] for name in NIGHTLY] == ["FAIL"] * 3
        with freeze_time(six + timedelta(days=1, hours=1)):
            instance.report_runless_asset_event(dg.AssetMaterialization("report"))
        state = judge(instance, six + timedelta(days=1, hours=2))
        assert [state[name] for name in NIGHTLY] == ["FAIL", "FAIL", "PASS"]


def test_a_pull_of_changes_may_be_missed_once():
    noon = datetime(2026, 6, 10, 12, 10, tzinfo=BERLIN)
    with dg.instance_for_test() as instance:
        with freeze_time(noon):
            instance.report_runless_asset_event(dg.AssetMaterialization(HOURLY))
        states = [
            judge(instance, noon + timedelta(hours=hours, minutes=1))[HOURLY]
            for hours in (0, 1, 2, 4)
        ]
        assert states == ["PASS", "PASS", "WARN", "FAIL"]


def test_every_table_that_grows_has_a_deadline():
    without = {
        spec.key.to_user_string()
        for spec in defs.resolve_all_asset_specs()
        if spec.freshness_policy is None
    }
    learned_weekly = {"recommendation_evaluation", "world_model"}
    assert without == {"shopify_webhooks", "content_events"} | learned_weekly
    ended = build_defs(Settings(_env_file=None, NERDX_END_DATE="2026-03-31"))
    assert all(spec.freshness_policy is None for spec in ended.resolve_all_asset_specs())
