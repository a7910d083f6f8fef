"""What you drag is what was tested: the explorables against Keras, einops and lab.

The modules of book/_theme/explore run in Chromium on the cases of a table that Keras,
TensorFlow, einops and lab have filled in here; then their elements are used by
keyboard, mouse and finger.
"""

import gzip
import itertools
import re
from pathlib import Path

import numpy as np
import page_checks
import pytest
import sheets as sheets_of
import small_book
from axe_playwright_python.base import AXE_SCRIPT
from einops import reduce
from playwright.sync_api import expect

from lab import explore, pictures, quietly

with quietly():
    import keras
    import tensorflow as tf
    from keras import Sequential, layers

LIMIT, LIMIT_OF_ALL = 15_000, 30_000  # bytes of the scripts of a page, gzipped

# --- the tables


def reads(n, k, s, d, padding):
    """Return the pixels, from 1, that TensorFlow's taps read; 0 is padding."""
    sides = padding.upper() if isinstance(padding, str) else [(0, 0)] * 4
    if sides not in ("SAME", "VALID"):
        sides = [[0, 0], [0, 0], [padding, padding], [0, 0]]
    numbers = np.arange(1, n + 1, dtype="float32").reshape(1, 1, n, 1)
    taps = np.eye(k, dtype="float32").reshape(1, k, 1, k)
    out = tf.nn.conv2d(numbers, taps, [1, 1, s, 1], sides, dilations=[1, 1, d, 1])
    return out.numpy()[0, 0].astype(int).tolist()


def read_cases():
    """All sizes, kernels, strides, dilations and paddings that the sliders reach.

    Whole numbers of zeros are drawn, because each differs from "valid" by them alone.
    """
    rng = np.random.default_rng(0)
    cases = []
    for n, k, s, d in itertools.product(
        range(1, 13), range(1, 8), range(1, 5), range(1, 4)
    ):
        for padding in ("valid", "same", int(rng.integers(5))):
            p = padding if isinstance(padding, int) else 0
            fits = padding == "same" or d * (k - 1) + 1 <= n + 2 * p
            cases.append(
                [n, k, s, d, padding, reads(n, k, s, d, padding) if fits else []]
            )
    return cases


def conv_cases():
    """Convolutions of pictures that are not square, by TensorFlow in float64."""
    rng = np.random.default_rng(1)
    cases = []
    for _ in range(250):
        k, s, d = (int(v) for v in rng.integers(1, [6, 4, 4]))
        h, w = (int(v) for v in rng.integers(2, 12, 2))
        padding = ["valid", "same", 1, 3][rng.integers(4)]
        p = padding if isinstance(padding, int) else 0
        if padding != "same" and d * (k - 1) + 1 > min(h, w) + 2 * p:
            continue
        x, kernel = rng.normal(size=(h, w)), rng.normal(size=(k, k))
        padded = np.pad(x, p)[None, :, :, None]
        rule = "SAME" if padding == "same" else "VALID"
        y = tf.nn.conv2d(padded, kernel[:, :, None, None], s, rule, dilations=d)
        cases.append([x, kernel, s, d, padding, y[0, :, :, 0]])
    return cases


def pool_cases():
    """Poolings with their gradients, of numbers with many ties, by TensorFlow."""
    rng = np.random.default_rng(2)
    cases = []
    for n, k, s, padding, mode in itertools.product(
        (2, 5, 6, 12), range(1, 5), range(1, 5), ("valid", "same"), ("max", "avg")
    ):
        h, w = n, n + int(rng.integers(-1, 2))
        if padding == "valid" and k > min(h, w):
            continue
        x = tf.constant(rng.integers(-4, 5, (1, h, w, 1)).astype("float64"))
        pool = tf.nn.max_pool2d if mode == "max" else tf.nn.avg_pool2d
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = pool(x, k, s, padding.upper())
        back = tape.gradient(y, x)
        answers = [pixels[0, :, :, 0] for pixels in (x, y, back)]
        cases.append([k, s, padding, mode, *answers])
    return cases


def tie_cases():
    """Gradients of einops' maximum, which shares them among equal maxima."""
    rng = np.random.default_rng(3)
    cases = []
    for k, blocks in itertools.product(range(1, 5), range(1, 4)):
        x = tf.constant(rng.integers(0, 3, (k * blocks, k * blocks)).astype("float64"))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = reduce(x, "(h i) (w j) -> h w", "max", i=k, j=k)
        cases.append([k, x, y, tape.gradient(y, x)])
    return cases


