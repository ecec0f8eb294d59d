"""The job that makes a product in the shop for a creator, and tells which contents feature it.

Making it is in `shopify/push.py`; here are the form that the Launchpad shows, what is checked
before anything is sent, and what the warehouse is told.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import dagster as dg
from pydantic import Field

from nerdx_pipelines.errors import ConfigError
from nerdx_pipelines.money import minor_digits
from nerdx_pipelines.shopify import push
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.scopes import granted, missing_for
from nerdx_pipelines.shopify.transport.address import base_url
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.sql import literal, sql
from nerdx_pipelines.warehouse.database import Warehouse, run

CREATE_PRODUCT = "create_product"
LONGEST = 255  # characters of a title, a type, a vendor or a tag, as Shopify has it


class NewProduct(dg.Config):
    """A product with one variant, as a person describes it."""

    title: str = Field(description="What it is called; the handle is made of it.")
    price: str = Field(description="In the shop's currency, such as 19.90.")
    creator: str = Field(
        default="",
        description="On whose behalf it is made: the product's vendor. Default: the shop's name.",
    )
    description: str = Field(default="", description="Plain text.")
    product_type: str = Field(default="", description="Such as Shirts.")
    tags: list[str] = Field(default=[], description="Such as summer.")
    content_ids: list[str] = Field(
        default=[], description="Contents that feature it, by their id in staging.content."
    )


@dg.op(name="create_and_feature")
def _create_and_feature(
    context: dg.OpExecutionContext,
    config: NewProduct,
    shopify: dg.ResourceParam[ShopifyClient],
    warehouse: dg.ResourceParam[Warehouse],
) -> None:
    """Check everything, make the product, have the contents feature it; say where it is."""
    asked = _described(config)
    contents = _known_contents(warehouse, config.content_ids)
    if reason := missing_for(CREATE_PRODUCT, granted(shopify)):
        raise ConfigError(f"Nothing was sent, since {reason}.")
    currency = shopify.execute(operation("shop", "Shop"))["shop"]["currencyCode"]
    _check_price(asked.price, currency)
    done = push.create_product(shopify, asked)
    if contents:
        with warehouse.write() as con:
            con.execute(f"SET VARIABLE contents = [{', '.join(map(literal, contents))}]")
            run(con, "staging/featured_by", product_id=done["product_id"])
    context.add_output_metadata(_told(shopify, done, asked.vendor, currency, contents))


@dg.job(
    name=CREATE_PRODUCT,
    description="Makes a product of one variant in the shop on a creator's behalf, who is its "
    "vendor; no sales channel has it yet. The very same form makes no second one. Contents named "
    "feature it from then on, though the content folder does not say so. Needs write_products.",
)
def create_product() -> None:
    """One op."""
    _create_and_feature()


def _described(config: NewProduct) -> push.NewProduct:
    """The product; raises ConfigError naming the field that cannot be."""
    # The creator is the vendor, neither a tag nor a metafield: it is part of the product itself,
    # made in the same mutation, and what Shopify's own reports and filters know a maker by.
    words = {"title": [config.title], "creator": [config.creator], "tags": config.tags}
    for field, texts in (words | {"product_type": [config.product_type]}).items():
        for text in texts:
            if len(text.strip()) > LONGEST:
                raise ConfigError(f"{field}: more than {LONGEST} characters: {text[:40]!r}…")
    if not config.title.strip():
        raise ConfigError("title: it is empty; give the product a name.")
    if any("," in tag for tag in config.tags):
        raise ConfigError("tags: Shopify parts tags at commas; give each as an item of its own.")
    return push.new_product(
        config.title,
        config.description,
        config.product_type,
        config.creator,
        _amount(config.price),
        config.tags,
    )


def _amount(price: str) -> Decimal:
    try:
        amount = Decimal(price.strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0 or amount >= 10**16:
        raise ConfigError(f"price: {price!r} is no amount of money; give one such as 19.90.")
    return amount


def _check_price(price: Decimal, currency: str) -> None:
    digits = minor_digits(currency)
    if price != round(price, digits):
        raise ConfigError(
            f"price: {price} has more decimals than the shop's currency, {currency}, which has "
            f"{digits}; nothing was sent."
        )


def _known_contents(warehouse: Warehouse, asked: Sequence[str]) -> list[str]:
    """The contents, each once; raises ConfigError naming those that nobody has told of."""
    contents = list(dict.fromkeys(text.strip() for text in asked))
    if not contents:
        return []
    with warehouse.read() as con:
        known = {id for (id,) in con.sql(sql("staging/content_ids")).fetchall()}
    if unknown := [id for id in contents if id not in known]:
        raise ConfigError(
            f"content_ids: there is no content {', '.join(map(repr, unknown))}; staging.content "
            "lists those there are. Nothing was sent."
        )
    return contents


def _told(
    shopify: ShopifyClient,
    done: dict[str, Any],
    vendor: str,
    currency: str,
    contents: Sequence[str],
) -> dict[str, Any]:
    """What the run's page says."""
    admin = f"{base_url(shopify.shop_url)}/admin/products/{done['product_id']}"
    return {
        "product_id": dg.MetadataValue.text(str(done["product_id"])),  # JSON rounds large numbers
        "handle": done["handle"],
        "title": done["title"],
        "creator": vendor or "the shop",
        "price": f"{done['price']} {currency}",
        "created": done["created"],
        "admin": dg.MetadataValue.url(admin),
        "featured_by": ", ".join(contents) or "none",
    }
