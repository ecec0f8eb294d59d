"""Setting what is in stock of a variant, so that neither a retry nor a sale meanwhile is lost.

Each change names the quantity it starts from, and carries a key that the shop knows it by.
"""

import logging
import uuid
from collections.abc import Iterator
from typing import Any

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.ids import gid, number_of
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.shopify.user_errors import ShopifyUserError, in_words, user_errors

log = logging.getLogger(__name__)

ATTEMPTS = 8
LEVELS = 50  # locations a page

# userErrors that another try, from a fresh reading and with a key of its own, may not meet.
PASSING = {
    "CHANGE_FROM_QUANTITY_STALE",
    "COMPARE_QUANTITY_STALE",
    "IDEMPOTENCY_CONCURRENT_REQUEST",
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
}
ADVICE = {
    "INVALID_LOCATION": "Name one of the shop's active locations.",
    "ITEM_NOT_STOCKED_AT_LOCATION": "Stock it there first, in the admin.",
    "NON_MUTABLE_INVENTORY_ITEM": "Set the quantities of the products in the bundle instead.",
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": (
        "The key was used for a change before, which may have taken effect: look at the stock, "
        "and take a new key if it is to be set again."
    ),
}


def update_product_inventory(
    client: ShopifyClient,
    product_id: int | str,
    variant_id: int | str,
    quantity: int,
    location: int | str | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """Set what is available of a variant at `location` (id or name), or at the only one it has.

    Compare and set: a quantity that changes between reading and writing is read again, a bounded
    number of times. `key` stands for the caller's intent, default a new one a call; the client's
    own retries repeat it, and the shop answers a repetition with the first result. Returns
    product_id, variant_id, location_id, location, previous_quantity, quantity and `changed`.
    Raises ShopifyError that says what there is to choose from.
    """
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise ShopifyError(f"The quantity {quantity!r} is no whole number.")
    key, problem = key or str(uuid.uuid4()), ""
    for attempt in range(1, ATTEMPTS + 1):
        if problem:
            log.warning("Shopify: %s; try %d", problem, attempt)
            client.sleep(0.05 * 2**attempt)
        variant = _variant(client, gid("Product", product_id), gid("ProductVariant", variant_id))
        level = _level(variant, location)
        known = _available(level)
        if known != quantity:
            this_key = (
                key if attempt == 1 else str(uuid.uuid5(uuid.NAMESPACE_URL, f"{key}#{attempt}"))
            )
            problem = _set(client, variant, level, quantity, this_key)
            if problem:
                continue
        return {
            "product_id": number_of(variant["product"]["id"]),
            "variant_id": number_of(variant["id"]),
            "location_id": number_of(level["location"]["id"]),
            "location": level["location"]["name"],
            "previous_quantity": known,
            "quantity": quantity,
            "changed": known != quantity,
        }
    raise ShopifyError(
        f"The stock of variant {variant_id} could not be set in {ATTEMPTS} tries: {problem} "
        "Run it again when the shop is quieter."
    )


def _set(
    client: ShopifyClient, variant: dict[str, Any], level: dict[str, Any], quantity: int, key: str
) -> str:
    """Empty when done, else what may pass. Raises ShopifyError for what does not."""
    change = {
        "inventoryItemId": variant["inventoryItem"]["id"],
        "locationId": level["location"]["id"],
        "quantity": quantity,
        "changeFromQuantity": _available(level),
    }
    given = {"name": "available", "reason": "correction", "quantities": [change]}
    answer = client.execute(operation("push", "SetQuantity"), {"input": given, "key": key})
    errors = user_errors(answer["inventorySetQuantities"])
    if not errors:
        return ""
    codes = [error.code for error in errors]
    if PASSING.issuperset(codes):
        return in_words(errors)
    advice = next((ADVICE[code] for code in codes if code in ADVICE), "Nothing was changed.")
    raise ShopifyUserError(
        f"The shop did not set the stock of {number_of(variant['id'])} at "
        f"{level['location']['name']!r}",
        errors,
        advice,
    )


def _variant(client: ShopifyClient, product: str, variant: str) -> dict[str, Any]:
    """The variant, with all its inventory levels as `levels`."""
    found = _ask(client, variant, None)
    number = number_of(variant)
    if not found or "inventoryItem" not in found:
        raise ShopifyError(
            f"The shop has no variant {number}: a product's variants have ids of their own, "
            "which staging.product_variants and the address of the variant in the admin show."
        )
    if found["product"]["id"] != product:
        raise ShopifyError(
            f"Variant {number} belongs to product {number_of(found['product']['id'])}, not to "
            f"{number_of(product)}; nothing was changed."
        )
    if not found["inventoryItem"]["tracked"]:
        raise ShopifyError(
            f"The shop does not track the stock of variant {number}: turn on 'Track quantity' for "
            "it in the admin."
        )
    return found | {"levels": list(_levels(client, found))}


def _ask(client: ShopifyClient, variant: str, after: str | None) -> dict[str, Any] | None:
    variables = {"id": variant, "first": LEVELS, "after": after}
    node: dict[str, Any] | None = client.execute(operation("push", "VariantStock"), variables)[
        "node"
    ]
    return node


def _levels(client: ShopifyClient, variant: dict[str, Any]) -> Iterator[dict[str, Any]]:
    page = variant["inventoryItem"]["inventoryLevels"]
    yield from page["nodes"]
    while page["pageInfo"]["hasNextPage"]:
        more = _ask(client, variant["id"], page["pageInfo"]["endCursor"])
        if more is None:
            raise ShopifyError(f"{variant['id']} was deleted while it was read.")
        page = more["inventoryItem"]["inventoryLevels"]
        yield from page["nodes"]


def _level(variant: dict[str, Any], location: int | str | None) -> dict[str, Any]:
    """The inventory level at the location named, or the only one."""
    levels: list[dict[str, Any]] = variant["levels"]
    places = ", ".join(
        f"{level['location']['name']!r} ({number_of(level['location']['id'])})" for level in levels
    )
    number = number_of(variant["id"])
    if not levels:
        raise ShopifyError(
            f"Variant {number} is stocked at no location: stock it at one in the admin first."
        )
    if location is None:
        if len(levels) > 1:
            raise ShopifyError(
                f"Variant {number} is stocked at several locations: {places}. Say which with "
                "--location."
            )
        return levels[0]
    wanted = str(location).strip().casefold()
    for level in levels:
        place = level["location"]
        if wanted in (
            place["name"].casefold(),
            place["id"].casefold(),
            str(number_of(place["id"])),
        ):
            return level
    raise ShopifyError(f"Variant {number} is not stocked at {location!r}, but at {places}.")


def _available(level: dict[str, Any]) -> int:
    (available,) = (q["quantity"] for q in level["quantities"] if q["name"] == "available")
    return int(available)
