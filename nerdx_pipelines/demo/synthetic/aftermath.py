"""What becomes of orders: cancellations, refunds in part or whole, edits and adjustments.

Each order meets one fate at most; what has not happened by the end of the calendar is left out.
"""

import numpy as np
import pyarrow as pa

from nerdx_pipelines.demo.synthetic import columns
from nerdx_pipelines.demo.synthetic.calendar import DAY, HOUR, SECOND, Calendar
from nerdx_pipelines.demo.synthetic.columns import Bools, Ints
from nerdx_pipelines.demo.synthetic.sales import Orders

FATES = {
    "cancelled": 0.02,
    "returned": 0.022,  # every unit
    "returned in part": 0.034,  # units of one line
    "money back": 0.005,  # for a line, no unit returned
    "edited": 0.01,  # units removed before fulfilment
    "adjusted": 0.006,  # money back that belongs to no line
}


def draw(rng: np.random.Generator, calendar: Calendar, orders: Orders) -> tuple[Ints, pa.Table]:
    """When each order was cancelled (0: never), and the table refunds."""
    n = len(orders.ids)
    fates = rng.choice(["", *FATES], n, p=[1 - sum(FATES.values()), *FATES.values()])
    delay = np.where(
        np.isin(fates, ["cancelled", "edited"]),
        rng.integers(5 * 60 * SECOND, 30 * HOUR, n),
        (DAY + rng.gamma(2, 4 * DAY, n)).astype(np.int64),
    )
    at = (orders.at + delay) // SECOND * SECOND
    fates = np.where(at < calendar.end, fates, "")
    # Of cancelled orders some had not been paid: there is nothing to give back.
    repaid = (fates == "cancelled") & (rng.random(n) < 0.7)

    whole = np.flatnonzero((repaid | (fates == "returned"))[orders.order])
    one = _one_line_of(rng, orders, np.isin(fates, ["returned in part", "money back", "edited"]))
    units = 1 + (rng.random(len(one)) * orders.quantity[one]).astype(np.int64)
    kept = fates[orders.order[one]] == "money back"
    part = orders.net[one] * np.where(kept, 1, units * 2) // (orders.quantity[one] * 2)
    adjusted = np.flatnonzero(
        (fates == "adjusted") | ((fates == "returned in part") & (rng.random(n) < 0.1))
    )
    total = np.bincount(orders.order, orders.net, n).astype(np.int64)

    line = np.concatenate([whole, one, np.full(len(adjusted), -1)])
    order = np.concatenate([orders.order[whole], orders.order[one], adjusted])
    quantity = np.concatenate([orders.quantity[whole], np.where(kept, 0, units), 0 * adjusted])
    share = rng.integers(2, 10, len(adjusted))
    amount = np.concatenate([orders.net[whole], part, (total[adjusted] * share) // 100])
    # An adjustment beside a return of all that was left would give back more than was paid.
    given = np.zeros(n, np.int64)
    np.add.at(given, order, amount)
    fine = (line >= 0) | (given[order] <= total[order])
    order, line, quantity, amount = order[fine], line[fine], quantity[fine], amount[fine]

    ids = np.zeros(n, np.int64)
    refunded = np.unique(order)
    refunded = refunded[np.argsort(at[refunded], kind="stable")]
    ids[refunded] = columns.new_ids(rng, len(refunded), 910_000_000_000)
    fate, edited = fates[order], fates[order] == "edited"
    restock = np.where(edited, "NO_RESTOCK", np.where(fate == "cancelled", "CANCEL", "RETURN"))
    table = pa.table(
        {
            "refund_id": columns.integers(ids[order]),
            "order_id": columns.integers(orders.ids[order]),
            "line_id": columns.integers(orders.line_ids[line], line < 0),
            "quantity": columns.integers(quantity),
            "amount": columns.money(amount),
            "created_at": columns.instants(at[order]),
            "note": columns.text(np.full(len(order), "Order edited"), ~edited),
            "restock_type": columns.text(restock, line < 0),
        }
    ).sort_by([("created_at", "ascending"), ("refund_id", "ascending"), ("line_id", "ascending")])
    return np.where(fates == "cancelled", at, 0), table


def _one_line_of(rng: np.random.Generator, orders: Orders, chosen: Bools) -> Ints:
    """Positions of one line, any, of each chosen order."""
    shuffled = rng.permutation(len(orders.order))
    _, first = np.unique(orders.order[shuffled], return_index=True)
    lines = shuffled[first]
    return lines[chosen[orders.order[lines]]]
