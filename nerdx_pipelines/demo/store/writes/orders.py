"""Orders: placed, paid, edited, cancelled and deleted.

Money given back is in `refunds.py`; amounts are those of `demo/store.sql`, in the shop's currency.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.demo.store.writes.stock import sold

ZERO = Decimal(0)
_VISIT = (
    "landing_page", "referrer_url", "source", "source_type",
    "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term",
)  # fmt: skip


def place(
    change: Change,
    lines: Iterable[Row],
    *,
    customer: int | None = None,
    processed_at: datetime | None = None,
    paid: bool = True,
    test: bool = False,
    visits: Iterable[Row] = (),
    journey_ready: bool = True,
) -> int:
    """A new order of {variant_id, quantity, discount?} lines; raises RefusedError.

    `visits` are rows of `order_visits` without ids; the customer and the goods move with it.
    """
    buyer = change.get("customers", customer) if customer is not None else None
    if customer is not None and buyer is None:
        raise RefusedError("Customer does not exist", ["customer_id"])
    order = change.new_id("orders")
    rows = [_line(change, order, position, line) for position, line in enumerate(lines, 1)]
    if not rows:
        raise RefusedError("Line items must have at least one line item", ["lines"])
    total = sum((row["unit_price"] * row["quantity"] for row in rows), ZERO)
    discount = sum((row["total_discount"] for row in rows), ZERO)
    currency, included = change.cursor.execute(
        "SELECT currency_code, coalesce(taxes_included, false) FROM store.shop"
    ).fetchall()[0]
    change.insert(
        "orders",
        id=order,
        name=f"#{_next_number(change)}",
        customer_id=customer,
        email=buyer["email"] if buyer else None,
        created_at=change.at,
        processed_at=processed_at or change.at,
        updated_at=change.at,
        test=test,
        source_name="web",
        currency_code=currency,
        presentment_currency_code=currency,
        presentment_rate=1,
        financial_status="PAID" if paid else "PENDING",
        fulfillment_status="UNFULFILLED",
        subtotal_price=total - discount,
        total_discounts=discount,
        total_price=total - discount,
        current_total_price=total - discount,
        total_refunded=ZERO,
        taxes_included=included,
        total_tax=ZERO,
        tags=[],
        journey_ready=journey_ready,
    )
    for row in rows:
        change.insert("line_items", **row)
    for visit in visits:
        known = {name: visit[name] for name in _VISIT if name in visit}
        at = visit.get("occurred_at") or processed_at or change.at
        change.insert("order_visits", order_id=order, occurred_at=at, **known)
    change.announce("ORDERS_CREATE", order)
    if paid:
        change.announce("ORDERS_PAID", order)
    if customer is not None:
        change.update("customers", customer)
        change.announce("CUSTOMERS_UPDATE", customer)
    for row in rows:
        sold(change, row["variant_id"], row["quantity"])
    return order


def pay(change: Change, id: int) -> None:
    """The outstanding money has come; raises RefusedError."""
    order = open_order(change, id)
    if order["financial_status"] != "PENDING":
        raise RefusedError("Order is already paid", ["order_id"])
    _updated(change, id, financial_status="PAID")
    change.announce("ORDERS_PAID", id)


def edit(change: Change, id: int, lines: Iterable[Row], added: Iterable[Row] = ()) -> None:
    """Change what was ordered: {line_item_id, quantity} of lines, new lines of variants.

    Raises RefusedError.
    """
    order = open_order(change, id)
    delta, tax, additions, removals = ZERO, ZERO, [], []
    for wanted in lines:
        line = line_of(change, id, wanted["line_item_id"])
        units = int(wanted["quantity"]) - line["current_quantity"]
        values: dict[str, Any] = {"current_quantity": int(wanted["quantity"])}
        if units > 0:
            more = _share(line["tax"] or ZERO, 0, units, line["quantity"])
            delta, tax = delta + line["unit_price"] * units, tax + more
            values |= {"quantity": line["quantity"] + units, "tax": (line["tax"] or ZERO) + more}
            additions.append({"id": line["id"], "delta": units})
        elif units < 0:
            fewer, less = worth(line, -units)
            delta, tax = delta - fewer, tax - less
            removals.append({"id": line["id"], "delta": -units})
        change.update("line_items", line["id"], updated_at=None, **values)
        sold(change, line["variant_id"], units)
    last = change.scalar(f"(SELECT max(position) FROM store.line_items WHERE order_id = {id})")  # noqa: S608
    for position, wanted in enumerate(added, (last or 0) + 1):
        row = _line(change, id, position, wanted)
        row["id"] = change.insert("line_items", **row)
        delta += row["unit_price"] * row["quantity"] - row["total_discount"]
        additions.append({"id": row["id"], "delta": row["quantity"]})
        sold(change, row["variant_id"], row["quantity"])
    total = delta if order["taxes_included"] else delta + tax
    _updated(
        change,
        id,
        subtotal_price=order["subtotal_price"] + delta,
        total_tax=(order["total_tax"] or ZERO) + tax,
        total_price=order["total_price"] + total,
        current_total_price=max(order["current_total_price"] + total, ZERO),
    )
    edited = {
        "id": change.new_id("order_edits"),
        "order_id": id,
        "created_at": change.at.isoformat(),
        "committed_at": change.at.isoformat(),
        "line_items": {"additions": additions, "removals": removals},
    }
    change.announce("ORDERS_EDITED", id, {"order_edit": edited})


def remove(change: Change, id: int) -> None:
    """Delete an order with all that belongs to it; raises RefusedError."""
    order = change.get("orders", id)
    if order is None:
        raise RefusedError("Order does not exist", ["orderId"], "NOT_FOUND")
    refunds = f"(SELECT id FROM store.refunds WHERE order_id = {id})"  # noqa: S608
    change.delete("refund_line_items", f"refund_id IN {refunds}")
    for table in ("refunds", "line_items", "order_visits"):
        change.delete(table, f"order_id = {id}")
    change.delete("orders", f"id = {id}")
    message = f"Order {order['name']} was deleted."
    change.destroyed("ORDER", "ORDERS_DELETE", id, message)


def open_order(change: Change, id: int) -> Row:
    """An order that is there and not cancelled; raises RefusedError."""
    order = change.get("orders", id)
    if order is None:
        raise RefusedError("Order does not exist", ["orderId"], "NOT_FOUND")
    if order["cancelled_at"] is not None:
        raise RefusedError("Order has already been canceled", ["orderId"], "INVALID")
    return order


def line_of(change: Change, order: int, id: int) -> Row:
    """A line of the order; raises RefusedError."""
    line = change.get("line_items", int(id))
    if line is None or line["order_id"] != order:
        raise RefusedError("Line item does not exist", ["line_item_id"], "NOT_FOUND")
    return line


def worth(line: Row, units: int) -> tuple[Decimal, Decimal]:
    """What the next `units` to go are worth after discount, and their tax.

    Shares are cut from the line's total so that all its units together are exactly that.
    """
    gone, all_units = line["quantity"] - line["current_quantity"], line["quantity"]
    total = line["unit_price"] * all_units - line["total_discount"]
    return _share(total, gone, units, all_units), _share(
        line["tax"] or ZERO, gone, units, all_units
    )


def _share(total: Decimal, gone: int, units: int, of: int) -> Decimal:
    cent = Decimal("0.0001") if total % Decimal("0.01") else Decimal("0.01")

    def first(part: int) -> Decimal:
        return total if part == of else (total * part / of).quantize(cent)

    return first(gone + units) - first(gone)


def _line(change: Change, order: int, position: int, wanted: Row) -> dict[str, Any]:
    found = change.rows(
        "SELECT v.*, p.title AS product_title, p.vendor, p.is_gift_card"  # noqa: S608
        " FROM store.product_variants v JOIN store.products p ON p.id = v.product_id"
        f" WHERE v.id = {int(wanted['variant_id'])}"
    )
    if not found:
        raise RefusedError("Variant does not exist", ["lines", position - 1, "variant_id"])
    variant, quantity = found[0], int(wanted.get("quantity", 1))
    if quantity < 1:
        message = "Quantity must be greater than 0"
        raise RefusedError(message, ["lines", position - 1, "quantity"])
    discount = Decimal(str(wanted.get("discount", 0)))
    if not ZERO <= discount <= variant["price"] * quantity:
        message = "Discount must be between 0 and the price of the line"
        raise RefusedError(message, ["lines", position - 1, "discount"])
    title = variant["title"]
    return {
        "order_id": order,
        "position": position,
        "product_id": variant["product_id"],
        "variant_id": variant["id"],
        "title": variant["product_title"],
        "variant_title": None if title == "Default Title" else title,
        "sku": variant["sku"],
        "vendor": variant["vendor"],
        "quantity": quantity,
        "current_quantity": quantity,
        "unit_price": variant["price"],
        "total_discount": discount,
        "is_gift_card": bool(variant["is_gift_card"]),
        "tax": ZERO,
    }


def _next_number(change: Change) -> int:
    newest = "(SELECT max(TRY_CAST(ltrim(name, '#') AS BIGINT)) FROM store.orders)"
    return max(int(change.scalar(f"coalesce({newest}, 0)")), 1000) + 1


def _updated(change: Change, id: int, **values: Any) -> None:
    change.update("orders", id, **values)
    change.announce("ORDERS_UPDATED", id)
