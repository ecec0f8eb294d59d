"""Runs the receiver on a socket until it is told to stop; what is queued then is still written.

What it answers is in `app.py`.
"""

import logging
import resource
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.files import check_writable
from nerdx_pipelines.receiver.app import create_app
from nerdx_pipelines.receiver.protocol import BoundedProtocol
from nerdx_pipelines.serving import listening, run
from nerdx_pipelines.settings import Settings

CONNECTIONS = 2000  # and no more requests at a time; what is beyond is told 503
BACKLOG = 2048
KEEP_ALIVE_S = 75  # longer than proxies keep a connection, so that they are the ones to close it
GRACE_S = 5
log = logging.getLogger(__name__)


def serve(
    settings: Settings,
    host: str | None = None,
    port: int | None = None,
    ready: Callable[[str], None] = lambda _: None,
    protocol: type[BoundedProtocol] = BoundedProtocol,
    **choices: Any,
) -> None:
    """Serve until SIGTERM or SIGINT; blocks.

    Calls `ready` with the base URL as soon as it answers there (port 0: any). `choices` are
    those of `app.create_app`. Raises ConfigError if nothing could be taken or the port is not
    free, DiskError if the data dir cannot be written.
    """
    check_usable(settings)
    for folder in (settings.receiver_dir, settings.inbox_dir):
        check_writable(folder)
    host = settings.receiver_host if host is None else host
    port = settings.receiver_port if port is None else port
    _allow_files(CONNECTIONS + 64)
    app = create_app(settings, **choices)
    with _bound(host, port) as listener:
        name = f"[{host}]" if ":" in host else host
        url = f"http://{name}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http=protocol,
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
        started = run(config, listener, lambda: ready(url))
    if not started:
        raise ConfigError(f"The receiver cannot use {settings.root}; see the error above.")


def check_usable(settings: Settings) -> None:
    """Raise ConfigError if neither webhooks nor events could be taken."""
    if settings.webhook_secret or settings.webhook_secret_old:
        return
    if not settings.write_key:
        raise ConfigError(
            "There is nothing to receive: set SHOPIFY_WEBHOOK_SECRET to the client secret of the "
            "app whose webhooks come here (Dev Dashboard > Settings), or NERDX_WRITE_KEY to take "
            "content events only."
        )
    log.warning("Webhooks are refused: SHOPIFY_WEBHOOK_SECRET is not set. Events are taken.")


def _bound(host: str, port: int) -> socket.socket:
    try:
        return listening(host, port, BACKLOG)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"Cannot listen on {host}:{port}: {reason}. Choose another with --port, "
            "or stop what has it."
        ) from error


def _allow_files(wanted: int) -> None:
    """Let this process open as many files, if it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
