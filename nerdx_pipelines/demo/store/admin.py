"""What every answer of the Admin API has in common: token, version, request id, limit, faults.

Which address is answered by whom is in `app.py`.
"""

import base64
import binascii
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nerdx_pipelines.demo.store import broken
from nerdx_pipelines.demo.store.faults import ANSWERED, BROKEN, Faults
from nerdx_pipelines.demo.store.oauth import Tokens
from nerdx_pipelines.demo.store.rest.endpoints import Rest
from nerdx_pipelines.demo.store.throttle import Bucket
from nerdx_pipelines.demo.store.versions import OLDEST, served

_UNAUTHORIZED = "[API] Invalid API key or access token (unrecognized login or wrong password)"
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Admin:
    """Wraps endpoints of one server; `late` changes something, for the fault of that name."""

    tokens: Tokens
    faults: Faults
    bucket: Bucket
    late: Callable[[], None]

    def answering(
        self,
        endpoint: Endpoint,
        *,
        graphql: bool = False,
        rest: Rest | None = None,
        open_to_all: bool = False,
        faultless: bool = False,
    ) -> Endpoint:
        """The endpoint, for those with a token unless it is `open_to_all`.

        `request.state` has `request_id`, `version` and `access` for it. Faults meet it unless it
        is `faultless`; `rest` counts its calls.
        """

        async def answer(request: Request) -> Response:
            state = request.state
            state.request_id = str(uuid.uuid4())
            state.version = served(request.path_params.get("version"))
            state.access = self.tokens.access(_token(request))
            fault = None
            if state.version is None:
                response: Response = _refusal("Not Found", 404)
            elif state.access is None and not open_to_all:
                response = _refusal(_UNAUTHORIZED, 401)
            else:
                fault = None if faultless else self.faults.strike(*ANSWERED, *BROKEN)
                response = await self._answer(request, endpoint, fault, rest, graphql=graphql)
            response.headers["X-Shopify-API-Version"] = state.version or OLDEST
            response.headers["X-Request-Id"] = state.request_id
            if rest:
                response.headers["X-Shopify-Shop-Api-Call-Limit"] = rest.limit()
            return broken.met(self.faults, fault, response)

        return answer

    async def _answer(
        self,
        request: Request,
        endpoint: Endpoint,
        fault: str | None,
        rest: Rest | None,
        *,
        graphql: bool,
    ) -> Response:
        if fault in ANSWERED:
            status = self.bucket.status() if graphql else None
            return broken.instead(fault or "", request.state.request_id, status)
        if rest and (refused := rest.call()):
            return refused
        # Done first, then broken: who is cut off cannot know whether it was done.
        response = await endpoint(request)
        if (graphql or rest) and self.faults.strike("late_update"):
            await run_in_threadpool(self.late)
        return response


def _token(request: Request) -> str:
    """The token of a request, in Shopify's header or as the password that older clients send."""
    if given := request.headers.get("x-shopify-access-token"):
        return given
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _refusal(errors: str, status: int) -> Response:
    return JSONResponse({"errors": errors}, status)
