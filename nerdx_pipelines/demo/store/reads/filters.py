"""How the values of search fields compare, as Shopify documents them, in SQL over the row `{t}`.

Which fields a resource has is in `search_fields.py`; the syntax around them in `search.py`.
"""

# ruff: noqa: S608 (the sources are our own, and every value is a literal or a number)
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Protocol

from nerdx_pipelines.demo.store.errors import bad_request
from nerdx_pipelines.sql import literal

_MAX_DIGITS = 30  # of a number that is compared at all; ids have 19


class Filter(Protocol):
    """How one search field turns an operator (= > >= < <=) and a value into SQL."""

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:
        """SQL condition on the row aliased `row`."""


@dataclass(frozen=True)
class Time:
    """A moment; a coarser value (2026, 2026-11, a day, a second) means all of that period."""

    sql: str
    whole_days: bool = False

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        if operator == "=" and ".." in value:
            return _between(self, row, value, zone)
        start, end = _period(value, zone, self.whole_days)
        moment = self.sql.format(t=row)
        since, until = f"{moment} >= {_timestamp(start)}", f"{moment} < {_timestamp(end)}"
        return {
            "=": f"({since} AND {until})",
            ">": f"{moment} >= {_timestamp(end)}",
            ">=": since,
            "<": f"{moment} < {_timestamp(start)}",
            "<=": until,
        }[operator]


@dataclass(frozen=True)
class Number:
    """An id, as a number or a global id, or an amount."""

    sql: str

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        if operator == "=" and ".." in value:
            return _between(self, row, value, zone)
        try:
            number = Decimal(value.rsplit("/", 1)[-1])
        except InvalidOperation:
            return "false"
        if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
            return "false"
        return f"{self.sql.format(t=row)} {operator} {number:f}"


@dataclass(frozen=True)
class Text:
    """Words: the value as whole words of the text, `word*` as a beginning, `*` as any text."""

    sql: str

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        text = self.sql.format(t=row)
        if value == "*":
            return f"coalesce({text}, '') <> ''"
        words = re.escape(value.removesuffix("*").lower())
        end = "" if value.endswith("*") else r"($|[^\p{L}\p{N}])"
        pattern = literal(rf"(^|[^\p{{L}}\p{{N}}]){words}{end}")
        return f"regexp_matches(lower({text}), {pattern})"


@dataclass(frozen=True)
class Choice:
    """Lower-case words of a closed list, several separated by commas; `sql` gives a list."""

    sql: str

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        words = ", ".join(literal(word.strip().lower()) for word in value.split(","))
        return f"list_has_any({self.sql.format(t=row)}, [{words}])"


@dataclass(frozen=True)
class Some:
    """Whether any row `x` of `source`, a FROM clause that may name `{t}`, meets a filter."""

    source: str
    of: Filter

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        met = self.of.condition("x", operator, value, zone)
        return f"EXISTS (SELECT 1 FROM {self.source.format(t=row)} AND {met})"


@dataclass(frozen=True)
class All:
    """Whatever is asked, every row."""

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        return "true"


@dataclass(frozen=True)
class Not:
    """The opposite of another field."""

    of: Filter

    def condition(self, row: str, operator: str, value: str, zone: tzinfo) -> str:  # noqa: D102
        return f"({self.of.condition(row, operator, value, zone)}) IS NOT TRUE"


def _between(bounded: Filter, row: str, value: str, zone: tzinfo) -> str:
    """Condition of `5..20`: both ends belong to it, and either may be left out."""
    ends = zip((">=", "<="), value.split("..", 1), strict=True)
    met = [bounded.condition(row, operator, end, zone) for operator, end in ends if end]
    return f"({' AND '.join(met)})" if met else "true"


def _period(value: str, zone: tzinfo, whole_days: bool) -> tuple[datetime, datetime]:
    """First moment of the period that `value` names, and the first one after it."""
    if value == "now":
        return datetime.now(UTC), datetime.now(UTC)
    try:
        start = datetime.fromisoformat(
            value + "-01-01"[len(value) - 4 :] if len(value) < 10 else value
        )
        start = start if start.tzinfo else start.replace(tzinfo=zone)
        if whole_days:
            start = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
            return start, start + timedelta(days=1)
        match len(value):
            case 4:
                return start, start.replace(year=start.year + 1)
            case 7:
                return start, (start + timedelta(days=31)).replace(day=1)
            case 10:
                return start, start + timedelta(days=1)
        return start, start + timedelta(microseconds=1 if "." in value else 1_000_000)
    except (ValueError, OverflowError):
        raise bad_request(f"Invalid timestamp for query filter: {value!r}.") from None


def _timestamp(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.astimezone(UTC).isoformat(' ')}'"
