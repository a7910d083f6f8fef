"""What a figure carries for the site: its own pixels, words and colours, legibly."""

import re
from base64 import b64decode
from io import BytesIO

import matplotlib
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from test_pictures import run_cells

matplotlib.use("agg")

import matplotlib.pyplot as plt

from lab import show, siteform
from lab.pictures import photograph, zone_plate

GREY = np.arange(12).reshape(3, 4) * 20
MASK = np.arange(24).reshape(2, 3, 4) % 5 == 0


def rates(label="loss"):
    _, ax = plt.subplots(figsize=(6.6, 2.7))
    for rate in (0.5, 2):
        ax.plot([1, 10, 1000], [rate, 30, 2e4], label=f"rate {rate}")
    ax.set(xscale="log", yscale="log", ylabel=label)
    ax.legend()
    show.finish()


def grids():
    _, axes = plt.subplots(1, 2, sharey=True)
    for ax in axes:
        ax.plot([1, 2])
        ax.set_title("both")
    show.finish()


FIGURES = {
    "numbers": lambda: show.row({"a <b>": GREY, "b": GREY[::-1]}, marks="values"),
    "blocks": lambda: show.blocks({"a": np.arange(8).reshape(2, 4)}, lambda n: n // 2),
    "colours": lambda: show.row({"a": np.eye(3)[None]}, vmax=1, marks="colours"),
    "pixels": lambda: show.row({"a": GREY, "b": GREY.T}),
    "photograph": lambda: show.row({"a": photograph("coffee")}, photo=True),
    "taps": lambda: show.taps([[-1, 0, 1], [1, 2, 3]], n=5),
    "plates": lambda: show.plates({"a": MASK, "b": ~MASK}),
    "chart": rates,
    "charts that share an axis": grids,
}


@pytest.fixture(autouse=True)
def unseen(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: None)
    yield
    plt.close("all")


def form_of(draw):
    draw()
    form = siteform.figure_form(plt.gcf())
    plt.close("all")
    return form


def parsed(draw):
    return BeautifulSoup(form_of(draw), "lxml")


def pixels_of(tag):
    data = tag["src"].partition(";base64,")[2]
    return np.asarray(Image.open(BytesIO(b64decode(data))).convert("RGB"))


@pytest.mark.parametrize("name", FIGURES)
def test_a_form_is_the_same_every_time_and_leaves_the_figure_as_it_was(name):
    def picture():
        file = BytesIO()
        plt.savefig(file, format="png")
        plt.close("all")
        return file.getvalue()

    FIGURES[name]()
    before = picture()
    FIGURES[name]()
    form = siteform.figure_form(plt.gcf())
    assert siteform.figure_form(plt.gcf()) == form
    assert picture() == before
    assert form_of(FIGURES[name]) == form


@pytest.mark.parametrize("name", FIGURES)
def test_ids_are_used_once_and_all_references_lead_to_one(name):
    form = form_of(FIGURES[name])
    ids = re.findall(r'\bid="([^"]+)"', form)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', form)) <= {
        pair for name in ids for pair in ((name, ""), ("", name))
    }
    for noise in ("<metadata", 'clip-path="url(#p', "DejaVu", "xlink", "<!--"):
        assert noise not in form
    assert not re.search(r"\d\.\d{3}", form)


def test_each_panel_has_its_label_outside_the_drawing():
    page = parsed(FIGURES["numbers"])
    labels = [tag.text for tag in page.select(".panel > .panel-label")]
    assert labels == ["a <b>", "b"]
    assert [text.text for text in page.select(".panel")[0].select("text")] == [
        str(number) for number in GREY.ravel()
    ]
    assert parsed(FIGURES["plates"]).select_one(".panel-label").text == "a"
    assert "panel-label" not in form_of(FIGURES["taps"])


def test_an_array_with_marks_has_the_colours_of_its_pixels():
    (first, *_) = parsed(FIGURES["numbers"]).select("svg")
    tones = [list(bytes.fromhex(path["fill"][1:])) for path in first.select("path")]
    # Matplotlib rounds down: a tone may be one lower.
    np.testing.assert_allclose(tones, GREY.reshape(-1, 1).repeat(3, axis=1), atol=1)
    assert [g["fill"] for g in first.select("g[fill]")] == [show.PAPER, show.INK]


def test_an_array_is_its_own_pixels_at_whole_multiples():
    for tag, array in zip(parsed(FIGURES["pixels"]).select("img"), (GREY, GREY.T)):
        assert tag["class"] == ["pixels"]
        grey = np.repeat(array[..., None], 3, axis=-1)
        np.testing.assert_allclose(pixels_of(tag), grey, atol=1)
        assert int(tag["height"]) % array.shape[0] == 0


def test_a_photograph_has_at_most_two_pixels_for_one_of_the_screen():
    photo = photograph("coffee")
    (tag,) = parsed(FIGURES["photograph"]).select("img")
    assert (tag["class"], tag["src"][:15]) == (["photo"], "data:image/webp")
    h, w, _ = pixels_of(tag).shape
    assert w <= 2 * int(tag["width"]) <= 2 * siteform.COLUMN
    assert w / h == pytest.approx(photo.shape[1] / photo.shape[0], rel=0.01)


