"""A figure's or a table's second form: what the site shows where a notebook shows PNG.

A cell's output carries it beside the picture, under a type of its own that Jupyter,
Colab and GitHub pass over. It is a fragment of HTML, panels side by side:

- an array is its own pixels, at most two for each pixel of the screen;
- an array with marks is an SVG of squares and text;
- whatever else Matplotlib draws is Matplotlib's own SVG.

Ink, paper, line and the palette are CSS variables, so that a drawing follows the page
into the dark; colours that are data stay as they are. Type is the page's, and on a
phone of 360 pixels it is at least READABLE.
"""

import html
import math
import re
from base64 import b64encode
from collections import defaultdict
from contextlib import contextmanager
from io import BytesIO, StringIO
from itertools import groupby
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axis import Axis
from matplotlib.text import Text
from matplotlib.ticker import LogFormatter
from matplotlib.transforms import Bbox
from PIL import Image

SITE_FORM = "application/vnd.book+html"

# Lengths in CSS pixels.
COLUMN, GAP = 670, 16  # within a cell's card on a desktop, and between panels
PHONE = 296  # within a cell's card, on a screen of 360
HALF = (PHONE - GAP) // 2
READABLE = 9
LARGE = 300  # the side of the largest panel, were it square
LOW = 112  # panels that would be lower stand in more rows, where that makes them higher
MARKED, PLAIN = 44, 28  # the largest pixel of an array with marks, and without
MARK = 18  # the largest type of a mark
# The least type of a drawing. A chart is drawn no wider than lets it be READABLE on a
# phone, and shown a little larger where there is room.
POINTS, ENLARGED = 10, 1.1
POINT = 4 / 3  # CSS pixels
CHART = PHONE * POINTS * POINT / READABLE

# A photograph takes the first of these at which it is not HEAVY, or else the last: how
# many of its pixels at most for a pixel of the screen, and the quality.
GRADES, HEAVY = ((2, 85), (2, 75), (2, 60), (1.5, 60), (1.5, 50)), 8_000  # bytes

LINE = "var(--fig-line,#888)"
THEME = {
    "#000000": "ink",
    "#1b1b1b": "ink",
    "#ffffff": "paper",
    "#777777": "line",
    "#888888": "line",
    "#bbbbbb": "line",
    "#0072b2": "blue",
    "#e69f00": "orange",
    "#009e73": "green",
    "#d55e00": "red",
    "#cc79a7": "pink",
}
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure_form(figure):
    """Return a figure's form for the site.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        It is left as it was.

    Returns
    -------
    str
        ``<div class="panels">…</div>``; ``halves`` is also among its classes where two
        panels stand side by side on a phone, ``scrolls`` where one is wider than it.
    """
    arrays = [_array_of(ax) for ax in figure.axes]
    if arrays and all(arrays):
        return _rows_of_arrays([ax.get_title("left") for ax in figure.axes], arrays)
    return _drawings(figure)


def table_form(columns):
    """Return a table's form for the site: the first column heads the rows.

    Parameters
    ----------
    columns : dict of str to (list of str, bool)
        A column's heading, its cells, and whether they are numbers.
    """
    kinds = [' class="number"' if number else "" for _, number in columns.values()]
    head = "".join(
        f'<th scope="col"{kind}>{html.escape(name)}</th>'
        for name, kind in zip(columns, kinds)
    )
    lines = [f'<table class="printed">\n<thead><tr>{head}</tr></thead>\n<tbody>']
    for row in zip(*(cells for cells, _ in columns.values())):
        first, *others = map(html.escape, row)
        cells = "".join(f"<td{k}>{c}</td>" for k, c in zip(kinds[1:], others))
        lines.append(f'<tr><th scope="row"{kinds[0]}>{first}</th>{cells}</tr>')
    return "\n".join([*lines, "</tbody>\n</table>"])


# --- panels -------------------------------------------------------------------


def _panels(panels):
    """Join [(label, width, least width, markup)], widths in CSS pixels."""
    least = max(least for _, _, least, _ in panels)
    halves = " halves" if len(panels) > 1 and least <= HALF else ""
    scrolls = " scrolls" if least > PHONE else ""
    lines = [f'<div class="panels{halves}{scrolls}">']
    for label, width, least, markup in panels:
        narrow = f";min-width:{least}px" if least > PHONE else ""
        lines.append(f'<div class="panel" style="width:{width}px{narrow}">')
        if label:
            lines.append(f'<div class="panel-label">{html.escape(label)}</div>')
        lines += [markup, "</div>"]
    return "\n".join([*lines, "</div>"])


