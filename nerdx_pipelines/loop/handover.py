"""Handing the bundle over: one signed POST, tried again while the other side is busy."""

import hashlib
import hmac

from pydantic import SecretStr

from nerdx_pipelines.errors import HandOverError
from nerdx_pipelines.posting import Taker, post

SIGNATURE, BUNDLE_ID = "X-NERDX-Signature", "X-NERDX-Bundle-Id"
REMEDY = "Check NERDX_ORCHESTRATOR_URL and NERDX_ORCHESTRATOR_SECRET."


def hand_over(url: str, body: bytes, bundle_id: str, secret: SecretStr) -> int:
    """POST `body` as JSON; the status of the answer, a 2xx.

    `X-NERDX-Signature` is `sha256=` and the HMAC-SHA256 of the bytes in hexadecimal, where a
    secret is set. A bundle may come twice: `X-NERDX-Bundle-Id` tells. Raises HandOverError.
    """
    headers = {"Content-Type": "application/json", BUNDLE_ID: bundle_id}
    if key := secret.get_secret_value():
        digest = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        headers[SIGNATURE] = f"sha256={digest}"
    orchestrator = Taker(url, "the bundle", REMEDY, HandOverError, tries=4, timeout=(5, 30))
    return post(url, orchestrator, data=body, headers=headers)
