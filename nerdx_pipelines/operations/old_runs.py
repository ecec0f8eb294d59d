"""Forgetting runs that ended long ago, so that Dagster's own storage stays small and quick.

Dagster has no setting for it, and `DagsterInstance.delete_run` would take the partitions' status
along and leave files behind. When it is done, and for which runs, is decided in `retention.py`.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import dagster as dg
import sqlalchemy as db
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage

log = logging.getLogger(__name__)

AT_ONCE = 200  # runs in one transaction
ENDED = (
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
)
# The newest of these of an asset's partition says that it is materialized, and with what.
_STATUS_EVENTS = ("ASSET_MATERIALIZATION", "ASSET_OBSERVATION")


def forget_runs(
    instance: dg.DagsterInstance,
    before: datetime,
    most: int,
    job: str | None = None,
    statuses: Sequence[dg.DagsterRunStatus] = ENDED,
) -> int:
    """Delete up to `most` runs that ended before an instant, with their logs; how many it were.

    What remains of them is the newest materialization of each asset and partition and the newest
    result of each check, so that the UI shows them as before, without a link to their run. A run
    is deleted last: what a crash leaves is found again the next time.
    """
    wanted = dg.RunsFilter(job_name=job, statuses=list(statuses), updated_before=before)
    forgotten = 0
    while forgotten < most:
        ids = instance.run_storage.get_run_ids(wanted, limit=min(AT_ONCE, most - forgotten))
        if not ids:
            break
        _forget_events(instance, ids)
        for run_id in ids:
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            instance.run_storage.delete_run(run_id)
        forgotten += len(ids)
        log.info("%d runs before %s forgotten%s", forgotten, before, f", of {job}" if job else "")
    return forgotten


def forget_superseded(instance: dg.DagsterInstance) -> None:
    """Delete what was kept of runs that are forgotten where newer runs have made it anew."""
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return
    events, checks = SqlEventLogStorageTable, AssetCheckExecutionsTable
    with storage.index_connection() as con:
        kinds = events.c.dagster_event_type.in_(_STATUS_EVENTS)
        made_anew = db.select(events.c.run_id).where(kinds, _superseded())
        checked_anew = db.select(checks.c.run_id).where(_repeated())
        found = con.execute(db.union(made_anew, checked_anew)).scalars()
        runs = {run_id for run_id in found if run_id}  # what was only reported has none
    gone = sorted(runs.difference(instance.run_storage.get_run_ids()))
    for start in range(0, len(gone), AT_ONCE):
        _forget_events(instance, gone[start : start + AT_ONCE])


def _forget_events(instance: dg.DagsterInstance, ids: Sequence[str]) -> None:
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):  # not ours to look into
        for run_id in ids:
            storage.delete_events(run_id)
        return
    events, tags, checks = SqlEventLogStorageTable, AssetEventTagsTable, AssetCheckExecutionsTable
    says_nothing = events.c.dagster_event_type.not_in(_STATUS_EVENTS)
    old = db.and_(
        events.c.run_id.in_(ids),
        db.or_(events.c.dagster_event_type.is_(None), says_nothing, _superseded()),
    )
    with storage.index_connection() as con:
        con.execute(tags.delete().where(tags.c.event_id.in_(db.select(events.c.id).where(old))))
        con.execute(events.delete().where(old))
        never_made = checks.c.execution_status == "PLANNED"
        old = db.and_(checks.c.run_id.in_(ids), db.or_(never_made, _repeated()))
        con.execute(checks.delete().where(old))
    if isinstance(storage, SqliteEventLogStorage):
        for run_id in ids:  # a file a run, which Dagster empties at most
            for end in ("", "-wal", "-shm"):
                Path(storage.path_for_shard(run_id) + end).unlink(missing_ok=True)


def _superseded() -> db.ColumnElement[bool]:
    """Of a row of event_logs: there is a newer one of its kind, asset and partition."""
    events, newer = SqlEventLogStorageTable, SqlEventLogStorageTable.alias("newer")
    return db.exists().where(
        newer.c.asset_key == events.c.asset_key,
        newer.c.dagster_event_type == events.c.dagster_event_type,
        newer.c.partition.is_not_distinct_from(events.c.partition),
        newer.c.id > events.c.id,
    )


def _repeated() -> db.ColumnElement[bool]:
    """Of a row of asset_check_executions: the check was made again later."""
    checks, later = AssetCheckExecutionsTable, AssetCheckExecutionsTable.alias("later")
    return db.exists().where(
        later.c.asset_key == checks.c.asset_key,
        later.c.check_name == checks.c.check_name,
        later.c.partition.is_not_distinct_from(checks.c.partition),
        later.c.execution_status != "PLANNED",
        later.c.id > checks.c.id,
    )
