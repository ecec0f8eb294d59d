"""Webhook bodies of a few orders in many versions."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 1, tzinfo=UTC)


def paid(order: int, dice: random.Random) -> dict[str, Any]:
    """A version of the order, as orders/paid and orders/updated have it."""
    updated = START + timedelta(seconds=dice.randint(10**5, 10**6))
    lines = [
        {
            "id": 100 * order + number,
            "product_id": 7 + order % 3,
            "variant_id": 70 + order % 3,
            "title": 'Lamp – 8 \u2028 "é"',
            "sku": None,
            "quantity": dice.randint(1, 5),
            "price": "29.99",
            "gift_card": False,
            "discount_allocations": [],
            "tax_lines": [],
        }
        for number in range(1 + order % 3)
    ]
    return {
        "id": order,
        "name": f"#{order}",
        "customer": {"id": 500 + order % 4},
        "processed_at": (START + timedelta(hours=order)).isoformat(),
        "created_at": (START + timedelta(hours=order)).isoformat(),
        "updated_at": updated.isoformat(),
        "cancelled_at": None,
        "financial_status": "paid",
        "test": False,
        "taxes_included": False,
        "currency": "EUR",
        "presentment_currency": "EUR",
        "total_price": f"{29.99 * len(lines):.2f}",
        "line_items": lines,
        "refunds": [],
    }
