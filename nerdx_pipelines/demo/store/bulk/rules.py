"""Which queries Shopify takes for a bulk operation, and what it says of the others.

What becomes of one that is taken is in `query.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import FieldNode, GraphQLNamedType

from nerdx_pipelines.demo.store.graphql.schema import (
    connected_type,
    is_connection,
    is_list,
    object_type,
)
from nerdx_pipelines.demo.store.graphql.selection import Selected, Selections

QUERY_ROOT = object_type("QueryRoot")
MAX_CONNECTIONS = 5
MAX_DEPTH = 2


def refusals(selections: Selections, roots: list[Selected]) -> Iterator[str]:
    """Every reason why Shopify would not start the query with these root fields."""
    found = list(_connections(selections, QUERY_ROOT, roots, 0, "", False))
    plain = [each.name for each in found if each.uses_nodes]
    if plain:
        yield (
            "All connection fields in a bulk query must select their contents using 'edges' > "
            "'node', e.g: 'products { edges { node {'. Selecting via 'nodes' is not supported. "
            f"Invalid connection fields: '{', '.join(plain)}'."
        )
    if any(root.name in ("node", "nodes") for root in roots):
        yield "Bulk queries cannot contain a top level `node` field."
    if any(each.depth > MAX_DEPTH for each in found):
        yield (
            "Bulk queries cannot contain connections with a nesting depth greater than "
            f"{MAX_DEPTH}."
        )
    if len(found) > MAX_CONNECTIONS:
        yield f"Bulk queries cannot contain more than {MAX_CONNECTIONS} connections."
    orphans = dict.fromkeys(each.parent_without_id for each in found if each.parent_without_id)
    if orphans:
        yield (
            "The parent 'node' field for a nested connection must select the 'id' field without "
            "an alias and must be of 'ID' return type. Connection fields without 'id': "
            f"{', '.join(orphans)}."
        )
    if any(each.in_list for each in found):
        yield (
            "Queries that contain a connection field within a list field are not currently "
            "supported."
        )
    if not all(is_connection(root.type) for root in roots):
        yield "Bulk queries must contain at least one connection."


def nodes_of(selections: Selections, connection: Selected) -> list[FieldNode]:
    """The fields under `edges { node` of a connection."""
    return [
        node
        for edges in selections.of(connection.type, connection.nodes)
        if edges.name == "edges"
        for part in selections.of(edges.type, edges.nodes)
        if part.name == "node"
        for node in part.nodes
    ]


@dataclass(frozen=True)
class _Connection:
    name: str
    depth: int
    uses_nodes: bool
    parent_without_id: str
    in_list: bool


def _connections(
    selections: Selections,
    type_: GraphQLNamedType,
    fields: list[Selected],
    depth: int,
    without_id: str,
    in_list: bool,
) -> Iterator[_Connection]:
    """Every connection below `fields`, depth first; nesting counts from 0 as Shopify counts it."""
    for selected in fields:
        if not selected.nodes[0].selection_set:
            continue
        if not is_connection(selected.type):
            inside = selections.of(selected.type, selected.nodes)
            yield from _connections(
                selections,
                selected.type,
                inside,
                depth,
                without_id,
                in_list or is_list(selected.field),
            )
            continue
        parts = selections.of(selected.type, selected.nodes)
        uses_nodes = any(part.name == "nodes" for part in parts)
        yield _Connection(selected.name, depth, uses_nodes, without_id, in_list)
        node_type = connected_type(selected.type)
        inside = selections.of(node_type, nodes_of(selections, selected))
        has_id = any(part.name == "id" and part.key == "id" for part in inside)
        yield from _connections(
            selections, node_type, inside, depth + 1, "" if has_id else selected.name, in_list
        )
