"""The webhook topics that the project hears; kept apart, so that naming them costs no import."""

TOPICS = (
    "orders/paid",
    "orders/updated",
    "orders/cancelled",
    "refunds/create",
    "customers/create",
    "customers/update",
    "products/update",
    "products/delete",
)
