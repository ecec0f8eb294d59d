"""Bodies of webhooks, with as few keys as the project reads."""

from typing import Any

Body = dict[str, Any]
AT = "2026-03-10T12:00:00+01:00"


def item(number: int, **fields: Any) -> Body:
    return {
        "id": number,
        "title": "Lamp",
        "sku": None,
        "quantity": 2,
        "gift_card": False,
        "product_id": 7,
        "variant_id": 8,
        "price": "10.00",
        "discount_allocations": [],
        "tax_lines": [],
        **fields,
    }


def order(number: int, at: str = AT, **fields: Any) -> Body:
    return {
        "id": number,
        "name": f"#{number}",
        "customer": {"id": 5, "email": "ann@example.com"},
        "processed_at": AT,
        "created_at": AT,
        "updated_at": at,
        "cancelled_at": None,
        "cancel_reason": None,
        "financial_status": "paid",
        "source_name": "web",
        "test": False,
        "taxes_included": False,
        "currency": "EUR",
        "presentment_currency": "EUR",
        "total_price": "20.00",
        "line_items": [item(10 * number + 1)],
        "refunds": [],
        **fields,
    }


def refund(number: int, of: int, line: int, amount: str = "10.00", **fields: Any) -> Body:
    return {
        "id": number,
        "order_id": of,
        "created_at": "2026-03-12T12:00:00+01:00",
        "transactions": [
            {"kind": "refund", "status": "success", "amount": amount, "currency": "EUR"}
        ],
        "refund_line_items": [
            {"id": 1, "line_item_id": line, "quantity": 1, "subtotal": 10.0, "total_tax": 0.0}
        ],
        **fields,
    }


def product(number: int, at: str = AT, variants: int = 1, **fields: Any) -> Body:
    return {
        "id": number,
        "title": "Lamp",
        "handle": "lamp",
        "product_type": "Light",
        "vendor": "Lumen",
        "status": "active",
        "tags": "new, red",
        "created_at": AT,
        "updated_at": at,
        "published_at": AT,
        "variants": [
            {
                "id": 1000 * number + n,
                "title": str(n),
                "sku": None,
                "price": "10.00",
                "inventory_quantity": 3,
                "updated_at": AT,
                "inventory_item_id": 2000 * number + n,
            }
            for n in range(min(variants, 100))
        ],
        "variant_gids": [
            {"admin_graphql_api_id": f"gid://shopify/ProductVariant/{1000 * number + n}"}
            for n in range(variants)
        ],
        **fields,
    }


def customer(number: int, at: str = AT, **fields: Any) -> Body:
    email = f"{number}@example.com"
    return {"id": number, "email": email, "created_at": AT, "updated_at": at, **fields}
