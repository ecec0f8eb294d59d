"""Whether a webhook is genuine.

Kept apart, so that who only receives does not load the client; subscriptions are in `webhooks.py`.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from pydantic import SecretStr


def verify(body: bytes, header: str | None, secrets: Sequence[SecretStr]) -> bool:
    """Whether `header` (X-Shopify-Hmac-Sha256) signs the raw `body` with one of the secrets.

    The digest is of the bytes as they came. While a secret is being rotated both sign, for up to
    an hour. Every secret is tried, each in constant time; a malformed header is just false.
    """
    try:
        given = base64.b64decode((header or "").strip().encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return False
    genuine = False
    for secret in secrets:
        key = secret.get_secret_value().encode()
        matches = hmac.compare_digest(hmac.digest(key, body, hashlib.sha256), given)
        genuine |= matches and bool(key)  # anybody can sign with an empty secret
    return genuine
