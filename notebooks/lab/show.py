"""Tensors as pictures: one palette, one size grammar, for every figure of the book.

A figure is a row of panels that share one height; a label above each panel says what
it is, and the caption stands in the text. Colours are Okabe & Ito's (2008), which
readers with any colour vision can tell apart; a letter or a number in the cell says the
same again.

In a notebook every figure, whoever draws it, and every table carries a second form for
the book's site beside the first (`lab.siteform`).
"""

import itertools

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from lab.checks import among, axes, checked, columns_fit, letters, marks_fit, panels
from lab.siteform import SITE_FORM, figure_form, table_form

INK, PAPER, BLUE, ORANGE, GREEN = "#1b1b1b", "#ffffff", "#0072B2", "#E69F00", "#009E73"
NAMES = {(1, 0, 0): "R", (0, 1, 0): "G", (0, 0, 1): "B", (1, 1, 0): "Y", (0, 0, 0): "·"}
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of red, green and blue, Rec. 709
# Four colours under dark numbers: sky blue, orange, green, reddish purple.
GROUPS = (
    np.array([[86, 180, 233], [230, 159, 0], [80, 190, 150], [222, 150, 190]]) / 255
)
DPI = 144

# A figure is the same whatever a reader's matplotlibrc says; the backend stays theirs.
plt.rcdefaults()
plt.rcParams.update(
    {
        "font.size": 9,
        "axes.titlesize": 9,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": plt.cycler(
            color=[BLUE, ORANGE, GREEN, "#D55E00", "#CC79A7"],
            linestyle=["-", "--", "-.", ":", (0, (5, 1))],
        ),
        "figure.constrained_layout.use": True,
        "figure.constrained_layout.h_pad": 0.06,
        "figure.dpi": DPI,
        "savefig.dpi": DPI,
    }
)


