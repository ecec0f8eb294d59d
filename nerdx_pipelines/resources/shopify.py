"""The shop as a Dagster resource, for assets and for people; the connector is in `shopify/`."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field, SecretStr

from nerdx_pipelines.settings import load_settings
from nerdx_pipelines.shopify import inventory, push
from nerdx_pipelines.shopify.reader import Reader
from nerdx_pipelines.shopify.transport.auth import token_source
from nerdx_pipelines.shopify.transport.client import ShopifyClient

Row = dict[str, Any]
When = datetime | date | str | None


class ShopifyResource(dg.ConfigurableResource[ShopifyClient]):
    """Gives assets a `ShopifyClient`, and answers whoever makes one by hand.

    `ShopifyResource(shop_url="your-shop.myshopify.com", access_token="shpat_…").sync_orders()`
    needs no Dagster run. Rows are dicts with the columns of `staging`: ids int, money Decimal,
    times with zone UTC. Times given may be a datetime, a date or ISO text; without a zone they are
    in the shop's. Every call raises ShopifyError, or ConfigError for what was not configured.
    """

    shop_url: str
    # Not in the repr: made by hand, these are the secrets themselves.
    access_token: str = Field(default="", repr=False)
    client_id: str = ""
    client_secret: str = Field(default="", repr=False)
    api_version: str = "2026-10"
    token_file: str = ""  # keeps what client credentials get, encrypted; empty: the data dir's

    def create_resource(self, context: dg.InitResourceContext) -> ShopifyClient:
        """The client. Raises ConfigError when the shop or its credentials are not set."""
        return self.client

    @cached_property
    def client(self) -> ShopifyClient:
        """The client that all calls share, and with it their pacing."""
        shop_url = _value(self.shop_url)
        source = token_source(
            shop_url,
            SecretStr(_value(self.access_token)),
            _value(self.client_id),
            SecretStr(_value(self.client_secret)),
            Path(self.token_file) if self.token_file else load_settings().token_path,
        )
        return ShopifyClient(shop_url, source, self.api_version)

    def sync_products(self, limit: int | None = None, updated_after: When = None) -> list[Row]:
        """Products, each with its `variants`, by id; at most `limit`."""
        return self._reader.products(limit, updated_after)

    def sync_customers(self, limit: int | None = None, updated_after: When = None) -> list[Row]:
        """Customers by id; at most `limit`."""
        return self._reader.customers(limit, updated_after)

    def sync_orders(
        self,
        status: str = "any",
        created_after: When = None,
        created_before: When = None,
        updated_after: When = None,
        limit: int | None = None,
    ) -> list[Row]:
        """Orders, each with `line_items` and `refunds`, by id; at most `limit`.

        `status` is any, open, closed or cancelled. Raises ShopifyError rather than leave out what
        a token without read_all_orders cannot see.
        """
        return self._reader.orders(status, created_after, created_before, updated_after, limit)

    def get_sales_analytics(self, start_date: date | str, end_date: date | str) -> Row:
        """Sales of these days, both in, as Shopify's sales report counts them.

        orders, gross_sales, discounts, returns, net_sales and average_order_value in the shop's
        `currency`; the same by currency in `currencies` and by day in `days`; `top_products`.
        """
        return self._reader.sales(start_date, end_date)

    def get_shop_info(self) -> Row:
        """shop_id, name, domain, url, email, currency, time_zone, plan, scopes, api_version."""
        return dict(self._reader.shop)

    def create_product(
        self,
        title: str,
        description: str = "",
        product_type: str = "",
        vendor: str = "",
        price: Decimal | str | int | float = 0,
        tags: Iterable[str] | str = (),
    ) -> Row:
        """Create a product; exactly the same one is not created twice, `created` says which.

        Returns product_id, variant_id, title, handle, price and created.
        """
        product = push.new_product(title, description, product_type, vendor, price, tags)
        return push.create_product(self.client, product)

    def update_product_inventory(
        self,
        product_id: int | str,
        variant_id: int | str,
        quantity: int,
        location: int | str | None = None,
        key: str | None = None,
    ) -> Row:
        """Set what is available of a variant, at its only location or the one named.

        `key` makes a later repetition of this very change known to the shop. Returns product_id,
        variant_id, location_id, location, previous_quantity, quantity and changed.
        """
        return inventory.update_product_inventory(
            self.client, product_id, variant_id, quantity, location, key
        )

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.client)


def _value(setting: str) -> str:
    """The value; of an EnvVar that of the variable, which Dagster itself looks up in runs only."""
    return (setting.get_value() or "") if isinstance(setting, dg.EnvVar) else setting
