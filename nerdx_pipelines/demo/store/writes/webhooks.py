"""Webhook subscriptions: made, changed and deleted by an app.

What is sent to them, and when one is deleted because nobody answers, is in `demo/store/webhooks/`.
"""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from nerdx_pipelines.demo.store.access import Access
from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.demo.store.writes.ids import gid, number
from nerdx_pipelines.sql import literal

_PATH = ["webhookSubscription"]
_SCOPES = {  # by the beginning of the topic
    "ORDERS": "read_orders",
    "REFUNDS": "read_orders",
    "CUSTOMERS": "read_customers",
    "PRODUCTS": "read_products",
    "INVENTORY": "read_inventory",
}


def create(change: Change, given: Row, version: str, access: Access) -> Row:
    """The payload of webhookSubscriptionCreate; raises RefusedError."""
    wanted = given["webhookSubscription"]
    scope = next((s for start, s in _SCOPES.items() if given["topic"].startswith(start)), None)
    if scope is not None and not access.has(scope):
        message = "You cannot create a webhook subscription with the specified topic"
        raise RefusedError(message, ["topic"])
    values = _values(wanted)
    if not values.get("uri"):
        raise RefusedError("Address can't be blank", [*_PATH, "callbackUrl"])
    _check_free(change, given["topic"], values)
    subscription = change.insert(
        "webhook_subscriptions",
        **{"format": "JSON", "include_fields": [], **values},
        topic=given["topic"],
        api_version=version,
        created_at=change.at,
        updated_at=change.at,
    )
    return {"webhookSubscription": subscription, "userErrors": []}


def update(change: Change, given: Row) -> Row:
    """The payload of webhookSubscriptionUpdate; raises RefusedError."""
    row = _existing(change, given["id"])
    values = _values(given["webhookSubscription"])
    _check_free(change, row["topic"], {**row, **values}, row["id"])
    change.update("webhook_subscriptions", row["id"], **values)
    return {"webhookSubscription": row["id"], "userErrors": []}


def delete(change: Change, given: Row) -> Row:
    """The payload of webhookSubscriptionDelete; raises RefusedError."""
    row = _existing(change, given["id"])
    change.delete("webhook_subscriptions", f"id = {row['id']}")
    deleted = gid("WebhookSubscription", row["id"])
    return {"deletedWebhookSubscriptionId": deleted, "userErrors": []}


def _existing(change: Change, id: str) -> Row:
    row = change.get("webhook_subscriptions", number("WebhookSubscription", id))
    if row is None:
        raise RefusedError("Webhook subscription does not exist", ["id"])
    return row


def _check_free(change: Change, topic: str, values: Row, own: int | None = None) -> None:
    same = change.rows(
        "SELECT id FROM store.webhook_subscriptions"  # noqa: S608
        f" WHERE topic = {literal(topic)} AND uri = {literal(values['uri'])}"
        f" AND format = {literal(values.get('format') or 'JSON')}"
    )
    if any(row["id"] != own for row in same):
        message = "Address for this topic has already been taken"
        raise RefusedError(message, [*_PATH, "callbackUrl"])


def _values(wanted: Row) -> dict[str, Any]:
    if wanted.get("filter"):
        raise RefusedError("The demo store cannot filter deliveries", [*_PATH, "filter"])
    if wanted.get("format") == "XML":
        raise RefusedError("The demo store delivers JSON only", [*_PATH, "format"])
    values: dict[str, Any] = {}
    uri = wanted.get("uri") or wanted.get("callbackUrl")
    if uri is not None:
        values["uri"] = _checked(str(uri))
    for name, column in (("includeFields", "include_fields"), ("name", "name")):
        if name in wanted:
            values[column] = wanted[name] or ([] if name == "includeFields" else None)
    return values


def _checked(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.scheme == "http" and not _here(parts.hostname or ""):
        raise RefusedError("Address protocol http:// is not supported", [*_PATH, "callbackUrl"])
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RefusedError("Address is invalid", [*_PATH, "callbackUrl"])
    return uri


def _here(host: str) -> bool:
    """Whether it is this machine, where Shopify's rule of https would protect nothing."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
