"""A Dagster logger for people: one line a finished step. All events are in the UI."""

import logging
import time
from typing import Any

import dagster as dg
from rich.console import Console

QUIET: dict[str, Any] = {"loggers": {"progress": {}}}


def _make(_: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("nerdx", logging.DEBUG)
    logger.addHandler(_Progress())
    return logger


progress_logger = dg.LoggerDefinition(_make, description="One line a finished or failed step.")


class _Progress(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.console = Console(stderr=True, highlight=False)
        self.started: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None:  # a skipped step and the like: what follows from a failure is no news
            return
        if event.is_step_start:
            self.started[event.step_key] = time.monotonic()
        elif event.is_step_success:
            seconds = time.monotonic() - self.started.get(event.step_key, time.monotonic())
            self.console.print(f"  [green]✓[/] {event.step_key:<34}[dim]{seconds:6.1f} s[/]")
        elif event.is_step_failure:
            self.console.print(f"  [red]✗ {event.step_key}[/]")
