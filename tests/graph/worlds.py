"""Small shops of any shape, for properties that must hold whatever the data."""

from typing import Any

from hypothesis import strategies as st

from tests.graph.world import NOON, World

ids = st.integers(1, 3)
contents = st.sampled_from(["a", "b", "c"])
maybe = st.none() | ids


@st.composite
def worlds(draw: Any) -> World:
    world = World()
    for product in draw(st.sets(ids)):
        world.add("staging.products", product_id=product, title=draw(st.sampled_from("xy")))
    for customer in draw(st.sets(ids)):
        world.add("staging.customers", customer_id=customer)
    for content in draw(st.sets(contents)):
        world.add("staging.content", content_id=content, title=draw(st.sampled_from("xy")))
    for content, product in draw(st.sets(st.tuples(contents, ids), max_size=4)):
        since = draw(st.none() | st.just(NOON))
        world.add(
            "staging.content_products", content_id=content, product_id=product, valid_from=since
        )
    for order in draw(st.sets(ids)):
        world.order(order, draw(maybe), test=draw(st.booleans()))
        for line in range(draw(st.integers(0, 2))):
            world.line(10 * order + line, order, draw(maybe), quantity=draw(ids))
            if draw(st.booleans()):
                world.credit(10 * order + line, order, draw(contents), credit=draw(ids))
    for event in draw(st.sets(ids)):
        kind = draw(st.sampled_from(["view", "click"]))
        world.touch(
            f"e{event}", draw(maybe), draw(contents), touch_type=kind, product_id=draw(maybe)
        )
    _loop(draw, world)
    return world


def _loop(draw: Any, world: World) -> None:
    for user, value in draw(st.sets(st.tuples(ids, contents), max_size=3)):
        world.taste(user, "tag", value, draw(st.sampled_from([0.25, 0.5])))
    for user, product in draw(st.sets(st.tuples(ids, ids), max_size=3)):
        world.recommend(user, product, rank=draw(ids))
    for user, content in draw(st.sets(st.tuples(ids, contents), max_size=3)):
        world.recommend_content(user, content, rank=draw(ids))
