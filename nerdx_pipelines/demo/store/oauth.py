"""Access tokens: the shop's own, and those that the client-credentials grant hands out.

What a token may see is in `access.py`. Secrets are compared in constant time and never shown.
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import SecretStr

from nerdx_pipelines.demo.store.access import Access

LIFETIME = 86399  # seconds: what Shopify says of a token of 24 hours


class GrantError(Exception):
    """A grant that is refused, with OAuth's `code` and a description."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


class Tokens:
    """Who may come in, and as what.

    `permanent` are tokens that never end; `client` is the id and secret of the app that may ask
    for tokens of its own, each with the rights `granted` and good for `lifetime` seconds.
    """

    def __init__(
        self,
        permanent: Mapping[str, Access],
        granted: Access,
        client: tuple[str, SecretStr] | None = None,
        lifetime: float = LIFETIME,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._permanent = {SecretStr(token): access for token, access in permanent.items()}
        self._granted, self._client = granted, client
        self._lifetime, self._clock = lifetime, clock
        self._issued: dict[SecretStr, float] = {}
        self._lock = threading.Lock()

    def access(self, given: str) -> Access | None:
        """The rights of a token, or None if there is no such token (any more)."""
        for token, access in self._permanent.items():
            if _same(token, given):
                return access
        with self._lock:
            self._issued = {
                token: end for token, end in self._issued.items() if end > self._clock()
            }
            return self._granted if any(_same(token, given) for token in self._issued) else None

    def grant(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request for a token; raises GrantError."""
        for name in ("grant_type", "client_id", "client_secret"):
            if not isinstance(asked.get(name), str) or not asked[name]:
                raise GrantError("invalid_request", f"Missing required parameter: {name}")
        if asked["grant_type"] != "client_credentials":
            raise GrantError("unsupported_grant_type", "The grant type is not supported.")
        client, secret = self._client or ("", SecretStr(""))
        if not client or not secrets.compare_digest(client.encode(), asked["client_id"].encode()):
            raise GrantError(
                "application_cannot_be_found",
                f"Could not find Shopify API application with api_key {asked['client_id']}",
            )
        if not _same(secret, asked["client_secret"]):
            raise GrantError("invalid_client", "The client secret is not valid.")
        token = SecretStr(f"shpat_{secrets.token_hex(16)}")
        with self._lock:
            self._issued[token] = self._clock() + self._lifetime
        return {
            "access_token": token.get_secret_value(),
            "scope": ",".join(sorted(self._granted.scopes)),
            "expires_in": int(self._lifetime),
        }


def _same(token: SecretStr, given: str) -> bool:
    return secrets.compare_digest(token.get_secret_value().encode(), given.encode())
