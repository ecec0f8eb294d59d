"""Content events: who may send them, which shapes are taken, and what is landed of them."""

import gzip
import json
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.receiver.conftest import Start
from tests.receiver.running import WRITE_KEY, Receiver, landed, status_of

AT = "2026-11-22T20:15:00.000Z"
VIEW = {"type": "track", "event": "Content Viewed", "anonymousId": "a", "timestamp": AT}
KEY = (WRITE_KEY, "")


def send(
    receiver: Receiver, path: str, event: Any, auth: Any = KEY, **more: Any
) -> requests.Response:
    return requests.post(receiver.url + path, json=event, auth=auth, timeout=20, **more)


def events(receiver: Receiver, mark: str) -> list[dict[str, Any]]:
    """The landed events that contain a text."""
    found = landed(receiver.data / "receiver", "events")
    return [each for each in found if mark in each["body"] + each["message_id"]]


@pytest.mark.parametrize(
    ("path", "event", "type"),
    [
        ("/v1/track", {"userId": "u", "event": "Product Clicked", "properties": {"n": 1}}, "track"),
        ("/v1/page", {"anonymousId": "a", "name": "Home"}, "page"),
        ("/v1/identify", {"userId": "u", "anonymousId": "a", "traits": {"email": "x"}}, "identify"),
        ("/v1/t", {"userId": 7, "event": "E", "type": "track"}, "track"),
        ("/v1/p", {"anonymousId": "a", "timestamp": AT, "properties": None}, "page"),
        ("/api/v1/events", VIEW, "track"),
        ("/api/v1/events", {"type": "page", "anonymousId": "ü" * 255}, "page"),
    ],
)  # fmt: skip
def test_one_event(receiver: Receiver, path: str, event: dict[str, Any], type: str) -> None:
    message_id = str(uuid4())
    answer = send(receiver, path, event | {"messageId": message_id})
    assert (answer.status_code, answer.json()) == (
        200, {"status": "accepted", "events": 1, "ignored": 0},
    )  # fmt: skip
    (record,) = events(receiver, message_id)
    assert record["received_at"].endswith("Z")
    assert (record["message_id"], record["type"]) == (message_id, type)
    assert json.loads(record["body"]) == event | {"messageId": message_id, "type": type}


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/api/v1/events"])
def test_a_batch_is_split(receiver: Receiver, path: str) -> None:
    mark = str(uuid4())
    batch = [
        VIEW | {"messageId": f"{mark}-1", "context": {"ip": "2"}},
        {"type": "screen", "userId": mark},
        {"type": "identify", "userId": "u", "messageId": f"{mark}-2"},
    ]
    context = {"ip": "1", "library": {"name": "x"}}
    answer = send(receiver, path, {"batch": batch, "context": context, "sentAt": AT})
    assert answer.json() == {"status": "accepted", "events": 2, "ignored": 1}
    first, second = events(receiver, mark)
    assert [first["message_id"], second["message_id"]] == [f"{mark}-1", f"{mark}-2"]
    assert json.loads(first["body"]) == batch[0] | {
        "sentAt": AT, "context": context | {"ip": "2"},
    }  # fmt: skip
    assert json.loads(second["body"]) == batch[2] | {"sentAt": AT, "context": context}


def test_the_write_key_in_every_place(receiver: Receiver) -> None:
    bearer = {"Authorization": f"Bearer {WRITE_KEY}"}
    assert send(receiver, "/v1/track", VIEW, auth=None, headers=bearer).ok
    mark = str(uuid4())
    within = VIEW | {"writeKey": WRITE_KEY, "messageId": mark}
    assert send(receiver, "/v1/track", within, auth=None).ok
    text = json.dumps({"writeKey": WRITE_KEY, "batch": [within]})  # as analytics.js sends it
    headers = {"Content-Type": "text/plain"}
    assert requests.post(f"{receiver.url}/v1/b", data=text, headers=headers, timeout=20).ok
    assert [json.loads(each["body"]) for each in events(receiver, mark)] == [
        VIEW | {"messageId": mark}
    ] * 2


@pytest.mark.parametrize(
    ("auth", "event"),
    [
        (None, VIEW),
        (("another", ""), VIEW),
        (("", WRITE_KEY), VIEW),
        (("another", ""), VIEW | {"writeKey": WRITE_KEY}),
        (None, VIEW | {"writeKey": "another"}),
        (None, VIEW | {"writeKey": 7}),
        (None, [WRITE_KEY]),
    ],
)
def test_without_the_write_key_nothing_is_taken(receiver: Receiver, auth: Any, event: Any) -> None:
    before = events(receiver, "")
    answer = send(receiver, "/v1/track", event, auth)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Basic")
    assert events(receiver, "") == before


