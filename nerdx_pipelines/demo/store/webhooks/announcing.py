"""Who is told of a change, and in which words: subscribers, headers, signatures and bodies.

Sending them, and again until somebody answers, is in `deliveries.py`.
"""

import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field

from pydantic import SecretStr

from nerdx_pipelines.demo.store.access import Access
from nerdx_pipelines.demo.store.rest.query import rest_object
from nerdx_pipelines.demo.store.writes.change import Change, Row
from nerdx_pipelines.sql import literal

API_VERSION = "2026-10"  # of webhooks that no subscription asks for
RESOURCES = ("orders", "refunds", "customers", "products", "inventory_levels")


@dataclass
class Delivery:
    """One webhook on its way to one address, and how it fared."""

    subscription: int | None  # None: the app's compliance address
    uri: str
    topic: str
    body: bytes
    headers: dict[str, str]
    again: bool = False  # sent twice on purpose
    state: str = "pending"  # then delivered, failed or dropped
    attempts: list[Row] = field(default_factory=list)
    answered_before: int = 0  # how often its subscriber had said yes when it first failed

    def shown(self, with_body: bool) -> Row:
        """As the control endpoint lists it."""
        row: Row = {
            "topic": self.topic,
            "uri": self.uri,
            "webhook_id": self.headers["X-Shopify-Webhook-Id"],
            "event_id": self.headers["X-Shopify-Event-Id"],
            "triggered_at": self.headers["X-Shopify-Triggered-At"],
            "duplicate": self.again,
            "state": self.state,
            "attempts": list(self.attempts),
        }
        return row | {"body": json.loads(self.body)} if with_body else row


@dataclass(frozen=True)
class Announcer:
    """Writes the webhooks of the shop at `domain`, signed with `secret`.

    Bodies hold what an app with the rights `access` may see.
    """

    domain: str
    secret: SecretStr
    access: Access

    def prepare(self, change: Change, compliance_uri: str | None) -> list[Delivery]:
        """What the change will send: bodies as the shop is within its transaction.

        `compliance_uri` is where customers/redact goes, which nobody can subscribe to.
        """
        if not change.announced:
            return []
        topics = {topic for topic, _ in change.announced}
        subscriptions = change.rows(
            "SELECT * FROM store.webhook_subscriptions WHERE topic IN"  # noqa: S608
            f" ({', '.join(map(literal, sorted(topics)))}) ORDER BY id"
        )
        if compliance_uri:
            subscriptions.append({"id": None, "uri": compliance_uri, "topic": "CUSTOMERS_REDACT"})
        prepared = []
        for (topic, id), given in change.announced.items():
            told = [each for each in subscriptions if each["topic"] == topic]
            if not told:
                continue
            body = given or rest_object(
                change.cursor, _resource(topic), id, access=self.access, webhook=True
            )
            if body is not None:  # None: deleted by the same action
                prepared += [self._delivery(change, topic, body, each) for each in told]
        return prepared

    def _delivery(self, change: Change, topic: str, body: Row, to: Row) -> Delivery:
        kept = to.get("include_fields") or body.keys()
        content = json.dumps({key: body[key] for key in body if key in kept}).encode()
        digest = hmac.digest(self.secret.get_secret_value().encode(), content, hashlib.sha256)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": _name(topic),
            "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
            "X-Shopify-Shop-Domain": self.domain,
            "X-Shopify-API-Version": to.get("api_version") or API_VERSION,
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
            "X-Shopify-Event-Id": change.event_id,
            "X-Shopify-Triggered-At": change.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        if to.get("name"):
            headers["X-Shopify-Name"] = to["name"]
        return Delivery(to["id"], to["uri"], _name(topic), content, headers)


def _resource(topic: str) -> str:
    return next(name for name in RESOURCES if topic.startswith(name.upper()))


def _name(topic: str) -> str:
    """ORDERS_CREATE is orders/create."""
    resource = _resource(topic)
    return f"{resource}/{topic.removeprefix(resource.upper() + '_').lower()}"
