"""Python in the page: "Try it here" and "Prove it here", as a reader uses them.

Chromium loads Python once for most of these tests; Firefox and WebKit once each.
"""

import json
import os
import re
import time
from types import SimpleNamespace

import page_checks
import pytest

FIRST = "notebooks/01-flatten-and-rearrange.html"
CARD = "#exercise-1-2"
ANSWER = 'q = exercise("1.2")\nq.check({})'
RIGHT = '"b h w c -> b (c h w)"'
WRONG = '"b h w c -> b (h w c)"'
LOADED = (
    "() => document.querySelector('.live-state').textContent === 'Python is ready.'"
)
DONE = """() => document.querySelector('.live-output').childElementCount > 0 &&
    document.querySelector('.to-write-in[aria-busy=false]') !== null"""
PROVED = """() => /cells run here|proof ends here/
    .test(document.querySelector('.prove .live-state').textContent)"""
PATIENCE = 90_000  # ms; a machine may be busy
# The main path, for engines that are not driven by Playwright.
PRESS = "selector => document.querySelector(selector).click()"
FILL = """answer => {
    const field = document.querySelector('.live-code');
    field.value = answer;
    field.dispatchEvent(new Event('input'));
}"""
SAID = """() => {
    const output = document.querySelector('.live-output');
    return [output.className, output.textContent];
}"""


@pytest.fixture(scope="module")
def live_site(site):
    """Return the site's folder, if it was built with Python for the page."""
    if not (site / "_static" / "live" / "worker.js").is_file():
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("no Python in the built site; to have it: make live book")
    return site


@pytest.fixture(scope="module")
def opened(live_site, address, browser):
    """Return a page on which an editor is open, and what it asked for until then."""
    page = browser.new_page()
    asked, before = [], []
    problems = []
    watching = page_checks.watch(page, address, problems, asked)
    page.goto(f"{address}/{FIRST}", wait_until="load")
    before += asked
    page.locator(CARD).get_by_role("button", name="Try it here").click()
    page.wait_for_function(LOADED, timeout=PATIENCE)
    yield SimpleNamespace(page=page, asked=asked, before=before, problems=problems)
    for event, listener in watching.items():
        page.remove_listener(event, listener)
    page.close()


def tried(page, answer):
    """Type an answer, run it by Ctrl + Enter, and return what is said."""
    field = page.get_by_role("textbox", name="Your answer to exercise 1.2")
    field.fill(ANSWER.format(answer))
    field.press("Control+Enter")
    page.wait_for_function(DONE, timeout=PATIENCE)
    return page.locator(f"{CARD} .live-output").inner_text()


def test_nothing_is_loaded_before_the_click_and_all_of_it_from_here(opened, address):
    assert not [url for url in opened.before if "_static/live/" in url]
    loaded = {url.rpartition("/")[2] for url in opened.asked if "_static/live/" in url}
    assert {"worker.js", "pyodide.asm.wasm", "packages.zip"} <= loaded
    assert opened.problems == []


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (RIGHT, "right", "Right."),
        (WRONG, "wrong", "Flatten"),
        ("...", "turn", "Your turn."),
    ],
)
def test_an_answer_is_answered(opened, answer, status, words):
    assert words in tried(opened.page, answer)
    output = opened.page.locator(f"{CARD} .live-output")
    assert output.get_attribute("class").split()[-1] == status
    assert output.get_attribute("role") == "status"


def test_an_error_is_its_last_line(opened):
    said = tried(opened.page, "1 / 0")
    assert said == "ZeroDivisionError: division by zero (line 2)"


def test_what_is_printed_is_text_and_no_page(opened):
    assert "<img src=x>" in tried(opened.page, "print('<img src=x>')")
    assert opened.page.locator(f"{CARD} .live-output img").count() == 0


def test_keyboard_alone(opened):
    """Enter keeps the indentation, Tab leaves the field, Enter presses a button."""
    page, keys = opened.page, opened.page.keyboard
    page.get_by_role("textbox", name="Your answer").focus()
    keys.press("Control+A")
    keys.type("for i in range(2):\nprint(i)\nprint(-i)")
    assert page.evaluate("document.activeElement.value") == (
        "for i in range(2):\n    print(i)\n    print(-i)"
    )
    names = []
    for _ in range(2):
        keys.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent"))
    assert names == ["Run", "Reset"]
    keys.press("Shift+Tab")
    keys.press("Enter")
    page.wait_for_function(DONE, timeout=PATIENCE)
    assert page.locator(f"{CARD} .live-output").inner_text().split() == [
        "0",
        "0",
        "1",
        "-1",
    ]


@pytest.mark.parametrize("answer", [RIGHT, WRONG, "1 / 0"])
def test_open_card_is_accessible_and_fits_a_phone(opened, answer):
    page = opened.page
    tried(page, answer)
    rules = page_checks.AXE_AGAIN if answer != RIGHT else None
    only = json.dumps({"runOnly": rules} if rules else {})
    axe = f"axe.run('{CARD}', {only}).then(r => r.violations.map(v => v.id))"
    try:
        page.evaluate(page_checks.OPEN_FOLDS)
        page.evaluate(page_checks.AXE_SCRIPT)
        for scheme in "light", "dark":
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(
                "t => document.documentElement.dataset.theme === t", arg=scheme
            )
            assert page.evaluate(axe) == []
        page.set_viewport_size(page_checks.PHONE)
        assert page_checks.overflow_problems(page) == []
    finally:
        page.set_viewport_size(page_checks.DESKTOP)
        page.emulate_media(color_scheme="light")


