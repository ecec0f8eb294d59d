"""Content events in the shape of Segment and RudderStack: what is one, and what is wrong with it.

Who may send them and where they go is in `events.py`; what they mean is the ingest's business.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nerdx_pipelines.receiver.requests import RefusedError

TYPES = ("track", "page", "identify")
IGNORED = ("screen", "group", "alias")  # of the same shape, but nothing here reads them
_OBJECTS = ("properties", "traits", "context", "integrations")
_TIMES = ("timestamp", "originalTimestamp", "sentAt")
_LONGEST = 255  # characters of an id or a name


@dataclass(frozen=True)
class Call:
    """One event: `body` is its JSON, whole even if it came in a batch."""

    message_id: str
    type: str
    body: str


def calls_of(payload: Any, type: str | None, received_at: str) -> tuple[list[Call], int]:
    """The events of a request, and how many of a type that is not read were left out.

    `type` is that of the address: track, page, identify, batch, or None for any. Raises
    RefusedError naming the first field that is wrong: none of a batch is taken then.
    """
    try:
        return _calls(payload, type, received_at)
    except RecursionError:
        raise _wrong("the body", "is nested too deeply") from None


def _calls(payload: Any, type: str | None, received_at: str) -> tuple[list[Call], int]:
    if not isinstance(payload, dict):
        raise _wrong("the body", 'must be an object: one event, or {"batch": [...]}')
    if type == "batch" or (type is None and "batch" in payload):
        return _of_batch(payload, received_at)
    given = payload.get("type", type)
    if type and given != type:
        raise _wrong("type", f"is {_shown(given)}, but the address says {type!r}")
    call = _call(payload | {"type": given}, "", received_at)
    return ([call], 0) if call else ([], 1)


def _of_batch(payload: dict[str, Any], received_at: str) -> tuple[list[Call], int]:
    batch = payload.get("batch")
    if not isinstance(batch, list) or not batch:
        raise _wrong("batch", "must be a list of events")
    _check_objects(payload, "")
    _check_times(payload, "")
    calls = []
    for number, event in enumerate(batch):
        where = f"batch[{number}]"
        if not isinstance(event, dict):
            raise _wrong(where, "must be an object")
        _check_objects(event, f"{where}.")
        calls.append(_call(_whole(payload, event), f"{where}.", received_at))
    taken = [call for call in calls if call]
    return taken, len(calls) - len(taken)


def _whole(payload: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """An event of a batch with what the batch says of all of its events."""
    shared = {key: payload[key] for key in ("sentAt",) if key in payload}
    context = (payload.get("context") or {}) | (event.get("context") or {})
    return shared | event | ({"context": context} if context else {})


def _call(event: dict[str, Any], where: str, received_at: str) -> Call | None:
    type = event.get("type")
    if type in IGNORED:
        return None
    if type not in TYPES:
        raise _wrong(f"{where}type", f"is {_shown(type)}, not one of {', '.join(TYPES)}")
    if not any(_is_id(event.get(name)) for name in ("userId", "anonymousId")):
        raise _wrong(f"{where}userId", "or anonymousId must be a text of 1 to 255 characters")
    for name in ("userId", "anonymousId", "messageId"):
        if event.get(name) not in (None, "") and not _is_id(event[name]):
            raise _wrong(f"{where}{name}", "must be a text of 1 to 255 characters")
    if type == "track" and not (isinstance(event.get("event"), str) and event["event"].strip()):
        raise _wrong(f"{where}event", "must be the name of what was done")
    _check_objects(event, where)
    _check_times(event, where)
    event.pop("writeKey", None)
    message_id = event.get("messageId") or _derived(event, received_at)
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    if _unwritable(body):
        raise _wrong(where.rstrip(".") or "the body", "has half a surrogate pair, which is no text")
    return Call(str(message_id), type, body)


def _derived(event: Mapping[str, Any], received_at: str) -> str:
    """An id for an event without one: that of the same event at the same time.

    An event that does not say when it was is another one each time that it is received.
    """
    known = {key: value for key, value in event.items() if key != "sentAt"}
    if not any(known.get(name) for name in _TIMES):
        known["received_at"] = received_at
    told = json.dumps(known, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(told.encode()).hexdigest()}"


def _check_objects(event: Mapping[str, Any], where: str) -> None:
    for name in _OBJECTS:
        if not isinstance(event.get(name), dict | None):
            raise _wrong(f"{where}{name}", "must be an object")


def _check_times(event: Mapping[str, Any], where: str) -> None:
    for name in _TIMES:
        if event.get(name) is not None and not _is_time(event[name]):
            raise _wrong(f"{where}{name}", "must be a time such as 2026-11-22T20:15:00.000Z")


def _is_id(value: Any) -> bool:
    """Text, or a whole number, which careless senders give for a customer's id."""
    if isinstance(value, int) and not isinstance(value, bool):
        return True
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= _LONGEST


def _is_time(value: Any) -> bool:
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def _unwritable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _shown(value: Any) -> str:
    return "missing" if value is None else repr(value)[:80]


def _wrong(field: str, problem: str) -> RefusedError:
    return RefusedError(400, "shape", f"{field} {problem}.")


def lines_of(calls: list[Call], received_at: str) -> Iterator[bytes]:
    """The lines that are landed."""
    for call in calls:
        record = {
            "message_id": call.message_id,
            "received_at": received_at,
            "type": call.type,
            "body": call.body,
        }
        yield json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
