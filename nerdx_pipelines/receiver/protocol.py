"""uvicorn's HTTP protocol with bounds on what it keeps before the application is asked.

It would store headers without end, and wait without end for them. Bodies are bounded in
`requests.py`.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
PATIENCE_S = 10.0


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose headers, trailers or chunk sizes are too long, or never end."""

    patience_s = PATIENCE_S

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._spare = HEAD_BYTES  # bytes that may still come beside the body
        self._in_head = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, but not for long."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless this is too much."""
        self._spare -= len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._spare < 0:
            self.send_400_response("The headers are too long.")
        elif self._in_head:
            self._wait()

    def on_message_begin(self) -> None:
        """The first byte of a request has come."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The application takes over, which has a deadline of its own."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Bodies do not count, and short chunks may be told in more bytes than they have."""
        self._spare += 9 * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The next request may have as much beside its body."""
        self._spare = HEAD_BYTES
        super().on_message_complete()

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.patience_s, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
