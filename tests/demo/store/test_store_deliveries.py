"""Webhooks as a receiver sees them: signed, retried, doubled and out of order on demand."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from nerdx_pipelines.demo.store import create_app
from nerdx_pipelines.demo.store.options import Options
from nerdx_pipelines.demo.store.webhooks import deliveries
from nerdx_pipelines.shopify.signatures import verify
from tests.demo.store.demo_shop import SHOP, TOKEN, Client, running, write_store

SECRET = "hush"
VARIANT = 1011
FAST = 1e6  # four hours in a few milliseconds
TOPICS = (
    "ORDERS_CREATE", "ORDERS_PAID", "ORDERS_UPDATED", "ORDERS_CANCELLED", "ORDERS_EDITED",
    "ORDERS_DELETE", "REFUNDS_CREATE", "CUSTOMERS_CREATE", "CUSTOMERS_UPDATE", "CUSTOMERS_DELETE",
    "PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE", "INVENTORY_LEVELS_UPDATE",
)  # fmt: skip


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def topic(self) -> str:
        return self.headers["x-shopify-topic"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Takes webhooks; `answer` says the status for a path and how many came there before."""

    url: str
    received: list[Received] = field(default_factory=list)
    answer: Callable[[str, int], int] = lambda path, before: 200


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            before = sum(each.path == self.path for each in receiver.received)
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(self.path, headers, body))
            self.send_response(receiver.answer(self.path, before))
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Client]:
    rows = f"{SHOP}; DELETE FROM webhook_subscriptions"
    app = create_app(
        write_store(tmp_path / "store.duckdb", rows),
        token=TOKEN,
        files_dir=tmp_path / "bulk",
        webhook_secret=SECRET,
    )
    with running(app) as url:
        shop = Client(url)
        behave(shop)
        yield shop


def behave(shop: Client, **behaviour: Any) -> None:
    response = shop.session.post(
        f"{shop.url}/demo/deliveries", json={"speed": FAST} | behaviour, timeout=10
    )
    assert response.status_code == 200, response.text


def do(shop: Client, do: str, **form: Any) -> dict[str, Any]:
    response = shop.session.post(f"{shop.url}/demo/changes", json={"do": do, **form}, timeout=30)
    assert response.status_code == 200, response.text
    return response.json()


def place(shop: Client, **form: Any) -> int:
    return do(shop, "place_order", lines=[{"variant_id": VARIANT}], **form)["order_id"]


def settled(shop: Client, **params: Any) -> list[dict[str, Any]]:
    """What was sent, as soon as nothing waits to be sent."""
    while True:
        found = shop.session.get(f"{shop.url}/demo/deliveries", params=params, timeout=10).json()
        if not found["pending"]:
            return found["deliveries"]
        time.sleep(0.01)


SUBSCRIBE = """mutation($topic: WebhookSubscriptionTopic!, $s: WebhookSubscriptionInput!) {
    webhookSubscriptionCreate(topic: $topic, webhookSubscription: $s) {
    webhookSubscription { id topic uri format includeFields apiVersion { handle } }
    userErrors { field message } } }"""


def subscribe(shop: Client, topic: str, uri: str, **more: Any) -> dict[str, Any]:
    payload = shop.data(SUBSCRIBE, topic=topic, s={"uri": uri, **more})
    return payload["webhookSubscriptionCreate"]


def subscriptions(shop: Client) -> list[str]:
    found = shop.data("{ webhookSubscriptions(first: 50) { nodes { topic } } }")
    return [each["topic"] for each in found["webhookSubscriptions"]["nodes"]]


