"""What the shop itself saw of how buyers came: visits before an order, most with UTM parameters.

A visit that content led to is a click of the same person a moment later; the clicks themselves
are `audience.py`'s and the orders `sales.py`'s.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from nerdx_pipelines.demo.synthetic import columns
from nerdx_pipelines.demo.synthetic.audience import Touches
from nerdx_pipelines.demo.synthetic.calendar import DAY, HOUR, SECOND, Calendar
from nerdx_pipelines.demo.synthetic.catalogue import Catalogue
from nerdx_pipelines.demo.synthetic.columns import Bools, Ints
from nerdx_pipelines.demo.synthetic.contents import Contents
from nerdx_pipelines.demo.synthetic.sales import Orders

WINDOW, MOST = 30 * DAY, 4  # how long and how many clicks before an order its journey goes back
RECOGNISED = 0.8  # of clicks; the rest came from another device or without consent
TAGGED = 0.92  # of visits from content; the others' links had lost their parameters
PLAIN = 0.35  # orders with a direct or searching visit besides
SEARCHING = 0.4  # of those
LATE = 0.02  # orders whose journey is not ready long after
SHOP_URL, CAMPAIGN, FIRST_ID = (
    "https://nerdx-demo.myshopify.com",
    "nerdx-content",
    33_200_000_000_000,
)
# Of each format: utm_source, referrer, what Shopify calls it.
PLACES = {
    "video": ("youtube", "https://www.youtube.com/", "POST"),
    "blog": ("nerdx-blog", "https://blog.nerdx.example/", "LINK"),
    "social": ("instagram", "https://l.instagram.com/", "POST"),
}


@dataclass(frozen=True)
class _Visits:
    """Visits: order position, instant, content (-1: none) and product landed on (-1: none)."""

    order: Ints
    at: Ints
    content: Ints
    product: Ints


def draw(
    rng: np.random.Generator,
    calendar: Calendar,
    goods: Catalogue,
    published: Contents,
    touches: Touches,
    sold: Orders,
) -> tuple[Bools, pa.Table]:
    """Which orders' journeys are ready, and the table order_visits."""
    visits = _after_clicks(rng, touches, sold)
    plain = np.flatnonzero(rng.random(len(sold.ids)) < PLAIN)
    before = rng.integers(40 * SECOND, HOUR, len(plain)) // SECOND * SECOND
    none = np.full(len(plain), -1)
    visits = _Visits(
        np.concatenate([visits.order, plain]),
        np.concatenate([visits.at, sold.at[plain] - before]),
        np.concatenate([visits.content, none]),
        np.concatenate([visits.product, none]),
    )
    ready = rng.random(len(sold.ids)) >= LATE
    ready &= sold.at < calendar.end - 3 * HOUR
    return ready, _table(rng, goods, published, sold, visits)


def _after_clicks(rng: np.random.Generator, touches: Touches, sold: Orders) -> _Visits:
    """The recognised ones of each buyer's last clicks before each order."""
    clicks = touches.taken(np.flatnonzero(touches.product >= 0))
    # One sorted key of person and second finds an order's clicks by two searches.
    start = min(int(clicks.at.min(initial=2**62)), int(sold.at.min())) // SECOND - WINDOW // SECOND
    span = int(sold.at.max()) // SECOND - start + WINDOW // SECOND
    key = clicks.person * span + np.minimum(clicks.at // SECOND - start, span - 1)
    by_key = np.argsort(key, kind="stable")
    key = key[by_key]
    known = np.flatnonzero(sold.person >= 0)
    until = sold.person[known] * span + sold.at[known] // SECOND - start
    last = np.searchsorted(key, until)  # at least a second before the order
    first = np.maximum(np.searchsorted(key, until - WINDOW // SECOND), last - MOST)
    number = last - first
    order = np.repeat(known, number)
    within = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    click = clicks.taken(by_key[np.repeat(first, number) + within])
    seen = rng.random(len(order)) < RECOGNISED
    order, click = order[seen], click.taken(np.flatnonzero(seen))
    loaded = click.at // SECOND * SECOND + rng.integers(1, 5, len(order)) * SECOND
    return _Visits(order, np.minimum(loaded, sold.at[order]), click.content, click.product)


def _table(
    rng: np.random.Generator,
    goods: Catalogue,
    published: Contents,
    sold: Orders,
    visits: _Visits,
) -> pa.Table:
    n, content = len(visits.order), visits.content
    from_content = content >= 0
    tagged = from_content & (rng.random(n) < TAGGED)
    searched = ~from_content & (rng.random(n) < SEARCHING)
    forms = [name.rsplit("-", 1)[0] for name in published.names]
    sources, referrers, tactics = (
        _texts(each)[content] for each in zip(*(PLACES[form] for form in forms), strict=True)
    )
    queries = _texts(map(_query, published.names, forms))
    pages = _texts([*map(_page, goods.titles, goods.ids.tolist()), SHOP_URL + "/"])
    landing = pages[visits.product] + np.where(tagged, queries[content], "")
    table = pa.table(
        {
            "order_id": columns.integers(sold.ids[visits.order]),
            "visit_id": columns.integers(rng.permutation(columns.new_ids(rng, n, FIRST_ID))),
            "occurred_at": columns.instants(visits.at),
            "landing_page": columns.text(landing),
            "referrer_url": columns.text(
                np.where(from_content, referrers, "https://www.google.com/"),
                ~(from_content | searched),
            ),
            "source": columns.text(
                np.select([tagged, searched], [sources, "google"], "direct"),
                from_content & ~tagged,
            ),
            "source_type": columns.text(np.where(tagged, tactics, "SEO"), ~(tagged | searched)),
            "utm_source": columns.text(sources, ~tagged),
            "utm_medium": columns.text(_texts(forms)[content], ~tagged),
            "utm_campaign": columns.text(np.full(n, CAMPAIGN), ~tagged),
            "utm_content": columns.text(_texts(published.names)[content], ~tagged),
        }
    )
    return table.take(np.lexsort((visits.at, sold.ids[visits.order])))


def _texts(values: Iterable[str]) -> NDArray[np.str_]:
    return np.array(list(values), dtype=object)


def _query(content: str, form: str) -> str:
    parts = {"source": PLACES[form][0], "medium": form, "campaign": CAMPAIGN, "content": content}
    return "?" + "&".join(f"utm_{name}={quote(value)}" for name, value in parts.items())


def _page(title: str, product: int) -> str:
    """The address that the shop gives the product: by the handle of `fill.sql`."""
    handle = re.sub("[^a-z0-9]+", "-", f"{title.lower()}-{product}").lstrip("-")
    return f"{SHOP_URL}/products/{handle}"
