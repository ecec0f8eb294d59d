"""A table of journeys: its columns checked, equal paths summed, its channels numbered.

Where the rows come from is the callers' business (`csvfile.py`, a DataFrame); what is made of
them, the models'.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nerdx_pipelines.errors import FolderError

SEPARATOR = " > "
COLUMNS = ("path", "conversions", "value", "null")
AMOUNTS = ("conversions", "value", "null")
OPTIONAL = ("value", "null")

_NOTHING = ("", "nan", "<NA>", "None")  # as tables say it
_ZERO = Decimal(0)
_LARGEST = 300  # decimal exponent of what a float can hold, with room for sums
_REMEMBERED = 10_000

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Paths:
    """Distinct paths, path after path; `conversions`, `value` and `null` have one entry a path.

    `conversions` and `null` count the journeys along the path that ended with one and without;
    `value` is what the former brought, and None where nobody knows.
    """

    channels: tuple[str, ...]  # sorted
    codes: Codes  # the channel of every touch
    lengths: Codes  # touches of every path, at least one
    conversions: Floats
    value: Floats | None
    null: Floats

    @property
    def ends(self) -> Codes:
        """The index after each path's last touch."""
        return np.cumsum(self.lengths)

    @property
    def starts(self) -> Codes:
        """The index of each path's first touch."""
        return self.ends - self.lengths


@dataclass(frozen=True)
class Source:
    """What errors call a table, and what they count in it."""

    name: str
    unit: str = "row"

    def at(self, row: int, column: str) -> str:
        """Where a cell is."""
        return f"{self.name}, {self.unit} {row}, column {column}"


def read_table(table: Any, separator: str = SEPARATOR) -> Paths:
    """The paths of a pandas DataFrame, or of a list of mappings, with the columns `COLUMNS`.

    A path may also be a list of channels. Raises FolderError naming row and column.
    """
    if hasattr(table, "itertuples"):
        header, rows = list(table.columns), table.itertuples(index=False, name=None)
    else:
        records: list[Mapping[str, Any]] = list(table)
        header = list(dict.fromkeys(name for record in records for name in record))
        rows = ([record.get(name) for name in header] for record in records)
    return collect(header, enumerate(rows, 1), Source("the table"), separator)


def collect(
    header: Sequence[str],
    rows: Iterable[tuple[int, Sequence[Any]]],
    source: Source,
    separator: str = SEPARATOR,
) -> Paths:
    """The paths of `rows`, each the number that its reader finds it by, and its cells.

    Names of columns are read without regard to case and blanks around them; other columns than
    `COLUMNS` are passed over. Amounts are summed as decimals, exactly. Raises FolderError.
    """
    index = _columns(header, source)
    path_at = index.pop("path")
    columns = [(AMOUNTS.index(column), column, at) for column, at in index.items()]
    known: dict[Any, int] = {}
    first_rows: list[int] = []
    sums: tuple[list[Decimal], ...] = tuple([] for _ in AMOUNTS)
    read: dict[tuple[str, Any], Decimal] = {}  # most amounts are small numbers
    with localcontext(prec=60):
        for row, cells in rows:
            path = cells[path_at]
            place = known.setdefault(tuple(path) if isinstance(path, list) else path, len(known))
            if place == len(first_rows):
                first_rows.append(row)
                for amounts in sums:
                    amounts.append(_ZERO)
            for which, column, at in columns:
                amount = read.get((column, cells[at]))
                if amount is None:
                    amount = _amount(cells[at], column, source.at(row, column))
                    if len(read) < _REMEMBERED:
                        read[column, cells[at]] = amount
                sums[which][place] += amount
    if not known:
        raise FolderError(f"{source.name} has no {source.unit} of data: nothing to attribute.")
    # Sorted, so that figures do not depend on the order of rows, not even in the last bit.
    order = sorted(known, key=lambda path: path if isinstance(path, str) else repr(path))
    conversions, value, null = (
        np.array([amounts[known[path]] for path in order], dtype=np.float64) for amounts in sums
    )

    def place_of(path: Any) -> str:
        return source.at(first_rows[known[path]], "path")

    numbered = _numbered(order, place_of, separator)
    return Paths(*numbered, conversions, value if "value" in index else None, null)


def _columns(header: Sequence[str], source: Source) -> dict[str, int]:
    names = [str(name).strip().casefold() for name in header]
    for column in COLUMNS:
        if names.count(column) > 1:
            raise FolderError(f"{source.name} has the column {column} twice: leave one of them.")
        if column not in names and column not in OPTIONAL:
            found = ", ".join(map(repr, header)) or "nothing"
            raise FolderError(
                f"{source.name} has no column {column}: its header has {found}. Needed are path "
                "and conversions, separated by commas; value and null are optional."
            )
    return {column: names.index(column) for column in COLUMNS if column in names}


def _amount(cell: Any, column: str, where: str) -> Decimal:
    text = "" if cell is None else str(cell).strip()
    if column in OPTIONAL and text in _NOTHING:
        return _ZERO
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    # Python's own spelling 1_000 is nobody's data; what no float can hold is a slip.
    if not amount.is_finite() or "_" in text or amount.adjusted() > _LARGEST:
        raise FolderError(f"{where}: {text!r} is not a number such as 12 or 3.50.")
    if amount < 0 and column != "value":
        raise FolderError(f"{where}: {text} is below 0; it counts journeys.")
    return amount


def _parts(path: Any, separator: str) -> Sequence[Any]:
    if isinstance(path, tuple):
        return path
    text = path if isinstance(path, str) else "" if str(path) in _NOTHING else str(path)
    return text.split(separator) if text.strip() else ()


def _numbered(
    paths: list[Any], place_of: Callable[[Any], str], separator: str
) -> tuple[tuple[str, ...], Codes, Codes]:
    """Channels, codes and lengths; `place_of` says where a path is."""
    spelt: dict[Any, int] = {}  # what stands between separators, blanks around it included
    names: dict[str, int] = {}
    codes: list[int] = []
    lengths: list[int] = []
    for path in paths:
        parts = _parts(path, separator)
        if not parts:
            raise FolderError(f"{place_of(path)}: it is empty; a journey has a channel.")
        for part in parts:
            if part not in spelt:
                name = _channel(part, separator, place_of(path))
                spelt[part] = names.setdefault(name, len(names))
        codes += [spelt[part] for part in parts]
        lengths.append(len(parts))
    channels = sorted(names)
    rank = np.empty(len(names), dtype=np.int64)
    rank[[names[name] for name in channels]] = np.arange(len(names))
    return tuple(channels), rank[np.array(codes, dtype=np.int64)], np.array(lengths, dtype=np.int64)


def _channel(part: Any, separator: str, place: str) -> str:
    name, sign = str(part).strip(), separator.strip()
    if not name or name.startswith(sign) or name.endswith(sign):
        raise FolderError(f"{place}: a channel is missing beside one of its {separator!r}.")
    return name
