"""Dagster's Postgres storage, whose event log tells of runs in the order of `RunsFirst`.

For `storage` of a cluster's `dagster.yaml`; its packages are those of `nerdx-pipelines[cluster]`.
"""

from typing import Any, Self

from dagster._core.storage.event_log import EventLogStorage
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage
from dagster_postgres.utils import pg_url_from_config

from nerdx_pipelines.operations.runs_first import RunsFirst


class _EventLog(RunsFirst, PostgresEventLogStorage):
    pass


class PostgresStorage(DagsterPostgresStorage):
    """Runs, events and schedules in the database of `postgres_url`."""

    def __init__(self, postgres_url: str, **more: Any) -> None:
        super().__init__(postgres_url, **more)
        self._ordered = _EventLog(postgres_url)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """The storage that is configured, with fields as Dagster's own has them."""
        return cls(pg_url_from_config(config_value), inst_data=inst_data)

    @property
    def event_log_storage(self) -> EventLogStorage:
        """The event log, in place of Dagster's."""
        return self._ordered
