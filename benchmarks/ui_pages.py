"""Dagster's pages of a project of three years: what they ask of the web server, and how long it
takes to answer; and how long a browser takes until somebody can read them.

The questions are not kept here: a real browser opens each page, and what it sends is sent again.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import requests
from selenium.webdriver.support.ui import WebDriverWait

from benchmarks.report import Table
from tests.e2e.live import generated, ok
from tests.report.report_browser import Browser, started

ORDERS, DAYS = 3_000, 1_096
SINGLE_DAYS = 5  # made anew, each by a run of its own
GOAL = 2.0  # seconds
PATIENCE = 120
AT_ONCE = 6  # connections of a browser to one server
QUIET = 1.5  # seconds without a request: the page has asked all it wants to know


@dataclass
class Visited:
    """One page: what it asked, its answers' times, the times until it could be read."""

    name: str
    questions: list[dict[str, Any]] = field(default_factory=list)
    answers: list[list[float]] = field(default_factory=list)  # a list a time it was asked
    whole: list[float] = field(default_factory=list)  # until the last of these answers
    readable: list[float] = field(default_factory=list)


def run(repeat: int) -> list[Table]:
    """Open each page `repeat` times, and repeat each of its questions as often and five times."""
    with TemporaryDirectory(prefix="nerdx-ui-") as folder, _project(Path(folder)) as (url, last):
        with started(Path(folder) / "chromium") as browser:
            pages = [_visit(browser, url, *page, repeat) for page in _pages(last)]
        for page in pages:
            for _ in range(5 * repeat):
                begin = time.monotonic()
                with ThreadPoolExecutor(AT_ONCE) as threads:
                    page.answers.append(list(threads.map(partial(_answer, url), page.questions)))
                page.whole.append(time.monotonic() - begin)
    return [_over_http(pages), _in_a_browser(pages)]


def _pages(last: date) -> list[tuple[str, str, tuple[str, ...]]]:
    """Name, path, and the words that say it can be read."""
    made = f"Materialized ({DAYS})"
    day = f"?view=partitions&partition={last}"
    return [
        ("asset, daily_sales", "/assets/daily_sales", ("Latest materialization", "row_count")),
        ("its partitions", f"/assets/daily_sales{day}", (made, "partition_row_count")),
        ("partitions, shopify_orders", f"/assets/shopify_orders{day}", (made,)),
        ("partitions, attribution_credits", f"/assets/attribution_credits{day}", (made,)),
        ("events, daily_sales", "/assets/daily_sales?view=events", (str(last),)),
        (
            "job refresh, partitions",
            "/locations/nerdx_pipelines/jobs/refresh/partitions",
            ("Total partitions", "Backfill history"),
        ),
    ]


@contextmanager
def _project(root: Path) -> Iterator[tuple[str, date]]:
    """Dagster's address, with all days materialized; the last of them."""
    with generated(root, ORDERS, DAYS) as (live, last):
        ok(live, "refresh")
        for ago in range(SINGLE_DAYS):
            day = str(last - timedelta(ago))
            ok(live, "refresh", "--from", day, "--to", day)
        try:
            with live.dagster() as url:
                live.until(lambda: _answers(url), True, PATIENCE)
                yield url, last
        finally:
            ok(live, "down")


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/server_info", timeout=5).ok
    except requests.ConnectionError:
        return False


def _visit(
    browser: Browser, url: str, name: str, path: str, words: tuple[str, ...], repeat: int
) -> Visited:
    """Open the page once to learn what it asks, then so many times with a stop-watch."""
    page = Visited(name)
    _open(browser, f"{url}{path}", words)
    page.questions = list(_questions(browser))
    page.readable = [_open(browser, f"{url}{path}", words) for _ in range(repeat)]
    return page


def _open(browser: Browser, address: str, words: tuple[str, ...]) -> float:
    """Seconds until all of the words are on the page."""
    browser.driver.get("about:blank")
    browser.driver.get_log("performance")
    begin = time.monotonic()
    browser.driver.get(address)

    def shown(_: object) -> bool:
        text = browser.ask("return document.body.innerText")
        return all(word in text for word in words)

    WebDriverWait(browser.driver, PATIENCE, poll_frequency=0.05).until(shown, address)
    return time.monotonic() - begin


def _questions(browser: Browser) -> Iterator[dict[str, Any]]:
    """The different GraphQL requests that the page has sent, until it sends no more."""
    seen: set[str] = set()
    asked = time.monotonic()
    while time.monotonic() - asked < QUIET:
        for entry in browser.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            if event["method"] != "Network.requestWillBeSent":
                continue
            request = event["params"]["request"]
            body = request.get("postData", "")
            if "/graphql" in request["url"] and body and body not in seen:
                asked = time.monotonic()
                seen.add(body)
                yield json.loads(body)
        time.sleep(0.1)


def _answer(url: str, question: dict[str, Any]) -> float:
    """Seconds until it is answered."""
    begin = time.monotonic()
    answer = requests.post(f"{url}/graphql", json=question, timeout=PATIENCE)
    answer.raise_for_status()
    assert "errors" not in answer.json(), answer.text[:500]
    return time.monotonic() - begin


def _over_http(pages: list[Visited]) -> Table:
    rows = []
    for page in pages:
        each = [median(times) for times in zip(*page.answers, strict=True)]
        slowest = max(range(len(each)), key=each.__getitem__)
        rows.append(
            [
                page.name,
                str(len(page.questions)),
                f"{median(page.whole):.2f}",
                f"{max(page.whole):.2f}",
                f"{GOAL:.0f}",
                "yes" if max(page.whole) < GOAL else "no",
                f"{page.questions[slowest].get('operationName', '')} {each[slowest]:.2f}",
            ]
        )
    return Table(
        "Dagster's pages over HTTP",
        f"A project of {DAYS:,} days, all materialized for every daily asset by one run and "
        f"{SINGLE_DAYS} of them again by runs of a day. All GraphQL requests that a page has sent, "
        f"sent again, {AT_ONCE} at a time as browsers do: seconds until the last is answered.",
        ["page", "requests", "median", "worst", "goal", "reached", "slowest request"],
        rows,
    )


def _in_a_browser(pages: list[Visited]) -> Table:
    return Table(
        "Until they can be read",
        "The same pages in headless Chromium, from an empty tab until the figures are on the "
        "screen, in seconds; the front end alone is several megabytes of JavaScript.",
        ["page", "median", "worst"],
        [[p.name, f"{median(p.readable):.1f}", f"{max(p.readable):.1f}"] for p in pages],
    )
