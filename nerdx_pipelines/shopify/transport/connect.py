"""The client that the settings describe.

For whoever has settings; the parts it is put together from are in `client.py` and `auth.py`.
"""

from nerdx_pipelines.settings import Settings
from nerdx_pipelines.shopify.transport.auth import token_source
from nerdx_pipelines.shopify.transport.client import ATTEMPTS, ShopifyClient, check_set


def connect(settings: Settings, attempts: int = ATTEMPTS) -> ShopifyClient:
    """A client of the shop in the settings; nothing is sent before the first call.

    Raises ConfigError if the shop is not set, or not exactly one kind of credentials for it.
    """
    shop_url = check_set("SHOPIFY_SHOP_URL", settings.shop_url)
    source = token_source(
        shop_url,
        settings.access_token,
        settings.client_id,
        settings.client_secret,
        settings.token_path,
        attempts,
    )
    return ShopifyClient(shop_url, source, settings.api_version, attempts)
