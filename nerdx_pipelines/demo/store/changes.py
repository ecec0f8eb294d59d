"""What merchants and buyers do in a shop, for demos and tests to do it: one small form each.

The forms are read here and done by `writes/`; the address they are posted to is in `control.py`.
"""

import random
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PositiveInt, TypeAdapter

from nerdx_pipelines.demo.store.writes import customers, orders, products, refunds
from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.sql import literal

_UPDATED = {
    "orders": "ORDERS_UPDATED",
    "customers": "CUSTOMERS_UPDATE",
    "products": "PRODUCTS_UPDATE",
}


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Sold(_Form):
    variant_id: int
    quantity: PositiveInt = 1
    discount: Decimal = Field(Decimal(0), ge=0)


class _Edited(_Form):
    line_item_id: int
    quantity: int = Field(ge=0)


class _Returned(_Form):
    line_item_id: int
    quantity: PositiveInt
    restock_type: Literal["RETURN", "CANCEL", "NO_RESTOCK"] = "RETURN"


class _Visit(_Form):
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


class PlaceOrder(_Form):
    """A buyer orders; without a customer as a guest, unpaid on demand."""

    do: Literal["place_order"]
    lines: list[_Sold] = Field(min_length=1)
    customer_id: int | None = None
    processed_at: AwareDatetime | None = None
    paid: bool = True
    test: bool = False
    visits: list[_Visit] = []
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


class Pay(_Form):
    """The money for an unpaid order comes."""

    do: Literal["pay"]
    order_id: int

    def run(self, change: Change) -> Row:  # noqa: D102
        orders.pay(change, self.order_id)
        return {"order_id": self.order_id}


class CancelOrder(_Form):
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


class Refund(_Form):
    """The merchant takes lines back, or gives money only; without an amount what they cost."""

    do: Literal["refund"]
    order_id: int
    lines: list[_Returned] = []
    amount: Decimal | None = Field(None, ge=0)
    note: str | None = None

    def run(self, change: Change) -> Row:  # noqa: D102
        lines = [line.model_dump() for line in self.lines]
        made = refunds.refund(change, self.order_id, lines, amount=self.amount, note=self.note)
        return {"order_id": self.order_id, "refund_id": made}


class EditOrder(_Form):
    """The merchant changes quantities of an order's lines, or adds lines."""

    do: Literal["edit_order"]
    order_id: int
    lines: list[_Edited] = []
    add: list[_Sold] = []

    def run(self, change: Change) -> Row:  # noqa: D102
        lines = [line.model_dump() for line in self.lines]
        orders.edit(change, self.order_id, lines, [line.model_dump() for line in self.add])
        return {"order_id": self.order_id, "line_item_ids": _lines(change, self.order_id)}


class DeleteProduct(_Form):
    """The merchant deletes a product."""

    do: Literal["delete_product"]
    product_id: int

    def run(self, change: Change) -> Row:  # noqa: D102
        if change.get("products", self.product_id) is None:
            raise RefusedError("Product does not exist", ["product_id"])
        products.remove(change, self.product_id)
        return {"product_id": self.product_id}


class DeleteOrder(_Form):
    """The merchant deletes an order."""

    do: Literal["delete_order"]
    order_id: int

    def run(self, change: Change) -> Row:  # noqa: D102
        orders.remove(change, self.order_id)
        return {"order_id": self.order_id}


class _Person(_Form):
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    tags: list[str] | None = None

    def wanted(self) -> Row:
        """What was given, by the names of CustomerInput."""
        names = {"first_name": "firstName", "last_name": "lastName"}
        given = self.model_dump(include=set(_Person.model_fields), exclude_unset=True)
        return {names.get(name, name): value for name, value in given.items()}


class CreateCustomer(_Person):
    """Somebody opens an account."""

    do: Literal["create_customer"]

    def run(self, change: Change) -> Row:  # noqa: D102
        return {"customer_id": customers.add(change, self.wanted())}


class UpdateCustomer(_Person):
    """A customer changes what they told of themselves."""

    do: Literal["update_customer"]
    customer_id: int

    def run(self, change: Change) -> Row:  # noqa: D102
        customers.alter(change, self.customer_id, self.wanted())
        return {"customer_id": self.customer_id}


class RedactCustomer(_Form):
    """A customer demands that their data be erased."""

    do: Literal["redact_customer"]
    customer_id: int

    def run(self, change: Change) -> Row:  # noqa: D102
        return {
            "customer_id": self.customer_id,
            "order_ids": customers.redact(change, self.customer_id),
        }


class LateUpdate(_Form):
    """Things get a new `updated_at`: those named, or `n` drawn with `seed`; ties if it is given."""

    do: Literal["late_update"]
    resource: Literal["orders", "customers", "products"] = "orders"
    n: PositiveInt = 1
    ids: list[int] | None = None
    updated_at: AwareDatetime | None = None
    seed: int = 0

    def run(self, change: Change) -> Row:  # noqa: D102
        every = f"SELECT id FROM store.{self.resource} ORDER BY id"  # noqa: S608
        known = [row["id"] for row in change.rows(every)]
        drawn = random.Random(self.seed).sample(known, min(self.n, len(known)))  # noqa: S311
        chosen = [id for id in self.ids if id in set(known)] if self.ids is not None else drawn
        at = self.updated_at or change.at
        for id in chosen:
            change.announce(_UPDATED[self.resource], id)
        change.cursor.execute(
            f"UPDATE store.{self.resource} SET updated_at = TIMESTAMPTZ {literal(_iso(at))}"  # noqa: S608
            f" WHERE id IN ({', '.join(map(str, chosen)) or 'NULL'})"
        )
        return {"ids": sorted(chosen), "updated_at": _iso(at)}


Form = (
    PlaceOrder
    | Pay
    | CancelOrder
    | Refund
    | EditOrder
    | DeleteProduct
    | DeleteOrder
    | CreateCustomer
    | UpdateCustomer
    | RedactCustomer
    | LateUpdate
)
FORMS: TypeAdapter[Form] = TypeAdapter(Annotated[Form, Field(discriminator="do")])


def done(change: Change, form: Form) -> Row:
    """Do it: the ids of what it touched, `updated_at` and the event's id; raises RefusedError."""
    result: dict[str, Any] = {"updated_at": _iso(change.at), "event_id": change.event_id}
    return result | form.run(change)


def _lines(change: Change, order: int) -> list[int]:
    statement = f"SELECT id FROM store.line_items WHERE order_id = {order} ORDER BY position"  # noqa: S608
    return [row["id"] for row in change.rows(statement)]


def _iso(moment: datetime) -> str:
    return moment.isoformat()