@pytest.mark.parametrize(
    ("path", "event", "says"),
    [
        ("/api/v1/events", {"event": "E", "userId": "u"}, "type is missing, not one of track"),
        ("/api/v1/events", VIEW | {"type": "look"}, "type is 'look'"),
        ("/v1/page", VIEW, "type is 'track', but the address says 'page'"),
        ("/v1/track", VIEW | {"event": " "}, "event must be the name"),
        ("/v1/track", {"userId": "u"}, "event must be the name"),
        ("/v1/track", {"event": "E"}, "userId or anonymousId must be"),
        ("/v1/track", VIEW | {"userId": {"id": 1}}, "userId must be a text"),
        ("/v1/track", VIEW | {"userId": True}, "userId must be a text"),
        ("/v1/track", VIEW | {"anonymousId": "a" * 256}, "anonymousId must be"),
        ("/v1/track", VIEW | {"messageId": ["m"]}, "messageId must be a text"),
        ("/v1/track", VIEW | {"timestamp": "yesterday"}, "timestamp must be a time"),
        ("/v1/track", VIEW | {"sentAt": 1700000000}, "sentAt must be a time"),
        ("/v1/track", VIEW | {"properties": [1]}, "properties must be an object"),
        ("/v1/track", VIEW | {"event": "\ud800"}, "half a surrogate pair"),
        ("/v1/track", [VIEW], "the body must be an object"),
        ("/v1/batch", VIEW, "batch must be a list"),
        ("/v1/batch", {"batch": []}, "batch must be a list"),
        ("/v1/batch", {"batch": [VIEW, 5]}, "batch[1] must be an object"),
        ("/v1/batch", {"batch": [VIEW, VIEW | {"traits": ""}]}, "batch[1].traits must be"),
        ("/v1/batch", {"batch": [VIEW, {"type": "page"}]}, "batch[1].userId or anonymousId"),
        ("/v1/batch", {"batch": [VIEW], "context": "c"}, "context must be an object"),
        ("/v1/batch", {"batch": [VIEW], "sentAt": "now"}, "sentAt must be a time"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_kept(
    receiver: Receiver, path: str, event: Any, says: str
) -> None:
    before = events(receiver, "")
    answer = send(receiver, path, event)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert events(receiver, "") == before


def test_without_an_id_the_same_event_at_the_same_time_is_one(receiver: Receiver) -> None:
    mark = str(uuid4())
    event = VIEW | {"anonymousId": mark}
    for sent in (event | {"sentAt": AT}, event, {"batch": [event], "sentAt": AT}):
        assert send(receiver, "/api/v1/events", sent).ok
    assert send(receiver, "/api/v1/events", event | {"event": "Other"}).ok
    ids = [each["message_id"] for each in events(receiver, mark)]
    assert len(ids) == 4
    assert len(set(ids)) == 2
    timeless = {key: event[key] for key in event if key != "timestamp"} | {"event": mark}
    for _ in range(2):
        assert send(receiver, "/api/v1/events", timeless).ok
    assert len({each["message_id"] for each in events(receiver, f'"event":"{mark}"')}) == 2


def test_gzip_is_unpacked_up_to_the_limit(receiver: Receiver) -> None:
    def zipped(text: bytes, encoding: str = "gzip") -> int:
        return requests.post(
            f"{receiver.url}/v1/track",
            data=text,
            headers={"Content-Encoding": encoding},
            auth=KEY,
            timeout=20,
        ).status_code

    mark = str(uuid4())
    text = json.dumps(VIEW | {"messageId": mark}).encode()
    assert zipped(gzip.compress(text)) == 200
    assert len(events(receiver, mark)) == 1
    assert zipped(gzip.compress(b" " * 10_000_000 + text)) == 413
    assert zipped(gzip.compress(text)[:-9]) == 400
    assert zipped(text) == 400
    assert zipped(text, "br") == 415
    assert receiver.metric("nerdx_receiver_queue_bytes") == 0


def test_pages_of_no_site_may_send_unless_it_is_named(receiver: Receiver, start: Start) -> None:
    asks = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,anonymousid",
    }
    allowed = "Access-Control-Allow-Origin"
    assert requests.options(f"{receiver.url}/v1/track", headers=asks, timeout=20).status_code == 405
    open_one = start({"NERDX_EVENT_ORIGINS": "https://shop.example, https://b.example"})
    for path in ("/v1/track", "/api/v1/events"):
        answer = requests.options(open_one.url + path, headers=asks, timeout=20)
        assert (answer.status_code, answer.headers[allowed]) == (200, "https://shop.example")
        sent = send(open_one, path, VIEW, headers={"Origin": "https://b.example"})
        assert (sent.status_code, sent.headers[allowed]) == (200, "https://b.example")
    other = asks | {"Origin": "https://evil.example"}
    answer = requests.options(f"{open_one.url}/v1/track", headers=other, timeout=20)
    assert (answer.status_code, answer.headers.get(allowed)) == (400, None)
    webhook = f"{open_one.url}/api/v1/webhooks/shopify/orders-paid"
    assert allowed not in requests.options(webhook, headers=asks, timeout=20).headers


def test_events_are_off_without_a_key_and_may_be_on_alone(start: Start) -> None:
    off = start({"NERDX_WRITE_KEY": ""})
    answer = send(off, "/v1/track", VIEW)
    assert answer.status_code == 404
    assert "NERDX_WRITE_KEY" in answer.json()["error"]
    alone = start({"SHOPIFY_WEBHOOK_SECRET": "", "SHOPIFY_WEBHOOK_SECRET_OLD": ""})
    assert send(alone, "/v1/track", VIEW).ok
    assert alone.webhook(b"{}", secret="").status_code == 401


def test_deep_nesting_is_refused_wherever_it_gets_too_deep(receiver: Receiver) -> None:
    statuses = []
    for depth in range(900, 1000):
        deep = '{"a":' * depth + "1" + "}" * depth
        text = f'{{"batch": [{{"type": "page", "userId": "u", "properties": {deep}}}]}}'
        answer = receiver.post("/v1/batch", text, Authorization="Bearer wk")
        statuses.append(answer.status_code)
    assert set(statuses) == {200, 400}
    assert statuses == sorted(statuses)


def test_a_long_event_is_refused(receiver: Receiver) -> None:
    with receiver.connect() as connection:
        connection.sendall(
            b"POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n"
            b"Authorization: Bearer wk\r\n\r\n"
        )
        assert status_of(connection) == 413
