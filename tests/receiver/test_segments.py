"""Segment files: whole lines only, one owner each; and the groups that are written to them."""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nerdx_pipelines.receiver.budget import Budget, FullError
from nerdx_pipelines.receiver.landing import Landing, LandingError
from nerdx_pipelines.receiver.segments import Segment, SegmentWriter, whole_lines
from tests.receiver.running import landed


def writer(root: Path, synced: Callable[[float], None] = lambda _: None) -> SegmentWriter:
    return SegmentWriter(root / "receiver", root / "inbox", "webhooks", synced)


def line(number: int, pad: int = 0) -> bytes:
    return json.dumps({"webhook_id": str(number), "body": "x" * pad}).encode() + b"\n"


def ids(folder: Path) -> list[str]:
    return [record["webhook_id"] for record in landed(folder)]


def open_segment(root: Path) -> Path:
    (segment,) = (root / "receiver").iterdir()
    return segment


@given(
    lines=st.lists(st.binary(max_size=30), max_size=5),
    cut=st.integers(0, 60),
    junk=st.sampled_from([b"", b"\n", b"\0" * 9, b"\0\n\0\n", b'{"a": ', b'{"a": \n', b"7\n"]),
)
def test_a_torn_end_is_cut_and_no_more(lines: list[bytes], cut: int, junk: bytes) -> None:
    whole = [json.dumps({"body": each.decode("latin-1")}).encode() + b"\n" for each in lines]
    text = b"".join(whole)
    text = text[: max(len(text) - cut, 0)]
    kept, expected = 0, b""
    while kept < len(whole) and text.startswith(expected + whole[kept]):
        expected += whole[kept]
        kept += 1
    with tempfile.TemporaryFile() as file:
        file.write(text + (junk if text == expected else b""))
        file.flush()
        assert whole_lines(file.fileno()) == len(expected)


