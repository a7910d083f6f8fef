"""TeX in, MathML out; and what cannot be read is refused."""

import formulas
import pytest
from bs4 import BeautifulSoup


def parts(tex, display=False):
    """Return the names of a formula's elements and its text."""
    tree = BeautifulSoup(formulas.mathml(tex, display), "html.parser")
    return {tag.name for tag in tree.find_all(True)}, tree.get_text()


@pytest.mark.parametrize(
    ("tex", "element", "text"),
    [
        (r"\frac{n - k}{s}", "mfrac", "n−ks"),
        (r"\sum_{l} r_l", "munder", "∑"),
        (r"\lfloor x \rfloor", "mo", "⌊x⌋"),
        (r"U^\mathsf{T} U", "msup", "U"),
        (r"\text{span}", "mtext", "span"),
        (r"n \times k", "mo", "×"),
        (r"\max_{h, w} x", "munder", "max"),
    ],
)
def test_formula_is_mathml(tex, element, text):
    names, said = parts(tex, display=True)
    assert "math" in names
    assert element in names
    assert text in said


def test_lines_are_aligned():
    names, _ = parts(r"a &= b \\ c &= d", display=True)
    assert {"mtable", "mtr", "mtd"} <= names


def test_display_and_inline_differ():
    assert 'display="block"' in formulas.mathml("n", display=True)
    assert 'display="inline"' in formulas.mathml("n")


@pytest.mark.parametrize("tex", [r"\nothing x", r"a + \undefined"])
def test_what_cannot_be_read_is_refused(tex):
    with pytest.raises(ValueError, match=r"\w"):
        formulas.mathml(tex)


def test_bars_of_a_norm_do_not_stretch():
    assert formulas.mathml(r"\|w\|^2").count("<mi>&#x02016;</mi>") == 2
    assert 'stretchy="true"' not in formulas.mathml(r"\lvert w \rvert")


@pytest.mark.parametrize(
    ("tex", "signs"), [("f(-b)", 1), ("a - b", 0), ("x = -1", 1), ("(a - b, -c)", 1)]
)
def test_a_sign_stands_close_to_its_number(tex, signs):
    assert formulas.mathml(tex).count('form="prefix"') == signs


def test_lines_end_where_they_are_aligned(address, one_page):
    one_page.goto(f"{address}/notebooks/04-kernels-by-hand.html")
    ends = one_page.evaluate(
        """() => [...document.querySelectorAll('mtable')].map(table =>
            [...table.querySelectorAll('mtd:first-child > :last-child')].map(
                node => Math.round(node.getBoundingClientRect().right)))"""
    )
    assert len(ends) == 2
    for rights in ends:
        assert len(rights) == 2
        assert max(rights) - min(rights) <= 1
