"""Raw JSONL files as typed rows: the shape of a line, and what becomes of one that has another.

What the rows mean and where they go is in `sql/staging`; fetching the files is the shop's part.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
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
REJECT = dict.fromkeys(("source", "record_id", "parent_id", "reason", "raw", "file"), "VARCHAR")
_PARENT = re.compile(r'"__parentId"\s*:\s*"(gid://shopify/\w+/\d+)')


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


def lines_of(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    files: Sequence[Path],
    folder: Path,
    work: Callable[[], object],
) -> None:
    """Do `work` with the lines of all files in the temporary view `raw_<kind>`, with `filename`.

    Lines that cannot be read are rows of the table `unreadable` instead. `work` may run twice;
    what it writes the second time has to take the place of the first. `folder` is for scratch.
    """
    try:
        _view(con, kind, files, ())
        work()
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        log.warning("%s Its lines are looked at one by one.", str(error).split("\n", 1)[0])
        sieved = []
        for file in files:  # each in a folder of its own, so that it keeps its name
            place = folder / f"{file.name}.sieve"
            place.mkdir()
            _, good, bad = _sieve(Raw(kind, file), place)
            sieved.append((good.rename(place / file.name), bad))
        _view(con, kind, [good for good, _ in sieved], [bad for _, bad in sieved])
        work()


def _view(
    con: duckdb.DuckDBPyConnection, kind: str, files: Sequence[Path], rejects: Sequence[Path]
) -> None:
    con.execute(f"CREATE OR REPLACE TABLE unreadable ({_columns(REJECT)})")
    reader = _read(files, _shape(kind), "filename = true")
    con.execute(f"CREATE OR REPLACE TEMP VIEW raw_{kind} AS {reader}")
    for file in rejects:
        con.execute(f"INSERT INTO unreadable BY NAME {_read([file], REJECT)}")


def _load(
    warehouse: Warehouse,
    files: Sequence[tuple[Raw, Path, Path | None]],
    work: Callable[[duckdb.DuckDBPyConnection], T],
) -> T:
    with warehouse.write() as con:
        con.execute(f"CREATE OR REPLACE TEMP TABLE unreadable ({_columns(REJECT)})")
        con.execute("CREATE OR REPLACE TEMP TABLE read_files (source VARCHAR, file VARCHAR)")
        for each, readable, rejects in files:
            name = literal(each.file.name)
            reader = _read([readable], _shape(each.kind))
            con.execute(f"CREATE OR REPLACE TEMP VIEW raw_{each.kind} AS {reader}")
            con.execute(f"SET VARIABLE {each.kind}_file = {name}")
            con.execute(f"INSERT INTO read_files SELECT '{each.kind}', {name}")
            if rejects:
                con.execute(f"INSERT INTO unreadable BY NAME {_read([rejects], REJECT)}")
        return work(con)


def reader(raw: Raw) -> str:
    """A FROM clause that reads the file with the types of its kind."""
    return _read([raw.file], _shape(raw.kind))


def _read(files: Sequence[Path], shape: Mapping[str, Any], *options: str) -> str:
    columns = ", ".join(f"{name}: {literal(_type(kind))}" for name, kind in shape.items())
    listed = ", ".join(map(literal, files))
    given = ", ".join(["format = 'newline_delimited'", f"columns = {{{columns}}}", *options])
    return f"FROM read_json([{listed}], {given})"


def _columns(shape: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_type(kind)}" for name, kind in shape.items())


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
    good, bad = folder / f"{raw.kind}.good", folder / f"{raw.kind}.bad"
    rejects = []
    lines = []
    root = None  # of the records around, as far as is known
    for line, problem in _parsed(raw.file):
        if problem:
            rejects.append(_reject(raw, line, problem, root))
        else:
            lines.append(line)
            found = _PARENT.search(line) or _ID.search(line)
            root = found[1] if found else root
    misfits = dict(_misfits(raw, lines, folder / "trial"))
    rejects += [_reject(raw, line, reason, None) for line, reason in misfits.items()]
    good.write_text("".join(f"{line}\n" for line in lines if line not in misfits), "utf-8")
    bad.write_text("".join(f"{json.dumps(reject)}\n" for reject in rejects), "utf-8")
    return raw, good, bad


def _misfits(raw: Raw, lines: list[str], trial: Path) -> Iterator[tuple[str, str]]:
    """The lines that DuckDB cannot read, found by halves, each with what is wrong."""
    if not lines or _readable(lines, _shape(raw.kind), trial):
        return
    if len(lines) > 1:
        middle = len(lines) // 2
        yield from _misfits(raw, lines[:middle], trial)
        yield from _misfits(raw, lines[middle:], trial)
        return
    (line,) = lines
    record = json.loads(line)
    wrong = [
        f"{name} is {json.dumps(record[name])[:80]}, no {_type(kind)}"
        for name, kind in _shape(raw.kind).items()
        if name in record and not _readable(lines, {name: kind}, trial)
    ]
    yield line, "; ".join(wrong) or "the fields do not have their types"


def _readable(lines: list[str], shape: dict[str, Any], trial: Path) -> bool:
    trial.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        try:
            con.execute(f"SELECT count(COLUMNS(*)) {_read([trial], shape)}").fetchall()
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            return False
    return True


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


def _reject(raw: Raw, line: str, reason: str, root: str | None) -> dict[str, str | None]:
    """A row of `unreadable`.

    A child that broke off before it named its parent is taken for one of `root`, whose records
    stand before it: it is safer to hold that one back than to load it without a child.
    """
    found, parent = _ID.search(line), _PARENT.search(line)
    is_root = found is not None and f"/{raw.kind.capitalize()}/" in found[1]
    return {
        "source": raw.kind,
        "record_id": found[1] if found else None,
        "parent_id": parent[1] if parent else None if is_root else root,
        "reason": reason,
        "raw": line,
        "file": raw.file.name,
    }
