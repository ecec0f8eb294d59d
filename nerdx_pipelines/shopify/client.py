"""One GraphQL call to the Admin API that either answers or says why not.

Transport, authentication, throttling and retries live here; what is asked for,
and what becomes of the answers, does not.
"""

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr

from nerdx_pipelines.errors import ConfigError, ShopifyError

log = logging.getLogger(__name__)

ATTEMPTS = 6
TIMEOUT = (5, 60)  # seconds to connect, to read
LONGEST_PAUSE = 60.0  # seconds, whatever the shop asks for
FROZEN = "the shop is frozen; its owner has to settle the account"
SCOPE = "the token lacks the scope for this; grant it and install the app again"
ADVICE: dict[object, str] = {
    401: "the shop refused the access token; set SHOPIFY_ACCESS_TOKEN to one that is valid for it",
    402: FROZEN,
    403: SCOPE,
    404: "there is no Admin API at this address; check SHOPIFY_SHOP_URL and SHOPIFY_API_VERSION",
    423: "the shop is locked; ask Shopify's support",
    "ACCESS_DENIED": SCOPE,
    "SHOP_INACTIVE": FROZEN,
}


class CostExceededError(ShopifyError):
    """One query asks for more points than any query may; ask for fewer objects."""


class _PassingError(Exception):
    """What may be gone at the next try, and the seconds to wait until then, if known."""

    def __init__(self, problem: str, wait: float | None = None) -> None:
        super().__init__(problem)
        self.wait = wait


@dataclass
class ShopifyClient:
    """A shop's Admin API at one version.

    `shop_url` is a domain (`demo.myshopify.com`) or a full URL such as the demo store's. Raises
    ConfigError if it or the token is empty; nothing is sent before the first call.
    """

    shop_url: str
    access_token: SecretStr
    api_version: str
    attempts: int = ATTEMPTS
    served_version: str | None = None  # what `X-Shopify-API-Version` last said
    session: requests.Session = field(default_factory=requests.Session, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def __post_init__(self) -> None:
        for name, value in (
            ("SHOPIFY_SHOP_URL", self.shop_url),
            ("SHOPIFY_ACCESS_TOKEN", self.access_token.get_secret_value()),
        ):
            if not value:
                raise ConfigError(
                    f"{name} is not set: put the shop's into .env (see .env.example), or try "
                    "`nerdx demo`, which brings a store of its own."
                )

    @property
    def endpoint(self) -> str:
        """URL of the GraphQL endpoint."""
        url = self.shop_url if "://" in self.shop_url else f"https://{self.shop_url}"
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ShopifyError(
                f"SHOPIFY_SHOP_URL is {self.shop_url!r}: give a domain such as "
                "your-shop.myshopify.com, or a full URL."
            )
        return f"{parts.scheme}://{parts.netloc}/admin/api/{self.api_version}/graphql.json"

    def execute(self, query: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
        """`data` of the answer. Retries what can pass; raises ShopifyError for what cannot."""
        problem: Exception | None = None
        for attempt in range(1, self.attempts + 1):
            if problem:
                self._pause(problem, attempt)
            try:
                return self._data(self._post(query, variables or {}))
            except (_PassingError, requests.RequestException) as error:
                problem = error
        raise ShopifyError(
            f"{self.shop_url} gave no usable answer in {self.attempts} tries: {_short(problem)}. "
            "Check the network and SHOPIFY_SHOP_URL, then run it again; nothing was changed."
        )

    def _pause(self, problem: Exception, attempt: int) -> None:
        known = problem.wait if isinstance(problem, _PassingError) else None
        pause = min(8.0, 0.125 * 2**attempt) if known is None else min(known, LONGEST_PAUSE)
        pause += random.uniform(0, 0.25)  # noqa: S311 (jitter)
        log.warning("Shopify: %s; try %d in %.1f s", _short(problem), attempt, pause)
        self.sleep(pause)

    def _post(self, query: str, variables: Mapping[str, object]) -> requests.Response:
        try:
            return self.session.post(
                self.endpoint,
                json={"query": query, "variables": dict(variables)},
                headers={"X-Shopify-Access-Token": self.access_token.get_secret_value()},
                timeout=TIMEOUT,
                allow_redirects=False,  # requests would send the token on, to whatever host
            )
        except ValueError:  # not shown: it would quote the token
            raise ShopifyError(
                f"Nothing can be sent to {self.shop_url!r}: SHOPIFY_SHOP_URL or "
                "SHOPIFY_ACCESS_TOKEN holds what no address or token has, such as a line break."
            ) from None

    def _data(self, response: requests.Response) -> dict[str, Any]:
        self.served_version = response.headers.get("X-Shopify-API-Version", self.served_version)
        status = response.status_code
        if status in (429, 430) or status >= 500:
            raise _PassingError(f"HTTP {status}", _seconds(response.headers.get("Retry-After")))
        if status != 200:
            raise ShopifyError(f"{self.shop_url}: HTTP {status}: {_advice(response)}.")
        try:
            body = response.json()
        except requests.JSONDecodeError:
            raise _PassingError("an answer that is no JSON") from None
        if isinstance(body, dict) and body.get("errors"):
            raise self._refusal(body)
        if not isinstance(body, dict) or not isinstance(body.get("data"), dict):
            raise _PassingError("an answer without data")
        data: dict[str, Any] = body["data"]
        return data

    def _refusal(self, body: dict[str, Any]) -> Exception:
        codes, text = _errors(body["errors"])
        if "THROTTLED" in codes:
            return _PassingError("throttled", _until_restored(body))
        if "INTERNAL_SERVER_ERROR" in codes:
            return _PassingError(text)
        if "MAX_COST_EXCEEDED" in codes:
            return CostExceededError(f"{self.shop_url}: {text}")
        advice = next(
            (ADVICE[code] for code in codes if code in ADVICE),
            f"see that the shop serves SHOPIFY_API_VERSION {self.api_version}",
        )
        return ShopifyError(f"{self.shop_url} refused a query: {text}; {advice}.")


def _errors(errors: object) -> tuple[set[object], str]:
    """Codes and text of `errors`: a list of objects, or now and then an object or plain text."""
    codes: set[object] = set()
    texts = []
    for error in errors if isinstance(errors, list) else [errors]:
        if isinstance(error, dict) and "message" in error:
            codes.add((error.get("extensions") or {}).get("code"))
            texts.append(str(error["message"]))
        else:
            texts.append(error if isinstance(error, str) else json.dumps(error))
    return codes, "; ".join(texts)


def _until_restored(body: dict[str, Any]) -> float:
    """Seconds until the bucket of points holds what the throttled query asks for."""
    cost = (body.get("extensions") or {}).get("cost") or {}
    status = cost.get("throttleStatus") or {}
    missing = cost.get("requestedQueryCost", 0) - status.get("currentlyAvailable", 0)
    return float(max(missing / (status.get("restoreRate") or 50), 0.1))


def _seconds(retry_after: str | None) -> float | None:
    try:
        return max(0.0, float(retry_after)) if retry_after else None
    except ValueError:  # a date
        return None


def _advice(response: requests.Response) -> str:
    if target := response.headers.get("Location"):
        host = urlsplit(target).hostname
        return f"it redirects to {host}; set SHOPIFY_SHOP_URL to the shop's myshopify.com domain"
    return ADVICE.get(response.status_code) or response.text[:200]


def _short(error: Exception | None) -> str:
    """A connection error without the library's nesting."""
    reason = getattr(error.args[0], "reason", None) if error and error.args else None
    return str(reason or error).rsplit(": ", 1)[-1].strip("()'")
