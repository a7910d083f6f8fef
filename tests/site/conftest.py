"""The built site, servers for it and the browsers, shared by the tests of a module."""

import os
import sys
from pathlib import Path

import engines
import page_checks
import pytest
from missing import lacking_program

ROOT = Path(__file__).parents[2]
# `make test` names the site that its engine has built.
SITE = ROOT / os.environ.get("BOOK_SITE", "_build/html")

sys.path.insert(0, str(ROOT / "book" / "_ext"))


@pytest.fixture(scope="session")
def site():
    """Return the folder of the built site."""
    if not (SITE / "index.html").is_file():
        pytest.fail(f"there is no site in {SITE}; run: make book")
    return SITE


@pytest.fixture(scope="module")
def address(site):
    """Return the address at which the built site is served."""
    with page_checks.served(site) as address:
        yield address


@pytest.fixture(scope="module")
def watched_address(site):
    """Return the address at which ``engines`` opens the built site."""
    with page_checks.served(site, engines.Watched) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    """Return a browser context of Chromium."""
    path = page_checks.find_chromium() or lacking_program("Chromium", "chromium")
    with page_checks.chromium(path) as context:
        yield context


@pytest.fixture(scope="module")
def one_page(browser):
    """Return a page of Chromium for all tests; a new one would start anew."""
    page = browser.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    page.close()


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def engine(request):
    """Return each of the other engines, in turn."""
    name = request.param
    if engines.find_engine(name) is None:
        lacking_program(
            {"firefox": "Firefox", "webkit": "WebKit"}[name], engines.PACKAGES[name]
        )
    with engines.started(name) as engine:
        yield engine
