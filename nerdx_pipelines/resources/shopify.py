"""The shop as a Dagster resource; the connector itself is in `shopify/`."""

import dagster as dg
from pydantic import SecretStr

from nerdx_pipelines.shopify.client import ShopifyClient


class ShopifyResource(dg.ConfigurableResource[ShopifyClient]):
    """Gives assets a `ShopifyClient`."""

    shop_url: str
    access_token: str
    api_version: str

    def create_resource(self, context: dg.InitResourceContext) -> ShopifyClient:
        """The client. Raises ConfigError when the shop or the token is not set."""
        return ShopifyClient(self.shop_url, SecretStr(self.access_token), self.api_version)
