"""How the root fields are answered, and how finished JSON passes through GraphQL execution.

The statements come from the compiler; validation, variables, errors and null rules are
graphql-core's.
"""

import json
from typing import Any

from graphql import ExecutionContext, GraphQLError, GraphQLResolveInfo, default_field_resolver

from nerdx_pipelines.demo.store.errors import bad_request, too_many
from nerdx_pipelines.demo.store.graphql.defaults import Defaults
from nerdx_pipelines.demo.store.graphql.request import (
    MAX_IDS,
    Finished,
    Request,
    by_id,
    by_ids,
    compiler_of,
    parsed,
    run,
)
from nerdx_pipelines.demo.store.graphql.schema import (
    SCHEMA,
    connected_type,
    is_connection,
    is_node,
    is_served,
    named_type,
    object_type,
    stored_type,
)
from nerdx_pipelines.demo.store.graphql.selection import Selected, Selections
from nerdx_pipelines.demo.store.namespaces import whole
from nerdx_pipelines.demo.store.reads.tables import TABLES
from nerdx_pipelines.demo.store.sqltext import select
from nerdx_pipelines.sql import literal

_ROOT = object_type("QueryRoot")


class Execution(ExecutionContext):
    """Leaves finished values alone instead of walking them field by field."""

    def complete_value(
        self, return_type: Any, field_nodes: Any, info: Any, path: Any, result: Any
    ) -> Any:
        """The answer's value for a resolver's result."""
        if isinstance(result, Finished):
            return result.value
        return super().complete_value(return_type, field_nodes, info, path, result)


