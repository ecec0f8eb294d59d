"""Questions to a shop by ShopifyAPI, Shopify's Python client: `python ask_shopifyapi.py TOKEN`.

Run by the Python that ShopifyAPI is installed in; prints the answers as one JSON object.
"""

import json
import sys

import shopify

QUERY = "query($first: Int!) { orders(first: $first) { nodes { id name } } }"


def main(token: str) -> None:
    session = shopify.Session("demo.myshopify.com", "2026-10", token)
    shopify.ShopifyResource.activate_session(session)
    orders, pages = [], 0
    page = shopify.Order.find(limit=250, status="any")
    while True:
        orders += [(order.id, order.name, len(order.line_items)) for order in page]
        pages += 1
        if not page.has_next_page():
            break
        page = page.next_page()
    products = shopify.Product.find(limit=250)
    one = shopify.Product.find(products[0].id)
    print(
        json.dumps(
            {
                "shop": shopify.Shop.current().to_dict(),
                "orders": orders,
                "pages": pages,
                "products": [(product.id, product.title) for product in products],
                "one": [one.id, len(one.variants)],
                "graphql": json.loads(shopify.GraphQL().execute(QUERY, {"first": 3})),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
