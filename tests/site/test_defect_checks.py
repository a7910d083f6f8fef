"""The functions of ``defects`` can fail: each small page here has one defect."""

import itertools
from functools import partial

import defects
import page_checks
import pytest
from page_checks import DESKTOP, PHONE
from PIL import Image

WHITE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='90' "
    "height='60'%3E%3Crect width='90' height='60' fill='white'/%3E%3C/svg%3E"
)
GREY = WHITE.replace("white", "grey")
LINE = "value = " + " + ".join(f"number_{i}" for i in range(20))
FOLD = '<details class="predict"><summary>How many?</summary><p>{}</p></details>'
ERROR = '<div class="output traceback"><pre>{}</pre></div>'
GOOD = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
html {{ background: white; color: black; --soft: #eee; font-family: sans-serif }}
body {{ margin: 1rem }}
header {{ background: white; display: flex; gap: 1rem; height: 2rem }}
[data-theme=dark], [data-theme=dark] header {{ background: #111; color: #eee }}
a {{ color: #0a5f73 }}
[data-theme=dark] a {{ color: #7fd0e0 }}
:focus-visible {{ outline: 3px solid #c33 }}
pre {{ background: linear-gradient(270deg, white 30%, transparent) 100% 0 / 2rem 100%
    no-repeat local, linear-gradient(270deg, #888, transparent) 100% 0 / 1rem 100%
    no-repeat scroll, white; color: black; overflow: auto; padding: .8rem }}
.cell, figure {{ break-inside: avoid }}
code {{ white-space: nowrap }}
.scrolls {{ overflow: auto }}
h2:target {{ color: red }}
.citation:target {{ background: #eef }}
.skip {{ position: absolute }}
@media print {{
    html[data-theme] {{ background: white; color: black }}
    pre, .scrolls {{ overflow: visible !important; white-space: pre-wrap }}
    details::details-content {{ content-visibility: visible; height: auto }}
}}
</style></head><body>
<a class="skip" href="#main">Skip</a>
<header><nav>{chapters}</nav></header>
<main id="main" tabindex="-1"><article>
<h1>A page</h1>
<section id="one"><h2>One</h2><p>Text with <a href="#two">a link</a>, a short
<code class="literal">code</code> and <span class="math"><math><mi>o</mi></math></span>.
</p><div class="cell cell_input"><pre tabindex="0">{line}</pre></div></section>
<section id="two"><h2>Two</h2><p>Text.</p></section>
<div class="citation" id="a">A.</div><div class="citation" id="b">B.</div>
{fold}{error}
<figure><img src="{picture}" alt="Grey" width="90" height="60"></figure>
<table class="scrolls"><tr><td>1</td></tr></table>
{body}</article></main></body></html>"""
ENTRIES = {
    "chapters": "".join(f'<a href="#{i}">{i}</a> ' for i in range(9)),
    "line": LINE,
    "fold": FOLD.format("There are 42."),
    "error": ERROR.format("<strong>ValueError</strong>: not <span>in</span> it"),
    "picture": GREY,
}
TWO_HINTS = "<details><summary>Hint</summary>Think.</details>" * 2


def evaluated(script):
    """Return a check that is a script alone."""
    return lambda page: page.evaluate(script)


def found_without_scripts(page):
    """Return what is wrong if the page is read without its scripts."""
    looks = page.evaluate(defects.LOOKS)
    context = page.context.browser.new_context(
        java_script_enabled=False, viewport=PHONE
    )
    bare = context.new_page()
    bare.goto(page.url.partition("#")[0])
    found = defects.unscripted_problems(bare, looks)
    context.close()
    return found


focus = defects.focus_problems
paper = defects.paper_problems
told = defects.told_problems
glare = defects.glare_problems
cut = defects.cut_problems
scripts = found_without_scripts
bar = partial(defects.bar_problems, identifier="one")
mark = partial(defects.mark_problems, selector=".citation", identifier="a")
errors = evaluated(defects.COLOURED_ERRORS)
labels = defects.label_problems
code = defects.cut_code_problems
broken_code = evaluated(defects.BROKEN_CODE)
moving = evaluated(defects.MOVING)
tables = evaluated(defects.UNSCROLLED)
large = defects.large_text_problems
skip = defects.skip_problems
CHECKS = {
    **dict.fromkeys([focus, paper, told, glare, scripts], DESKTOP),
    **dict.fromkeys([bar, mark, errors, labels, large, skip], DESKTOP),
    **dict.fromkeys([cut, code, broken_code, moving, tables], PHONE),
}
NAMES = {check: name for name, check in list(globals().items()) if callable(check)}

# Of each check: what breaks the page, and what is then said.
BROKEN = [
    (focus, "<style>a:focus { outline: none }</style>", "focus does not show: A"),
    (focus, "<style>a:focus { outline: 1px dotted #ccc }</style>", "does not show"),
    (focus, "<style>details { overflow: hidden }</style>", 'SUMMARY. "How many?"'),
    (paper, "<style>html { background: #222 !important }</style>", "the paper is rgb"),
    (paper, "<style>html h2 { color: #777 }</style>", "contrast 4.5: h2"),
    (paper, '<p style="color: #ccc">Pale</p>', "contrast 1.6: p “Pale”"),
    (
        paper,
        "<style>details { display: block !important } ::details-content "
        "{ content-visibility: hidden !important }</style>",
        "not printed",
    ),
    (paper, "<style>pre { overflow: auto !important }</style>", "cannot be divided"),
    (paper, '<div class="cell" style="break-inside: auto">1</div>', "is divided: 1"),
    (told, f"{FOLD.format(12_345)}<p>As 12345 are.</p>", "12345 is told below: How"),
    (told, f"{FOLD.format('(3, 9)')}<p>It returns (3, 9).</p>", "(3, 9) is told"),
    (told, f"{FOLD.format('0.25')}<p>In all: 0.25.</p>", "0.25 is told"),
    (glare, f'<img src="{WHITE}" alt="Glare" width="90">', "a white ground: Glare"),
    (
        cut,
        f'<div style="overflow: auto"><figure id="f" style="width: 500px">'
        f'<img src="{GREY}" alt="" style="width: 500px"></figure></div>',
        "cut at 360 px: f",
    ),
    (
        scripts,
        "<style>html:not(.ready) a { color: black }</style>"
        "<script>document.documentElement.className = 'ready'</script>",
        "article p a[href] looks otherwise",
    ),
    (scripts, '<p class="math">o = n</p>', "1 formulas are not drawn"),
    (scripts, "<style>header { background: none }</style>", "through the header"),
    (scripts, "<style>nav { display: none }</style>", "chapters cannot be reached"),
    (bar, "<style>h2:target, :target h2 { background: tan }</style>", "heading one"),
    (mark, "<style>.citation:target { background: none }</style>", "a is not marked"),
    (mark, "<style>.citation { background: #eef }</style>", "a is not marked"),
    (errors, ERROR.format("<span style='color: green'>in</span>"), "is coloured: in"),
    (labels, TWO_HINTS, "several folds are called 'Hint'"),
    (labels, "<details><summary>Show this cell's content</summary>1</details>", "Show"),
    (code, f'<pre style="background: white" tabindex="0">{LINE}</pre>', "show that it"),
    (code, f"<pre>{LINE}</pre>", "keys cannot scroll: value"),
    (
        broken_code,
        '<p style="width: 3em">The <code class="literal" style="white-space: normal">'
        "b h w c -> b</code></p>",
        "short code is broken: b h w c",
    ),
    (moving, "<p class='m' style='transition: color 1s'>.</p>", "moves: p.m"),
    (
        tables,
        "<table><tr><td><div style='width: 400px'>wide</div></td></tr></table>",
        "does not scroll: wide",
    ),
    (large, "<div style='width: 50rem'>Wide.</div>", "px too wide at 1280 px"),
    (large, "<style>nav { min-height: 4rem }</style>", "leaves the header"),
    (skip, "<style>.skip { display: none }</style>", "does not skip"),
]


@pytest.fixture(scope="module")
def visit(tmp_path_factory, browser):
    """Return a function that opens a page with a body, as a check wants it."""
    folder = tmp_path_factory.mktemp("defects")
    page = browser.new_page()
    numbers = itertools.count()

    def visit(body, size):
        name = f"{next(numbers)}.html"  # a browser keeps what it knows by its name
        text = GOOD.format(body=body, **ENTRIES)
        (folder / name).write_text(text, encoding="utf-8")
        page.emulate_media(media="screen")
        page.set_viewport_size(size)
        page.goto("about:blank")
        page.goto(f"{address}/{name}")
        return page

    with page_checks.served(folder) as address:
        yield visit
    page.close()


def problems(visit, check, body):
    page = visit(body, CHECKS[check])
    if check in (bar, mark):
        page.goto(f"{page.url}#{check.keywords['identifier']}")
    return check(page)


@pytest.mark.parametrize("check", CHECKS, ids=NAMES.get)
def test_good_page_has_no_defect(visit, check):
    assert problems(visit, check, "") == []


@pytest.mark.parametrize(
    ("check", "body", "message"), BROKEN, ids=[f"{NAMES[c]}-{m}" for c, _, m in BROKEN]
)
def test_defect_is_found(visit, check, body, message):
    found = problems(visit, check, body)
    assert any(message in problem for problem in found), found


# --- what needs no browser, or a search's results

HOME = "https://example.invalid/book/"
HEAD = """<html><head><title>{title}</title>
<meta name="viewport" content="width=device-width">{more}
<meta property="og:title" content="A page">
<meta property="og:description" content="What it says.">
<meta property="og:image" content="{home}{card}">
<link rel="canonical" href="{home}{name}"></head><body><footer>{foot}</footer></html>"""
WELL = {"title": "A page — A book", "more": "", "home": HOME, "card": "card.png"}
WELL |= {"name": "page.html", "foot": "Version 0.1.0, 2026-11-25"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": "A book — A book"}, "the title says it twice"),
        ({"title": "A book"}, "the title names no page"),
        ({"more": '<meta name="viewport" content="x">'}, "2 viewports"),
        ({"more": '<meta property="og:title" content="x">'}, "no og:title"),
        ({"card": "gone.png"}, "no such picture"),
        ({"card": "small.png"}, "PNG, 500 px"),
        ({"name": "other.html"}, "canonical"),
        ({"foot": "2026-11-25"}, "no version"),
        ({"foot": "CC BY 4.0, 2026"}, "no date"),
        ({}, None),
    ],
)
def test_head_and_foot(tmp_path, change, message):
    for card, width in ("card.png", 1200), ("small.png", 500):
        Image.new("L", (width, 9)).save(tmp_path / card)
    (tmp_path / "page.html").write_text(HEAD.format(**{**WELL, **change}))
    found = defects.head_problems(tmp_path, "page.html", HOME)
    found += defects.foot_problems(tmp_path, "page.html")
    if message is None:
        assert found == []
    else:
        assert any(message in problem for problem in found), found


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ('<base href="/book/"><a href="page.html">x</a>', None),
        ('<a href="/book/page.html">x</a>', None),
        ('<a href="page.html">x</a>', "leads nowhere from a depth: page.html"),
        ('<base href="/book/"><a href="gone.html">x</a>', "from a depth: gone.html"),
        ('<base href="/"><a href="page.html">x</a>', "from a depth: page.html"),
        ("<p>Gone.</p>", "404.html leads nowhere"),
        (None, "there is no 404.html"),
    ],
)
def test_page_for_wrong_addresses(tmp_path, page, message):
    (tmp_path / "page.html").touch()
    if page:
        (tmp_path / "404.html").write_text(page)
    assert defects.lost_problems(tmp_path, HOME) == ([message] if message else []) or (
        message in defects.lost_problems(tmp_path, HOME)[0]
    )


RESULT = '<li><a href="{}">A page</a><p>{}</p></li>'


@pytest.mark.parametrize(
    ("results", "message"),
    [
        (RESULT.format("page.html#a", "… what it says …"), None),
        (RESULT.format("page.html#a", "....pdf 3 Padding"), "begins with a menu"),
        (RESULT.format("page.html#a", " "), "begins with a menu"),
        (RESULT.format("page.html#a", "It says.") * 2, "shows what another result"),
        (RESULT.format("page.html", "It says."), "most results name no section"),
        (RESULT.format("page.html#b", "It says."), "no such place on the page"),
        ("", "most results name no section"),
    ],
)
def test_search(tmp_path, browser, results, message):
    (tmp_path / "page.html").write_text('<p id="a">It says.</p>')
    page = browser.new_page()
    page.set_content(f'<ul id="search-results">{results}</ul>')
    found = defects.result_problems(tmp_path, page)
    page.close()
    if message is None:
        assert found == []
    else:
        assert any(message in problem for problem in found), found
