"""Content events: who may send them, from which sites, and their way to the landing.

Their shape is in `calls.py`.
"""

import base64
import binascii
import hmac
from functools import partial
from typing import Any

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nerdx_pipelines.receiver.budget import Budget, Hold
from nerdx_pipelines.receiver.calls import calls_of, lines_of
from nerdx_pipelines.receiver.landing import Landing
from nerdx_pipelines.receiver.metrics import Metrics
from nerdx_pipelines.receiver.requests import (
    RefusedError,
    answered,
    json_of,
    read_body,
    unzipped,
)
from nerdx_pipelines.receiver.webhooks import now

# Addresses, and the type that each is for; one letter is what analytics.js calls them.
PATHS = {"/api/v1/events": None} | {
    f"/v1/{name}": type
    for type in ("track", "page", "identify", "batch")
    for name in (type, type[0])
}
_HEADERS = ("Authorization", "Content-Type", "Content-Encoding", "AnonymousId")


class Events:
    """Takes events that come with the write key; without a landing they are off."""

    def __init__(
        self,
        landing: Landing | None,
        budget: Budget,
        metrics: Metrics,
        write_key: SecretStr | None,
        max_body: int,
    ) -> None:
        self._landing, self._budget, self._metrics = landing, budget, metrics
        self._key, self._max_body = write_key, max_body

    def routes(self, origins: list[str]) -> list[Route]:
        """One route an address; pages of `origins` may use them from a browser."""
        browsers = Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["POST"],
            allow_headers=_HEADERS,
            max_age=3600,
        )
        methods = ["POST", "OPTIONS"] if origins else ["POST"]
        return [
            Route(
                path,
                partial(self.endpoint, type),
                methods=methods,
                middleware=[browsers] if origins else [],
            )
            for path, type in PATHS.items()
        ]

    async def endpoint(self, type: str | None, request: Request) -> Response:
        """POST of one event or a batch, of the type that the address says."""
        return await answered(self._metrics, "events", type or "events", self._take(request, type))

    async def _take(self, request: Request, type: str | None) -> Response:
        if self._key is None or self._landing is None:
            raise RefusedError(404, "off", "Events are off: NERDX_WRITE_KEY is not set.")
        if request.method != "POST":
            raise RefusedError(405, "shape", "Send events with POST.", Allow="POST")
        given = _key(request.headers)
        if given is not None:  # before anything is read
            self._check(given)
        with Hold(self._budget) as hold:
            body = await read_body(request, self._max_body, hold)
            encoding = request.headers.get("content-encoding")
            _, payload = json_of(unzipped(body, encoding, self._max_body, hold))
            if given is None:
                self._check(payload.get("writeKey") if isinstance(payload, dict) else None)
            received_at = now()
            calls, ignored = calls_of(payload, type, received_at)
            lines = b"".join(lines_of(calls, received_at))
        if lines:
            await self._landing.land(lines)
        return JSONResponse({"status": "accepted", "events": len(calls), "ignored": ignored})

    def _check(self, given: Any) -> None:
        key = self._key.get_secret_value() if self._key else ""
        if not isinstance(given, str) or not hmac.compare_digest(_bytes(given), _bytes(key)):
            reason = "The write key is missing or not ours: send it as the user of HTTP Basic."
            raise RefusedError(401, "unknown_key", reason, **{"WWW-Authenticate": "Basic"})


def bearer(headers: Headers) -> str | None:
    """The token of `Authorization: Bearer …`."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _key(headers: Headers) -> str | None:
    """The write key that a header has: the user of HTTP Basic, or a bearer token."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return bearer(headers)
    try:
        user, _, _ = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return user


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")
