"""Which webhooks are taken, which are refused, and what is landed of them."""

import json
from uuid import uuid4

import pytest

from tests.receiver.running import (
    OLD_SECRET,
    PREFIX,
    SECRET,
    Receiver,
    landed,
    request,
    signed,
    status_of,
)

BODY = '{"id": 820982911946154508, "total_price": "59.99", "note": "für \\u00e9 \u2028 é"}'.encode()
PATHS = (
    *("orders-paid", "orders-cancelled", "customers-create", "customers-update"),
    *("products-update", "orders-create", "orders-updated", "orders-edited", "refunds-create"),
    *("products-create", "products-delete", "customers-delete", "bulk-operations-finish"),
    *("customers-data_request", "customers-redact", "shop-redact"),
)


def records(receiver: Receiver, webhook_id: str) -> list[dict]:
    found = landed(receiver.data / "receiver")
    return [record for record in found if record["webhook_id"] == webhook_id]


def outcomes(receiver: Receiver, outcome: str) -> float:
    return receiver.metric("nerdx_receiver_requests_total", kind="webhooks", outcome=outcome)


def kept(receiver: Receiver) -> int:
    return sum(file.stat().st_size for file in (receiver.data / "receiver").iterdir())


@pytest.mark.parametrize("path", PATHS)
def test_every_topic_lands_under_its_name(receiver: Receiver, path: str) -> None:
    webhook_id = str(uuid4())
    answer = receiver.webhook(BODY, path, X_Shopify_Webhook_Id=webhook_id)
    assert (answer.status_code, answer.json()) == (200, {"status": "accepted"})
    (record,) = records(receiver, webhook_id)
    resource = "bulk_operations" if path.startswith("bulk") else path.partition("-")[0]
    assert record["topic"] == f"{resource}/{path.rpartition('-')[2]}"
    assert record["body"] == BODY.decode()
    assert receiver.metric("nerdx_receiver_requests_total", topic=record["topic"]) == 1


def test_a_record_has_the_headers_and_the_exact_body(receiver: Receiver) -> None:
    answer = receiver.webhook(
        BODY,
        X_Shopify_Topic="orders/paid",
        X_Shopify_Webhook_Id="b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        X_Shopify_Event_Id="98880550-7158-44d4-b7cd-2c97c8a091b5",
        X_Shopify_Shop_Domain="x.myshopify.com",
        X_Shopify_API_Version="2026-10",
        X_Shopify_Triggered_At="2026-11-22T15:00:27.877041743-05:00",
        Content_Type="application/json",
    )
    assert answer.status_code == 200
    (record,) = records(receiver, "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043")
    assert record.pop("received_at").endswith("Z")
    assert record == {
        "webhook_id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "event_id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        "topic": "orders/paid",
        "shop_domain": "x.myshopify.com",
        "api_version": "2026-10",
        "triggered_at": "2026-11-22T20:00:27.877041Z",
        "body": BODY.decode(),
    }


@pytest.mark.parametrize("family", ["x-shopify-", "shopify-", "X-Shopify-", "Shopify-"])
def test_headers_of_both_families_in_any_case(receiver: Receiver, family: str) -> None:
    webhook_id = str(uuid4())
    headers = {
        f"{family}hmac-sha256": signed(BODY),
        f"{family}topic": "products/update",
        f"{family}webhook-id": webhook_id,
        f"{family}event-id": "e",
        f"{family}triggered-at": "2026-11-22T20:00:00Z",
    }
    assert receiver.post(f"{PREFIX}/products-update", BODY, **headers).status_code == 200
    (record,) = records(receiver, webhook_id)
    assert (record["event_id"], record["triggered_at"]) == ("e", "2026-11-22T20:00:00.000000Z")


def test_without_an_id_a_retry_is_still_the_same(receiver: Receiver) -> None:
    at = "2026-11-22T20:00:00.1Z"
    bodies = [b'{"id": 1}', b'{"id": 1}', b'{"id": 2}']
    before = {each["webhook_id"] for each in landed(receiver.data / "receiver")}
    for body in bodies:
        assert receiver.webhook(body, X_Shopify_Triggered_At=at).status_code == 200
    assert receiver.webhook(bodies[0], X_Shopify_Triggered_At=at, topic="orders-updated").ok
    assert receiver.webhook(bodies[0], X_Shopify_Triggered_At="2026-11-22T20:00:01Z").ok
    ids = [each["webhook_id"] for each in landed(receiver.data / "receiver")]
    new = [each for each in ids if each not in before]
    assert len(new) == 5
    assert new[0] == new[1]
    assert len(set(new)) == 4