def _least(width, size):
    """Return the width at which type of a size that fits a width is READABLE."""
    return math.ceil(width * READABLE / size - 0.01)


# --- arrays -------------------------------------------------------------------


def _array_of(ax):
    """Return (pixels, marks) of axes that show one array and no more; else None.

    Pixels are uint8 (h, w, 4); marks are [(x, y, text, colour)], one a pixel, or [].
    """
    others = [*ax.lines, *ax.patches, *ax.collections, *ax.child_axes]
    if len(ax.images) != 1 or others or (ax.axison and ax.get_xticks().size):
        return None
    (image,) = ax.images
    h, w = image.get_array().shape[:2]
    marks = [
        (*text.get_position(), text.get_text(), text.get_color()) for text in ax.texts
    ]
    pixels = {(x, y) for y, x in np.ndindex(h, w)}
    as_row_draws = image.origin == "upper" and image.get_extent() == [
        -0.5,
        w - 0.5,
        h - 0.5,
        -0.5,
    ]
    if not as_row_draws or (marks and {mark[:2] for mark in marks} != pixels):
        return None
    return image.to_rgba(image.get_array(), bytes=True), marks


def _rows_of_arrays(labels, arrays):
    shapes = [pixels.shape[:2] for pixels, _ in arrays]
    height = shared_height(shapes, any(marks for _, marks in arrays))
    panels = []
    for label, (pixels, marks) in zip(labels, arrays):
        h, w, _ = pixels.shape
        width = round(height * w / h)
        if marks:
            size = _mark_size(width / w, marks)
            least = _least(width, size)
            markup = _grid(pixels, marks, width, height, size)
        else:
            # Narrower than two for one, pixels would come out unlike one another; and
            # half of a phone is little for what is more than twice as wide as high.
            enlarged = width >= 2 * w
            least = min(2 * w, PHONE) if enlarged else 0
            least = PHONE if w > 2 * h else least
            markup = _picture(pixels, width, height, enlarged)
        panels.append((label, width, least, markup))
    return _panels(panels)


