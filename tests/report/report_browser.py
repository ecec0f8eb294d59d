"""A real headless Chromium with its own profile, seen from outside."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Browser:
    """One page at a time: open it as some reader would, then ask what is there."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(
        self, page: Path, width: int = 1200, scheme: str = "light", charts: int = 8, at: str = ""
    ) -> None:
        """Load the file, at a hash, and wait until its charts are drawn."""
        self.driver.get("about:blank")  # another hash alone would not load it anew
        self.driver.get_log("performance")
        self.driver.get_log("browser")
        self._devtools(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        self.prefer(scheme)
        self.driver.get(page.as_uri() + at)
        self.drawn(scheme, charts)

    def drawn(self, scheme: str = "light", charts: int = 8) -> None:
        """Wait until the page has drawn so many charts."""
        self.wait_for("return document.body.dataset.drawn", scheme)
        assert self.ask("return document.querySelectorAll('.chart svg.marks').length") == charts

    def click(self, css: str, words: str = "") -> None:
        """Click the first match, or the first with these words in it."""
        found = self.driver.find_elements(By.CSS_SELECTOR, css)
        (button, *_) = [each for each in found if words in each.text]
        self.ask("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()

    def press(self, key: str) -> None:
        """Press a key, such as ENTER, where the focus is."""
        ActionChains(self.driver).send_keys(getattr(Keys, key)).perform()

    def download(self, css: str, folder: Path) -> Path:
        """Click the first match and wait for the file that it gives."""
        self._devtools(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)}
        )
        before = set(folder.iterdir())
        self.click(css)

        def arrived(_: object) -> list[Path]:
            new = set(folder.iterdir()) - before
            return [file for file in new if file.suffix == ".csv" and file.stat().st_size]

        (file,) = WebDriverWait(self.driver, 30).until(arrived)
        return file

    def prefer(self, scheme: str) -> None:
        """Switch the reader's colour scheme."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._devtools("Emulation.setEmulatedMedia", {"features": [feature]})

    def ask(self, script: str, *arguments: object) -> Any:
        """What a script in the page returns."""
        return self.driver.execute_script(script, *arguments)

    def wait_for(self, script: str, answer: object) -> None:
        """Wait, within reason, until a script returns `answer`."""
        WebDriverWait(self.driver, 30).until(lambda _: self.ask(script) == answer)

    def text(self, css: str) -> str:
        """The visible text of the first match, in one line, no-break spaces as spaces."""
        return " ".join(
            self.ask("return document.querySelector(arguments[0]).innerText", css).split()
        )

    def texts(self, css: str) -> list[str]:
        """The same of every match."""
        found = self.ask(
            "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", css
        )
        return [" ".join(text.split()) for text in found]

    def marks(self, chart: str, kind: str) -> list[dict[str, Any]]:
        """Drawn marks of a kind (rect, symbol, rule, text): box, colour, opacity, label."""
        return self.ask(
            """
            const paths = `#${arguments[0]} .mark-${arguments[1]}.role-mark > *`;
            return [...document.querySelectorAll(paths)].map(e => {
                const box = e.getBoundingClientRect();
                return {
                    x: box.x, y: box.y, width: box.width, height: box.height,
                    fill: e.getAttribute("fill"), opacity: e.getAttribute("opacity"),
                    label: e.getAttribute("aria-label"), text: e.textContent,
                };
            })
            """,
            chart,
            kind,
        )

    def hover(self, css: str) -> None:
        """Point at the first match."""
        mark = self.driver.find_element(By.CSS_SELECTOR, css)
        self.ask("arguments[0].scrollIntoView({block: 'center'})", mark)
        ActionChains(self.driver).move_to_element(mark).perform()

    def complaints(self) -> list[str]:
        """Everything the console said since the page was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> set[str]:
        """Addresses asked for since the page was opened."""
        events = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        return {
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        }

    def _devtools(self, command: str, parameters: dict[str, Any]) -> None:
        self.driver.execute_cdp_cmd(command, parameters)


@contextmanager
def started(profile: Path) -> Iterator[Browser]:
    """A browser with an empty profile; skips where Chromium or its driver is not installed."""
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not chromedriver:
        pytest.skip("needs Chromium and its driver: apt install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
