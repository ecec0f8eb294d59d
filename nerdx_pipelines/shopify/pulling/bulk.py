"""Bulk operations: one query over any number of objects, run by the shop in the background.

Started, waited for and cancelled here; their files are in `bulk_files.py`, and what to do about
one that failed is the callers' business.
"""

import logging
import threading
import uuid
from pathlib import Path
from typing import Any

from nerdx_pipelines.errors import ShopifyError, ShopUnavailableError
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.pulling.bulk_files import BrokenFileError, StoppedError, download
from nerdx_pipelines.shopify.pulling.jsonl import Written
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.shopify.transport.reply import OutcomeUnknownError
from nerdx_pipelines.shopify.user_errors import ShopifyUserError, in_words, user_errors

log = logging.getLogger(__name__)

AT_ONCE = 5  # query operations of one app and shop, from 2026-01 on
RUNS = 3  # of one query whose file does not arrive whole
PATIENCE = 24 * 3600.0  # seconds of waiting for one; Shopify ends it itself after 10 days
BUSY_PATIENCE = 3600.0  # seconds of waiting for others to end
LONGEST_PAUSE = 5.0
BUSY_PAUSE = 30.0
NEWS = 10.0  # seconds between two lines about the progress
BUSY = ("OPERATION_IN_PROGRESS", "LIMIT_REACHED")
UNDER_WAY = ("CREATED", "RUNNING", "CANCELING")
NEVER = threading.Event()

State = dict[str, Any]


class BulkFailedError(ShopUnavailableError):
    """The shop did not finish an operation; the same again, or a smaller one, may succeed.

    `code` is Shopify's, or the state; `partial_url` is where the part that it wrote is, if any.
    """

    def __init__(self, message: str, code: str, partial_url: str | None = None) -> None:
        super().__init__(message)
        self.code, self.partial_url = code, partial_url


def run_bulk(
    client: ShopifyClient, query: str, to: Path, stopped: threading.Event = NEVER
) -> Written:
    """Run `query` (a whole document, without variables) and write its objects to `to`.

    Raises BulkFailedError if the shop does not finish it, BrokenFileError if its file does not
    arrive whole in `RUNS` runs, ShopifyError if it is refused or cancelled.
    """
    for run in range(1, RUNS + 1):
        bulk_id = start(client, query, stopped)
        state = finished(client, bulk_id, stopped)
        expected = Written(int(state["objectCount"]), int(state["rootObjectCount"]))
        if not expected.objects:
            to.write_bytes(b"")
            return expected

        def renewed(bulk_id: str = bulk_id) -> str:
            return str(finished(client, bulk_id, stopped)["url"])

        try:
            download(client, state["url"], expected, to, renewed, stopped)
        except BrokenFileError as error:
            if run == RUNS:
                raise BrokenFileError(
                    f"{error} That was the run {run} of it; nothing was loaded. Run it again later."
                ) from error
            log.warning("%s Running the operation again (%d of %d).", error, run + 1, RUNS)
        else:
            break
    return expected


def start(client: ShopifyClient, query: str, stopped: threading.Event = NEVER) -> str:
    """Start an operation, when others leave room for it; its id."""
    waited, pause = 0.0, 1.0
    while True:
        answer = _asked(client, query)
        errors = user_errors(answer)
        if not errors:
            return str(answer["bulkOperation"]["id"])
        if not all(error.code in BUSY for error in errors):
            raise ShopifyUserError(f"{client.shop_url} refused a bulk operation", errors)
        problems = in_words(errors)
        if waited >= BUSY_PATIENCE:
            raise ShopUnavailableError(
                f"{client.shop_url} had no room for a bulk operation in {waited:.0f} s: {problems} "
                "See which app starts them, or run it again later."
            )
        log.info("Waiting %.0f s for room for a bulk operation: %s", pause, problems)
        _sleep(client, pause, stopped)
        waited += pause
        pause = min(pause * 2, BUSY_PAUSE)


def _asked(client: ShopifyClient, query: str) -> State:
    """What the shop says to a start. If that is lost it is not asked again before a look.

    A second operation would take the place of another one, with nobody to fetch what it writes.
    The mark is there to tell this start from any other of the same query.
    """
    mark = f"# {uuid.uuid4()}"
    tries = 0
    while True:
        tries += 1
        try:
            text, variables = operation("bulk", "RunBulk"), {"query": f"{query}\n{mark}"}
            answer: State = client.execute(text, variables, idempotent=False)
            return dict(answer["bulkOperationRunQuery"])
        except OutcomeUnknownError as error:
            if tries == client.attempts:
                raise ShopUnavailableError(
                    f"{client.shop_url} gave no usable answer to {tries} starts of a bulk "
                    f"operation: {error.__cause__}. Check the network, then run it again; one that "
                    "was started unheard ends by itself."
                ) from error
            log.warning("%s Looking for the operation.", error)
        newest = client.execute(operation("bulk", "NewestBulks"))["bulkOperations"]["nodes"]
        for each in newest:
            if each["query"].endswith(mark):
                return {"bulkOperation": each, "userErrors": []}


def finished(client: ShopifyClient, bulk_id: str, stopped: threading.Event = NEVER) -> State:
    """Wait until the operation is done; its last state. Cancels it if the waiting is given up."""
    try:
        state = _waited(client, bulk_id, stopped)
    except BaseException as error:
        if not isinstance(error, ShopifyError):  # which would meet a second one
            _cancel(client, bulk_id)
        raise
    status, code = state["status"], state["errorCode"]
    what = f"{bulk_id} ended {status}" + (f" ({code})" if code else "")
    if code == "ACCESS_DENIED":
        raise ShopifyError(
            f"{what}; the token lacks a scope for what was asked. Grant it, and install the app "
            "again."
        )
    if status == "CANCELED":
        raise ShopifyError(f"{what}: someone stopped it. Nothing was loaded; run it again.")
    if status != "COMPLETED":
        partial = state["partialDataUrl"]
        raise BulkFailedError(f"{what}; nothing was loaded.", code or status, partial)
    if int(state["objectCount"]) and not state["url"]:
        raise BulkFailedError(
            f"{bulk_id} counts {state['objectCount']} objects but offers no file.", "NO_FILE"
        )
    return state


def _waited(client: ShopifyClient, bulk_id: str, stopped: threading.Event) -> State:
    waited, pause, news = 0.0, 0.1, NEWS
    while True:
        found: State | None = client.execute(operation("bulk", "PollBulk"), {"id": bulk_id})["node"]
        if found is None:
            raise BulkFailedError(f"{client.shop_url} knows {bulk_id} no more.", "FORGOTTEN")
        if found["status"] not in UNDER_WAY:
            return found
        if waited >= PATIENCE:
            _cancel(client, bulk_id)
            raise ShopifyError(f"{bulk_id} still runs after {waited:.0f} s; try a shorter range.")
        if waited >= news:
            news = waited + NEWS
            log.info("%s: %s objects so far", bulk_id, found["objectCount"])
        _sleep(client, pause, stopped)
        waited += pause
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _sleep(client: ShopifyClient, pause: float, stopped: threading.Event) -> None:
    if not stopped.is_set():
        client.sleep(pause)
    if stopped.is_set():
        raise StoppedError


def _cancel(client: ShopifyClient, bulk_id: str) -> None:
    """Free its place for the next one; that it is needed no more must not hide why."""
    try:
        client.execute(operation("bulk", "CancelBulk"), {"id": bulk_id})
    except ShopifyError as error:
        log.warning("%s could not be cancelled: %s", bulk_id, error)
