"""What the store answers for fields of Shopify's schema that it has no data for.

Values by type in the shape of the request: nothing where nothing is allowed, otherwise the
emptiest value there is. Which fields have data is in `reads/` and the resolvers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLScalarType,
)

from nerdx_pipelines.demo.store.graphql.schema import is_connection, is_list, members
from nerdx_pipelines.demo.store.graphql.selection import Selected, Selections
from nerdx_pipelines.demo.store.reads.paging import page_size

_SCALARS: dict[str, Any] = {
    "Int": 0,
    "Float": 0.0,
    "Boolean": False,
    "BigInt": "0",
    "UnsignedInt64": "0",
    "Decimal": "0.0",
    "Money": "0.00",
    "DateTime": "1970-01-01T00:00:00Z",
    "Date": "1970-01-01",
    "URL": "https://example.com/",
    "Color": "#000000",
    "UtcOffset": "+00:00",
    "JSON": {},
}


@dataclass(frozen=True)
class Defaults:
    """Empty values for one request on a shop that counts in `currency`.

    `paged` is False in the lines of a bulk file, which carry no connections.
    """

    selections: Selections
    currency: str
    paged: bool = True

    def value(self, parent: GraphQLNamedType, selected: Selected) -> Any:
        """The JSON value of a field of a `parent`; raises GraphQLError for an unusable page."""
        type_ = selected.type
        if selected.name == "__typename":
            return parent.name
        if is_connection(type_):
            page_size(selected.arguments)
            return self._object(type_, selected.nodes)
        if is_list(selected.field):
            return []
        if not isinstance(selected.field.type, GraphQLNonNull):
            return None
        if type_.name == "ID":
            return f"gid://shopify/{parent.name}/0"
        if type_.name == "CurrencyCode":
            return self.currency
        if isinstance(type_, GraphQLScalarType):
            return _SCALARS.get(type_.name, "")
        if isinstance(type_, GraphQLEnumType):
            return next(iter(type_.values))
        return self._object(members(type_)[0], selected.nodes)

    def carries(self, selected: Selected) -> bool:
        """Whether an object has the field at all."""
        return self.paged or not is_connection(selected.type)

    def _object(self, type_: GraphQLNamedType, nodes: Iterable[FieldNode]) -> dict[str, Any]:
        fields = self.selections.of(type_, nodes)
        return {each.key: self.value(type_, each) for each in fields if self.carries(each)}
