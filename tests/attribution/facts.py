"""Random facts for hypothesis: few users, contents and moments, so that much ties and overlaps."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tests.attribution.ledger import at
from tests.attribution.reference import Feature, Line, Rules, Touch

moments = st.integers(-9 * 24, 24).map(lambda hours: at(hours / 24))
contents = st.sampled_from("abc")
users = st.sampled_from([1, 2])
all_rules = st.builds(
    Rules,
    window_days=st.sampled_from([1, 7, 30]),
    touch_policy=st.sampled_from(["all", "click_only", "click_first"]),
    collapse=st.sampled_from(["consecutive", "none"]),
    half_life_days=st.sampled_from([0.5, 7.0]),
)
features_of = st.lists(
    st.builds(Feature, contents, st.sampled_from([7, 8]), st.none() | moments, st.none() | moments),
    max_size=6,
)
touches_of = st.lists(
    st.builds(
        Touch,
        st.just(""),
        users | st.none(),
        contents,
        st.sampled_from(["view", "click"]),
        moments,
    ),
    max_size=12,
).map(
    lambda found: [
        Touch(f"e{i}", t.user_id, t.content_id, t.touch_type, t.touched_at)
        for i, t in enumerate(found)
    ]
)


@st.composite
def lines_of(draw):
    """Lines as they are today, some of them refunded in part or in full, or cancelled."""
    lines = []
    for i in range(1, draw(st.integers(1, 4)) + 1):
        digits = draw(st.sampled_from([0, 2, 3]))
        processed_at = at(draw(st.integers(-48, 24)) / 24)
        net = draw(st.integers(-50, 10_000) | st.just(0))
        back = draw(st.lists(st.integers(0, 3_000), max_size=3)) if net >= 0 else []
        refunds = [
            (100 * i + n, processed_at + timedelta(days=draw(st.integers(0, 9))), amount)
            for n, amount in enumerate(back)
        ]
        lines.append(
            Line(
                line_id=i,
                order_id=i,
                product_id=draw(st.sampled_from([7, 7, 8, None])),
                customer_id=draw(users | st.none()),
                processed_at=processed_at,
                net_revenue=Decimal(net).scaleb(-digits),
                digits=digits,
                refunds=tuple((n, when, Decimal(m).scaleb(-digits)) for n, when, m in refunds),
                cancelled_at=draw(st.none() | st.none() | st.just(at(9))),
            )
        )
    return lines
