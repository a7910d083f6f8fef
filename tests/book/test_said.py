"""Numbers are read from prose as a reader reads them, and proved as the book says."""

from fractions import Fraction

import pytest
import said
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output


@pytest.mark.parametrize(
    ("prose", "found"),
    [
        ("is 91.8, 153 and 255.", ["91.8", "153", "255"]),
        ("4,536 cases (5, 2)", ["4,536", "5", "2"]),
        ("`conv2d` in 2-D, 3 x 3", ["2", "3", "3"]),
        ("0.50 and 12.", ["0.50", "12"]),
        (
            "Two of twelve, twice, and a quarter",
            ["Two", "twelve", "twice", "a quarter"],
        ),
        ("half of the often, the tenth", ["half"]),
        ("**h**eight, **t**wo of them", []),
        ("$n + 2p$ and $k = 5$, $w_2$", ["5"]),
        (r"$\lfloor (600 - 5) / 2 \rfloor + 1 = 298$", ["600", "298"]),
        ("$$\no = 2 (k - 1) + 299\n$$", ["299"]),
        ("| 14 | 3 |\n", ["3"]),
        ("# 9 Sums\n\n[a](b.html#c-77) {cite}`ho2016` chapters 8 and 9", []),
        ("relationships 8 to 14, Zeiler (2010)\n\n**5. Predict.** Go.", []),
        ("none <!-- 5 = f(12) --> here", []),
    ],
)
def test_numbers_are_read_from_prose(prose, found):
    assert [number.text for number in said.numbers(prose)] == found
    assert all(prose.startswith(n.text, n.start) for n in said.numbers(prose))


def test_sections_run_from_heading_to_heading():
    cells = [
        new_markdown_cell("# 1 Title\n\nNine.\n\n## First\n\n```\n# no heading 5\n```"),
        new_code_cell(
            "assert f(3) == 20", metadata={"mystnb": {"image": {"alt": "8"}}}
        ),
        new_markdown_cell("Here 20.\n\n### Second\n\nThere 20.\n\n<!-- 20 = g(4) -->"),
    ]
    title, first, second = said.sections(new_notebook(cells=cells))[1:]
    assert [text.cell for text in first.texts] == [0, 1, 2]
    assert [text.role for text in first.texts] == ["source", "alt", "source"]
    assert said.evidence(title) == set()
    assert said.evidence(first) == {3, 20}
    assert said.evidence(second) == {20}
    assert second.bindings == [said.Binding(2, "20", "g(4)")]
    for section in (title, first, second):
        for text in section.texts:
            if text.role == "source":
                assert cells[text.cell].source[text.start :].startswith(text.text)


def test_evidence_is_what_is_printed_or_asserted():
    outputs = [
        new_output("stream", name="stdout", text="corner 91.80 of 4,536\n"),
        new_output("execute_result", {"text/plain": "(2, 11)", "image/png": "77"}),
        new_output("error", ename="ValueError", evalue="got 31", traceback=[]),
    ]
    source = """x = 7  # 8 is a remark
assert np.isclose(mean, 0.25, atol=1e-3), f"not 99 but {x}"
%time f(12)"""
    section = said.Section(code=[(0, new_code_cell(source, outputs=outputs))])
    numbers = "91.8 4536 2 11 31 0.25 0.001"
    assert said.evidence(section) == {said.value(n) for n in numbers.split()}


@pytest.mark.parametrize(
    ("said_as", "found", "proved"),
    [
        ("half", [2], True),
        ("half", ["0.5"], True),
        ("half", ["0.4"], False),
        ("a third", [3], True),
        ("a quarter", ["0.25"], True),
        ("twice", [2], True),
        ("twelve", [12], True),
        ("twelve", ["12.5"], False),
        ("0.50", ["0.5"], True),
    ],
)
def test_what_proves_a_number(said_as, found, proved):
    (number,) = said.numbers(said_as)
    assert said.proves({said.value(str(n)) for n in found}, number) == proved


@pytest.mark.parametrize(
    ("numbers", "results", "right"),
    [
        ("299", [299], True),
        ("299", [299.4], True),
        ("299", [299.6], False),
        ("0.61", [0.6149], True),
        ("0.61", [0.6151], False),
        ("4,536", [4536.0], True),
        ("twelve", [12.2], True),
        ("twelve", [13], False),
        ("a third", [0.35], True),
        ("a third", [0.4], False),
        ("0, 2, 4", [0, 2, 4], True),
        ("0, 2, 4", [0, 2, 5], False),
        ("0, 2, 4", [0, 2], False),
        ("299", [float("nan")], False),
        ("299", [float("inf")], False),
    ],
)
def test_a_binding_agrees_to_the_digits_it_shows(numbers, results, right):
    assert said.Binding(0, numbers, "f()").agrees(results) == right


def test_words_mean_what_they_say():
    assert said.value("Twelve") == 12
    assert said.value("a tenth") == Fraction(1, 10)
    assert said.value("twice") == 2
