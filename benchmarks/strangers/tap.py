"""tap-shopify on the demo store: what it is told, and the command that runs it.

Singer's tap as published, but for its pause of a minute between two looks at a bulk operation.
"""

import json
import subprocess
from collections.abc import Container, Mapping
from pathlib import Path

from benchmarks.strangers.https import SHOP
from benchmarks.strangers.store import Store
from benchmarks.strangers.venvs import binaries

_RUN = """
import time
slept = time.sleep
time.sleep = lambda seconds: slept(min(seconds, 0.1))
{more}
from tap_shopify import main
main()
"""
# What the tap takes for granted and Shopify no longer does by itself.
_GROUPED = """
import requests
post = requests.post
def grouped(url, json, **rest):
    known = "bulkOperationRunQuery(query: $query"
    json["query"] = json["query"].replace(known, known + ", groupObjects: true")
    return post(url, json=json, **rest)
requests.post = grouped
"""
TIMEOUT_S = 600


def command(
    store: Store,
    folder: Path,
    streams: Mapping[str, Container[str] | None],
    since: str,
    *,
    grouped: bool = False,
) -> list[str]:
    """The command that writes the `streams` since that day as Singer messages.

    Of each stream come the fields that are named for it, or all of them for None. Runs the tap's
    own discovery and keeps its configuration and the catalog in `folder`. Unless `grouped`, the
    tap finds all lines of all orders behind the last one.
    """
    config, catalog = folder / "tap.json", folder / "catalog.json"
    # One bulk operation for all: a month each, the default, would only be slower.
    told = {"shop": SHOP, "api_key": store.token, "start_date": f"{since}T00:00:00Z"}
    config.write_text(json.dumps(told | {"date_window_size": 3650}))
    code = _RUN.format(more=_GROUPED if grouped else "")
    tap = [str(binaries("tap-shopify") / "python"), "-c", code, "--config", str(config)]
    discovery = subprocess.run(
        [*tap, "--discover"], env=store.env, capture_output=True, timeout=TIMEOUT_S
    )
    if discovery.returncode:
        raise RuntimeError(f"tap-shopify --discover: {discovery.stderr.decode()[-2000:]}")
    found = json.loads(discovery.stdout)
    for stream in found["streams"]:
        if stream["tap_stream_id"] in streams:
            fields = streams[stream["tap_stream_id"]]
            for entry in stream["metadata"]:
                chosen = (
                    fields is None or not entry["breadcrumb"] or entry["breadcrumb"][-1] in fields
                )
                entry["metadata"]["selected"] = chosen
    catalog.write_text(json.dumps(found))
    return [*tap, "--catalog", str(catalog)]
