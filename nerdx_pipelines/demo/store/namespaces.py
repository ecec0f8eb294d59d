"""The namespaces of metafields: how an app's own are written, and which are not an app's.

`$app` and no namespace at all stand for the app's own, as in Shopify's Admin API.
"""

APP = "app--1"
RECOMMENDATIONS = "shopify--discovery--product_recommendation"
# Shopify keeps these for itself; of `shopify--` an app may write what a standard definition names.
RESERVED = frozenset({"shopify_standard", "protected", "shopify-l10n-fields"})


def whole(namespace: str | None) -> str:
    """The namespace that a request names, written in full."""
    if namespace is None or namespace == "$app":
        return APP
    return namespace.replace("$app:", f"{APP}--", 1)
