"""Idempotency keys: a request that comes again gets the first one's answer and does nothing.

The key is kept with the change it belongs to, in one transaction, so that no crash parts them.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row, Writer
from nerdx_pipelines.sql import literal

KEPT = timedelta(hours=24)


class Idempotency:
    """The keys of one server; those of requests under way are in memory."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._lock = threading.Lock()
        self._under_way: set[str] = set()

    def once(self, key: str, operation: str, arguments: Row, run: Callable[[Change], Row]) -> Row:
        """The payload of `run`, which is called if the key is new.

        Raises RefusedError when the key belongs to another request, or one that is under way.
        """
        fingerprint = hashlib.sha256(
            json.dumps([operation, arguments], sort_keys=True, default=str).encode()
        ).hexdigest()
        with self._only(key):
            try:
                with self.writer.change() as change:
                    return self._first_or_again(change, key, operation, fingerprint, run)
            except _RefusalToKeepError as refused:
                # The refusal is the first result; what was begun for it has been undone.
                with self.writer.change() as change:
                    _keep(change, key, operation, fingerprint, refused.payload)
                raise RefusedError.of(refused.payload["userErrors"]) from None

    def _first_or_again(
        self,
        change: Change,
        key: str,
        operation: str,
        fingerprint: str,
        run: Callable[[Change], Row],
    ) -> Row:
        change.delete("idempotency_keys", f"created_at < {_time(change, KEPT)}")
        known = change.rows(
            f"SELECT * FROM store.idempotency_keys WHERE key = {literal(key)}"  # noqa: S608
        )
        if known and known[0]["fingerprint"] != fingerprint:
            raise RefusedError(
                "The same idempotency key cannot be used with different operation parameters.",
                None,
                "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
            )
        if known:
            payload: Row = json.loads(known[0]["payload"])
            if "refused" in payload:
                raise RefusedError.of(payload["refused"])
            return payload
        try:
            payload = run(change)
        except RefusedError as refused:
            raise _RefusalToKeepError(refused.errors) from refused
        _keep(change, key, operation, fingerprint, payload)
        return payload

    @contextmanager
    def _only(self, key: str) -> Iterator[None]:
        with self._lock:
            if key in self._under_way:
                raise RefusedError(
                    "This request is currently in progress, please try again.",
                    None,
                    "IDEMPOTENCY_CONCURRENT_REQUEST",
                )
            self._under_way.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard(key)


class _RefusalToKeepError(Exception):
    def __init__(self, errors: list[Row]) -> None:
        super().__init__()
        self.payload: dict[str, Any] = {"refused": errors, "userErrors": errors}


def _keep(change: Change, key: str, operation: str, fingerprint: str, payload: Row) -> None:
    change.cursor.execute(
        "INSERT INTO store.idempotency_keys VALUES ("  # noqa: S608
        f"{literal(key)}, {literal(operation)}, {literal(fingerprint)},"
        f" {literal(json.dumps(payload))}, {_time(change, timedelta(0))})"
    )


def _time(change: Change, ago: timedelta) -> str:
    return f"TIMESTAMPTZ '{(change.at - ago).isoformat()}'"
