"""Subscriptions of a running shop, registered and ended; and whose deliveries are taken."""

import base64
import hashlib
import hmac
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from nerdx_pipelines.errors import ConfigError, ShopifyError
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.signatures import verify
from nerdx_pipelines.shopify.topics import TOPICS
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.shopify.webhooks import delete, delete_all, register, subscriptions
from tests.demo.store.demo_shop import TOKEN
from tests.shopify.faulty_shop import FaultyShop, serving
from tests.shopify.test_push import ALL_VERSIONS, lost, once_in, refused

HERE, THERE, ELSEWHERE = (f"https://{name}.example.com/webhooks" for name in ("a", "b", "c"))
SECRET, OLD = SecretStr("hush"), SecretStr("hush before")


@pytest.fixture(scope="module")
def own_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyShop]:
    with serving(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def client(own_shop: FaultyShop) -> ShopifyClient:
    """Of a shop without subscriptions."""
    own_shop.reset()
    client = client_of(own_shop)
    delete_all(client)
    own_shop.asked.clear()
    return client


def client_of(shop: FaultyShop, version: str = "2026-10") -> ShopifyClient:
    return ShopifyClient(shop.url, SecretStr(TOKEN), version, sleep=lambda _: None)


def known(client: ShopifyClient) -> set[tuple[str, str]]:
    found = subscriptions(client)
    pairs = {(one.topic, one.address) for one in found}
    assert len(pairs) == len(found)
    return pairs


@pytest.mark.parametrize("version", ALL_VERSIONS)
def test_registering_twice_leaves_one(own_shop: FaultyShop, client: ShopifyClient, version: str):
    client = client_of(own_shop, version)
    first = register(client, HERE)
    assert [(one.topic, one.address, one.state) for one in first] == [
        (topic, HERE, "created") for topic in TOPICS
    ]
    second = register(client, HERE)
    assert [(one.id, one.state) for one in second] == [(one.id, "kept") for one in first]
    assert known(client) == {(topic, HERE) for topic in TOPICS}


def test_a_changed_address_is_moved_to(client: ShopifyClient):
    first = register(client, HERE, ["orders/paid", "refunds/create"])
    moved = register(client, THERE, ["orders/paid", "refunds/create"])
    assert [(one.id, one.address, one.state, one.was) for one in moved] == [
        (one.id, THERE, "moved", HERE) for one in first
    ]
    assert known(client) == {("orders/paid", THERE), ("refunds/create", THERE)}


def test_two_receivers_are_left_where_they_are(client: ShopifyClient):
    register(client, HERE, ["orders/paid"])
    register(client, THERE, ["orders/paid"], move=False)
    (third,) = register(client, ELSEWHERE, ["orders/paid"])
    assert third.state == "created"
    assert known(client) == {("orders/paid", each) for each in (HERE, THERE, ELSEWHERE)}


@pytest.mark.parametrize("fault", [lost, refused])
@pytest.mark.parametrize("mutation", ["Create", "Update", "Delete"])
def test_a_lost_answer_changes_nothing(own_shop, client, fault, mutation):
    register(client, HERE, ["orders/paid"])
    own_shop.reset(once_in(f"webhookSubscription{mutation}", fault))
    if mutation == "Delete":
        delete_all(client)
        expected = set()
    else:
        topic, address = (
            ("orders/paid", THERE) if mutation == "Update" else ("orders/updated", HERE)
        )
        register(client, address, [topic])
        expected = {(topic, address)} | ({("orders/paid", HERE)} if mutation == "Create" else set())
    assert sum(f"webhookSubscription{mutation}" in a.query for a in own_shop.asked) == 2
    assert known(client) == expected


def test_a_subscription_to_parts_is_made_whole(client: ShopifyClient):
    some = {"uri": HERE, "includeFields": ["id"]}
    text = operation("webhooks", "CreateWebhook")
    client.execute(text, {"topic": "ORDERS_PAID", "subscription": some})
    assert [one.whole for one in subscriptions(client)] == [False]
    (one,) = register(client, HERE, ["orders/paid"])
    assert one.state == "kept"
    assert [one.whole for one in subscriptions(client)] == [True]


def test_any_number_is_listed(own_shop: FaultyShop, client: ShopifyClient, monkeypatch):
    register(client, HERE)
    monkeypatch.setattr("nerdx_pipelines.shopify.webhooks.PAGE", 3)
    assert len(subscriptions(client)) == len(TOPICS)


def test_one_or_those_to_an_address_are_deleted(client: ShopifyClient):
    (paid, _) = register(client, HERE, ["orders/paid", "orders/updated"])
    register(client, THERE, ["products/update"])
    assert delete(client, paid.id).topic == "orders/paid"
    with pytest.raises(ShopifyError, match=f"has no webhook {paid.id}"):
        delete(client, paid.id)
    assert [one.topic for one in delete_all(client, HERE)] == ["orders/updated"]
    assert known(client) == {("products/update", THERE)}


@pytest.mark.parametrize(
    "address",
    [
        "http://shop.example.com/hooks",
        "shop.example.com",
        "ftp://a.example",
        "https://",
        "",
        "http://[::1",
    ],
)
def test_an_address_shopify_does_not_deliver_to_is_refused(client: ShopifyClient, address: str):
    with pytest.raises(ConfigError, match="delivers to https:// only"):
        register(client, address)
    assert known(client) == set()


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost:9", "[::1]:9"])
def test_this_machine_needs_no_certificate(client: ShopifyClient, host: str):
    (one,) = register(client, f" http://{host}/hooks ", ["orders/paid"])
    assert one.address == f"http://{host}/hooks"


def signed(body: bytes, secret: SecretStr) -> str:
    digest = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def test_a_known_signature():
    # echo -n '{"id":820982911946154508}' | openssl dgst -sha256 -hmac hush -binary | base64
    body, header = b'{"id":820982911946154508}', "qBvrsZF7RfB1iS6BX6IHqJTp5L911P7intnPeTPsH0I="
    assert verify(body, header, [SECRET])


@given(st.binary(), st.binary())
def test_only_the_very_body_is_genuine(body: bytes, other: bytes):
    header = signed(body, SECRET)
    assert verify(body, header, [SECRET])
    assert verify(other, header, [SECRET]) == (other == body)


@given(st.binary())
def test_both_secrets_are_taken_during_rotation(body: bytes):
    for secret in (SECRET, OLD):
        assert verify(body, signed(body, secret), [SECRET, OLD])
        assert verify(body, signed(body, secret), [OLD, SECRET])
    assert not verify(body, signed(body, OLD), [SECRET])
    assert not verify(body, signed(body, SECRET), [])


@given(st.text() | st.none())
def test_a_malformed_header_is_false(header: str | None):
    assert not verify(b"{}", header, [SECRET, OLD])


def test_nothing_is_genuine_without_a_secret():
    empty = SecretStr("")
    assert not verify(b"{}", signed(b"{}", empty), [empty])
    good = signed(b"{}", SECRET)
    for header in (
        good[:-1],
        good + "=",
        good[:10] + "*" + good[11:],
        good.rstrip("="),
        "é" + good,
    ):
        assert not verify(b"{}", header, [SECRET])
