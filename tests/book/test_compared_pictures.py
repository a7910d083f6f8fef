"""A changed picture is noticed, a merely stored one is not, and the run says which."""

import os
import subprocess
import sys
from base64 import b64decode, b64encode
from importlib.metadata import version
from io import BytesIO

import book_nbval
import compared_pictures
import nbformat
import numpy as np
import pytest
import refresh
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from lab import show
from lab.pictures import photograph
from lab.siteform import SITE_FORM, figure_form

RNG = np.random.default_rng(0)
GRID = RNG.integers(40, 90, (5, 7))
MASKS = RNG.integers(0, 2, (3, 6, 5), bool)
WALK = RNG.normal(size=30).cumsum()
TAPS = np.array([[0, 1, 2], [2, 3, 4], [4, 5, 6]])


def changed(array, place, by):
    """Return a copy in which one number is another."""
    copy = array.copy()
    copy[place] += by
    return copy


@pytest.fixture
def draw(monkeypatch):
    """Return a function that gives a figure as a kernel gives it: (kind, base64)."""
    monkeypatch.setattr(show.plt, "show", lambda: None)

    def drawn(figure, *args, photo=False, **kwargs):
        figure(*args, **kwargs)
        file = BytesIO()
        how = {"pil_kwargs": {"quality": 75}} if photo else {}
        show.plt.savefig(file, format="jpeg" if photo else "png", **how)
        show.plt.close("all")
        kind = "image/jpeg" if photo else "image/png"
        return kind, b64encode(file.getvalue()).decode()

    return drawn


def stored(picture):
    """Return a drawn picture as refreshing stores it."""
    kind, encoded = picture
    if kind == "image/png":
        encoded = refresh.palette_png(Image.open(BytesIO(b64decode(encoded))))
    return kind, encoded


def line(values, colour=show.BLUE):
    _, ax = show.plt.subplots(figsize=(4.8, 2.8))
    ax.plot(values, color=colour)
    ax.set(xlabel="step", ylabel="loss", ylim=(-8, 8))
    show.finish()


def grid(array):
    show.row({"x": array}, marks="values")


def two(order):
    show.row({name: {"x": GRID, "y": GRID[::-1]}[name] for name in order})


def labelled(size, text):
    """Draw a small label on grey, which is where ink contrasts least."""
    figure = show.plt.figure(figsize=(0.5, 0.5), facecolor="0.55")
    figure.text(0.5, 0.5, text, size=size, color=show.INK)