def test_endless_loop_is_stopped_and_python_comes_back(opened):
    opened.page.evaluate("window.began = performance.now()")
    said = tried(opened.page, "[0 for _ in iter(int, 1)]")
    seconds = opened.page.evaluate("performance.now() - began") / 1000
    assert said.startswith("Stopped after 5 seconds")
    assert seconds > 5
    assert "Right." in tried(opened.page, RIGHT)


def test_what_was_typed_outlives_a_reload(opened):
    page = opened.page
    field = page.get_by_role("textbox", name="Your answer")
    field.fill("kept = 1")
    asked = len(opened.asked)
    page.reload(wait_until="load")
    page.locator(CARD).get_by_role("button", name="Go on with your answer").click()
    assert field.input_value() == "kept = 1"
    page.locator(CARD).get_by_role("button", name="Reset").click()
    assert "..." in field.input_value()
    page.reload(wait_until="load")
    assert page.locator(CARD).get_by_role("button", name="Try it here").count() == 1
    assert opened.problems == []
    assert len(opened.asked) > asked


@pytest.mark.parametrize("chapter", ["01", "03"])
def test_chapter_proves_itself(opened, address, chapter):
    page = opened.page
    name = {"01": FIRST, "03": "notebooks/03-padding-and-stride.html"}[chapter]
    page.goto(f"{address}/{name}")
    page.get_by_role("button", name="Prove it here").click()
    page.wait_for_function(PROVED, timeout=PATIENCE)
    said = page.locator(".prove .live-state").inner_text()
    assert " 0 differ" in said, page.locator(".proved.differs").all_inner_texts()
    same = page.locator(".proved.same").count()
    assert same > 5
    assert f"{same} print exactly what is printed above" in said
    assert page.locator(".proved").count() == int(said.split()[2])


def test_a_cell_that_differs_is_shown_with_both_texts(opened, address):
    """What is stored is falsified; the proof must say so."""
    page = opened.page
    stored = {"strict": True, "text": "", "value": None, "error": None}
    number = page.evaluate("+document.querySelector('[id^=cell-]').id.slice(5)")
    cells = [
        {**stored, "number": number, "code": "print(2)", "text": "3\n"},
        {**stored, "number": number, "code": "import tensorflow as tf"},
        {**stored, "number": number, "code": "tf.zeros(3)"},
        {**stored, "number": number, "code": "1 / 0"},
        {**stored, "number": number, "code": "2 + 2", "value": "4"},
    ]
    stored_cells = re.compile(r"/\d\d\.json$")
    page.route(stored_cells, lambda route: route.fulfill(body=json.dumps(cells)))
    page.get_by_role("button", name="Prove it here").click()
    page.wait_for_function(PROVED, timeout=PATIENCE)
    page.unroute(stored_cells)
    said = page.locator(".prove .live-state").inner_text()
    assert said == (
        "3 of 5 cells run here: 1 print exactly what is printed above, 2 differ. "
        "The others need what is not here: TensorFlow (2)."
    )
    assert page.locator(".proved.differs").all_text_contents() == [
        "differs in your browser, which says:2",
        "differs in your browser, which says:ZeroDivisionError: division by zero",
    ]


def test_stop_stops(opened, address):
    """Whether the code runs already, or Python is still loading."""
    page = opened.page
    page.goto(f"{address}/{FIRST}")
    page.locator(f"{CARD} .live-button").click()
    field = page.get_by_role("textbox", name="Your answer to exercise 1.2")
    field.fill("while True:\n    pass")
    field.press("Control+Enter")
    page.locator(CARD).get_by_role("button", name="Stop").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(DONE)
    assert page.locator(f"{CARD} .live-output").inner_text() == "Stopped."
    assert page.evaluate("document.activeElement.textContent") == "Run"
    page.locator(CARD).get_by_role("button", name="Reset").click()


def test_without_javascript_a_card_has_all_but_the_button(live_site, address, browser):
    context = browser.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{FIRST}")
    card = page.locator(CARD)
    assert card.get_by_role("button").count() == 0
    assert card.locator(".to-write-in pre").is_visible()
    for kind in "hint", "solution":
        fold = card.locator(f"details.{kind}").first
        fold.locator("summary").click()
        assert fold.locator("p").first.is_visible()
    context.close()


def test_from_a_folder_there_is_no_button(live_site, browser):
    page = browser.new_page()
    page.goto((live_site / FIRST).as_uri())
    assert page.locator(".to-write-in").count()
    assert page.locator(".live-button").count() == 0
    page.close()


def test_main_path_in_other_engines(live_site, engine, watched_address):
    engine.open(watched_address, FIRST)
    engine.evaluate(PRESS, f"{CARD} .live-button")
    wait_until(engine, LOADED)
    engine.evaluate(FILL, ANSWER.format(RIGHT))
    engine.evaluate(PRESS, f"{CARD} .live .live-button")
    wait_until(engine, DONE)
    kind, said = engine.evaluate(SAID)
    assert kind.split() == ["live-output", "right"]
    assert said.startswith("Right.")


def wait_until(engine, function):
    """Wait until a JavaScript function returns true in an engine's page."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not engine.evaluate(function):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)
