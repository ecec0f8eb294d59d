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
    orders = pages_of(shopify.Order, status="any")
    products = pages_of(shopify.Product)
    one = shopify.Product.find(products[0][0].id)
    print(
        json.dumps(
            {
                "shop": shopify.Shop.current().to_dict(),
                "orders": [
                    (order.id, order.name, len(order.line_items))
                    for page in orders
                    for order in page
                ],
                "pages": len(orders),
                "products": [(product.id, product.title) for page in products for product in page],
                "one": [one.id, len(one.variants)],
                "graphql": json.loads(shopify.GraphQL().execute(QUERY, {"first": 3})),
            }
        )
    )


def pages_of(resource, **search):
    page = resource.find(limit=250, **search)
    pages = [page]
    while page.has_next_page():
        page = page.next_page()
        pages.append(page)
    return pages


if __name__ == "__main__":
    main(sys.argv[1])
