"""The checks of pages can fail: each small page here breaks one rule."""

import os
import subprocess
import sys
from pathlib import Path

import page_checks
import pytest

GOOD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"></head>
<body><main><h1 id="top">A page</h1><p>Text.</p>{}</main></body></html>
"""

# Pages that break rules, and what the check must say of each.
BROKEN = {
    """
    <script src="https://example.invalid/x.js"></script>
    <script>fetch('https://example.invalid/y').catch(() => 0)</script>
    <style>@font-face {font-family: far; src: url(https://example.invalid/f)}
    p {font-family: far}</style>
    <script>console.error('oh')</script>
    <script>nothing.here</script>
    <script src="gone.js"></script>
    <img src="gone.png" alt="Gone" width="9" height="9">
    <img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" width="9" height="9">
    <p>$$o = n$$</p>
    <p><math><merror><mi>?</mi></merror></math></p>
    <p style="color: #bbb">Pale.</p>
    <div style="width: 400px">Wide.</div>
    """: [
        "asks another host: https://example.invalid/x.js",
        "asks another host: https://example.invalid/y",
        "asks another host: https://example.invalid/f",
        "console error: oh",
        "script error: nothing is not defined",
        "answered 404",
        "picture does not load: gone.png",
        "image-alt",
        "TeX shown as text: $$",
        "maths drawn as an error",
        "axe, light, desktop: color-contrast",
        "px too wide at 360 px",
    ],
    """
    <p><span class="math">o = n</span></p>
    <div style="width: 1400px">Wide.</div>
    <style>@media (prefers-color-scheme: dark) {p {color: #ddd}}</style>
    """: [
        "maths not drawn",
        "px too wide at 1280 px",
        "axe, dark, phone: color-contrast",
    ],
    '<details><summary>Open</summary><p style="color: #bbb">Pale.</p></details>': [
        "axe, light, desktop: color-contrast",
    ],
    """
    <figure id="figure-3-1"><svg viewBox="0 0 600 90" style="max-width: 100%">
    <text y="40" font-size="14">wide</text></svg></figure>
    """: [
        "figure-3-1: text of 6.2 px, 'wide'",
    ],
    '<p style="width: 1px"><span class="math"><math><mi>x</mi></math></span>. So</p>': [
        "a line begins with what ends x",
    ],
}


@pytest.fixture(scope="module")
def problems_of(tmp_path_factory, browser):
    """Return a function from a page's body to its problems, as Chromium sees them."""
    folder = tmp_path_factory.mktemp("pages")
    known = {}

    def problems_of(body):
        if body not in known:
            name = f"{len(known)}.html"
            (folder / name).write_text(GOOD.format(body), encoding="utf-8")
            url = f"{address}/{name}"
            known[body] = page_checks.page_problems(browser, url)
        return known[body]

    with page_checks.served(folder) as address:
        yield problems_of


def test_good_page_has_no_problem(problems_of):
    assert problems_of("") == []


@pytest.mark.parametrize(
    ("body", "message"),
    [(body, message) for body, messages in BROKEN.items() for message in messages],
    ids=[message for messages in BROKEN.values() for message in messages],
)
def test_broken_page_is_caught(problems_of, body, message):
    problems = problems_of(body)
    assert any(message in problem for problem in problems), problems


def test_page_that_is_not_there(tmp_path, browser):
    with page_checks.served(tmp_path) as address:
        problems = page_checks.page_problems(browser, f"{address}/none.html")
    assert any("answered 404" in problem for problem in problems)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('<a href="gone.html">x</a>', "leads nowhere: gone.html"),
        ('<a href="../out.html">x</a>', "leads nowhere: ../out.html"),
        ('<a href="#nowhere">x</a>', "no such place on the page: #nowhere"),
        ('<a href="page.html#no">x</a>', "no such place on the page: page.html#no"),
        ('<img src="gone.png" alt="x">', "leads nowhere: gone.png"),
        ('<img src="page.html" alt=" ">', "picture without alt text: page.html"),
        (
            '<div role="img" aria-label=""><img src="page.html" alt=""></div>',
            "picture without alt text: page.html",
        ),
        ('<script src="//example.invalid/x.js"></script>', "another host"),
        ('<link rel="preconnect" href="https://example.invalid">', "another host"),
        ('<p id="twice">x</p><p id="twice">y</p>', "2 places named twice"),
    ],
)
def test_broken_link_is_caught(tmp_path, body, message):
    (tmp_path / "page.html").write_text(GOOD.format(body), encoding="utf-8")
    problems = page_checks.link_problems(tmp_path, "page.html")
    assert any(message in problem for problem in problems), problems


def test_good_links_pass(tmp_path):
    body = '<a href="#top">x</a> <a href="page.html#top">x</a> <a href="./">x</a>'
    body += '<a href="https://example.invalid/">elsewhere, by choice</a>'
    body += '<div role="img" aria-label="A page"><img src="./" alt=""></div>'
    (tmp_path / "page.html").write_text(GOOD.format(body), encoding="utf-8")
    (tmp_path / "index.html").write_text(GOOD.format(""), encoding="utf-8")
    assert page_checks.link_problems(tmp_path, "page.html") == []


SMALL_TEST = """
import pytest

@pytest.mark.parametrize("page", [1, 2])
def test_page(page):
    pytest.skip("no Chromium found; to have it: apt-get install chromium")
"""


@pytest.mark.parametrize("processes", ["0", "1"])
def test_a_run_without_a_browser_says_so_in_one_line(tmp_path, processes):
    conftest = Path(__file__).parents[1] / "conftest.py"
    site = tmp_path / "tests" / "site"
    site.mkdir(parents=True)
    (tmp_path / "tests" / "conftest.py").write_text(conftest.read_text())
    (site / "test_small.py").write_text(SMALL_TEST)
    options = ["-c", os.devnull, "-p", "no:cacheprovider", "--rootdir", ".", "tests"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", processes, *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [text for text in run.stdout.splitlines() if "Chromium" in text]
    assert line.startswith("2 tests of the built pages were skipped")
    assert "apt-get install chromium" in line
