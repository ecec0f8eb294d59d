"""A receiver that is killed under load: what it acknowledged is in the inbox, whole and unchanged.

What it did not acknowledge is sent again, as Shopify does, and may be there twice.
"""

import base64
import hashlib
import hmac
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.assets.world import Follower
from tests.kill.orders import paid
from tests.kill.victims import KILLS, NOBODY, ingest, seconds

SECRET = "hush"
NERDX = Path(sys.executable).with_name("nerdx")
ROUNDS = KILLS // 3
SENDERS = 6
DOUBLED = 0.3
TOPIC = "orders/updated"


@dataclass
class Senders:
    """Connections that send signed webhooks one after the other, until a receiver dies."""

    dice: random.Random
    sent: dict[str, bytes] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, url: str) -> list[threading.Thread]:
        """Start them; they end with the receiver."""
        threads = [threading.Thread(target=self._send, args=(url,)) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        return threads

    def send_rest(self, url: str) -> None:
        """What was never acknowledged, once more."""
        connection = _connection(url)
        for webhook_id in sorted(self.sent.keys() - self.acknowledged):
            self._post(connection, webhook_id)

    def _send(self, url: str) -> None:
        connection = _connection(url)
        while True:
            try:
                self._post(connection, self._next())
            except (OSError, HTTPException):
                return

    def _next(self) -> str:
        with self._lock:
            if self.sent and self.dice.random() < DOUBLED:
                return f"w{self.dice.randrange(len(self.sent))}"
            webhook_id = f"w{len(self.sent)}"
            order = paid(self.dice.randint(1, 50), self.dice)
            padding = "ä" * self.dice.randint(0, 4000)
            self.sent[webhook_id] = json.dumps(order | {"note": padding}).encode()
            return webhook_id

    def _post(self, connection: HTTPConnection, webhook_id: str) -> None:
        body = self.sent[webhook_id]
        digest = hmac.digest(SECRET.encode(), body, hashlib.sha256)
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": TOPIC,
            "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
            "X-Shopify-Shop-Domain": "awkward.myshopify.com",
            "X-Shopify-Webhook-Id": webhook_id,
            "X-Shopify-Triggered-At": "2026-03-10T12:00:00.000Z",
        }
        connection.request(
            "POST", f"/api/v1/webhooks/shopify/{TOPIC.replace('/', '-')}", body, headers
        )
        answer = connection.getresponse()
        answer.read()
        with self._lock:
            if answer.status == 200:
                self.acknowledged.add(webhook_id)
            else:
                self.refused.append(answer.status)


def _connection(url: str) -> HTTPConnection:
    parts = urlsplit(url)
    return HTTPConnection(parts.hostname or "", parts.port, timeout=10)


def start(data_dir: Path) -> tuple["subprocess.Popen[str]", str]:
    """A receiver of its own and its address."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("NERDX_", "SHOPIFY_"))}
    process = subprocess.Popen(
        [NERDX, "receiver", "--port", "0"],
        env=kept | {"NERDX_DATA_DIR": str(data_dir), "SHOPIFY_WEBHOOK_SECRET": SECRET},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    told = process.stdout.readline()
    assert told.startswith("NERDX_RECEIVER_URL="), told
    return process, told.strip().partition("=")[2]


def landed(data_dir: Path) -> list[dict[str, str]]:
    """Every line of every closed segment."""
    return [
        json.loads(line)
        for segment in sorted((data_dir / "inbox").glob("*.jsonl"))
        for line in segment.read_bytes().split(b"\n")[:-1]
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="a killed process frees its lock at once")
def test_what_was_acknowledged_is_landed_and_applied_once(tmp_path: Path):
    dice = random.Random(KILLS)
    senders = Senders(random.Random(KILLS + 1))
    data_dir = tmp_path / "data"
    for _ in range(ROUNDS):
        before = len(senders.acknowledged)
        process, url = start(data_dir)
        threads = senders.run(url)
        while len(senders.acknowledged) == before:  # it is under way
            time.sleep(0.001)
        time.sleep(dice.uniform(0, 0.3))
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
    process, url = start(data_dir)
    senders.send_rest(url)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0

    assert senders.refused == []
    assert senders.acknowledged == senders.sent.keys()
    assert list((data_dir / "receiver").glob("*.jsonl")) == []
    lines = landed(data_dir)
    assert {line["webhook_id"] for line in lines} == senders.sent.keys()
    for line in lines:
        assert line["body"].encode() == senders.sent[line["webhook_id"]]

    Follower(NOBODY, data_dir)
    seconds(ingest, data_dir)
    follower = Follower(NOBODY, data_dir)
    log = follower.rows("SELECT webhook_id FROM staging.webhook_log ORDER BY 1")
    assert log == sorted((webhook_id,) for webhook_id in senders.sent)
    newest = {}
    for body in map(json.loads, senders.sent.values()):
        if body["updated_at"] > newest.get(body["id"], {"updated_at": ""})["updated_at"]:
            newest[body["id"]] = body
    quantities = [
        (line["id"], line["quantity"])
        for body in newest.values()
        for line in body["line_items"]
    ]  # fmt: skip
    found = follower.rows("SELECT line_id, quantity FROM staging.order_lines ORDER BY 1")
    assert found == sorted(quantities)
