"""One GraphQL call to the Admin API that either answers or says why not.

Transport, authentication, throttling and retries live here; what is asked for,
and what becomes of the answers, does not.
"""

import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr

from nerdx_pipelines.errors import ShopifyError

log = logging.getLogger(__name__)

ATTEMPTS = 6
TIMEOUT = (5, 60)  # seconds to connect, to read
ADVICE = {
    401: "the shop refused the access token; set SHOPIFY_ACCESS_TOKEN to one that is valid for it",
    402: "the shop is frozen; its owner has to settle the account",
    403: "the token lacks the scope for this; grant it and install the app again",
    404: "there is no Admin API at this address; check SHOPIFY_SHOP_URL and SHOPIFY_API_VERSION",
    423: "the shop is locked; ask Shopify's support",
}


class CostExceededError(ShopifyError):
    """One query asks for more points than any query may; ask for fewer objects."""


@dataclass
class ShopifyClient:
    """A shop's Admin API at one version.

    `shop_url` is a domain (`demo.myshopify.com`) or a full URL such as the demo store's.
    """

    shop_url: str
    access_token: SecretStr
    api_version: str
    attempts: int = ATTEMPTS
    served_version: str | None = None  # what `X-Shopify-API-Version` last said
    session: requests.Session = field(default_factory=requests.Session, repr=False)

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
        for attempt in range(1, self.attempts + 1):
            try:
                response = self.session.post(
                    self.endpoint,
                    json={"query": query, "variables": dict(variables or {})},
                    headers={"X-Shopify-Access-Token": self.access_token.get_secret_value()},
                    timeout=TIMEOUT,
                )
                problem, wait = self._judge(response)
                if problem is None:
                    data: dict[str, Any] = response.json()["data"]
                    return data
            except (requests.ConnectionError, requests.Timeout, ValueError) as error:
                problem, wait = _short(error), None
            if attempt == self.attempts:
                break
            pause = wait if wait is not None else min(8.0, 0.25 * 2**attempt)
            pause += random.uniform(0, 0.25)  # noqa: S311 (jitter)
            log.warning("Shopify: %s; retrying in %.1f s (%d)", problem, pause, attempt)
            time.sleep(pause)
        raise ShopifyError(
            f"{self.shop_url} gave no usable answer in {self.attempts} tries: {problem}. Check the "
            "network and SHOPIFY_SHOP_URL, then run it again; nothing was changed."
        )

    def _judge(self, response: requests.Response) -> tuple[str | None, float | None]:
        """(None, _) for a good answer, else (why to retry, seconds to wait if known)."""
        self.served_version = response.headers.get("X-Shopify-API-Version", self.served_version)
        if response.status_code in (429, 430) or response.status_code >= 500:
            after = response.headers.get("Retry-After")
            return f"HTTP {response.status_code}", float(after) if after else None
        if response.status_code != 200:
            advice = ADVICE.get(response.status_code, response.text[:200])
            raise ShopifyError(f"{self.shop_url}: HTTP {response.status_code}: {advice}.")
        body = response.json()
        if not body.get("errors"):
            return None, None
        errors = body["errors"] if isinstance(body["errors"], list) else [body["errors"]]
        codes = {e.get("extensions", {}).get("code") for e in errors if isinstance(e, dict)}
        text = "; ".join(e["message"] if isinstance(e, dict) else str(e) for e in errors)
        if "THROTTLED" in codes:
            cost = body.get("extensions", {}).get("cost", {})
            status = cost.get("throttleStatus", {})
            missing = cost.get("requestedQueryCost", 0) - status.get("currentlyAvailable", 0)
            return "throttled", max(missing / (status.get("restoreRate") or 50), 0.1)
        if "INTERNAL_SERVER_ERROR" in codes:
            return text, None
        if "MAX_COST_EXCEEDED" in codes:
            raise CostExceededError(f"{self.shop_url}: {text}")
        raise ShopifyError(f"{self.shop_url} refused a query: {text}")


def _short(error: Exception) -> str:
    """A connection error without the library's nesting."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return str(reason or error).rsplit(": ", 1)[-1].strip("()'")
