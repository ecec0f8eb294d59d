"""Where each field of each GraphQL type comes from, in the tables of `demo/store.sql`.

One declarative table per type, read by the compiler for pages and bulk exports alike. In the
SQL, `{t}` is the row of the type and `{o}` the order whose currencies price it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nerdx_pipelines.demo.store.paging import BY_ID, Sort
from nerdx_pipelines.demo.store.sqltext import date_time, gid, money


@dataclass(frozen=True)
class Column:
    """A scalar, or a list of scalars: any SQL expression that is valid inside JSON."""

    sql: str


@dataclass(frozen=True)
class Bag:
    """A MoneyBag: a DECIMAL amount in the shop's currency, shown in both currencies."""

    sql: str


@dataclass(frozen=True)
class Part:
    """An object, or a list of at most one, made of the same row if `when` holds."""

    when: str = "true"


@dataclass(frozen=True)
class One:
    """Another row, by id; null when there is none."""

    id: str


@dataclass(frozen=True)
class Many:
    """The rows whose `foreign_key` is this row's id: a list or a connection, as the schema says."""

    foreign_key: str


Source = Column | Bag | Part | One | Many


@dataclass(frozen=True)
class Table:
    """A GraphQL type: its relation, its fields, and how its rows are ordered.

    `order_key` is the column naming the order that prices the row, if it is not one itself.
    """

    relation: str
    fields: Mapping[str, Source]
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    order_key: str | None = None
    default_sort: Sort = BY_ID

    def sort(self, key: str | None) -> Sort:
        """The order of a sort key; by id for keys that the store has no data for."""
        return self.default_sort if key is None else self.sorts.get(key, BY_ID)


def _ids(type_name: str) -> dict[str, Source]:
    return {
        "id": Column(gid(type_name, "{t}.id")),
        "legacyResourceId": Column("CAST({t}.id AS VARCHAR)"),
    }


def _times(*names: str) -> dict[str, Source]:
    return {name: Column(date_time("{t}." + _snake(name))) for name in names}


def _plain(*names: str) -> dict[str, Source]:
    return {name: Column("{t}." + _snake(name)) for name in names}


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


_NOTHING = Column("json_array()")
_ZERO = Bag("0")
_CREATED = {"CREATED_AT": Sort("{t}.created_at", "time")}
_UPDATED = {"UPDATED_AT": Sort("{t}.updated_at", "time")}
_POSITION = Sort("{t}.position", "number")

