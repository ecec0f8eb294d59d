"""Whatever reaches the warehouse, in whatever order and however often: the same tables.

Histories are drawn by hypothesis; NERDX_HISTORIES=n draws n new ones, the suite a few fixed ones.
"""

import os
import random
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from nerdx_pipelines.assets import changes, shopify
from tests.assets.world import FIRST, LAST
from tests.convergence.history import History, event, opened

MORE = os.environ.get("NERDX_HISTORIES")
# Long ones: each costs a backfill at its end, and what goes wrong takes several things to meet.
HISTORIES = settings(
    max_examples=int(MORE or 4),
    stateful_step_count=25,
    deadline=None,
    derandomize=not MORE,
    print_blob=bool(MORE),
    suppress_health_check=list(HealthCheck),
)
OVERLAP = timedelta(seconds=1)  # of pulls; hours would bring everything again each time

ORDERS = st.integers(2000, 2039)
CUSTOMERS = st.sampled_from([None, 500, 501, 502])
VARIANTS = st.sampled_from([1000 + 10 * product for product in range(6)])
CONTENTS = st.sampled_from(["vid", "post", "?"])
QUANTITIES = st.integers(1, 3)
SOME = st.lists(st.integers(0, 40), min_size=1, max_size=6)
DAYS = st.integers(0, (LAST - FIRST).days)
Figures = dict[str, list[tuple[Any, ...]]]


