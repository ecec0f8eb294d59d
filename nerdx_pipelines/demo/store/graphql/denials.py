"""Finds the fields of a GraphQL request that its token may not see, and takes them out.

What needs which right is in `demo/store/access.py`; here are Shopify's errors and where they go.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLNamedType, GraphQLObjectType, GraphQLResolveInfo

from nerdx_pipelines.demo.store.access import PROTECTED, Access, required
from nerdx_pipelines.demo.store.graphql.schema import (
    NODE,
    SCHEMA,
    connected_type,
    is_connection,
    object_type,
)
from nerdx_pipelines.demo.store.graphql.selection import Selected, Selections

_SCOPES = "https://shopify.dev/api/usage/access-scopes"
_PERSONAL = "https://shopify.dev/docs/apps/launch/protected-customer-data"


@dataclass(frozen=True)
class Denial:
    """A field that is not answered: the response keys that lead to it, and why."""

    path: tuple[str, ...]
    selected: Selected
    message: str
    extensions: dict[str, Any]

    def error(self, path: list[str | int] | None = None) -> GraphQLError:
        """The error of one place in the answer."""
        return GraphQLError(
            self.message, nodes=list(self.selected.nodes), path=path, extensions=self.extensions
        )


@dataclass(frozen=True)
class Denials:
    """All that one request is denied; nothing, if its token has every right it needs."""

    found: tuple[Denial, ...]

    @classmethod
    def of(
        cls,
        access: Access,
        selections: Selections,
        root: GraphQLObjectType,
        fields: list[Selected],
    ) -> "Denials":
        """What a token with these rights is denied of the root `fields`."""
        if access.unlimited:
            return cls(())
        return cls(tuple(_denied(access, selections, root, fields, ())))

    def __bool__(self) -> bool:
        return bool(self.found)

    def resolve(self, resolve: Any, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        """A resolver around all others, which does not let denied root fields run."""
        if info.path.prev is None:
            for denial in self.found:
                if denial.path == (info.path.key,):
                    raise GraphQLError(denial.message, extensions=denial.extensions)
        return resolve(source, info, **arguments)

    def withhold(self, data: dict[str, Any] | None) -> list[GraphQLError]:
        """Set the denied fields inside `data` to null; an error for each of them."""
        return [
            error
            for denial in self.found
            if len(denial.path) > 1 and data is not None
            for error in _withheld(denial, data, denial.path, [])
        ]


def _withheld(
    denial: Denial, value: Any, keys: tuple[str, ...], path: list[str | int]
) -> Iterator[GraphQLError]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _withheld(denial, item, keys, [*path, index])
    elif isinstance(value, dict) and keys[0] in value:
        if len(keys) == 1:
            value[keys[0]] = None
            yield denial.error([*path, keys[0]])
        else:
            yield from _withheld(denial, value[keys[0]], keys[1:], [*path, keys[0]])


def _denied(
    access: Access,
    selections: Selections,
    parent: GraphQLNamedType,
    fields: list[Selected],
    path: tuple[str, ...],
) -> Iterator[Denial]:
    for selected in fields:
        here = (*path, selected.key)
        types = _types(selected)
        needs = (required(parent.name, selected.name, _node(type_).name) for type_ in types)
        lacking = next((need for need in needs if need and access.lacks(need)), None)
        if lacking:
            message = f"Access denied for {selected.name} field. Required access: {lacking}"
            reason = {"documentation": _SCOPES, "requiredAccess": lacking}
            yield Denial(here, selected, message, {"code": "ACCESS_DENIED", **reason})
        elif not access.protected and (parent.name, selected.name) in PROTECTED:
            message = (
                f"This app is not approved to use the {selected.name} field."
                f" See {_PERSONAL} for more details."
            )
            reason = {"documentation": _PERSONAL}
            yield Denial(here, selected, message, {"code": "ACCESS_DENIED", **reason})
        elif selected.nodes[0].selection_set:
            for type_ in types:
                inside = selections.of(type_, selected.nodes)
                yield from _denied(access, selections, type_, inside, here)


def _types(selected: Selected) -> list[GraphQLNamedType]:
    """The types that a field may give: for a node those that its ids name."""
    if selected.type is not NODE:
        return [selected.type]
    ids = selected.arguments.get("ids") or [selected.arguments.get("id") or ""]
    names = {str(gid).removeprefix("gid://shopify/").partition("/")[0] for gid in ids}
    return [object_type(name) for name in sorted(names) if name in SCHEMA.type_map]


def _node(type_: GraphQLNamedType) -> GraphQLNamedType:
    return connected_type(type_) if is_connection(type_) else type_
