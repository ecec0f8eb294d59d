"""What a table of the report is made of; the tables themselves are in `tables.py`."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    """One column: of the row, its heading, its kind, and why a cell may be empty."""

    key: str
    label: str
    kind: str  # text, content, creator, money, count, number, percent, multiple, day, month
    why: str = ""
    extra: bool = False  # on the screen only if the reader asks for all columns
    interval: tuple[str, str] | None = None  # columns of its lower and upper end
    column: str = ""  # its name in the KPI table that defines it, if not `key`
    means: str = ""  # its definition, where it is no KPI table's

    @property
    def defined(self) -> str:
        """Its name in the KPI table that defines it."""
        return self.column or self.key


@dataclass(frozen=True)
class Table:
    """One table; its first rows are on the screen, all of them in the CSV."""

    name: str
    title: str
    data: str  # the dataset
    kpi: str  # the KPI table that defines the columns
    columns: tuple[Column, ...]
    empty: str
    note: str = ""
    folded: bool = False  # behind its title
    also: tuple[str, ...] = field(default=())  # columns that only the CSV has
