"""Figures and tables of a small book: numbered, told, their pictures in files."""

import json
import subprocess
from base64 import b64decode
from pathlib import Path

import figures
import page_checks
import pytest
import small_book

from lab.siteform import SITE_FORM

EXTENSIONS = Path(__file__).parents[2] / "book" / "_ext"
STYLE = EXTENSIONS.parent / "_theme" / "static" / "figures.css"
CONF = f"""
import sys
sys.path.insert(0, {str(EXTENSIONS)!r})
extensions = ["myst_nb", "sphinx_external_toc", "from_notebooks", "figures"]
html_theme = "basic"
html_static_path = [{str(STYLE.parent)!r}]
html_css_files = ["figures.css"]
language = "en"
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
exclude_patterns = ["_build"]
"""
GIF = "R0lGODlhAQABAAAAACw="
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAACrlYGEAAAADklEQVR42mNgAAMmBhgAAAA0AAUo"
    "uxdxAAAAAElFTkSuQmCC"
)
IMAGE = (
    '<img class="pixels" width="9" height="9" alt="" '
    f'src="data:image/gif;base64,{GIF}">'
)
DRAWING = """<svg width="90" height="30" viewBox="0 0 90 30"><defs><clipPath id="s1">\
<rect width="9" height="9"/></clipPath></defs><path id="s2" d="M0 0H9V9z" \
clip-path="url(#s1)"/><use href="#s2"/></svg>"""


def form(*panels, classes=""):
    """Return a form of panels (label, markup), in lines as a notebook keeps them."""
    inner = "\n".join(
        f'<div class="panel" style="width:90px">\n'
        f'<div class="panel-label">{label}</div>\n{markup}\n</div>'
        for label, markup in panels
    )
    return f'<div class="panels{classes}">\n{inner}\n</div>'.splitlines(keepends=True)


def picture(made=None):
    data = {"image/png": PNG, "text/plain": "<Figure size 2x2>"}
    return {"data": data | ({SITE_FORM: made} if made else {})}


def code(*outputs, caption=None, alt="What is seen.", tags=()):
    figure = {"figure": {"caption": caption}} if caption else {}
    return {
        "cell_type": "code",
        "source": "x",
        "execution_count": 1,
        "metadata": {"tags": list(tags), "mystnb": {"image": {"alt": alt}} | figure},
        "outputs": [
            {"output_type": "display_data", "metadata": {}} | output
            if "data" in output
            else output
            for output in outputs
        ],
    }


