"""What `nerdx doctor` says of the receiver and of what waits in its inbox."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nerdx_pipelines.doctor import examine
from nerdx_pipelines.settings import Settings
from tests.receiver.running import Receiver


def told(data: Path, port: int, host: str = "127.0.0.1") -> dict[str, tuple[str, str]]:
    """State and text of the two lines."""
    settings = Settings(
        _env_file=None,
        NERDX_DATA_DIR=str(data),
        NERDX_RECEIVER_HOST=host,
        NERDX_RECEIVER_PORT=port,
    )
    found = {each.subject: (each.state, each.text) for each in examine(settings)}
    return {subject: found[subject] for subject in ("receiver", "inbox")}


@contextmanager
def answering(status: int, body: bytes) -> Iterator[int]:
    """The port of a server that gives this answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_it_answers_and_what_it_took_waits(start: Callable[..., Receiver], tmp_path: Path):
    running = start(segment_age_s=0.05)
    assert told(tmp_path, running.port) == {
        "receiver": ("ok", f"answers at http://127.0.0.1:{running.port}"),
        "inbox": ("ok", "no segment waits to be applied"),
    }
    assert running.webhook(b"{}").status_code == 200
    while not list((tmp_path / "inbox").glob("*.jsonl")):
        time.sleep(0.02)
    assert told(tmp_path, running.port, "0.0.0.0")["inbox"] == (
        "ok",
        "1 segment to apply, the oldest for 0 min",
    )
    running.kill()
    state, text = told(tmp_path, running.port)["receiver"]
    assert state == "note"
    assert "nothing answers" in text


def test_segments_that_nobody_takes_are_told_with_the_remedy(tmp_path: Path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for minutes, name in ((90, "webhooks-1.jsonl"), (1, "events-1.jsonl"), (300, "events-2.part")):
        (inbox / name).touch()
        os.utime(inbox / name, (time.time() - 60 * minutes,) * 2)
    state, text = told(tmp_path, 1)["inbox"]
    assert state == "wrong"
    assert text.startswith("2 segments to apply, the oldest for 90 min")
    assert "nerdx ui" in text


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (503, b'{"status": "failing", "error": "Nothing can be written: No space left."}', "space"),
        (200, b"<html>", "another NERDX_RECEIVER_PORT"),
        (200, b"[]", "another NERDX_RECEIVER_PORT"),
        (404, b"{}", "another NERDX_RECEIVER_PORT"),
    ],
)
def test_what_answers_otherwise_is_told(tmp_path: Path, status: int, body: bytes, words: str):
    with answering(status, body) as port:
        state, text = told(tmp_path, port)["receiver"]
    assert state == "wrong"
    assert words in text