def shared_height(shapes, marked):
    """Return the height in CSS pixels at which arrays (h, w) stand side by side.

    It is a multiple of each array's own height, where that is possible: else some of
    its pixels would be larger than others. They stand in as few rows as leave them
    neither low nor far smaller than the room for them.
    """
    largest = 0
    for rows in range(1, len(shapes) + 1):
        room = _room(shapes, -(-len(shapes) // rows), marked)
        step = math.lcm(*(h for h, _ in shapes if h <= room))
        height = room // step * step if step <= room else room
        largest = max(largest, height)
        if largest >= max(LOW, 0.75 * room):
            break
    return largest


def _room(shapes, in_row, marked):
    """Return the height that so many panels in a row can have."""
    aspects = [w / h for h, w in shapes]
    widest = max(sum(aspects[i : i + in_row]) for i in range(0, len(shapes), in_row))
    heights = [h for h, _ in shapes]
    return math.floor(
        min(
            (COLUMN - GAP * (in_row - 1)) / widest,
            LARGE / max(aspects) ** 0.5,
            MARKED * min(heights) if marked else PLAIN * max(heights),
        )
    )


def _picture(pixels, width, height, enlarged):
    """Return an <img> that holds the pixels: exact if enlarged, else a photograph."""
    image = Image.fromarray(pixels)
    if image.getextrema()[3][0] == 255:
        image = image.convert("RGB")
    if enlarged and image.getcolors(256):
        kind, data = (
            "png",
            _encoded(image.quantize(256, dither=0), "png", optimize=True),
        )
    else:
        kind, data = "webp", _photograph(image, width, height)
    data = b64encode(data).decode()
    return (
        f'<img class="{"pixels" if enlarged else "photo"}" width="{width}" '
        f'height="{height}" alt="" src="data:image/{kind};base64,{data}">'
    )


def _photograph(image, width, height):
    for density, quality in GRADES:
        small = image
        if image.width > density * width:
            size = round(density * width), round(density * height)
            small = image.resize(size, Image.Resampling.LANCZOS)
        data = _encoded(small, "webp", quality=quality, method=6)
        if len(data) <= HEAVY:
            break
    return data


def _encoded(image, kind, **how):
    file = BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def _mark_size(pixel, marks):
    """Return the type's size for marks in pixels of this side, both in CSS pixels."""
    longest = max(len(text) for _, _, text, _ in marks)
    return round(min(MARK, 0.6 * pixel, 1.5 * pixel / longest), 1)


def _grid(pixels, marks, width, height, size):
    """Return an array with marks as SVG, in units of CSS pixels."""
    h, w, _ = pixels.shape
    side = width / w
    edges = [_number(i * side) for i in range(max(h, w) + 1)]
    # Not joined where tones are equal: on another processor they may only nearly be.
    cells = [
        f'<path fill="{_hex(pixels[y, x])}" '
        f'd="M{edges[x]} {edges[y]}H{edges[x + 1]}V{edges[y + 1]}H{edges[x]}z"/>'
        for y, x in np.ndindex(h, w)
    ]
    words = defaultdict(list)
    for x, y, text, colour in marks:
        x, y = _number((x + 0.5) * side), _number((y + 0.5) * side + 0.35 * size)
        words[colour].append(f'<text x="{x}" y="{y}">{html.escape(text)}</text>')
    return "\n".join(
        [
            f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'font-size="{size}" text-anchor="middle">',
            '<g shape-rendering="crispEdges">',
            *cells,
            "</g>",
            *(f'<g fill="{c}">{"".join(parts)}</g>' for c, parts in words.items()),
            f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" '
            f'style="fill:none;stroke:{LINE}"/>',
            "</svg>",
        ]
    )


def _hex(rgba):
    return "#" + bytes(rgba[:3].tolist()).hex()


def _number(value):
    """Return a number as text, to two decimals and no longer than needed."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".").replace("-0.", "-.") or "0"


# --- what Matplotlib draws ----------------------------------------------------


def _drawings(figure):
    """Return Matplotlib's drawing: a panel for each axes, or one if they have ticks."""
    alone = len(figure.axes) == 1 or not any(ax.axison for ax in figure.axes)
    with _drawn_for_the_site(figure, alone) as (root, boxes):
        groups = {e.get("id"): e for e in root.iter() if e.get("id")}
    names = {}
    if alone:
        labels = [ax.get_title("left") for ax in figure.axes]
        drawn = [groups[f"axes_{n}"] for n in range(1, len(labels) + 1)]
    else:
        labels, drawn = [""], [groups["figure_1"]]
    wide = sum(box.width for box in boxes) * POINT
    room = COLUMN - GAP * (len(boxes) - 1)
    scale = min(ENLARGED, room / wide) * POINT
    panels = []
    for label, box, group in zip(labels, boxes, drawn):
        width = round(box.width * scale)
        least = _least(width, POINTS * scale)
        markup = _drawing(group, box, scale, groups, names)
        panels.append((label, width, least, markup))
    return _panels(panels)


@contextmanager
def _drawn_for_the_site(figure, alone):
    """Draw a figure as the site wants it, and leave it as it was.

    Yields the root of its SVG, and the boxes of its panels in points from the top left.
    """
    before = []
    places = [(ax, ax.get_position(True), ax.get_position()) for ax in figure.axes]

    def put(artist, name, value):
        before.append(
            (getattr(artist, f"set_{name}"), getattr(artist, f"get_{name}")())
        )
        getattr(artist, f"set_{name}")(value)

    try:
        figure.draw_without_rendering()  # now all ticks have their labels
        if alone:
            for ax in figure.axes:
                put(ax._left_title, "visible", False)
        width, height = figure.get_size_inches()
        if len(figure.axes) == 1 or not alone:
            put(figure, "size_inches", (min(width, CHART / 96), height))
        for axis in figure.findobj(Axis):
            if isinstance(axis.get_major_formatter(), LogFormatter):
                put(axis, "major_formatter", _power)
        for text in figure.findobj(Text):
            if text.get_fontsize() < POINTS:
                put(text, "fontsize", POINTS)
        file = StringIO()
        with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "book"}):
            figure.savefig(file, format="svg", transparent=True, dpi=72)
        renderer = figure.canvas.get_renderer()
        found = [ax.get_tightbbox(renderer) for ax in figure.axes]
        boxes = found if alone else [Bbox.union(found)]
        points = 72 / figure.dpi
        top = figure.get_figheight() * 72
        yield (
            ElementTree.fromstring(file.getvalue()),
            [
                Bbox.from_extents(
                    box.x0 * points - 1,
                    top - box.y1 * points - 1,
                    box.x1 * points + 1,
                    top - box.y0 * points + 1,
                )
                for box in boxes
            ],
        )
    finally:
        for restore, value in reversed(before):
            restore(value)
        # A layout begins from the one before, and would come out otherwise.
        for ax, original, active in places:
            ax._set_position(original, "original")
            ax._set_position(active, "active")


def _power(value, _):
    """Return a power of ten as text: Matplotlib sets the exponent in small type."""
    return "10" + str(round(math.log10(value))).translate(SUPERSCRIPT)


