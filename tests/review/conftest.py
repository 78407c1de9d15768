"""A browser for the tests that need one, and a run folder to work on."""

from __future__ import annotations

import shutil

import pytest
from desk_process import DeskProcess
from desk_samples import write_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium():
    """One headless Chromium for the session; skipped only where Chromium is not installed."""
    if not CHROMIUM:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page_at(chromium):
    """Make a page of a given width; a script error or a console error in it fails the test."""
    faults, contexts = [], []

    def make(width=1280, *, scheme="light"):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def run_folder(tmp_path):
    return write_run(tmp_path / "seeds-0123456789")


@pytest.fixture
def desk(run_folder):
    """The desk of the sample run."""
    process = DeskProcess(run_folder).start()
    yield process
    process.kill()


@pytest.fixture
def service(run_folder):
    """The service of the sample run, in this process."""
    from pipeline.review.serve import open_service

    with open_service(run_folder) as opened:
        yield opened


def client_of(service):
    """A program on this machine that talks to the desk on port 8017."""
    from starlette.testclient import TestClient

    from pipeline.review.web import application

    return TestClient(application(service, port=8017), base_url="http://127.0.0.1:8017")


@pytest.fixture
def client(service):
    """A client of a desk of its own."""
    with client_of(service) as made:
        yield made


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A client of a desk that no test of the module changes."""
    from pipeline.review.serve import open_service

    folder = write_run(tmp_path_factory.mktemp("shared") / "seeds-0123456789")
    with open_service(folder) as service, client_of(service) as made:
        yield made