def test_what_a_killed_process_left_is_taken_and_a_living_ones_is_not(tmp_path: Path) -> None:
    living = writer(tmp_path)
    living.append([line(1)])
    mine = open_segment(tmp_path)
    dead = mine.with_name("webhooks-20261122T000000.000000Z-1-1.jsonl")
    dead.write_bytes(line(2) + line(3) + line(4)[:-3])
    empty = mine.with_name("webhooks-20261122T000000.000000Z-1-2.jsonl")
    empty.write_bytes(b'{"torn')
    others = mine.with_name("events-20261122T000000.000000Z-1-1.jsonl")
    others.write_bytes(b"{}\n")
    assert writer(tmp_path).recover() == 1
    assert ids(tmp_path / "inbox") == ["2", "3"]
    assert (tmp_path / "inbox" / dead.name).exists()
    assert sorted((tmp_path / "receiver").iterdir()) == [others, mine]
    living.append([line(5)])
    living.close_all()
    assert sorted(ids(tmp_path / "inbox")) == ["1", "2", "3", "5"]


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    mine = writer(tmp_path)
    mine.append([line(1)])
    segment = open_segment(tmp_path)
    sync, fails = os.fdatasync, True

    def failing(handle: int) -> None:
        if fails:
            raise OSError(5, "Input/output error")
        sync(handle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nerdx_pipelines.receiver.segments._sync_data", failing)
        with pytest.raises(OSError, match="Input/output error"):
            mine.append([line(2), line(3)])
        assert segment.read_bytes() == line(1)
        fails = False
        mine.append([line(4)])
    mine.close_all()
    assert ids(tmp_path / "inbox") == ["1", "4"]


def test_a_segment_that_cannot_be_closed_is_closed_later(tmp_path: Path) -> None:
    mine = writer(tmp_path)
    mine.append([line(1)])
    segment = mine.detach()
    assert segment is not None
    (tmp_path / "inbox").rmdir()
    with pytest.raises(OSError, match="No such file"):
        mine.close(segment)
    (tmp_path / "inbox").mkdir()
    mine.append([line(2)])
    mine.close(segment)
    mine.close_all()
    assert ids(tmp_path / "inbox") == ["1", "2"]
    assert not list((tmp_path / "receiver").iterdir())


def test_records_land_while_segments_cannot_be_closed(tmp_path: Path) -> None:
    async def run() -> None:
        landing = Landing(writer(tmp_path), Budget(10**6), age_s=0)
        await landing.start()
        in_the_way = tmp_path / "inbox" / open_segment(tmp_path).name
        in_the_way.mkdir()
        for number in range(20):
            await landing.land(line(number))
        assert len(list((tmp_path / "receiver").iterdir())) <= 3
        in_the_way.rmdir()
        async with asyncio.timeout(60):
            while len(landed(tmp_path / "inbox")) < 20:
                await asyncio.sleep(0.01)
        await landing.close()

    asyncio.run(run())
    assert sorted(ids(tmp_path / "inbox"), key=int) == [str(number) for number in range(20)]


def test_all_that_wait_are_one_group(tmp_path: Path) -> None:
    syncs: list[float] = []
    groups: list[int] = []

    async def run() -> None:
        landing = Landing(writer(tmp_path, syncs.append), Budget(10**6), committed=groups.append)
        await landing.start()
        await asyncio.gather(*(landing.land(line(number)) for number in range(100)))
        for number in range(3):
            await landing.land(line(number))
        await landing.close()
        with pytest.raises(LandingError):
            await landing.land(line(0))

    asyncio.run(run())
    assert groups == [100, 1, 1, 1]
    assert len(syncs) == 4
    assert len(landed(tmp_path / "inbox")) == 103


def test_segments_are_closed_by_size_and_by_age(tmp_path: Path) -> None:
    async def run() -> None:
        landing = Landing(writer(tmp_path), Budget(10**6), age_s=1000, size=3000)
        await landing.start()
        for number in range(7):
            await landing.land(line(number, 1000))
        await landing.close()
        aged = Landing(writer(tmp_path), Budget(10**6), age_s=0.01)
        await aged.start()
        await aged.land(line(9))
        async with asyncio.timeout(60):
            while "9" not in ids(tmp_path / "inbox"):
                await asyncio.sleep(0.01)  # nothing else comes: it is closed all the same
        await aged.close()

    asyncio.run(run())
    sizes = [len(each.read_bytes().splitlines()) for each in sorted((tmp_path / "inbox").iterdir())]
    assert sizes == [3, 3, 1, 1]


def test_a_segment_is_closed_after_its_last_write(tmp_path: Path) -> None:
    still_open = []

    class Slow(SegmentWriter):
        def append(self, lines: Iterable[bytes]) -> None:
            super().append(lines)
            time.sleep(0.005)
            still_open.append(self.length > 0)

        def detach(self) -> Segment | None:
            time.sleep(0.001)  # if anything is being appended, it has begun by now
            return super().detach()

    slow = Slow(tmp_path / "receiver", tmp_path / "inbox", "webhooks")

    async def run() -> None:
        landing = Landing(slow, Budget(10**9), age_s=0)
        await landing.start()
        sent = []
        for number in range(100):  # while others are being written
            sent.append(asyncio.create_task(landing.land(line(number))))
            await asyncio.sleep(0.001)
        await asyncio.gather(*sent)
        await landing.close()

    asyncio.run(run())
    assert sorted(map(int, ids(tmp_path / "inbox"))) == list(range(100))
    assert all(still_open)


def test_what_is_beyond_the_budget_is_refused_and_room_comes_back(tmp_path: Path) -> None:
    async def run() -> None:
        budget = Budget(3 * len(line(0)))
        landing = Landing(writer(tmp_path), budget)
        await landing.start()
        sent = [landing.land(line(number)) for number in range(5)]
        done = await asyncio.gather(*sent, return_exceptions=True)
        assert [type(each) for each in done] == [type(None)] * 3 + [FullError] * 2
        assert budget.used == 0
        await landing.land(line(5))
        await landing.close()

    asyncio.run(run())
    assert ids(tmp_path / "inbox") == ["0", "1", "2", "5"]


def test_who_stops_waiting_gives_the_room_back(tmp_path: Path) -> None:
    async def run() -> None:
        budget = Budget(10**6)
        landing = Landing(writer(tmp_path), budget)
        await landing.start()
        left = asyncio.create_task(landing.land(line(1)))
        await asyncio.sleep(0)
        left.cancel()
        await landing.land(line(2))
        assert budget.used == 0
        await landing.close()

    asyncio.run(run())
    assert ids(tmp_path / "inbox") == ["2"]
