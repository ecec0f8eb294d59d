"""The lists of recommended products that a product's page shows: read, set and deleted in the shop.

They are metafields of Shopify's own, which its themes and its app Search & Discovery read; which
lists are wanted, and which are to be left alone, is in `loop/product_lists/pushing.py`.
"""

import json
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.ids import gid, number_of
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.shopify.user_errors import (
    ShopifyUserError,
    UserError,
    in_words,
    user_errors,
)

log = logging.getLogger(__name__)

NAMESPACE = "shopify--discovery--product_recommendation"
KEYS = {"related": "related_products", "complementary": "complementary_products"}
TYPE = "list.product_reference"

READ_AT_ONCE = 100  # products; each costs three points at most, of the thousand a query may
WRITTEN_AT_ONCE = 25  # metafieldsSet takes no more, and does all of them or none
ENABLED = {"TAKEN", "UNSTRUCTURED_ALREADY_EXISTS"}  # what enabling twice may be answered with
STALE = {"STALE_OBJECT", "INVALID_COMPARE_DIGEST"}

_PRODUCT = re.compile(r"gid://shopify/Product/[0-9]{1,19}")

Place = tuple[int, str]  # of a list: product_id and kind, a key of KEYS
Products = tuple[int, ...]


@dataclass(frozen=True)
class Found:
    """A list as the shop has it: `products` None if it is none of products, `digest` its state."""

    products: Products | None
    digest: str


@dataclass(frozen=True)
class Refused:
    """A list that the shop did not take, and why."""

    place: Place
    error: UserError

    def __str__(self) -> str:
        product, kind = self.place
        return f"{kind} list of product {product}: {self.error}"


@dataclass(frozen=True)
class Written:
    """What became of lists: `stale` were changed by somebody else since they were read."""

    done: tuple[Place, ...] = ()
    stale: tuple[Place, ...] = ()
    refused: tuple[Refused, ...] = ()

    def __add__(self, other: "Written") -> "Written":
        return Written(
            self.done + other.done, self.stale + other.stale, self.refused + other.refused
        )


def read_lists(client: ShopifyClient, products: Iterable[int]) -> dict[Place, Found | None]:
    """The lists of these products, None where there is none; nothing of products it has not."""
    text, found = operation("recommendations", "RecommendationLists"), {}
    wanted = sorted(set(products))
    for first in range(0, len(wanted), READ_AT_ONCE):
        ids = [gid("Product", id) for id in wanted[first : first + READ_AT_ONCE]]
        nodes = client.execute(text, {"ids": ids, "namespace": NAMESPACE, **KEYS})["nodes"]
        for node in filter(None, nodes):
            for kind in KEYS:
                found[number_of(node["id"]), kind] = _found(node[kind])
    return found


def enable(client: ShopifyClient) -> None:
    """Have the shop know the two metafields, so that it checks them and shows them to themes.

    Doing it again changes nothing. Raises ShopifyUserError.
    """
    for kind, key in KEYS.items():
        text = operation("recommendations", "EnableDefinition")
        payload = client.execute(text, {"namespace": NAMESPACE, "key": key})
        errors = user_errors(payload["standardMetafieldDefinitionEnable"])
        if not errors:
            continue
        if not {error.code for error in errors} <= ENABLED:
            raise ShopifyUserError(f"The shop did not enable its {kind} products", errors)
        log.info("Shopify: %s", in_words(errors))


def set_lists(
    client: ShopifyClient, lists: Mapping[Place, Products], known: Mapping[Place, Found | None]
) -> Written:
    """Set the lists that are still as `known` has them; those that the shop refuses are told.

    The shop does all of a request or nothing of it: those it refuses are left out, and the others
    are sent again.
    """
    written, text = Written(), operation("recommendations", "SetLists")
    places = sorted(lists)
    for first in range(0, len(places), WRITTEN_AT_ONCE):
        batch = places[first : first + WRITTEN_AT_ONCE]
        while batch:
            given = [_input(place, lists[place], known.get(place)) for place in batch]
            payload = client.execute(text, {"metafields": given})["metafieldsSet"]
            outcome = _outcome(batch, user_errors(payload))
            written += outcome
            batch = [] if outcome.done else _others(batch, outcome)
    return written


def delete_lists(client: ShopifyClient, places: Iterable[Place]) -> Written:
    """Delete these lists; one that the shop has not is deleted. Raises ShopifyUserError."""
    written, text, wanted = Written(), operation("recommendations", "DeleteLists"), sorted(places)
    for first in range(0, len(wanted), WRITTEN_AT_ONCE):
        batch = wanted[first : first + WRITTEN_AT_ONCE]
        payload = client.execute(text, {"metafields": [_identity(place) for place in batch]})
        if errors := user_errors(payload["metafieldsDelete"]):
            raise ShopifyUserError("The shop did not delete lists that became empty", errors)
        written += Written(done=tuple(batch))
    return written


def _found(metafield: Mapping[str, Any] | None) -> Found | None:
    if metafield is None:
        return None
    return Found(_products(metafield["value"]), metafield["compareDigest"])


def _products(value: str) -> Products | None:
    try:
        items = json.loads(value)
    except ValueError:
        return None
    if not isinstance(items, list) or not all(_PRODUCT.fullmatch(str(item)) for item in items):
        return None
    return tuple(map(number_of, items))


def _identity(place: Place) -> dict[str, Any]:
    product, kind = place
    return {"ownerId": gid("Product", product), "namespace": NAMESPACE, "key": KEYS[kind]}


def _input(place: Place, products: Products, known: Found | None) -> dict[str, Any]:
    value = json.dumps([gid("Product", id) for id in products])
    compared = {"compareDigest": known.digest if known else None}  # null: there must be none
    return _identity(place) | {"type": TYPE, "value": value} | compared


def _outcome(batch: list[Place], errors: Iterable[UserError]) -> Written:
    """What `userErrors` such as `metafields.3.value` say of a batch: done as a whole, or not."""
    stale, refused = [], []
    for error in errors:
        _, _, rest = error.field.partition("metafields.")
        index = rest.partition(".")[0]
        # What is said of none in particular is said of them all.
        meant = [batch[int(index)]] if index.isdigit() else batch
        for place in meant:
            if error.code in STALE:
                stale.append(place)
            else:
                refused.append(Refused(place, error))
    if not stale and not refused:
        return Written(done=tuple(batch))
    return Written(stale=tuple(dict.fromkeys(stale)), refused=tuple(refused))


def _others(batch: list[Place], outcome: Written) -> list[Place]:
    gone = {*outcome.stale, *(each.place for each in outcome.refused)}
    return [place for place in batch if place not in gone]
