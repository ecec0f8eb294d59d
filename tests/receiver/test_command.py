"""`nerdx receiver`: how it starts, where it listens, how it ends."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.receiver.running import PREFIX, environment, landed, signed

COMMAND = [sys.executable, "-m", "nerdx_pipelines.cli", "receiver"]


def run(data: Path, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A start that fails."""
    env = os.environ | environment(data, **more)
    return subprocess.run([*COMMAND, *options], env=env, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_in_order(tmp_path: Path, how: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "--port", "0"],
        env=os.environ | environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        name, _, url = process.stdout.readline().strip().partition("=")
        assert name == "NERDX_RECEIVER_URL"
        assert url.startswith("http://127.0.0.1:")
        answer = requests.post(
            f"{url}{PREFIX}/orders-paid",
            data=b'{"id": 1}',
            headers={"X-Shopify-Hmac-Sha256": signed(b'{"id": 1}')},
            timeout=20,
        )
        assert answer.status_code == 200
        process.send_signal(how)
        _, complaints = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in complaints
    assert [record["body"] for record in landed(tmp_path / "inbox")] == ['{"id": 1}']


def test_without_anything_to_receive_it_does_not_start(tmp_path: Path) -> None:
    nothing = {
        "SHOPIFY_WEBHOOK_SECRET": "",
        "SHOPIFY_WEBHOOK_SECRET_OLD": "",
        "NERDX_WRITE_KEY": "",
    }
    result = run(tmp_path, "--port", "0", **nothing)
    assert result.returncode == 1
    assert "set SHOPIFY_WEBHOOK_SECRET" in result.stderr
    assert "NERDX_WRITE_KEY" in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_port_that_is_taken_is_not_exchanged_for_another(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        result = run(tmp_path, "--port", port)
        assert result.returncode == 1
        assert f"Cannot listen on 127.0.0.1:{port}" in result.stderr
        assert "Traceback" not in result.stderr
        named = run(tmp_path, NERDX_RECEIVER_PORT=port)
        assert f"Cannot listen on 127.0.0.1:{port}" in named.stderr


def test_a_data_dir_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "receiver").write_text("in the way")
    result = run(tmp_path, "--port", "0")
    assert result.returncode == 1
    assert str(tmp_path / "receiver") in result.stderr
    assert "Traceback" not in result.stderr