def test_a_zone_plate_is_never_shown_at_less_than_its_pixels():
    plate = zone_plate(120, 0.5)
    page = parsed(lambda: show.row({"a": plate, "b": plate[::2, ::2]}, vmin=-1, vmax=1))
    assert page.select_one(".panels")["class"] == ["panels"]  # one a row on a phone
    widths = [int(tag["width"]) for tag in page.select("img")]
    assert widths == [240, 240]
    assert widths[0] <= siteform.PHONE


@pytest.mark.parametrize(
    ("shapes", "marked", "height"),
    [
        ([(3, 3)], True, 132),  # 44 pixels a cell at most
        ([(1, 27)], True, 24),  # the whole column
        ([(400, 600)] * 3, False, 141),
        ([(120, 120), (60, 60), (60, 60)], False, 240),  # two rows, to be two for one
        ([(64, 64), (32, 32), (4, 4)], False, 192),
        ([(5, 5)] * 8, False, 140),
    ],
)
def test_panels_take_the_room_there_is(shapes, marked, height):
    assert siteform.shared_height(shapes, marked) == height


def test_ink_paper_line_and_palette_are_the_pages():
    form = form_of(FIGURES["taps"])
    colours = {"ink": "000000", "paper": "ffffff", "line": "777777", "orange": "e69f00"}
    for name, colour in colours.items():
        assert f"var(--fig-{name},#{colour})" in form
    assert not re.search(r"[^,]#[0-9a-f]{6}", form)  # hatches, too
    assert 'fill="#' not in form


def test_no_ground_is_drawn():
    page = parsed(FIGURES["chart"])
    assert not [p for p in page.select("path") if p["style"] == "fill:none"]


def test_a_chart_fits_a_phone_with_type_that_can_be_read():
    page = parsed(FIGURES["chart"])
    _, _, width, _ = map(float, page.svg["viewbox"].split())
    sizes = [float(s) for s in re.findall(r"font-size:([\d.]+)px", str(page.svg))]
    assert min(sizes) * siteform.PHONE / width >= siteform.READABLE
    assert page.select_one(".panels")["class"] == ["panels"]
    assert {"10⁰", "10³", "loss", "rate 2"} <= {t.text for t in page.select("text")}


def test_axes_that_share_stay_one_drawing_with_their_titles():
    page = parsed(FIGURES["charts that share an axis"])
    assert len(page.select("svg")) == len(page.select(".panel")) == 1
    assert [text.text for text in page.select("text")].count("both") == 2


def test_panels_stand_in_twos_on_a_phone_and_only_a_long_strip_scrolls():
    def classes(draw):
        return parsed(draw).select_one(".panels")["class"][1:]

    assert classes(FIGURES["numbers"]) == classes(FIGURES["plates"]) == ["halves"]
    strip = np.zeros((1, 27))
    assert classes(lambda: show.row({"a": strip}, marks="values")) == ["scrolls"]
    assert classes(lambda: show.row({"a": strip[:, :12]}, marks="values")) == []


# Tables


COLUMNS = {"stack": ["3 x 3", "<5>"], "off by": [1.25, 10], "n": [3, 1200]}
TEXT = "stack  off by      n\n3 x 3     1.2      3\n<5>      10.0  1,200"


def test_a_table_is_aligned_text(capsys):
    show.table(COLUMNS, formats={"off by": ".1f", "n": ","})
    assert capsys.readouterr().out == TEXT + "\n"


@pytest.mark.parametrize(
    ("columns", "formats", "said"),
    [
        ({}, None, "columns must be a dict of one or more"),
        ([1], None, "columns must be a dict of one or more"),
        ({"a": [1], "b": [1, 2]}, None, "equally long, but have {'a': 1, 'b': 2}"),
        ({"a": [1]}, {"x": "d"}, r"formats must name columns \(a\), but name x"),
    ],
)
def test_a_bad_table_is_refused_by_name(columns, formats, said):
    with pytest.raises(ValueError, match=said):
        show.table(columns, formats)


def test_in_a_notebook_figures_and_tables_carry_their_forms():
    table, own = run_cells(
        "from lab import show; import matplotlib.pyplot as plt",
        f"show.table({COLUMNS}, formats={{'off by': '.1f', 'n': ','}})",
        "plt.subplots(figsize=(2, 2))[1].bar(['x'], [3]); plt.show()",
    )
    assert table["text/plain"] == TEXT
    page = BeautifulSoup(table[siteform.SITE_FORM], "lxml")
    assert [tag.text for tag in page.select('th[scope="col"]')] == list(COLUMNS)
    assert [tag.text for tag in page.select('th[scope="row"]')] == COLUMNS["stack"]
    assert [t.text for t in page.select("td.number")] == ["1.2", "3", "10.0", "1,200"]
    assert {"image/png", siteform.SITE_FORM} <= own.keys()
    assert own[siteform.SITE_FORM].startswith('<div class="panels">')
    assert own[siteform.SITE_FORM].count("<svg ") == 1
