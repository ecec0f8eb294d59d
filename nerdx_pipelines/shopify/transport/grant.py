"""Asking a shop for an access token with an app's id and secret (the client-credentials grant).

Where the token is kept, and when another is asked for, is in `auth.py`.
"""

import logging
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import requests
from pydantic import SecretStr

from nerdx_pipelines.errors import ShopifyError, ShopUnavailableError
from nerdx_pipelines.shopify.transport.address import base_url
from nerdx_pipelines.shopify.transport.network import short

log = logging.getLogger(__name__)

ATTEMPTS = 5
TIMEOUT = (5, 30)  # seconds to connect, to read
LONGEST_PAUSE = 30.0
MARGIN = 900.0  # seconds before its end that a token is replaced, so that no request outlives it
PATH = "/admin/oauth/access_token"
CHECK = (
    "check SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET (Dev Dashboard > your app > Settings), and "
    "that the app is installed in this shop and belongs to the same organization"
)


@dataclass(frozen=True)
class Grant:
    """A token, and when (in seconds since 1970) it is to be replaced by another."""

    access_token: str = field(repr=False)
    renew_at: float


def ask(
    shop_url: str,
    client_id: str,
    client_secret: SecretStr,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    attempts: int = ATTEMPTS,
) -> Grant:
    """A new token. Raises ShopifyError if the shop refuses the client or does not answer."""
    problem = ""
    for attempt in range(1, attempts + 1):
        if problem:
            pause = min(0.5 * 2**attempt, LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
            log.warning("Token for %s: %s; try %d in %.1f s", shop_url, problem, attempt, pause)
            sleep(pause)
        asked = clock()
        try:
            response = _post(shop_url, client_id, client_secret)
        except requests.RequestException as error:
            problem = short(error)
            continue
        if response.status_code in (429, 430) or response.status_code >= 500:
            problem = f"HTTP {response.status_code}"
            continue
        return _read(shop_url, response, asked)
    raise ShopUnavailableError(
        f"{shop_url} gave no access token in {attempts} tries: {problem}. Check the network and "
        "SHOPIFY_SHOP_URL, then run it again."
    )


def _post(shop_url: str, client_id: str, client_secret: SecretStr) -> requests.Response:
    return requests.post(
        base_url(shop_url) + PATH,
        data={
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret.get_secret_value(),
        },
        headers={"Accept": "application/json"},
        timeout=TIMEOUT,
        allow_redirects=False,  # requests would send the secret on, to whatever host
    )


def _read(shop_url: str, response: requests.Response, asked: float) -> Grant:
    try:
        content = response.json()
    except requests.JSONDecodeError:
        content = {}
    if not isinstance(content, dict):
        content = {}
    token, lifetime = content.get("access_token"), content.get("expires_in", 86_399)
    if response.status_code != 200 or not isinstance(token, str) or not token:
        said = content.get("error_description") or content.get("error") or content.get("errors")
        if page := re.search(r"Oauth error [^<\n]{1,200}", response.text):
            said = page[0].strip()
        raise ShopifyError(
            f"{shop_url} gave no access token to the app (HTTP {response.status_code}"
            f"{f': {said}'.rstrip('.') if said else ''}): {CHECK}."
        )
    if not isinstance(lifetime, int | float):
        raise ShopifyError(f"{shop_url} gave a token that lasts {lifetime!r} s; {CHECK}.")
    return Grant(token, asked + lifetime - min(MARGIN, lifetime / 4))
