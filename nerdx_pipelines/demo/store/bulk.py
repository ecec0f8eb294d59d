"""Bulk operations: started, run in the background, cancelled, and their files.

Which queries are accepted and what they become is in `bulk_query.py`; here each is one COPY of
lines to a file, so that memory stays bounded whatever the size of the shop.
"""

import logging
import secrets
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import duckdb

from nerdx_pipelines.demo.store.bulk_query import BulkQuery, RefusedBulkQueryError, compile_bulk
from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.demo.store.sqltext import select
from nerdx_pipelines.sql import literal

log = logging.getLogger(__name__)

MAX_RUNNING = 5
OUTPUTS = "/bulk-operation-outputs"
# The control character is never in JSON text, so every line is written as it is.
_RAW_LINES = "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"

UserErrors = list[dict[str, object]]


class BulkOperations:
    """The bulk operations of one server; their state is the table `bulk_operations`.

    Files are written into `files_dir`, each in a directory with an unguessable name, and are
    removed by `close`.
    """

    def __init__(self, database: StoreDatabase, files_dir: Path) -> None:
        self._database, self._files_dir = database, files_dir
        self._state = database.cursor()
        self._lock = threading.RLock()
        self._exports: dict[int, duckdb.DuckDBPyConnection] = {}
        self._files: dict[str, Path] = {}
        self._workers = ThreadPoolExecutor(MAX_RUNNING, thread_name_prefix="bulk")

    def start(
        self, query: str, *, group_objects: bool, base_url: str
    ) -> tuple[int | None, UserErrors]:
        """Start an export; its id, or the reasons why Shopify refuses it."""
        try:
            compiled = compile_bulk(
                query, self._database.zone, self._database.currency, group_objects=group_objects
            )
        except RefusedBulkQueryError as refused:
            return None, [_error(message, ["query"], "INVALID") for message in refused.messages]
        with self._lock:
            running = self._running()
            if len(running) >= MAX_RUNNING:
                message = (
                    "A bulk query operation for this app and shop is already in progress: "
                    f"{', '.join(f'gid://shopify/BulkOperation/{each}' for each in running)}."
                )
                return None, [_error(message, None, "OPERATION_IN_PROGRESS")]
            self._state.execute("INSERT INTO bulk_operations DEFAULT VALUES RETURNING id")
            ((operation,),) = self._state.fetchall()
            self._set(operation, query=query)
            self._workers.submit(self._run, operation, compiled, base_url)
        return operation, []

    def cancel(self, operation: int) -> UserErrors:
        """Ask a running export to stop; the reasons why that cannot be done."""
        with self._lock:
            status = self._status(operation)
            if status is None:
                return [_error("Bulk operation does not exist", ["id"])]
            if status in ("CREATED", "RUNNING"):
                self._set(operation, status="CANCELING")
                if export := self._exports.get(operation):
                    export.interrupt()
            elif status != "CANCELING":
                message = f"A bulk operation cannot be canceled when it is {status.lower()}"
                return [_error(message, None)]
        return []

    def file(self, token: str) -> Path | None:
        """The result file behind a URL, if there is one."""
        return self._files.get(token)

    def close(self) -> None:
        """Cancel what runs, wait for it, and remove all files."""
        with self._lock:
            for operation in self._running():
                self.cancel(operation)
        self._workers.shutdown()
        for path in self._files.values():
            shutil.rmtree(path.parent, ignore_errors=True)

    def _run(self, operation: int, query: BulkQuery, base_url: str) -> None:
        token = secrets.token_urlsafe(24)
        path = self._files_dir / token / f"bulk-{operation}.jsonl"
        try:
            with self._database.reading() as export:
                self._begin(operation, export)
                path.parent.mkdir(parents=True)
                target = f"{literal(path)} {_RAW_LINES}"
                objects = _scalar(export, f"COPY ({query.lines}) TO {target}")
                roots = _scalar(export, query.root_count)
            url = f"{base_url}{OUTPUTS}/{token}/{path.name}?{_signature(path.name)}"
            self._complete(operation, objects, roots, token, path, url)
        except duckdb.InterruptException:
            self._end(operation, "CANCELED")
        except Exception:
            log.exception("Bulk operation %s failed", operation)
            self._end(operation, "FAILED", "INTERNAL_SERVER_ERROR")
        finally:
            if token not in self._files:
                shutil.rmtree(path.parent, ignore_errors=True)

    def _begin(self, operation: int, export: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            self._raise_if_cancelled(operation)
            self._set(operation, status="RUNNING")
            self._exports[operation] = export

    def _complete(
        self, operation: int, objects: int, roots: int, token: str, path: Path, url: str
    ) -> None:
        with self._lock:
            self._raise_if_cancelled(operation)
            if objects:
                self._files[token] = path
                self._set(operation, file_size=path.stat().st_size, url=url)
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


def _scalar(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    ((value,),) = connection.execute(statement).fetchall()
    return int(value)


def _error(message: str, field: list[str] | None, code: str | None = None) -> dict[str, object]:
    return {"field": field, "message": message, "code": code}


def _signature(name: str) -> str:
    disposition = quote(f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}", safe="")
    return f"response-content-disposition={disposition}&response-content-type=application%2Fjsonl"
