"""The files of a data folder as DuckDB can scan them: where they are, their columns, their rows.

Knows CSV and Parquet and how a person finds a row again; what the columns mean is `reading.py`'s.
"""

# ruff: noqa: S608 (the only outside value is the path, as a quoted literal)
import csv
import glob
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from nerdx_pipelines.errors import FolderError
from nerdx_pipelines.sql import literal

UNREADABLE = (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException)


@dataclass(frozen=True)
class Source:
    """A file as an SQL FROM clause, with its columns as written and their DuckDB types."""

    path: Path
    sql: str
    columns: dict[str, str]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn what DuckDB says about an unreadable file into a FolderError."""
        try:
            yield
        except UNREADABLE as error:
            fault = _csv_fault(self.path, len(self.columns)) if _is_csv(self.path) else None
            raise FolderError(f"{self.path}{fault or _first_lines(error)}") from None


def find(folder: Path, table: str) -> Path | None:
    """The file that holds `table`, or None. Raises FolderError if there are two."""
    files = [path for end in ("csv", "parquet") if (path := folder / f"{table}.{end}").is_file()]
    if len(files) > 1:
        raise FolderError(f"{folder} has both {table}.csv and {table}.parquet; remove one of them.")
    return files[0] if files else None


def open_source(con: duckdb.DuckDBPyConnection, path: Path) -> Source:
    """Look at the columns of `path`. Raises FolderError if it has none or is no such file."""
    name = literal(glob.escape(str(path)))
    if not _is_csv(path):
        scan = f"read_parquet({name}, binary_as_string = true)"
        with Source(path, scan, {}).reading():
            described = con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
        return Source(path, scan, {column[0]: column[1] for column in described})
    try:
        header = next((row for _, row in _records(path)), [])
    except csv.Error as error:
        raise FolderError(f"{path}, line 1: {error}; is a quote missing or too many?") from None
    if _is_not_utf8(header):
        raise FolderError(f"{path} is not UTF-8 text; save the file as UTF-8.")
    if not header:
        raise FolderError(f"{path} is empty; its first line must name the columns.")
    if len(set(header)) < len(header):
        raise FolderError(f"{path} has a column more than once: {', '.join(header)}.")
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    scan = (
        f"read_csv({name}, auto_detect = false, header = true, delim = ',', quote = '\"',"
        f" escape = '\"', nullstr = '', columns = {{{columns}}})"
    )
    if len(header) == 1:  # else a blank line would be a row
        scan = f"(SELECT * FROM {scan} WHERE columns(*) IS NOT NULL)"
    return Source(path, scan, dict.fromkeys(header, "VARCHAR"))


def place(path: Path, row: int) -> str:
    """`x.csv, line 17` as an editor numbers it, or `x.parquet, row 16`, of data row `row`."""
    if _is_csv(path):
        with suppress(csv.Error):  # a field longer than the csv module takes
            for number, (line, _) in enumerate(_records(path)):
                if number == row:
                    return f"{path}, line {line}"
    return f"{path}, row {row}"


def _is_csv(path: Path) -> bool:
    return path.suffix == ".csv"


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Records of a CSV file with the line each begins on; blank lines are none."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, strict=True)
        line = 1
        for record in reader:
            if record:
                yield line, record
            line = reader.line_num + 1


def _csv_fault(path: Path, width: int) -> str | None:
    """What is wrong with the first record that no reader can take."""
    line = 0
    try:
        for line, record in _records(path):
            if len(record) != width:
                return f", line {line}: has {len(record)} fields where the header has {width}."
            if _is_not_utf8(record):
                return f", line {line}: is not UTF-8 text; save the file as UTF-8."
    except csv.Error as error:
        return f", after line {line}: {error}; is a quote missing or too many?"
    return None


def _is_not_utf8(record: list[str]) -> bool:
    return any("\udc80" <= character <= "\udcff" for text in record for character in text)


def _first_lines(error: duckdb.Error) -> str:
    return ": " + " ".join(str(error).splitlines()[:3])
