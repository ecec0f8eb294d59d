"""Where the fields of orders, their lines, refunds and journeys come from."""

# ruff: noqa: S608 (statements are made of the names of our own columns)
from nerdx_pipelines.demo.store.reads.metafield_tables import metafields_of
from nerdx_pipelines.demo.store.reads.paging import Sort
from nerdx_pipelines.demo.store.reads.sources import (
    CREATED,
    POSITION,
    UPDATED,
    Bag,
    Column,
    Counted,
    First,
    Many,
    One,
    Part,
    Source,
    Table,
    ids,
    plain,
    times,
)
from nerdx_pipelines.demo.store.sqltext import date_time, gid, money

_READY = "{t}.journey_ready"
_OF_LINES = "FROM store.line_items l WHERE l.order_id = {t}.id"
_VISITS = "FROM store.order_visits v WHERE v.order_id = {t}.id"
_REFUNDED_TAX = (
    "coalesce((SELECT sum(i.total_tax) FROM store.refunds r"
    " JOIN store.refund_line_items i ON i.refund_id = r.id WHERE r.order_id = {t}.id), 0)"
)


def _taxed(tax: str, net: str, included: str) -> Part:
    """One tax line over the whole; its rate is what the tax is of the price before tax."""
    rate = f"round(({tax}) / nullif({net} - CASE WHEN {included} THEN {tax} ELSE 0 END, 0), 4)"
    return Part(when=f"{tax} <> 0", given={"tax": tax, "rate": f"CAST({rate} AS DOUBLE)"})


_LINE_NET = "({t}.unit_price * {t}.quantity - {t}.total_discount)"
_UTM = ("source", "medium", "campaign", "content", "term")
_ORDER_MONEY: dict[str, Source] = {
    "subtotalPriceSet": Bag("{t}.subtotal_price"),
    "totalDiscountsSet": Bag("{t}.total_discounts"),
    "totalPriceSet": Bag("{t}.total_price"),
    "originalTotalPriceSet": Bag("{t}.total_price"),
    "currentTotalPriceSet": Bag("{t}.current_total_price"),
    "currentTotalTaxSet": Bag(
        f"CASE WHEN {{t}}.cancelled_at IS NULL THEN {{t}}.total_tax - {_REFUNDED_TAX} ELSE 0 END"
    ),
    "totalRefundedSet": Bag("{t}.total_refunded"),
    "totalShippingPriceSet": Bag("0"),
    "totalTaxSet": Bag("{t}.total_tax"),
    "taxLines": _taxed("{t}.total_tax", "{t}.subtotal_price", "{t}.taxes_included"),
}

