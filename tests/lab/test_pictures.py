"""Test signals are what they say, and figures come out at the size they were drawn."""

import json
import os
import subprocess
import sys

import matplotlib
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from lab import pictures, quietly

matplotlib.use("agg")

import matplotlib.pyplot as plt

from lab import show


def test_photographs_are_grey_levels_in_float():
    photo = pictures.photograph("coffee")
    assert (photo.shape, photo.dtype) == ((400, 600, 3), np.float32)
    assert photo.min() >= 0
    assert 200 < photo.max() <= 255


@pytest.mark.parametrize("name", ["sunset", "camera", "__doc__"])
def test_a_photograph_that_is_not_there_is_refused(name):
    with pytest.raises(ValueError, match=f"but is '{name}'"):
        pictures.photograph(name)


def test_the_zone_plates_frequency_grows_to_the_finest():
    """Along the middle row the phase turns by 2 pi times the frequency each pixel."""
    n, finest = 401, 0.25
    middle = pictures.zone_plate(n, finest)[n // 2]
    assert middle[n // 2] == 1
    r = np.arange(n) - n // 2
    frequency = np.gradient(finest * r**2 / n)
    np.testing.assert_allclose(middle, np.cos(2 * np.pi * finest * r**2 / n), atol=1e-5)
    assert frequency[-2] == pytest.approx(finest, rel=0.02)


@pytest.mark.parametrize(("n", "finest"), [(1, 0.5), (9, 0), (9, 0.6)])
def test_a_zone_plate_finer_than_pixels_is_refused(n, finest):
    with pytest.raises(ValueError, match="must be"):
        pictures.zone_plate(n, finest)


def test_the_cover_thins_by_keeping_and_by_averaging():
    whole = pictures.cover(n=40, s=4, gap=3)
    plate, between, strided, _, pooled = np.split(whole, [40, 43, 83, 86], axis=1)
    assert np.isnan(between).all()
    assert np.array_equal(strided[::4, ::4], plate[2::4, 2::4])
    np.testing.assert_allclose(pooled[4, 8], plate[4:8, 8:12].mean(), atol=1e-6)


def test_a_row_of_panels_shows_these_values_in_these_colours(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    grey = np.array([[0, 5, 10], [20, 7, 1]])
    colour = np.eye(3)[None]
    show.row(
        {"grey": grey, "signed": grey - 10},
        vmax=10,
        signed=True,
        marks="values",
    )
    figure = plt.gcf()
    left, right = figure.axes
    assert (
        left.get_images()[0].get_clim() == right.get_images()[0].get_clim() == (-10, 10)
    )
    assert np.array_equal(right.get_images()[0].get_array(), grey - 10)
    assert [t.get_text() for t in left.texts] == [
        "0",
        "5",
        "10",
        "20",
        "7",
        "1",
    ]
    show.row({"colours": colour}, vmax=1, marks="colours")
    assert [t.get_text() for t in plt.gca().texts] == ["R", "G", "B"]
    plt.close("all")


@pytest.mark.parametrize("vmin", [0, 50])
def test_bytes_are_as_dark_as_whole_numbers(vmin, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    small = np.array([[[10, 50, 51], [255, 0, 200]]], np.uint8)
    drawn = []
    for panel in (small, small.astype(int)):
        show.row({"p": panel}, vmin=vmin)
        drawn.append(plt.gca().get_images()[0].get_array())
    assert np.array_equal(*drawn)
    assert drawn[0][0, 0, 0] == max(0, (10 - vmin) / (255 - vmin))
    show.row({"p": small[..., 0]}, vmin=vmin, marks="values")
    assert [t.get_color() for t in plt.gca().texts] == [show.PAPER, show.INK]
    plt.close("all")


def test_lists_and_tensors_are_panels(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    with quietly():
        import tensorflow as tf

    grey = [[0, 5, 10], [20, 7, 1]]
    half = tf.constant(grey, tf.bfloat16)
    show.row({"list": grey, "tensor": tf.constant(grey), "half": half})
    for ax in plt.gcf().axes:
        assert np.array_equal(ax.get_images()[0].get_array(), grey)
    show.taps([[0, 1, 2], [2, 3, 4]], n=6)
    show.plates({"x": np.ones((2, 3, 4)).tolist()})
    plt.close("all")


def test_taps_say_which_pixels_stay_unread(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    show.taps(np.array([[0, 1, 2], [2, 3, 4]]), n=6)
    (unread,) = plt.gca().texts
    assert (unread.get_text(), unread.get_position()[0]) == ("unread", 5)
    plt.close("all")


@pytest.mark.parametrize(("mark", "dots"), [(None, [1, 3]), (0, [0, 2]), (2, [2, 4])])
def test_taps_mark_the_tap_that_is_asked_for(monkeypatch, mark, dots):
    monkeypatch.setattr(plt, "show", lambda: None)
    show.taps(np.array([[0, 1, 2], [2, 3, 4]]), n=5, mark=mark, axis="time")
    (line,) = plt.gca().lines
    assert list(line.get_xdata()) == dots
    assert plt.gca().get_xlabel() == "time"
    plt.close("all")


def test_blocks_write_each_number_on_the_colour_of_its_group(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    show.blocks({"w": [0, 5], "h w": [[1], [2]]}, lambda n: n // 3)
    row, column = plt.gcf().axes
    assert [text.get_text() for text in row.texts] == ["0", "5"]
    assert [text.get_position() for text in column.texts] == [(0, 0), (0, 1)]
    for panel, groups in ((row, [0, 1]), (column, [0, 0])):
        colours = [patch.get_facecolor()[:3] for patch in panel.patches]
        assert np.allclose(colours, show.GROUPS[groups])
    assert row.get_ylim() == column.get_ylim()
    plt.close("all")


def test_a_panel_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"panel 'x' must have .* but has \(2, 2, 4\)"):
        show.row({"x": np.zeros((2, 2, 4))})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: show.row({}), r"panels must be a dict of one or more .*, but is \{\}"),
        (lambda: show.row([[1]]), r"panels must be a dict .*, but is \[\[1\]\]"),
        (lambda: show.row({"x": [1]}), r"panel 'x' must have .* but has \(1,\)"),
        (lambda: show.row({"x": [[]]}), r"panel 'x' must have .* but has \(1, 0\)"),
        (lambda: show.blocks({}, int), r"panels must be a dict of one or more"),
        (lambda: show.blocks({"x": [[[1]]]}, np.abs), r"panel 'x' must have .* but"),
        (lambda: show.blocks({"x": [4]}, np.abs), "of panel 'x' it returns 4"),
        (lambda: show.row({"x": [["a"]]}), "panel 'x' must hold numbers"),
        (lambda: show.row({"x": [[1j]]}), "panel 'x' must hold real numbers"),
        (lambda: show.row({"x": [[1]]}, marks="all"), "marks must be one of None, val"),
        (
            lambda: show.row({"x": np.ones((2, 2, 3))}, marks="values"),
            r"marks='values' needs panels \(h, w\), but panel 'x' has \(2, 2, 3\)",
        ),
        (
            lambda: show.row({"x": np.ones((2, 2))}, marks="colours"),
            r"marks='colours' needs panels \(h, w, 3\), but",
        ),
        (lambda: show.taps([1, 2], 3), r"positions needs the axes o k, but has"),
        (lambda: show.taps([[1]], 0), "n must be 1 or more, but is 0"),
        (lambda: show.plates({}), r"titles and arrays \(maps, h, w\), but is \{\}"),
        (lambda: show.plates({"x": [[1]]}), r"shape \(maps, h, w\), but has \(1, 1\)"),
        (lambda: pictures.zone_plate(2.5), "n must be a whole number of pixels"),
        (lambda: pictures.circle(8.0), "n must be a whole number of pixels"),
        (lambda: pictures.cover(n=40, s=7), "s must divide n, but n is 40 and s is 7"),
        (lambda: pictures.cover(n=40, s=4, gap=-1), "gap must be a whole number of"),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()


# A reader's own settings


def run_cells(*cells):
    """Return what cells leave in a kernel of their own, as one reader would see it."""
    folder = pictures.__file__.rpartition("/lab/")[0]
    book = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    NotebookClient(book, resources={"metadata": {"path": folder}}).execute()
    return [
        output.get("data", output) for cell in book.cells for output in cell.outputs
    ]


def test_a_readers_settings_of_matplotlib_change_no_figure(monkeypatch, tmp_path):
    settings = tmp_path / "matplotlibrc"
    settings.write_text("image.origin: lower\nimage.cmap: jet\nfont.size: 20\n")
    cells = (
        "import numpy as np; from lab import show; import matplotlib.pyplot as plt",
        "show.row({'p': np.arange(6).reshape(2, 3)}, vmax=5, marks='values')",
        "plt.imshow(np.arange(6).reshape(2, 3)); show.finish()",
    )
    plain = run_cells(*cells)
    monkeypatch.setenv("MATPLOTLIBRC", str(settings))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    assert run_cells(*cells) == plain
    assert ["image/png" in data for data in plain] == [True, True]


def test_a_picture_stands_upright_even_where_the_origin_was_changed_later(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    with plt.rc_context({"image.origin": "lower"}):
        show.row({"p": np.eye(3)})
    assert plt.gca().get_images()[0].origin == "upper"
    plt.close("all")


IMPORTS = """
from lab import quietly
with quietly():
    import tensorflow as tf
    from keras import config, layers
with quietly():
    import keras
print(layers.Conv2D(3, 3)(tf.zeros((1, 7, 8, 2))).shape, config.floatx())
print(config.backend(), tf.config.experimental.tensor_float_32_execution_enabled())
"""


@pytest.mark.parametrize("first", [True, False])
def test_a_readers_settings_of_keras_change_no_layer(first, tmp_path):
    settings = {"image_data_format": "channels_first", "floatx": "float64"}
    if first:
        (tmp_path / "keras.json").write_text(json.dumps(settings))
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        cwd=pictures.__file__.rpartition("/lab/")[0],
        env=os.environ | {"KERAS_HOME": str(tmp_path), "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "(1, 5, 6, 3) float32\ntensorflow False\n"
    said = [
        f"Your keras.json asks for {name}={asked}. This book is written for {value}, "
        "so lab has set that, for this session only."
        for (name, asked), value in zip(settings.items(), ["channels_last", "float32"])
    ]
    assert done.stderr.splitlines() == said * first


def test_importing_lab_loads_no_tensorflow():
    code = (
        "import sys; from lab import byhand, data, pictures, shapes, show; "
        "sys.exit('tensorflow' in sys.modules or 'h5py' in sys.modules)"
    )
    folder = pictures.__file__.rpartition("/lab/")[0]
    assert subprocess.run([sys.executable, "-c", code], cwd=folder).returncode == 0


def test_quietly_holds_back_the_machine_but_not_an_error(capfd):
    speak = "import os; os.write(2, b'the machine speaks\\n')"
    with quietly():
        exec(speak)
    assert capfd.readouterr().err == ""
    with pytest.raises(ZeroDivisionError), quietly():
        exec(f"{speak}; 1 / 0")
    assert "the machine speaks" in capfd.readouterr().err
