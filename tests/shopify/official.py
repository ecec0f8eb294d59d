"""Shopify's own introspection of the Admin API, one file a version.

They come from the npm package that Shopify publishes them in.
"""

import gzip
import json
from pathlib import Path
from typing import Any

from tests import npm

PACKAGE = "@shopify/dev-mcp@1.16.0"
VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
SCHEMAS = "package/dist/data/admin_"
FOLDER = npm.CACHE / "shopify"


def introspection(version: str) -> dict[str, Any]:
    """The answer to the introspection query; skips the test where npm cannot bring it."""
    data: dict[str, Any] = json.loads(gzip.decompress(file_of(version).read_bytes()))["data"]
    return data


def file_of(version: str) -> Path:
    """That answer as Shopify's gzipped file; skips the test where npm cannot bring it."""
    file = FOLDER / f"{SCHEMAS}{version}.json.gz"
    if not file.exists():
        npm.fetch(PACKAGE, SCHEMAS, FOLDER)
    return file
