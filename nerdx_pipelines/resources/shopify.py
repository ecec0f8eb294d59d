"""The shop as a Dagster resource; the connector itself is in `shopify/`."""

import dagster as dg
from pydantic import SecretStr

from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.shopify.client import ShopifyClient


class ShopifyResource(dg.ConfigurableResource[ShopifyClient]):
    """Gives assets a `ShopifyClient`; nothing is sent before the first call."""

    shop_url: str
    access_token: str
    api_version: str

    def create_resource(self, context: dg.InitResourceContext) -> ShopifyClient:
        """The client. Raises ConfigError when the shop or the token is not set."""
        for name, value in (
            ("SHOPIFY_SHOP_URL", self.shop_url),
            ("SHOPIFY_ACCESS_TOKEN", self.access_token),
        ):
            if not value:
                raise ConfigError(
                    f"{name} is not set: put the shop's into .env (see .env.example), or try "
                    "`nerdx demo`, which brings a store of its own."
                )
        return ShopifyClient(self.shop_url, SecretStr(self.access_token), self.api_version)
