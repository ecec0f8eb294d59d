"""Makes the README's pictures from a finished demo: `.venv/bin/python docs/pictures.py`.

Needs Debian's chromium and chromium-driver. Starts the UI on the demo's data dir and ends it.
"""

import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from nerdx_pipelines.ports import free_port
from nerdx_pipelines.settings import load_settings

DOCS = Path(__file__).parent
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars "
    "--disable-background-networking --disable-component-update --disable-sync"
)


def picture(url: str, name: str, width: int, height: int, wait: float) -> None:
    """A screenshot of `url` in docs/`name`.png, `wait` seconds after it was opened."""
    options = webdriver.ChromeOptions()
    for flag in (*FLAGS.split(), f"--window-size={width},{height}"):
        options.add_argument(flag)
    with tempfile.TemporaryDirectory() as profile:
        options.add_argument(f"--user-data-dir={profile}")
        browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        browser.get(url)
        time.sleep(wait)
        browser.save_screenshot(str(DOCS / f"{name}.png"))
        browser.quit()


def main() -> None:
    """Both pictures."""
    picture(load_settings().report_path.as_uri(), "report", 1100, 1500, 3)
    port = free_port(3900)
    nerdx = Path(sys.executable).with_name("nerdx")
    ui = subprocess.Popen([nerdx, "ui", "--port", str(port)])
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info").close()
                break
            except OSError:
                time.sleep(1)
        picture(f"http://127.0.0.1:{port}/asset-groups", "lineage", 1500, 800, 12)
    finally:
        ui.terminate()
        ui.wait()


if __name__ == "__main__":
    main()