CHANGES = {
    "a number in a grid": (grid, [GRID], [changed(GRID, (2, 3), 1)]),
    "a six that is an eight, in small type": (labelled, [7, "6"], [7, "8"]),
    "a comma that is a full stop": (labelled, [9, "1,5"], [9, "1.5"]),
    "panels swapped": (two, ["xy"], ["yx"]),
    "a tap moved": (show.taps, [TAPS, 8], [changed(TAPS, 1, 1), 8]),
    "a number read": (
        show.plates,
        [{"x": MASKS}],
        [{"x": MASKS ^ (np.arange(90).reshape(3, 6, 5) == 47)}],
    ),
    "a point of a line moved by half a pixel": (
        line,
        [WALK],
        [changed(WALK, 14, 0.025)],
    ),
    "a line moved by a quarter of a pixel": (line, [WALK], [WALK + 0.013]),
    "another colour": (line, [WALK], [WALK, show.GREEN]),
    "a pixel lighter by 5 levels": (
        show.row,
        [{"x": GRID}],
        [{"x": changed(GRID, (2, 3), 5)}],
    ),
    "a slightly lighter blue": (line, [WALK], [WALK, "#1080C0"]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_noticed(draw, name):
    figure, before, after = CHANGES[name]
    old, new = stored(draw(figure, *before)), draw(figure, *after)
    assert compared_pictures.compare(old, draw(figure, *before)).score == 0
    verdict = compared_pictures.compare(old, new)
    assert "grey levels apart" in verdict.problem
    assert verdict.score > 1
    assert set(verdict.pictures) == {"stored", "drawn", "difference"}
    # With another Matplotlib, the same pictures are no reason to complain.
    assert not compared_pictures.compare(old, new, by_pixels=False).problem


def test_a_photograph_moved_by_a_pixel_is_noticed(draw):
    old = photograph("rocket")
    photos = [
        draw(show.row, {"x": x}, photo=True) for x in (old, np.roll(old, 1, axis=1))
    ]
    assert compared_pictures.compare(photos[0], photos[0]).score == 0
    assert "grey levels apart" in compared_pictures.compare(*photos).problem


def test_the_palette_is_no_difference(draw):
    # More than 256 colours, so that storing changes what is drawn.
    ramp = np.stack(np.meshgrid(np.arange(90), np.arange(70), [40, 90, 200]), -1)
    picture = draw(show.row, {"x": ramp[:, :, 0]})
    pixels = compared_pictures.decode(picture[1])
    assert not np.array_equal(compared_pictures.as_stored(pixels), pixels)
    assert compared_pictures.compare(stored(picture), picture).score == 0


def test_noise_of_a_level_or_two_is_no_difference(draw):
    picture = draw(grid, GRID)
    pixels = compared_pictures.decode(picture[1])
    noise = RNG.integers(-2, 3, pixels.shape)
    noisy = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    verdict = compared_pictures.compare(stored(picture), encoded(noisy))
    assert 0 < verdict.score < 1
    assert not verdict.problem


def encoded(pixels, kind="png"):
    file = BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return f"image/{kind}", b64encode(file.getvalue()).decode()


@pytest.mark.parametrize("y", [0, 3, 6, 18, 39])
@pytest.mark.parametrize("x", [0, 7, 11, 12, 24])
def test_a_window_counts_alike_wherever_it_lies(x, y):
    levels = np.zeros((51, 36), np.uint8)
    levels[y : y + 12, x : x + 12] = 200
    worst = compared_pictures.worst_window(levels)
    assert worst.side == 12
    assert worst.levels == pytest.approx(200)
    assert worst.share == pytest.approx(50)
    assert levels[worst.y, worst.x] == 200


def test_a_few_pixels_that_are_far_apart_count_as_much_as_many_that_are_near():
    levels = np.zeros((51, 36), np.uint8)
    levels[20:23, 5:8] = 90
    worst = compared_pictures.worst_window(levels)
    assert (worst.side, worst.x, worst.y) == (3, 6, 21)
    assert worst.levels == pytest.approx(90)
    assert worst.share == pytest.approx(7.5)


def test_the_worst_channel_counts():
    black = np.zeros((2, 3, 3), np.uint8)
    blue = changed(black, (1, 2, 2), 250)
    for pair in [(black, blue), (blue, black)]:
        assert compared_pictures.difference(*pair).tolist() == [[0, 0, 0], [0, 0, 250]]


@pytest.mark.parametrize("by_pixels", [True, False])
def test_missing_additional_and_unlike_pictures_are_told(by_pixels):
    small, large = (np.full((h, 30, 3), 255, np.uint8) for h in (20, 21))
    damaged = encoded(large)[1][:60]

    def told(*pair):
        return compared_pictures.compare(*pair, by_pixels).problem

    assert told(encoded(small), None) == "a picture is stored that is not drawn"
    assert told(None, encoded(small)) == "a picture is drawn that is not stored"
    assert "a PNG of 30 x 20 pixels, the drawn one a PNG of 30 x 21 pixels" in told(
        encoded(small), encoded(large)
    )
    assert "a PNG of 30 x 20 pixels, the drawn one a JPEG of 30 x 20" in told(
        encoded(small), encoded(small, "jpeg")
    )
    for text in (damaged, "no base64", "", b64encode(b"no picture").decode()):
        sentence = told(("image/png", text), encoded(small))
        assert sentence.startswith("the stored picture cannot be decoded (")
        sentence = told(encoded(small), ("image/png", text))
        assert sentence.startswith("the drawn picture cannot be decoded (")


@pytest.fixture
def form(monkeypatch):
    """Return a function that gives a figure's form for the site."""
    monkeypatch.setattr(show.plt, "show", lambda: None)

    def made(figure, *args, **kwargs):
        figure(*args, **kwargs)
        form = figure_form(show.plt.gcf())
        show.plt.close("all")
        return form

    return made


def bars(heights, label="a"):
    _, ax = show.plt.subplots(figsize=(4, 2))
    ax.bar(["x", "y", "z"], heights)
    ax.set(ylim=(0, 10), ylabel=label)
    show.finish()


def photos(array):
    show.row({"x": array}, photo=True)


PHOTO = np.clip(photograph("rocket"), 40, 200)
FORM_CHANGES = {
    "a number in a grid": (grid, [GRID], [changed(GRID, (2, 3), 1)], " say "),
    "a tone behind a number": (
        show.row,
        [{"x": GRID}, 0, 255, False, "values"],
        [{"x": GRID}, 0, 230, False, "values"],
        " is #",
    ),
    "a label": (two, ["x"], ["y"], "labels"),
    "a panel too many": (two, ["x"], ["xy"], "panels"),
    "a pixel lighter by 5 levels": (
        show.row,
        [{"x": GRID}],
        [{"x": changed(GRID, (2, 3), 5)}],
        "grey levels apart",
    ),
    "a photograph moved by a pixel": (
        photos,
        [PHOTO],
        [np.roll(PHOTO, 1, axis=1)],
        "grey levels apart",
    ),
    "a bar that is a little higher": (bars, [[3, 5, 7]], [[3, 5.05, 7]], " is "),
    "an axis that says something else": (bars, [[3, 5, 7]], [[3, 5, 7], "b"], "'a'"),
    "a point of a line": (line, [WALK], [changed(WALK, 14, 0.05)], " is "),
    "another colour": (line, [WALK], [WALK, show.GREEN], "blue"),
    "a tap moved": (show.taps, [TAPS, 8], [changed(TAPS, 1, 1), 8], "forms"),
    "a number read": (
        show.plates,
        [{"x": MASKS}],
        [{"x": MASKS ^ (np.arange(90).reshape(3, 6, 5) == 47)}],
        "forms",
    ),
}


@pytest.mark.parametrize("name", FORM_CHANGES)
def test_a_change_in_a_form_for_the_site_is_noticed(form, name):
    figure, before, after, words = FORM_CHANGES[name]
    old, new = form(figure, *before), form(figure, *after)
    assert compared_pictures.form_problem(old, form(figure, *before)) == ""
    problem = compared_pictures.form_problem(old, new)
    assert words in problem
    loose = compared_pictures.form_problem(old, new, by_pixels=False)
    assert bool(loose) == (words in ("labels", "panels"))


def test_a_form_that_is_nearly_the_same_is_the_same(form):
    old, near = form(bars, [3, 5, 7]), form(bars, [3, 5.005, 7])
    assert old != near
    assert compared_pictures.form_problem(old, near) == ""


@pytest.mark.parametrize("by_pixels", [True, False])
def test_missing_and_additional_forms_are_told(form, by_pixels):
    made = form(grid, GRID)
    told = compared_pictures.form_problem
    assert "made that is not stored" in told(None, made, by_pixels)
    assert "stored that is not made" in told(made, None, by_pixels)


def test_pictures_are_taken_in_order():
    outputs = [
        new_output("stream", text="1"),
        new_output("display_data", {"image/jpeg": "a", "text/plain": "b"}),
        new_output("execute_result", {"text/html": "c"}),
        new_output("display_data", {"image/png": "d"}),
    ]
    found = compared_pictures.pictures(outputs)
    assert found == [("image/jpeg", "a"), ("image/png", "d")]
    outputs[1].data[SITE_FORM] = "e"
    assert compared_pictures.site_forms(outputs) == ["e"]
    assert compared_pictures.SITE_FORM == SITE_FORM


def test_the_locked_versions_decide_how_strictly_is_compared():
    locked = (
        "numpy==2.4.6 ; python_version < '3.12'\n"
        "    # via matplotlib\n"
        "matplotlib==3.11.2\n"
        "pillow==13.0.0 ; python_version >= '3'\n"
        "pillow==9.0.0 ; python_version < '3'\n"
    )
    have = {"matplotlib": "3.11.2", "pillow": "13.0.0"}
    assert compared_pictures.other_versions(locked, have.get) == []
    have["matplotlib"] = "3.10.0"
    (sentence,) = compared_pictures.other_versions(locked, have.get)
    assert sentence == "matplotlib is 3.10.0 here and 3.11.2 in requirements.txt"


def test_the_lock_names_what_decides():
    lock = (refresh.ROOT / "requirements.txt").read_text()
    other = compared_pictures.other_versions(lock, lambda name: "0")
    assert [line.split()[0] for line in other] == compared_pictures.DECIDING


def test_the_summary_names_the_worst_cell_or_why_none_was_measured():
    scores = [(0.0, "01::Cell 3"), (0.26, "02::Cell 5"), (None, "02::Cell 6")]
    line = book_nbval.summary(scores, [])
    assert line.startswith("3 compared")
    assert "pixel by pixel; 1 are equal, the largest difference is 26%" in line
    assert line.endswith("(02::Cell 5)")
    assert book_nbval.summary(scores[:1], []).endswith("1 are equal")
    line = book_nbval.summary(scores, ["pillow is 1 here and 2 in requirements.txt"])
    assert "in kind and size only, because pillow is 1 here" in line


SQUARE = """\
from io import BytesIO
from IPython.display import Image
from PIL import Image as Pillow
picture, file = Pillow.new("RGB", (40, 30), "white"), BytesIO()
picture.paste("navy", (20, 5, 32, 17))
picture.save(file, "png")
Image(file.getvalue())"""


def square(x):
    """Return the output of that code, had it drawn the square at x."""
    picture = Image.new("RGB", (40, 30), "white")
    picture.paste("navy", (x, 5, x + 12, 17))
    text = "<IPython.core.display.Image object>"
    data = {"image/png": refresh.palette_png(picture), "text/plain": text}
    return new_output("execute_result", data, execution_count=1)


FORM = f"""\
from IPython.display import display
display({{"text/plain": "t", {SITE_FORM!r}: "<p>1</p>"}}, raw=True)"""


def form_output(form):
    data = {"text/plain": "t"} | ({SITE_FORM: form} if form else {})
    return new_output("display_data", data)


def test_a_run_fails_where_the_stored_form_is_not_the_made_one(tmp_path):
    outputs = [form_output(form) for form in ("<p>1</p>", "<p>2</p>", None)]
    run = run_of(tmp_path, [(FORM, output, {}) for output in outputs])
    assert run.returncode == 1, run.stdout + run.stderr
    assert "2 failed, 1 passed" in run.stdout
    assert "Cell 1: the forms for the site say '2' and '1'." in run.stdout
    assert "Cell 2: a form for the site is made that is not stored." in run.stdout


def run_of(tmp_path, cells):
    """Run a notebook of cells (source, output, metadata) in the locked environment."""
    lock = [f"{name}=={version(name)}" for name in compared_pictures.DECIDING]
    (tmp_path / "requirements.txt").write_text("\n".join(lock))
    made = [
        new_code_cell(source, outputs=[output], execution_count=1, metadata=tags)
        for source, output, tags in cells
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = new_notebook(cells=made, metadata=kernel)
    nbformat.write(notebook, tmp_path / "tiny.ipynb")
    (tmp_path / "pytest.ini").touch()
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--nbval", "--color=no", "-p"),
            *("book_nbval", "-p", "no:cacheprovider", "-p", "no:xdist", "tiny.ipynb"),
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(refresh.ROOT / "tools")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_fails_where_the_stored_picture_is_not_the_drawn_one(tmp_path):
    folder = tmp_path / "_build" / "pictures" / "tiny"
    folder.mkdir(parents=True)
    (folder / "cell-09-stored.png").touch()  # of an earlier run
    run = run_of(
        tmp_path,
        [
            (SQUARE, square(20), {}),
            (SQUARE, square(21), {}),
            (SQUARE, square(21), {"tags": ["nbval-ignore-output"]}),
            (SQUARE, square(21), {"tags": ["nbval-skip"]}),
            (f"# NBVAL_IGNORE_OUTPUT\n{SQUARE}", square(21), {}),
            (f"# NBVAL_SKIP\n{SQUARE}", square(21), {}),
        ],
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert "1 failed, 3 passed, 2 skipped" in run.stdout
    assert "Cell 1: the stored picture and the drawn one are" in run.stdout
    names = [f"cell-01-{what}.png" for what in ("stored", "drawn", "difference")]
    for name in names:
        assert f"_build/pictures/tiny/{name}" in run.stdout
    assert {path.name for path in folder.iterdir()} == set(names)
    assert "2 compared with the stored ones" in run.stdout
