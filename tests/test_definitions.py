"""What Dagster is told: every asset described, the right ones by day, the schedule on time."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from nerdx_pipelines.automation import LOOK_BACK_DAYS
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.partitions import daily_partitions, day_bounds
from nerdx_pipelines.settings import PROJECT_ROOT, Settings

BY_DAY = {
    "shopify_orders",
    "shopify_order_lines",
    "shopify_refunds",
    "shopify_refund_lines",
    "shopify_order_visits",
    "touches",
    "attribution_credits",
    "content_daily",
    "daily_sales",
}
SYDNEY = ZoneInfo("Australia/Sydney")


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    return build_defs(settings())


@pytest.fixture(scope="module")
def specs(defs: dg.Definitions) -> list[dg.AssetSpec]:
    return list(defs.resolve_all_asset_specs())


def test_everything_can_be_loaded(defs: dg.Definitions):
    dg.Definitions.validate_loadable(defs)


def test_every_asset_says_what_it_is_and_whose(specs: list[dg.AssetSpec]):
    for spec in specs:
        name = spec.key.to_user_string()
        assert spec.description, name
        assert spec.group_name != "default", name
        assert spec.kinds, name
        assert spec.owners, name


def test_tables_come_with_their_columns(specs: list[dg.AssetSpec]):
    tables = [spec for spec in specs if "sql" in spec.kinds]
    assert len({spec.metadata["dagster/table_name"] for spec in tables}) == len(tables) > 15
    for spec in tables:
        columns = spec.metadata["dagster/column_schema"].columns
        assert columns, spec.key
        assert all(column.name and column.type for column in columns)


def test_facts_are_kept_by_day_and_the_rest_whole(specs: list[dg.AssetSpec]):
    by_day = {spec.key.to_user_string() for spec in specs if spec.partitions_def}
    assert by_day == BY_DAY
    assert {spec.partitions_def for spec in specs if spec.partitions_def} == {
        daily_partitions(settings())
    }


def test_a_range_of_days_is_one_run(defs: dg.Definitions):
    for asset in defs.assets:
        if isinstance(asset, dg.AssetsDefinition) and asset.partitions_def:
            assert asset.backfill_policy == dg.BackfillPolicy.single_run(), asset.keys


def test_what_feeds_what(defs: dg.Definitions):
    graph = defs.resolve_asset_graph()

    def above(name: str) -> set[str]:
        keys = graph.get_ancestor_asset_keys(dg.AssetKey(name))
        return {key.to_user_string() for key in keys}

    assert {"shopify_orders", "touches", "content_products"} <= above("attribution_credits")
    assert {"attribution_credits", "published_kpis", "content_kpis"} <= above("report")
    assert "report" not in above("graph_attribution")


def test_a_resource_can_be_replaced():
    other = dg.ResourceDefinition.hardcoded_resource("another shop")
    replaced = build_defs(settings(), resource_overrides={"shopify": other})
    assert replaced.resources["shopify"] is other


def test_secrets_are_names_until_a_run_needs_them():
    told = build_defs(
        settings(
            SHOPIFY_SHOP_URL="shop.example.com",
            SHOPIFY_ACCESS_TOKEN="shpat_secret",
            NEO4J_URI="bolt://graph.example.com",
            NEO4J_PASSWORD="s3cret",
        )
    )
    assert "shpat_secret" not in repr(told.resources)
    assert "s3cret" not in repr(told.resources)
    assert told.resources["shopify"].access_token == dg.EnvVar("SHOPIFY_ACCESS_TOKEN")


def tick(at: datetime, **values: object) -> dg.RunRequest | dg.SkipReason:
    """What the nightly schedule asks for at an instant."""
    shop = settings(NERDX_TIMEZONE="Australia/Sydney", **values)
    schedule = build_defs(shop).resolve_schedule_def("daily_refresh")
    assert schedule.execution_timezone == "Australia/Sydney"
    with (
        dg.instance_for_test() as instance,
        dg.build_schedule_context(instance, scheduled_execution_time=at) as context,
    ):
        return schedule(context)


@pytest.mark.parametrize(
    ("at", "last"),
    [
        (datetime(2026, 6, 10, 2, 30, tzinfo=SYDNEY), date(2026, 6, 9)),
        # the same instant, as the daemon has it
        (datetime(2026, 6, 9, 16, 30, tzinfo=UTC), date(2026, 6, 9)),
        # 02:30 comes twice
        (datetime(2026, 4, 5, 2, 30, tzinfo=SYDNEY, fold=0), date(2026, 4, 4)),
        (datetime(2026, 4, 5, 2, 30, tzinfo=SYDNEY, fold=1), date(2026, 4, 4)),
        (datetime(2026, 4, 6, 2, 30, tzinfo=SYDNEY), date(2026, 4, 5)),
        # there is no 02:30
        (datetime(2026, 10, 4, 3, 0, tzinfo=SYDNEY), date(2026, 10, 3)),
        (datetime(2026, 10, 4, 3, 30, tzinfo=SYDNEY), date(2026, 10, 3)),
        (datetime(2026, 10, 5, 2, 30, tzinfo=SYDNEY), date(2026, 10, 4)),
        (datetime(2028, 3, 1, 2, 30, tzinfo=SYDNEY), date(2028, 2, 29)),
        (datetime(2026, 1, 1, 2, 30, tzinfo=SYDNEY), date(2025, 12, 31)),
    ],
)
def test_each_night_asks_for_the_days_up_to_yesterday(at: datetime, last: date):
    request = tick(at.astimezone(UTC))
    assert isinstance(request, dg.RunRequest)
    assert request.run_key == last.isoformat()
    assert request.tags == {
        "dagster/asset_partition_range_start": (last - timedelta(LOOK_BACK_DAYS)).isoformat(),
        "dagster/asset_partition_range_end": last.isoformat(),
    }
    days = daily_partitions(settings(NERDX_TIMEZONE="Australia/Sydney"))
    keys = days.get_partition_keys(current_time=at.astimezone(UTC))
    assert keys[-1] == last.isoformat()
    assert request.tags["dagster/asset_partition_range_start"] in keys


def test_the_first_nights_have_fewer_days():
    first = datetime(2026, 6, 2, 2, 30, tzinfo=SYDNEY).astimezone(UTC)
    request = tick(first, NERDX_START_DATE="2026-06-01")
    assert isinstance(request, dg.RunRequest)
    assert set(request.tags.values()) == {"2026-06-01"}
    reason = tick(first - timedelta(days=1), NERDX_START_DATE="2026-06-01")
    assert isinstance(reason, dg.SkipReason)


def test_data_that_ended_stay_where_they_ended():
    late = datetime(2026, 6, 20, 2, 30, tzinfo=SYDNEY).astimezone(UTC)
    request = tick(late, NERDX_START_DATE="2026-06-01", NERDX_END_DATE="2026-06-07")
    assert isinstance(request, dg.RunRequest)
    assert list(request.tags.values()) == ["2026-06-01", "2026-06-07"]


@pytest.mark.parametrize("zone", ["Australia/Sydney", "America/New_York", "UTC", "Asia/Kolkata"])
def test_a_day_is_the_same_for_dagster_and_for_the_pull(zone: str):
    days = daily_partitions(
        settings(NERDX_TIMEZONE=zone, NERDX_START_DATE="2026-01-01", NERDX_END_DATE="2026-12-31")
    )
    keys = days.get_partition_keys()
    assert (keys[0], keys[-1], len(keys)) == ("2026-01-01", "2026-12-31", 365)
    for key in keys:
        window = days.time_window_for_partition_key(key)
        day = date.fromisoformat(key)
        assert day_bounds(day, day, zone) == (window.start, window.end)


def test_the_workspace_loads_without_touching_anything(tmp_path: Path):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NERDX_", "SHOPIFY_"))}
    dagster = Path(sys.executable).with_name("dagster")
    done = subprocess.run(
        [dagster, "definitions", "validate", "-w", PROJECT_ROOT / "workspace.yaml"],
        cwd=tmp_path,
        env=kept | {"NERDX_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Validation successful" in done.stdout + done.stderr
    assert not (tmp_path / "data").exists()
