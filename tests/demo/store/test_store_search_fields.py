"""Which search fields the store knows, against Shopify's own documentation of each connection."""

import re
from typing import Any

import pytest

from nerdx_pipelines.demo.store.reads.search_fields import FILTERS
from tests.shopify.official import VERSIONS, introspection

TYPES = {
    "bulkOperations": "BulkOperation",
    "collections": "Collection",
    "customers": "Customer",
    "deletionEvents": "DeletionEvent",
    "events": "BasicEvent",
    "inventoryItems": "InventoryItem",
    "locations": "Location",
    "orders": "Order",
    "productVariants": "ProductVariant",
    "products": "Product",
    "webhookSubscriptions": "WebhookSubscription",
}
# Works although the documentation leaves it out.
UNDOCUMENTED = {"orders": {"name"}}
# What the shop has no data for: such a term is ignored, as Shopify ignores what it does not know.
PUBLICATIONS = {"product_publication_status", "publishable_status"}
UNANSWERED: dict[str, set[str]] = {
    "bulkOperations": set(),
    "collections": PUBLICATIONS
    | {"collection_type", "product_id", "published_at", "published_status"},
    "customers": {"accepts_marketing", "country", "last_abandoned_order_date", "phone", "state"},
    "deletionEvents": set(),
    "events": set(),
    "inventoryItems": set(),
    "locations": {"address1", "address2", "city", "country", "geolocated", "legacy",
                  "pickup_in_store", "province", "zip"},
    "orders": {"cart_token", "channel", "channel_id", "chargeback_status", "checkout_token",
               "confirmation_number", "credit_card_last4", "delivery_method", "discount_code",
               "fraud_protection_level", "fulfillment_location_id", "gateway", "location_id",
               "metafields.{namespace}.{key}", "payment_id", "payment_provider_id", "po_number",
               "reference_location_id", "return_status", "risk_level", "sales_channel",
               "source_identifier", "total_weight"},
    "productVariants": PUBLICATIONS
    | {"barcode", "collection", "delivery_profile_id", "exclude_composite",
       "exclude_variants_with_components", "managed", "managed_by", "option1", "option2",
       "option3", "requires_components", "taxable"},
    "products": PUBLICATIONS
    | {"barcode", "bundles", "category_id", "collection_id", "combined_listing_role",
       "delivery_profile_id", "error_feedback", "has_only_composites",
       "has_variant_with_components", "metafields.{namespace}.{key}",
       "product_configuration_owner", "publication_ids"},
    "webhookSubscriptions": set(),
}  # fmt: skip


def documented(version: str) -> dict[str, set[str]]:
    """The fields in the tables that describe each connection's `query` argument."""
    types: list[dict[str, Any]] = introspection(version)["__schema"]["types"]
    (root,) = (type_ for type_ in types if type_["name"] == "QueryRoot")
    return {
        field["name"]: {
            name
            for name in re.findall(r"^\| ([\w.{}]+) \|", argument["description"], re.MULTILINE)
            if name != "name"
        }
        for field in root["fields"]
        for argument in field["args"]
        if argument["name"] == "query" and field["name"] in TYPES
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_is_shopifys(version: str) -> None:
    found = documented(version)
    for connection, type_ in TYPES.items():
        ours = set(FILTERS[type_]) - UNDOCUMENTED.get(connection, set())
        assert found[connection], connection
        if version == VERSIONS[-1]:
            assert ours <= found[connection], connection
            assert found[connection] - ours == UNANSWERED[connection], connection
        else:  # a field may be newer than the version
            assert len(ours - found[connection]) <= 1, connection
