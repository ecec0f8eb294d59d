"""The address of a shop, from what a person writes in SHOPIFY_SHOP_URL.

Paths below it belong to whoever asks for them.
"""

from urllib.parse import urlsplit

from nerdx_pipelines.errors import ConfigError


def base_url(shop_url: str) -> str:
    """Scheme and host of `shop_url`, a domain or a full URL. Raises ConfigError if it is neither.

    A path or a slash at the end, as copied from a browser, is left out.
    """
    try:
        parts = urlsplit(shop_url if "://" in shop_url else f"https://{shop_url}")
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:  # such as a bracket that is not closed
        usable = False
    if not usable:
        raise ConfigError(
            f"SHOPIFY_SHOP_URL is {shop_url!r}: give a domain such as your-shop.myshopify.com, "
            "or a full URL."
        )
    return f"{parts.scheme}://{parts.netloc}"