def resolved(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """The value of a field that has no resolver: what its object holds, or the type's default."""
    parent, name = info.parent_type, info.field_name
    if is_served(parent, name):
        return default_field_resolver(source, info, **arguments)
    if parent is SCHEMA.mutation_type:
        raise bad_request(f"The demo store does not do {name}.")
    field, nodes = parent.fields[name], tuple(info.field_nodes)
    selected = Selected(str(info.path.key), name, field, arguments, nodes)
    selections = Selections(info.fragments, info.variable_values)
    value = Defaults(selections, info.context.database.currency).value(parent, selected)
    return None if value is None else Finished(value)


def _shop(_: object, info: GraphQLResolveInfo) -> Finished | None:
    return by_id(info, object_type("Shop"), info.context.database.shop_id)


def _app_installation(_: object, info: GraphQLResolveInfo) -> dict[str, Any]:
    scopes = [
        {"handle": scope, "description": scope.replace("_", " ")}
        for scope in sorted(info.context.access.scopes)
    ]
    return {"id": "gid://shopify/AppInstallation/1", "accessScopes": scopes}


def _current_bulk_operation(
    _: object,
    info: GraphQLResolveInfo,
    type: str,
) -> Finished | None:
    statement = select("max(id)", "bulk_operations", where=[f"type = {literal(type)}"])
    ((newest,),) = info.context.cursor.execute(statement).fetchall()
    return None if newest is None else by_id(info, object_type("BulkOperation"), newest)


def _object(_: object, info: GraphQLResolveInfo, id: str) -> Finished | None:
    type_ = stored_type(named_type(_ROOT.fields[info.field_name]))
    type_name, number = parsed(id)
    if type_name != type_.name:
        raise GraphQLError(f"Invalid id: {id}")
    return by_id(info, type_, number)


def _location(_: object, info: GraphQLResolveInfo, id: str | None = None) -> Finished | None:
    if id is not None:
        return _object(_, info, id)
    ((first,),) = info.context.cursor.execute("SELECT min(id) FROM store.locations").fetchall()
    return None if first is None else by_id(info, object_type("Location"), first)


def _product_by_identifier(
    _: object, info: GraphQLResolveInfo, identifier: dict[str, Any]
) -> Finished | None:
    if identifier.get("id") is not None:
        type_name, number = parsed(identifier["id"])
        return by_id(info, object_type("Product"), number) if type_name == "Product" else None
    handle = literal(identifier.get("handle") or "")
    statement = select("min(id)", "store.products", where=[f"handle = {handle}"])
    ((found,),) = info.context.cursor.execute(statement).fetchall()
    return None if found is None else by_id(info, object_type("Product"), found)


def _metafield_definition(
    _: object,
    info: GraphQLResolveInfo,
    id: str | None = None,
    identifier: dict[str, Any] | None = None,
) -> Finished | None:
    if id is not None:
        return _object(_, info, id)
    if identifier is None:
        raise bad_request("metafieldDefinition needs id or identifier.")
    where = [
        f"owner_type = {literal(identifier['ownerType'])}",
        f"namespace = {literal(whole(identifier.get('namespace')))}",
        f"key = {literal(identifier['key'])}",
    ]
    statement = select("min(id)", "store.metafield_definitions", where=where)
    ((found,),) = info.context.cursor.execute(statement).fetchall()
    return None if found is None else by_id(info, object_type("MetafieldDefinition"), found)


def _node(_: object, info: GraphQLResolveInfo, id: str) -> Finished | None:
    return _nodes(_, info, [id])[0]


def _nodes(_: object, info: GraphQLResolveInfo, ids: list[str]) -> list[Finished | None]:
    if len(ids) > MAX_IDS:
        raise too_many(len(ids), MAX_IDS)
    wanted: dict[str, set[int]] = {}
    for type_name, number in map(parsed, ids):
        wanted.setdefault(type_name, set()).add(number)
    found = {
        (type_name, number): item
        for type_name, numbers in wanted.items()
        if type_name in TABLES and is_node(object_type(type_name))
        for number, item in by_ids(info, object_type(type_name), numbers).items()
    }
    return [found.get(parsed(id)) for id in ids]


def _connection(_: object, info: GraphQLResolveInfo, **arguments: Any) -> Finished:
    compiler, selected = compiler_of(info), _selected(info, arguments)
    ((text,),) = run(info, f"SELECT {compiler.connection(selected)}", compiler)
    return Finished(json.loads(text))


def _count(
    _: object, info: GraphQLResolveInfo, limit: int | None = None, **arguments: Any
) -> dict[str, Any]:
    compiler, selected = compiler_of(info), _selected(info, arguments)
    counted = connected_type(named_type(_ROOT.fields[info.field_name.removesuffix("Count")]))
    ((total,),) = run(info, compiler.count(selected, counted), compiler)
    capped = limit is not None and total > limit
    return {"count": limit if capped else total, "precision": "AT_LEAST" if capped else "EXACT"}


def _run_bulk(
    _: object,
    info: GraphQLResolveInfo,
    query: str,
    groupObjects: bool,  # noqa: N803
) -> dict[str, Any]:
    request: Request = info.context
    operation, errors = request.bulk.start(
        query, group_objects=groupObjects, base_url=request.base_url, access=request.access
    )
    return {"bulkOperation": operation, "userErrors": errors}


def _cancel_bulk(_: object, info: GraphQLResolveInfo, id: str) -> dict[str, Any]:
    type_name, operation = parsed(id)
    if type_name != "BulkOperation":
        raise GraphQLError(f"Invalid id: {id}")
    return {"bulkOperation": operation, "userErrors": info.context.bulk.cancel(operation)}


def _payload_operation(payload: dict[str, Any], info: GraphQLResolveInfo) -> Finished | None:
    operation = payload["bulkOperation"]
    return None if operation is None else by_id(info, object_type("BulkOperation"), operation)


def _selected(info: GraphQLResolveInfo, arguments: dict[str, Any]) -> Selected:
    key, field = str(info.path.key), _ROOT.fields[info.field_name]
    return Selected(key, info.field_name, field, arguments, tuple(info.field_nodes))


def _install() -> None:
    named = {
        "shop": _shop,
        "currentAppInstallation": _app_installation,
        "currentBulkOperation": _current_bulk_operation,
        "location": _location,
        "metafieldDefinition": _metafield_definition,
        "node": _node,
        "nodes": _nodes,
        "productByIdentifier": _product_by_identifier,
    }
    for name, each in _ROOT.fields.items():
        if not is_served(_ROOT, name) or (name not in named and "identifier" in each.args):
            continue
        type_ = named_type(each)
        by_type = (
            _connection if is_connection(type_) else _count if type_.name == "Count" else _object
        )
        each.resolve = named.get(name, by_type)
    mutations = object_type("Mutation").fields
    mutations["bulkOperationRunQuery"].resolve = _run_bulk
    mutations["bulkOperationCancel"].resolve = _cancel_bulk
    for payload in ("BulkOperationRunQueryPayload", "BulkOperationCancelPayload"):
        object_type(payload).fields["bulkOperation"].resolve = _payload_operation


_install()
