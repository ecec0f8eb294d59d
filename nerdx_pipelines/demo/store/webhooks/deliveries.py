"""Webhooks on their way: one after the other, and again until somebody answers.

What is sent, and to whom, is in `announcing.py`; times are Shopify's, run `speed` times as fast.
"""

import heapq
import logging
import random
import threading
import time
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime

import requests
from pydantic import BaseModel, Field, SecretStr

from nerdx_pipelines.demo.store.access import ALL, Access
from nerdx_pipelines.demo.store.database import StoreDatabase
from nerdx_pipelines.demo.store.webhooks.announcing import Announcer, Delivery
from nerdx_pipelines.demo.store.writes.change import Change, Row

log = logging.getLogger(__name__)

TIMEOUTS = (1.0, 4.0)  # seconds to connect, and then to answer
RETRIES = 8
FIRST_RETRY = 4 * 3600 / (2**RETRIES - 1)  # each wait doubles; together they are four hours
MOST_WAITING = 10_000
MOST_REMEMBERED = 10_000
HELD_BACK = 0.25  # seconds that one out of order waits for another to overtake it


class Behaviour(BaseModel):
    """How deliveries go; the probabilities are of one delivery, drawn with `seed`."""

    speed: float = Field(60, gt=0)
    duplicate: float = Field(0, ge=0, le=1)
    reorder: float = Field(0, ge=0, le=1)
    seed: int = 0
    compliance_uri: str | None = None  # where customers/redact goes, which nobody subscribes to


class Deliveries:
    """Sends webhooks one after the other in a thread of its own, in the order of the changes.

    Bodies are signed with `secret` and hold what an app with the rights `access` may see.
    """

    def __init__(self, database: StoreDatabase, secret: SecretStr, access: Access = ALL) -> None:
        with database.cursor() as cursor:
            cursor.execute("SELECT myshopify_domain FROM store.shop")
            ((domain,),) = cursor.fetchall()
        self._database, self._announcer = database, Announcer(domain, secret, access)
        self._lock = threading.Condition()
        self._waiting: list[tuple[float, int, Delivery]] = []
        self._held: list[Delivery] = []  # those that the next one overtakes
        self._under_way = 0
        self._order = 0
        self._remembered: deque[Delivery] = deque(maxlen=MOST_REMEMBERED)
        self._answered: dict[int | None, int] = {}  # how often a subscriber said yes
        self._closed = False
        self.behave(Behaviour())
        self._session = requests.Session()
        self._session.trust_env = False
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def behave(self, behaviour: Behaviour) -> None:
        """Change how deliveries go from now on."""
        with self._lock:
            self._behaviour, self._random = behaviour, random.Random(behaviour.seed)  # noqa: S311

    def prepare(self, change: Change) -> list[Delivery]:
        """What the change will send: bodies as the shop is within its transaction."""
        return self._announcer.prepare(change, self._behaviour.compliance_uri)

    def send(self, prepared: list[Delivery]) -> None:
        """Put them in the queue; those that it has no room for are dropped with a warning."""
        with self._lock:
            for delivery in prepared:
                self._queue(delivery)
                if self._random.random() < self._behaviour.duplicate:
                    self._queue(replace(delivery, again=True, attempts=[]))
            self._lock.notify()

    def listed(self, *, with_body: bool = False) -> Row:
        """What was sent, what was answered, and how many are still to be sent."""
        with self._lock:
            return {
                "pending": len(self._waiting) + self._under_way,
                "deliveries": [each.shown(with_body) for each in self._remembered],
            }

    def close(self) -> None:
        """Stop; what has not been sent never will be."""
        with self._lock:
            self._closed = True
            if self._waiting:
                log.warning("%s webhooks were not delivered any more.", len(self._waiting))
            self._lock.notify()
        self._thread.join()
        self._session.close()

    def _queue(self, delivery: Delivery, wait: float = 0.0) -> None:
        first = not delivery.attempts
        if first:
            self._remembered.append(delivery)
        if len(self._waiting) >= MOST_WAITING:
            delivery.state = "dropped"
            log.warning("The webhook %s is dropped: the queue is full.", delivery.topic)
            return
        if first and self._random.random() < self._behaviour.reorder:
            self._held.append(delivery)
            self._push(delivery, HELD_BACK)
            return
        self._push(delivery, wait)
        if first:
            self._let_go()

    def _push(self, delivery: Delivery, wait: float) -> None:
        self._order += 1
        heapq.heappush(self._waiting, (time.monotonic() + wait, self._order, delivery))

    def _let_go(self) -> None:
        """What was held back has been overtaken and may go."""
        waiting = {id(delivery) for _, _, delivery in self._waiting}
        overtaken, self._held = [each for each in self._held if id(each) in waiting], []
        for delivery in overtaken:
            self._waiting = [item for item in self._waiting if item[2] is not delivery]
            heapq.heapify(self._waiting)
            self._push(delivery, 0)

    def _run(self) -> None:
        while (delivery := self._next()) is not None:
            try:
                self._attempt(delivery)
            except Exception:
                log.exception("The webhook %s could not be sent", delivery.topic)
                delivery.state = "failed"
            finally:
                with self._lock:
                    self._under_way -= 1

    def _next(self) -> Delivery | None:
        with self._lock:
            while not self._closed:
                wait = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if wait is not None and wait <= 0:
                    self._under_way += 1
                    return heapq.heappop(self._waiting)[2]
                self._lock.wait(wait)
        return None

    def _attempt(self, delivery: Delivery) -> None:
        attempt: Row = {"at": datetime.now(UTC).isoformat()}
        try:
            with self._session.post(
                delivery.uri,
                data=delivery.body,
                headers=delivery.headers,
                timeout=TIMEOUTS,
                allow_redirects=False,
                stream=True,  # only the status counts
            ) as response:
                attempt["status"] = response.status_code
                good = 200 <= response.status_code < 300
        except requests.RequestException as error:
            attempt["error"], good = f"{type(error).__name__}: {error}", False
        with self._lock:
            delivery.attempts.append(attempt)
            if good:
                delivery.state = "delivered"
                said_yes = self._answered.get(delivery.subscription, 0)
                self._answered[delivery.subscription] = said_yes + 1
                return
            retried, said_yes = (
                len(delivery.attempts) - 1,
                self._answered.get(delivery.subscription, 0),
            )
            if not retried:
                delivery.answered_before = said_yes
            log.info("The webhook %s failed: %s", delivery.topic, attempt)
            if retried < RETRIES and delivery.state == "pending":
                self._queue(delivery, FIRST_RETRY * 2**retried / self._behaviour.speed)
                return
            delivery.state = "failed"
            in_a_row = said_yes == delivery.answered_before
        if in_a_row:
            self._give_up(delivery)

    def _give_up(self, delivery: Delivery) -> None:
        """Nobody answered all retries: Shopify deletes the subscription."""
        if delivery.subscription is None:
            return
        log.warning("%s did not answer: its subscription is deleted.", delivery.uri)
        with self._database.writing() as cursor:
            cursor.execute(
                f"DELETE FROM store.webhook_subscriptions WHERE id = {delivery.subscription}"  # noqa: S608
            )
        with self._lock:
            gone = [item for item in self._waiting if item[2].subscription == delivery.subscription]
            for item in gone:
                item[2].state = "dropped"
                self._waiting.remove(item)
            heapq.heapify(self._waiting)
