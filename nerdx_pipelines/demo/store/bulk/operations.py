"""Bulk operations: started, run in the background, cancelled, and their files.

Which queries are accepted is in `query.py`, what is behind an address in `results.py`;
here each is one COPY of lines to a file, so that memory stays bounded whatever the shop's size.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from nerdx_pipelines.demo.store.access import ALL, Access
from nerdx_pipelines.demo.store.bulk.query import BulkQuery, RefusedBulkQueryError, compile_bulk
from nerdx_pipelines.demo.store.bulk.results import Results
from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.demo.store.faults import Faults
from nerdx_pipelines.demo.store.sqltext import select
from nerdx_pipelines.sql import literal

log = logging.getLogger(__name__)

MAX_RUNNING = 5
URL_LIFETIME = 7 * 86400.0  # seconds
# The control character is never in JSON text, so every line is written as it is.
_RAW_LINES = "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"

UserErrors = list[dict[str, object]]


class ExpiredError(Exception):
    """The address of a bulk file is no longer good."""


class BulkOperations:
    """The bulk operations of one server; their state is the table `bulk_operations`.

    At most `at_once` run side by side. Files are written into `files_dir`, behind addresses that
    live `url_lifetime` seconds, and are removed by `close`.
    """

    def __init__(
        self,
        database: StoreDatabase,
        files_dir: Path,
        faults: Faults | None = None,
        *,
        at_once: int = MAX_RUNNING,
        url_lifetime: float = URL_LIFETIME,
    ) -> None:
        self._database, self._faults, self._at_once = database, faults or Faults(), at_once
        self._state = database.cursor()
        self._lock = threading.RLock()
        self._exports: dict[int, duckdb.DuckDBPyConnection] = {}
        self._results = Results(files_dir, url_lifetime)
        self._workers = ThreadPoolExecutor(at_once, thread_name_prefix="bulk")

    def start(
        self, query: str, *, group_objects: bool, base_url: str, access: Access = ALL
    ) -> tuple[int | None, UserErrors]:
        """Start an export; its id, or the reasons why Shopify refuses it."""
        zone, currency = self._database.zone, self._database.currency
        try:
            compiled = compile_bulk(
                query, zone, currency, group_objects=group_objects, access=access
            )
        except RefusedBulkQueryError as refused:
            return None, [_error(message, ["query"], "INVALID") for message in refused.messages]
        with self._lock:
            running = self._running()
            if len(running) >= self._at_once:
                return None, [self._busy(running)]
            # With its query at once: who lists operations meanwhile never sees one without.
            ((operation,),) = self._state.execute(
                f"INSERT INTO bulk_operations (query) VALUES ({literal(query)}) RETURNING id"  # noqa: S608
            ).fetchall()
            self._workers.submit(self._run, operation, compiled, base_url)
        return operation, []

    def _busy(self, running: list[int]) -> dict[str, object]:
        if self._at_once == 1:
            ids = ", ".join(f"gid://shopify/BulkOperation/{each}" for each in running)
            message = "A bulk query operation for this app and shop is already in progress: "
            return _error(f"{message}{ids}.", None, "OPERATION_IN_PROGRESS")
        message = f"The limit of {self._at_once} concurrent bulk query operations has been reached."
        return _error(message, None, "LIMIT_REACHED")

    def cancel(self, operation: int) -> UserErrors:
        """Ask a running export to stop; the reasons why that cannot be done."""
        with self._lock:
            status = self._status(operation)
            if status is None:
                return [_error("Bulk operation does not exist", ["id"])]
            if status in ("CREATED", "RUNNING"):
                self._set(operation, status="CANCELING")
                if export := self._exports.get(operation):
                    with suppress(duckdb.ConnectionException):  # it has written its last line
                        export.interrupt()
            elif status != "CANCELING":
                message = f"A bulk operation cannot be canceled when it is {status.lower()}"
                return [_error(message, None)]
        return []

    def file(self, token: str, name: str) -> Path | None:
        """The file behind an address; raises ExpiredError when its time is over."""
        result = self._results.find(token, name)
        if result is None:
            return None
        if self._results.is_over(result):
            raise ExpiredError
        if self._faults.strike("expired_url"):
            result, url = self._results.replace(token)
            with self._lock:
                self._set(result.operation, **{result.field: url})
            raise ExpiredError
        return result.path

    def close(self) -> None:
        """Cancel what runs, wait for it, and remove all files."""
        with self._lock:
            for operation in self._running():
                self.cancel(operation)
        self._workers.shutdown()
        self._results.close()

    def _run(self, operation: int, query: BulkQuery, base_url: str) -> None:
        path = self._results.place(operation)
        try:
            with self._database.reading() as export:
                self._begin(operation, export)
                if query.denied:
                    return self._fail(operation, "ACCESS_DENIED", path)
                fault = self._faults.strike("bulk_failed", "bulk_partial")
                if fault == "bulk_failed":
                    return self._fail(operation, self._broken(), path)
                target = f"{literal(path)} {_RAW_LINES}"
                objects = _scalar(export, f"COPY ({query.lines}) TO {target}")
                roots = _scalar(export, query.root_count)
            if fault == "bulk_partial" and objects:
                return self._fail_in_part(operation, path, base_url)
            self._complete(operation, objects, roots, path, base_url)
        except duckdb.InterruptException:
            self._end(operation, "CANCELED")
            self._results.discard(path)
        except Exception:
            log.exception("Bulk operation %s failed", operation)
            self._fail(operation, "INTERNAL_SERVER_ERROR", path)

    def _broken(self) -> str:
        return self._faults.choice("INTERNAL_SERVER_ERROR", "TIMEOUT")

    def _fail(self, operation: int, code: str, path: Path) -> None:
        self._end(operation, "FAILED", code)
        self._results.discard(path)

    def _fail_in_part(self, operation: int, path: Path, base_url: str) -> None:
        objects = keep_part(path, self._faults.share())
        with self._lock:
            self._raise_if_cancelled(operation)
            url = self._results.publish(operation, "partial_data_url", path, base_url)
            self._set(operation, object_count=objects, partial_data_url=url)
            self._end(operation, "FAILED", self._broken())

    def _begin(self, operation: int, export: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            self._raise_if_cancelled(operation)
            self._set(operation, status="RUNNING")
            self._exports[operation] = export

    def _complete(
        self, operation: int, objects: int, roots: int, path: Path, base_url: str
    ) -> None:
        with self._lock:
            self._raise_if_cancelled(operation)
            if objects:
                url = self._results.publish(operation, "url", path, base_url)
                self._set(operation, file_size=path.stat().st_size, url=url)
            else:
                self._results.discard(path)
            self._set(operation, object_count=objects, root_object_count=roots)
            self._end(operation, "COMPLETED")

    def _raise_if_cancelled(self, operation: int) -> None:
        # An interrupt that comes between two statements is lost, so the state is asked too.
        if self._status(operation) == "CANCELING":
            raise duckdb.InterruptException("cancelled between two statements")

    def _end(self, operation: int, status: str, error_code: str | None = None) -> None:
        with self._lock:
            self._exports.pop(operation, None)
            if error_code:
                self._set(operation, error_code=error_code)
            self._set(operation, status=status, completed_at=datetime.now(UTC).isoformat())

    def _running(self) -> list[int]:
        rows = self._state.execute(
            "SELECT id FROM bulk_operations WHERE status IN ('CREATED', 'RUNNING', 'CANCELING')"
            " ORDER BY id"
        ).fetchall()
        return [operation for (operation,) in rows]

    def _status(self, operation: int) -> str | None:
        statement = select("status", "bulk_operations", where=[f"id = {operation}"])
        row = self._state.execute(statement).fetchone()
        return row[0] if row else None

    def _set(self, operation: int, **values: str | int) -> None:
        # Literals, because the first bound parameter makes duckdb import pandas: a full second.
        changes = ", ".join(f"{name} = {literal(str(value))}" for name, value in values.items())
        self._state.execute(f"UPDATE bulk_operations SET {changes} WHERE id = {operation}")  # noqa: S608


def keep_part(path: Path, share: float) -> int:
    """Shorten a file to about this share of its lines, whole ones; how many are left."""
    with path.open("r+b") as file:
        file.seek(int(path.stat().st_size * share))
        file.readline()
        file.truncate(file.tell())
        file.seek(0)
        return sum(1 for _ in file)


def _scalar(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    ((value,),) = connection.execute(statement).fetchall()
    return int(value)


def _error(message: str, field: list[str] | None, code: str | None = None) -> dict[str, object]:
    return {"field": field, "message": message, "code": code}
