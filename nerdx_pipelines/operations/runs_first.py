"""What an event tells of its run is true of the run before anybody can read the event.

Dagster has it the other way round. Its daemon, reading of a failure in between, finds a run that
still works, leaves it alone and never comes back to it: the run is not tried again, and its
backfill waits for ever for that. See also https://github.com/dagster-io/dagster/issues/33741.
"""

from datetime import UTC, datetime

import dagster as dg
from dagster._core.events import RunFailureReason
from dagster._core.execution.retries import auto_reexecution_should_retry_run
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.tags import RUN_FAILURE_REASON_TAG, WILL_RETRY_TAG


class RunsFirst(SqlEventLogStorage):
    """To be mixed into an event log, before the class that stores; it needs its instance."""

    @property
    def handles_run_events_in_store_event(self) -> bool:
        """Keeps Dagster from doing so afterwards."""
        return True

    def store_event(self, event: dg.EventLogEntry) -> None:
        """Store the event when its run's status, and whether it is tried again, are stored."""
        if event.is_dagster_event and event.get_dagster_event().is_job_event:
            self._tell_run(event)
        super().store_event(event)

    def _tell_run(self, event: dg.EventLogEntry) -> None:
        """As `DagsterInstance.handle_new_event` does."""
        instance, told = self._instance, event.get_dagster_event()
        at = datetime.fromtimestamp(event.timestamp, UTC)
        instance.run_storage.handle_run_event(event.run_id, told, at)
        run = instance.get_run_by_id(event.run_id)
        if run and told.is_run_failure and instance.run_retries_enabled:
            tag = run.tags.get(RUN_FAILURE_REASON_TAG)
            reason = RunFailureReason(tag) if tag else None
            again = auto_reexecution_should_retry_run(instance, run, reason)
            instance.add_run_tags(run.run_id, {WILL_RETRY_TAG: str(again).lower()})
