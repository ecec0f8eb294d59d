"""Our Markov model gives what do-attribution gives, and what ChannelAttribution converges to."""

import random

import pytest

from nerdx_pipelines.attribution import attribute


def table(seed: int, channels: str, journeys: int) -> list[dict[str, object]]:
    rng = random.Random(seed)
    counts: dict[str, list[int]] = {}
    for _ in range(journeys):
        path = " > ".join(rng.choice(channels) for _ in range(rng.randint(1, 6)))
        counts.setdefault(path, [0, 0])[rng.random() > 0.2] += 1
    return [
        {"path": path, "conversions": converted, "null": not_}
        for path, (converted, not_) in counts.items()
    ]


def ours(rows, order):
    return {credit.channel: credit for credit in attribute(rows, ["markov"], order)}


def test_do_attribution_to_the_last_digits(ask):
    questions = [
        (table(seed, "ABCDEFGH"[: 2 + seed % 7], 20 + 10 * seed), order)
        for seed in range(20)
        for order in (1, 2, 3)
    ]
    worst = 0.0
    for (rows, order), (effects, shares) in zip(
        questions, ask("do_attribution", questions), strict=True
    ):
        total = sum(row["conversions"] for row in rows)
        found = ours(rows, order)
        assert found.keys() == effects.keys()
        for channel, credit in found.items():
            worst = max(
                worst,
                abs(credit.removal_effect - effects[channel]),
                abs(credit.conversions / total - shares[channel]),
            )
    print(f"largest difference: {worst:.1e}")
    assert worst < 1e-14


@pytest.mark.parametrize("order", [1, 2])
def test_channelattribution_within_what_it_simulates(ask, order):
    rows = table(5, "ABCDEF", 3000)
    # By default it gives up a walk at the longest path there is: effects come out too small.
    options = {"max_step": 1000, "nsim_start": 1e6, "conv_par": 0.005}
    found = ours(rows, order)
    answer = ask("channelattribution", {"rows": rows, "order": order, "options": options})
    assert found.keys() == answer["conversions"].keys()
    for channel, credit in found.items():
        assert answer["conversions"][channel] == pytest.approx(credit.conversions, rel=0.02)
        assert answer["effects"][channel] == pytest.approx(credit.removal_effect, rel=0.02)
