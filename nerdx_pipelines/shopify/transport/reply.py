"""Reading one HTTP answer of the Admin API: its data, or the problem and what to do about it.

Nothing is sent or tried again here.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.shopify.transport.throttle import Cost

FROZEN = "the shop is frozen; its owner has to settle the account"
SCOPE = "the token lacks the scope for this; grant it and install the app again"
ADVICE: dict[object, str] = {
    402: FROZEN,
    403: SCOPE,
    404: "there is no Admin API at this address; check SHOPIFY_SHOP_URL and SHOPIFY_API_VERSION",
    423: "the shop is locked; ask Shopify's support",
    "ACCESS_DENIED": SCOPE,
    "SHOP_INACTIVE": FROZEN,
}
EXPIRING = (
    "Shopify takes only tokens that expire from this app; set SHOPIFY_CLIENT_ID and "
    "SHOPIFY_CLIENT_SECRET in place of SHOPIFY_ACCESS_TOKEN"
)


class CostExceededError(ShopifyError):
    """One query asks for more points than any query may; ask for fewer objects."""


class TokenRefusedError(Exception):
    """The shop does not take the access token (401); another one may do."""


class OutcomeUnknownError(ShopifyError):
    """What was to be changed may have been changed or not; look before it is tried again."""


class PassingError(Exception):
    """What may be gone at the next try, and the seconds to wait until then, if known.

    `unsent` says that the shop has certainly not carried out what was asked of it.
    """

    def __init__(self, problem: str, wait: float | None = None, unsent: bool = False) -> None:
        super().__init__(problem)
        self.wait, self.unsent = wait, unsent


class ThrottledError(PassingError):
    """The bucket holds fewer points than the query asks for."""


@dataclass(frozen=True)
class Answer:
    """Either `data`, or the `problem` to raise; `cost` if the shop told."""

    data: dict[str, Any] | None
    problem: Exception | None = None
    cost: Cost | None = None


def read(response: requests.Response, shop_url: str, api_version: str) -> Answer:
    """What an HTTP answer says."""
    status = response.status_code
    if status in (429, 430) or status >= 500:
        wait = _seconds(response.headers.get("Retry-After"))
        return Answer(None, PassingError(f"HTTP {status}", wait, unsent=status < 500))
    if status != 200:
        if status == 401:
            return Answer(None, TokenRefusedError())
        return Answer(None, ShopifyError(f"{shop_url}: HTTP {status}: {_advice(response)}."))
    try:
        body = response.json()
    except requests.JSONDecodeError:
        return Answer(None, PassingError("an answer that is no JSON"))
    if not isinstance(body, dict):
        return Answer(None, PassingError("an answer without data"))
    if body.get("errors"):
        return _refusal(body, shop_url, api_version)
    cost = Cost.of(body, throttled=False)
    if not isinstance(body.get("data"), dict):
        return Answer(None, PassingError("an answer without data"), cost)
    return Answer(body["data"], None, cost)


def _refusal(body: dict[str, Any], shop_url: str, api_version: str) -> Answer:
    codes, text = _errors(body["errors"])
    cost = Cost.of(body, throttled="THROTTLED" in codes)
    problem: Exception
    if "THROTTLED" in codes:
        problem = ThrottledError("throttled", _until_restored(cost), unsent=True)
    elif "INTERNAL_SERVER_ERROR" in codes:
        problem = PassingError(text)
    elif "MAX_COST_EXCEEDED" in codes:
        problem = CostExceededError(f"{shop_url}: {text}; ask for fewer objects at a time.")
    else:
        advice = next(
            (ADVICE[code] for code in codes if code in ADVICE),
            f"see that the shop serves SHOPIFY_API_VERSION {api_version}",
        )
        problem = ShopifyError(f"{shop_url} refused a query: {text}; {advice}.")
    return Answer(None, problem, cost)


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
    return codes, _line("; ".join(texts))


def _until_restored(cost: Cost | None) -> float:
    """Seconds until the bucket of points holds what the throttled query asks for."""
    if cost is None:
        return 0.1
    return max((cost.requested - cost.available) / (cost.restore_rate or 50), 0.1)


def _seconds(retry_after: str | None) -> float | None:
    try:
        return max(0.0, float(retry_after)) if retry_after else None
    except ValueError:  # a date
        return None


def _advice(response: requests.Response) -> str:
    if target := response.headers.get("Location"):
        host = urlsplit(target).hostname
        return f"it redirects to {host}; set SHOPIFY_SHOP_URL to the shop's myshopify.com domain"
    if response.status_code == 403 and "on-expiring access tokens" in response.text:
        return EXPIRING
    return ADVICE.get(response.status_code) or _line(response.text[:200])


def _line(text: str) -> str:
    """What the shop says on several lines, on one: for logs, and for errors of one line."""
    return " ".join(text.split())
