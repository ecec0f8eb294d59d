"""Tables of paths as CSV: what `nerdx attribute` reads and writes.

What a table must be is said in `paths.py`; this is only how it stands in a file.
"""

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from nerdx_pipelines.attribution.models import Credit
from nerdx_pipelines.attribution.paths import SEPARATOR, Paths, Source, collect
from nerdx_pipelines.errors import FolderError
from nerdx_pipelines.files import replacing, writing

STANDARD = "-"  # input or output, as usual on a command line


def read_paths(file: str, separator: str = SEPARATOR) -> Paths:
    """The paths of a CSV file, `-` for standard input; UTF-8, with a byte-order mark or without.

    Raises FolderError naming file, line and column.
    """
    name = "standard input" if file == STANDARD else file
    try:
        if file == STANDARD:
            stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
            return _parse(stream, name, separator)
        with Path(file).open(encoding="utf-8-sig", newline="") as stream:
            return _parse(stream, name, separator)
    except OSError as error:
        raise FolderError(f"Cannot read {name}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise FolderError(
            f"{name} is not UTF-8 text ({error.object[error.start]:#04x}): save it as CSV UTF-8."
        ) from error


def write_credits(credits: Iterable[Credit], file: str) -> None:
    """The credits as CSV, `-` for standard output; a file is replaced whole or not at all.

    Numbers have all their digits: reading them gives the same float. What nobody knows is empty.
    """
    if file == STANDARD:
        _write(credits, sys.stdout)
        return
    target = Path(file)
    with writing(target), replacing(target) as fresh, fresh.open("w", newline="") as stream:
        _write(credits, stream)


def _parse(stream: TextIO, name: str, separator: str) -> Paths:
    reader = csv.reader(stream, strict=True)
    try:
        header = next(reader, None)
        if header is None:
            raise FolderError(f"{name} is empty: it needs the header path,conversions.")
        return collect(header, _rows(reader, len(header), name), Source(name, "line"), separator)
    except csv.Error as error:
        raise FolderError(f"{name}, line {reader.line_num}: it is no CSV ({error}).") from error


def _rows(reader: Iterator[list[str]], width: int, name: str) -> Iterator[tuple[int, list[str]]]:
    for cells in reader:
        line: int = reader.line_num  # type: ignore[attr-defined]
        if not cells:
            continue
        if len(cells) != width:
            raise FolderError(
                f"{name}, line {line}: it has {len(cells)} columns, the header {width}. A comma "
                "within a value needs quotes around the value."
            )
        yield line, cells


def _write(credits: Iterable[Credit], stream: TextIO) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(Credit._fields)
    writer.writerows([_cell(figure) for figure in credit] for credit in credits)


def _cell(figure: str | float | None) -> str:
    return "" if figure is None else figure if isinstance(figure, str) else repr(figure)
