"""What is published: videos, blog posts and social posts by creators, and what they feature.

Drawn once, as arrays with one element a content or feature. Who watches is `audience.py`.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from nerdx_pipelines.demo.synthetic import columns
from nerdx_pipelines.demo.synthetic.calendar import DAY, NEVER, Calendar
from nerdx_pipelines.demo.synthetic.catalogue import Catalogue
from nerdx_pipelines.demo.synthetic.columns import Bools, Floats, Ints

CONTENTS = 160
CREATORS = ["Mia Chen", "Jonas Weber", "Priya Nair", "Tom O’Hara", "Zoë Martin", "Kai Tanaka",
            "Ruby Walsh", "Leo García", "Ines Costa", "Sam Adeyemi"]  # fmt: skip
# Type: share of all, median production cost in dollars, title.
FORMATS = {
    "video": (0.35, 850, "Hands on with the {}"),
    "blog": (0.40, 240, "Why we keep coming back to the {}"),
    "social": (0.25, 80, "{}, but make it tidy"),
}


@dataclass(frozen=True)
class Contents:
    """Contents, and features as pairs (`content`, `product`) sorted by content, as arrays.

    `appeal` (how much a content is watched, summing to 1) and `persuasion` (how much it sells)
    are weights; `topic` is the product type it is about; a feature is valid in
    [`valid_from`, `valid_to`).
    """

    ids: Ints
    names: list[str]
    published: Ints
    appeal: Floats
    persuasion: Floats
    topic: Ints
    content: Ints
    product: Ints
    valid_from: Ints
    valid_to: Ints

    def pick(self, rng: np.random.Generator, contents: Ints, at: Ints) -> tuple[Ints, Bools]:
        """A product that each content features, and whether it does at that instant."""
        first = np.searchsorted(self.content, contents)
        number = np.searchsorted(self.content, contents, side="right") - first
        # Squared, to lean to the first ones: what a content is mostly about.
        chosen = first + (rng.random(len(contents)) ** 2 * number).astype(np.int64)
        return self.product[chosen], (self.valid_from[chosen] <= at) & (at < self.valid_to[chosen])


def draw(
    rng: np.random.Generator, calendar: Calendar, catalogue: Catalogue
) -> tuple[Contents, dict[str, pa.Table]]:
    """Contents of the calendar and of the three months before, and their tables."""
    n = CONTENTS
    shares, costs, headlines = zip(*FORMATS.values(), strict=True)
    formats = rng.choice(len(FORMATS), n, p=shares)
    fame = np.arange(1, len(CREATORS) + 1) ** -0.8
    creators = rng.choice(len(CREATORS), n, p=fame / fame.sum())
    since, until = calendar.first - 90 * DAY, calendar.end - 3 * DAY
    published = np.sort(rng.integers(since, until, n)) // (60 * 10**6) * (60 * 10**6)
    appeal = rng.lognormal(0, 1.1, n) * np.array([1.4, 0.8, 1.2])[formats] * fame[creators] ** 0.5
    cost = np.array(costs)[formats] * 100 * rng.lognormal(0, 0.5, n)

    size = rng.integers(1, 7, n)
    sought = catalogue.for_sale**0.6
    product = np.concatenate(
        [rng.choice(len(sought), k, replace=False, p=sought / sought.sum()) for k in size]
    )
    content = np.repeat(np.arange(n), size)
    main = product[np.searchsorted(content, np.arange(n))]
    fate = rng.random(len(content))
    later = published[content] + rng.integers(1, 30, len(content)) * DAY
    ended = published[content] + rng.integers(20, 120, len(content)) * DAY
    starts, ends = fate < 0.15, (fate > 0.10) & (fate < 0.25)
    contents = Contents(
        ids=np.arange(n),
        names=[f"{list(FORMATS)[kind]}-{i + 1:04d}" for i, kind in enumerate(formats)],
        published=published,
        appeal=appeal / appeal.sum(),
        persuasion=rng.lognormal(0, 0.8, n),
        topic=catalogue.types[main],
        content=content,
        product=product,
        valid_from=np.where(starts, later, 0),
        valid_to=np.where(ends, np.maximum(ended, later + DAY), NEVER),
    )
    titles = [headlines[kind].format(catalogue.titles[p])
              for kind, p in zip(formats, main, strict=True)]  # fmt: skip
    names = np.array(contents.names)
    return contents, {
        "content": pa.table(
            {
                "content_id": columns.text(names),
                "content_type": columns.text(np.array(list(FORMATS))[formats]),
                "title": columns.text(titles),
                "creator": columns.text(np.array(CREATORS)[creators]),
                "published_at": columns.instants(published),
                "production_cost": columns.money(cost.astype(np.int64), rng.random(n) > 0.7),
            }
        ),
        "content_products": pa.table(
            {
                "content_id": columns.text(names[content]),
                "product_id": columns.integers(catalogue.ids[product]),
                "valid_from": columns.instants(contents.valid_from, ~starts),
                "valid_to": columns.instants(contents.valid_to, ~ends),
            }
        ),
    }
