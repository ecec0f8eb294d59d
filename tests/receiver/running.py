"""Receivers as processes of their own, and what a sender and an operator see of them."""

import base64
import hmac
import http.client
import json
import multiprocessing
import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import requests

SECRET, OLD_SECRET, WRITE_KEY, TOKEN = "hush", "hush before", "wk", "let me in"
PREFIX = "/api/v1/webhooks/shopify"
FAR = 1000.0  # seconds: a segment that is not closed for its age

# So that a receiver starts in a moment: a process that has loaded it already is forked.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["nerdx_pipelines.receiver.server"])


def signed(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def environment(data: Path, **more: str) -> dict[str, str]:
    return {
        "NERDX_DATA_DIR": str(data),
        "SHOPIFY_WEBHOOK_SECRET": SECRET,
        "SHOPIFY_WEBHOOK_SECRET_OLD": OLD_SECRET,
        "NERDX_WRITE_KEY": WRITE_KEY,
        "NERDX_RECEIVER_TOKEN": TOKEN,
    } | more


@dataclass
class Receiver:
    """A running receiver of the data dir `data`."""

    data: Path
    url: str
    pid: int
    process: Any = None
    session: requests.Session = field(default_factory=requests.Session)

    @classmethod
    def start(cls, data: Path, env: Mapping[str, str] | None = None, **choices: Any) -> "Receiver":
        ours, theirs = _processes.Pipe()
        told = environment(data, **(env or {}))
        process = _processes.Process(target=_serve, args=(told, choices, theirs), daemon=True)
        process.start()
        theirs.close()
        assert ours.poll(30), "The receiver does not start."
        return cls(data, ours.recv(), process.pid or 0, process)

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def post(self, path: str, body: bytes | str = b"{}", **headers: str) -> requests.Response:
        """A POST with headers whose underscores are hyphens."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.post(self.url + path, data=body, headers=names, timeout=20)

    def webhook(
        self, body: bytes, topic: str = "orders-paid", secret: str = SECRET, **headers: str
    ) -> requests.Response:
        signature = {"X_Shopify_Hmac_Sha256": signed(body, secret)}
        return self.post(f"{PREFIX}/{topic}", body, **(signature | headers))

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(self.url + path, headers=headers, timeout=20)

    def metric(self, name: str, **labels: str) -> float:
        """A figure of /metrics, summed over the labels that are not given."""
        total = 0.0
        for line in self.get("/metrics").text.splitlines():
            told, _, value = line.rpartition(" ")
            if told.partition("{")[0] == name and all(
                f'{label}="{word}"' in told for label, word in labels.items()
            ):
                total += float(value)
        return total

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """End it as an operator does; its exit status."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int | None:
        os.kill(self.pid, how)
        self.session.close()
        self.process.join(20)
        status: int | None = self.process.exitcode
        return status


def request(body: bytes, topic: str = "orders-paid", **headers: str) -> bytes:
    """The bytes of a signed webhook, for senders that are not well-behaved."""
    names = {"Host": "x", "Content-Length": str(len(body))}
    names |= {"X-Shopify-Hmac-Sha256": signed(body)}
    names |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in names.items())
    return f"POST {PREFIX}/{topic} HTTP/1.1\r\n{head}\r\n".encode() + body


def status_of(connection: socket.socket) -> int:
    """The status of the next answer, which is read whole."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


def landed(folder: Path, kind: str = "webhooks") -> list[dict[str, Any]]:
    """The records of all segments of a folder; every line must be whole JSON."""
    found = []
    for segment in sorted(folder.glob(f"{kind}-*.jsonl")):
        text = segment.read_bytes()
        assert not text or text.endswith(b"\n"), f"{segment.name} has a torn end"
        found += [json.loads(line) for line in text.splitlines()]
    return found


def _serve(env: dict[str, str], choices: dict[str, Any], to: Connection) -> None:
    from nerdx_pipelines.receiver.server import serve
    from nerdx_pipelines.settings import load_settings

    os.environ.update(env)
    serve(load_settings(), "127.0.0.1", 0, to.send, **choices)
