"""What is acknowledged is kept: through kill -9, full disks, floods and stops."""

import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from tests.receiver.conftest import Start
from tests.receiver.running import FAR, PREFIX, Receiver, landed, request, signed, status_of

KILLS = int(os.environ.get("NERDX_KILLS", "40"))  # 500 before a release
SENDERS = 6
PATIENCE_S = 60


def until(done: Callable[[], bool]) -> None:
    """Wait for what has to come, or fail if it does not."""
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def body_of(number: int) -> bytes:
    """A webhook that nobody else sends, of up to 60,000 bytes."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return json.dumps({"id": number, "pad": digest * (int(digest[:4], 16) % 900 + 1)}).encode()


class Senders:
    """Threads that send one webhook after the other, and what was acknowledged."""

    def __init__(self) -> None:
        self._numbers = iter(range(10**9))
        self._lock = threading.Lock()
        self.acknowledged: set[int] = set()
        self.refused: dict[int, int] = {}

    @contextmanager
    def sending(self, receiver: Receiver) -> Iterator[None]:
        """Flood a receiver while the block runs, or until it is gone."""
        end = threading.Event()
        threads = [
            threading.Thread(target=self._send, args=(receiver, end)) for _ in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            end.set()
            for thread in threads:
                thread.join(20)
                assert not thread.is_alive()

    def _send(self, receiver: Receiver, end: threading.Event) -> None:
        with HTTPConnectionPool("127.0.0.1", receiver.port, retries=False, timeout=10) as pool:
            while not end.is_set():
                with self._lock:
                    number = next(self._numbers)
                body = body_of(number)
                headers = {
                    "X-Shopify-Hmac-Sha256": signed(body),
                    "X-Shopify-Webhook-Id": str(number),
                }
                try:
                    answer = pool.request(
                        "POST", f"{PREFIX}/orders-paid", body=body, headers=headers
                    )
                except HTTPError:
                    return
                if answer.status == 200:
                    self.acknowledged.add(number)
                else:
                    self.refused[number] = answer.status

    def see_more(self, count: int) -> None:
        """Wait until so many more are acknowledged."""
        wanted = len(self.acknowledged) + count
        until(lambda: len(self.acknowledged) >= wanted)

    def check(self, inbox: Path) -> set[int]:
        """Every acknowledged webhook is there exactly as it was sent, and no torn line; which."""
        found = set()
        for record in landed(inbox):
            number = int(record["webhook_id"])
            assert record["body"] == body_of(number).decode()
            assert record["topic"] == "orders/paid"
            found.add(number)
        assert self.acknowledged <= found
        return found


def test_nothing_acknowledged_is_lost_however_often_it_is_killed(start: Start) -> None:
    chance, senders = random.Random(7), Senders()
    for _ in range(KILLS):
        receiver = start(segment_age_s=chance.choice((0.01, 0.05, FAR)))
        with senders.sending(receiver):
            senders.see_more(chance.choice((0, 1, 20)))
            time.sleep(chance.random() * 0.05)
            receiver.kill()
    last = start()
    assert last.stop() == 0
    senders.check(last.data / "inbox")
    assert len(senders.acknowledged) > KILLS
    assert list((last.data / "receiver").iterdir()) == []


def test_a_stop_writes_and_closes_everything(start: Start) -> None:
    senders, receiver = Senders(), start(segment_age_s=FAR)
    with senders.sending(receiver):
        senders.see_more(50)
        assert landed(receiver.data / "inbox") == []
        assert receiver.stop() == 0
    senders.check(receiver.data / "inbox")
    assert list((receiver.data / "receiver").iterdir()) == []


def test_a_write_that_fails_is_answered_503_and_leaves_no_trace(start: Start) -> None:
    receiver = start(segment_age_s=FAR)
    everything = resource.prlimit(receiver.pid, resource.RLIMIT_FSIZE)
    senders = Senders()
    with senders.sending(receiver):
        senders.see_more(20)
        (segment,) = [
            each for each in (receiver.data / "receiver").glob("webhooks-*") if each.stat().st_size
        ]
        # From now on a write ends in the middle of a line: this is how long a file may be.
        limit = segment.stat().st_size + 100_000
        resource.prlimit(receiver.pid, resource.RLIMIT_FSIZE, (limit, everything[1]))
        until(lambda: len(senders.refused) >= 20)
    assert set(senders.refused.values()) == {503}
    until(lambda: receiver.metric("nerdx_receiver_queue_bytes") == 0)
    assert {int(each["webhook_id"]) for each in landed(segment.parent)} == senders.acknowledged
    answer = receiver.webhook(body_of(0) + b" " * 200_000)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    resource.prlimit(receiver.pid, resource.RLIMIT_FSIZE, (1000, everything[1]))
    assert receiver.get("/healthz").status_code == 503
    resource.prlimit(receiver.pid, resource.RLIMIT_FSIZE, everything)
    assert receiver.get("/healthz").json()["status"] == "ok"
    refused = set(senders.refused)
    with senders.sending(receiver):
        senders.see_more(20)
    assert receiver.stop() == 0
    assert senders.check(receiver.data / "inbox") == senders.acknowledged
    assert not refused & senders.acknowledged


def test_a_full_disk_is_answered_503_until_there_is_room(start: Start, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    try:
        done = subprocess.run(mount, capture_output=True)
    except FileNotFoundError:
        pytest.skip("There is no mount here.")
    if done.returncode:
        pytest.skip("A disk of its own can be had by root only.")
    try:
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * 500_000)
        receiver, senders = start({"NERDX_DATA_DIR": str(disk)}, segment_age_s=FAR), Senders()
        with senders.sending(receiver):
            until(lambda: bool(senders.refused))
        assert set(senders.refused.values()) == {503}
        ballast.unlink()
        assert receiver.webhook(body_of(10**6), X_Shopify_Webhook_Id=str(10**6)).ok
        assert receiver.get("/healthz").status_code == 200
        assert receiver.stop() == 0
        assert senders.check(disk / "inbox") == senders.acknowledged | {10**6}
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_two_receivers_of_one_data_dir_and_the_death_of_one(start: Start) -> None:
    first, second = start(segment_age_s=FAR), start(segment_age_s=FAR)
    for number, receiver in enumerate((first, second)):
        body = body_of(number)
        assert receiver.webhook(body, X_Shopify_Webhook_Id=str(number)).ok
    first.kill()
    third = start(segment_age_s=FAR)
    assert [each["webhook_id"] for each in landed(third.data / "inbox")] == ["0"]
    assert second.webhook(body_of(2), X_Shopify_Webhook_Id="2").ok
    assert (second.stop(), third.stop()) == (0, 0)
    assert sorted(each["webhook_id"] for each in landed(third.data / "inbox")) == ["0", "1", "2"]


def test_a_flood_is_refused_and_memory_is_not_filled(start: Start) -> None:
    receiver = start({"NERDX_MAX_BODY": "80000"}, queue_bytes=100_000)
    body = json.dumps({"pad": "x" * 70_000}).encode()
    with receiver.connect() as slow:
        slow.sendall(request(body)[:-10_000])
        until(lambda: receiver.metric("nerdx_receiver_queue_bytes") > 55_000)
        answer = receiver.webhook(body)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert receiver.webhook(b'{"small": 1}').ok
        slow.sendall(body[-10_000:])
        assert status_of(slow) == 200
    assert receiver.webhook(body).ok
    assert receiver.metric("nerdx_receiver_queue_bytes") == 0
    assert receiver.metric("nerdx_receiver_requests_total", outcome="full") == 1
    assert receiver.stop() == 0
    assert len(landed(receiver.data / "inbox")) == 3


def test_those_that_come_together_are_synced_together(start: Start) -> None:
    receiver, together = start(segment_age_s=FAR), 100
    syncs = "nerdx_landing_fdatasync_seconds_count"
    for _ in range(10):
        assert receiver.webhook(b"{}").ok
    assert receiver.metric(syncs, kind="webhooks") == 10
    connections = [receiver.connect() for _ in range(together)]
    for connection in connections:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status_of(connection) == 200
    os.kill(receiver.pid, signal.SIGSTOP)
    for number, connection in enumerate(connections):
        connection.sendall(request(b"{}", X_Shopify_Webhook_Id=str(number)))
    os.kill(receiver.pid, signal.SIGCONT)
    assert {status_of(connection) for connection in connections} == {200}
    assert receiver.metric(syncs, kind="webhooks") - 10 <= together / 10
    assert receiver.metric("nerdx_landing_group_records_sum", kind="webhooks") == together + 10
    for connection in connections:
        connection.close()
    receiver.stop()


def segments_are(receiver: Receiver, kind: str, count: int) -> bool:
    return receiver.metric("nerdx_inbox_segments", kind=kind) == count


def test_segments_reach_the_inbox_by_themselves_and_are_counted(start: Start) -> None:
    receiver = start(segment_age_s=0.05)
    assert receiver.webhook(b"{}").ok
    assert receiver.post("/v1/page", '{"anonymousId": "a"}', Authorization="Bearer wk").ok
    for kind in ("webhooks", "events"):
        until(partial(segments_are, receiver, kind, 1))
        assert len(landed(receiver.data / "inbox", kind)) == 1
    assert receiver.metric("nerdx_landing_open_segment_age_seconds") == 0
    assert receiver.get("/healthz").json() == {
        "status": "ok",
        "webhooks": {"open_segment_age_seconds": None},
        "events": {"open_segment_age_seconds": None},
    }
