"""What the merchant does with products, and customers with their accounts: one small form each.

Doing it is the business of `writes/`.
"""

from typing import Literal

from nerdx_pipelines.demo.store.changes.form import ChangeForm
from nerdx_pipelines.demo.store.writes import customers, products
from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row


class DeleteProduct(ChangeForm):
    """The merchant deletes a product."""

    do: Literal["delete_product"]
    product_id: int

    def run(self, change: Change) -> Row:  # noqa: D102
        if change.get("products", self.product_id) is None:
            raise RefusedError("Product does not exist", ["product_id"])
        products.remove(change, self.product_id)
        return {"product_id": self.product_id}


class _Person(ChangeForm):
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


class RedactCustomer(ChangeForm):
    """A customer demands that their data be erased."""

    do: Literal["redact_customer"]
    customer_id: int

    def run(self, change: Change) -> Row:  # noqa: D102
        return {
            "customer_id": self.customer_id,
            "order_ids": customers.redact(change, self.customer_id),
        }
