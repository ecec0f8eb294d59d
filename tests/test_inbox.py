"""Which segments a run is asked to take, and what becomes of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nerdx_pipelines.inbox import LONGEST_PATIENCE, PATIENCE, applying, segments_to_request

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def close(inbox: Path, *numbers: int, prefix: str = "events", size: int = 10) -> list[str]:
    """Segments as the receiver would move them there."""
    inbox.mkdir(parents=True, exist_ok=True)
    names = [f"{prefix}-20260310T120000.{number:06}Z-7-{number}.jsonl" for number in numbers]
    for name in names:
        (inbox / name).write_bytes(b"x" * size)
    return names


def test_nothing_is_asked_of_an_inbox_that_is_empty_or_not_there(tmp_path: Path):
    assert segments_to_request(tmp_path / "inbox", "events", None, NOW) == (None, "{}")


def test_each_prefix_has_its_own_and_what_is_no_segment_stays(tmp_path: Path):
    (ours,) = close(tmp_path, 1)
    close(tmp_path, 2, prefix="webhooks")
    (tmp_path / "events-20260310.jsonl.part").write_text("")
    batch, _ = segments_to_request(tmp_path, "events", None, NOW)
    assert batch is not None
    assert batch.names == (ours,)


def test_a_segment_is_asked_for_once_whatever_its_name_sorts_after(tmp_path: Path):
    close(tmp_path, 5)
    _, cursor = segments_to_request(tmp_path, "events", None, NOW)
    assert segments_to_request(tmp_path, "events", cursor, NOW)[0] is None
    (late,) = close(tmp_path, 3)  # of another process, whose clock is behind
    batch, _ = segments_to_request(tmp_path, "events", cursor, NOW)
    assert batch is not None
    assert batch.names == (late,)


def test_one_whose_run_failed_is_asked_for_again_ever_more_patiently(tmp_path: Path):
    close(tmp_path, 1)
    cursor, keys, now = None, [], NOW
    for patience in (PATIENCE, 2 * PATIENCE, 4 * PATIENCE):
        batch, cursor = segments_to_request(tmp_path, "events", cursor, now)
        assert batch is not None
        keys.append(batch.run_key)
        soon = now + patience - timedelta(seconds=1)
        assert segments_to_request(tmp_path, "events", cursor, soon)[0] is None
        now += patience
    assert len(set(keys)) == 3
    for _ in range(20):
        now += LONGEST_PATIENCE
        batch, cursor = segments_to_request(tmp_path, "events", cursor, now)
        assert batch is not None


def test_a_batch_has_its_limits_but_never_starves_a_large_segment(tmp_path: Path):
    small = close(tmp_path, 1, 2, size=10)
    large = close(tmp_path, 3, size=100)
    cursor, batches = None, []
    while True:
        batch, cursor = segments_to_request(tmp_path, "events", cursor, NOW, most_bytes=25)
        if batch is None:
            break
        batches.append(list(batch.names))
    assert batches == [small, large]
    batch, _ = segments_to_request(tmp_path, "events", None, NOW, most_segments=1)
    assert batch is not None
    assert list(batch.names) == small[:1]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(["close", "tick", "run", "fail", "restart"]), max_size=30))
def test_every_segment_is_applied_once_and_none_is_forgotten(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("inbox")
    inbox, archive = folder / "inbox", folder / "archive"
    cursor, now, closed, applied = None, NOW, [], []
    wanted: list[tuple[str, ...]] = []
    steps = [*steps, "tick", "run"] + ["later", "tick", "run"] * len(steps)
    for number, step in enumerate(steps):
        if step == "close":
            closed += close(inbox, 1000 - number)
        elif step == "tick":
            batch, cursor = segments_to_request(inbox, "events", cursor, now, most_segments=2)
            wanted += [batch.names] if batch else []
        elif step == "later":
            now += LONGEST_PATIENCE
        elif step == "restart":  # the runs that wait are lost
            wanted = []
        elif wanted and step == "fail":
            with pytest.raises(ZeroDivisionError), applying(inbox, archive, "events", wanted[0]):
                raise ZeroDivisionError
            wanted = wanted[1:]
        elif wanted and step == "run":
            for names in [*wanted, wanted[0]]:  # and one of them twice
                with applying(inbox, archive, "events", names) as segments:
                    applied += [segment.name for segment in segments]
            wanted = []
    assert sorted(applied) == sorted(closed)
    assert sorted(path.name for path in archive.glob("2026-03/*")) == sorted(closed)
    assert not list(inbox.glob("*.jsonl"))


def test_without_names_the_oldest_batch_is_taken(tmp_path: Path):
    inbox, archive = tmp_path / "inbox", tmp_path / "archive"
    names = close(inbox, 2, 1)
    with applying(inbox, archive, "events") as segments:
        assert [segment.name for segment in segments] == sorted(names)
    with applying(inbox, archive, "events") as segments:
        assert segments == []
