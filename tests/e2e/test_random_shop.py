"""A random, crowded shop through the whole command, against figures worked out in plain Python."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.attribution.reference import MODELS, Feature, Line, Touch, credits
from tests.e2e.conftest import World, write_folder

START = datetime(2026, 3, 25, tzinfo=UTC)  # over the night in which Berlin's clocks change
DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3}


def text(moment):
    return moment.isoformat().replace("+00:00", "Z") if moment else ""


class Shop:
    """Rows of the folder, and the same facts as the reference takes them."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.moments = [START + timedelta(hours=6 * i) for i in range(60)]  # few, so many tie
        self.contents = ["a", "b", "c", "é", "Z"]
        self.features = [
            Feature(
                rng.choice(self.contents),
                rng.randint(1, 6),
                rng.choice([None, None, rng.choice(self.moments)]),
                rng.choice([None, None, rng.choice(self.moments)]),
            )
            for _ in range(25)
        ]
        self.touches = [
            Touch(
                f"e{i}",
                rng.choice([*range(1, 9), None]),
                rng.choice(self.contents),
                rng.choice(["view", "view", "click"]),
                rng.choice(self.moments),
            )
            for i in range(400)
        ]
        self.rows, self.refunds, self.lines = [], [], []
        for order in range(1, 161):
            self._order(rng, order)

    def _order(self, rng, order):
        customer = rng.choice([*range(1, 9), None])
        currency = rng.choice(["EUR"] * 8 + ["JPY", "KWD"])
        processed = rng.choice(self.moments) + rng.choice([timedelta(0), timedelta(seconds=1)])
        cancelled = processed + timedelta(hours=3) if rng.random() < 0.07 else None
        test = rng.random() < 0.05
        for position in range(rng.randint(1, 3)):
            line = order * 10 + position
            price = Decimal(rng.randint(0, 5000)).scaleb(-DIGITS[currency])
            quantity = rng.randint(1, 4)
            cent = Decimal(1).scaleb(-DIGITS[currency])
            discount = min(price * quantity, rng.choice([0, 0, 7]) * cent)
            net, left = price * quantity - discount, quantity
            product = rng.randint(1, 6)
            self.rows.append(
                {
                    "order_id": order,
                    "line_id": line,
                    "customer_id": customer or "",
                    "product_id": product,
                    "quantity": quantity,
                    "unit_price": price,
                    "discount": discount,
                    "currency": currency,
                    "processed_at": text(processed),
                    "cancelled_at": text(cancelled),
                    "test": str(test).lower(),
                }
            )
            returned = Decimal(0)
            if rng.random() < 0.2:
                back = rng.randint(1, quantity)
                amount = net if back == quantity else (net / 2).quantize(cent)
                returned, left = amount, quantity - back
                self.refunds.append(
                    {
                        "refund_id": line,
                        "order_id": order,
                        "line_id": line,
                        "quantity": back,
                        "amount": amount,
                        "created_at": text(processed + timedelta(days=2)),
                    }
                )
            net -= returned
            live = not cancelled and not test and (net != 0 or (left > 0 and returned == 0))
            if live:
                self.lines.append(
                    Line(line, order, product, customer, processed, net, DIGITS[currency])
                )

    def folder(self, path):
        rng = random.Random(1)
        touches = [
            {
                "event_id": t.event_id,
                "user_id": t.user_id or "",
                "content_id": t.content_id,
                "touch_type": t.touch_type,
                "touched_at": text(t.touched_at),
            }
            for t in self.touches
        ]
        touches += rng.sample(touches, 40)  # delivered again
        rng.shuffle(touches)
        return write_folder(
            path,
            shop=[{"name": "Random", "timezone": "Europe/Berlin", "currency": "EUR"}],
            products=[
                {"product_id": p, "title": p, "product_type": "", "vendor": "", "price": 1}
                for p in range(1, 7)
            ],
            order_lines=self.rows,
            refunds=self.refunds,
            content=[
                {"content_id": c, "content_type": "x", "title": c, "creator": "",
                 "published_at": "", "production_cost": 10}
                for c in self.contents
            ],
            content_products=[
                {"content_id": f.content_id, "product_id": f.product_id,
                 "valid_from": text(f.valid_from), "valid_to": text(f.valid_to)}
                for f in self.features
            ],
            touches=touches,
        )  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    shop = Shop(seed=20261122)
    root = tmp_path_factory.mktemp("random")
    shop.world = World(root / "data")
    shop.world.ok("demo", "--data", str(shop.folder(root / "folder")))
    shop.expected = {
        line.line_id: credits(line, shop.touches, shop.features) for line in shop.lines
    }
    return shop


def test_every_credit_is_right_to_the_last_minor_unit(shop):
    found = {
        (r["line_id"], r["model"], r["content_id"]): (r["credit"], r["share"])
        for r in shop.world.rows("SELECT * FROM attribution.credits")
    }
    expected = {
        (line, *key): value for line, of in shop.expected.items() for key, value in of.items()
    }
    assert found.keys() == expected.keys()
    for key, (credit, share) in expected.items():
        assert found[key][0] == credit, key
        assert float(found[key][1]) == pytest.approx(share, abs=1e-12)
    assert {model for _, model, _ in found} == set(MODELS)
    assert len(found) > 500


def test_contents_count_orders_and_revenue_per_currency(shop):
    currency = {row["line_id"]: row["currency"] for row in shop.rows}
    orders, revenue = defaultdict(set), defaultdict(Decimal)
    for line in shop.lines:
        for (model, content), (credit, _) in shop.expected[line.line_id].items():
            if model == "linear":
                orders[content, currency[line.line_id]].add(line.order_id)
                revenue[content, currency[line.line_id]] += credit
    found = {
        (r["content_id"], r["currency"]): (r["conversions"], r["attributed_revenue"])
        for r in shop.world.rows("FROM kpi.content_kpis")
    }
    assert found == {key: (len(orders[key]), revenue[key]) for key in orders}


def test_revenue_adds_up_per_day_currency_and_in_sum(shop):
    net = defaultdict(Decimal)
    currency = {row["line_id"]: row["currency"] for row in shop.rows}
    for line in shop.lines:
        net[currency[line.line_id]] += line.net_revenue
    found = shop.world.rows(
        "SELECT currency, sum(net_revenue) AS net, sum(net_sales) AS sales,"
        " sum(attributed_revenue) + sum(unattributed_revenue) AS parts"
        " FROM kpi.daily_sales GROUP BY currency"
    )
    assert {r["currency"]: r["net"] for r in found} == net
    assert all(r["net"] == r["sales"] == r["parts"] for r in found)