ORDERS: dict[str, Table] = {
    "Order": Table(
        "store.orders",
        {
            **ids("Order"),
            "email": Column(
                "CASE WHEN NOT EXISTS (SELECT 1 FROM store.customers c"
                " WHERE c.id = {t}.customer_id AND c.redacted) THEN {t}.email END"
            ),
            **plain("name", "cancelReason", "test", "sourceName", "tags", "note"),
            **plain("currencyCode", "presentmentCurrencyCode", "taxesIncluded"),
            **times("createdAt", "processedAt", "updatedAt", "cancelledAt"),
            **metafields_of("ORDER"),
            **_ORDER_MONEY,
            "displayFinancialStatus": Column("{t}.financial_status"),
            "displayFulfillmentStatus": Column("{t}.fulfillment_status"),
            "subtotalLineItemsQuantity": Column(
                f"(SELECT CAST(coalesce(sum(l.quantity), 0) AS BIGINT) {_OF_LINES})"
            ),
            "currentSubtotalLineItemsQuantity": Column(
                f"(SELECT CAST(coalesce(sum(l.current_quantity), 0) AS BIGINT) {_OF_LINES})"
            ),
            "customer": One("{t}.customer_id"),
            "customerJourneySummary": Part(),
            "lineItems": Many("order_id"),
            "refunds": Many("order_id"),
        },
        sorts={
            **CREATED,
            **UPDATED,
            "PROCESSED_AT": Sort("{t}.processed_at", "time"),
            "TOTAL_PRICE": Sort("{t}.total_price", "number"),
            "CURRENT_TOTAL_PRICE": Sort("{t}.current_total_price", "number"),
            "FINANCIAL_STATUS": Sort("coalesce({t}.financial_status, '')"),
            "FULFILLMENT_STATUS": Sort("coalesce({t}.fulfillment_status, '')"),
            "ORDER_NUMBER": Sort(
                "coalesce(TRY_CAST(ltrim({t}.name, '#') AS BIGINT), {t}.id)", "number"
            ),
            "TOTAL_ITEMS_QUANTITY": Sort(
                f"(SELECT coalesce(sum(l.quantity), 0) {_OF_LINES})", "number"
            ),
        },
    ),
    "LineItem": Table(
        "store.line_items",
        {
            "id": Column(gid("LineItem", "{t}.id")),
            **plain("title", "variantTitle", "sku", "vendor"),
            **plain("quantity", "currentQuantity", "isGiftCard"),
            "name": Column("concat_ws(' - ', {t}.title, {t}.variant_title)"),
            "originalUnitPriceSet": Bag("{t}.unit_price"),
            "originalTotalSet": Bag("{t}.unit_price * {t}.quantity"),
            "discountedTotalSet": Bag("{t}.unit_price * {t}.quantity - {t}.total_discount"),
            "totalDiscountSet": Bag("{t}.total_discount"),
            "discountAllocations": Part(when="{t}.total_discount > 0"),
            "taxLines": _taxed("{t}.tax", _LINE_NET, "{o}.taxes_included"),
            "product": One("{t}.product_id"),
            "variant": One("{t}.variant_id"),
        },
        order_key="order_id",
        default_sort=POSITION,
    ),
    "DiscountAllocation": Table("", {"allocatedAmountSet": Bag("{t}.total_discount")}),
    "TaxLine": Table(
        "",
        {
            "title": Column("'Tax'"),
            "price": Column(money("{tax}")),
            "priceSet": Bag("{tax}"),
            "rate": Column("{rate}"),
        },
    ),
    "Refund": Table(
        "store.refunds",
        {
            **ids("Refund"),
            **plain("note"),
            **times("createdAt", "updatedAt"),
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
            **plain("quantity", "restockType"),
            "restocked": Column("{t}.restock_type <> 'NO_RESTOCK'"),
            "subtotalSet": Bag("{t}.subtotal"),
            "totalTaxSet": Bag("{t}.total_tax"),
            "lineItem": One("{t}.line_item_id"),
        },
    ),
    "CustomerJourneySummary": Table(
        "",
        {
            "ready": Column(_READY),
            "customerOrderIndex": Column(
                f"CASE WHEN {_READY} THEN (SELECT count(*) FROM store.orders e"
                " WHERE e.customer_id = {t}.customer_id AND NOT e.test AND e.id <> {t}.id"
                " AND (e.created_at, e.id) < ({t}.created_at, {t}.id)) + 1 END"
            ),
            "daysToConversion": Column(
                f"CASE WHEN {_READY} THEN (SELECT CAST(floor((epoch({{t}}.created_at)"
                f" - epoch(min(v.occurred_at))) / 86400) AS INTEGER) {_VISITS}) END"
            ),
            "momentsCount": Counted(f"CASE WHEN {_READY} THEN (SELECT count(*) {_VISITS}) END"),
            "firstVisit": First("order_id", when=_READY),
            "lastVisit": First("order_id", when=_READY, last=True),
            "moments": Many("order_id", when=_READY),
        },
    ),
    "CustomerVisit": Table(
        "store.order_visits",
        {
            "id": Column(gid("CustomerVisit", "{t}.id")),
            **times("occurredAt"),
            **plain("landingPage", "referrerUrl", "source", "sourceType"),
            "referralCode": Column(
                r"nullif(regexp_extract({t}.landing_page, '[?&](ref|source|r)=([^&#]+)', 2), '')"
            ),
            "sourceDescription": Column("{t}.source"),
            "utmParameters": Part(
                when=f"coalesce({', '.join(f'{{t}}.utm_{part}' for part in _UTM)}) IS NOT NULL"
            ),
        },
        default_sort=Sort("{t}.occurred_at", "time"),
    ),
    "UTMParameters": Table("", {part: Column(f"{{t}}.utm_{part}") for part in _UTM}),
}
