"""What buyers and the merchant do with orders: one small form each.

Doing it is the business of `writes/`.
"""

from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, Field, PositiveInt

from nerdx_pipelines.demo.store.changes.form import ChangeForm
from nerdx_pipelines.demo.store.writes import orders, refunds
from nerdx_pipelines.demo.store.writes.change import Change, Row


class _Sold(ChangeForm):
    variant_id: int
    quantity: PositiveInt = 1
    discount: Decimal = Field(Decimal(0), ge=0)


class _Edited(ChangeForm):
    line_item_id: int
    quantity: int = Field(ge=0)


class _Returned(ChangeForm):
    line_item_id: int
    quantity: PositiveInt
    restock_type: Literal["RETURN", "CANCEL", "NO_RESTOCK"] = "RETURN"


class _Visit(ChangeForm):
    occurred_at: AwareDatetime | None = None
    landing_page: str | None = None
    referrer_url: str | None = None
    source: str = "direct"
    source_type: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_content: str | None = None
    utm_term: str | None = None


class PlaceOrder(ChangeForm):
    """A buyer orders; without a customer as a guest, unpaid on demand."""

    do: Literal["place_order"]
    lines: list[_Sold] = Field(min_length=1)
    customer_id: int | None = None
    processed_at: AwareDatetime | None = None
    paid: bool = True
    test: bool = False
    visits: list[_Visit] = Field(default_factory=list)
    journey_ready: bool = True

    def run(self, change: Change) -> Row:  # noqa: D102
        order = orders.place(
            change,
            [line.model_dump() for line in self.lines],
            customer=self.customer_id,
            processed_at=self.processed_at,
            paid=self.paid,
            test=self.test,
            visits=[visit.model_dump(exclude_none=True) for visit in self.visits],
            journey_ready=self.journey_ready,
        )
        return {"order_id": order, "line_item_ids": _lines(change, order)}


class Pay(ChangeForm):
    """The money for an unpaid order comes."""

    do: Literal["pay"]
    order_id: int

    def run(self, change: Change) -> Row:  # noqa: D102
        orders.pay(change, self.order_id)
        return {"order_id": self.order_id}


class CancelOrder(ChangeForm):
    """The merchant cancels, and gives back what was paid unless told otherwise."""

    do: Literal["cancel_order"]
    order_id: int
    reason: Literal["CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF"] = "OTHER"
    restock: bool = True
    refund: bool = True

    def run(self, change: Change) -> Row:  # noqa: D102
        made = refunds.cancel(
            change,
            self.order_id,
            reason=self.reason,
            restock=self.restock,
            refunding=self.refund,
        )
        return {"order_id": self.order_id, "refund_id": made}


class Refund(ChangeForm):
    """The merchant takes lines back, or gives money only; without an amount what they cost."""

    do: Literal["refund"]
    order_id: int
    lines: list[_Returned] = Field(default_factory=list)
    amount: Decimal | None = Field(None, ge=0)
    note: str | None = None

    def run(self, change: Change) -> Row:  # noqa: D102
        lines = [line.model_dump() for line in self.lines]
        made = refunds.refund(change, self.order_id, lines, amount=self.amount, note=self.note)
        return {"order_id": self.order_id, "refund_id": made}


class EditOrder(ChangeForm):
    """The merchant changes quantities of an order's lines, or adds lines."""

    do: Literal["edit_order"]
    order_id: int
    lines: list[_Edited] = Field(default_factory=list)
    add: list[_Sold] = Field(default_factory=list)

    def run(self, change: Change) -> Row:  # noqa: D102
        lines = [line.model_dump() for line in self.lines]
        orders.edit(change, self.order_id, lines, [line.model_dump() for line in self.add])
        return {"order_id": self.order_id, "line_item_ids": _lines(change, self.order_id)}


class DeleteOrder(ChangeForm):
    """The merchant deletes an order."""

    do: Literal["delete_order"]
    order_id: int

    def run(self, change: Change) -> Row:  # noqa: D102
        orders.remove(change, self.order_id)
        return {"order_id": self.order_id}


def _lines(change: Change, order: int) -> list[int]:
    statement = f"SELECT id FROM store.line_items WHERE order_id = {order} ORDER BY position"  # noqa: S608
    return [row["id"] for row in change.rows(statement)]
