"""A small random shop in staging, with everything that makes a figure hard to get right."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 20, tzinfo=UTC)  # the clocks change in the night to the 29th
DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3}
Row = dict[str, Any]


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


@dataclass
class RandomShop:
    """Rows of staging, by table; few moments and people, so that much coincides."""

    seed: int
    days: int = 20
    tables: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.moments = [START + timedelta(hours=h) for h in range(0, self.days * 24, 5)]
        self.tables = {
            name: []
            for name in ("orders", "order_lines", "refunds", "refund_lines", "touches", "content",
                         "content_products", "products", "product_variants")
        }  # fmt: skip
        self._catalogue()
        for i in range(260):
            self._touch(i)
        for order in range(1, 91):
            self._order(order)

    def store(self, con: Any) -> None:
        """Replace what staging holds."""
        for table, rows in self.tables.items():
            con.execute(f"DELETE FROM staging.{table}")
            for row in rows:
                names, marks = ", ".join(row), ", ".join(f"${i + 1}" for i in range(len(row)))
                con.execute(
                    f"INSERT INTO staging.{table} ({names}) VALUES ({marks})", list(row.values())
                )

    def _add(self, table: str, **row: Any) -> None:
        self.tables[table].append(row)

    def _some(self, *values: Any) -> Any:
        return self.rng.choice(values)

    def _catalogue(self) -> None:
        for i, content in enumerate("abcdé"):
            self._add(
                "content",
                content_id=content,
                title=f"Title of {content}",
                content_type=self._some("video", "blog", None),
                creator=self._some("Zoë", "Ann", None),
                published_at=self._some(None, START, START + timedelta(days=15)),
                production_cost=self._some(None, Decimal(0), Decimal("12.5"), Decimal(90)),
            )
            for product in self.rng.sample(range(1, 6), 1 + i % 4):
                for _ in range(self._some(1, 1, 2)):  # overlapping, or not at all valid
                    first, last = self._some(None, *self.moments), self._some(None, *self.moments)
                    self._add(
                        "content_products",
                        content_id=content,
                        product_id=product,
                        valid_from=first,
                        valid_to=last,
                    )
        for product in range(1, 6):
            self._add("products", product_id=product, title=f"Product {product}",
                      product_type=self._some("x", None), vendor="v")  # fmt: skip
            self._add(
                "product_variants",
                variant_id=product * 10,
                product_id=product,
                unit_cost=None if product == 1 else self._some(Decimal("1.5"), Decimal("4")),
                cost_currency="JPY" if product == 2 else "EUR",
            )

    def _touch(self, i: int) -> None:
        user, at = self._some(*range(1, 8), None), self._some(*self.moments)
        self._add(
            "touches",
            event_id=f"e{i}",
            user_id=user,
            anonymous_id=self._some("1", "x", "y", None) if user is None else self._some("x", None),
            content_id=self._some(*"abcdé"),
            touch_type=self._some("view", "view", "click"),
            touched_at=at,
            ingested_at=at + self._some(timedelta(0), timedelta(hours=30)),
            touch_day=day_of(at),
        )

    def _order(self, order: int) -> None:
        processed = self._some(*self.moments) + timedelta(seconds=self._some(0, 1))
        currency = self._some(*["EUR"] * 6, "JPY", "KWD")
        cancelled = processed + timedelta(hours=30) if self.rng.random() < 0.1 else None
        self._add(
            "orders",
            order_id=order,
            customer_id=self._some(*range(1, 8), None),
            processed_at=processed,
            created_at=processed,
            cancelled_at=cancelled,
            test=self.rng.random() < 0.05,
            currency=currency,
            order_day=day_of(processed),
        )
        cent = Decimal(1).scaleb(-DIGITS[currency])
        for position in range(self._some(1, 2, 3)):
            self._line(order, order * 10 + position, processed, cancelled, cent)
        if self.rng.random() < 0.05:  # money back that belongs to no line
            self._add("refunds", refund_id=order * 1000, order_id=order,
                      created_at=processed + timedelta(days=2), amount=7 * cent,
                      order_day=day_of(processed))  # fmt: skip

    def _line(
        self, order: int, line: int, processed: datetime, cancelled: datetime | None, cent: Decimal
    ) -> None:
        product = self._some(*range(1, 6), None)
        quantity = self._some(1, 2, 3)
        gross = self._some(0, 999, 2500) * cent * quantity
        discounts = min(gross, self._some(0, 0, 7) * cent)
        returned, returns = 0, Decimal(0)
        if self.rng.random() < 0.25:
            returned = self._some(0, 1, quantity)
            returns = (gross - discounts) if returned == quantity else (gross // 3 // cent) * cent
            at = processed + timedelta(hours=self._some(1, 40))
            self._add("refunds", refund_id=line, order_id=order, created_at=at, amount=returns,
                      order_day=day_of(processed))  # fmt: skip
            self._add("refund_lines", refund_id=line, line_id=line, order_id=order,
                      quantity=returned, amount=returns, order_day=day_of(processed))  # fmt: skip
        gift_card = self.rng.random() < 0.05
        self._add(
            "order_lines",
            line_id=line,
            order_id=order,
            product_id=product,
            variant_id=product and (999 if self.rng.random() < 0.02 else product * 10),
            quantity=quantity,
            gross_sales=gross,
            discounts=discounts,
            returned_quantity=returned,
            returns=returns,
            net_revenue=0 if cancelled or gift_card else gross - discounts - returns,
            is_gift_card=gift_card,
            order_day=day_of(processed),
        )
