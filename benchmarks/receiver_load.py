"""Sends signed webhooks of 4 kB to a receiver as fast as it answers, or so many a second.

A process of its own, `python -m benchmarks.receiver_load URL SECRET CONNECTIONS SECONDS [RATE]`,
cheap because it shares the processors with the receiver; prints what it saw as JSON.
"""

import asyncio
import base64
import hmac
import json
import sys
import time
from array import array
from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import cast
from urllib.parse import urlsplit

import uvloop

BODY_BYTES = 4096
BODIES = 200
TICK_S = 0.001
DRAIN_S = 10


def bodies() -> list[bytes]:
    """Orders of `BODY_BYTES`, each another one."""
    made = []
    for number in range(BODIES):
        line = {
            "id": 866550311766439020 + number,
            "product_id": 788032119674292922,
            "title": "IPod Nano – 8 GB",
            "price": "199.00",
            "quantity": 1,
            "taxable": True,
            "discount_allocations": [{"amount": "5.00", "discount_application_index": 0}],
        }
        order = {"id": 820982911946154508 + number, "currency": "EUR", "line_items": [line] * 12}
        text = json.dumps(order | {"note": ""}, ensure_ascii=False).encode()
        order["note"] = "x" * (BODY_BYTES - len(text))
        made.append(json.dumps(order, ensure_ascii=False).encode())
    return made


def requests(host: str, secret: str) -> Iterator[bytes]:
    """Requests without end, each with a webhook id of its own."""
    starts = []
    for body in bodies():
        digest = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
        head = (
            f"POST /api/v1/webhooks/shopify/orders-paid HTTP/1.1\r\nHost: {host}\r\n"
            "Content-Type: application/json\r\nX-Shopify-Topic: orders/paid\r\n"
            "X-Shopify-Shop-Domain: bench.myshopify.com\r\nX-Shopify-API-Version: 2026-10\r\n"
            "X-Shopify-Triggered-At: 2026-11-22T20:15:00.123456789Z\r\n"
            f"X-Shopify-Hmac-Sha256: {digest}\r\nContent-Length: {len(body)}\r\n"
        )
        starts.append((head.encode(), b"\r\n\r\n" + body))
    for number in count():
        head, tail = starts[number % BODIES]
        yield b"%bX-Shopify-Webhook-Id: bench-%d%b" % (head, number, tail)


class Load:
    """What the connections of this process send, and how it was answered."""

    def __init__(self, host: str, secret: str) -> None:
        self.requests = requests(host, secret)
        self.idle: deque[Connection] = deque()
        self.late: deque[float] = deque()  # due times of requests without a connection
        self.seconds = array("d")
        self.statuses: dict[str, int] = {}
        self.closed_loop = False
        self.under_way = 0

    def answered(self, connection: "Connection", status: bytes) -> None:
        word = status.decode()
        self.statuses[word] = self.statuses.get(word, 0) + 1
        self.seconds.append(time.perf_counter() - connection.due)
        self.under_way -= 1
        if word != "200":  # the connection may be closed with it: this load is no figure
            sys.exit(f"A request was answered {word} after {self.seconds[-1]:.2f} s.")
        if self.closed_loop:
            self.send(connection, time.perf_counter())
        elif self.late:
            self.send(connection, self.late.popleft())
        else:
            self.idle.append(connection)

    def send(self, connection: "Connection", due: float) -> None:
        connection.due = due
        self.under_way += 1
        connection.transport.write(next(self.requests))


class Connection(asyncio.Protocol):
    """One connection; an answer is its status line, whatever may follow it in pieces."""

    transport: asyncio.Transport
    due = 0.0

    def __init__(self, load: Load) -> None:
        self.load = load

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"HTTP/"):
            self.load.answered(self, data[9:12])


async def run(url: str, secret: str, connections: int, seconds: float, rate: float) -> Load:
    """All connections at once, each with its next request as soon as one is answered; or `rate`
    requests a second, due at equal distances whether or not the receiver keeps up."""
    parts = urlsplit(url)
    load, loop = Load(parts.netloc, secret), asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: Connection(load), parts.hostname, parts.port))[1]
        for _ in range(connections)
    ]
    start = time.perf_counter()
    if not rate:
        load.closed_loop = True
        for connection in made:
            load.send(connection, time.perf_counter())
        await asyncio.sleep(seconds)
        load.closed_loop = False
    else:
        load.idle.extend(made)
        sent = 0
        while (now := time.perf_counter() - start) < seconds:
            while sent / rate <= now:
                due = start + sent / rate
                sent += 1
                if load.idle:
                    load.send(load.idle.popleft(), due)
                else:
                    load.late.append(due)
            await asyncio.sleep(TICK_S)
    deadline = time.perf_counter() + DRAIN_S
    while load.under_way and time.perf_counter() < deadline:
        await asyncio.sleep(0.01)
    if load.under_way:
        sys.exit(f"{load.under_way} requests were not answered; others: {load.statuses}.")
    return load


def main() -> None:
    url, secret, connections, seconds = sys.argv[1:5]
    rate = float(sys.argv[5]) if len(sys.argv) > 5 else 0.0
    start = time.perf_counter()
    load = uvloop.run(run(url, secret, int(connections), float(seconds), rate))
    ordered = sorted(load.seconds)
    print(
        json.dumps(
            {
                "statuses": load.statuses,
                "seconds": time.perf_counter() - start,
                "median_ms": 1e3 * ordered[len(ordered) // 2],
                "p99_ms": 1e3 * ordered[int(len(ordered) * 0.99)],
                "worst_ms": 1e3 * ordered[-1],
                "cpu_s": time.process_time(),
            }
        )
    )


if __name__ == "__main__":
    main()
