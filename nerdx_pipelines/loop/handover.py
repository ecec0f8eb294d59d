"""Handing the bundle over: one signed POST, tried again while the other side is busy."""

import hashlib
import hmac

import requests
import stamina
from pydantic import SecretStr

from nerdx_pipelines.errors import HandOverError
from nerdx_pipelines.shopify.transport.network import short

TRIES, TIMEOUT = 4, (5, 30)  # seconds to connect, to answer
SIGNATURE, BUNDLE_ID = "X-NERDX-Signature", "X-NERDX-Bundle-Id"


class _PassingError(HandOverError):
    """May go by."""


def hand_over(url: str, body: bytes, bundle_id: str, secret: SecretStr) -> int:
    """POST `body` as JSON; the status of the answer, a 2xx.

    `X-NERDX-Signature` is `sha256=` and the HMAC-SHA256 of the bytes in hexadecimal, where a
    secret is set. A bundle may come twice: `X-NERDX-Bundle-Id` tells. Raises HandOverError.
    """
    headers = {"Content-Type": "application/json", BUNDLE_ID: bundle_id}
    if key := secret.get_secret_value():
        digest = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        headers[SIGNATURE] = f"sha256={digest}"
    for attempt in stamina.retry_context(on=_PassingError, attempts=TRIES, wait_max=10):
        with attempt:
            return _post(url, body, headers)
    raise AssertionError("unreachable")


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        answer = requests.post(
            url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )
    except requests.RequestException as error:
        raise _PassingError(
            f"Nobody takes the bundle at {url}: {short(error)}. Check NERDX_ORCHESTRATOR_URL."
        ) from None
    if 200 <= answer.status_code < 300:
        return answer.status_code
    passing = answer.status_code in (408, 429) or answer.status_code >= 500
    raise (_PassingError if passing else HandOverError)(
        f"{url} refused the bundle: HTTP {answer.status_code}. Check NERDX_ORCHESTRATOR_URL and "
        "NERDX_ORCHESTRATOR_SECRET."
    )