class Shopkeeping(RuleBasedStateMachine):
    """A shop, its webhooks and its follower, with everything that can happen to them."""

    orders = Bundle("orders")
    customers = Bundle("customers")

    def __init__(self, folder: Path, templates: dict[bool, Path]) -> None:
        super().__init__()
        self.folder, self.templates = folder, templates
        self.resources = ExitStack()
        self.events = 0
        self.redacted: set[int] = set()

    @initialize(backfilled=st.booleans())
    def begin(self, backfilled: bool) -> None:
        folder = self.folder / str(len(list(self.folder.iterdir())))
        self.history: History = self.resources.enter_context(
            opened(folder, self.templates[backfilled])
        )
        self.history.has_figures = backfilled

    # In the shop.

    @rule(
        target=orders,
        customer=CUSTOMERS | customers,
        variant=VARIANTS,
        quantity=QUANTITIES,
        day=st.integers(1, 6),
        content=st.none() | CONTENTS,
        paid=st.booleans(),
    )
    def place(self, customer, variant, quantity, day, content, paid):
        visit = {"occurred_at": "2026-02-28T12:00:00Z", "utm_content": content}
        done = self.history.change(
            "place_order",
            lines=[{"variant_id": variant, "quantity": quantity}],
            customer_id=customer,
            processed_at=f"2026-03-0{day}T12:30:00Z",
            visits=[visit] if content and customer else [],
            paid=paid,
        )
        return done["order_id"] if done else multiple()

    @rule(order=orders | ORDERS)
    def pay(self, order):
        self.history.change("pay", order_id=order)

    @rule(order=orders | ORDERS, variant=VARIANTS)
    def add_line(self, order, variant):
        self.history.change("edit_order", order_id=order, add=[{"variant_id": variant}])

    @rule(order=orders | ORDERS, quantity=st.integers(0, 4))
    def change_first_line(self, order, quantity):
        for line in self.lines_of(order)[:1]:
            wanted = [{"line_item_id": line, "quantity": quantity}]
            self.history.change("edit_order", order_id=order, lines=wanted)

    @rule(order=orders | ORDERS)
    def refund_first_line(self, order):
        for line in self.lines_of(order)[:1]:
            returned = [{"line_item_id": line, "quantity": 1}]
            self.history.change("refund", order_id=order, lines=returned)

    @rule(order=orders | ORDERS)
    def refund_money(self, order):
        self.history.change("refund", order_id=order, amount="1.25")

    @rule(order=orders | ORDERS)
    def cancel(self, order):
        self.history.change("cancel_order", order_id=order)

    @rule(order=orders | ORDERS)
    def delete(self, order):
        self.history.change("delete_order", order_id=order)

    @rule(resource=st.sampled_from(["orders", "customers", "products"]), seed=st.integers(0, 9))
    def touch_three(self, resource, seed):
        self.history.change("late_update", resource=resource, n=3, seed=seed)

    @rule(target=customers, name=st.sampled_from("abc"))
    def open_account(self, name):
        done = self.history.change("create_customer", email=f"{name}@example.com")
        return done["customer_id"] if done else multiple()

    @rule(customer=customers | st.integers(500, 502), name=st.sampled_from("abcdef"))
    def change_email(self, customer, name):
        if customer not in self.redacted:  # who comes back was not forgotten by who comes late
            email = f"{name}@example.com"
            self.history.change("update_customer", customer_id=customer, email=email)

    @rule(customer=customers | st.integers(500, 502))
    def redact(self, customer):
        self.redacted.add(customer)
        self.history.change("redact_customer", customer_id=customer)

    @rule(product=st.sampled_from([110, 111]))
    def delete_product(self, product):
        self.history.change("delete_product", product_id=product)

    def lines_of(self, order: int) -> list[int]:
        """None of a deleted one."""
        query = "query($id: ID!) { order(id: $id) { lineItems(first: 50) { nodes { id } } } }"
        found = self.history.client.execute(query, {"id": f"gid://shopify/Order/{order}"})["order"]
        nodes = found["lineItems"]["nodes"] if found else []
        return [int(node["id"].rpartition("/")[2]) for node in nodes]

    # On the way.

    @rule(which=SOME, segments=st.integers(1, 3))
    def deliver(self, which, segments):
        """Some of all that were ever sent, so that some come twice."""
        caught = self.history.caught
        lines = [caught[-1 - i % len(caught)] for i in which if caught]
        if lines:
            self.history.deliver(lines, segments)

    @rule(backwards=st.booleans(), segments=st.integers(1, 3))
    def deliver_all(self, backwards, segments):
        if lines := self.history.waiting:
            self.history.deliver(lines[::-1] if backwards else lines, segments)

    @rule(which=SOME)
    def lose(self, which):
        if waiting := self.history.waiting:
            self.history.lost |= {waiting[i % len(waiting)]["webhook_id"] for i in which}

    @rule(
        customer=st.sampled_from([500, 501, 502]),
        content=CONTENTS,
        day=st.integers(1, 6),
        device=st.none() | st.sampled_from(["d1", "d2"]),
        clicked=st.booleans(),
        twice=st.booleans(),
    )
    def look(self, customer, content, day, device, clicked, twice):
        """Somebody saw a content days ago; without an account if on a device."""
        self.events += 1
        who = {"anonymousId": device} if device else {"userId": str(customer)}
        told = event(
            self.events,
            "track",
            event="Content Clicked" if clicked else "Content Viewed",
            properties={"content_id": content},
            timestamp=f"2026-03-0{day}T08:00:00Z",
            **who,
        )
        self.history.tell([told] * (1 + twice))

    @rule(customer=st.sampled_from([500, 501, 502]), device=st.sampled_from(["d1", "d2"]))
    def sign_in(self, customer, device):
        self.events += 1
        told = event(
            self.events,
            "identify",
            anonymousId=device,
            userId=str(customer),
            timestamp="2026-03-08T08:00:00Z",
        )
        self.history.tell([told])

    # In the warehouse.

    @rule()
    def ingest(self):
        self.history.ingest()

    @rule(first=DAYS, more=st.integers(0, 6))
    def pull_days(self, first, more):
        start = FIRST + timedelta(first)
        self.history.follower.run(["shopify_orders"], start, min(start + timedelta(more), LAST))

    @rule(assets=st.sampled_from([["shopify_order_changes"], ["shopify_products"],
                                  ["shopify_customers"], ["shopify_deletions"]]))  # fmt: skip
    def pull(self, assets):
        self.history.follower.run(assets)

    @rule()
    def make_figures(self):
        self.history.figures()

    def teardown(self) -> None:
        with self.resources:
            if hasattr(self, "history"):
                self.check()

    def check(self) -> None:
        """Look once at what changed; what is late comes after it, and all else again."""
        history = self.history
        history.reconcile()
        late = history.waiting[::-1]
        again = [line for line in history.caught if line["webhook_id"] in history.delivered]
        if late or again:
            history.deliver(late + again[::-1], segments=2)
        history.ingest()
        history.figures()
        assert history.follower.rows("FROM staging.changed_days") == []
        log = history.follower.rows("SELECT webhook_id FROM staging.webhook_log ORDER BY 1")
        assert log == [(webhook_id,) for webhook_id in sorted(history.delivered)]
        ours, theirs = history.follower.figures(), history.backfill_elsewhere().figures()
        _forget_deleted_products(ours)
        assert_same(ours, theirs)


