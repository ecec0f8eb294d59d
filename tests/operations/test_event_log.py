"""Events of a range of days: stored in batches just as Dagster's own storage does one by one."""

import sqlite3
from pathlib import Path

import dagster as dg
import pytest

from nerdx_pipelines.automation import range_tags
from nerdx_pipelines.operations.event_log import BatchingSqliteEventLog
from nerdx_pipelines.settings import PROJECT_ROOT

DAYS = dg.DailyPartitionsDefinition("2026-01-01", end_date="2026-01-08")
KEYS = DAYS.get_partition_keys()
OURS = (PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8")


@dg.multi_asset(
    specs=[
        dg.AssetSpec(name, partitions_def=DAYS, tags={"a": "b"}) for name in ("orders", "lines")
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def tables(context: dg.AssetExecutionContext):
    for name in ("orders", "lines"):
        for number, day in enumerate(context.partition_keys):
            rows = {"dagster/partition_row_count": number}
            context.add_asset_metadata(rows, asset_key=name, partition_key=day)
        yield dg.MaterializeResult(asset_key=name, data_version=dg.DataVersion("1"))


def ran(home: Path, configuration: str, monkeypatch: pytest.MonkeyPatch) -> dg.DagsterInstance:
    home.mkdir()
    (home / "dagster.yaml").write_text(configuration, encoding="utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    instance = dg.DagsterInstance.get()
    for first, last in ((KEYS[0], KEYS[-1]), (KEYS[2], KEYS[3])):
        result = dg.materialize([tables], instance=instance, tags=range_tags(first, last))
        assert result.success
    return instance


def stored(home: Path) -> list[tuple]:
    """The rows of every database of events: of each run, and of the index across them."""
    found = []
    for file in (home / "history" / "runs").glob("*.db"):
        with sqlite3.connect(file) as con:
            for statement in (
                "SELECT dagster_event_type, step_key, asset_key, partition FROM event_logs",
                "SELECT event_id, asset_key, key, value FROM asset_event_tags WHERE key = 'a'",
                "SELECT event_id, asset_key, key FROM asset_event_tags",
                "SELECT asset_key, last_materialization IS NULL FROM asset_keys",
            ):
                rows = con.execute(f"{statement} ORDER BY rowid").fetchall()
                found.append((file.stem == "index", statement, rows))
    return sorted(found, key=str)


@pytest.mark.parametrize("size", [3, 100])
def test_the_same_is_stored_as_by_dagster_itself(tmp_path, monkeypatch, size):
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", str(size))
    theirs = ran(tmp_path / "theirs", "telemetry: {enabled: false}\n", monkeypatch)
    ours = ran(tmp_path / "ours", OURS, monkeypatch)
    assert isinstance(ours.event_log_storage, BatchingSqliteEventLog)
    assert not isinstance(theirs.event_log_storage, BatchingSqliteEventLog)
    assert stored(tmp_path / "ours") == stored(tmp_path / "theirs")
    for key in (dg.AssetKey("orders"), dg.AssetKey("lines")):
        found = [latest(instance, key) for instance in (ours, theirs)]
        assert found[0] == found[1]
        assert [(day, rows) for day, rows, _ in found[0][:2]] == [(KEYS[0], 0), (KEYS[1], 1)]
        newest = ours.get_latest_materialization_event(key)
        assert newest.asset_materialization.partition == KEYS[3]
    ours.dispose()
    theirs.dispose()


def latest(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[tuple]:
    """Each day's newest materialization: day, its rows, its number among all events."""
    ids = instance.event_log_storage.get_latest_storage_id_by_partition(
        key, dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    events = {
        record.storage_id: record.asset_materialization
        for record in instance.fetch_materializations(key, limit=1000).records
    }
    return [
        (day, events[number].metadata["dagster/partition_row_count"].value, number)
        for day, number in sorted(ids.items())
    ]
