"""The two calls that ask the shop where it sends webhooks, and have them sent here.

They need a token of ours; the work is in `shopify/webhooks.py`.
"""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nerdx_pipelines.errors import ConfigError, NerdxError
from nerdx_pipelines.receiver.budget import Budget, Hold
from nerdx_pipelines.receiver.events import bearer
from nerdx_pipelines.receiver.requests import RefusedError, json_of, read_body
from nerdx_pipelines.receiver.webhooks import PREFIX, TOPICS, path_of
from nerdx_pipelines.settings import Settings
from nerdx_pipelines.shopify import topics as ours

if TYPE_CHECKING:
    from nerdx_pipelines.shopify.transport.client import ShopifyClient
    from nerdx_pipelines.shopify.webhooks import Webhook

MOST_BYTES = 64 * 1024
ATTEMPTS = 2  # somebody waits for the answer


class Administration:
    """Lists and registers subscriptions of the shop in the settings."""

    def __init__(self, settings: Settings, budget: Budget) -> None:
        self._settings, self._budget = settings, budget

    async def listed(self, request: Request) -> Response:
        """GET …/webhooks/list: every subscription of this app."""
        return await self._answered(request, self._list)

    async def registered(self, request: Request) -> Response:
        """POST …/webhooks/register with {"address": "https://…", "topics": […]}.

        The address is the receiver's public one, to which each topic's path is added.
        """
        return await self._answered(request, self._register)

    async def _answered(
        self, request: Request, work: Callable[[Request], Awaitable[list[dict[str, Any]]]]
    ) -> Response:
        try:
            self._check(request)
            return JSONResponse({"webhooks": await work(request)})
        except RefusedError as refusal:
            return refusal.response()
        except ConfigError as error:
            return JSONResponse({"error": str(error)}, 400)
        except NerdxError as error:
            return JSONResponse({"error": str(error)}, 502)

    def _check(self, request: Request) -> None:
        token = self._settings.receiver_token
        if token is None:
            raise RefusedError(404, "off", "This is off: NERDX_RECEIVER_TOKEN is not set.")
        given = (bearer(request.headers) or "").encode()
        if not hmac.compare_digest(given, token.get_secret_value().encode()):
            reason = "Send the receiver's token: Authorization: Bearer …"
            raise RefusedError(401, "unknown_token", reason, **{"WWW-Authenticate": "Bearer"})

    async def _list(self, _: Request) -> list[dict[str, Any]]:
        return await run_in_threadpool(self._listed)

    def _listed(self) -> list[dict[str, Any]]:
        from nerdx_pipelines.shopify.webhooks import subscriptions

        return [_shown(one) for one in subscriptions(self._client())]

    async def _register(self, request: Request) -> list[dict[str, Any]]:
        with Hold(self._budget) as hold:
            _, wanted = json_of(await read_body(request, MOST_BYTES, hold))
        return await run_in_threadpool(self._registered, *_wanted(wanted))

    def _registered(self, address: str, topics: Sequence[str]) -> list[dict[str, Any]]:
        from nerdx_pipelines.shopify.webhooks import checked, register

        base, client = checked(address).rstrip("/").removesuffix(PREFIX), self._client()
        done = [register(client, f"{base}{path_of(topic)}", [topic]) for topic in topics]
        return [_shown(one) for many in done for one in many]

    def _client(self) -> "ShopifyClient":
        """A client of the shop; loaded when it is asked for, because it is half of the memory."""
        from nerdx_pipelines.shopify.transport.connect import connect

        return connect(self._settings, ATTEMPTS)


def _wanted(wanted: Any) -> tuple[str, list[str]]:
    """The address and the topics that are asked for. Raises RefusedError."""
    if not isinstance(wanted, dict) or not isinstance(wanted.get("address"), str):
        raise RefusedError(400, "shape", "address must be the receiver's own, https://….")
    topics = wanted.get("topics", list(ours.TOPICS))
    if not isinstance(topics, list) or not topics:
        raise RefusedError(400, "shape", 'topics must be a list such as ["orders/paid"].')
    if unknown := [str(topic)[:80] for topic in topics if topic not in TOPICS]:
        raise RefusedError(400, "shape", f"topics has {', '.join(unknown)}, which is none of ours.")
    return wanted["address"], list(dict.fromkeys(topics))


def _shown(webhook: "Webhook") -> dict[str, Any]:
    """Ids are text, because many readers of JSON round large numbers."""
    return {
        "id": str(webhook.id),
        "topic": webhook.topic,
        "address": webhook.address,
        "state": webhook.state,
    }
