"""How faults look on the wire: refusals instead of answers, bodies that are cut or slow.

Which request meets one is decided in `faults.py`.
"""

import asyncio
import logging

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nerdx_pipelines.demo.store.errors import internal_error, throttled
from nerdx_pipelines.demo.store.faults import Faults

_BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>"
)
_EXPIRED = (
    "<?xml version='1.0' encoding='UTF-8'?><Error><Code>ExpiredToken</Code>"
    "<Message>The provided token has expired.</Message></Error>"
)


def instead(fault: str, request_id: str, status: dict[str, float] | None) -> Response:
    """The answer to a request that is not done; `status` is the bucket of GraphQL requests."""
    if fault == "bad_gateway":
        return HTMLResponse(_BAD_GATEWAY, 502)
    if status is None and fault == "throttle":
        message = "Exceeded 2 calls per second for api client."
        rest = f"{message} Reduce request rates to resume uninterrupted service."
        return JSONResponse({"errors": rest}, 429, headers={"Retry-After": "1.0"})
    if status is None:
        return JSONResponse({"errors": "Internal Server Error"}, 500)
    if fault == "internal_error":
        return JSONResponse({"errors": [internal_error(request_id).formatted]})
    cost = {
        "requestedQueryCost": 10,
        "actualQueryCost": None,
        "throttleStatus": status | {"currentlyAvailable": 0},
    }
    return JSONResponse({"errors": [throttled().formatted], "extensions": {"cost": cost}})


def met(faults: Faults, fault: str | None, answer: Response) -> Response:
    """An answer as it arrives under a fault that breaks bodies; under others as it is."""
    match fault:
        case "cut":
            return Cut(answer, faults.share())
        case "slow":
            return Slow(answer, faults.slow_seconds)
        case "bad_gateway" if answer.status_code < 400:
            return HTMLResponse(_BAD_GATEWAY, 502)
    return answer


def expired() -> Response:
    """What the storage behind bulk files says to an address whose time is over."""
    return Response(_EXPIRED, 400, media_type="application/xml")


class Cut(Response):
    """Another answer, whose connection ends after a share of its body."""

    def __init__(self, answer: ASGIApp, share: float) -> None:
        super().__init__()
        self._answer, self._share = answer, share

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer up to the cut; the server then closes the connection."""
        left = 0

        async def some(message: Message) -> None:
            nonlocal left
            if message["type"] == "http.response.start":
                left = int(_length(message) * self._share)
                await send(message)
                return
            body = message.get("body", b"")[:left]
            left -= len(body)
            await send({"type": "http.response.body", "body": body, "more_body": True})
            if left <= 0:
                raise _CutError

        try:
            await self._answer(scope, receive, some)
        except _CutError:
            logging.getLogger("uvicorn.error").addFilter(_expected)


class Slow(Response):
    """Another answer, whose body stops for a while in the middle."""

    def __init__(self, answer: ASGIApp, seconds: float) -> None:
        super().__init__()
        self._answer, self._seconds = answer, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer with a pause after half of the first piece."""
        paused = False

        async def later(message: Message) -> None:
            nonlocal paused
            if message["type"] == "http.response.body" and not paused:
                paused = True
                body = message.get("body", b"")
                half = body[: len(body) // 2]
                await send({"type": "http.response.body", "body": half, "more_body": True})
                await asyncio.sleep(self._seconds)
                message = {**message, "body": body[len(half) :]}
            await send(message)

        await self._answer(scope, receive, later)


class _CutError(Exception):
    """Leaves an answer in the middle."""


def _length(start: Message) -> int:
    headers = {name.lower(): value for name, value in start.get("headers", ())}
    return int(headers.get(b"content-length", 0))


def _expected(record: logging.LogRecord) -> bool:
    """Whether uvicorn has something to say; an answer cut on purpose is no error of the server."""
    return "returned without completing response" not in record.getMessage()
