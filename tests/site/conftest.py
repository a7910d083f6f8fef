"""The built site, a server for it and one Chromium, shared by the tests of a module."""

import os
import sys
from pathlib import Path

import page_checks
import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"

sys.path.insert(0, str(ROOT / "book" / "_ext"))


@pytest.fixture(scope="session")
def site():
    """Return the folder of the built site."""
    if not (SITE / "index.html").is_file():
        pytest.fail("there is no site in _build/html; run: make book")
    return SITE


@pytest.fixture(scope="module")
def address(site):
    """Return the address at which the built site is served."""
    with page_checks.served(site) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    """Return a browser context; without Chromium skip, but fail where CI is true.

    The end of the run counts what was skipped; tests/conftest.py prints it.
    """
    path = page_checks.find_chromium()
    if path is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("no Chromium found; the end of the run says how to have it")
    with page_checks.chromium(path) as context:
        yield context
