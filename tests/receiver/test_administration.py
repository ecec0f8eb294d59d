"""Listing and registering subscriptions through the receiver, at a running shop."""

from pathlib import Path

import pytest

from tests.demo.store.demo_shop import TOKEN as SHOP_TOKEN
from tests.receiver.conftest import Start
from tests.receiver.running import PREFIX, TOKEN, Receiver
from tests.shopify.faulty_shop import serving

LIST, REGISTER = f"{PREFIX}/webhooks/list", f"{PREFIX}/webhooks/register"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}


def test_topics_are_registered_each_at_its_address(start: Start, tmp_path: Path) -> None:
    shop_dir = tmp_path / "shop"
    shop_dir.mkdir()
    with serving(shop_dir) as shop:
        receiver = start({"SHOPIFY_SHOP_URL": shop.url, "SHOPIFY_ACCESS_TOKEN": SHOP_TOKEN})
        body = '{"address": "https://in.example.com/", "topics": ["orders/paid", "refunds/create"]}'
        made = receiver.post(REGISTER, body, **ADMIN)
        assert made.status_code == 200, made.text
        shown = [(one["topic"], one["address"]) for one in made.json()["webhooks"]]
        assert shown == [
            ("orders/paid", f"https://in.example.com{PREFIX}/orders-paid"),
            ("refunds/create", f"https://in.example.com{PREFIX}/refunds-create"),
        ]
        again = receiver.post(REGISTER, '{"address": "https://in.example.com"}', **ADMIN).json()
        states = {one["topic"]: one["state"] for one in again["webhooks"]}
        assert len(states) == 8
        assert states["orders/paid"] == states["refunds/create"] == "kept"
        listed = receiver.get(LIST, **ADMIN).json()["webhooks"]
        assert sorted(one["id"] for one in listed) == sorted(one["id"] for one in again["webhooks"])
        assert all(isinstance(one["id"], str) for one in listed)
        for text, says in (
            ('{"address": "http://in.example.com"}', "https://"),
            ('{"topics": []}', "address"),
            ('{"address": "https://x.example", "topics": ["orders/lost"]}', "orders/lost"),
            ("[", "not JSON"),
        ):
            answer = receiver.post(REGISTER, text, **ADMIN)
            assert answer.status_code == 400
            assert says in answer.json()["error"]
    gone = receiver.get(LIST, **ADMIN)
    assert gone.status_code == 502
    assert SHOP_TOKEN not in gone.text


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}])
def test_the_token_is_needed(receiver: Receiver, headers: dict[str, str]) -> None:
    assert receiver.get(LIST, **headers).status_code == 401
    assert receiver.post(REGISTER, "{}", **headers).status_code == 401


def test_both_are_off_without_a_token(start: Start) -> None:
    receiver = start({"NERDX_RECEIVER_TOKEN": ""})
    for answer in (receiver.get(LIST, **ADMIN), receiver.post(REGISTER, "{}", **ADMIN)):
        assert answer.status_code == 404
        assert "NERDX_RECEIVER_TOKEN" in answer.json()["error"]