def test_subscriptions_are_made_changed_and_deleted(shop: Client) -> None:
    uri = "https://app.example.com/hooks"
    made = subscribe(shop, "ORDERS_PAID", uri)["webhookSubscription"]
    assert (made["topic"], made["uri"], made["format"]) == ("ORDERS_PAID", uri, "JSON")
    assert made["apiVersion"] == {"handle": "2026-10"}
    again = subscribe(shop, "ORDERS_PAID", uri)
    assert again["webhookSubscription"] is None
    assert again["userErrors"][0]["message"] == "Address for this topic has already been taken"
    update = """mutation($id: ID!, $s: WebhookSubscriptionInput!) {
        webhookSubscriptionUpdate(id: $id, webhookSubscription: $s) {
        webhookSubscription { uri topic } userErrors { message } } }"""
    moved = shop.data(update, id=made["id"], s={"uri": uri + "/2"})["webhookSubscriptionUpdate"]
    assert moved["webhookSubscription"] == {"uri": uri + "/2", "topic": "ORDERS_PAID"}
    delete = """mutation($id: ID!) { webhookSubscriptionDelete(id: $id) {
        deletedWebhookSubscriptionId userErrors { message } } }"""
    gone = shop.data(delete, id=made["id"])["webhookSubscriptionDelete"]
    assert gone["deletedWebhookSubscriptionId"] == made["id"]
    gone = shop.data(delete, id=made["id"])["webhookSubscriptionDelete"]
    assert gone["userErrors"] == [{"message": "Webhook subscription does not exist"}]
    assert subscriptions(shop) == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"uri": "http://app.example.com/"},
        {"uri": "ftp://app.example.com/"},
        {"uri": ""},
        {"uri": "https://app.example.com/", "format": "XML"},
        {"uri": "https://app.example.com/", "filter": "id:1"},
    ],
)
def test_subscriptions_that_are_refused(shop: Client, wanted: dict[str, Any]) -> None:
    payload = shop.data(SUBSCRIBE, topic="ORDERS_PAID", s=wanted)["webhookSubscriptionCreate"]
    assert payload["webhookSubscription"] is None
    assert payload["userErrors"]


def test_a_webhook_is_signed_and_tells_the_resource(shop: Client, receiver: Receiver) -> None:
    subscribe(shop, "ORDERS_CREATE", f"{receiver.url}/created")
    made = place(shop, customer_id=500)
    (listed,) = settled(shop)
    (webhook,) = receiver.received
    digest = hmac.digest(SECRET.encode(), webhook.body, hashlib.sha256)
    signature = webhook.headers["x-shopify-hmac-sha256"]
    assert signature == base64.b64encode(digest).decode()
    assert verify(webhook.body, signature, [SecretStr(SECRET)])
    assert webhook.topic == "orders/create"
    assert webhook.headers["x-shopify-shop-domain"] == "awkward.myshopify.com"
    assert webhook.headers["x-shopify-api-version"] == "2026-10"
    assert webhook.headers["content-type"] == "application/json"
    assert webhook.headers["x-shopify-webhook-id"] == listed["webhook_id"]
    assert webhook.headers["x-shopify-event-id"] == listed["event_id"]
    assert webhook.headers["x-shopify-triggered-at"] == listed["triggered_at"]
    assert listed["state"] == "delivered"
    assert [attempt["status"] for attempt in listed["attempts"]] == [200]
    rest = shop.session.get(f"{shop.url}/admin/api/2026-10/orders/{made}.json", timeout=10).json()
    assert webhook.json["id"] == made
    assert webhook.json["total_price"] == rest["order"]["total_price"] == "11.50"
    assert webhook.json["line_items"][0]["variant_id"] == VARIANT


