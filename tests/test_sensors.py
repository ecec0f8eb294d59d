"""Sensors on a real instance: what they ask for, and what they do not ask for twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from nerdx_pipelines.assets.days import CONSUMERS
from nerdx_pipelines.automation import INGEST_WEBHOOKS, REFRESH
from nerdx_pipelines.definitions import build_defs
from nerdx_pipelines.sensors import PATIENCE, request_segments
from nerdx_pipelines.settings import Settings
from tests.assets.bodies import order
from tests.assets.segments import segment, webhook

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def defs(tmp_path: Path) -> dg.Definitions:
    return build_defs(Settings(_env_file=None, NERDX_DATA_DIR=str(tmp_path)))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


def ask(
    instance: dg.DagsterInstance, inbox: Path, cursor: str | None, now: datetime = NOW
) -> tuple[dg.RunRequest | None, str]:
    return request_segments(
        instance, inbox, "webhooks", INGEST_WEBHOOKS, "shopify_webhooks", cursor, now
    )


def names(request: dg.RunRequest | None) -> list[str]:
    assert request is not None
    return request.run_config["ops"]["shopify_webhooks"]["config"]["names"]


def begin(
    instance: dg.DagsterInstance, defs: dg.Definitions, request: dg.RunRequest | None, **run: Any
) -> dg.DagsterRun:
    """The run as the daemon would make it."""
    assert request is not None
    job = defs.resolve_job_def(INGEST_WEBHOOKS)
    return instance.create_run_for_job(
        job, run_config=request.run_config, tags={"dagster/run_key": str(request.run_key)}, **run
    )


def close(inbox: Path, number: int) -> str:
    return segment(inbox, [webhook("orders/paid", order(number))]).name


def test_no_segment_is_asked_for_while_a_run_is_under_way(
    instance: dg.DagsterInstance, defs: dg.Definitions, inbox: Path
):
    assert ask(instance, inbox, None)[0] is None
    first = close(inbox, 1)
    request, cursor = ask(instance, inbox, None)
    assert names(request) == [first]
    run = begin(instance, defs, request, status=dg.DagsterRunStatus.STARTED)
    second = close(inbox, 2)
    assert ask(instance, inbox, cursor, NOW + timedelta(days=1)) == (None, cursor)
    # The run applied the first and ended.
    (inbox / first).unlink()
    instance.report_run_canceled(run)
    request, _ = ask(instance, inbox, cursor)
    assert names(request) == [second]


def test_what_a_failed_run_left_comes_again_under_another_key(
    instance: dg.DagsterInstance, defs: dg.Definitions, inbox: Path
):
    left = close(inbox, 1)
    first, cursor = ask(instance, inbox, None)
    run = begin(instance, defs, first, status=dg.DagsterRunStatus.STARTED)
    instance.report_run_failed(run)
    assert ask(instance, inbox, cursor)[0] is None  # not at once, lest it fail in a loop
    again, _ = ask(instance, inbox, cursor, NOW + PATIENCE)
    assert names(again) == [left]
    assert first is not None
    assert again is not None
    assert again.run_key != first.run_key


def test_a_daemon_that_dies_before_it_remembers_asks_the_same_again(
    instance: dg.DagsterInstance, inbox: Path
):
    close(inbox, 1)
    first, _ = ask(instance, inbox, None)
    again, _ = ask(instance, inbox, None, NOW + timedelta(hours=1))
    assert first is not None
    assert again is not None
    assert again.run_key == first.run_key  # Dagster makes no second run of a key


def tick(defs: dg.Definitions, instance: dg.DagsterInstance, name: str) -> Any:
    """One evaluation of the sensor, as the daemon does it, from the very beginning."""
    context = dg.build_sensor_context(
        instance=instance, definitions=defs, repository_name="__repository__"
    )
    return defs.resolve_sensor_def(name).evaluate_tick(context)


def test_segments_become_rows_and_wishes_become_runs(
    instance: dg.DagsterInstance, defs: dg.Definitions, inbox: Path
):
    paid = webhook("orders/paid", order(1))
    file = segment(inbox, [paid, webhook("orders/edited", {"order_edit": {"order_id": 1}})])
    (request,) = tick(defs, instance, "webhook_segments").run_requests
    assert names(request) == [file.name]
    job = defs.resolve_job_def(INGEST_WEBHOOKS)
    result = job.execute_in_process(
        run_config=request.run_config,
        instance=instance,
        asset_selection=[dg.AssetKey("shopify_webhooks")],
        partition_key=request.partition_key,
    )
    assert result.success
    assert not file.exists()
    assert [each.name for each in (inbox.parent / "archive").rglob("*.jsonl")] == [file.name]
    (pull,) = tick(defs, instance, "pulls_asked_by_webhooks").run_requests
    assert pull.run_key.startswith("asked by")


@pytest.mark.parametrize("waiting", [[], ["2026-03-10"]])
def test_days_that_wait_become_a_run(
    instance: dg.DagsterInstance, defs: dg.Definitions, waiting: list[str]
):
    instance.report_runless_asset_event(
        dg.AssetMaterialization("shopify_webhooks", metadata={"pending_days": waiting})
    )
    asked = tick(defs, instance, "changed_days_of_shopify_webhooks").run_requests or []
    assert [each.partition_key for each in asked] == waiting


def test_a_run_that_goes_on_to_the_figures_needs_no_second_one(
    instance: dg.DagsterInstance, defs: dg.Definitions, inbox: Path
):
    segment(inbox, [webhook("orders/paid", order(1))])
    result = defs.resolve_job_def(REFRESH).execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey("shopify_webhooks")],
        partition_key="2026-03-10",
    )
    (told,) = result.asset_materializations_for_node("shopify_webhooks")
    assert told.metadata["pending_days"].value == ["2026-03-10"]
    assert not tick(defs, instance, "changed_days_of_shopify_webhooks").run_requests


@pytest.mark.parametrize("of", ["the figures too", "the webhooks alone", "what is over"])
def test_a_backfill_that_makes_the_figures_needs_no_second_run(
    instance: dg.DagsterInstance, defs: dg.Definitions, inbox: Path, of: str
):
    chosen = ["shopify_webhooks", *(CONSUMERS if of != "the webhooks alone" else ())]
    over = BulkActionStatus.COMPLETED_FAILED
    instance.add_backfill(
        PartitionBackfill(
            backfill_id="b",
            status=over if of == "what is over" else BulkActionStatus.REQUESTED,
            from_failure=False,
            tags={},
            backfill_timestamp=0.0,
            asset_selection=[dg.AssetKey(name) for name in chosen],
        )
    )
    segment(inbox, [webhook("orders/paid", order(1))])
    job = defs.resolve_implicit_global_asset_job_def()
    job.execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey("shopify_webhooks")],
        tags={"dagster/backfill": "b"},
    )
    asked = tick(defs, instance, "changed_days_of_shopify_webhooks").run_requests or []
    assert len(asked) == (0 if of == "the figures too" else 1)