TABLES: dict[str, Table] = {
    "Shop": Table(
        "store.shop",
        {
            **_ids("Shop"),
            **_plain("name", "myshopifyDomain", "email", "ianaTimezone", "currencyCode"),
            **_times("createdAt"),
            "contactEmail": Column("{t}.email"),
            "url": Column("'https://' || {t}.myshopify_domain"),
        },
    ),
    "Product": Table(
        "store.products",
        {
            **_ids("Product"),
            **_plain("title", "handle", "productType", "vendor", "status", "tags"),
            **_times("createdAt", "updatedAt", "publishedAt"),
            "totalInventory": Column(
                "(SELECT CAST(coalesce(sum(v.inventory_quantity), 0) AS BIGINT)"
                " FROM store.product_variants v WHERE v.product_id = {t}.id)"
            ),
            "variantsCount": Part(),
            "variants": Many("product_id"),
        },
        sorts={
            **_CREATED,
            **_UPDATED,
            "PUBLISHED_AT": Sort("coalesce({t}.published_at, TIMESTAMPTZ 'epoch')", "time"),
            "TITLE": Sort("coalesce({t}.title, '')"),
            "VENDOR": Sort("coalesce({t}.vendor, '')"),
            "PRODUCT_TYPE": Sort("coalesce({t}.product_type, '')"),
        },
    ),
    "Count": Table(  # of a product's variants, the only count inside another object
        "",
        {
            "count": Column(
                "(SELECT count(*) FROM store.product_variants v WHERE v.product_id = {t}.id)"
            ),
            "precision": Column("'EXACT'"),
        },
    ),
    "ProductVariant": Table(
        "store.product_variants",
        {
            **_ids("ProductVariant"),
            **_plain("title", "sku", "position", "inventoryQuantity"),
            **_times("createdAt", "updatedAt"),
            "price": Column(money("{t}.price")),
            "product": One("{t}.product_id"),
        },
        sorts={
            "POSITION": _POSITION,
            "SKU": Sort("coalesce({t}.sku, '')"),
            "TITLE": Sort("coalesce({t}.title, '')"),
            "INVENTORY_QUANTITY": Sort("coalesce({t}.inventory_quantity, 0)", "number"),
        },
    ),
    "Customer": Table(
        "store.customers",
        {
            **_ids("Customer"),
            **_plain("email", "firstName", "lastName", "tags"),
            **_times("createdAt", "updatedAt"),
            "defaultEmailAddress": Part(when="{t}.email IS NOT NULL"),
            "displayName": Column(
                "coalesce(nullif(concat_ws(' ', {t}.first_name, {t}.last_name), ''), {t}.email, '')"
            ),
            "numberOfOrders": Column(
                "CAST((SELECT count(*) FROM store.orders c"
                " WHERE c.customer_id = {t}.id) AS VARCHAR)"
            ),
            "orders": Many("customer_id"),
        },
        sorts={
            **_CREATED,
            **_UPDATED,
            "NAME": Sort("lower(concat_ws(', ', {t}.last_name, {t}.first_name))"),
        },
    ),
    "CustomerEmailAddress": Table("", {"emailAddress": Column("{t}.email")}),
    "Order": Table(
        "store.orders",
        {
            **_ids("Order"),
            **_plain("name", "email", "cancelReason", "test", "sourceName"),
            **_plain("currencyCode", "presentmentCurrencyCode"),
            **_times("createdAt", "processedAt", "updatedAt", "cancelledAt"),
            "displayFinancialStatus": Column("{t}.financial_status"),
            "displayFulfillmentStatus": Column("{t}.fulfillment_status"),
            "taxesIncluded": Column("false"),
            "taxLines": _NOTHING,
            "subtotalPriceSet": Bag("{t}.subtotal_price"),
            "totalDiscountsSet": Bag("{t}.total_discounts"),
            "totalPriceSet": Bag("{t}.total_price"),
            "originalTotalPriceSet": Bag("{t}.total_price"),
            "currentTotalPriceSet": Bag("{t}.current_total_price"),
            "totalRefundedSet": Bag("{t}.total_refunded"),
            "totalShippingPriceSet": _ZERO,
            "totalTaxSet": _ZERO,
            "customer": One("{t}.customer_id"),
            "lineItems": Many("order_id"),
            "refunds": Many("order_id"),
        },
        sorts={
            **_CREATED,
            **_UPDATED,
            "PROCESSED_AT": Sort("{t}.processed_at", "time"),
            "TOTAL_PRICE": Sort("{t}.total_price", "number"),
            "CURRENT_TOTAL_PRICE": Sort("{t}.current_total_price", "number"),
            "FINANCIAL_STATUS": Sort("coalesce({t}.financial_status, '')"),
            "FULFILLMENT_STATUS": Sort("coalesce({t}.fulfillment_status, '')"),
            "ORDER_NUMBER": Sort(
                "coalesce(TRY_CAST(ltrim({t}.name, '#') AS BIGINT), {t}.id)", "number"
            ),
        },
    ),
    "LineItem": Table(
        "store.line_items",
        {
            "id": Column(gid("LineItem", "{t}.id")),
            **_plain("title", "variantTitle", "sku", "vendor"),
            **_plain("quantity", "currentQuantity", "isGiftCard"),
            "name": Column("concat_ws(' - ', {t}.title, {t}.variant_title)"),
            "originalUnitPriceSet": Bag("{t}.unit_price"),
            "originalTotalSet": Bag("{t}.unit_price * {t}.quantity"),
            "discountedTotalSet": Bag("{t}.unit_price * {t}.quantity - {t}.total_discount"),
            "totalDiscountSet": Bag("{t}.total_discount"),
            "discountAllocations": Part(when="{t}.total_discount > 0"),
            "taxLines": _NOTHING,
            "product": One("{t}.product_id"),
            "variant": One("{t}.variant_id"),
        },
        order_key="order_id",
        default_sort=_POSITION,
    ),
    "DiscountAllocation": Table("", {"allocatedAmountSet": Bag("{t}.total_discount")}),
    "Refund": Table(
        "store.refunds",
        {
            **_ids("Refund"),
            **_plain("note"),
            **_times("createdAt", "updatedAt"),
            "processedAt": Column(date_time("{t}.created_at")),
            "totalRefundedSet": Bag("{t}.total_refunded"),
            "order": One("{t}.order_id"),
            "refundLineItems": Many("refund_id"),
        },
        order_key="order_id",
    ),
    "RefundLineItem": Table(
        "store.refund_line_items",
        {
            "id": Column(gid("RefundLineItem", "{t}.id")),
            **_plain("quantity", "restockType"),
            "restocked": Column("{t}.restock_type <> 'NO_RESTOCK'"),
            "subtotalSet": Bag("{t}.subtotal"),
            "totalTaxSet": _ZERO,
            "lineItem": One("{t}.line_item_id"),
        },
    ),
    "BulkOperation": Table(
        "bulk_operations",
        {
            "id": Column(gid("BulkOperation", "{t}.id")),
            **_plain("status", "type", "errorCode", "query", "url"),
            **_times("createdAt", "completedAt"),
            "objectCount": Column("CAST({t}.object_count AS VARCHAR)"),
            "rootObjectCount": Column("CAST({t}.root_object_count AS VARCHAR)"),
            "fileSize": Column("CAST({t}.file_size AS VARCHAR)"),
            "partialDataUrl": Column("NULL"),
        },
        sorts={
            **_CREATED,
            "COMPLETED_AT": Sort("coalesce({t}.completed_at, TIMESTAMPTZ 'epoch')", "time"),
        },
    ),
}
