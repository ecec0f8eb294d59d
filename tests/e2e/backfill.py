"""What somebody who backfills does in the Dagster UI, and what an analyst does meanwhile.

The browser is real, as are the processes that are killed; what must be true of it is in
`test_backfill.py`.
"""

import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from nerdx_pipelines.operations.orphans import lives, process_of
from tests.e2e.conftest import World
from tests.e2e.live import Live
from tests.e2e.processes import by_id
from tests.report.report_browser import Browser

PATIENCE = 600  # seconds; how long it takes is measured elsewhere
# Every figure of one set must be of the same moment.
REVENUE = """
    SELECT
        (SELECT count(*) FROM {0}daily_sales) AS days,
        (SELECT sum(net_revenue) FROM {0}daily_sales) AS by_day,
        (SELECT sum(attributed_revenue + unattributed_revenue) FROM {0}daily_sales) AS by_part,
        (SELECT value FROM {0}health WHERE metric = 'net_revenue') AS in_all,
        (SELECT sum(attributed_revenue) FROM {0}daily_sales) AS attributed_by_day,
        (SELECT sum(attributed_revenue) FROM {0}content_kpis) AS attributed_by_content,
        (SELECT value FROM {0}health WHERE metric = 'attributed_revenue') AS attributed_in_all
"""
STAGED = """
    SELECT
        (SELECT count(*) FROM staging.orders) AS orders,
        (SELECT count(DISTINCT order_id) FROM staging.order_lines) AS with_lines
"""


class Page:
    """The UI as somebody sees it: words on it, and what can be clicked."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url

    def open(self, path: str, *words: str) -> "Page":
        """Go there, as soon as the UI is up, and wait for the words."""
        WebDriverWait(self.browser.driver, PATIENCE, ignored_exceptions=[WebDriverException]).until(
            lambda driver: driver.get(f"{self.url}{path}") is None
        )
        return self.see(*words)

    def see(self, *words: str) -> "Page":
        """Wait until all of the words are shown."""
        text = ""

        def shown(_: object) -> bool:
            nonlocal text
            text = self.browser.ask("return document.body.innerText")
            return all(word in text for word in words)

        with suppress(TimeoutException):
            WebDriverWait(self.browser.driver, PATIENCE).until(shown)
        missing = [word for word in words if word not in text]
        assert missing == [], f"{self.browser.driver.current_url} shows:\n{text}"
        return self

    def click(self, word: str, exact: bool = False) -> "Page":
        """Click the first thing of this name that can be clicked, as soon as there is one."""
        WebDriverWait(self.browser.driver, PATIENCE).until(
            lambda _: self.clicked(word, exact), f"nothing to click: {word}"
        )
        return self

    def clicked(self, word: str, exact: bool = False) -> bool:
        """Click it if it is there; whether it was."""
        test = (
            f"normalize-space(.)='{word}'" if exact else f"contains(normalize-space(.), '{word}')"
        )
        path = f"//*[self::button or self::a or self::span][{test}][not(@disabled)]"
        for found in self.browser.driver.find_elements(By.XPATH, path):
            with suppress(WebDriverException):  # covered, or gone meanwhile
                found.click()
                return True
        return False

    def picture(self, file: Path) -> None:
        """For whoever wants to look at it."""
        self.browser.driver.save_screenshot(str(file))


class Analyst:
    """Reads figures over and over from the file and with `nerdx query`, in a thread of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.read: list[dict[str, Any]] = []
        self.staged: list[dict[str, Any]] = []
        self.errors: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    def __enter__(self) -> "Analyst":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._ended.is_set():
            try:
                self._look()
            except Exception as error:  # whatever it is, the test wants to know
                self.errors.append(f"{type(error).__name__}: {error}")

    def _look(self) -> None:
        with duckdb.connect(self.world.data_dir / "kpi.duckdb", read_only=True) as con:
            rows = con.execute(REVENUE.format(""))
            names = [column[0] for column in rows.description]
            self.read += [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
        self.read += self.world.rows(REVENUE.format("kpi."))
        self.staged += self.world.rows(STAGED)


def run_of(live: Live, parent: str | None = None) -> dg.DagsterRun:
    """The backfill's run, or the one that goes on with `parent`, once it works."""

    def found() -> list[dg.DagsterRun]:
        records = live.runs("refresh", dg.DagsterRunStatus.STARTED)
        return [r.dagster_run for r in records if r.dagster_run.parent_run_id == parent]

    live.until(lambda: bool(found()), True, PATIENCE)
    return found()[0]


def goes_on(live: Live, run: dg.DagsterRun) -> bool:
    """Whether the run took up what another one had stored of its range."""
    with live.instance() as instance:
        told = [entry.user_message for entry in instance.all_logs(run.run_id)]
    return any("stored by a run that did not end" in message for message in told)


def go_on_with(page: Page, live: Live, run: dg.DagsterRun) -> dg.DagsterRun:
    """Re-execute what a run left, on its page; the new run, once it works."""
    page.open(f"/runs/{run.run_id}", "Failure")

    def asked() -> bool:
        if any(each.dagster_run.parent_run_id == run.run_id for each in live.runs("refresh")):
            return True
        # To be confirmed when the backfill is over; a click while the page still loads is lost.
        page.clicked("Confirm", exact=True) or page.clicked("Re-execute From failure")
        return False

    live.until(asked, True, PATIENCE)
    return run_of(live, run.run_id)


def kill_run(live: Live, run: dg.DagsterRun) -> None:
    """kill -9 of the process of a run."""
    with live.instance() as instance:
        pid = process_of(instance, run.run_id)
    assert pid in by_id(live.world.data_dir)
    os.kill(pid, signal.SIGKILL)
    live.until(lambda: lives(pid), False, PATIENCE)
