"""Creating a product in the shop, so that a retry never makes two.

The retry may be the client's, after a lost answer, or a person's; stock is in `inventory.py`.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from nerdx_pipelines.errors import ShopifyError
from nerdx_pipelines.shopify.documents import operation
from nerdx_pipelines.shopify.ids import number_of
from nerdx_pipelines.shopify.transport.client import ShopifyClient
from nerdx_pipelines.shopify.user_errors import ShopifyUserError, user_errors

HANDLES = 50  # products of one title before their names must differ


@dataclass(frozen=True)
class NewProduct:
    """A product with one variant; `price` in the shop's currency, `description` plain text."""

    title: str
    price: Decimal
    description: str = ""
    product_type: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()

    @property
    def description_html(self) -> str:
        """The description as Shopify keeps it."""
        return html.escape(self.description, quote=False).replace("\n", "<br>\n")

    def input(self, handle: str) -> dict[str, Any]:
        """Its ProductSetInput, with the option that Shopify gives a product without options."""
        values = {
            "title": self.title,
            "handle": handle,
            "descriptionHtml": self.description_html,
            "productType": self.product_type,
            "tags": list(self.tags),
            "productOptions": [{"name": "Title", "values": [{"name": "Default Title"}]}],
            "variants": [
                {
                    "optionValues": [{"optionName": "Title", "name": "Default Title"}],
                    "price": str(self.price),
                }
            ],
        }
        # Without one, Shopify takes the shop's name.
        return values | ({"vendor": self.vendor} if self.vendor else {})

    def is_in(self, product: Mapping[str, Any]) -> bool:
        """Whether a product of the shop is what was asked for."""
        variants = product["variants"]["nodes"]
        return (
            product["title"] == self.title
            and _plain(product["descriptionHtml"] or "") == _plain(self.description_html)
            and (product["productType"] or "") == self.product_type
            and (not self.vendor or product["vendor"] == self.vendor)
            and {tag.casefold() for tag in product["tags"]} == {t.casefold() for t in self.tags}
            and len(variants) == 1
            and self._costs(Decimal(str(variants[0]["price"])))
        )

    def _costs(self, price: Decimal) -> bool:
        """Whether the shop's price is this one, rounded as the shop rounds."""
        return self.price.quantize(price, ROUND_HALF_UP) == price


def new_product(
    title: str,
    description: str = "",
    product_type: str = "",
    vendor: str = "",
    price: Decimal | str | int | float = 0,
    tags: Iterable[str] | str = (),
) -> NewProduct:
    """A product from what a person typed; `tags` a list, or text with commas.

    Raises ShopifyError for an empty title, or a price that is negative or no number.
    """
    if not title.strip():
        raise ShopifyError("A product needs a title.")
    try:
        amount = Decimal(str(price))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise ShopifyError(f"The price {price!r} is no amount of money; give one such as 19.90.")
    names = ",".join([tags] if isinstance(tags, str) else tags).split(",")  # as Shopify reads them
    return NewProduct(
        title.strip(),
        amount,
        description,
        product_type.strip(),
        vendor.strip(),
        tuple(dict.fromkeys(name.strip() for name in names if name.strip())),
    )


def create_product(client: ShopifyClient, product: NewProduct) -> dict[str, Any]:
    """Create it, price and all, in one mutation, and say what it has become.

    The shop keeps handles unique, and refuses a second product of the same handle: so the handle
    is made from the title, and a product of exactly these values that has it already is the
    answer, `created` false. Other products that have it move it on to `-2`, `-3`, …
    """
    base = handle_of(product.title)
    for number in range(1, HANDLES + 1):
        handle = base if number == 1 else f"{base}-{number}"
        known = _by_handle(client, handle)
        free = known is None
        if free:
            made = _create(client, product, handle)
            if made:
                return _said(made, created=True)
            # Taken since: by a try of ours whose answer was lost, or by somebody else's product.
            known = _by_handle(client, handle)
        if known and product.is_in(known):
            return _said(known, created=free)
    raise ShopifyError(
        f"The shop has {HANDLES} products called {product.title!r}; give this one another title."
    )


def handle_of(title: str) -> str:
    """The title as Shopify writes it in addresses: `Linen shirt, 2nd` -> `linen-shirt-2nd`."""
    plain = unicodedata.normalize("NFKD", title)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    words = re.sub(r"[^\w]+|_+", "-", plain).strip("-")
    return words[:200].strip("-") or "product"


def _plain(text: str) -> str:
    """The words of an HTML text: the shop may write the same in other tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def _by_handle(client: ShopifyClient, handle: str) -> dict[str, Any] | None:
    data = client.execute(operation("push", "ProductByHandle"), {"handle": handle})
    found: dict[str, Any] | None = data["product"]
    return found


def _create(client: ShopifyClient, product: NewProduct, handle: str) -> dict[str, Any] | None:
    """The new product; None if another one has the handle."""
    text = operation("push", "CreateProduct")
    answer = client.execute(text, {"product": product.input(handle)})["productSet"]
    errors = user_errors(answer)
    if any(error.code == "HANDLE_NOT_UNIQUE" for error in errors):
        return None
    if errors:
        raise ShopifyUserError(f"The shop did not take the product {product.title!r}", errors)
    made: dict[str, Any] = answer["product"]
    return made


def _said(product: Mapping[str, Any], *, created: bool) -> dict[str, Any]:
    (variant, *_) = product["variants"]["nodes"]
    return {
        "product_id": number_of(product["id"]),
        "variant_id": number_of(variant["id"]),
        "title": product["title"],
        "handle": product["handle"],
        "price": Decimal(str(variant["price"])),
        "created": created,
    }
