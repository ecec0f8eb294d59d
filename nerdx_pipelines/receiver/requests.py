"""What all calls have in common: bounded bodies, refusals, deadlines and counting.

What a body must look like is in `webhooks.py` and `events.py`.
"""

import asyncio
import json
import logging
import time
import zlib
from collections.abc import Awaitable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from nerdx_pipelines.receiver.budget import FullError, Hold
from nerdx_pipelines.receiver.landing import LandingError
from nerdx_pipelines.receiver.metrics import Metrics

log = logging.getLogger(__name__)

ANSWER_S = 4.0  # Shopify waits 5 s


class RefusedError(Exception):
    """A request that is not taken: the status and the reason that its sender is told.

    `outcome` is the word that it is counted under.
    """

    def __init__(self, status: int, outcome: str, reason: str, **headers: str) -> None:
        super().__init__(reason)
        self.status, self.outcome, self.headers = status, outcome, headers

    def response(self) -> Response:
        """The answer, as JSON."""
        return JSONResponse({"error": str(self)}, self.status, headers=self.headers)


def busy(outcome: str, reason: str) -> RefusedError:
    """Come back in a second; the connection is not kept, for its body may not be read."""
    return RefusedError(503, outcome, reason, **{"Retry-After": "1", "Connection": "close"})


async def answered(metrics: Metrics, kind: str, topic: str, work: Awaitable[Response]) -> Response:
    """The answer of `work`, or what is said instead when it is refused or takes too long."""
    start, outcome = time.perf_counter(), "accepted"
    try:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await work
        except FullError:
            raise busy("full", "Too much is waiting to be written.") from None
        except LandingError as error:
            raise busy("failed", f"{error} Send it again.") from None
        except TimeoutError:
            raise busy("late", "This took too long. Send it again.") from None
        except ClientDisconnect:
            raise RefusedError(400, "cut", "The body did not arrive.") from None
    except RefusedError as refusal:
        outcome = refusal.outcome
        return refusal.response()
    except Exception:
        outcome = "error"
        raise
    finally:
        metrics.requests.labels(kind, topic, outcome).inc()
        metrics.seconds.labels(kind).observe(time.perf_counter() - start)


async def read_body(request: Request, limit: int, hold: Hold) -> bytes:
    """The raw body. Raises RefusedError if it has more than `limit` bytes, which are not read.

    Raises FullError if there is no room for it now.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        hold.take(len(part))
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def unzipped(body: bytes, encoding: str | None, limit: int, hold: Hold) -> bytes:
    """The body without its Content-Encoding, at most `limit` bytes. Raises RefusedError."""
    if encoding in (None, "", "identity"):
        return body
    if encoding != "gzip":
        raise RefusedError(415, "encoding", f"Content-Encoding {encoding[:40]!r}: send gzip.")
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error:
        raise RefusedError(400, "encoding", "The body is not gzip, as its header says.") from None
    if len(plain) > limit:
        raise _too_large(limit)
    if not unpacker.eof:
        raise RefusedError(400, "encoding", "The gzip body is cut short.")
    hold.take(len(plain))
    return plain


def json_of(body: bytes) -> tuple[str, Any]:
    """The body as text and as what it says. Raises RefusedError if it is not JSON."""
    try:
        text = body.decode()
        return text, json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise RefusedError(400, "not_json", "The body is not JSON in UTF-8.") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _too_large(limit: int) -> RefusedError:
    reason = f"The body has more than {limit} bytes (NERDX_MAX_BODY)."
    return RefusedError(413, "too_large", reason, Connection="close")
