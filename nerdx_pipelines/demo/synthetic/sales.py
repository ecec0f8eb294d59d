"""Who buys what and when: orders caused by content and orders that would have come anyway.

Orders and lines as arrays; discounts, gifts, tests and presentment currencies are drawn here,
what happens to an order afterwards is `aftermath.py`.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from nerdx_pipelines.demo.synthetic import columns
from nerdx_pipelines.demo.synthetic.audience import People, Touches
from nerdx_pipelines.demo.synthetic.calendar import DAY, HOUR, SECOND, Calendar
from nerdx_pipelines.demo.synthetic.catalogue import PRODUCTS, Catalogue
from nerdx_pipelines.demo.synthetic.columns import Bools, Ints
from nerdx_pipelines.demo.synthetic.contents import Contents

GUESTS, CAUSED = 0.12, 0.46  # shares of orders
LAG = 1.7 * DAY  # mean time from what caused an order to the order
RATES = {"USD": 0.6612, "EUR": 0.6034, "JPY": 98.4, "NZD": 1.0921}  # for one AUD


@dataclass(frozen=True)
class Orders:
    """Orders in the order of time: person (-1: guest), instant in whole seconds, and lines.

    Lines are sorted by `order`, a position among orders; money in cents, `discount` of a line.
    """

    ids: Ints
    person: Ints
    at: Ints
    test: Bools
    line_ids: Ints
    order: Ints
    product: Ints
    variant: Ints
    quantity: Ints
    price: Ints
    discount: Ints

    @property
    def net(self) -> Ints:
        """What each line sold for, cents."""
        return self.quantity * self.price - self.discount


def draw(
    rng: np.random.Generator,
    calendar: Calendar,
    catalogue: Catalogue,
    contents: Contents,
    people: People,
    touches: Touches,
    n: int,
) -> Orders:
    """`n` orders: a share of them by people who had just seen or clicked what they buy."""
    cause, caused_at = _causes(rng, calendar, contents, people, touches, round(n * CAUSED))
    others = n - len(cause)
    propensity = rng.gamma(0.7, 1, people.customers)
    buyer = rng.choice(people.customers, others, p=propensity / propensity.sum())
    buyer[rng.random(others) < GUESTS * n / max(others, 1)] = -1
    person = np.concatenate([touches.person[cause], buyer])
    at = np.concatenate([caused_at, calendar.draw(rng, others)]) // SECOND * SECOND
    wanted = np.concatenate([contents.pick(rng, touches.content[cause], touches.at[cause])[0],
                             np.full(others, -1)])  # fmt: skip
    clicked = np.concatenate([touches.product[cause], np.full(others, -1)])
    wanted = np.where(clicked >= 0, clicked, wanted)
    seen = np.concatenate([touches.content[cause], np.full(others, -1)])

    by_time = np.argsort(at, kind="stable")
    person, at, wanted, seen = person[by_time], at[by_time], wanted[by_time], seen[by_time]
    order, product = _baskets(rng, catalogue, contents, wanted, seen, at)
    lines = len(order)
    options = catalogue.first_variant[product + 1] - catalogue.first_variant[product]
    variant = catalogue.first_variant[product] + (rng.random(lines) * options).astype(np.int64)
    price = catalogue.variant_prices[variant]
    quantity = 1 + rng.poisson(np.where(price < 4_000, 0.35, 0.06))
    percent = rng.choice([0, 10, 15, 20], n, p=[0.78, 0.12, 0.06, 0.04])[order]
    gift = product == catalogue.gift
    free = gift & (rng.random(lines) < 0.8)
    price = np.where(free & (rng.random(lines) < 0.5), 0, price)
    discount = np.where(free, quantity * price, quantity * price * percent // 100)
    return Orders(
        ids=columns.new_ids(rng, n, 5_810_000_000_000),
        person=person,
        at=at,
        test=rng.random(n) < 0.005,
        line_ids=columns.new_ids(rng, lines, 14_650_000_000_000),
        order=order,
        product=product,
        variant=variant,
        quantity=quantity,
        price=price,
        discount=discount,
    )


def _causes(
    rng: np.random.Generator,
    calendar: Calendar,
    contents: Contents,
    people: People,
    touches: Touches,
    n: int,
) -> tuple[Ints, Ints]:
    """Up to `n` touches (positions) of customers that end in an order, and when it is placed."""
    weight = contents.persuasion[touches.content] * np.where(touches.product >= 0, 5.0, 1.0)
    weight *= touches.person < people.customers
    # One heavy viewer must not place all the orders.
    weight /= np.sqrt(np.bincount(touches.person, minlength=len(people.activity)))[touches.person]
    if not weight.any():
        return np.empty(0, np.int64), np.empty(0, np.int64)
    cause = rng.choice(len(weight), 2 * n, p=weight / weight.sum())
    soonest = touches.at[cause] + rng.integers(60 * SECOND, HOUR, len(cause))
    meant = soonest + rng.exponential(LAG, len(cause)).astype(np.int64)
    likely = calendar.within(rng, calendar.day_of(meant))
    at = np.where(likely > soonest, likely, meant)
    chosen = np.flatnonzero((meant < calendar.end) & (at < calendar.end))[:n]
    return cause[chosen], at[chosen]


def _baskets(
    rng: np.random.Generator,
    catalogue: Catalogue,
    contents: Contents,
    wanted: Ints,
    seen: Ints,
    at: Ints,
) -> tuple[Ints, Ints]:
    """Order position and product of each line: what was wanted, and what else goes along."""
    n = len(wanted)
    popular = rng.choice(len(catalogue.popularity), n, p=catalogue.popularity)
    first = np.where(wanted >= 0, wanted, popular)
    more = np.repeat(np.arange(n), np.minimum(rng.poisson(0.7, n), 9))
    product = rng.choice(len(catalogue.popularity), len(more), p=catalogue.popularity)
    featured, valid = contents.pick(rng, np.maximum(seen[more], 0), at[more])
    same = (seen[more] >= 0) & valid & (rng.random(len(more)) < 0.45)
    gifts = np.flatnonzero(rng.random(n) < 0.025)
    order = np.concatenate([np.arange(n), more, gifts])
    product = np.concatenate(
        [first, np.where(same, featured, product), np.full(len(gifts), catalogue.gift)]
    )
    sorted_lines = np.argsort(order, kind="stable")
    return order[sorted_lines], product[sorted_lines]


def table(
    rng: np.random.Generator,
    calendar: Calendar,
    catalogue: Catalogue,
    people: People,
    orders: Orders,
    cancelled_at: Ints,
    journey_ready: Bools,
) -> pa.Table:
    """The table order_lines; `cancelled_at` of each order, 0 where it stands."""
    n, order = len(orders.ids), orders.order
    drift = np.exp(np.cumsum(rng.normal(0, 0.003, (len(calendar.busy), len(RATES))), axis=0))
    rates = np.round(drift * list(RATES.values()) * 1_000_000).astype(np.int64)
    foreign = rng.random(n) < 0.15
    currency = rng.choice(len(RATES), n)
    rate = np.where(foreign, rates[calendar.day_of(orders.at), currency], 1_000_000)
    currencies = np.where(foreign, np.array(list(RATES))[currency], "AUD")
    gone = orders.product >= PRODUCTS
    customer = people.ids[np.maximum(orders.person, 0)]
    return pa.table(
        {
            "order_id": columns.integers(orders.ids[order]),
            "line_id": columns.integers(orders.line_ids),
            "customer_id": columns.integers(customer[order], (orders.person < 0)[order]),
            "product_id": columns.integers(catalogue.ids[orders.product], gone),
            "quantity": columns.integers(orders.quantity),
            "unit_price": columns.money(orders.price),
            "discount": columns.money(orders.discount),
            "currency": columns.text(np.full(len(order), "AUD")),
            "processed_at": columns.instants(orders.at[order]),
            "cancelled_at": columns.instants(cancelled_at[order], (cancelled_at == 0)[order]),
            "test": columns.flags(orders.test[order]),
            "variant_id": columns.integers(catalogue.variant_ids[orders.variant], gone),
            "title": columns.text(np.array(catalogue.titles)[orders.product]),
            "presentment_currency": columns.text(currencies[order]),
            "presentment_rate": columns.decimals(rate[order], 6),
            "journey_ready": columns.flags(journey_ready[order]),
        }
    )