def circle_cases():
    """lab's circle, moved: which of its poolings are identical to the unmoved one's."""
    still = pictures.circle(64, 4)
    padded = np.pad(still, 8, "edge")

    def chain(x, how):
        made = [x]
        for _ in range(4):
            made.append(reduce(made[-1], "(h i) (w j) -> h w", how, i=2, j=2))
        return made

    cases = []
    places = {"max": (-8, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 7), "mean": (-4, 0, 1, 2)}
    for how, moves in places.items():
        before = chain(still, how)
        for dy, dx in itertools.product(moves, repeat=2):
            x = padded[8 - dy : 72 - dy, 8 - dx : 72 - dx]
            same = [np.array_equal(*pair) for pair in zip(chain(x, how), before)]
            cases.append([how.replace("mean", "avg"), dy, dx, same])
    return cases


def edged(x, dy, dx):
    """Return a picture, moved, with its edge repeated where nothing comes in."""
    (h, w), m = x.shape, 9
    return np.pad(x, m, "edge")[m - dy : m - dy + h, m - dx : m - dx + w]


def plain(value):
    """Return arrays and tensors as lists, for JavaScript."""
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return (
        value.tolist()
        if hasattr(value, "tolist")
        else (value.numpy().tolist() if hasattr(value, "numpy") else value)
    )


COMPARE = """async ([base, cases]) => {
    const a = await import(`${base}/arithmetic.js`);
    const wrong = {};
    const note = (name, ok, ...what) => {
        wrong[name] ??= [];
        if (!ok) wrong[name].push(JSON.stringify(what).slice(0, 200));
    };
    const near = (x, y) => x.length === y.length && x.every((v, i) =>
        Array.isArray(v) ? near(v, y[i]) : Math.abs(v - y[i]) <= 1e-6);
    for (const [n, k, s, d, padding, seen] of cases.reads) {
        const { o, taps, readers, before, after } = a.axis(n, k, s, d, padding);
        const own = taps.map(row => row.map(at => at >= 0 && at < n ? at + 1 : 0));
        const where = [n, k, s, d, padding];
        note("reads", o === seen.length && a.same(own, seen), ...where, own, seen);
        note("taps stay in the padded input", taps.flat().every(at =>
            at >= -before && at < n + after), ...where);
        note("k taps", taps.every(row => row.length === k), ...where);
        note("readers are the taps, turned around", readers.every((by, at) =>
            by.every(i => taps[i].includes(at))) && readers.flat().length ===
            taps.flat().filter(at => at >= 0 && at < n).length, ...where);
        const rest = (n + before + after - a.span(k, d)) % s;
        if (o && s <= k && d === 1 && padding === "valid")
            note("unread is the remainder",
                readers.filter(by => !by.length).length === rest, ...where);
        if (padding === "same")
            note("same", o === Math.ceil(n / s) && [0, 1].includes(after - before),
                ...where);
        if (s === 1 && d === 1 && k % 2 && padding === (k - 1) / 2)
            note("half the kernel keeps n", o === n, n, k);
    }
    for (const [x, kernel, s, d, padding, y] of cases.conv) {
        note("conv", near(a.conv2d(x, kernel, s, d, padding), y), x, kernel, s, d);
        const size = a.span(kernel.length, d);
        const holes = a.picture(size, size, (i, j) =>
            i % d || j % d ? 0 : kernel[i / d][j / d]);
        note("dilation is zeros inside", near(a.conv2d(x, holes, s, 1, padding), y), d);
    }
    for (const [k, s, padding, mode, x, y, back] of cases.pool) {
        const where = [k, s, padding, mode];
        note("pool", near(a.pool2d(x, ...where), y), ...where, x);
        note("gradient", near(a.routed(x, ...where), back), ...where, x);
        const total = list => list.flat().reduce((t, v) => t + v, 0);
        for (const ties of ["first", "share"])
            note("gradient sums to the upstream one", Math.abs(total(
                a.routed(x, ...where, ties)) - y.flat().length) < 1e-9, ...where);
        const [most, mean] = ["max", "avg"].map(m => a.pool2d(x, k, s, padding, m));
        note("max is at least avg", most.flat().every((v, i) =>
            v >= mean.flat()[i] - 1e-12), ...where);
        const flat = x.map(row => row.map(() => -3));
        note("a constant stays", a.pool2d(flat, ...where).flat().every(v =>
            Math.abs(v + 3) < 1e-12), ...where);
        const { readers } = a.axis(x.length, k, s, 1, padding);
        if (padding === "valid")
            note("windows part the input", readers.every(by => by.length === 1) ===
                (k === s && x.length % k === 0 || k === x.length), ...where);
    }
    for (const [k, x, y, back] of cases.ties) {
        note("einops", near(a.pool2d(x, k), y), k, x);
        note("shared", near(a.routed(x, k, k, "valid", "max", "share"), back), k, x);
    }
    for (const [n, shrink, x] of cases.circles)
        note("circle", a.same(a.circle(n, shrink), x), n, shrink);
    const still = a.circle();
    const before = { max: a.chain(still), avg: a.chain(still, "avg") };
    for (const [mode, dy, dx, same] of cases.moves) {
        const after = a.chain(a.moved(still, dy, dx), mode);
        const found = after.map((x, i) => a.same(x, before[mode][i]));
        note("moved circle", a.same(found, same), mode, dy, dx, same);
    }
    for (const [x, dy, dx, y] of cases.rolls)
        note("roll", a.same(a.rolled(x, dy, dx), y), x, dy, dx);
    for (const [x, dy, dx, y] of cases.edges)
        note("edge", a.same(a.moved(x, dy, dx), y), x, dy, dx);
    return wrong;
}"""


