"""Raw JSONL files as typed rows: the shape of a line, and what becomes of one that has another.

What the rows mean and where they go is in `sql/staging`; fetching the files is the shop's part.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import duckdb

from nerdx_pipelines.sql import literal, text
from nerdx_pipelines.warehouse.database import Warehouse

log = logging.getLogger(__name__)

T = TypeVar("T")
_ID = re.compile(r'"id"\s*:\s*"(gid://shopify/\w+/\d+)')
_PARENT = re.compile(r'"__parentId"\s*:\s*"(gid://shopify/\w+/\d+)')
# Whatever a line says, it is one value: the control character is never in JSON text.
_LINES = "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')"


@dataclass(frozen=True)
class Raw:
    """A raw file of records of one `kind`, whose shape is `sql/staging/records/<kind>.json`."""

    kind: str
    file: Path


def load(
    warehouse: Warehouse, raw: Sequence[Raw], work: Callable[[duckdb.DuckDBPyConnection], T]
) -> T:
    """Do `work` in one transaction in which each file is the temporary view `raw_<kind>`.

    Lines that cannot be read are rows of `unreadable` (source, record_id, parent_id, reason,
    raw, file) instead. `work` may run twice, the first time rolled back.
    """
    try:
        return _load(warehouse, [(each, each.file, None) for each in raw], work)
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        log.warning("%s Its lines are looked at one by one.", str(error).split("\n", 1)[0])
    with TemporaryDirectory(dir=raw[0].file.parent, prefix=".sieve-") as folder:
        return _load(warehouse, [_sieve(each, Path(folder)) for each in raw], work)


def _load(
    warehouse: Warehouse,
    files: Sequence[tuple[Raw, Path, Path | None]],
    work: Callable[[duckdb.DuckDBPyConnection], T],
) -> T:
    with warehouse.write() as con:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE unreadable (source VARCHAR, record_id VARCHAR,"
            " parent_id VARCHAR, reason VARCHAR, raw VARCHAR, file VARCHAR)"
        )
        con.execute("CREATE OR REPLACE TEMP TABLE read_files (source VARCHAR, file VARCHAR)")
        for each, readable, rejects in files:
            name = literal(each.file.name)
            con.execute(f"CREATE OR REPLACE TEMP VIEW raw_{each.kind} AS {_read(each, readable)}")
            con.execute(f"SET VARIABLE {each.kind}_file = {name}")
            con.execute(f"INSERT INTO read_files SELECT '{each.kind}', {name}")
            if rejects:
                con.execute(
                    f"INSERT INTO unreadable BY NAME FROM read_json({literal(rejects)},"
                    " format = 'newline_delimited', columns = {source: 'VARCHAR',"
                    " record_id: 'VARCHAR', parent_id: 'VARCHAR', reason: 'VARCHAR',"
                    " raw: 'VARCHAR', file: 'VARCHAR'})"
                )
        return work(con)


def _read(raw: Raw, file: Path) -> str:
    shape = _shape(raw.kind).items()
    columns = ", ".join(f"{name}: {literal(_type(kind))}" for name, kind in shape)
    return f"FROM read_json({literal(file)}, format = 'newline_delimited', columns = {{{columns}}})"


def _shape(kind: str) -> dict[str, Any]:
    shape: dict[str, Any] = json.loads(text(f"staging/records/{kind}.json"))
    return shape


def _type(kind: Any) -> str:
    if isinstance(kind, list):
        return f"{_type(kind[0])}[]"
    if isinstance(kind, dict):
        return f"STRUCT({', '.join(f'{name} {_type(each)}' for name, each in kind.items())})"
    return str(kind)


def _sieve(raw: Raw, folder: Path) -> tuple[Raw, Path, Path]:
    """The file's readable lines, and the rejects, as two new files in `folder`."""
    lines, good, bad = (folder / f"{raw.kind}.{part}" for part in ("lines", "good", "bad"))
    with bad.open("w", encoding="utf-8") as rejects:

        def reject(line: str, reason: str) -> None:
            json.dump(_reject(raw, line, reason), rejects)
            rejects.write("\n")

        with lines.open("w", encoding="utf-8") as file:
            for line, problem in _parsed(raw.file):
                if problem:
                    reject(line, problem)
                else:
                    file.write(f"{line}\n")
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(
                f"CREATE TABLE lines AS FROM read_csv({literal(lines)}, header = false,"
                " columns = {line: 'VARCHAR'}, delim = '\x01', quote = '', escape = '',"
                " max_line_size = 100_000_000)"
            )
            shape = literal(json.dumps(_shape(raw.kind)))
            fits = f"TRY(json_transform_strict(line, {shape})) IS NOT NULL"
            con.execute(f"COPY (FROM lines WHERE {fits}) TO {literal(good)} {_LINES}")
            for (line,) in con.execute(f"FROM lines WHERE NOT ({fits})").fetchall():
                reject(line, _misfit(con, line, _shape(raw.kind)))
    return raw, good, bad


def _parsed(file: Path) -> Iterator[tuple[str, str | None]]:
    """Every line that is not empty, and why it is no JSON object, if it is none."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            content = line.decode(errors="backslashreplace").strip()
            if not content:
                continue
            try:
                is_object = isinstance(json.loads(line), dict)
            except ValueError as error:
                yield content, f"line {number} is no JSON: {error}"
            else:
                yield content, None if is_object else f"line {number} is no JSON object"


def _misfit(con: duckdb.DuckDBPyConnection, line: str, shape: dict[str, Any]) -> str:
    """Which fields of the line have a value of another type than theirs."""
    record = json.loads(line)
    wrong = []
    for name, kind in shape.items():
        part = json.dumps({name: record.get(name)})
        expected = json.dumps({name: kind})
        query = f"SELECT TRY(json_transform_strict({literal(part)}, {literal(expected)}))"
        if con.execute(query).fetchone() == (None,):
            wrong.append(f"{name} is {json.dumps(record[name])[:80]}, no {_type(kind)}")
    return "; ".join(wrong) or "the fields do not have their types"


def _reject(raw: Raw, line: str, reason: str) -> dict[str, str | None]:
    found, parent = _ID.search(line), _PARENT.search(line)
    return {
        "source": raw.kind,
        "record_id": found[1] if found else None,
        "parent_id": parent[1] if parent else None,
        "reason": reason,
        "raw": line,
        "file": raw.file.name,
    }
