"""Who watches: customers, strangers and the never identified, and every view and click of theirs.

Touches are arrays; the duplicates and awkward instants that a real feed has are added when the
table is made. What viewers then buy is `sales.py`.
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from nerdx_pipelines.demo.synthetic import columns
from nerdx_pipelines.demo.synthetic.calendar import DAY, SECOND, Calendar
from nerdx_pipelines.demo.synthetic.catalogue import TYPES
from nerdx_pipelines.demo.synthetic.columns import Bools, Floats, Ints
from nerdx_pipelines.demo.synthetic.contents import Contents

WATCHING = 0.55  # share of customers that ever watch
CLICKS = 0.17  # clicks for each view
REDELIVERED = 0.01


@dataclass(frozen=True)
class People:
    """Everybody: first the customers, then strangers with an account id, then the anonymous.

    `known_from[i]` is when person i was identified; before, only the anonymous id is seen.
    """

    ids: Ints  # of customers and strangers
    customers: int
    activity: Floats
    taste: Ints  # product type liked best
    known_from: Ints
    anonymous_ids: list[str]

    @property
    def identified_late(self) -> Bools:
        """Who was seen under an anonymous id first, and is mapped to it."""
        people = np.arange(len(self.activity))
        return (self.known_from > 0) & (people < len(self.ids))


@dataclass(frozen=True)
class Touches:
    """Views and clicks: person, content, instant; product is -1 for a view."""

    person: Ints
    content: Ints
    at: Ints
    product: Ints

    def taken(self, positions: Ints) -> "Touches":
        """The touches at `positions`."""
        return Touches(*(getattr(self, name)[positions] for name in self.__dict__))

    def joined(self, other: "Touches") -> "Touches":
        """These and the other ones."""
        return Touches(
            *(np.concatenate([mine, getattr(other, name)]) for name, mine in self.__dict__.items())
        )


def draw_people(rng: np.random.Generator, calendar: Calendar, customers: int) -> People:
    """`customers` customers, a third as many strangers and half as many never identified."""
    strangers, anonymous = customers // 3, customers // 2
    n = customers + strangers + anonymous
    activity = rng.lognormal(0, 1.2, n) * np.where(np.arange(n) < customers, 1.5, 1)
    activity[:customers] *= rng.random(customers) < WATCHING
    when = rng.integers(calendar.first, calendar.end, n)
    known_from = np.where(rng.random(n) < 0.25, when, 0)
    known_from[customers + strangers :] = calendar.end
    ids = columns.new_ids(rng, customers + strangers, 6_400_000_000_000)
    return People(
        # Mixed, so that strangers are not told by their ids.
        ids=rng.permutation(ids),
        customers=customers,
        activity=activity / activity.sum(),
        taste=rng.integers(0, len(TYPES), n),
        known_from=known_from,
        anonymous_ids=[f"anon-{value:012x}" for value in rng.integers(0, 2**48, n)],
    )


def draw_touches(
    rng: np.random.Generator, calendar: Calendar, contents: Contents, people: People, n: int
) -> Touches:
    """About `n` touches: each viewer of what suits them, most of it while it is new."""
    views = round(n / (1 + CLICKS))
    tries = 4 * views
    person = rng.choice(len(people.activity), tries, p=people.activity)
    content = np.empty(tries, dtype=np.int64)
    for taste in range(len(TYPES)):
        mine = people.taste[person] == taste
        liked = contents.appeal * np.where(contents.topic == taste, 4, 1)
        content[mine] = rng.choice(len(liked), int(mine.sum()), p=liked / liked.sum())
    published = contents.published[content]
    soon = rng.exponential(25 * DAY, tries)
    later = rng.random(tries) * (calendar.end - published)
    about = published + np.where(rng.random(tries) < 0.65, soon, later).astype(np.int64)
    day = calendar.day_of(about)
    at = calendar.within(rng, day) // 1000 * 1000
    seen = (about >= calendar.first) & (about < calendar.end) & (at >= published)
    seen &= rng.random(tries) * 2 < calendar.busy[day] / calendar.busy.mean()
    chosen = np.flatnonzero(seen)[:views]
    viewed = Touches(person[chosen], content[chosen], at[chosen], np.full(len(chosen), -1))

    clicking = np.flatnonzero(rng.random(len(chosen)) < CLICKS)
    clicked = viewed.taken(clicking)
    delay = rng.integers(4 * SECOND, 120 * SECOND, len(clicking)) // 1000 * 1000
    product, featured = contents.pick(rng, clicked.content, clicked.at)
    clicked = replace(clicked, at=clicked.at + delay, product=product)
    return viewed.joined(clicked.taken(np.flatnonzero(featured & (clicked.at < calendar.end))))


def tables(
    rng: np.random.Generator,
    touches: Touches,
    people: People,
    contents: Contents,
    product_ids: Ints,
) -> dict[str, pa.Table]:
    """Tables touches, with the re-deliveries of a real feed, and identities."""
    n = len(touches.at)
    events = np.array([f"evt-{value:015x}" for value in rng.integers(0, 2**60, n)], dtype=object)
    again = rng.choice(n, round(n * REDELIVERED), replace=False)
    lag = rng.integers(1, 30, len(again)) * SECOND * (rng.random(len(again)) < 0.5)
    repeated = touches.taken(again)
    touches = touches.joined(repeated)
    arrived = np.concatenate([touches.at[:n], repeated.at + lag])
    order = np.argsort(arrived, kind="stable")
    touches, arrived = touches.taken(order), arrived[order]
    events = np.concatenate([events, events[again]])[order]

    known = people.known_from[touches.person] <= touches.at
    person_ids = np.concatenate(
        [people.ids, np.zeros(len(people.activity) - len(people.ids), np.int64)]
    )
    late = np.flatnonzero(people.identified_late)
    names = np.array(people.anonymous_ids, dtype=object)
    return {
        "touches": pa.table(
            {
                "event_id": columns.text(events),
                "user_id": columns.integers(person_ids[touches.person], ~known),
                "content_id": columns.text(np.array(contents.names)[touches.content]),
                "touch_type": columns.text(np.where(touches.product < 0, "view", "click")),
                "touched_at": columns.instants(arrived),
                "product_id": columns.integers(product_ids[touches.product], touches.product < 0),
                "anonymous_id": columns.text(names[touches.person], known),
            }
        ),
        "identities": pa.table(
            {
                "anonymous_id": columns.text(names[late]),
                "customer_id": columns.integers(people.ids[late]),
            }
        ),
    }
