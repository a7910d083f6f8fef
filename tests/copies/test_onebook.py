"""The pages as parts of one book, on small pages."""

import copies as copies_of
import ebooks
import html5lib
import onebook
import pytest
from lxml import etree
from onebook import find, led

KEYS = {"book/index": "index", "notebooks/03-padding": "03-padding"}
BASE = "https://example.invalid/book/"


def article(body):
    text = f"<article>{body}</article>"
    [found] = find(html5lib.parse(text, treebuilder="lxml"), "//h:article")
    return found


def written(node):
    return etree.tostring(node, encoding="unicode")


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("#same", "#index--same"),
        ("../notebooks/03-padding.html", "#03-padding"),
        ("../notebooks/03-padding.html#stride", "#03-padding--stride"),
        ("https://arxiv.org/abs/1", "https://arxiv.org/abs/1"),
        ("../search.html?q=x", BASE + "search.html?q=x"),
        ("gone.html#a", BASE + "book/gone.html#a"),
    ],
)
def test_link_leads_into_the_book_or_to_the_site(address, place):
    assert led(address, "book/index", KEYS, BASE) == place


def test_what_is_dropped_leaves_the_text_behind_it():
    node = article(
        "<p>a<button>x</button>b<em>c</em><!-- d -->e</p>"
        '<p><a class="headerlink other">¶</a>f</p>'
    )
    onebook.strip(node)
    assert onebook.words(node) == "abcef"


def test_two_pages_can_be_one_document():
    body = (
        '<p id="a" aria-labelledby="a b">x</p><svg viewBox="0 0 1 1"><defs>'
        '<clipPath id="b"/></defs><use xlink:href="#b" clip-path="url(#b)"/></svg>'
    )
    node = onebook.rebuilt(article(body))
    onebook.name_apart(node, "p")
    onebook.lead(node, "book/index", {"book/index": "p"}, BASE)
    text = written(node)
    assert 'id="p--a" aria-labelledby="p--a p--b"' in text
    assert 'id="p--b"' in text
    assert 'xlink:href="#p--b" clip-path="url(#p--b)"' in text
    assert "viewBox" in text


def test_each_kind_of_markup_declares_its_names_once():
    math = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>n</mi></math>'
    text = written(onebook.rebuilt(article(f"<p>{math} b</p><p>{math}</p>")))
    assert text.count(math) == 2
    assert "xmlns:" not in text
    assert ebooks.properties(etree.fromstring(text)) == ["mathml"]


def test_contents_show_the_numbers_that_are_known():
    def page(name, title, part, sections):
        body = "".join(
            f'<section id="{onebook.key_of(name)}--{place}"><h2>{place}</h2></section>'
            for place in sections
        )
        key = onebook.key_of(name)
        return onebook.Page(name, key, title, part, BASE, article(body))

    pages = [
        page("book/notation", "Notation", "Before", ["letters"]),
        page("notebooks/03-padding", "Padding", "Convolution", ["one", "two"]),
    ]
    numbers = {"notation": 2, "03-padding": 7, "03-padding--two": 9}
    lines = find(ebooks.contents(pages, numbers), ".//h:div[@class='entry']")
    said = [tuple("".join(part.itertext()) for part in line) for line in lines]
    # Of the pages around the chapters only the titles are listed.
    assert said == [("Notation", "2"), ("Padding", "7"), ("one", ""), ("two", "9")]


def test_cover_names_the_copies_and_their_sizes(tmp_path):
    copies = [
        (tmp_path / "b.pdf", "a PDF", 11.9),
        (tmp_path / "b.epub", "an EPUB", 2.2),
    ]
    said = copies_of.sentence(copies, "../")
    assert '<a href="../copies/b.pdf" download>a PDF</a> (12 MB)' in said
    assert "(12 MB) or <a" in said


def test_copies_of_an_earlier_book_are_not_shown(tmp_path):
    (tmp_path / "b.pdf").write_bytes(b"")
    assert copies_of.found(tmp_path, "now") == []
    (tmp_path / copies_of.DIGEST).write_text("before")
    assert copies_of.found(tmp_path, "now") == []
    (tmp_path / copies_of.DIGEST).write_text("now")
    assert [path.name for path, _, _ in copies_of.found(tmp_path, "now")] == ["b.pdf"]


def test_digest_changes_with_any_file_of_the_book(tmp_path):
    for name in ("book", "notebooks"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text("a")
    for name in ("_config.yml", "_toc.yml"):
        (tmp_path / name).write_text("")
    seen = {copies_of.digest(tmp_path)}
    for path in ("book/a", "notebooks/a", "notebooks/b", "_config.yml", "_toc.yml"):
        (tmp_path / path).write_text("changed")
        seen.add(copies_of.digest(tmp_path))
    (tmp_path / "book" / "a.pyc").write_text("compiled")
    assert len(seen | {copies_of.digest(tmp_path)}) == 6


def test_an_explorable_gives_way_to_its_picture_alone():
    text = "It moves: n=4. It needs JavaScript: run it."
    [node] = article(
        f"<p>x</p><deconv-explorer>{text}<p>a</p><p>b</p></deconv-explorer>"
    )[1:]
    ebooks.stand_in(node, "file:///a.png", BASE)
    picture, link = node
    assert (picture.get("src"), picture.get("alt")) == (
        "file:///a.png",
        "It moves: n=4.",
    )
    assert link.get("href") == BASE