def test_every_topic_in_the_order_of_the_changes(shop: Client, receiver: Receiver) -> None:
    for topic in TOPICS:
        assert subscribe(shop, topic, f"{receiver.url}/{topic}")["userErrors"] == []
    paid = place(shop, paid=False)
    do(shop, "pay", order_id=paid)
    do(shop, "refund", order_id=paid, amount="1")
    do(shop, "cancel_order", order_id=paid)
    do(shop, "edit_order", order_id=place(shop), add=[{"variant_id": VARIANT}])
    do(shop, "delete_order", order_id=paid)
    customer = do(shop, "create_customer", email="z@example.com")["customer_id"]
    do(shop, "update_customer", customer_id=customer, first_name="Z")
    shop.data(
        "mutation($id: ID!) { customerDelete(input: {id: $id}) { deletedCustomerId } }",
        id=f"gid://shopify/Customer/{customer}",
    )
    product = shop.data(
        'mutation { productCreate(product: {title: "Hook"}) { product { legacyResourceId } } }'
    )["productCreate"]["product"]["legacyResourceId"]
    do(shop, "delete_product", product_id=int(product))
    settled(shop)
    assert {each.path[1:] for each in receiver.received} == set(TOPICS)
    assert all(
        each.path[1:].replace("_", "/", 1).lower() == each.topic
        for each in receiver.received
        if not each.topic.startswith("inventory")
    )
    triggered = [each.headers["x-shopify-triggered-at"] for each in receiver.received]
    assert triggered == sorted(triggered)
    by_event: dict[str, set[str]] = {}
    for each in receiver.received:
        by_event.setdefault(each.headers["x-shopify-event-id"], set()).add(each.topic)
    refunding = {"refunds/create", "orders/updated"}
    assert refunding in by_event.values()
    assert len({each.headers["x-shopify-webhook-id"] for each in receiver.received}) == len(
        receiver.received
    )
    (deleted,) = [each.json for each in receiver.received if each.topic == "products/delete"]
    assert deleted == {"id": int(product)}


def test_only_the_wanted_fields(shop: Client, receiver: Receiver) -> None:
    subscribe(shop, "ORDERS_CREATE", receiver.url + "/", includeFields=["id", "name"])
    made = place(shop)
    settled(shop)
    (webhook,) = receiver.received
    assert webhook.json.keys() == {"id", "name"}
    assert webhook.json["id"] == made


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_fails_comes_again_the_same(shop: Client, receiver: Receiver, status: int) -> None:
    receiver.answer = lambda path, before: 200 if before == 3 else status
    subscribe(shop, "ORDERS_CREATE", f"{receiver.url}/hook")
    place(shop)
    (listed,) = settled(shop)
    assert [each["status"] for each in listed["attempts"]] == [status] * 3 + [200]
    assert listed["state"] == "delivered"
    first, *others = receiver.received
    assert len(others) == 3
    assert all((each.headers, each.body) == (first.headers, first.body) for each in others)
    assert subscriptions(shop) == ["ORDERS_CREATE"]


def test_who_never_answers_loses_the_subscription(shop: Client, receiver: Receiver) -> None:
    receiver.answer = lambda path, before: 503 if path == "/dead" else 200
    subscribe(shop, "ORDERS_CREATE", f"{receiver.url}/dead")
    subscribe(shop, "ORDERS_CREATE", f"{receiver.url}/alive")
    place(shop)
    states = {each["uri"][-5:]: each for each in settled(shop)}
    assert states["alive"]["state"] == "delivered"
    assert states["/dead"]["state"] == "failed"
    assert len(states["/dead"]["attempts"]) == 9  # once, and eight retries
    assert subscriptions(shop) == ["ORDERS_CREATE"]
    place(shop)
    assert [each["uri"][-5:] for each in settled(shop)].count("/dead") == 1


def test_nobody_at_the_address(shop: Client) -> None:
    with receiving() as gone:
        uri = gone.url
    subscribe(shop, "ORDERS_CREATE", uri)
    place(shop)
    (listed,) = settled(shop)
    assert listed["state"] == "failed"
    assert "ConnectionError" in listed["attempts"][0]["error"]
    assert subscriptions(shop) == []


def test_an_answer_that_is_too_late_is_none(
    shop: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "TIMEOUTS", (1, 0.05))
    done = threading.Event()

    def late(path: str, before: int) -> int:
        if before == 0:
            done.wait(30)
        return 200

    receiver.answer = late
    subscribe(shop, "ORDERS_CREATE", receiver.url)
    place(shop)
    (listed,) = settled(shop)
    done.set()
    assert "ReadTimeout" in listed["attempts"][0]["error"]
    assert listed["state"] == "delivered"


