"""A shop that answers one query, out of a bucket of points, to tokens it has given out itself.

As little of Shopify as the client's own tests need: the endpoints, tokens that end, throttling.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.demo.store.demo_shop import running

CLIENT_ID, CLIENT_SECRET = "app-1", "shpss_secret"
QUERY = "query Thing($first: Int) { thing }"
MUTATION = "mutation Change { change }"
UNAUTHORIZED = "[API] Invalid API key or access token (unrecognized login or wrong password)"


@dataclass
class SmallShop:
    """Its state is open to tests; `spoil` may answer in its place, `grant` gives tokens."""

    url: str = ""
    maximum: float = 1e9
    rate: float = 1e9
    price: float = 100  # of a query, as requested
    actual: float = 60  # and in the end
    seconds: float = 0.0  # that an answer takes
    version: str | None = None  # that answers, in place of the one asked
    scopes: tuple[str, ...] = ("read_products", "write_orders")
    tokens: set[str] = field(default_factory=lambda: {"shpat_static"})
    lifetime: float = 86_399
    spoil: Callable[[Request], Response | None] = lambda _: None
    spoil_grant: Callable[[], Response | None] = lambda: None
    asked: list[str] = field(default_factory=list)  # tokens that queries came with
    granted: list[dict[str, list[str]]] = field(default_factory=list)
    throttled: int = 0
    spent: float = 0.0

    def __post_init__(self) -> None:
        self._level, self._at = self.maximum, time.monotonic()
        self._lock = threading.Lock()

    def fill(self, maximum: float, rate: float) -> None:
        """A bucket of that size, full now."""
        self.maximum, self.rate, self._level = maximum, rate, maximum
        self._at = time.monotonic()
        self.throttled, self.spent = 0, 0.0

    async def graphql(self, request: Request) -> Response:
        self.asked.append(request.headers.get("x-shopify-access-token", ""))
        body = json.loads(await request.body())
        if self.asked[-1] not in self.tokens:
            return JSONResponse({"errors": UNAUTHORIZED}, 401)
        answer = self.spoil(request) or await run_in_threadpool(self._answer, body["query"])
        asked = request.path_params["version"]
        answer.headers["X-Shopify-API-Version"] = self.version or asked
        return answer

    def _answer(self, query: str) -> Response:
        with self._lock:
            if throttled := self._refilled() < self.price:
                self.throttled += 1
                cost = self._cost(None)
            else:
                self._level -= self.price
        if throttled:
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return JSONResponse({"errors": [error], "extensions": {"cost": cost}})
        time.sleep(self.seconds)
        with self._lock:
            self._level = min(self.maximum, self._refilled() + self.price - self.actual)
            self.spent += self.actual
            cost = self._cost(self.actual)
        return JSONResponse({"data": self._data(query), "extensions": {"cost": cost}})

    def _data(self, query: str) -> dict[str, Any]:
        scopes = [{"handle": scope} for scope in self.scopes]
        if "currentAppInstallation" in query:
            return {"currentAppInstallation": {"accessScopes": scopes}}
        if "ianaTimezone" in query:
            shop = {"id": "gid://shopify/Shop/1", "name": "Small", "myshopifyDomain": "small"}
            return {"shop": shop | {"ianaTimezone": "Europe/Berlin", "currencyCode": "EUR"}}
        return {"thing": 1}

    def _refilled(self) -> float:
        now = time.monotonic()
        self._level = min(self.maximum, self._level + (now - self._at) * self.rate)
        self._at = now
        return self._level

    def _cost(self, actual: float | None) -> dict[str, Any]:
        status = {
            "maximumAvailable": self.maximum,
            "currentlyAvailable": int(self._level),
            "restoreRate": self.rate,
        }
        return {
            "requestedQueryCost": self.price,
            "actualQueryCost": actual,
            "throttleStatus": status,
        }

    async def access_token(self, request: Request) -> Response:
        given = parse_qs((await request.body()).decode())
        self.granted.append(given)
        if spoiled := self.spoil_grant():
            return spoiled
        known = {"grant_type": ["client_credentials"], "client_id": [CLIENT_ID]}
        if given != known | {"client_secret": [CLIENT_SECRET]}:
            said = {"error": "application_cannot_be_found", "error_description": "No such app"}
            return JSONResponse(said, 400)
        token = f"shpat_{len(self.granted)}"
        self.tokens.add(token)
        return JSONResponse(
            {"access_token": token, "scope": "read_products", "expires_in": self.lifetime}
        )


@contextmanager
def serving() -> Iterator[SmallShop]:
    """Such a shop, on a port of its own."""
    shop = SmallShop()
    app = Starlette(
        routes=[
            Route("/admin/api/{version}/graphql.json", shop.graphql, methods=["POST"]),
            Route("/admin/oauth/access_token", shop.access_token, methods=["POST"]),
        ]
    )
    with running(app) as url:
        shop.url = url
        yield shop
