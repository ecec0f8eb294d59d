"""Money and goods given back: refunds, and cancellations, which may refund what is left.

The mutations refundCreate, orderCancel and orderDelete are here too; orders are in `orders.py`.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from nerdx_pipelines.demo.store.errors import bad_request
from nerdx_pipelines.demo.store.writes import orders
from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.demo.store.writes.ids import gid, number
from nerdx_pipelines.demo.store.writes.orders import ZERO, line_of, open_order, worth
from nerdx_pipelines.demo.store.writes.stock import sold
from nerdx_pipelines.money import minor_digits


def refund(
    change: Change,
    id: int,
    lines: Iterable[Row],
    *,
    amount: Decimal | None = None,
    note: str | None = None,
    over: bool = False,
    cancelling: bool = False,
) -> int:
    """Give back {line_item_id, quantity, restock_type?} lines and money, and the refund's id.

    Without an `amount` what the lines cost is given back. Raises RefusedError.
    """
    order = open_order(change, id)
    if order["financial_status"] in ("PENDING", "VOIDED"):
        raise RefusedError("Order has not been paid", ["orderId"])
    made, value = change.new_id("refunds"), ZERO
    for i, wanted in enumerate(lines):
        line, units = line_of(change, id, wanted["line_item_id"]), int(wanted["quantity"])
        if not 0 < units <= line["current_quantity"]:
            message = "Quantity cannot refund more items than were purchased"
            raise RefusedError(message, ["refundLineItems", i, "quantity"])
        subtotal, tax = worth(line, units)
        restock = wanted.get("restock_type") or ("CANCEL" if cancelling else "RETURN")
        change.insert(
            "refund_line_items",
            refund_id=made,
            line_item_id=line["id"],
            quantity=units,
            subtotal=subtotal,
            restock_type=restock,
            total_tax=tax,
        )
        left = line["current_quantity"] - units
        change.update("line_items", line["id"], current_quantity=left, updated_at=None)
        value += subtotal + (ZERO if order["taxes_included"] else tax)
        if restock != "NO_RESTOCK":
            sold(change, line["variant_id"], -units)
    money = value if amount is None else amount
    refundable = order["total_price"] - order["total_refunded"]
    if money < 0 or (money > refundable and not over):
        message = f"Refund amount must be between 0 and {refundable:.2f}, what is left of the order"
        raise RefusedError(message, ["transactions"])
    change.insert(
        "refunds",
        id=made,
        order_id=id,
        created_at=change.at,
        updated_at=change.at,
        note=note,
        total_refunded=money,
    )
    refunded = order["total_refunded"] + money
    whole = refunded >= order["total_price"]
    change.update(
        "orders",
        id,
        total_refunded=refunded,
        current_total_price=max(order["current_total_price"] - max(money, value), ZERO),
        financial_status=order["financial_status"]
        if refunded == 0
        else "REFUNDED"
        if whole
        else "PARTIALLY_REFUNDED",
    )
    change.announce("REFUNDS_CREATE", made)
    change.announce("ORDERS_UPDATED", id)
    return made


def cancel(
    change: Change, id: int, *, reason: str = "OTHER", restock: bool = True, refunding: bool = True
) -> int | None:
    """Cancel an order; if it was paid and `refunding`, the refund's id. Raises RefusedError."""
    order, made = open_order(change, id), None
    left = change.rows(
        f"SELECT * FROM store.line_items WHERE order_id = {id} AND current_quantity > 0"  # noqa: S608
        " ORDER BY position"
    )
    paid = order["financial_status"] in ("PAID", "PARTIALLY_REFUNDED")
    remaining = order["total_price"] - order["total_refunded"]
    if paid and refunding and remaining > 0:
        how = "CANCEL" if restock else "NO_RESTOCK"
        wanted = [
            {"line_item_id": row["id"], "quantity": row["current_quantity"], "restock_type": how}
            for row in left
        ]
        made = refund(change, id, wanted, amount=remaining, cancelling=True)
    elif restock:
        for row in left:
            sold(change, row["variant_id"], -row["current_quantity"])
    change.cursor.execute(
        f"UPDATE store.line_items SET current_quantity = 0 WHERE order_id = {id}"  # noqa: S608
    )
    status = "REFUNDED" if made else order["financial_status"] if paid else "VOIDED"
    change.update(
        "orders",
        id,
        cancelled_at=change.at,
        cancel_reason=reason,
        current_total_price=ZERO,
        financial_status=status,
    )
    change.announce("ORDERS_CANCELLED", id)
    change.announce("ORDERS_UPDATED", id)
    return made


def refund_create(change: Change, given: Row) -> Row:
    """The payload of refundCreate; the money is what its transactions say. Raises RefusedError."""
    wanted = given["input"]
    order = number("Order", wanted["orderId"])
    row = open_order(change, order)
    shipping = wanted.get("shipping") or {}
    if shipping.get("amount") or shipping.get("fullRefund"):
        raise bad_request("The demo store's orders have no shipping to refund.")
    paid_out = sum(
        (
            Decimal(str(each["amount"]))
            for each in wanted.get("transactions") or []
            if each["kind"] in ("REFUND", "SUGGESTED_REFUND")
        ),
        ZERO,
    )
    cents = Decimal(1).scaleb(-minor_digits(row["currency_code"]))
    rate = row["presentment_rate"] or 1
    lines = [
        {
            "line_item_id": number("LineItem", each["lineItemId"]),
            "quantity": each["quantity"],
            "restock_type": each.get("restockType") or "NO_RESTOCK",
        }
        for each in wanted.get("refundLineItems") or []
    ]
    made = refund(
        change,
        order,
        lines,
        amount=paid_out if rate == 1 else (paid_out / rate).quantize(cents),
        note=wanted.get("note"),
        over=bool(wanted.get("allowOverRefunding")),
    )
    return {"refund": made, "order": order, "userErrors": []}


def order_cancel(change: Change, given: Row) -> Row:
    """The payload of orderCancel, which is done at once; raises RefusedError."""
    method = given.get("refundMethod") or {}
    refunding = bool(given.get("refund") or method.get("originalPaymentMethodsRefund"))
    order = number("Order", given["orderId"])
    cancel(change, order, reason=given["reason"], restock=given["restock"], refunding=refunding)
    job: dict[str, Any] = {"id": gid("Job", change.new_id("jobs")), "done": True}
    return {"job": job, "orderCancelUserErrors": [], "userErrors": []}


def order_delete(change: Change, given: Row) -> Row:
    """The payload of orderDelete; raises RefusedError."""
    order = number("Order", given["orderId"])
    orders.remove(change, order)
    return {"deletedId": gid("Order", order), "userErrors": []}
