"""Test signals are what they say, and figures come out at the size they were drawn."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest

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


def test_taps_say_which_pixels_stay_unread(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    show.taps(np.array([[0, 1, 2], [2, 3, 4]]), n=6)
    (unread,) = plt.gca().texts
    assert (unread.get_text(), unread.get_position()[0]) == ("unread", 5)
    plt.close("all")


def test_a_panel_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"panel 'x' must have .* but has \(2, 2, 4\)"):
        show.row({"x": np.zeros((2, 2, 4))})


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
