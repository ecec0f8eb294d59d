"""The Dagster UI over the story's data dir, in a real browser; then all of it ends at Ctrl-C."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from nerdx_pipelines.ports import free_port
from tests.e2e.conftest import NERDX, World
from tests.e2e.processes import living
from tests.report.report_browser import Browser, started

PATIENCE = 60  # seconds
GROUPS = ("shopify", "content", "attribution", "kpi", "graph", "loop", "report")
CHARTS = ("revenue_over_time", "model_comparison", "creators")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with started(tmp_path_factory.mktemp("chromium")) as browser:
        browser.driver.set_window_size(1500, 1000)
        yield browser


def start(world: World, port: int) -> subprocess.Popen[bytes]:
    """`nerdx ui` as the leader of a process group, as a shell would have it."""
    return subprocess.Popen(
        [NERDX, "ui", "--port", str(port)],
        env=world.environment(),
        stdout=tempfile.TemporaryFile(),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    def answers(_: object) -> bool:
        assert process.poll() is None
        try:
            return requests.get(f"{url}/server_info", timeout=5).ok
        except requests.ConnectionError:
            return False

    WebDriverWait(None, PATIENCE).until(answers)


def see(browser: Browser, url: str, *words: str) -> str:
    """Open the page and wait until all of the words are on it; its text."""

    def shown(_: object) -> str | None:
        text = browser.ask("return document.body.innerText")
        return text if all(word in text for word in words) else None

    browser.driver.get(url)
    return WebDriverWait(browser.driver, PATIENCE).until(shown, f"{words} not on {url}")


def test_the_ui_shows_the_runs_the_assets_and_the_report(story: World, browser: Browser):
    port = free_port(3100)
    url = f"http://127.0.0.1:{port}"
    ui = start(story, port)
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
