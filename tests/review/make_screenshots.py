"""The pictures of the README and the documents, from a real run: `python tests/review/make_screenshots.py`.

Runs the seeds, opens the desk, the page and the report in Debian's Chromium at two widths, and writes
pipeline/docs/images/. Not a test: pictures differ with every font.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "pipeline" / "docs" / "images"
SETU = [sys.executable, "-c", "from pipeline.cli import main; main()"]
WIDTHS = {"": (1280, 900), "-phone": (390, 844)}


def setu(*words):
    subprocess.run([*SETU, *map(str, words)], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


@contextmanager
def desk(folder):
    """The address of a desk on a run, while it is open."""
    command = [*SETU, "review", str(folder), "--no-browser", "--port", "8093"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield re.search(r"http://\S+", server.stdout.readline())[0]
        finally:
            server.terminate()


def shoot_desk(browser, address):
    for name, (width, height) in WIDTHS.items():
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(address)
        page.wait_for_selector("html[data-ready=yes]")
        page.select_option("#f-doc", "02-kazakhstan-call")
        page.wait_for_timeout(900)
        page.locator(".row").first.focus()
        page.locator(".row mark.contested, .row .term.contested, .row [data-status=contested]").first.click()
        page.wait_for_timeout(700)
        page.screenshot(path=IMAGES / f"review{name}.png")
        page.close()


def shoot_file(browser, path, stem):
    for name, (width, height) in WIDTHS.items():
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(path.resolve().as_uri())
        page.wait_for_timeout(500)
        page.screenshot(path=IMAGES / f"{stem}{name}.png")
        page.close()


def main():
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as out, sync_playwright() as player:
        setu("run", "seeds", "--out", out)
        (folder,) = (path for path in Path(out).iterdir() if path.is_dir())
        setu("report", folder)
        browser = player.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        with desk(folder) as address:
            shoot_desk(browser, address)
        shoot_file(browser, folder / "review.html", "page")
        shoot_file(browser, folder / "report.html", "report")
        browser.close()


if __name__ == "__main__":
    main()