def _shell():
    """Return IPython's shell, or None where there is none."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def draw_in_cells():
    """In a notebook whose backend draws into memory alone, draw below the cells.

    MPLBACKEND=Agg, which many set for their scripts, would leave a notebook without
    figures.
    """
    shell = _shell()
    if getattr(shell, "kernel", None) and plt.get_backend().lower() == "agg":
        shell.enable_matplotlib("inline")


draw_in_cells()


def carry_site_forms():
    """In a notebook, put a form for the site beside every figure that is shown."""
    if getattr(shell := _shell(), "kernel", None):
        bundles = shell.display_formatter.mimebundle_formatter
        bundles.for_type(Figure, _site_form)


def _site_form(figure):
    try:
        return {SITE_FORM: figure_form(figure)}
    except Exception:
        # A reader's own figure may hold what no figure of the book does. The contract
        # of the chapters demands a form of each that does.
        return {}


carry_site_forms()


@checked(
    panels("h w", "h w 3"),
    among("marks", (None, "values", "sparse", "colours")),
    marks_fit,
)
def row(panels, vmin=0, vmax=255, signed=False, marks=None, height=1.6, photo=False):
    """Show arrays side by side, each at the same height.

    Parameters
    ----------
    panels : dict of str to array (h, w) or (h, w, 3)
        What stands above each panel, and its picture, of any type that holds numbers;
        two axes show in grey (light is large), three in colour. Row 0 is at the top.
    vmin, vmax : float
        Values drawn black and white. Colours are scaled and clipped alike.
    signed : bool
        Draw maps with two axes from blue (-vmax) over white (0) to red (vmax).
    marks : "values", "sparse", "colours" or None
        Write each pixel's value, its value or a dot for zero, or (into pictures in
        colour) its colour's letter into it.
    height : float
        Height of the panels in inches.
    photo : bool
        Store the figure as JPEG, which is ten times smaller for photographs.

    Raises
    ------
    ValueError
        If there is no panel, if one has neither (h, w) nor (h, w, 3) as its shape or
        holds no pixels, or if the marks are others or do not fit.
    """
    widths = [max(p.shape[1] / p.shape[0], 0.5) for p in panels.values()]
    size = (height * sum(widths) + 0.25 * len(widths), height + 0.38)
    _, axes = plt.subplots(1, len(panels), figsize=size, width_ratios=widths)
    for ax, (name, panel) in zip(np.atleast_1d(axes), panels.items()):
        _panel(ax, panel, -vmax if signed else vmin, vmax, signed)
        if marks:
            _mark(ax, panel, marks, (-vmax if signed else vmin), vmax)
        ax.set_title(name)
    finish(photo)


@checked(axes(positions="o k"), letters)
def taps(positions, n, mark=None, axis="input pixel"):
    """Draw which input pixels each output reads: a row an output, a column an input.

    Parameters
    ----------
    positions : int array (o, k)
        The pixel that tap t of output i reads; below 0 or from n on it is padding.
    n : int
        Input size. Pixels that no output reads are labelled so.
    mark : int or None
        The tap that a dot marks; None is the middle one.
    axis : str
        What the columns are.

    Raises
    ------
    ValueError
        If positions has other axes, or n is no whole number or below 1.
    """
    outputs = len(positions)
    first, last = min(positions.min(), 0), max(positions.max(), n - 1)
    unread = set(range(n)) - set(positions.ravel().tolist())
    size = (0.3 * (last - first + 1) + 0.6, 0.3 * (outputs + bool(unread)) + 0.65)
    _, ax = plt.subplots(figsize=size)
    for i, x in itertools.product(range(outputs), range(first, last + 1)):
        real = 0 <= x < n
        colour = (BLUE if real else ORANGE) if x in positions[i] else PAPER
        ax.add_patch(
            Rectangle(
                (x - 0.5, i - 0.5),
                1,
                1,
                facecolor=colour,
                hatch=None if real else "////",
                edgecolor="#777777",
                linewidth=0.6,
            )
        )
    mark = positions.shape[1] // 2 if mark is None else mark
    ax.plot(positions[:, mark], range(outputs), "o", color=PAPER, markersize=3)
    for x in unread:
        ax.text(x, outputs - 0.4, "unread", rotation=90, ha="center", va="top", size=7)
    ax.set(
        xlim=(first - 0.55, last + 0.55),
        ylim=(outputs - 0.45 + bool(unread), -0.55),
        xticks=range(n),
        yticks=range(outputs),
        xlabel=axis,
        ylabel="output",
        aspect="equal",
    )
    ax.xaxis.set_label_position("top")
    ax.xaxis.tick_top()
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    finish()


@checked(panels("maps h w"))
def plates(panels, axis="c"):
    """Draw which numbers of some maps are read: a stack of plates, a plate for a map.

    Parameters
    ----------
    panels : dict of str to bool array (maps, h, w)
        What stands above each stack, and which numbers are blue. The first map lies
        on top, the first row at the back.
    axis : str
        Letter of the first axis, which numbers the plates.

    Raises
    ------
    ValueError
        If there is no panel, or one has other axes.
    """
    lean, tilt, gap, margin, inch = 0.4, 0.5, 0.7, 2.9, 0.165
    sizes = [
        (w + lean * h + margin, maps * (tilt * h + gap))
        for maps, h, w in (np.shape(panel) for panel in panels.values())
    ]
    widths, heights = zip(*sizes)
    size = (sum(widths) * inch + 0.25 * len(panels), max(heights) * inch + 0.35)
    _, axes = plt.subplots(1, len(panels), figsize=size, width_ratios=widths)
    for ax, (name, panel) in zip(np.atleast_1d(axes), panels.items()):
        maps, h, w = panel.shape
        for m, y, x in np.ndindex(panel.shape):
            left, top = x + lean * (h - y), m * (tilt * h + gap) + tilt * y
            low = left - lean, top + tilt
            corners = [(left, top), (left + 1, top), (low[0] + 1, low[1]), low]
            colour = BLUE if panel[m, y, x] else PAPER
            ax.add_patch(
                Polygon(
                    corners,
                    facecolor=colour,
                    edgecolor="#777777",
                    linewidth=0.4,
                    antialiased=False,  # slanted lines would treble the file
                )
            )
        for m in range(maps):
            bottom = m * (tilt * h + gap) + tilt * h
            ax.text(-0.3, bottom, f"{axis} {m}", ha="right", va="bottom", size=8)
        ax.text(w / 2, bottom + 0.15, "w", ha="center", va="top", size=8)
        ax.text(w + lean * h / 2 + 0.3, bottom - tilt * h / 2, "h", va="top", size=8)
        ax.set(
            xlim=(0.1 - margin, w + lean * h + 0.1),
            ylim=(max(heights) + 0.1, -0.1),
            aspect="equal",
            anchor="N",
        )
        ax.axis("off")
        ax.set_title(name)
    finish()


@checked(panels("w", "h w"))
def blocks(panels, group, cell=0.27):
    """Show whole numbers side by side in cells of one size, in their groups' colours.

    Parameters
    ----------
    panels : dict of str to int array (w,) or (h, w)
        What stands above each panel, and its numbers; one axis shows as a row.
    group : function
        Returns the groups, 0 to 3, of an array of numbers.
    cell : float
        Size of a cell in inches.

    Raises
    ------
    ValueError
        If there is no panel, one has other axes, or there are other groups.
    """
    grids = {name: np.atleast_2d(panel) for name, panel in panels.items()}
    for name, grid in grids.items():
        if unknown := set(np.ravel(group(grid)).tolist()) - {0, 1, 2, 3}:
            raise ValueError(
                f"group must return 0 to 3, but of panel {name!r} it returns "
                f"{unknown.pop()}"
            )
    rows = max(len(grid) for grid in grids.values())
    widths = [max(grid.shape[1], len(name) / 3.6) for name, grid in grids.items()]
    size = (cell * sum(widths) + 0.25 * len(widths), cell * rows + 0.38)
    _, axes = plt.subplots(1, len(grids), figsize=size, width_ratios=widths)
    for ax, width, (name, grid) in zip(np.atleast_1d(axes), widths, grids.items()):
        for (y, x), number in np.ndenumerate(grid):
            colour = GROUPS[group(grid)[y, x]]
            corner = (x - 0.5, y - 0.5)
            ax.add_patch(
                Rectangle(corner, 1, 1, facecolor=colour, edgecolor=PAPER, linewidth=1)
            )
            # not INK, which is light on a dark page
            ax.text(x, y, f"{number:g}", ha="center", va="center", color="#1a1a1a")
        ax.set(xlim=(-0.55, width - 0.45), ylim=(rows - 0.45, -0.55))
        ax.set(aspect="equal", anchor="NW")
        ax.axis("off")
        ax.set_title(name)
    finish()


@checked(columns_fit)
def table(columns, formats=None):
    """Print columns side by side; on the site they are a table that can be listened to.

    Parameters
    ----------
    columns : dict of str to list
        What stands above each column, and its cells: text or numbers. The first column
        says what each row is about.
    formats : dict of str to str, optional
        How a column's numbers are written, as in an f-string: {"off by": ".1f"}.

    Raises
    ------
    ValueError
        If there is no column, they differ in length, or a format names none of them.
    """
    written = {}
    for name, cells in columns.items():
        number = not any(isinstance(cell, str) for cell in cells)
        how = (formats or {}).get(name, "")
        texts = [c if isinstance(c, str) else format(c, how) for c in cells]
        written[name] = texts, number
    lines = zip(*(_aligned(name, *column) for name, column in written.items()))
    text = "\n".join("  ".join(line).rstrip() for line in lines)
    if _shell() is None:
        print(text)
        return
    from IPython.display import display

    display({"text/plain": text, SITE_FORM: table_form(written)}, raw=True)


def _aligned(name, texts, number):
    width = max(map(len, (name, *texts)))
    return [f"{text:{'>' if number else '<'}{width}}" for text in (name, *texts)]


def finish(photo=False):
    """End a figure: draw it into the notebook at exactly the size that was asked for.

    The notebook's own default trims the margins, which makes the size depend on the
    fonts of the machine.

    Parameters
    ----------
    photo : bool
        Store it as JPEG rather than PNG.
    """
    shell = _shell()
    if shell is not None:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        kind, how = ("jpeg", {"quality": 75}) if photo else ("png", {"optimize": True})
        set_matplotlib_formats(kind, bbox_inches=None, pil_kwargs=how)
    plt.show()


def _panel(ax, panel, vmin, vmax, signed):
    how = {"origin": "upper"}
    if panel.ndim == 3:
        if panel.dtype.kind not in "fc":
            panel = panel.astype(float)  # in bytes, 10 - 50 would be 216
        panel = np.clip((panel - vmin) / (vmax - vmin), 0, 1)
        ax.imshow(panel, interpolation="auto", **how)
    else:
        cmap = "RdBu_r" if signed else "gray"
        ax.imshow(panel, cmap=cmap, vmin=vmin, vmax=vmax, **how)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(visible=True, linewidth=0.6, color="#888888")


def _mark(ax, panel, marks, vmin, vmax):
    for y, x in np.ndindex(panel.shape[:2]):
        pixel = panel[y, x].astype(float)
        if marks == "colours":
            text = NAMES.get(tuple(pixel), "?")
        else:
            text = "·" if marks == "sparse" and pixel == 0 else f"{pixel:g}"
        grey = (pixel @ LUMINANCE if panel.ndim == 3 else pixel) - vmin
        # Signed maps are light in the middle, all others at the upper end.
        share = grey / (vmax - vmin)
        light = 0.15 < share < 0.85 if vmin < 0 else share > 0.5
        ax.text(x, y, text, ha="center", va="center", color=INK if light else PAPER)
