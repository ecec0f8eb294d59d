"""Dagster's own SQLite event log, a batch of materializations in two transactions for all of them.

Dagster hands the materializations of a range over in batches, but its SQLite storage opens two
databases anew for each: two years took longer than all the work. Tables, files and meaning are
Dagster's, so either class reads what the other wrote.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData

from nerdx_pipelines.operations.runs_first import RunsFirst


class BatchingSqliteEventLog(RunsFirst, SqliteEventLogStorage):
    """The default event log of a Dagster home, for `event_log_storage` of `dagster.yaml`.

    How many events make a batch is said by `DAGSTER_EVENT_BATCH_SIZE`. Dagster writes those of a
    batch that fails one by one.
    """

    @classmethod
    def config_type(cls) -> Any:
        """The home; the files are where Dagster has them by default."""
        return {"home": dg.StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """The event log of the home that is configured."""
        return cls(str(Path(config_value["home"]) / "history" / "runs"), inst_data)

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Store them as `PostgresEventLogStorage` does; what is no materialization, one by one."""
        runs = {event.run_id for event in events}
        kinds = {event.dagster_event_type for event in events}
        if len(runs) != 1 or kinds != {dg.DagsterEventType.ASSET_MATERIALIZATION}:
            super().store_event_batch(events)
            return
        inserts = [self.prepare_insert_event(event) for event in events]
        with self.run_connection(runs.pop()) as con:
            for insert in inserts:
                con.execute(insert)
        with self.index_transaction() as con:  # across runs: what the pages of assets read
            ids = [con.execute(insert).lastrowid for insert in inserts]
            self._store_asset_event_tags(con, events, ids)
            newest = {
                event.get_dagster_event().asset_key: (event, number)
                for event, number in zip(events, ids, strict=True)
            }
            for event, number in newest.values():
                self._store_asset_event(con, event, number)
