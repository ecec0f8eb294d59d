"""One receiver for tests that only ask it, and a way to start others."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.receiver.running import FAR, Receiver

Start = Callable[..., Receiver]


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """Takes bodies of up to 100,000 bytes, and never closes a segment for its age."""
    running = Receiver.start(
        tmp_path_factory.mktemp("receiver"), {"NERDX_MAX_BODY": "100000"}, segment_age_s=FAR
    )
    yield running
    running.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts receivers of one data dir; those that still run in the end are killed."""
    running: list[Receiver] = []

    def run(env: dict[str, str] | None = None, **choices: Any) -> Receiver:
        running.append(Receiver.start(tmp_path, env, **choices))
        return running[-1]

    yield run
    for each in running:
        if each.process.is_alive():
            each.kill()
