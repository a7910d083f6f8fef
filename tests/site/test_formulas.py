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