def _drawing(group, box, scale, groups, names):
    """Return one group of Matplotlib's SVG as an SVG of its own.

    Parameters
    ----------
    group : Element
    box : Bbox
        In points.
    scale : float
        CSS pixels a point.
    groups : dict of str to Element
        All that have an id.
    names : dict of str to str
        Short names of the ids in use; this adds to it.
    """
    inside = {element.get("id") for element in group.iter()}
    body = "\n".join(_written(group, names))
    outside = [name for name in _referred(group) if name not in inside]
    defs = "\n".join(line for name in outside for line in _written(groups[name], names))
    view = " ".join(map(_number, (box.x0, box.y0, box.width, box.height)))
    return "\n".join(
        filter(
            None,
            [
                f'<svg width="{round(box.width * scale)}" '
                f'height="{round(box.height * scale)}" viewBox="{view}" '
                f'style="fill:{_themed("#000000")};font-size:{POINTS}px;'
                'stroke-linejoin:round">',
                f"<defs>{defs}</defs>" if defs else "",
                body,
                "</svg>",
            ],
        )
    )


REFERENCE = re.compile(r"url\(#([^)]+)\)")
XLINK = "{http://www.w3.org/1999/xlink}href"


def _referred(group):
    """List the ids that a group refers to, each once, in order."""
    found = []
    for element in group.iter():
        found += REFERENCE.findall(" ".join(element.attrib.values()))
        if element.get(XLINK, "").startswith("#"):  # else it is a picture
            found.append(element.get(XLINK)[1:])
    return list(dict.fromkeys(found))


def _written(element, names):
    """Yield the lines of an element of Matplotlib's SVG: short, and in the theme."""
    tag = element.tag.rsplit("}", 1)[-1]
    attributes = _attributes(element, names)
    if tag == "path" and _unseen(attributes):
        return
    inner = [line for child in element for line in _written(child, names)]
    if tag == "g" and not attributes.keys() - {"id"}:
        yield from _merged(inner)
        return
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    text = html.escape(element.text or "") if tag in ("text", "tspan") else ""
    inner = "".join(_merged(inner))
    if text or inner:
        yield f"<{tag}{written}>{text}{inner}</{tag}>"
    elif tag not in ("g", "defs", "text"):
        yield f"<{tag}{written}/>"


def _unseen(attributes):
    style = attributes.get("style", "")
    return not attributes.get("d") or style == "fill:none"


CELL = re.compile(r'<path d="([^"]*z)" (.*)/>')


def _merged(lines):
    """Join neighbouring closed paths that look alike, as cells of a grid do."""

    def look(line):
        found = CELL.fullmatch(line)
        return found[2] if found and "opacity" not in line else None

    for rest, alike in groupby(lines, look):
        if rest is None:
            yield from alike
        else:
            path = "".join(CELL.fullmatch(line)[1] for line in alike)
            yield f'<path d="{path}" {rest}/>'


def _attributes(element, names):
    """Return an element's attributes as the site writes them."""
    found = {}
    for name, value in element.attrib.items():
        if name == "id":
            if element.tag.endswith("}g"):
                continue
            value = _short(value, names)
        elif name == XLINK:
            name = "href"
            if value.startswith("#"):
                value = "#" + _short(value[1:], names)
        elif name == "transform" and value.startswith("rotate(-0"):
            continue
        elif name == "style":
            value = _style(value)
        elif name in ("d", "points", "x", "y", "width", "height", "transform"):
            value = _rounded(value)
        elif name in ("fill", "stroke"):
            style = f"{name}:{_themed(value)}"
            found["style"] = ";".join(filter(None, [found.get("style"), style]))
            continue
        if value:
            found[name] = REFERENCE.sub(
                lambda match: f"url(#{_short(match[1], names)})", value
            )
    return found


def _short(name, names):
    return names.setdefault(name, f"s{len(names) + 1}")


def _rounded(text):
    text = re.sub(r"-?\d+\.?\d*", lambda match: _number(match.group()), text)
    text = re.sub(r"\s+", " ", text.strip())
    return re.sub(r" ?([A-Za-z]) ?", r"\1", text) if text[:1] in "Mm" else text


def _style(text):
    """Return a style without fonts and defaults, in the theme's colours."""
    kept = []
    for part in filter(None, map(str.strip, text.split(";"))):
        name, value = (word.strip() for word in part.split(":", 1))
        if name == "font-family" or part == f"font-size: {POINTS}px":
            continue
        kept.append(f"{name}:{_themed(value)}")
    return ";".join(kept)


def _themed(value):
    """Return a colour of the book's as a variable of the page, any other as it is."""
    name = THEME.get(value.lower())
    return f"var(--fig-{name},{value})" if name else value
