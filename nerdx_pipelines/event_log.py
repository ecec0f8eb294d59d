"""Dagster's own SQLite event log, a batch of events in one transaction instead of two an event.

A run over two years writes thousands of events; where a sync takes milliseconds that took longer
than all the work. Tables, files and meaning are Dagster's, so either class reads what the other
wrote.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import dagster as dg
from dagster import StringSource
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection


class BatchingSqliteEventLog(SqliteEventLogStorage):
    """The default event log of a Dagster home, for `event_log_storage` of `dagster.yaml`.

    How many events make a batch is said by `DAGSTER_EVENT_BATCH_SIZE`. Dagster writes those of a
    batch that fails one by one.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._held: dict[str, Connection] | None = None
        self._known_tables: set[str] = set()
        self._lock = threading.RLock()
        super().__init__(base_dir, inst_data)
        self._db_lock = cast(threading.Lock, self._lock)  # a batch holds two files at once

    @classmethod
    def config_type(cls) -> Any:
        """The home; the files are where Dagster has them by default."""
        return {"home": StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> "BatchingSqliteEventLog":
        """The event log of the home that is configured."""
        return cls(str(Path(config_value["home"]) / "history" / "runs"), inst_data)

    def store_event_batch(self, events: Sequence[dg.EventLogEntry]) -> None:
        """Store all of them, or, raising what went wrong, none."""
        with self._lock, ExitStack() as connections:
            self._held, self._connections = {}, connections
            try:
                super().store_event_batch(events)
            finally:
                self._held = None

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._lock:
            if self._held is None:
                with super()._connect(shard) as connection:
                    yield connection
                return
            if shard not in self._held:
                self._held[shard] = self._connections.enter_context(super()._connect(shard))
            yield self._held[shard]

    def has_table(self, table_name: str) -> bool:
        """Whether it exists; one that does is not asked for again."""
        if table_name not in self._known_tables and super().has_table(table_name):
            self._known_tables.add(table_name)
        return table_name in self._known_tables
