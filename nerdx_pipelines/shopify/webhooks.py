"""Webhook subscriptions of this app: register, list, delete.

Whether a delivery is genuine is in `signatures.py`; what it changes is not in here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from nerdx_pipelines.errors import ConfigError, ShopifyError
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.ids import gid, number_of
from nerdx_pipelines.shopify.topics import TOPICS
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.shopify.user_errors import ShopifyUserError, user_errors

PAGE = 100
_NAMES = {topic.upper().replace("/", "_"): topic for topic in TOPICS}


@dataclass(frozen=True)
class Webhook:
    """One subscription; `state` of one that `register` returns: created, kept or moved."""

    id: int
    topic: str  # orders/paid
    address: str
    whole: bool = True  # JSON of every field of every object, as the project reads them
    state: str = "active"
    was: str = ""  # the address that it was moved from


def register(
    client: ShopifyClient, address: str, topics: Iterable[str] = TOPICS, move: bool = True
) -> list[Webhook]:
    """Have deliveries of `topics` sent to `address`; doing it twice leaves one each.

    A topic's only subscription at another address is moved to this one, unless `move` is false;
    of several, which may be other receivers' of this app, none is touched. Raises ConfigError
    for an address that Shopify does not deliver to, ShopifyError for a topic it does not know.
    """
    address = checked(address)
    known = subscriptions(client)
    return [_registered(client, known, topic, address, move) for topic in dict.fromkeys(topics)]


def subscriptions(client: ShopifyClient) -> list[Webhook]:
    """Every subscription that this app made through the API."""
    return [_webhook(node) for node in _nodes(client)]


def delete(client: ShopifyClient, webhook_id: int | str) -> Webhook:
    """End one subscription, and say which it was. Raises ShopifyError if there is none."""
    number = number_of(gid("WebhookSubscription", webhook_id))
    found = next((one for one in subscriptions(client) if one.id == number), None)
    if found is None:
        raise ShopifyError(f"This app has no webhook {number}; `nerdx webhooks list` shows them.")
    _delete(client, found)
    return found


def delete_all(client: ShopifyClient, address: str | None = None) -> list[Webhook]:
    """End every subscription of this app, or every one to `address`; which they were."""
    gone = [one for one in subscriptions(client) if address in (None, one.address)]
    for one in gone:
        _delete(client, one)
    return gone


def checked(address: str) -> str:
    """The address, if deliveries can go there. Raises ConfigError if not."""
    address = address.strip()
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if host and parts.scheme == "https":
        return address
    if host and parts.scheme == "http" and _is_loopback(host):
        return address  # of the demo store, which delivers on this machine
    raise ConfigError(
        f"{address!r} is no address for webhooks: Shopify delivers to https:// only. Put a proxy "
        "with a certificate in front of the receiver, or try a tunnel, and give its address."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _registered(
    client: ShopifyClient, known: list[Webhook], topic: str, address: str, move: bool
) -> Webhook:
    name = _name(topic)
    same = [one for one in known if _name(one.topic) == name]
    there = [one for one in same if one.address == address]
    if there and there[0].whole:
        return there[0]
    if there or (len(same) == 1 and move):
        (old, *_) = there or same
        variables = {"id": gid("WebhookSubscription", old.id), "subscription": _input(address)}
        done = _changed(client, "Update", variables, "kept" if there else "moved")
        return replace(done, was="" if there else old.address)
    variables = {"topic": name, "subscription": _input(address)}
    try:
        return _changed(client, "Create", variables, "created")
    except ShopifyError:
        # A try whose answer was lost may have made it: Shopify then refuses a second.
        for one in subscriptions(client):
            if (_name(one.topic), one.address) == (name, address):
                return one
        raise


def _input(address: str) -> dict[str, Any]:
    """What the project needs of a subscription: whole objects, as JSON."""
    return {"uri": address, "format": "JSON", "filter": None, "includeFields": []}


def _changed(client: ShopifyClient, verb: str, variables: dict[str, Any], state: str) -> Webhook:
    answer = client.execute(operation("webhooks", f"{verb}Webhook"), variables)
    payload = answer[f"webhookSubscription{verb}"]
    if errors := user_errors(payload):
        raise ShopifyUserError(
            f"The shop did not register {variables['subscription']['uri']}", errors
        )
    return _webhook(payload["webhookSubscription"], state)


def _delete(client: ShopifyClient, webhook: Webhook) -> None:
    variables = {"id": gid("WebhookSubscription", webhook.id)}
    answer = client.execute(operation("webhooks", "DeleteWebhook"), variables)
    errors = user_errors(answer["webhookSubscriptionDelete"])
    # Gone is what was wanted, whether by a try whose answer was lost or by somebody else.
    if errors and webhook.id in {one.id for one in subscriptions(client)}:
        raise ShopifyUserError(f"The shop did not delete webhook {webhook.id}", errors)


def _nodes(client: ShopifyClient) -> Iterator[dict[str, Any]]:
    text, after = operation("webhooks", "Webhooks"), None
    while True:
        page = client.execute(text, {"first": PAGE, "after": after})["webhookSubscriptions"]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def _name(topic: str) -> str:
    """`ORDERS_PAID` for orders/paid, or for itself."""
    return topic.strip().upper().replace("/", "_")


def _webhook(node: dict[str, Any], state: str = "kept") -> Webhook:
    whole = node["format"] == "JSON" and not node["filter"] and not node["includeFields"]
    return Webhook(
        number_of(node["id"]), _NAMES.get(node["topic"], node["topic"]), node["uri"], whole, state
    )
