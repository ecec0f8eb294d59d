"""Customers: created, changed, deleted, and their personal data erased.

Their orders are in `orders.py`.
"""

import re
from typing import Any

from nerdx_pipelines.demo.store.writes.change import Change, RefusedError, Row
from nerdx_pipelines.demo.store.writes.ids import gid, number
from nerdx_pipelines.sql import literal

_COLUMNS = {
    "email": "email",
    "firstName": "first_name",
    "lastName": "last_name",
    "tags": "tags",
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def create(change: Change, given: Row) -> Row:
    """The payload of customerCreate; raises RefusedError."""
    wanted = given["input"]
    if wanted.get("id") is not None:
        raise RefusedError("Cannot specify ID on creation", ["id"])
    return {"customer": add(change, wanted), "userErrors": []}


def add(change: Change, wanted: Row) -> int:
    """A new customer; raises RefusedError."""
    if not any(wanted.get(name) for name in ("email", "firstName", "lastName")):
        raise RefusedError("A name, phone number, or email address must be present")
    values = {"tags": [], **_values(change, wanted)}
    customer = change.insert(
        "customers", **values, created_at=change.at, updated_at=change.at, redacted=False
    )
    change.announce("CUSTOMERS_CREATE", customer)
    return customer


def update(change: Change, given: Row) -> Row:
    """The payload of customerUpdate; raises RefusedError."""
    wanted = given["input"]
    if wanted.get("id") is None:
        raise RefusedError("Customer does not exist", ["id"])
    customer = number("Customer", wanted["id"])
    alter(change, customer, wanted)
    return {"customer": customer, "userErrors": []}


def alter(change: Change, customer: int, wanted: Row) -> None:
    """New values for what `wanted` names; raises RefusedError."""
    _existing(change, customer, "Customer does not exist")
    change.update("customers", customer, **_values(change, wanted, customer))
    change.announce("CUSTOMERS_UPDATE", customer)


def delete(change: Change, given: Row) -> Row:
    """The payload of customerDelete; raises RefusedError."""
    customer = number("Customer", given["input"]["id"])
    remove(change, customer)
    shop = change.shop_id
    return {"deletedCustomerId": gid("Customer", customer), "shop": shop, "userErrors": []}


def remove(change: Change, customer: int) -> None:
    """Delete a customer who never ordered; raises RefusedError."""
    _existing(change, customer, "Customer can't be found")
    orders = f"(SELECT count(*) FROM store.orders WHERE customer_id = {customer})"  # noqa: S608
    if change.scalar(orders):
        message = "Customer can’t be deleted because they have associated orders"
        raise RefusedError(message, ["id"])
    change.delete("customers", f"id = {customer}")
    change.destroyed("CUSTOMER", "CUSTOMERS_DELETE", customer, "Customer was deleted.")


def redact(change: Change, customer: int) -> list[int]:
    """Erase a customer's personal data, here and in their orders; the ids of those orders."""
    row = _existing(change, customer, "Customer can't be found")
    orders = [
        found["id"]
        for found in change.rows(
            f"SELECT id FROM store.orders WHERE customer_id = {customer} ORDER BY id"  # noqa: S608
        )
    ]
    domain = change.scalar("(SELECT myshopify_domain FROM store.shop)")
    change.announce(
        "CUSTOMERS_REDACT",
        customer,
        {
            "shop_id": change.shop_id,
            "shop_domain": domain,
            "customer": {"id": customer, "email": row["email"], "phone": None},
            "orders_to_redact": orders,
        },
    )
    change.update("customers", customer, email=None, first_name=None, last_name=None, redacted=True)
    change.cursor.execute(
        f"UPDATE store.orders SET email = NULL WHERE customer_id = {customer}"  # noqa: S608
    )
    return orders


def _existing(change: Change, customer: int, message: str) -> Row:
    row = change.get("customers", customer)
    if row is None:
        raise RefusedError(message, ["id"])
    return row


def _values(change: Change, wanted: Row, own: int | None = None) -> dict[str, Any]:
    values = {column: wanted[name] or None for name, column in _COLUMNS.items() if name in wanted}
    if "tags" in values:
        values["tags"] = values["tags"] or []
    email = values.get("email")
    if email is not None:
        if not _EMAIL.fullmatch(email):
            raise RefusedError("Email is invalid", ["email"])
        others = change.rows(
            f"SELECT id FROM store.customers WHERE lower(email) = lower({literal(email)})"  # noqa: S608
        )
        if any(row["id"] != own for row in others):
            raise RefusedError("Email has already been taken", ["email"])
    return values
