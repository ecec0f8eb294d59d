"""Runs the demo store on a socket of this machine until it is told to stop.

Everything that is answered is in `app.py`.
"""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from nerdx_pipelines.demo.store.app import create_app
from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.serving import listening, run

_PORTS_TO_TRY = 50


def serve(
    store: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str,
    files_dir: Path,
    ready: Callable[[str], None],
    certificate: Path | None = None,
    **choices: Any,
) -> None:
    """Serve the store database `store` until SIGTERM or SIGINT; blocks.

    Takes `port`, or the next free one (0: any), and calls `ready` with the base URL as soon as
    it answers there. With `certificate`, a PEM file of a private key and its chain, it speaks
    HTTPS. `choices` are those of `options.Options`. Raises ConfigError if no port is free or
    `store` is not a demo store.
    """
    app = create_app(store, token=token, files_dir=files_dir, **choices)
    with _bound(host, port) as listener:
        url = f"http{'s' if certificate else ''}://{host}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
            ssl_certfile=certificate,
        )
        run(config, listener, lambda: ready(url))


def _bound(host: str, port: int) -> socket.socket:
    for candidate in range(port, min(port + _PORTS_TO_TRY, 65536) if port else 1):
        try:
            return listening(host, candidate, backlog=128)
        except OSError as error:
            failure = error
    raise ConfigError(f"Cannot listen on {host}:{port}: {failure.strerror}.") from failure
