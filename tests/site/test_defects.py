"""The book's pages are free of what was once wrong with them (see ``defects``)."""

import re

import defects
import page_checks
import pytest
from page_checks import DESKTOP, PHONE
from test_built_site import CHAPTERS, CONFIG, NAMES, PAGES

HOME = re.sub(
    r"https://github\.com/([^/]+)/([^/]+)/?",
    r"https://\1.github.io/\2/",
    CONFIG["repository"]["url"],
)
CHAPTER_PAGES = [f"{chapter}.html" for chapter in CHAPTERS]
PICTURED = [PAGES[0], *CHAPTER_PAGES]
# One page of each kind.
SEARCH = "search.html?q=padding"
KINDS = [PAGES[0], CHAPTER_PAGES[2], "book/errata.html", SEARCH]
SEARCHED = """() => {
    const items = [...document.querySelectorAll('#search-results li')];
    return items.length && items.every(item => item.querySelector('p'));
}"""
ASKED = "() => performance.getEntriesByType('resource').length + 1"


@pytest.fixture(scope="module")
def visit(browser, address):
    """Return a function that opens a page of the book in a size and in colours."""
    page = browser.new_page()

    def visit(name, size=DESKTOP, colours="light"):
        page.set_viewport_size(size)
        page.emulate_media(media="screen", color_scheme=colours)
        page.goto("about:blank")  # even for another place on the same page
        page.goto(f"{address}/{name}", wait_until="load")
        page.evaluate(page_checks.PICTURES_READY)
        return page

    yield visit
    page.close()


both_sizes = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "narrow"])
both_colours = pytest.mark.parametrize("colours", ["light", "dark"])


@both_colours
@both_sizes
@pytest.mark.parametrize("name", KINDS)
def test_focus_shows_at_every_tab_stop(visit, name, size, colours):
    page = visit(name, size, colours)
    if size is PHONE:
        page.evaluate(page_checks.OPEN_FOLDS)
    assert defects.focus_problems(page) == []


# What can be seen in one visit is looked at in one: a chapter takes a while to open.


def small_things(page):
    """Open all folds; list broken code, what moves, and what cannot be scrolled."""
    page.evaluate(page_checks.OPEN_FOLDS)
    checks = (defects.BROKEN_CODE, defects.MOVING, defects.UNSCROLLED)
    return [problem for check in checks for problem in page.evaluate(check)]


@pytest.mark.parametrize("name", PAGES)
def test_on_a_desktop(visit, name):
    page = visit(name)
    found = defects.label_problems(page)
    if name in CHAPTER_PAGES:
        assert page.evaluate(defects.PREDICTIONS, defects.SCREEN), "no predictions"
        found += defects.told_problems(page) + page.evaluate(defects.COLOURED_ERRORS)
    assert found + small_things(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_and_in_the_dark(visit, name):
    page = visit(name, colours="dark")
    found = defects.paper_problems(page)
    if name in PICTURED:
        page.evaluate(page_checks.OPEN_FOLDS)
        found += defects.glare_problems(page)
    assert found == []


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone(visit, name):
    page = visit(name, PHONE)
    found = small_things(page)
    if name in PICTURED:
        found += defects.cut_problems(page)
    if name in CHAPTER_PAGES:
        found += defects.cut_code_problems(page)
    assert found == []


@both_colours
@pytest.mark.parametrize("name", KINDS[:3])
def test_without_javascript(visit, browser, address, name, colours):
    looks = visit(name, PHONE, colours).evaluate(defects.LOOKS)
    context = browser.browser.new_context(
        java_script_enabled=False, viewport=PHONE, color_scheme=colours
    )
    page = context.new_page()
    page.goto(f"{address}/{name}")
    problems = defects.unscripted_problems(page, looks)
    context.close()
    assert problems == []


@both_colours
def test_heading_that_one_jumps_to_gets_no_bar(visit, colours):
    page = visit(CHAPTER_PAGES[2], colours=colours)
    name = page.evaluate(
        "() => document.querySelector('article h2').closest('[id]').id"
    )
    page = visit(f"{CHAPTER_PAGES[2]}#{name}", colours=colours)
    assert defects.bar_problems(page, name) == []


@both_colours
def test_paper_that_one_jumps_to_is_marked(visit, site, colours):
    listed = page_checks.parsed(site / "book/bibliography.html")
    name = listed.select("div.citation")[3]["id"]
    page = visit(f"book/bibliography.html#{name}", colours=colours)
    assert defects.mark_problems(page, "div.citation", name) == []


@both_sizes
def test_search(visit, site, size):
    page = visit(SEARCH, size, "dark")
    page.wait_for_function(SEARCHED)
    page.wait_for_timeout(500)
    assert defects.result_problems(site, page) == []
    assert defects.contrast_problems(page, "mark, .highlighted", 4.5) == []
    assert page.evaluate(ASKED) <= 25
    assert page.evaluate("window.__shift") <= 0.05


@pytest.mark.parametrize("name", PAGES)
def test_head(site, name):
    assert defects.head_problems(site, name, HOME) == []


@pytest.mark.parametrize("name", [f"{name}.html" for name in NAMES])
def test_foot(site, name):
    assert defects.foot_problems(site, name) == []


def test_page_for_wrong_addresses(site):
    assert defects.lost_problems(site, HOME) == []


@pytest.mark.parametrize("name", KINDS)
def test_first_tab_stop_leads_to_the_text(visit, name):
    assert defects.skip_problems(visit(name)) == []


@pytest.mark.parametrize("name", KINDS)
def test_large_text(visit, name):
    assert defects.large_text_problems(visit(name)) == []
