"""The pages in Firefox and in WebKit, the engine of Safari."""

import itertools

import engines
import page_checks
import pytest
from test_built_site import CHAPTERS, PAGES

GOOD = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="data:,">
<style>html {{ background: white; color: black }}
[data-theme=dark] {{ background: black; color: white }}</style></head>
<body><article><button class="theme-button">Colours</button>
<p>Text with <span class="math"><math><mi>o</mi></math></span>.</p>
<details><summary>Fold</summary>Inside.</details>
<p><a href="#1">1</a> <a href="#2">2</a> <a href="#3">3</a> <a href="#4">4</a></p>
<script>document.querySelector(".theme-button").onclick = () => {{
    const data = document.documentElement.dataset;
    data.theme = data.theme === "dark" ? "light" : "dark";
}}</script>
<style>:focus-visible {{ outline: 3px solid blue }}</style>
{}</article></body></html>"""

# What breaks the page, and what is said of it.
BROKEN = {
    "<script>nothing.here</script>": "script error: ",
    "<script>Promise.reject('oh')</script>": "script error: oh",
    '<img src="gone.png" alt="Gone">': "does not load: ",
    '<img src="https://example.invalid/x.png" alt="Far">': "asks another host: ",
    "<script>fetch('https://example.invalid/').catch(() => 0)</script>": "another host",
    '<div style="width: 1300px">Wide.</div>': "px too wide at 1280 px",
    '<div style="width: 400px">Wide.</div>': "px too wide at 360 px",
    '<p class="math">o = n</p>': "formula not drawn: o = n",
    '<p class="math"><math></math></p>': "formula not drawn",
    '<figure><svg><text style="display: none">a</text></svg></figure>': "text of a fig",
    "<style>a:focus-visible { outline: none }</style>": "without an outline: a 1",
    "<style>a:focus { position: fixed; left: -9em }</style>": "out of sight: a 1",
    "<style>summary:focus-visible { outline-width: 1px }</style>": "not outlined",
    "<script>document.querySelector('summary').onclick = () => false</script>": (
        "Enter does not open"
    ),
    "<style>html[data-theme] { background: grey; color: black }</style>": "stay",
    "<script>document.querySelector('button').onclick = () => "
    "{ document.documentElement.dataset.theme = 'dark' }</script>": "do not come back",
}


def all_problems(engine, address, page):
    found = engines.page_problems(engine, address, page)
    engine.open(address, page)
    return found + engines.fold_problems(engine) + engines.theme_problems(engine)


@pytest.fixture(scope="module")
def problems_of(tmp_path_factory, engine):
    """Return a function from a page's body to its problems, as the engine sees them."""
    folder = tmp_path_factory.mktemp("pages")
    numbers = itertools.count()

    def problems_of(body):
        name = f"{next(numbers)}.html"  # a browser keeps what it knows by its name
        (folder / name).write_text(GOOD.format(body), encoding="utf-8")
        return all_problems(engine, address, name)

    with page_checks.served(folder, engines.Watched) as address:
        yield problems_of


def test_good_page_has_no_problem(problems_of):
    assert problems_of("") == []


@pytest.mark.parametrize(("body", "message"), BROKEN.items(), ids=BROKEN.values())
def test_broken_page_is_caught(problems_of, body, message):
    problems = problems_of(body)
    assert any(message in problem for problem in problems), problems


@pytest.mark.parametrize("page", PAGES)
def test_page_in_other_engines(engine, watched_address, page):
    assert engines.page_problems(engine, watched_address, page) == []


@pytest.mark.parametrize("page", [f"{chapter}.html" for chapter in CHAPTERS])
def test_folds_open_by_keyboard(engine, watched_address, page):
    engine.open(watched_address, page)
    assert engines.fold_problems(engine) == []


def test_colours_are_switched_by_keyboard(engine, watched_address):
    engine.open(watched_address, PAGES[0])
    assert engines.theme_problems(engine) == []


# Of the nth element of a kind: its first slider that is shown, focused; what it says.
GO_TO_SLIDER = """(kind, n) => [...document.querySelectorAll(kind)[n].shadowRoot
    .querySelectorAll('input[type=range]')].find(node => node.offsetParent).focus()"""
SAYS = """(kind, n) => {
    const element = document.querySelectorAll(kind)[n];
    return [element.shadowRoot.querySelector('.said').textContent,
        [...element.shadowRoot.querySelectorAll('.stage')]
            .map(stage => stage.textContent).join(), element.state];
}"""


@pytest.mark.parametrize(
    ("kind", "n", "field", "before"),
    [
        ("conv-explorer", 0, "n", 6),
        ("pool-explorer", 0, "n", 6),
        ("pool-explorer", 1, "right", 2),
    ],
)
def test_explorables_by_keyboard(engine, watched_address, kind, n, field, before):
    engine.open(watched_address, "book/explore.html")
    said, shown, state = engine.evaluate(SAYS, kind, n)
    assert len(said) > 20
    assert state[field] == before
    engine.evaluate(GO_TO_SLIDER, kind, n)
    engine.press("ArrowRight")
    _, now_shown, now = engine.evaluate(SAYS, kind, n)
    assert now[field] == before + 1
    assert now_shown != shown
    assert engine.evaluate("() => window.__problems") == []
