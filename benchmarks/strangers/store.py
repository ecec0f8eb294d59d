"""The demo store as strangers find it: `nerdx demo-store`, a process of its own.

Over plain HTTP, or over HTTPS as demo.myshopify.com behind the proxy of `https.py`.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.strangers.https import HOST, Authority, environment, proxy


@dataclass(frozen=True)
class Store:
    """A running store: `url` and `token`, the variables that lead to it, and its process id."""

    url: str
    token: str
    env: dict[str, str]
    pid: int


@contextmanager
def serving(
    home: Path, data: Path, *options: str, schema: Path | None = None, https: bool = False
) -> Iterator[Store]:
    """Serve the data folder `data` with `home` as data dir, until the block ends."""
    with ExitStack() as everything:
        command = [sys.executable, "-m", "nerdx_pipelines.cli", "demo-store", "--port", "0"]
        command += ["--data", str(data), *options]
        if schema:
            command += ["--schema", str(schema)]
        if https:
            authority = Authority.new(home)
            command += ["--certificate", str(authority.server)]
        process = subprocess.Popen(
            command,
            env=os.environ | {"NERDX_DATA_DIR": str(home)},
            stdout=subprocess.PIPE,
            text=True,
        )
        everything.callback(process.wait)
        everything.callback(process.terminate)
        url, token = _announced(process)
        env = dict(os.environ)
        if https:
            leading = everything.enter_context(proxy(int(url.rsplit(":", 1)[1])))
            url, env = f"https://{HOST}", environment(leading, authority.ca)
        yield Store(url, token, env, process.pid)


def _announced(process: "subprocess.Popen[str]") -> tuple[str, str]:
    said: dict[str, str] = {}
    for line in process.stdout or ():
        name, _, value = line.strip().partition("=")
        said[name] = value
        if {"SHOPIFY_SHOP_URL", "SHOPIFY_ACCESS_TOKEN"} <= said.keys():
            return said["SHOPIFY_SHOP_URL"], said["SHOPIFY_ACCESS_TOKEN"]
    raise RuntimeError(f"The demo store ended with {process.wait()} before it was ready.")
