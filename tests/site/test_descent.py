"""The explorable of chapter 8: what its page computes is what NumPy computes."""

import json
import re
from itertools import product

import numpy as np
import page_checks
import pytest
import sheets as sheets_of
from axe_playwright_python.base import AXE_SCRIPT

from lab import explore

# Chapter 8's five examples.
X, Y = np.array([2, 0, -1, 1, 2]), np.array([6, 0, -3, 3, 6])
TRAININGS = list(product(range(-3, 10), range(1, 61), (0, 1, 7, 20)))


def descended(w, hundredths, steps):
    """Return the weights of a training, by the gradient over the examples."""
    path = [w]
    for _ in range(steps):
        w = w - hundredths / 100 * np.mean(2 * (w * X - Y) * X)
        path.append(w)
    return path


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    """Return the address of a sheet with the element."""
    folder = tmp_path_factory.mktemp("descent")
    body = explore.descent().element().replace(" ", ' id="descent" ', 1)
    sheets_of.write(folder, {"sheet": body}, "descent")
    with page_checks.served(folder) as address:
        yield address


@pytest.fixture
def page(one_page, sheets):
    """Return the sheet, as it opens; no script may complain."""
    sheets_of.opened(one_page, sheets)
    one_page.locator("#descent .said").wait_for()
    yield one_page
    assert one_page.problems == []


def said(page):
    """Return what the element says."""
    return page.locator("#descent .said").inner_text()


def computed(page, expression):
    """Return an expression of the module for each training (start, rate, steps)."""
    source = sheets_of.module(*explore.modules("descent"))
    code = f"""text => {{ {source}
        return JSON.stringify(JSON.parse(text).map(([w, r, t]) => {expression})); }}"""
    return json.loads(page.evaluate(code, json.dumps(TRAININGS)))


def test_steps_are_those_of_numpy(page):
    for case, path in zip(TRAININGS, computed(page, "descentPath(w, r / 100, t)")):
        assert np.allclose(path, descended(*case), rtol=1e-9), case


def test_losses_are_those_of_numpy(page):
    for case, got in zip(TRAININGS, computed(page, "weightLoss(w)")):
        assert np.isclose(got, np.mean((case[0] * X - Y) ** 2))


def test_a_sentence_says_what_the_steps_do(page):
    sentences = computed(page, "descentTold(w, r / 100, t)")
    assert not re.search("undefined|NaN|Infinity", " ".join(sentences))
    for (start, rate, steps), sentence in zip(TRAININGS, sentences):
        away = np.abs(np.array(descended(start, rate, max(steps, 1))) - 3)
        far = away[1] > away[0] + 1e-9
        assert ("farther each time" in sentence) == far, sentence
        assert ("No step moves it" in sentence) == (start == 3)
        arrives = away[1] < 1e-9 and start != 3
        assert ("the first step arrives" in sentence) == arrives


def test_sliders_by_keyboard(page):
    rate, start, steps = page.locator("#descent input").all()
    assert said(page).startswith("Each step multiplies the distance to 3 by 0.6:")
    assert said(page).endswith("After 8 steps the weight is 2.95, and the loss is "
                               "less than 0.01.")  # fmt: skip
    for _ in range(15):
        rate.press("ArrowRight")
    assert said(page).startswith("At a rate of 0.25 the first step arrives")
    assert rate.get_attribute("aria-valuetext") == "0.25"
    rate.press("End")
    assert "jumps across, and farther each time" in said(page)
    steps.press("Home")
    assert "After 0 steps the weight is 0, and the loss 18." in said(page)
    for _ in range(3):
        start.press("ArrowRight")
    assert said(page).startswith("The weight stands at 3")


def test_the_start_follows_the_hand(page):
    box = page.locator("#descent svg").first.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.98, middle, steps=4)
    page.mouse.up()
    assert page.locator("#descent").evaluate("e => e.state.start") == 9
    page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    assert page.locator("#descent").evaluate("e => e.state.start") == 9


def test_bad_values_are_clamped(page):
    for value in ("", "x", "-99", "1e9", "NaN", "0.5", "true"):
        for name in ("rate", "start", "steps"):
            page.locator("#descent").evaluate(
                "(e, [name, value]) => e.setAttribute(name, value)", [name, value]
            )
            text = page.locator("#descent .ui").inner_text()
            assert not re.search("undefined|NaN|Infinity", text)
            assert len(said(page)) > 20


def test_axe_and_a_phone(page):
    page.evaluate(AXE_SCRIPT)
    for theme in ("light", "dark"):
        page.evaluate("t => { document.documentElement.dataset.theme = t; }", theme)
        assert page.evaluate(page_checks.AXE) == [], theme
    page.set_viewport_size(page_checks.PHONE)
    page.locator("#descent").evaluate("e => e.set({rate: 60, steps: 20, start: -3})")
    assert page_checks.overflow_problems(page) == []


def test_without_javascript_it_says_what_it_is(browser, sheets):
    context = browser.browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{sheets}/sheet.html")
    assert plain.locator("#descent").inner_text().startswith("A training of one weight")
    context.close()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: explore.descent(0), "rate must be a number from 0.01 to 0.6"),
        (lambda: explore.descent(0.125), "in hundredths, but is 0.125"),
        (lambda: explore.descent("fast"), "rate must be a number"),
        (lambda: explore.descent(start=10), "start must be a whole number from -3"),
        (lambda: explore.descent(steps=21), "steps must be a whole number from 0"),
    ],
)
def test_what_cannot_be_shown_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