@pytest.fixture(scope="module")
def modules():
    """Return the address at which the modules are served."""
    with page_checks.served(explore.MODULES) as address:
        yield address


def test_arithmetic_equals_keras_einops_and_lab(browser, modules):
    rng = np.random.default_rng(4)
    sizes = [(n, shrink) for n in (8, 14, 32, 64) for shrink in range(0, n // 2 - 1, 2)]
    rolls = [
        (rng.integers(9, size=(h, w)), dy, dx)
        for h, w, dy, dx in rng.integers(1, 9, (50, 4)) - [0, 0, 5, 5]
    ]
    cases = {
        "reads": read_cases(),
        "conv": conv_cases(),
        "pool": pool_cases(),
        "ties": tie_cases(),
        "circles": [(n, r, pictures.circle(n, r)) for n, r in sizes],
        "moves": circle_cases(),
        "rolls": [(x, dy, dx, np.roll(x, (dy, dx), (0, 1))) for x, dy, dx in rolls],
        "edges": [(x, dy, dx, edged(x, dy, dx)) for x, dy, dx in rolls],
    }
    cases = {name: plain(table) for name, table in cases.items()}
    assert sum(map(len, cases.values())) > 3500
    page = browser.new_page()
    page.goto(f"{modules}/arithmetic.js")
    wrong = page.evaluate(COMPARE, [modules, cases])
    page.close()
    assert len(wrong) == 21, "not every comparison was made"
    assert {name: found[:3] for name, found in wrong.items() if found} == {}


# --- the lines that are copied


LINES = """async ([base, convs, pools]) => {
    window.customElements.define = () => {};
    const [a, c, p] = await Promise.all(["arithmetic", "conv", "pool"].map(name =>
        import(`${base}/${name}.js`)));
    const digits = (rows, n) => c.convInput(rows, n);
    return [convs.map(({ n, k, s, d, padding, axes, kernel }) => {
        const rows = axes === 2 ? n : 1, x = digits(rows, n);
        const weights = c.convKernel(axes === 2 ? k : 1, k, kernel);
        const { before, after, o } = a.axis(n, k, s, d, padding);
        const line = c.convCode({ k, s, d, padding, axes: `${axes}` }, [before, after]);
        const doubts = [...Array(20).keys()].map(answer => c.convDoubt(answer,
            { n, k, s, d, padding, before, after }));
        const y = a.conv2d(x, weights, s, d, padding, axes);
        return { x, y, weights, line, o, doubts };
    }), pools.map(({ n, k, s, padding, mode }) => {
        const x = digits(n, n), whole = mode === "global";
        const y = whole ? a.pool2d(x, n, n, "valid", "avg")
            : a.pool2d(x, k, s, padding, mode);
        return { x, y, line: p.poolCode({ n, k, s, padding, mode }) };
    })];
}"""


@pytest.fixture(scope="module")
def lines(browser, modules):
    """Return settings of both elements with input, output and the lines they copy."""
    rng = np.random.default_rng(5)
    convs, pools = [], []
    while len(convs) < 60:
        n, k, s, d = (int(v) for v in rng.integers(1, [13, 6, 4, 4]))
        padding = ["valid", "same", 0, 2][rng.integers(4)]
        p = padding if isinstance(padding, int) else 0
        if padding == "same" or d * (k - 1) + 1 <= n + 2 * p:
            kernel = str(rng.choice(["blur", "box", "edge"]))
            state = {"n": n, "k": k, "s": s, "d": d, "padding": padding}
            convs.append(state | {"axes": int(rng.integers(1, 3)), "kernel": kernel})
    for n, k, s in itertools.product((4, 6, 9), (1, 2, 3), (1, 2, 3)):
        for padding, mode in itertools.product(
            ("valid", "same"), ("max", "avg", "global")
        ):
            state = {"n": n, "k": k, "s": s, "padding": padding, "mode": mode}
            pools.append(state)
    page = browser.new_page()
    page.goto(f"{modules}/arithmetic.js")
    answers = page.evaluate(LINES, [modules, convs, pools])
    page.close()
    return [list(zip(*pair)) for pair in zip((convs, pools), answers)]


def test_line_of_keras_convolves_alike(lines):
    names = {"layers": layers, "Sequential": Sequential, "tf": tf}
    for state, answer in lines[0]:
        x, kernel = (np.array(answer[v], "float32") for v in ("x", "weights"))
        if state["axes"] == 1:
            x, kernel = x[0], kernel[0]
        names["x"], names["kernel"] = x[None, ..., None], kernel[..., None, None]
        layer = eval(answer["line"]["Keras"], names)
        if isinstance(layer, keras.Layer):
            y = layer(names["x"])
            layer.set_weights([names["kernel"], np.zeros(1)])
            y = layer(names["x"])
        else:
            y = layer
        wanted = np.array(answer["y"] if state["axes"] == 2 else answer["y"][0])
        assert np.allclose(y[0, ..., 0], wanted), (state, answer["line"])


def test_line_of_pytorch_states_the_same_size(lines):
    """PyTorch is not at hand: its documented formula, with the line's own numbers."""
    for state, answer in lines[0]:
        line = answer["line"]["PyTorch"]
        found = dict(re.findall(r"(stride|padding|dilation)=(\d+)", line))
        sides = re.search(r"F\.pad\(x, \(([\d, ]+)\)\)", line)
        extra = (
            [int(v) for v in sides[1].split(",")] if sides else [0, 0] * state["axes"]
        )
        assert len(extra) == 2 * state["axes"]
        span = int(found.get("dilation", 1)) * (state["k"] - 1) + 1
        room = state["n"] + sum(extra[:2]) + 2 * int(found.get("padding", 0)) - span
        assert room // int(found.get("stride", 1)) + 1 == answer["o"], (state, line)


def test_lines_of_keras_and_einops_pool_alike(lines):
    asked = set()
    for state, answer in lines[1]:
        x = np.array(answer["x"], "float32")[None, ..., None]
        pooled = [eval(answer["line"]["Keras"], {"layers": layers})(x)]
        if "einops" in answer["line"]:
            pooled.append(eval(answer["line"]["einops"], {"reduce": reduce, "x": x}))
        asked |= answer["line"].keys()
        for y in pooled:
            assert np.allclose(np.ravel(y), np.ravel(answer["y"])), (
                state,
                answer["line"],
            )
    assert asked == {"Keras", "einops", "PyTorch"}


def test_wrong_sizes_hear_why(lines):
    """Every wrong answer gets a sentence; the likely ones one of their own."""
    heard = {
        doubt
        for _, answer in lines[0]
        for o, doubt in enumerate(answer["doubts"])
        if o != answer["o"]
    }
    assert len(heard) == 9
    assert all(doubt[-1] in ".?1" and len(doubt) > 30 for doubt in heard)


# --- the elements

ELEMENTS = """
<conv-explorer id="two" n="6" k="3" s="2" padding="same">Two axes.</conv-explorer>
<conv-explorer id="one" n="8" k="3" s="2" axes="1">One axis.</conv-explorer>
<pool-explorer id="pool">What a pool shows.</pool-explorer>
<pool-explorer id="round" view="circle" right="2" down="1">A circle.</pool-explorer>"""


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    """Return the address of a sheet with elements, and of others around it."""
    folder = tmp_path_factory.mktemp("sheets")
    output = sheets_of.outputs(explore.conv(), explore.conv(k=2), explore.pool())
    bodies = {
        "sheet": ELEMENTS,
        "outputs": output + output,
        "frame": sheets_of.frame(output),
    }
    sheets_of.write(folder, bodies, "conv", "pool")
    with page_checks.served(folder) as address:
        yield address


@pytest.fixture
def page(one_page, sheets):
    """Return the sheet, as it opens; no script may complain."""
    sheets_of.opened(one_page, sheets)
    yield one_page
    assert one_page.problems == []


def said(page, name):
    return page.locator(f"#{name} .said").inner_text()


def cell(page, name, grid, y, x, columns):
    place = f"#{name} [role=grid] >> visible=true >> nth={grid} >> .cell >> nth={{}}"
    return page.locator(place.format(y * columns + x))


# Everything that an element is asked to be, drawn at random, nonsense among it; and
# whether what is seen hangs together: the output's cells are what input, weights and
# windows that are shown make.
FUZZ = """() => {
    let seed = 7;
    const random = list => list[(seed = (seed * 16807) % 2147483647) % list.length];
    const values = ["", "0", "-1", "1", "2", "3", "5", "12", "99", "1e9", "x", "NaN",
        "2.6", "valid", "same", "p", "max", "avg", "global", "circle", "numbers",
        "share", "box", "edge", "true", "false", null];
    const wrong = [];
    for (const id of ["two", "one", "pool", "round"]) {
        const element = document.getElementById(id);
        const { fields } = element;
        for (let i = 0; i < 120; i++) {
            const name = random(Object.keys(fields)), value = random(values);
            if (value === null) element.removeAttribute(name);
            else element.setAttribute(name, value);
            for (const [field, { min, max, among }] of Object.entries(fields)) {
                const now = element.state[field];
                if (among ? !among.includes(now) : min !== undefined ?
                        !(Number.isInteger(now) && now >= min && now <= max) :
                        typeof now !== "boolean")
                    wrong.push(`${id} ${name}=${value}: ${field} is ${now}`);
            }
            const root = element.shadowRoot;
            const text = root.querySelector(".ui").innerText;
            if (/undefined|NaN|Infinity|\\[object/.test(text))
                wrong.push(`${id} ${JSON.stringify(element.state)}: ${text}`);
            const told = [".problem", ".said"].map(c => root.querySelector(c))
                .filter(node => !node.hidden && node.innerText.length > 20);
            if (told.length !== 1) wrong.push(`${id} says ${told.length} sentences`);
        }
    }
    return wrong;
}"""


def test_bad_values_are_clamped_and_nothing_throws(page):
    assert page.evaluate(FUZZ) == []


SHOWN = """() => {
    const element = document.getElementById("two"), root = element.shadowRoot;
    const numbers = grid => [...grid.cells.querySelectorAll(".cell")]
        .map(node => +node.textContent.replace("−", "-"));
    const wrong = [];
    for (const state of [[7, 3, 2, 1, "same", "blur"], [8, 2, 1, 2, "valid", "edge"],
            [5, 4, 3, 1, "2", "box"], [1, 3, 1, 1, "2", "blur"],
            [6, 3, 2, 2, "p", "blur"]]) {
        const [n, k, s, d, padding, kernel] = state;
        for (const [name, value] of Object.entries({ n, k, s, d, padding, kernel }))
            element.setAttribute(name, value);
        const { input, output, weights, parts } = element;
        const x = numbers(input), w = numbers(weights), y = numbers(output);
        for (const i of y.keys()) {
            output.all[i].click();
            const [row, column] = [Math.floor(i / output.w) * s, (i % output.w) * s];
            const seen = w.map((_, t) =>
                (row + Math.floor(t / k) * d) * input.w + column + t % k * d);
            const marked = [...input.all].flatMap((node, at) =>
                node.classList.contains("read") ? [at] : []);
            const sum = seen.reduce((total, at, t) => total + x[at] * w[t], 0);
            const made = seen.map((at, t) => x[at] * w[t]);
            if (`${marked}` !== `${seen}`) wrong.push(["window", ...state, i]);
            if (sum !== y[i]) wrong.push(["sum", ...state, i, sum, y[i]]);
            if (`${numbers(parts)}` !== `${made}`) wrong.push(["parts", ...state, i]);
            output.all[i].click();
        }
    }
    return wrong;
}"""


def test_what_is_shown_hangs_together(page):
    """The cells that are marked, times the weights that are shown, are the output."""
    assert page.evaluate(SHOWN) == []


def test_events_tell_the_state(page):
    page.evaluate("""() => { window.heard = [];
        document.addEventListener("change", e =>
            e.detail && heard.push(e.detail)); }""")
    page.locator("#two input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    heard = page.evaluate("heard")
    assert [event["n"] for event in heard] == [7]
    assert heard[0]["padding"] == "same"


def test_keyboard_alone(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "two"
    page.keyboard.press("ArrowRight")
    assert "⌈7/2⌉" in page.locator("#two .formula").inner_text().replace(
        " ", ""
    ).replace("\n", "")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")  # among the paddings: from "same" to "valid"
    assert page.evaluate("document.getElementById('two').state.padding") == "valid"
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert said(page, "two").startswith("Pixel (1, 1) is read once, by output (0, 0).")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    assert said(page, "two").startswith(
        "Output (0, 2) reads rows 0, 1, 2 and columns 4"
    )
    page.keyboard.press("Enter")
    assert page.locator("#two .held").is_visible()
    cell(page, "two", 1, 2, 2, 3).hover()
    assert said(page, "two").startswith("Output (0, 2)"), (
        "Enter pins what is pointed at"
    )
    page.keyboard.press("Enter")
    assert page.locator("#two .held").count() == 0
    cell(page, "two", 1, 2, 1, 3).hover()
    assert said(page, "two").startswith("Output (2, 1)")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert said(page, "two").startswith("Output (2, 2)")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # predict
    assert page.locator("#two .formula").is_hidden()
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    assert said(page, "two").startswith("Not 2. That counts the steps.")
    page.keyboard.press("Backspace")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    assert said(page, "two").startswith("Right: o = 3.")
    assert page.locator("#two .formula").is_visible()


def test_pixels_are_edited_by_keyboard(page):
    cell(page, "pool", 0, 0, 0, 6).focus()
    page.keyboard.press("9")
    assert cell(page, "pool", 0, 0, 0, 6).inner_text() == "9"
    assert cell(page, "pool", 1, 0, 0, 3).inner_text() == "9"
    page.keyboard.press("-")
    assert cell(page, "pool", 0, 0, 0, 6).inner_text() == "−9"
    assert cell(page, "pool", 1, 0, 0, 3).inner_text() == "8"
    page.locator("#pool .side input").press("ArrowRight")
    assert cell(page, "pool", 0, 0, 0, 6).inner_text() == "−8"


def test_shift_by_the_stride_moves_the_output_along(page):
    right = page.locator("#pool input[type=range]").nth(3)
    right.press("ArrowRight")
    assert "outputs are others" in said(page, "pool")
    assert "moved along" not in said(page, "pool")
    right.press("ArrowRight")
    assert "moved along" in said(page, "pool")
    assert page.locator("#pool .changed").count() > 0


def test_mouse(page):
    cell(page, "two", 1, 0, 0, 3).hover()
    assert said(page, "two").startswith("Output (0, 0) reads rows 0, 1, 2")
    assert page.locator("#two .cell.read").count() == 9
    cell(page, "two", 0, 6, 6, 7).hover()  # padding is no pixel: the nearest one
    assert said(page, "two").startswith("Pixel (5, 5)")
    cell(page, "two", 1, 2, 2, 3).click()
    cell(page, "two", 1, 0, 1, 3).hover()
    assert said(page, "two").startswith("Output (2, 2)"), "a press pins"
    assert "5 of its 9 taps" not in said(page, "two")
    assert "Of its 9 taps 5 stand on padding." in said(page, "two")
    cell(page, "two", 1, 0, 1, 3).click()
    cell(page, "two", 1, 0, 1, 3).click()
    cell(page, "two", 1, 1, 1, 3).hover()
    assert said(page, "two").startswith("Output (1, 1)"), "a second press releases"


def test_circle_is_dragged(page):
    lamps = page.locator("#round .lamp")
    assert lamps.all_inner_texts()[-1] == "✓ identical"
    page.locator("#round canvas").first.scroll_into_view_if_needed()
    box = page.locator("#round canvas").first.bounding_box()
    x, y, scale = box["x"] + 100, box["y"] + 100, box["width"] / 64
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 4 * scale, y - scale, steps=3)
    page.mouse.up()
    state = page.evaluate("document.getElementById('round').state")
    assert (state["right"], state["down"]) == (6, 0)
    assert "changed" in lamps.all_inner_texts()[-1]
    page.mouse.move(x, y)
    assert page.evaluate("document.getElementById('round').state.right") == 6
    slider = page.locator("#round input[type=range] >> visible=true").first
    slider.press("ArrowLeft")
    assert lamps.all_inner_texts()[-1] == "✓ identical"
    slider.fill("0")
    assert lamps.all_inner_texts() == ["✓ identical"] * 5


def test_finger(browser, sheets):
    context = browser.browser.new_context(
        viewport=page_checks.PHONE, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{sheets}/sheet.html")
    cell(page, "two", 1, 2, 2, 3).tap()
    assert said(page, "two").startswith("Output (2, 2)")
    assert page.locator("#two .held").is_visible(), "a tap holds"
    cell(page, "two", 1, 0, 0, 3).tap()
    assert said(page, "two").startswith("Output (0, 0)")
    page.locator("#two").get_by_text("Next window").tap()
    assert said(page, "two").startswith("Output (0, 1)")
    page.locator("#two").get_by_text("Count readers").tap()
    assert "how often each pixel" in page.locator("#two .title").first.inner_text()
    context.close()


def test_line_is_copied_or_selected(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = page.locator("#pool .code button").nth(1)
    copy.click()
    expect(copy).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == (
        'reduce(x, "b (h i) (w j) c -> b h w c", "max", i=2, j=2)'
    )


def test_extremes_fit_a_phone(page):
    page.set_viewport_size(page_checks.PHONE)
    for state in (
        {"n": 12, "k": 7, "d": 3, "padding": "same"},
        {"n": 12, "k": 7, "d": 3, "s": 1, "padding": "4", "axes": 1},
        {"n": 1, "k": 7, "padding": "valid"},
        {"n": 12, "k": 1, "padding": "4", "axes": 2, "predict": ""},
    ):
        page.evaluate(
            """state => Object.entries(state).forEach(entry =>
            document.getElementById("two").setAttribute(...entry))""",
            state,
        )
        assert page_checks.overflow_problems(page) == [], state


def test_axe_finds_nothing_in_any_state(page):
    page.evaluate(AXE_SCRIPT)
    states = {
        "two": {"readers": "", "n": "7"},
        "one": {"n": "2", "k": "5"},
        "pool": {"gradient": "", "right": "1", "padding": "same", "n": "7"},
    }
    for again in ({}, states, {"two": {"predict": ""}, "pool": {"mode": "global"}}):
        for name, state in again.items():
            for entry in state.items():
                page.locator(f"#{name}").evaluate(
                    "(e, s) => e.setAttribute(...s)", entry
                )
        assert page.evaluate(page_checks.AXE) == [], again
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(page_checks.AXE, page_checks.AXE_AGAIN) == []


def test_two_outputs_of_a_notebook_on_one_page(page, sheets):
    page.goto(f"{sheets}/outputs.html")
    assert page.locator("conv-explorer .said").count() == 4
    assert page.locator("pool-explorer .said").count() == 2
    page.locator("conv-explorer input[type=range]").first.press("ArrowRight")
    states = page.evaluate(
        "[...document.querySelectorAll('conv-explorer')].map(e => e.state.n)"
    )
    assert states == [7, 6, 6, 6], "each element has a state of its own"


def test_sandboxed_frame(page, sheets):
    page.goto(f"{sheets}/frame.html")
    frame = page.frame_locator("iframe")
    frame.locator("conv-explorer").first.wait_for()
    frame.locator("input[type=range]").first.press("ArrowRight")
    assert "7 × 7" in frame.locator(".title").first.inner_text()
    frame.locator(".code button").first.click()
    frame.get_by_text("Selected: press Ctrl+C").wait_for()


def test_without_javascript_and_on_paper_the_fallback_shows(page, browser, sheets):
    page.emulate_media(media="print")
    assert page.locator("#two slot").is_visible()
    assert page.locator("#two .ui").is_hidden()
    context = browser.browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{sheets}/sheet.html")
    assert plain.locator("#two").inner_text() == "Two axes."
    assert plain.locator("#two").bounding_box()["height"] < 100
    context.close()


def test_motion_is_reduced(page):
    transition = (
        "getComputedStyle(document.querySelector('#two').shadowRoot"
        ".querySelector('.cell')).transitionDuration"
    )
    assert page.evaluate(transition) in ("0s", "1e-05s")
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(transition) == "0.12s"
    page.emulate_media(reduced_motion="reduce")


def test_what_a_page_loads_is_light(site):
    """A chapter and the cover, and the page that shows all of them."""
    for page in site.glob("*/*.html"):
        for file in re.findall(r"_static/(explore-[\w-]+\.js)", page.read_text()):
            sent = len(gzip.compress((site / "_static" / file).read_bytes()))
            limit = LIMIT_OF_ALL if page.stem == "explore" else LIMIT
            assert sent <= limit, f"{page.name}: {sent} bytes"


# --- in the book


def test_chapter_shows_the_element_and_the_site_carries_the_script_once(site):
    page = (site / "notebooks/03-padding-and-stride.html").read_text(encoding="utf-8")
    assert '<conv-explorer n="8"' in page
    assert "data-explore" not in page
    assert page.count("_static/explore-conv.js") == 1
    other = (site / "notebooks/12-global-average-pooling.html").read_text()
    assert "_static/explore" not in other
    assert (site / "_static/explore-conv.js").read_text("utf-8") == explore.script(
        "conv"
    )


def test_explore_page_shows_every_element_but_that_of_one_chapter(site):
    page = page_checks.parsed(site / "book/explore.html")
    chapter = page_checks.parsed(site / "notebooks/08-a-kernel-learns.html")
    for name in explore.NAMES:
        where = chapter if name == "descent" else page
        element = where.find(explore.TAGS.get(name, f"{name}-explorer"))
        assert element, f"book/explore.md does not show {name}"
        assert len(element.get_text(strip=True)) > 60, "what shows without a script"


@pytest.mark.parametrize("size", [page_checks.DESKTOP, page_checks.PHONE])
@pytest.mark.parametrize(
    "name", ["book/explore.html", "notebooks/03-padding-and-stride.html"]
)
def test_page_does_not_jump_when_the_script_comes_late(one_page, address, name, size):
    held = []
    one_page.set_viewport_size(size)
    one_page.goto("about:blank")
    one_page.route("**/explore-*.js", lambda route: held.append(route))
    one_page.goto(f"{address}/{name}", wait_until="commit")
    one_page.wait_for_selector("footer", state="attached")
    one_page.evaluate("""() => {
        document.querySelector(':not(:defined)').scrollIntoView();
        return new Promise(done => setTimeout(done, 100));
    }""")
    held[0].continue_()
    one_page.wait_for_selector("conv-explorer:defined", state="attached")
    one_page.evaluate("() => new Promise(done => setTimeout(done, 100))")
    shift = one_page.evaluate("window.__shift")
    one_page.unroute("**/explore-*.js")
    assert shift <= 0.05


REFUSED = {
    "```{explore} cone\n\nText.\n```": "explore must name one of conv, pool",
    "```{explore} conv\n:n: 4\n```": "{explore} conv is empty: its body is what shows",
    "```{explore} conv\n:n: 40\n\nText.\n```": "n must be a whole number from 1 to 12",
    "```{explore} conv\n:padding: full\n\nText.\n```": "padding must be",
    "```{explore} conv\n:mode: max\n\nText.\n```": "unexpected keyword argument 'mode'",
    "```{explore} conv\n:o: 3\n\nText.\n```": "Unknown option",
}
CONF = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2] / "book" / "_ext")!r})
extensions = ["myst_nb", "explorables"]
nb_execution_mode = "off"
"""


def test_directive_refuses_with_the_cure(tmp_path):
    page = "# Page\n\n" + "\n\n".join(REFUSED)
    good = "# Page\n\n```{explore} conv\n:padding: 2\n:readers:\n\nSome *text*.\n```\n"
    files = {"bad/conf.py": CONF, "bad/index.md": page, "good/index.md": good}
    built = small_book.build(tmp_path, files, ["bad", "good"])
    said = " ".join(built["bad"][1].split())
    assert [message for message in REFUSED.values() if message not in said] == []
    assert built["good"][0] == 0, built["good"][1]
    made = (built["good"][2] / "index.html").read_text(encoding="utf-8")
    assert 'padding="2"' in made
    assert " readers>\n<p>Some <em>text</em>.</p>\n</conv-explorer>" in made
