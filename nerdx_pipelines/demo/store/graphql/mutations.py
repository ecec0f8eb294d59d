"""The mutations of the API: which function does each, keys, refusals and what payloads hold.

What is done is in `writes/`; scopes are checked before anything runs, in `denials.py`.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    get_named_type,
)
from graphql.execution import get_directive_values

from nerdx_pipelines.demo.store.errors import bad_request, too_many
from nerdx_pipelines.demo.store.graphql.request import MAX_IDS, Finished, Request, by_id, by_ids
from nerdx_pipelines.demo.store.graphql.schema import (
    SCHEMA,
    SERVED,
    is_list,
    is_served,
    named_type,
    object_type,
)
from nerdx_pipelines.demo.store.reads.tables import TABLES
from nerdx_pipelines.demo.store.versions import requires_idempotency
from nerdx_pipelines.demo.store.writes import (
    customers,
    inventory,
    metafield_definitions,
    metafields,
    products,
    refunds,
    variants_bulk,
    webhooks,
)
from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row

log = logging.getLogger(__name__)
Run = Callable[[Change, Request, Row], Row]
SERVED_MUTATIONS = cast(GraphQLObjectType, SERVED.mutation_type).fields


@dataclass(frozen=True)
class Mutation:
    """What does a mutation; `keyed` ones take, and in newer versions need, an idempotency key."""

    run: Run
    keyed: bool = False
    errors: tuple[str, ...] = ("userErrors",)


def _plain(run: Callable[[Change, Row], Row]) -> Run:
    return lambda change, _, given: run(change, given)


MUTATIONS: dict[str, Mutation] = {
    "customerCreate": Mutation(_plain(customers.create)),
    "customerDelete": Mutation(_plain(customers.delete)),
    "customerUpdate": Mutation(_plain(customers.update)),
    "inventoryAdjustQuantities": Mutation(
        lambda change, request, given: inventory.adjust_quantities(
            change, request.version, given["input"]
        ),
        keyed=True,
    ),
    "inventorySetQuantities": Mutation(
        lambda change, request, given: inventory.set_quantities(
            change, request.version, given["input"]
        ),
        keyed=True,
    ),
    "metafieldsDelete": Mutation(
        lambda change, request, given: metafields.delete_all(change, given, request.access)
    ),
    "metafieldsSet": Mutation(
        lambda change, request, given: metafields.set_all(change, given, request.access)
    ),
    "orderCancel": Mutation(
        _plain(refunds.order_cancel), errors=("userErrors", "orderCancelUserErrors")
    ),
    "orderDelete": Mutation(_plain(refunds.order_delete)),
    "productCreate": Mutation(_plain(products.create)),
    "productDelete": Mutation(_plain(products.delete)),
    "productSet": Mutation(_plain(products.set_whole)),
    "productUpdate": Mutation(_plain(products.update)),
    "productVariantsBulkCreate": Mutation(_plain(variants_bulk.create)),
    "productVariantsBulkUpdate": Mutation(_plain(variants_bulk.update)),
    "refundCreate": Mutation(_plain(refunds.refund_create), keyed=True),
    "standardMetafieldDefinitionEnable": Mutation(_plain(metafield_definitions.enable)),
    "webhookSubscriptionCreate": Mutation(
        lambda change, request, given: webhooks.create(
            change, given, request.version, request.access
        )
    ),
    "webhookSubscriptionDelete": Mutation(_plain(webhooks.delete)),
    "webhookSubscriptionUpdate": Mutation(_plain(webhooks.update)),
}
# What others answer with null, after a refusal, these answer with an empty list.
_NONE_DONE: dict[str, Row] = {
    "metafieldsDelete": {"deletedMetafields": []},
    "metafieldsSet": {"metafields": []},
}
_SHOP_PAYLOADS = frozenset({"productCreate", "productDelete", "customerDelete"})


def _resolver(name: str, mutation: Mutation) -> Callable[..., Row]:
    def resolve(_: object, info: GraphQLResolveInfo, **given: Any) -> Row:
        request: Request = info.context
        _check_sizes(given)
        for path in unused(SERVED_MUTATIONS[name].args, given):
            log.warning("%s: the demo store does nothing with %s.", name, path)
        key = _key(info)
        if key is None and mutation.keyed and requires_idempotency(request.version):
            raise bad_request(
                "The @idempotent directive is required for this mutation but was not provided."
            )

        def run(change: Change) -> Row:
            return mutation.run(change, request, given)

        try:
            if key is not None and mutation.keyed:
                return request.writes.once(key, name, given, run)
            with request.writes.writer.change() as change:
                return run(change)
        except RefusedError as refused:
            payload: Row = dict.fromkeys(mutation.errors, refused.errors)
            shop = {"shop": request.database.shop_id} if name in _SHOP_PAYLOADS else {}
            return payload | shop | _NONE_DONE.get(name, {})

    return resolve


def _key(info: GraphQLResolveInfo) -> str | None:
    directive = SCHEMA.get_directive("idempotent")
    if directive is None:
        return None
    given = get_directive_values(directive, info.field_nodes[0], info.variable_values)
    if given is None:
        return None
    key: str = given["key"]
    if not 0 < len(key) <= 255:
        raise bad_request("The idempotency key must have between 1 and 255 characters.")
    return key


def unused(known: Mapping[str, Any], given: Any, path: str = "") -> Iterator[str]:
    """What of Shopify's whole schema a request gives that the store has no use for."""
    for name, value in given.items():
        here = f"{path}{name}"
        if name not in known:
            yield here
            continue
        type_ = get_named_type(known[name].type)
        if isinstance(type_, GraphQLInputObjectType):
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    yield from unused(type_.fields, item, f"{here}.")


def _check_sizes(given: Any) -> None:
    if isinstance(given, list) and len(given) > MAX_IDS:
        raise too_many(len(given), MAX_IDS)
    inside = given.values() if isinstance(given, dict) else given if isinstance(given, list) else ()
    for value in inside:
        _check_sizes(value)


def _row(payload: Row, info: GraphQLResolveInfo) -> Finished | list[Finished] | None:
    """A payload's object, of which it holds the number, or list of objects."""
    field = info.parent_type.fields[info.field_name]
    type_, value = named_type(field), payload.get(info.field_name)
    if value is None or not isinstance(type_, GraphQLObjectType):
        return None
    if is_list(field):
        found = by_ids(info, type_, value) if value else {}
        return [found[id] for id in value if id in found]
    return by_id(info, type_, value)


def install() -> None:
    """Give the schema's mutations, and the payloads they answer with, their resolvers."""
    for name, mutation in MUTATIONS.items():
        field = object_type("Mutation").fields[name]
        field.resolve = _resolver(name, mutation)
        _install_rows(object_type(named_type(field).name))
    _install_rows(object_type("InventoryChange"))


def _install_rows(type_: GraphQLObjectType) -> None:
    for name, field in type_.fields.items():
        if named_type(field).name in TABLES and is_served(type_, name):
            field.resolve = _row
