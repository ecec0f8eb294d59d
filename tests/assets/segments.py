"""Segments of webhooks as the receiver lands them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

_numbers = count(1)
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


def webhook(topic: str, body: Any, **fields: Any) -> dict[str, Any]:
    """A line of a segment; `fields` take the place of what it would hold."""
    number = next(_numbers)
    at = (START + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")
    return {
        "webhook_id": f"w{number}",
        "event_id": f"e{number}",
        "topic": topic,
        "shop_domain": "awkward.myshopify.com",
        "api_version": "2026-10",
        "triggered_at": at,
        "received_at": at,
        "body": body if isinstance(body, str) else json.dumps(body),
        **fields,
    }


def segment(inbox: Path, lines: Iterable[dict[str, Any] | str]) -> Path:
    """A closed segment with these lines, later than every one before it."""
    inbox.mkdir(parents=True, exist_ok=True)
    file = inbox / f"webhooks-20261122T120000.000000Z-1-{next(_numbers):06}.jsonl"
    texts = (each if isinstance(each, str) else json.dumps(each) for each in lines)
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return file
