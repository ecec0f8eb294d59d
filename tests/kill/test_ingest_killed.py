"""An ingest that is killed at any moment: each webhook applied once, the tables of a quiet run."""

import random
from collections.abc import Iterator
from pathlib import Path

from tests.assets.segments import segment, webhook
from tests.assets.world import Follower
from tests.kill.orders import paid
from tests.kill.victims import KILLS, NOBODY, ingest, killed, seconds

ROUNDS = KILLS // 3
DOUBLED = 0.3  # of the webhooks
TABLES = ("orders", "order_lines", "refunds", "refund_lines", "products", "customers")
Line = dict[str, str]
DAYS = "SELECT DISTINCT day FROM staging.changed_days ORDER BY 1"


def batches(dice: random.Random) -> Iterator[list[Line]]:
    """Some webhooks of 30 orders each time, a third of them sent before."""
    sent: list[Line] = []
    while True:
        lines = []
        for _ in range(dice.randint(20, 80)):
            if sent and dice.random() < DOUBLED:
                lines.append(dice.choice(sent))
            else:
                lines.append(webhook("orders/updated", paid(dice.randint(1, 30), dice)))
                sent.append(lines[-1])
        yield lines


def test_each_webhook_is_applied_once_whenever_the_ingest_is_killed(tmp_path: Path):
    dice = random.Random(KILLS)
    disturbed, quiet = tmp_path / "disturbed", tmp_path / "quiet"
    sending, everything = batches(dice), []

    def send() -> None:
        lines = next(sending)
        everything.extend(lines)
        for part in (lines[::2], lines[1::2]):
            segment(disturbed / "inbox", part)

    usual = 0.0
    for _ in range(2):  # the first one has to import
        send()
        usual = seconds(ingest, disturbed)
    kills = tries = 0
    while kills < ROUNDS:
        send()
        kills += killed(ingest, disturbed, usual, dice)
        tries += 1
        assert tries < 5 * ROUNDS
    seconds(ingest, disturbed)

    dice.shuffle(everything)
    segment(quiet / "inbox", everything)
    seconds(ingest, quiet)
    ours, theirs = Follower(NOBODY, disturbed), Follower(NOBODY, quiet)
    assert list((disturbed / "inbox").glob("*.jsonl")) == []
    log = ours.rows("SELECT webhook_id FROM staging.webhook_log ORDER BY 1")
    assert log == sorted({(line["webhook_id"],) for line in everything})
    for table in TABLES:
        rows = f"FROM staging.{table} ORDER BY ALL"
        assert ours.rows(rows) == theirs.rows(rows), table
    assert ours.rows(DAYS) == theirs.rows(DAYS)
