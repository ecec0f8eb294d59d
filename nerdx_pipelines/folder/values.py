"""What a value of a data folder may look like, as DuckDB expressions.

One expression a kind of column, giving the typed value or NULL where the value is not of
that kind. Reading files and judging whole tables is `reading.py`'s work.
"""

from dataclasses import dataclass

INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"} | {
    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
}  # fmt: skip
FLOATS = {"FLOAT", "DOUBLE"}
LAST_EXACT_INTEGER = 2**53  # of a DOUBLE
LARGEST_ID = 2**63 - 1
FLOAT_TOLERANCE = "1e-6"  # of an amount of money stored as a binary float
INSTANT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?)?"
)


@dataclass(frozen=True)
class Kind:
    """A kind of value: its DuckDB type and how a message describes it."""

    sql_type: str
    description: str


KINDS = {
    "id": Kind("BIGINT", f"a whole number from 1 to {LARGEST_ID}"),
    "count": Kind("INTEGER", "a whole number"),
    "money": Kind("DECIMAL(18, 4)", "an amount of money such as 12.50"),
    "rate": Kind("DECIMAL(18, 6)", "a rate such as 0.6512"),
    "time": Kind("TIMESTAMPTZ", "an ISO 8601 time such as 2026-11-22T09:30:00Z"),
    "flag": Kind("BOOLEAN", "true or false"),
    "currency": Kind("VARCHAR", "a currency code such as AUD"),
    "text": Kind("VARCHAR", "text"),
}


def kind_of(name: str) -> Kind:
    """The kind called `name`; one such as `view|click` is a choice of those words."""
    name = name.rstrip("?")
    if "|" in name:
        return Kind("VARCHAR", "one of " + ", ".join(name.split("|")))
    return KINDS[name]


def may_be_empty(name: str) -> bool:
    """Whether a column of the kind, written with a question mark, may have no value."""
    return name.endswith("?")


def raw_sql(column: str, physical: str) -> str:
    """The value as stored, but text trimmed and empty text NULL."""
    return rf"nullif(trim({column}, E' \t'), '')" if physical == "VARCHAR" else column


def value_sql(name: str, raw: str, physical: str) -> str:
    """The typed value of column expression `raw` of DuckDB type `physical`, NULL if unfit."""
    name = name.rstrip("?")
    text = raw if physical == "VARCHAR" else f"CAST({raw} AS VARCHAR)"
    kind = kind_of(name)
    if "|" in name:
        cased = f"upper({text})" if name.isupper() else f"lower({text})"
        return f"CASE WHEN list_contains({name.split('|')}, {cased}) THEN {cased} END"
    match name:
        case "id" | "count":
            value = _integer(raw, text, physical, kind.sql_type)
            return f"nullif(greatest({value}, 0), 0)" if name == "id" else value
        case "money" | "rate":
            return _decimal(raw, text, physical, kind.sql_type)
        case "time":
            return _instant(raw, physical)
        case "flag":
            return _flag(raw, text, physical)
        case "currency":
            return (
                f"CASE WHEN regexp_full_match(upper({text}), '[A-Z]{{3}}') THEN upper({text}) END"
            )
        case _:
            return text


def _integer(raw: str, text: str, physical: str, sql_type: str) -> str:
    if physical in INTEGERS:
        return f"try_cast({raw} AS {sql_type})"
    if physical in FLOATS:
        exact = f"{raw} = trunc({raw}) AND abs({raw}) <= {LAST_EXACT_INTEGER}"
        return f"CASE WHEN {exact} THEN try_cast({raw} AS {sql_type}) END"
    whole = f"regexp_full_match({text}, '-?[0-9]{{1,19}}(\\.0*)?')"
    return f"CASE WHEN {whole} THEN try_cast({text} AS {sql_type}) END"


def _decimal(raw: str, text: str, physical: str, sql_type: str) -> str:
    if physical in FLOATS:
        near = f"abs({raw} - CAST(try_cast({raw} AS {sql_type}) AS DOUBLE)) <= {FLOAT_TOLERANCE}"
        return f"CASE WHEN {near} THEN try_cast({raw} AS {sql_type}) END"
    # By pattern, because a cast rounds what does not fit instead of refusing it.
    digits = sql_type.rstrip(")").split(", ")[1]
    shape = f"'[+-]?[0-9]+(\\.[0-9]{{0,{digits}}}0*)?'"
    return f"CASE WHEN regexp_full_match({text}, {shape}) THEN try_cast({text} AS {sql_type}) END"


def _instant(raw: str, physical: str) -> str:
    if physical == "DATE" or physical.startswith("TIMESTAMP"):
        value = f"CAST({raw} AS TIMESTAMPTZ)"
        return f"CASE WHEN isfinite({value}) THEN {value} END"
    if physical != "VARCHAR":
        return "CAST(NULL AS TIMESTAMPTZ)"
    # DuckDB wants seconds before an offset and no space there; ISO 8601 does not.
    spaceless = rf"regexp_replace({raw}, ' (Z|[+-])', '\1')"
    full = rf"regexp_replace({spaceless}, '([T ]\d\d:\d\d)(Z|[+-])', '\1:00\2')"
    value = f"coalesce(try_cast({raw} AS TIMESTAMPTZ), try_cast({full} AS TIMESTAMPTZ))"
    return f"CASE WHEN regexp_full_match({raw}, '{INSTANT}') THEN {value} END"


def _flag(raw: str, text: str, physical: str) -> str:
    if physical == "BOOLEAN":
        return raw
    return (
        f"CASE WHEN lower({text}) IN ('true', 't', '1', 'yes') THEN true"
        f" WHEN lower({text}) IN ('false', 'f', '0', 'no') THEN false END"
    )
