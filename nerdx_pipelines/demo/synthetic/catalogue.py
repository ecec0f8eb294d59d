"""What there is to sell: products of several types and vendors, with variants and prices.

Drawn once, as arrays with one element a product or variant. What is written about them is
`contents.py`; who buys is `sales.py`.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from nerdx_pipelines.demo.synthetic import columns
from nerdx_pipelines.demo.synthetic.calendar import DAY, Calendar
from nerdx_pipelines.demo.synthetic.columns import Floats, Ints

PRODUCTS, DELETED = 300, 8
# Type: median price in dollars, nouns, names of variants.
TYPES: dict[str, tuple[float, list[str], list[str]]] = {
    "Keyboards": (140, ["Keyboard", "Numpad", "Keycap Set"], ["Linear", "Tactile", "Clicky"]),
    "Audio": (110, ["Headphones", "Earbuds", "Microphone", "Speaker"], ["Black", "Sand"]),
    "Lighting": (65, ["Desk Lamp", "Light Bar", "Clock Light"], ["Warm", "Cool"]),
    "Desk": (48, ["Desk Mat", "Monitor Riser", "Cable Tray", "Footrest"], ["Oak", "Ash", "Walnut"]),
    "Apparel": (42, ["Tee", "Hoodie", "Cap", "Socks"], ["S", "M", "L", "XL"]),
    "Books": (32, ["Notebook", "Field Guide", "Planner"], ["Dotted", "Ruled"]),
    "Games": (55, ["Puzzle", "Card Game", "Model Kit"], ["Standard", "Deluxe"]),
    "Coffee": (28, ["Filter Blend", "Espresso Blend", "Brewer"], ["250 g", "500 g", "1 kg"]),
}
ADJECTIVES = [
    "Quiet",
    "Daily",
    "Northern",
    "Coral",
    "Harbour",
    "Midnight",
    "Paper",
    "Copper",
    "Wattle",
    "Banksia",
    "Mellow",
    "Rapid",
    "Solar",
    "Velvet",
    "Granite",
    "Tidal",
    "Amber",
    "Cobalt",
    "Fern",
    "Lunar",
    "Pocket",
    "Grand",
    "Open",
    "Silver",
    "Slow",
    "Urban",
    "Wild",
    "Zen",
]
VENDORS = ["NERDX", "Lumen & Co", "Kōan", "Bondi Works", "Fjäll", "Pixel Foundry", "Kettle", "Åre"]


@dataclass(frozen=True)
class Catalogue:
    """Products (the last `DELETED` are gone from the shop) and their variants, as arrays.

    The variants of product p are `first_variant[p]` … `first_variant[p + 1] - 1`; prices are
    cents, `popularity` sums to 1.
    """

    ids: Ints
    titles: list[str]
    types: Ints
    prices: Ints
    popularity: Floats
    first_variant: Ints
    variant_ids: Ints
    variant_prices: Ints

    @property
    def gift(self) -> int:
        """The product given away."""
        return 0

    @property
    def for_sale(self) -> Floats:
        """Popularity of what is still in the shop, summing to 1."""
        kept = self.popularity * (np.arange(len(self.ids)) < PRODUCTS)
        weights: Floats = kept / kept.sum()
        return weights


def draw(
    rng: np.random.Generator, aside: np.random.Generator, calendar: Calendar
) -> tuple[Catalogue, dict[str, pa.Table]]:
    """A catalogue and its tables, products and product_variants, without the deleted.

    What things cost the shop is drawn `aside`.
    """
    n = PRODUCTS + DELETED
    names = list(TYPES)
    nouns = [(kind, noun) for kind, name in enumerate(names) for noun in TYPES[name][1]]
    drawn = rng.permutation(len(nouns) * len(ADJECTIVES))[:n]
    types = np.array([nouns[i % len(nouns)][0] for i in drawn])
    titles = [f"{ADJECTIVES[i // len(nouns)]} {nouns[i % len(nouns)][1]}" for i in drawn]
    dollars = np.array([TYPES[name][0] for name in names])[types] * rng.lognormal(0, 0.45, n)
    prices = np.ceil(np.maximum(dollars, 4)).astype(np.int64) * 100
    prices -= rng.choice([0, 1, 5, 50], n, p=[0.3, 0.15, 0.4, 0.15])
    titles[0], prices[0] = "Sticker Sheet", 450
    titles[1:3] = ["Gift Card, $50", "Gift Card, $100"]
    prices[1:3] = [5_000, 10_000]
    status = rng.choice(["ACTIVE", "DRAFT", "ARCHIVED"], n, p=[0.92, 0.03, 0.05])
    status[:3] = "ACTIVE"
    popularity = rng.permutation(np.arange(1, n + 1) ** -0.9) * rng.lognormal(0, 0.3, n)
    popularity *= np.select([status == "DRAFT", status == "ARCHIVED"], [0, 0.3], 1)
    popularity[:3] = popularity.mean() * np.array([0.5, 1, 0.5])

    several = rng.random(n) < 0.35
    several[:3] = False
    options = [TYPES[names[kind]][2] if many else ["Default Title"]
               for kind, many in zip(types, several, strict=True)]  # fmt: skip
    sizes = np.array([len(option) for option in options])
    product_of = np.repeat(np.arange(n), sizes)
    first = np.concatenate([[0], np.cumsum(sizes)])
    dearer = rng.choice([0, 0, 0, 500, 1_000], len(product_of)) * (sizes > 1)[product_of]
    ids = columns.new_ids(rng, n, 7_900_000_000_000)
    ids[:PRODUCTS], ids[PRODUCTS:] = np.roll(ids, -DELETED)[:PRODUCTS], ids[:DELETED].copy()
    catalogue = Catalogue(
        ids, titles, types, prices, popularity / popularity.sum(), first,
        columns.new_ids(rng, len(product_of), 43_100_000_000_000), prices[product_of] + dearer,
    )  # fmt: skip

    created = calendar.first - rng.integers(30, 900, n) * DAY + rng.integers(0, DAY, n)
    updated = created + ((calendar.end - created) * rng.random(n)).astype(np.int64)
    gift_card = np.isin(np.arange(n), [1, 2])
    products = pa.table(
        {
            "product_id": columns.integers(ids),
            "title": columns.text(titles),
            "product_type": columns.text(np.where(gift_card, "Gift Cards", np.array(names)[types])),
            "vendor": columns.text(rng.choice(VENDORS, n)),
            "price": columns.money(prices),
            "status": columns.text(status),
            "created_at": columns.instants(created),
            "updated_at": columns.instants(updated),
            "gift_card": columns.flags(gift_card),
        }
    ).slice(0, PRODUCTS)
    labels = [label for option in options for label in option]
    stock = rng.poisson(40, len(product_of)) * (rng.random(len(product_of)) > 0.04)
    costs = (catalogue.variant_prices * aside.beta(9, 12, n)[product_of]).astype(np.int64)
    unknown = (aside.random(n) < 0.04)[product_of] | gift_card[product_of]
    skus = [f"NX-{p:03d}-{v - first[p]}" for v, p in enumerate(product_of)]
    variants = pa.table(
        {
            "variant_id": columns.integers(catalogue.variant_ids),
            "product_id": columns.integers(ids[product_of]),
            "title": columns.text(labels),
            "sku": columns.text(skus),
            "price": columns.money(catalogue.variant_prices),
            "inventory_quantity": columns.integers(stock),
            "unit_cost": columns.money(costs, unknown),
        }
    ).slice(0, first[PRODUCTS])
    return catalogue, {"products": products, "product_variants": variants}
