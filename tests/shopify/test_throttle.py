"""Pacing against a simulated bucket: used up, never overdrawn, whatever the order of events."""

import random
import threading

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nerdx_pipelines.shopify.transport.throttle import Clock, Cost, Pacer
from tests.shopify.bucket_sim import Client, Job, World

DELAYS = (0.1, 0.02, 0.3, 0.15, 0.05)  # seconds to the shop, within it, and back


@st.composite
def jobs(draw: st.DrawFn) -> list[Job]:
    """Queries of a few kinds, the dearest first: nobody can know a price before it is told."""
    prices = draw(st.lists(st.integers(1, 1000), min_size=1, max_size=4))
    shares = draw(st.lists(st.floats(0, 1), min_size=1, max_size=7))
    order = draw(st.lists(st.sampled_from(prices), max_size=60))
    return [
        Job(price, round(price * shares[i % len(shares)]))
        for i, price in enumerate([max(prices), *order])
    ]


@given(
    jobs=jobs(),
    workers=st.integers(1, 8),
    delays=st.lists(st.floats(0, 5), min_size=1, max_size=7),
    plan=st.sampled_from([(1000, 50), (2000, 100), (4000, 200), (20_000, 1000)]),
)
# The bucket stays full while three travel, and a fourth overtakes them.
@example([Job(300, 0)] * 5, 8, [0, 0, 0, 5, 5, 5, 1.2, 9, 9, 9], (1000, 50))
@settings(max_examples=300, deadline=None)
def test_the_bucket_is_never_overdrawn(
    jobs: list[Job], workers: int, delays: list[float], plan: tuple[float, float]
):
    world = World(*plan)
    client = Client(world, jobs, workers, delays)
    world.run()
    assert client.throttled == 0
    assert client.done == client.sent == len(jobs)


@given(
    jobs=jobs(),
    workers=st.integers(1, 8),
    others=st.lists(st.tuples(st.floats(0, 20), st.integers(1, 1000)), max_size=30),
    seed=st.integers(0, 99),
)
@settings(max_examples=200, deadline=None)
def test_everything_is_answered_though_others_take_from_the_bucket(
    jobs: list[Job], workers: int, others: list[tuple[float, int]], seed: int
):
    chance = random.Random(seed)
    world = World(2000, 100)
    client = Client(world, jobs, workers, [chance.uniform(0, 1) for _ in range(11)])
    for moment, points in others:
        world.after(moment, lambda points=points: world.charge(points))
    world.run()
    assert client.done == len(jobs)
    # One refusal for each time that others came first, for every query then under way.
    assert client.throttled <= workers * len(others)


@pytest.mark.parametrize("workers", [1, 2, 4, 8])
@pytest.mark.parametrize(("requested", "actual"), [(400, 120), (900, 80), (50, 40), (100, 100)])
def test_it_is_used_up(requested: int, actual: int, workers: int):
    world = World(2000, 100)
    client = Client(world, [Job(requested, actual)] * (20_000 // actual), workers, DELAYS)
    world.run()
    assert client.throttled == 0
    assert world.spent >= 0.95 * (world.maximum + world.rate * client.ended)


@pytest.mark.parametrize("many", [2, 3, 4])
@pytest.mark.parametrize(("requested", "actual", "workers"), [(200, 80, 4), (100, 100, 2)])
def test_several_share_it(many: int, requested: int, actual: int, workers: int):
    world = World(2000, 100)
    chance = random.Random(7)
    clients = [
        Client(
            world,
            [Job(requested, actual)] * 300,
            workers,
            [chance.uniform(0.02, 0.3) for _ in range(17)],
        )
        for _ in range(many)
    ]
    world.run()
    ended = max(client.ended for client in clients)
    assert world.spent >= 0.95 * (world.maximum + world.rate * ended)
    throttled = sum(client.throttled for client in clients)
    assert throttled <= 0.05 * sum(client.sent for client in clients)


def test_a_huge_bucket_costs_nothing():
    world = World(1e9, 1e9)
    client = Client(world, [Job(1000, 900)] * 400, workers=4, delays=(1.0,))
    world.run()
    assert client.ended == pytest.approx(3 + 3 * 400 / 4, abs=3.1)  # the first one goes alone


def test_dear_queries_get_their_turn():
    world = World(1000, 50)
    cheap = [Job(40, 40)] * 200
    client = Client(world, [Job(900, 900), *cheap, Job(900, 900), *cheap], workers=8, delays=(0.1,))
    world.run()
    assert client.done == 402
    assert client.throttled == 0


def test_threads_wait_for_each_other():
    """The same with threads and a real clock: what they took by the end was there to be taken."""
    world = World(500, 10_000)
    pacer, lock, throttled = Pacer(Clock(lambda seconds: real_sleep(seconds))), threading.Lock(), []
    job, real_sleep = Job(100, 60), threading.Event().wait
    started = pacer.clock.now()

    def work() -> None:
        for _ in range(20):
            ticket, _ = pacer.enter(job.kind)
            with lock:
                world.now = pacer.clock.now() - started
                charged = world.charge(job.requested)
            real_sleep(0.002)
            with lock:
                world.now = pacer.clock.now() - started
                if charged:
                    world.refund(job.requested - job.actual)
                else:
                    throttled.append(ticket)
                cost = world.cost(job, job.actual if charged else 0, not charged)
            pacer.leave(ticket, cost)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert throttled == []
    assert world.spent == 120 * job.actual


COST = {"requestedQueryCost": 10, "actualQueryCost": 4}
STATUS = {"maximumAvailable": 2000.0, "currentlyAvailable": 1996, "restoreRate": 100.0}


def test_reading_the_cost():
    def read(cost: object, throttled: bool = False) -> Cost | None:
        return Cost.of({"extensions": {"cost": cost}}, throttled)

    assert read({**COST, "throttleStatus": STATUS}) == Cost(10, 4, 2000, 1996, 100)
    refused = read({**COST, "actualQueryCost": None, "throttleStatus": STATUS}, throttled=True)
    assert refused == Cost(10, 0, 2000, 1996, 100, throttled=True)
    failed = read({**COST, "actualQueryCost": None, "throttleStatus": STATUS})
    assert failed == Cost(10, 10, 2000, 1996, 100)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"extensions": None},
        {"extensions": {"cost": COST}},
        {"extensions": {"cost": {**COST, "throttleStatus": {**STATUS, "restoreRate": None}}}},
        {"extensions": {"cost": {**COST, "throttleStatus": {**STATUS, "restoreRate": "fast"}}}},
    ],
)
def test_a_shop_that_tells_no_cost_is_not_waited_for(body: dict):
    assert Cost.of(body, throttled=False) is None
    pacer = Pacer(Clock(lambda _: pytest.fail("waited")))
    ticket, _ = pacer.enter(("a", ()))
    pacer.leave(ticket, None)
    for _ in range(3):
        _, waited = pacer.enter(("a", ()))
        assert waited == 0


def test_what_is_slept_has_passed_however_it_is_slept():
    clock = Clock(lambda _: None)
    before = clock.now()
    clock.sleep(100)
    assert 100 <= clock.now() - before < 101
