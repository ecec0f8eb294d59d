"""How a demo store behaves where Shopify leaves a choice: plan, rights, faults, life of things.

Values only; who uses them is in `app.py`.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nerdx_pipelines.demo.store.access import SCOPES, Access
from nerdx_pipelines.demo.store.oauth import LIFETIME


@dataclass(frozen=True)
class Options:
    """Choices of one server.

    `scopes` (None: all) and `protected` are the rights of its token and of those issued to
    `client`, an id and a secret, for `token_lifetime` seconds; `tokens` are further ones with
    rights of their own. `now` is the day from which sixty days of orders count (None: today).
    `bucket` points of query cost refill at `restore` a second, `calls` of REST at
    `calls_restore`. `bulk_at_once` bulk operations run side by side, and the addresses of their
    files live `url_lifetime` seconds. `faults` is what `faults.Faults` takes.
    `webhook_secret` signs the webhooks.
    """

    scopes: Iterable[str] | None = None
    protected: bool = True
    tokens: Mapping[str, Access] = field(default_factory=dict, repr=False)
    client: tuple[str, str] | None = field(default=None, repr=False)
    token_lifetime: float = LIFETIME
    now: datetime | None = None
    bucket: float = 2000
    restore: float = 100
    calls: float = 40
    calls_restore: float = 2
    bulk_at_once: int = 5
    url_lifetime: float = 7 * 86400.0
    faults: Mapping[str, Any] = field(default_factory=dict)
    webhook_secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)

    @property
    def access(self) -> Access:
        """The rights of the store's own token."""
        scopes = SCOPES if self.scopes is None else frozenset(self.scopes)
        return Access(scopes, self.protected, self.now)
