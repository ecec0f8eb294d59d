"""The Dagster UI over the story's data dir, in a real browser; then all of it ends at Ctrl-C."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from nerdx_pipelines.ports import free_port
from tests.e2e.conftest import NERDX, World
from tests.e2e.processes import living
from tests.report.report_browser import Browser, started

PATIENCE = 60  # seconds
GROUPS = ("shopify", "content", "attribution", "kpi", "graph", "loop", "learning", "report")
CHARTS = ("revenue_over_time", "model_comparison", "creators")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with started(tmp_path_factory.mktemp("chromium")) as browser:
        browser.driver.set_window_size(1500, 1000)
        yield browser


def start(world: World, output: Path) -> tuple[subprocess.Popen[bytes], str]:
    """`nerdx ui` as the leader of a process group, as a shell would have it; its address."""
    with output.open("wb") as file:
        ui = subprocess.Popen(
            [NERDX, "ui", "--port", str(free_port(0))],
            env=world.environment(),
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    while not (told := re.search(r"Dagster: (http://\S+) ", output.read_text())):
        assert ui.poll() is None, output.read_text()
        time.sleep(0.1)
    return ui, told[1]


def until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    def answers(_: object) -> bool:
        assert process.poll() is None
        try:
            return requests.get(f"{url}/server_info", timeout=5).ok
        except requests.ConnectionError:
            return False

    WebDriverWait(None, PATIENCE).until(answers)


def see(browser: Browser, url: str, *words: str) -> None:
    """Open the page and wait until all of the words are on it."""

    def shown(_: object) -> bool:
        nonlocal text
        text = browser.ask("return document.body.innerText")
        return all(word in text for word in words)

    text = ""
    browser.driver.get(url)
    with suppress(TimeoutException):
        WebDriverWait(browser.driver, PATIENCE).until(shown)
    assert [word for word in words if word not in text] == [], f"{url} shows:\n{text}"


def test_the_ui_shows_the_runs_the_assets_and_the_report(
    story: World, browser: Browser, tmp_path: Path
):
    ui, url = start(story, tmp_path / "ui.log")
    try:
        until_it_answers(url, ui)
        see(browser, f"{url}/runs", "refresh", "Success")
        see(browser, f"{url}/asset-groups", *GROUPS)
        lineage = f"{url}/asset-groups/~/content_kpis"
        see(browser, lineage, "content_kpis", "daily_sales", "published_kpis", "dagster/row_count")
        see(browser, f"{url}/assets/report", str(story.data_dir / "report.html"), *CHARTS)
        browser.driver.find_element(By.XPATH, "//*[text()='[Show Markdown]']").click()
        browser.wait_for("return document.querySelector('img[alt]')?.naturalWidth > 300", True)
        started_here = " ".join(living(story.data_dir))
        for part in ("demo-store", "dagster_webserver", "dagster._daemon"):
            assert part in started_here
    finally:
        os.killpg(ui.pid, signal.SIGINT)
        ui.wait(60)
    assert [command for command in living(story.data_dir) if "arcadedb" not in command] == []