def test_the_queue_is_bounded(
    shop: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_WAITING", 2)
    begun, done = threading.Event(), threading.Event()

    def slowly(path: str, before: int) -> int:
        begun.set()
        done.wait(30)
        return 200

    receiver.answer = slowly
    subscribe(shop, "ORDERS_CREATE", receiver.url)
    place(shop)
    begun.wait(30)  # the first is on its way, so two more may wait
    for _ in range(3):
        place(shop)
    done.set()
    states = [each["state"] for each in settled(shop)]
    assert states == ["delivered", "delivered", "delivered", "dropped"]


def test_topics_need_their_scope(tmp_path: Path) -> None:
    path = write_store(tmp_path / "s.duckdb")
    with running(
        create_app(path, token=TOKEN, files_dir=tmp_path / "bulk", scopes=["read_products"])
    ) as url:
        uri = "https://app.example.com/"
        assert subscribe(Client(url), "PRODUCTS_CREATE", uri)["userErrors"] == []
        (error,) = subscribe(Client(url), "ORDERS_PAID", uri)["userErrors"]
        assert error == {
            "field": ["topic"],
            "message": "You cannot create a webhook subscription with the specified topic",
        }


def test_the_retries_take_four_hours_at_real_speed() -> None:
    waits = [deliveries.FIRST_RETRY * 2**n for n in range(deliveries.RETRIES)]
    assert sum(waits) == pytest.approx(4 * 3600)


def test_duplicates_on_demand(shop: Client, receiver: Receiver) -> None:
    behave(shop, duplicate=1)
    subscribe(shop, "ORDERS_CREATE", receiver.url)
    place(shop)
    listed = settled(shop)
    assert [each["duplicate"] for each in listed] == [False, True]
    first, second = receiver.received
    assert (first.headers, first.body) == (second.headers, second.body)


def test_out_of_order_on_demand(shop: Client, receiver: Receiver) -> None:
    behave(shop, reorder=0.5, seed=1)  # holds back the first of the two
    subscribe(shop, "ORDERS_CREATE", receiver.url)
    subscribe(shop, "ORDERS_PAID", receiver.url)
    place(shop)
    assert [each["topic"] for each in settled(shop)] == ["orders/create", "orders/paid"]
    assert [each.topic for each in receiver.received] == ["orders/paid", "orders/create"]


def test_what_nothing_overtakes_is_not_lost(shop: Client, receiver: Receiver) -> None:
    behave(shop, reorder=1)
    subscribe(shop, "ORDERS_CREATE", receiver.url)
    made = [place(shop) for _ in range(3)]
    settled(shop)
    assert sorted(each.json["id"] for each in receiver.received) == made


def test_compliance(shop: Client, receiver: Receiver) -> None:
    behave(shop, compliance_uri=f"{receiver.url}/compliance")
    made = place(shop, customer_id=502)
    do(shop, "redact_customer", customer_id=502)
    settled(shop)
    (webhook,) = receiver.received
    assert webhook.topic == "customers/redact"
    assert webhook.json["shop_id"] == 42
    assert webhook.json["customer"] == {"id": 502, "email": "bob@shop.example.org", "phone": None}
    assert made in webhook.json["orders_to_redact"]


def test_a_refused_change_tells_nobody(shop: Client, receiver: Receiver) -> None:
    subscribe(shop, "ORDERS_PAID", receiver.url)
    response = shop.session.post(
        f"{shop.url}/demo/changes", json={"do": "pay", "order_id": 2001}, timeout=10
    )
    assert response.status_code == 422
    assert settled(shop) == []


def test_bodies_are_listed_on_demand(shop: Client, receiver: Receiver) -> None:
    subscribe(shop, "ORDERS_CREATE", receiver.url)
    made = place(shop)
    assert "body" not in settled(shop)[0]
    assert settled(shop, body=1)[0]["body"]["id"] == made


@pytest.mark.parametrize("behaviour", [{"speed": 0}, {"duplicate": 2}, {"seed": "x"}])
def test_behaviour_that_is_none(shop: Client, behaviour: dict[str, Any]) -> None:
    response = shop.session.post(f"{shop.url}/demo/deliveries", json=behaviour, timeout=10)
    assert response.status_code == 400


def test_the_secret_is_never_shown(shop: Client, receiver: Receiver) -> None:
    assert SECRET not in repr(Options(webhook_secret=SECRET))
    subscribe(shop, "ORDERS_CREATE", receiver.url)
    place(shop)
    assert SECRET not in json.dumps(settled(shop, body=1))
