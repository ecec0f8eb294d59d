"""Shopify's webhooks: whether one is genuine, and the record that is landed of it.

What a topic means, and what its body says, is the ingest's business.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nerdx_pipelines.receiver.budget import Budget, Hold
from nerdx_pipelines.receiver.landing import Landing
from nerdx_pipelines.receiver.metrics import Metrics
from nerdx_pipelines.receiver.requests import RefusedError, answered, json_of, read_body
from nerdx_pipelines.shopify.signatures import verify

PREFIX = "/api/v1/webhooks/shopify"
TOPICS = (
    *("orders/create", "orders/paid", "orders/updated", "orders/edited", "orders/cancelled"),
    *("refunds/create", "customers/create", "customers/update", "customers/delete"),
    *("products/create", "products/update", "products/delete", "bulk_operations/finish"),
    *("customers/data_request", "customers/redact", "shop/redact"),
)
_ACCEPTED = JSONResponse({"status": "accepted"})


class Webhooks:
    """Takes webhooks of `TOPICS` that are signed with one of the secrets."""

    def __init__(
        self,
        landing: Landing,
        budget: Budget,
        metrics: Metrics,
        secrets: Sequence[SecretStr],
        max_body: int,
    ) -> None:
        self._landing, self._budget, self._metrics = landing, budget, metrics
        self._secrets, self._max_body = secrets, max_body

    async def endpoint(self, request: Request) -> Response:
        """POST /api/v1/webhooks/shopify/{topic}, or without one for the header's topic."""
        topic = _topic(request.path_params.get("topic") or _header(request.headers, "topic") or "")
        work = self._take(request, topic)
        return await answered(self._metrics, "webhooks", topic or "unknown", work)

    async def _take(self, request: Request, topic: str | None) -> Response:
        headers = request.headers
        with Hold(self._budget) as hold:
            body = await read_body(request, self._max_body, hold)
            if not verify(body, _header(headers, "hmac-sha256"), self._secrets):
                raise RefusedError(401, "unsigned", "The signature is not that of the body.")
            if topic is None:
                raise RefusedError(404, "unknown", "There is no such topic here.")
            said = _header(headers, "topic")
            if said and _topic(said) != topic:
                raise RefusedError(
                    400, "topic", f"X-Shopify-Topic says {said[:80]!r}, the address {topic!r}."
                )
            line = _record(topic, headers, body, json_of(body)[0])
        await self._landing.land(line)
        return _ACCEPTED


def path_of(topic: str) -> str:
    """`/api/v1/webhooks/shopify/orders-paid` for orders/paid."""
    name = topic.replace("/", "-")
    return f"{PREFIX}/{name.replace('bulk_operations', 'bulk-operations')}"


def _record(topic: str, headers: Headers, body: bytes, text: str) -> bytes:
    """The line that is landed; `body` is the exact text.

    Without an id its sender's retries still get the same one.
    """
    triggered_at = _header(headers, "triggered-at")
    webhook_id = _header(headers, "webhook-id")
    if not webhook_id:
        told = f"{topic}\n{triggered_at or ''}\n".encode()
        webhook_id = f"sha256:{hashlib.sha256(told + body).hexdigest()}"
    record = {
        "webhook_id": webhook_id,
        "event_id": _header(headers, "event-id"),
        "topic": topic,
        "shop_domain": _header(headers, "shop-domain"),
        "api_version": _header(headers, "api-version"),
        "triggered_at": _utc(triggered_at),
        "received_at": now(),
        "body": text,
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def now() -> str:
    """The time, as records have it: 2026-11-22T20:15:00.123456Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _utc(text: str | None) -> str | None:
    """A time of a header in the same form; None if it is none."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _header(headers: Headers, name: str) -> str | None:
    """A header of either family; None if it is missing or empty."""
    return headers.get(f"x-shopify-{name}") or headers.get(f"shopify-{name}") or None


def _plain(name: str) -> str:
    return name.strip().lower().replace("/", "-").replace("_", "-")


_BY_NAME = {_plain(topic): topic for topic in TOPICS}


def _topic(name: str) -> str | None:
    """`orders/paid` for orders-paid, orders/paid and ORDERS_PAID; None for an unknown one."""
    return _BY_NAME.get(_plain(name))
