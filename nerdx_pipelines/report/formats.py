"""Figures as people read them: money, counts, shares, days.

Exact to the end: money stays DECIMAL until it is text. No HTML.
"""

from datetime import date
from decimal import Decimal

from nerdx_pipelines.money import minor_digits

MISSING = "–"
NO_BREAK = "\u00a0"  # between a figure and its unit


def money(amount: Decimal | None, currency: str | None) -> str:
    """`1,234.50 USD`, in the currency's own minor units."""
    if amount is None:
        return MISSING
    return f"{amount:,.{minor_digits(currency or '')}f}{NO_BREAK}{currency or ''}".rstrip()


def count(value: Decimal | int | None) -> str:
    """`12,345`."""
    return MISSING if value is None else f"{value:,.0f}"


def percent(value: Decimal | float | None) -> str:
    """A share as `12.3 %`."""
    return MISSING if value is None else f"{value * 100:,.1f}{NO_BREAK}%"


def number(value: Decimal | None) -> str:
    """A figure whose unit is not known here: at most four decimals, none in vain."""
    if value is None:
        return MISSING
    text = f"{value:,.4f}"
    return text.rstrip("0").rstrip(".")


def day(value: date | None) -> str:
    """`3 May 2026`."""
    return MISSING if value is None else f"{value.day} {value:%b %Y}"


def days(first: date, last: date) -> str:
    """`3 May 2026`, `3–9 May 2026`, `28 Apr – 4 May 2026`: both ends included."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%b} – {day(last)}"
    return f"{day(first)} – {day(last)}"


def words(name: str | None) -> str:
    """A code name as words: `last_touch` is `last touch`."""
    return MISSING if not name else name.replace("_", " ")
