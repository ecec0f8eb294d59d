"""The result files of bulk operations: streamed to disk, counted, fetched again if broken.

The operations themselves are in `bulk.py`.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import requests

from nerdx_pipelines.errors import ShopUnavailableError
from nerdx_pipelines.shopify.pulling.jsonl import LineFile, Written
from nerdx_pipelines.shopify.transport.client import TIMEOUT, ShopifyClient

log = logging.getLogger(__name__)

DOWNLOADS = 3
CHUNK = 1 << 20
EXPIRED = (400, 401, 403, 404, 410)  # what storage says to an address that is not valid any more


class BrokenFileError(ShopUnavailableError):
    """A bulk file did not arrive whole."""


class StoppedError(Exception):
    """Another part of the same pull failed, so this one was given up; never seen outside."""


class _ExpiredError(BrokenFileError):
    """The file's address is not valid (any more)."""


def download(
    client: ShopifyClient,
    url: str,
    expected: Written,
    to: Path,
    renewed: Callable[[], str],
    stopped: threading.Event,
) -> None:
    """Write the lines behind `url` to `to`: as many as `expected`, or BrokenFileError.

    Tries a few times; `renewed` gives a fresh address when this one has expired.
    """
    for attempt in range(1, DOWNLOADS + 1):
        try:
            found = stream(client, url, to, stopped)
            if found == expected:
                return
            raise BrokenFileError(
                f"The bulk file holds {found.objects} objects ({found.roots} roots) where Shopify "
                f"counted {expected.objects} ({expected.roots})."
            )
        except BrokenFileError as error:
            if attempt == DOWNLOADS:
                raise
            log.warning("%s Fetching it again (%d of %d).", error, attempt + 1, DOWNLOADS)
            client.sleep(2.0**attempt)
            if isinstance(error, _ExpiredError):
                url = renewed()


def stream(client: ShopifyClient, url: str, to: Path, stopped: threading.Event) -> Written:
    """Write what is behind `url` to `to` as it arrives. Raises BrokenFileError if it breaks off."""
    lines = LineFile(to)
    try:
        with lines, client.session.get(url, stream=True, timeout=TIMEOUT) as response:
            status = response.status_code
            if status in EXPIRED:
                raise _ExpiredError(f"The bulk file's address has expired (HTTP {status}).")
            if status != 200:
                raise BrokenFileError(f"The bulk file answered HTTP {status}.")
            for chunk in response.iter_content(CHUNK):
                if stopped.is_set():
                    raise StoppedError
                lines.write(chunk)
    except requests.RequestException as error:
        raise BrokenFileError(
            f"The bulk file broke off after {lines.written.objects} lines ({type(error).__name__})."
        ) from error
    return lines.written