def assert_same(ours: Figures, theirs: Figures) -> None:
    """Table by table; the rows that only one side has, if there are any."""
    for table, expected in theirs.items():
        found = ours[table]
        missing = [row for row in expected if row not in found]
        assert (table, [row for row in found if row not in expected]) == (table, missing)
        assert found == expected


def _forget_deleted_products(figures: Figures) -> None:
    """Who came too late never heard of them."""
    deleted = {row[0] for row in figures["staging.products"] if row[4] == "DELETED"}
    for table, column in (("staging.products", 0), ("staging.product_variants", 1)):
        figures[table] = [row for row in figures[table] if row[column] not in deleted]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """A shop with a follower that has seen nothing, and with one that has seen everything."""
    folder = tmp_path_factory.mktemp("templates")
    with opened(folder / "nothing"):
        pass
    with opened(folder / "everything") as history:
        history.follower.backfill()
    return {False: folder / "nothing", True: folder / "everything"}


def test_any_history_ends_where_a_first_backfill_ends(
    templates: dict[bool, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for module in (changes, shopify):
        monkeypatch.setattr(module, "OVERLAP", OVERLAP)
    run_state_machine_as_test(partial(Shopkeeping, tmp_path, templates), settings=HISTORIES)


@pytest.mark.parametrize("newest_first", [True, False])
def test_webhooks_alone_tell_what_a_pull_tells(
    templates: dict[bool, Path], tmp_path: Path, newest_first: bool
):
    """Doubled, and backwards or shuffled, without a single pull, which only knows of journeys."""
    dice = random.Random(7)
    with opened(tmp_path / "shop", templates[True]) as history:
        history.has_figures = True
        for _ in range(20):
            _change_what_webhooks_tell(history, dice)
        lines = history.caught[::-1]
        lines += dice.sample(lines, len(lines) // 3)
        if not newest_first:
            dice.shuffle(lines)
        for start in range(0, len(lines), 20):
            history.deliver(lines[start : start + 20], segments=2)
            history.ingest()
        history.figures()
        ours, theirs = history.follower.figures(), history.backfill_elsewhere().figures()
    for figures in (ours, theirs):
        figures["staging.orders"] = [row[:-1] for row in figures["staging.orders"]]
    assert_same(ours, theirs)


def _change_what_webhooks_tell(history: History, dice: random.Random) -> None:
    order = dice.randint(2020, 2022)  # so few that each has many versions
    do, form = dice.choice(
        [
            ("place_order", {"lines": [{"variant_id": 1010}], "customer_id": 500,
                             "processed_at": "2026-03-05T12:00:00Z"}),
            ("refund", {"order_id": order, "amount": "1.25"}),
            ("cancel_order", {"order_id": order}),
            ("edit_order", {"order_id": order, "add": [{"variant_id": 1020}]}),
            ("late_update", {"resource": dice.choice(["orders", "customers", "products"])}),
            ("create_customer", {"email": f"{dice.random()}@example.com"}),
            ("update_customer", {"customer_id": 501, "email": f"{dice.random()}@example.org"}),
        ]
    )  # fmt: skip
    history.change(do, **form)
