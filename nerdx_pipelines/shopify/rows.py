"""What the shop sends, as the rows that staging keeps: ids int, money Decimal, times UTC.

Column names and rules are those of `sql/staging`, of which a test makes sure; fetching is not
in here. Records come flat, as in a bulk file: a child names its parent in `__parentId`.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.money import minor_digits
from nerdx_pipelines.shopify.ids import number_of

Row = dict[str, Any]
Record = Mapping[str, Any]
NOTHING = Decimal(0)


def products(records: Iterable[Record]) -> list[Row]:
    """Rows as in staging.products, each with its `variants` (staging.product_variants)."""
    roots, children = _families(records)
    return [
        {
            "product_id": number_of(node["id"]),
            "title": node["title"],
            "product_type": node["productType"],
            "vendor": node["vendor"],
            "status": node["status"],
            "tags": list(node["tags"]),
            "created_at": _time(node["createdAt"]),
            "updated_at": _time(node["updatedAt"]),
            "handle": node["handle"],
            "published_at": _time(node["publishedAt"]),
            "variants": [
                _variant(child, number_of(node["id"])) for child in children.get(node["id"], ())
            ],
        }
        for node in roots
    ]


def _variant(node: Record, product_id: int) -> Row:
    item = node.get("inventoryItem") or {}
    cost = item.get("unitCost") or {}
    return {
        "variant_id": number_of(node["id"]),
        "product_id": product_id,
        "title": node["title"],
        "sku": node["sku"],
        "price": _decimal(node["price"]),
        "inventory_quantity": node["inventoryQuantity"],
        "updated_at": _time(node["updatedAt"]),
        "inventory_item_id": _number(item),
        "tracked": item.get("tracked"),
        "unit_cost": _decimal(cost.get("amount")),
        "cost_currency": cost.get("currencyCode"),
    }


def customers(records: Iterable[Record]) -> list[Row]:
    """Rows as in staging.customers; a redacted or absent e-mail address is None."""
    roots, _ = _families(records)
    return [
        {
            "customer_id": number_of(node["id"]),
            "email": (node["defaultEmailAddress"] or {}).get("emailAddress"),
            "created_at": _time(node["createdAt"]),
            "updated_at": _time(node["updatedAt"]),
        }
        for node in roots
    ]


def orders(records: Iterable[Record], refund_lines: Iterable[Record], zone: tzinfo) -> list[Row]:
    """Rows as in staging.orders, each with `line_items` (order_lines) and `refunds`.

    A refund has its `refund_lines`. `zone` is the shop's, in which order_day is a calendar day.
    """
    roots, children = _families(records)
    returned: dict[str, dict[str, Record]] = {}
    for line in refund_lines:
        returned.setdefault(line["__parentId"], {})[line["id"]] = line
    return [_order(node, children.get(node["id"], []), returned, zone) for node in roots]


def _order(
    node: Record, children: list[Record], returned: Mapping[str, Mapping[str, Record]], zone: tzinfo
) -> Row:
    order_id, total = number_of(node["id"]), node["totalPriceSet"]["shopMoney"]
    processed_at = _moment(node, "processedAt")
    order: Row = {
        "order_id": order_id,
        "name": node["name"],
        "customer_id": _number(node.get("customer")),
        "processed_at": processed_at,
        "created_at": _time(node["createdAt"]),
        "updated_at": _time(node["updatedAt"]),
        "cancelled_at": _time(node["cancelledAt"]),
        "financial_status": node["displayFinancialStatus"],
        "test": bool(node["test"]),
        "currency": total["currencyCode"],
        "presentment_currency": node["presentmentCurrencyCode"],
        "total_price": _decimal(total["amount"]),
        "order_day": processed_at.astimezone(zone).date(),
        "cancel_reason": node["cancelReason"],
        "source_name": node["sourceName"],
        "taxes_included": bool(node["taxesIncluded"]),
        "journey_ready": bool((node.get("customerJourneySummary") or {}).get("ready")),
    }
    order["refunds"] = [_refund(each, order, returned) for each in _by_id(node["refunds"])]
    order["line_items"] = [
        _line(child, order)
        for child in children
        if child["id"].startswith("gid://shopify/LineItem")
    ]
    return order


def _refund(node: Record, order: Row, returned: Mapping[str, Mapping[str, Record]]) -> Row:
    lines: dict[int, Row] = {}
    for line in returned.get(node["id"], {}).values():
        number = number_of(line["lineItem"]["id"])
        row = lines.setdefault(
            number,
            {
                "refund_id": number_of(node["id"]),
                "line_id": number,
                "order_id": order["order_id"],
                "quantity": 0,
                "amount": NOTHING,
                "order_day": order["order_day"],
            },
        )
        row["quantity"] += line["quantity"]
        row["amount"] += _amount(line["subtotalSet"])
        if order["taxes_included"]:
            row["amount"] -= _amount(line["totalTaxSet"])
    return {
        "refund_id": number_of(node["id"]),
        "order_id": order["order_id"],
        "created_at": _time(node["createdAt"]),
        "amount": _amount(node["totalRefundedSet"]),
        "order_day": order["order_day"],
        "refund_lines": [lines[number] for number in sorted(lines)],
    }


def _line(node: Record, order: Row) -> Row:
    line_id, unit_price = number_of(node["id"]), _amount(node["originalUnitPriceSet"])
    listed = node["quantity"] * unit_price
    allocated = _sum(node["discountAllocations"], "allocatedAmountSet")
    tax = _sum(node["taxLines"], "priceSet") if order["taxes_included"] else NOTHING
    gross = _untaxed(listed, allocated, tax, order["currency"])
    discounts = gross - (listed - allocated - tax)
    back = [
        line
        for refund in order["refunds"]
        for line in refund["refund_lines"]
        if line["line_id"] == line_id
    ]
    returns = sum((line["amount"] for line in back), NOTHING)
    gift_card = bool(node["isGiftCard"])
    sold = order["cancelled_at"] is None and not gift_card
    return {
        "line_id": line_id,
        "order_id": order["order_id"],
        "product_id": _number(node["product"]),
        "variant_id": _number(node["variant"]),
        "title": node["title"],
        "sku": node["sku"],
        "quantity": node["quantity"],
        "unit_price": unit_price,
        "gross_sales": gross,
        "discounts": discounts,
        "returned_quantity": sum(line["quantity"] for line in back),
        "returns": returns,
        "net_revenue": gross - discounts - returns if sold else NOTHING,
        "is_gift_card": gift_card,
        "order_day": order["order_day"],
        "tax": tax,
    }


def _untaxed(listed: Decimal, allocated: Decimal, tax: Decimal, currency: str) -> Decimal:
    """Gross sales without the tax in it, of which price and discount have equal parts."""
    paid = listed - allocated
    if not tax or not paid:
        return listed
    unit = Decimal(1).scaleb(-minor_digits(currency))
    # As integers of minor units, so that rounding is that of the statement.
    whole, rest, of = (_minor(each, unit) for each in (listed, paid - tax, paid))
    return ((2 * whole * rest + of) // (2 * of)) * unit


def _minor(amount: Decimal, unit: Decimal) -> int:
    return int((amount / unit).to_integral_value(ROUND_HALF_UP))


def _families(records: Iterable[Record]) -> tuple[list[Record], dict[str, list[Record]]]:
    """The newest version of each root, and the children of each; all in order of their ids."""
    roots: dict[str, Record] = {}
    children: dict[str, dict[str, Record]] = {}
    for record in records:
        parent = record.get("__parentId")
        if parent is not None:
            children.setdefault(parent, {})[record["id"]] = record
        elif record["id"] not in roots or _newer(record, roots[record["id"]]):
            roots[record["id"]] = record
    return _by_id(roots.values()), {key: _by_id(each.values()) for key, each in children.items()}


def _by_id(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda record: number_of(record["id"]))


def _newer(one: Record, other: Record) -> bool:
    return _moment(one, "updatedAt") >= _moment(other, "updatedAt")


def _number(node: Record | None) -> int | None:
    return number_of(node["id"]) if node else None


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _amount(money_bag: Record | None) -> Decimal:
    """The amount in the shop's currency; nothing where the shop says null."""
    return NOTHING if money_bag is None else Decimal(str(money_bag["shopMoney"]["amount"]))


def _sum(items: Iterable[Record], field: str) -> Decimal:
    return sum((_amount(item[field]) for item in items), NOTHING)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _moment(node: Record, field: str) -> datetime:
    moment = _time(node[field])
    if moment is None:
        raise ShopifyError(f"{node['id']} has no {field}: the shop must say it of every one.")
    return moment