def test_the_former_secret_is_taken_too(receiver: Receiver) -> None:
    assert receiver.webhook(BODY, secret=OLD_SECRET).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Shopify-Hmac-Sha256": ""},
        {"X-Shopify-Hmac-Sha256": signed(BODY, "another")},
        {"X-Shopify-Hmac-Sha256": signed(BODY + b" ")},
        {"X-Shopify-Hmac-Sha256": signed(BODY)[:-1]},
        {"X-Shopify-Hmac-Sha256": "nö such thing".encode().decode("latin-1")},
        {"X-Shopify-Hmac-SHA1": signed(BODY)},
    ],
)
@pytest.mark.parametrize("path", ["orders-paid", "customers-redact", "nothing"])
def test_not_a_byte_is_kept_of_what_is_not_signed(
    receiver: Receiver, headers: dict[str, str], path: str
) -> None:
    before, counted = kept(receiver), outcomes(receiver, "unsigned")
    assert receiver.post(f"{PREFIX}/{path}", BODY, **headers).status_code == 401
    assert kept(receiver) == before
    assert outcomes(receiver, "unsigned") == counted + 1


def test_a_changed_body_is_not_signed(receiver: Receiver) -> None:
    for other in (BODY.replace(b"59.99", b"00.01"), BODY + b"\n", BODY[:-1], b""):
        answer = receiver.post(f"{PREFIX}/orders-paid", other, X_Shopify_Hmac_Sha256=signed(BODY))
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"{'a': 1}", b'{"a": NaN}', b'{"a": "\xff"}', b'{"a": 1} x', b"[" * 90_000),
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_what_is_not_json_is_counted_and_not_kept(receiver: Receiver, body: bytes) -> None:
    before, counted = kept(receiver), outcomes(receiver, "not_json")
    assert receiver.webhook(body).status_code == 400
    assert kept(receiver) == before
    assert outcomes(receiver, "not_json") == counted + 1


def test_the_topic_of_the_address_and_of_the_header_must_agree(receiver: Receiver) -> None:
    before = kept(receiver)
    answer = receiver.webhook(BODY, X_Shopify_Topic="orders/cancelled")
    assert answer.status_code == 400
    assert "orders/cancelled" in answer.json()["error"]
    assert "orders/paid" in answer.json()["error"]
    assert receiver.webhook(BODY, "nothing-new").status_code == 404
    assert kept(receiver) == before
    assert receiver.get(f"{PREFIX}/orders-paid").status_code == 405


def test_one_address_for_all_topics(receiver: Receiver) -> None:
    webhook_id = str(uuid4())
    headers = {"X_Shopify_Hmac_Sha256": signed(BODY), "X_Shopify_Webhook_Id": webhook_id}
    assert receiver.post(PREFIX, BODY, **headers, X_Shopify_Topic="refunds/create").ok
    assert receiver.post(PREFIX, BODY, **headers).status_code == 404
    assert [each["topic"] for each in records(receiver, webhook_id)] == ["refunds/create"]


def test_the_longest_body_and_one_more_byte(receiver: Receiver) -> None:
    longest = json.dumps({"pad": "x" * (100_000 - 11)}).encode()
    assert len(longest) == 100_000
    assert receiver.webhook(longest).status_code == 200
    before, counted = kept(receiver), outcomes(receiver, "too_large")
    with receiver.connect() as connection:
        connection.sendall(request(longest + b" ")[:500])  # it is told before it sends the rest
        assert status_of(connection) == 413
    assert kept(receiver) == before
    assert outcomes(receiver, "too_large") == counted + 1


def test_a_body_without_a_length_is_read_up_to_the_limit(receiver: Receiver) -> None:
    def chunk(data: bytes) -> bytes:
        return f"{len(data):x}\r\n".encode() + data + b"\r\n"

    def head(body: bytes) -> bytes:
        return request(body, Transfer_Encoding="chunked").partition(b"\r\n\r\n")[0].replace(
            f"Content-Length: {len(body)}\r\n".encode(), b""
        ) + b"\r\n\r\n"  # fmt: skip

    with receiver.connect() as connection:
        connection.sendall(head(BODY) + chunk(BODY[:7]) + chunk(BODY[7:]) + chunk(b""))
        assert status_of(connection) == 200
    before = kept(receiver)
    with receiver.connect() as connection:
        part = b"x" * 60_000  # the last chunk never comes: nobody waits for it
        connection.sendall(head(BODY) + chunk(part) + chunk(part))
        assert status_of(connection) == 413
        assert connection.recv(1) == b""
    assert kept(receiver) == before


def test_a_sender_that_goes_away_leaves_nothing(receiver: Receiver) -> None:
    before = kept(receiver)
    with receiver.connect() as connection:
        connection.sendall(request(BODY)[:-5])
    assert receiver.webhook(b'{"after": 1}').ok
    assert kept(receiver) > before
    assert receiver.metric("nerdx_receiver_queue_bytes") == 0
    assert all(each["body"] != BODY[:-5].decode() for each in landed(receiver.data / "receiver"))


def test_secrets_and_bodies_are_nowhere_but_in_segments(receiver: Receiver) -> None:
    assert receiver.webhook(BODY).ok
    shown = receiver.get("/metrics").text + receiver.get("/healthz").text
    assert SECRET not in shown
    assert "59.99" not in shown
    for segment in (receiver.data / "receiver").iterdir():
        assert segment.stat().st_mode & 0o077 == 0
