"""What the receiver counts, for Prometheus; each receiver has a registry of its own.

Who counts is elsewhere. Labels have few values, whatever is sent: a topic that is not known has
no label of its own.
"""

import os
from collections.abc import Callable
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
GROUPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Metrics:
    """Counters of requests by topic and outcome, and histograms of how long things took."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter(
            "nerdx_receiver_requests",
            "Requests by topic (or call, for events) and outcome.",
            ["kind", "topic", "outcome"],
            registry=registry,
        )
        self.seconds = Histogram(
            "nerdx_receiver_seconds",
            "From the first byte to the answer.",
            ["kind"],
            buckets=FAST,
            registry=registry,
        )
        self.sync_seconds = Histogram(
            "nerdx_landing_fdatasync_seconds",
            "Syncs of appended records; their count is that of the groups.",
            ["kind"],
            buckets=FAST,
            registry=registry,
        )
        self.group_records = Histogram(
            "nerdx_landing_group_records",
            "Requests whose records were made durable by one sync.",
            ["kind"],
            buckets=GROUPS,
            registry=registry,
        )
        self.queue_bytes = Gauge(
            "nerdx_receiver_queue_bytes", "Bytes of requests in memory.", registry=registry
        )
        self.segment_age = Gauge(
            "nerdx_landing_open_segment_age_seconds",
            "Age of the open segment, 0 without one.",
            ["kind"],
            registry=registry,
        )
        self.inbox_segments = Gauge(
            "nerdx_inbox_segments",
            "Closed segments that wait to be applied.",
            ["kind"],
            registry=registry,
        )

    def watch_inbox(self, inbox: Path, kind: str) -> None:
        """Count the segments of `kind` whenever the metrics are asked for."""
        self.inbox_segments.labels(kind).set_function(lambda: waiting(inbox, kind))

    def watch_segment(self, kind: str, age: Callable[[], float | None]) -> None:
        """Say how old the open segment is whenever the metrics are asked for."""
        self.segment_age.labels(kind).set_function(lambda: age() or 0.0)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)


def waiting(inbox: Path, kind: str) -> int:
    """Number of closed segments of `kind`."""
    try:
        with os.scandir(inbox) as entries:
            return sum(
                entry.name.startswith(f"{kind}-") and entry.name.endswith(".jsonl")
                for entry in entries
            )
    except FileNotFoundError:
        return 0
