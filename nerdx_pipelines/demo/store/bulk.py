"""Bulk operations: started, run in the background, cancelled, and their files.

Which queries are accepted and what they become is in `bulk_query.py`; here each is one COPY of
lines to a file, so that memory stays bounded whatever the size of the shop.
"""

import logging
import secrets
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from nerdx_pipelines.demo.store.bulk_query import BulkQuery, RefusedBulkQueryError, compile_bulk
from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.demo.store.sqltext import literal

log = logging.getLogger(__name__)

MAX_RUNNING = 5
OUTPUTS = "/bulk-operation-outputs"
_FIRST_ID = 1_000_000_000_001
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
        self._ids = count(_FIRST_ID)
        self._exports: dict[int, duckdb.DuckDBPyConnection] = {}
        self._files: dict[str, Path] = {}
        self._workers = ThreadPoolExecutor(MAX_RUNNING, thread_name_prefix="bulk")

    def start(
        self, query: str, *, group_objects: bool, base_url: str
    ) -> tuple[int | None, UserErrors]:
        """Start an export; its id, or the reasons why Shopify refuses it."""
        try:
            compiled = compile_bulk(query, self._database.zone, group_objects=group_objects)
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
            operation = next(self._ids)
            self._sql(
                "INSERT INTO bulk_operations VALUES"
                " (?, 'QUERY', 'CREATED', NULL, ?, now(), NULL, 0, 0, NULL, NULL)",
                operation,
                query,
            )
            self._workers.submit(self._run, operation, compiled, base_url)
        return operation, []

    def cancel(self, operation: int) -> UserErrors:
        """Ask a running export to stop; the reasons why that cannot be done."""
        with self._lock:
            found = self._sql("SELECT status FROM bulk_operations WHERE id = ?", operation)
            if not found:
                return [_error("Bulk operation does not exist", ["id"])]
            status: str = found[0][0]
            if status in ("CREATED", "RUNNING"):
                self._sql("UPDATE bulk_operations SET status = 'CANCELING' WHERE id = ?", operation)
                if export := self._exports.get(operation):
                    export.interrupt()
            elif status != "CANCELING":
                message = f"A bulk operation cannot be canceled when it is {status.lower()}"
                return [_error(message, None)]
        return []

    def newest(self, type_: str) -> int | None:
        """The id of the operation started last."""
        with self._lock:
            newest = self._sql("SELECT max(id) FROM bulk_operations WHERE type = ?", type_)
        return newest[0][0] if newest else None

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
            with self._database.cursor() as export:
                self._begin(operation, export)
                path.parent.mkdir(parents=True)
                target = f"{literal(str(path))} {_RAW_LINES}"
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
            self._sql("UPDATE bulk_operations SET status = 'RUNNING' WHERE id = ?", operation)
            self._exports[operation] = export

    def _complete(
        self, operation: int, objects: int, roots: int, token: str, path: Path, url: str
    ) -> None:
        with self._lock:
            self._raise_if_cancelled(operation)
            if objects:
                self._files[token] = path
            self._sql(
                "UPDATE bulk_operations SET object_count = ?, root_object_count = ?,"
                " file_size = ?, url = ? WHERE id = ?",
                objects,
                roots,
                path.stat().st_size if objects else None,
                url if objects else None,
                operation,
            )
            self._end(operation, "COMPLETED")

    def _raise_if_cancelled(self, operation: int) -> None:
        # An interrupt that comes between two statements is lost, so the state is asked too.
        found = self._sql("SELECT status FROM bulk_operations WHERE id = ?", operation)
        if found[0][0] == "CANCELING":
            raise duckdb.InterruptException("cancelled between two statements")

    def _end(self, operation: int, status: str, error_code: str | None = None) -> None:
        with self._lock:
            self._exports.pop(operation, None)
            self._sql(
                "UPDATE bulk_operations SET status = ?, error_code = ?, completed_at = now()"
                " WHERE id = ?",
                status,
                error_code,
                operation,
            )

    def _running(self) -> list[int]:
        rows = self._sql(
            "SELECT id FROM bulk_operations WHERE status IN ('CREATED', 'RUNNING', 'CANCELING')"
            " ORDER BY id"
        )
        return [operation for (operation,) in rows]

    def _sql(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self._state.execute(statement, list(parameters)).fetchall()


def _scalar(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    ((value,),) = connection.execute(statement).fetchall()
    return int(value)


def _error(message: str, field: list[str] | None, code: str | None = None) -> dict[str, object]:
    return {"field": field, "message": message, "code": code}


def _signature(name: str) -> str:
    disposition = quote(f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}", safe="")
    return f"response-content-disposition={disposition}&response-content-type=application%2Fjsonl"