TABLE = '<table class="printed">\n<tr><th scope="row">a</th></tr>\n</table>'
STREAM = {"output_type": "stream", "name": "stdout", "text": "words\n"}
CELLS = [
    {"cell_type": "markdown", "metadata": {}, "source": "# 3 Figures\n\nText."},
    code(
        STREAM,
        picture(form(("a", DRAWING), ("b", IMAGE), ("c", IMAGE), classes=" halves")),
        caption="Blue is *read*, for $n = 8$ and `k`: 1 < 2.",
    ),
    code(picture(form(("x", DRAWING))), tags=["hide-output"], alt='"A" & <b>.'),
    code(picture(form(("long", DRAWING), classes=" scrolls"))),
    code(picture()),
    code(
        {"data": {"text/plain": "a  1", SITE_FORM: TABLE}},
        {"data": {"text/plain": "as text"}},
        caption="No caption of a text.",
    ),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build a small book; return its folder."""
    root = tmp_path_factory.mktemp("figures")
    whole = {
        "cells": CELLS,
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    files = {
        "conf.py": CONF,
        "_toc.yml": "root: index\nentries: [{file: notebooks/03-figures}]\n",
        "index.md": f"# Cover\n\n![Seen](data:image/gif;base64,{GIF})\n",
        "notebooks/03-figures.ipynb": json.dumps(whole),
    }
    for name, text in files.items():
        path = root / "book" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    run = subprocess.run(
        [small_book.PYTHON, "-m", "sphinx", "-W", "-n", "-q", "book", "site"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return root / "site"


@pytest.fixture(scope="module")
def page(built):
    return page_checks.parsed(built / "notebooks" / "03-figures.html")


def test_figures_are_numbered_in_order_folded_ones_too(page):
    found = page.select("figure.book-figure")
    assert [tag["id"] for tag in found] == [f"figure-3-{n}" for n in (1, 2, 3, 4)]
    for number, tag in enumerate(found, 1):
        link = tag.select_one("figcaption > a.figure-number")
        assert link.text == f"Figure 3.{number}"
        assert link["href"] == f"#figure-3-{number}"
    assert len(page.find_all("figure")) == 4


def test_a_caption_is_text_code_and_formulas(page):
    first, second, *_ = page.select("figure > figcaption")
    assert "Blue is read, for" in first.text
    assert first.em.text == "read"
    assert first.code.text == "k"
    assert first.select_one(".math")
    assert "1 < 2." in first.text
    assert second.text.strip() == "Figure 3.2"


def test_panels_are_one_picture_that_is_told(page):
    first, second, *_ = page.select("figure > .panels")
    assert (first["role"], first["aria-label"]) == ("img", "What is seen.")
    assert first["class"] == ["panels", "halves"]
    assert [tag.text for tag in first.select(".panel-label")] == ["a", "b", "c"]
    assert second["aria-label"] == '"A" & <b>.'


def test_ids_of_drawings_are_unique_on_the_page(page):
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    drawing = page.select_one("#figure-3-2 svg")
    assert drawing.use["href"] == "#figure-3-2-s2"
    assert drawing.select("path")[0]["clip-path"] == "url(#figure-3-2-s1)"


def test_embedded_pictures_become_files_and_all_but_the_first_wait(built, page):
    one, two = page.select("#figure-3-1 img")
    assert one["src"] == two["src"]
    assert one["src"].startswith("../_images/")
    assert (built / "notebooks" / one["src"]).read_bytes() == b64decode(GIF)
    assert (one.get("loading"), two.get("loading")) == (None, "lazy")
    assert (one["width"], one["height"], one["decoding"]) == ("9", "9", "async")
    # What has a form is not there a second time.
    assert len(list((built / "_images").iterdir())) == 2


def test_a_picture_without_a_form_stands_in_the_same_frame(built, page):
    (tag,) = page.select("#figure-3-4 .panels > .panel > img.photo")
    assert (tag["width"], tag["height"]) == ("2", "1")  # 3 x 2 pixels at 144 dpi
    assert (built / "notebooks" / tag["src"]).read_bytes() == b64decode(PNG)


def test_what_is_wider_than_a_phone_scrolls_by_keyboard(page):
    (region,) = page.select("[tabindex]")
    assert region.find_parent("figure")["id"] == "figure-3-3"
    assert region["role"] == "region"
    assert region["aria-label"].startswith("Figure 3.3")
    assert region.select_one(".panels.scrolls")["role"] == "img"


def test_a_table_takes_the_place_of_its_text_and_other_texts_stay(page):
    (table,) = page.select("table.printed")
    outputs = table.find_parent(class_="cell_output").text
    assert "a  1" not in outputs
    assert "as text" in outputs
    assert "No caption" not in page.text
    assert (
        "words"
        in page.select_one("#figure-3-1").find_parent(class_="cell_output").get_text()
    )


def test_two_names_of_one_type_agree():
    assert figures.SITE_FORM == SITE_FORM


def test_a_form_without_pictures_is_left_as_it_is(tmp_path):
    made = figures.with_files("<p>x</p>", tmp_path / "none", "a", eager=True)
    assert made == "<p>x</p>"
    assert not (tmp_path / "none").exists()


WIDTHS = """() => [...document.querySelectorAll('#figure-3-1 .panel')].map(panel => {
    const box = panel.getBoundingClientRect(); return [box.x, box.bottom, box.width];
})"""


def test_on_a_phone_panels_stand_two_by_two(built, browser):
    page = browser.new_page()
    page.set_viewport_size(page_checks.PHONE)
    with page_checks.served(built) as address:
        page.goto(f"{address}/notebooks/03-figures.html")
        page.evaluate(
            "() => document.querySelectorAll('.panel')"
            ".forEach(panel => panel.style.width = '300px')"
        )
        (x1, y1, w), (x2, y2, _), (x3, y3, _) = page.evaluate(WIDTHS)
    page.close()
    assert y1 == y2 < y3
    assert x1 == x3 < x2
    assert w < 180
