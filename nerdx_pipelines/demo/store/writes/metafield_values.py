"""What the types of metafields take as a value, in Shopify's words where it does not.

Of Shopify's types those that need no more than their text to be looked at, and references.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from nerdx_pipelines.demo.store.writes.change import Change

LONGEST_LIST = 128
_TABLES = {"product_reference": ("Product", "products")}
_REFERENCE = re.compile(r"gid://shopify/(\w+)/(\d{1,19})")
_RULES: dict[str, tuple[Callable[[str], object], str]] = {
    "number_integer": (re.compile(r"-?\d{1,16}").fullmatch, "Value must be an integer."),
    "number_decimal": (re.compile(r"-?\d+(\.\d+)?").fullmatch, "Value must be a decimal."),
    "boolean": (re.compile("true|false").fullmatch, "Value must be true or false."),
    "color": (re.compile("#[0-9a-fA-F]{6}").fullmatch, "Value must be a hex color code."),
    "single_line_text_field": (
        lambda text: "\n" not in text,
        "Value must be a single line text string.",
    ),
}


def fault(change: Change, kind: str, value: str) -> str | None:
    """What is wrong with a value of this type; None: nothing."""
    if kind.startswith("list."):
        return _list_fault(change, kind.removeprefix("list."), value)
    if kind == "json":
        return "Value is invalid JSON." if _parsed(value) is _BROKEN else None
    if kind in _TABLES:
        return _reference_fault(change, kind, value)
    taken, message = _RULES.get(kind, (lambda _: True, ""))
    return None if taken(value) else message


_BROKEN = object()


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return _BROKEN


def _list_fault(change: Change, kind: str, value: str) -> str | None:
    items = _parsed(value)
    if items is _BROKEN:
        return "Value is invalid JSON."
    if not isinstance(items, list):
        return "Value must be an array."
    if len(items) > LONGEST_LIST:
        return f"Value has a maximum of {LONGEST_LIST} values."
    faults = (
        fault(change, kind, item if isinstance(item, str) else json.dumps(item)) for item in items
    )
    return next(filter(None, faults), None)


def _reference_fault(change: Change, kind: str, value: str) -> str | None:
    type_name, table = _TABLES[kind]
    match = _REFERENCE.fullmatch(value)
    if match is None or match[1] != type_name:
        return f"Value require that you select a {type_name.lower()}."
    if change.get(table, int(match[2])) is None:
        return f"Value references non-existing resource {value}."
    return None
