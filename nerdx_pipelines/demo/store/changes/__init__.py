"""What merchants and buyers do in a shop, for demos and tests to do it: one small form each.

The forms are read here and done by `writes/`; the address they are posted to is in `control.py`.
"""

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from nerdx_pipelines.demo.store.changes.goods_and_people import (
    CreateCustomer,
    DeleteProduct,
    RedactCustomer,
    UpdateCustomer,
)
from nerdx_pipelines.demo.store.changes.late import LateUpdate
from nerdx_pipelines.demo.store.changes.orders import (
    CancelOrder,
    DeleteOrder,
    EditOrder,
    Pay,
    PlaceOrder,
    Refund,
)
from nerdx_pipelines.demo.store.writes.change import Change, Row

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
    result: dict[str, Any] = {"updated_at": change.at.isoformat(), "event_id": change.event_id}
    return result | form.run(change)
