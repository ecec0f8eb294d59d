"""Shopify's search syntax: `updated_at:>='2026-11-01' AND (test:false OR -status:open)`.

Turns the text of a `query` argument into an SQL condition; which fields a resource has
is in `search_fields.py`, and how each compares in `filters.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import tzinfo

from nerdx_pipelines.demo.store.reads.search_fields import DEFAULT, FILTERS

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<paren>[()])
      | (?P<word>(?:AND|OR|NOT)(?=[\s(]|$)|-(?=\())
      | (?P<minus>-?)
        (?:(?P<field>[A-Za-z_][\w.]*)\s*:\s*)?
        (?P<op>>=|<=|>|<|=)?\s*
        (?P<value>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s()]+)
    )""",
    re.VERBOSE,
)


@dataclass
class Search:
    """A parsed query: `condition` (SQL over the row, or None: all rows) and the warnings."""

    condition: str | None
    warnings: list[dict[str, str]] = field(default_factory=list)


def parse(text: str | None, type_name: str, row: str, zone: tzinfo) -> Search:
    """The condition of `text` on rows of `type_name` aliased `row`.

    Terms of unknown fields are dropped with a warning, as Shopify does; times without an
    offset count in the shop's `zone`. Raises GraphQLError for an unreadable time.
    """
    reader = _Reader(text or "", type_name, row, zone)
    return Search(reader.disjunction(), reader.warnings)


class _Reader:
    def __init__(self, text: str, type_name: str, row: str, zone: tzinfo) -> None:
        self.tokens = list(_tokens(text))
        self.filters = FILTERS[type_name]
        self.row, self.zone = row, zone
        self.warnings: list[dict[str, str]] = []

    def disjunction(self) -> str | None:
        terms = [self.conjunction()]
        while self._next_is("OR"):
            self.tokens.pop(0)
            terms.append(self.conjunction())
        return _joined(" OR ", terms)

    def conjunction(self) -> str | None:
        terms = []
        while self.tokens and not self._next_is("OR") and not self._next_is(")"):
            if self._next_is("AND"):
                self.tokens.pop(0)
                continue
            terms.append(self.term())
        return _joined(" AND ", terms)

    def term(self) -> str | None:
        token = self.tokens.pop(0)
        if token["word"] in ("NOT", "-"):
            return _negated(self.term()) if self.tokens else None
        if token["paren"] == "(":
            inside = self.disjunction()
            if self._next_is(")"):
                self.tokens.pop(0)
            return inside
        condition = self._comparison(token["field"], token["op"] or "=", _unquoted(token["value"]))
        return _negated(condition) if token["minus"] else condition

    def _comparison(self, name: str | None, operator: str, value: str) -> str | None:
        accepted = self.filters.get(name or DEFAULT)
        if accepted is None:
            self.warnings.append(
                {
                    "field": name or DEFAULT,
                    "message": "Invalid search field for this query.",
                    "code": "invalid_field",
                }
            )
            return None
        return accepted.condition(self.row, operator, value, self.zone)

    def _next_is(self, word: str) -> bool:
        return bool(self.tokens) and word in (self.tokens[0]["word"], self.tokens[0]["paren"])


def _tokens(text: str) -> Iterator[dict[str, str | None]]:
    position = 0
    while match := _TOKEN.match(text, position):
        yield match.groupdict()
        position = match.end()


def _unquoted(value: str | None) -> str:
    text = value or ""
    if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]:
        text = text[1:-1]
    return re.sub(r"\\(.)", r"\1", text)


def _joined(connective: str, terms: list[str | None]) -> str | None:
    kept = [term for term in terms if term is not None]
    return f"({connective.join(kept)})" if kept else None


def _negated(condition: str | None) -> str | None:
    # IS NOT TRUE: a row whose value is null does not match the term, so it matches its negation.
    return None if condition is None else f"(({condition}) IS NOT TRUE)"
