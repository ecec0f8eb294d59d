"""Events of a site as the receiver lands them, data folders, and what is made of both."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from nerdx_pipelines.assets.days import CONSUMERS
from nerdx_pipelines.folder.tables import CONTENT_TABLES, TABLES
from nerdx_pipelines.folder.values import kind_of
from nerdx_pipelines.sql import literal
from nerdx_pipelines.warehouse.credits import Kind, make_credits
from nerdx_pipelines.warehouse.database import Warehouse, run
from nerdx_pipelines.warehouse.events import Ingested, ingest
from nerdx_pipelines.warehouse.touches import (
    replace_catalog,
    replace_journeys,
    replace_touches,
    stitch,
)

Line = dict[str, Any]
WINDOW = 7
RULES = {"window_days": WINDOW, "widest_window": WINDOW, "half_life_days": 7.0}
RULES |= {"model": "linear", "lag_days": 2, "collapse": "consecutive"}
RECEIVED = "2026-03-15T12:00:00.000Z"
_numbers = count(1)


def event(message_id: str, type: str, received_at: str = RECEIVED, **body: Any) -> Line:
    """A line of a segment."""
    return {
        "message_id": message_id,
        "received_at": received_at,
        "type": type,
        "body": json.dumps({"messageId": message_id, "type": type, **body}),
    }


def segment(inbox: Path, lines: Iterable[Line | str]) -> Path:
    """A closed segment with these lines, later than every one before it."""
    inbox.mkdir(parents=True, exist_ok=True)
    file = inbox / f"events-20260315T120000.{next(_numbers):06}Z-1-1.jsonl"
    texts = (each if isinstance(each, str) else json.dumps(each) for each in lines)
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return file


def take(warehouse: Warehouse, *lines: Line | str) -> Ingested:
    """Ingest one segment of these lines."""
    folder = warehouse.path.parent / "inbox"
    return ingest(warehouse, [segment(folder, lines)], WINDOW)


def landed(folder: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """A data folder's content tables as the assets land them."""
    folder.mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for table in CONTENT_TABLES:
            kinds = TABLES[table].kinds.items()
            columns = ", ".join(f"{name} {kind_of(kind).sql_type}" for name, kind in kinds)
            con.execute(f"CREATE TABLE {table} ({columns})")
            for row in tables.get(table, ()):
                values = ", ".join(literal(str(value)) for value in row.values())
                con.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})")
            con.execute(f"COPY {table} TO {literal(folder / f'{table}.parquet')}")
    return folder


def catalog(warehouse: Warehouse, folder: Path) -> None:
    with warehouse.write() as con:
        replace_catalog(con, folder, WINDOW)


def touches(warehouse: Warehouse, folder: Path, first: date, last: date) -> None:
    with warehouse.write() as con:
        replace_touches(con, folder, first, last, WINDOW)


def figures(warehouse: Warehouse, first: date, last: date) -> None:
    """What a run of these days makes, and of every other day that has changed."""
    with warehouse.write() as con:
        stitch(con, WINDOW)
        replace_journeys(con, WINDOW)
        days = {"first_day": first, "last_day": last}
        for consumer in CONSUMERS:
            run(con, "days/to_do", consumer=consumer, **days, **RULES)
            if consumer == "attribution_credits":
                make_credits(con, [Kind(WINDOW, "all")], **RULES)
            else:
                run(con, f"kpi/{consumer}")
            run(con, "days/done", consumers=len(CONSUMERS))
