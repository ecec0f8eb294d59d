"""The demo's data: a data folder of a believable shop, the same for the same arguments.

Puts together what `synthetic/` draws and writes it as Parquet; the awkward instants that
attribution must get right are added here, where purchases and touches meet.
"""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nerdx_pipelines.demo.synthetic import (
    aftermath,
    audience,
    catalogue,
    columns,
    contents,
    journeys,
    sales,
)
from nerdx_pipelines.demo.synthetic.audience import People, Touches
from nerdx_pipelines.demo.synthetic.calendar import DAY, NEVER, SECOND, Calendar
from nerdx_pipelines.demo.synthetic.contents import Contents
from nerdx_pipelines.demo.synthetic.sales import Orders

TIMEZONE = "Australia/Sydney"
SHOP = {"name": "NERDX Demo", "timezone": TIMEZONE, "currency": "AUD"}
ORDERS_PER_CUSTOMER, TOUCHES_PER_ORDER = 3, 4
AWKWARD = (0, 1 * SECOND, -7 * DAY, -7 * DAY + SECOND)  # from the purchase
FIRST_NAMES = [
    "Ava",
    "Noah",
    "Mia",
    "Leo",
    "Zoë",
    "Kai",
    "Ivy",
    "José",
    "Asha",
    "Finn",
    "Mei",
    "Ole",
]
LAST_NAMES = [
    "Nguyen",
    "Smith",
    "Okafor",
    "Rossi",
    "Müller",
    "Tan",
    "O'Neil",
    "Silva",
    "Patel",
    "Roy",
]


def generate(
    folder: Path, *, orders: int = 20_000, days: int = 180, seed: int = 7, end: date
) -> None:
    """Write the shop's last `days` local days, up to and with `end`, into `folder`.

    A function of its arguments alone: no clock, no other source of chance.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in draw(orders=orders, days=days, seed=seed, end=end).items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")


def draw(*, orders: int, days: int, seed: int, end: date) -> dict[str, pa.Table]:
    """The folder's tables by name."""
    rng = np.random.default_rng(seed)
    aside = np.random.default_rng([seed, 1])  # what it draws moves nothing that is drawn by rng
    calendar = Calendar.of(rng, TIMEZONE, end, days)
    goods, goods_tables = catalogue.draw(rng, aside, calendar)
    published, content_tables = contents.draw(rng, calendar, goods)
    people = audience.draw_people(rng, calendar, max(orders // ORDERS_PER_CUSTOMER, 10))
    touches = audience.draw_touches(rng, calendar, published, people, orders * TOUCHES_PER_ORDER)
    sold = sales.draw(rng, calendar, goods, published, people, touches, orders)
    cancelled_at, refunds = aftermath.draw(rng, calendar, sold)
    ready, visits = journeys.draw(aside, calendar, goods, published, touches, sold)
    touches = touches.joined(_awkward(rng, calendar, published, sold))
    return {
        "shop": pa.table({name: [value] for name, value in SHOP.items()}),
        **goods_tables,
        "customers": _customers(rng, calendar, people, sold),
        "order_lines": sales.table(rng, calendar, goods, people, sold, cancelled_at, ready),
        "refunds": refunds,
        "order_visits": visits,
        **content_tables,
        **audience.tables(rng, touches, people, published, goods.ids),
    }


def _awkward(
    rng: np.random.Generator, calendar: Calendar, published: Contents, sold: Orders
) -> Touches:
    """Views of what was bought at the very second of the purchase and at the window's edges."""
    featuring = np.full(int(max(sold.product.max(), published.product.max())) + 1, -1)
    always = (published.valid_from == 0) & (published.valid_to == NEVER)
    featuring[published.product[always]] = published.content[always]
    lines = np.flatnonzero((sold.person[sold.order] >= 0) & (featuring[sold.product] >= 0))
    lines = rng.choice(lines, min(len(lines), max(len(sold.ids) // 150, len(AWKWARD))))
    order = sold.order[lines]
    at = sold.at[order] + np.resize(AWKWARD, len(order))
    content = featuring[sold.product[lines]]
    views = Touches(sold.person[order], content, at, np.full(len(order), -1))
    past = (at >= np.maximum(calendar.first, published.published[content])) & (at < calendar.end)
    return views.taken(np.flatnonzero(past))


def _customers(
    rng: np.random.Generator, calendar: Calendar, people: People, sold: Orders
) -> pa.Table:
    """The table customers: an account is as old as its first order or older."""
    n = people.customers
    mine = sold.person >= 0
    first = np.full(n, calendar.end)
    np.minimum.at(first, sold.person[mine], sold.at[mine])
    last = np.zeros(n, dtype=np.int64)
    np.maximum.at(last, sold.person[mine], sold.at[mine])
    created = first - np.where(rng.random(n) < 0.6, 90 * SECOND, rng.integers(DAY, 500 * DAY, n))
    return pa.table(
        {
            "customer_id": columns.integers(people.ids[:n]),
            "email": columns.text(_emails(rng, n), rng.random(n) < 0.05),
            "created_at": columns.instants(created),
            "updated_at": columns.instants(np.maximum(created, last)),
        }
    )


def _emails(rng: np.random.Generator, n: int) -> list[str]:
    first, last = rng.choice(FIRST_NAMES, n), rng.choice(LAST_NAMES, n)
    return [
        f"{a}.{b}.{i}@example.com".lower() for i, (a, b) in enumerate(zip(first, last, strict=True))
    ]
