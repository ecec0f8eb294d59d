"""How values of Shopify's scalars are written, as DuckDB expressions.

Only text of SQL and JSON is made here; which columns they are applied to is in `reads/` and
`rest/`.
"""

import re
from collections.abc import Iterable

from graphql import GraphQLError

from nerdx_pipelines.money import rounded_sql
from nerdx_pipelines.sql import literal

# Those of inventory levels and quantities go on like the query of a URL.
_GID = re.compile(r"gid://shopify/\w+/(\d{1,19})(?:\?.*)?")


def select(
    columns: str,
    source: str,
    *,
    where: Iterable[str | None] = (),
    order: str | None = None,
    limit: int | None = None,
) -> str:
    """A SELECT statement; conditions that are None do not count."""
    parts = ["SELECT", columns, "FROM", source]
    if conditions := [condition for condition in where if condition]:
        parts += ["WHERE", " AND ".join(conditions)]
    if order:
        parts += ["ORDER BY", order]
    if limit is not None:
        parts += ["LIMIT", str(limit)]
    return " ".join(parts)


def json_object(pairs: list[tuple[str, str]]) -> str:
    """A JSON object of (key, SQL expression)."""
    return "json_object(" + ", ".join(f"{literal(key)}, {sql}" for key, sql in pairs) + ")"


def quoted(text: str) -> str:
    """`text` as an SQL string within a template of `reads/`, where braces are not its own."""
    return literal(text).replace("{", "{{").replace("}", "}}")


def gid(type_name: str, id_sql: str) -> str:
    """A global id such as gid://shopify/Order/1; null where the number is."""
    return f"'gid://shopify/{type_name}/' || {id_sql}"


def gid_number(gid: str) -> int:
    """The number in a global id of any type; raises GraphQLError if it is none."""
    match = _GID.fullmatch(gid)
    if match is None:
        raise GraphQLError(f"Invalid global id '{gid}'")
    return int(match[1])


def personal(sql: str) -> str:
    """A value of the customer `{t}` that nobody is shown after a redaction."""
    return f"CASE WHEN NOT {{t}}.redacted THEN {sql} END"


def date_time(sql: str) -> str:
    """DateTime: UTC, to the second."""
    # Through TIMESTAMP, because formatting a TIMESTAMPTZ is ten times slower.
    return f"strftime(make_timestamp(epoch_us({sql})), '%Y-%m-%dT%H:%M:%SZ')"


def decimal(sql: str) -> str:
    """Decimal, as MoneyV2 prints it: at least one decimal and no other trailing zero."""
    # The fixed scale guarantees that a decimal point stops the trimming.
    text = f"CAST(CAST({sql} AS DECIMAL(18, 4)) AS VARCHAR)"
    return f"regexp_replace(rtrim({text}, '0'), '\\.$', '.0')"


def money(sql: str) -> str:
    """Money, as older fields print it: two decimals."""
    return f"CAST(CAST({sql} AS DECIMAL(18, 2)) AS VARCHAR)"


def presentment(sql: str, rate: str, currency: str) -> str:
    """The amount at `rate`, rounded to the minor units of `currency`."""
    return f"CAST({rounded_sql(f'({sql}) * {rate}', currency)} AS DECIMAL(18, 4))"
