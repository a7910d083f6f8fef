"""What you drag is what was tested: patterns, transposes, kernels and rings.

Golden tables come from einops, Keras and ``lab``; the modules of book/_theme/explore
answer all cases of a table in Chromium, at once.
"""

import json
import random
import re
import warnings

import numpy as np
import page_checks
import pytest
import sheets as sheets_of
from axe_playwright_python.base import AXE_SCRIPT
from einops import rearrange, reduce, repeat

from lab import byhand, explore, pictures, quietly, shapes

with quietly():
    from keras import initializers, layers


@pytest.fixture(scope="module")
def answers(browser):
    """Return what computes, in the page, an expression of each case ``c``."""
    page = browser.new_page()

    def answers(names, expression, cases):
        code = f"""text => {{ {sheets_of.module(*names)}
            return JSON.stringify(JSON.parse(text).map(c => {expression})); }}"""
        # As one text each way: as objects, large tables take a minute.
        return json.loads(page.evaluate(code, json.dumps(cases)))

    answers.page = page
    yield answers
    page.close()


# --- patterns

AXES = ("a", "b", "cc", "d1", "e", "h", "w")
NOISE = [*"()+.-_1230> aqé*²", "...", "->", "_a", "b_", " a ", " 2 ", " 1 ", " ... "]


def sound(draw, operation):
    """Draw a pattern that einops takes, a shape and the sizes it needs."""
    names = iter(draw.sample(AXES, len(AXES)))
    left, shape, lengths, sizes = [], [], {}, {}
    for _ in range(draw.randint(0, 4)):
        if draw.random() < 0.15 or len(lengths) > 2:
            left.append(draw.choice(["1", "()", "( 1 )"]))
            shape.append(1)
            continue
        group = {next(names): draw.randint(1, 3) for _ in range(draw.randint(1, 2))}
        shape.append(int(np.prod(list(group.values()))))
        spelled = list(group)
        if operation == "reduce" and draw.random() < 0.2:
            number = spelled[0]
            spelled[0] = str(group.pop(number))
        lengths |= group
        inferred = draw.choice([*group, None])
        sizes |= {n: size for n, size in group.items() if n != inferred}
        alone = len(spelled) == 1 and draw.random() < 0.8
        left.append(spelled[0] if alone else f"({' '.join(spelled)})")
    right = draw.sample(list(lengths), len(lengths))
    if operation == "reduce":
        right = [name for name in right if draw.random() < 0.6]
    for _ in range(draw.randint(0, 2) * (operation == "repeat")):
        new = draw.choice(["2", "3", next(names)])
        right.insert(draw.randint(0, len(right)), new)
        sizes |= {} if new.isdigit() else {new: draw.randint(1, 3)}
    if draw.random() < 0.25:
        at = draw.randint(0, len(left))
        left.insert(at, "...")
        shape[at:at] = [draw.randint(1, 3) for _ in range(draw.randint(0, 2))]
        if operation != "reduce" or draw.random() < 0.6:
            right.insert(draw.randint(0, len(right)), "...")
    grouped = []
    while right:
        count = draw.randint(1, 2)
        group, right = right[:count], right[count:]
        alone = len(group) == 1 and draw.random() < 0.8
        grouped.append(group[0] if alone else f"({' '.join(group)})")
        grouped += draw.choice([[], [], [], ["1"], ["()"]])
    return f"{' '.join(left)} -> {' '.join(grouped)}", shape, sizes


def spoiled(draw, pattern, shape, sizes):
    """Change one thing or two; einops may or may not take what comes out."""
    for _ in range(draw.randint(1, 2)):
        kind, at = draw.randint(0, 5), draw.randint(0, len(pattern))
        if kind == 0:
            pattern = pattern[:at] + draw.choice(NOISE) + pattern[at:]
        elif kind == 1:
            pattern = pattern[:at] + pattern[at + 1 :]
        elif kind == 2 and shape:
            shape = [*shape[:-1], shape[-1] + 1]
        elif kind == 3:
            sizes = {**sizes, draw.choice("abzh"): draw.randint(1, 4)}
        elif kind == 4 and sizes:
            sizes = dict(list(sizes.items())[1:])
        else:
            shape = draw.choice([[*shape, 2], shape[1:]])
    return pattern, shape, sizes


def collected(array, axes):
    """Reduce sets of places, each a whole number's bits, to their unions."""
    return np.asarray(array.sum(axis=axes, dtype=object), dtype=object)


def by_einops(operation, pattern, shape, sizes):
    """Return the shape and what each number reads, or None where einops refuses."""
    places = np.arange(int(np.prod(shape)), dtype=object).reshape(shape)
    try:
        if operation == "reduce":
            bits = np.frompyfunc(lambda place: 1 << place, 1, 1)(places)
            bits = np.asarray(bits, dtype=object).reshape(shape)
            array = reduce(bits, pattern, collected, **sizes)
            reads = [
                [place for place in places.ravel() if bits >> place & 1]
                for bits in array.ravel()
            ]
        else:
            does = {"rearrange": rearrange, "repeat": repeat}[operation]
            array = does(places, pattern, **sizes)
            reads = [[place] for place in array.ravel()]
    except Exception:
        return None
    return [list(array.shape), reads]


@pytest.fixture(scope="module")
def patterns():
    """Return patterns, half of them spoiled, with what einops makes of each."""
    draw = random.Random(11)
    cases = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name that is a keyword of Python
        for number in range(2000):
            operation = draw.choice(["rearrange", "reduce", "repeat"])
            case = sound(draw, operation)
            if number % 2:
                case = spoiled(draw, *case)
            cases.append(([operation, *case], by_einops(operation, *case)))
    return cases


FOLLOWED = """(([operation, pattern, shape, sizes]) => {
    const got = follow(pattern, shape, operation, sizes);
    if (got.problem) return got;
    const last = got.stages.at(-1);
    return {is: [got.result, last.reads.map(r => r.sort((a, b) => a - b))]};
})(c)"""


def test_patterns_do_what_einops_does(answers, patterns):
    taken = [wanted for _, wanted in patterns if wanted]
    assert len(taken) > 1000
    assert len(patterns) - len(taken) > 600
    got = answers(["patterns"], FOLLOWED, [case for case, _ in patterns])
    wrong = [
        (case, wanted, answer)
        for (case, wanted), answer in zip(patterns, got)
        if answer.get("is") != wanted
    ]
    assert not wrong, wrong[:3]


def test_a_refused_pattern_is_told_where_and_why(answers, patterns):
    refused = [case for case, wanted in patterns if wanted is None]
    sentences = set()
    for (_, pattern, *_), answer in zip(
        refused, answers(["patterns"], FOLLOWED, refused)
    ):
        start, end = answer["at"]
        assert 0 <= start <= end <= len(pattern), (pattern, answer)
        assert re.match(r'[A-Z"0-9.a-z].*\.$', answer["problem"]), answer
        sentences.add(re.sub(r'"[^"]*"|\d+|\w+=', "_", answer["problem"]))
    assert len(sentences) > 18, sentences


@pytest.mark.parametrize(
    ("operation", "pattern", "token", "says"),
    [
        ("rearrange", "h w c", "", "arrow"),
        ("rearrange", "h w c -> h -> w", "->", "second arrow"),
        ("rearrange", "h w c -> (h w c", "(", "never closed"),
        ("rearrange", "h w c -> h w) c", ")", "closes nothing"),
        ("rearrange", "h w c -> ((h w) c)", "(", "one level"),
        ("rearrange", "h w c -> h, w c", ",", "means nothing"),
        ("rearrange", "h w c -> h h c", "h", "stands twice"),
        ("rearrange", "h w c -> h w", "c", "missing on the right"),
        ("rearrange", "h w c -> h w c d", "d", "missing on the left"),
        ("rearrange", "h w -> (h w)", "h w", "names 2 axes, but the array has 3"),
        ("rearrange", "(h a) w c -> h a w c", "(h a)", "all but one need a size"),
        ("rearrange", "h w c -> h w c 2", "2", "no number but 1"),
        ("rearrange", "h w c_ -> h w c_", "c_", "no name"),
        ("reduce", "h w c -> h w c r", "r", "To make one is repeat"),
        ("repeat", "h w c -> h w c r", "r", "How long is the new axis"),
        ("repeat", "h w c -> h w", "c", "To drop one is reduce"),
        ("rearrange", "(h 1) ... -> h .. c", ".", "threes"),
    ],
)
def test_an_error_stands_at_its_token(answers, operation, pattern, token, says):
    case = [operation, pattern, [2, 3, 4], {}]
    (got,) = answers(["patterns"], FOLLOWED, [case])
    start, end = got["at"]
    assert pattern[start:end] == token
    assert says in got["problem"]


def test_stages_are_the_reshapes_and_transposes_of_numpy(answers):
    x = np.arange(24).reshape(6, 4)
    case = ["rearrange", "(h a) (w b) -> (h w) a b", list(x.shape), {"a": 2, "b": 2}]
    (got,) = answers(["patterns"], "follow(c[1], c[2], c[0], c[3]).stages", [case])
    arrays = [x.reshape(3, 2, 2, 2)]
    arrays.append(arrays[0].transpose(0, 2, 1, 3))
    arrays.append(arrays[1].reshape(6, 2, 2))
    assert [stage["name"] for stage in got] == ["split", "transpose", "merge"]
    for stage, array in zip(got, arrays):
        assert stage["shape"] == list(array.shape)
        assert stage["reads"] == array.reshape(-1, 1).tolist()


# --- transposed convolution

LETTERS = [
    {"n": n, "k": k, "s": s, "padding": padding, "a": a}
    for n in range(1, 9)
    for k in range(1, 7)
    for s in range(1, 5)
    for padding in ("valid", "same", *range(k))
    for a in (None, *range(s + 1))
]
TRANSPOSED = """(({x, kernel, ...letters}) => {
    const {n, k, s} = letters, size = transposedSize(letters);
    return size.problem ? size : {
        ...size,
        stamps: stamped(x, kernel, s, size),
        slid: slid(x, kernel, s, size),
        row: spread(x, k, s, size).map(({number}) => number),
        matrix: transposedMatrix(n, kernel, s, size),
        counts: reaching(n, k, s, size).map(pairs => pairs.length),
    };
})(c)"""


@pytest.fixture(scope="module")
def transposes(answers):
    """Return cases, their numbers not negative, and what the page makes of them."""
    draw = np.random.default_rng(3)
    cases = [
        letters
        | {"x": draw.integers(0, 10, letters["n"]).tolist()}
        | {"kernel": draw.integers(0, 10, letters["k"]).tolist()}
        for letters in LETTERS
    ]
    return list(zip(cases, answers(["transposed"], TRANSPOSED, cases)))


@pytest.fixture(scope="module")
def taken(transposes):
    """Return those that are not refused."""
    taken = [pair for pair in transposes if "o" in pair[1]]
    assert len(taken) > 2500
    return taken


def letters_of(case):
    """Return what ``lab.shapes.transposed_size`` takes."""
    return [case[letter] for letter in ("n", "k", "s", "padding", "a")]


def test_a_transpose_has_labs_size_and_is_refused_where_lab_refuses(transposes):
    for case, got in transposes:
        try:
            wanted = shapes.transposed_size(*letters_of(case))
        except ValueError:
            wanted = None
        assert got.get("o") == wanted, (case, got)
        assert wanted or got["problem"].endswith(".")


def test_three_views_hold_the_same_numbers(taken):
    for case, got in taken:
        x, kernel = np.array(case["x"]), np.array(case["kernel"])
        assert got["slid"] == got["stamps"]
        assert got["stamps"] == (np.array(got["matrix"]) @ x).tolist()
        slid = np.correlate(got["row"], kernel[::-1], "valid")
        assert slid.tolist() == got["stamps"]


def test_they_are_what_lab_computes(taken):
    for case, got in random.Random(4).sample(taken, 300):
        x, kernel = np.array(case["x"]), np.array(case["kernel"])
        # Two axes of the same; what is not negative has one such root.
        square = byhand.conv2d_transpose(
            np.outer(x, x)[None, :, :, None],
            np.outer(kernel, kernel)[:, :, None, None],
            case["s"],
            case["padding"],
            case["a"],
        )
        assert np.array_equal(np.outer(got["stamps"], got["stamps"]), square[0, ..., 0])


def test_keras_lays_the_stamps_where_the_page_does(taken):
    by_name = [pair for pair in taken if isinstance(pair[0]["padding"], str)]
    for case, got in random.Random(5).sample(by_name, 60):
        layer = layers.Conv2DTranspose(
            1,
            (case["k"], 1),
            strides=(case["s"], 1),
            padding=case["padding"],
            output_padding=None if case["a"] is None else (case["a"], 0),
            use_bias=False,
            kernel_initializer=initializers.Constant(
                np.reshape(case["kernel"], (-1, 1, 1, 1))
            ),
        )
        y = layer(np.reshape(case["x"], (1, -1, 1, 1)).astype("float32"))
        assert y.numpy().ravel().tolist() == got["stamps"], case


def test_a_matrix_is_the_transpose_of_the_convolutions(taken):
    """<conv(y), x> = <y, deconv(x)>, and conv of the size that comes out leads back."""
    draw = np.random.default_rng(6)
    for case, got in taken:
        y, kernel = draw.normal(size=got["o"]), np.array(case["kernel"], float)
        # The convolution reads what the transpose wrote: from `before` zeros on.
        around = np.pad(y, (got["before"], max(got["after"], 0)))
        conv = np.correlate(around, kernel, "valid")[:: case["s"]]
        assert len(conv) == case["n"], case
        assert abs(conv @ case["x"] - y @ got["stamps"]) < 1e-9


def test_how_often_an_output_is_reached(taken):
    for case, got in taken:
        n, k, s = (case[letter] for letter in "nks")
        counts = np.array(got["counts"])
        if case["padding"] == "valid":
            assert counts.sum() == n * k
            inside = counts[k - 1 : s * (n - 1) + 1]
            if len(inside) >= s:  # one step of the stride, or more
                assert (len(set(inside.tolist())) == 1) == (k % s == 0), (case, counts)
        assert got["before"] + got["o"] + got["after"] == s * (n - 1) + k


def test_as_many_inputs_as_the_stride_share_an_output(answers):
    """Of o pixels a convolution makes n; output_padding says which o it was."""
    for k in range(1, 7):
        for s in range(1, 5):
            cases = [
                {"n": 3, "k": k, "s": s, "padding": "valid", "a": a} for a in range(s)
            ]
            got = answers(["transposed"], "transposedSize(c).o", cases)
            share = [o for o in range(k, 60) if shapes.out_size(o, k, s) == 3]
            assert got == share


def test_pytorch_lays_the_stamps_where_it_was_seen_to(answers):
    """k=9, s=4, p=4, a=3: Keras' "same" lands 2 later; the cure: crop (4, 1)."""
    letters = {"n": 5, "k": 9, "s": 4}
    torch, keras = answers(
        ["transposed"],
        "transposedSize(c)",
        [letters | {"padding": 4, "a": 3}, letters | {"padding": "same"}],
    )
    assert torch == {"o": 20, "before": 4, "after": 1, "a": 3}
    assert keras["o"] == 20
    assert torch["before"] - keras["before"] == 2
    # The size as PyTorch's documentation has it, with dilation 1.
    cases = [
        c for c in LETTERS if isinstance(c["padding"], int) and (c["a"] or 0) < c["s"]
    ]
    for case, got in zip(cases, answers(["transposed"], "transposedSize(c)", cases)):
        n, k, s, p, a = letters_of(case)
        assert got.get("o", 0) == max((n - 1) * s - 2 * p + (k - 1) + (a or 0) + 1, 0)


# --- kernels and rings


def test_kernels_answer_as_keras_does(answers):
    photo = pictures.photograph("coffee")[:40, :48].mean(axis=2).round()
    h, w = photo.shape
    picture = {"h": h, "w": w, "levels": photo.ravel().tolist()}
    cases = [
        {"picture": picture, "padding": padding, "flip": flip}
        for padding in ("valid", "same")
        for flip in (False, True)
    ]
    expression = """Object.entries(KERNELS).map(([name, texts]) => {
        const weights = texts.map(weightOf);
        const {h, w, levels} = filteredPicture(c.picture, weights, c.padding, c.flip);
        return [name, weights, h, w, [...levels]];
    })"""
    for case, kernels in zip(cases, answers(["filters"], expression, cases)):
        assert len(kernels) == 8
        for name, weights, *size, levels in kernels:
            kernel = np.reshape(weights, (3, 3))
            kernel = kernel[::-1, ::-1] if case["flip"] else kernel
            layer = layers.Conv2D(
                1,
                3,
                padding=case["padding"],
                use_bias=False,
                kernel_initializer=initializers.Constant(kernel[..., None, None]),
            )
            wanted = layer(photo[None, ..., None])[0, ..., 0].numpy()
            assert size == list(wanted.shape)
            assert np.allclose(np.reshape(levels, size), wanted, atol=1e-2), name


def test_what_a_reader_writes_as_a_weight(answers):
    good = {"1": 1, "-2": -2, "−2": -2, ".5": 0.5, "1/9": 1 / 9, "-1 / 4": -0.25}
    bad = ["", "a", "1/0", "1e9", "--1", "1,5", "Infinity", "1001"]
    got = answers(["filters"], "weightOf(c)", [*good, *bad])
    assert got == [*good.values(), *[None] * len(bad)]


def test_rings_are_the_covers(answers):
    plate, n = pictures.zone_plate(384, 0.125), 384
    cases = [[s, mean] for s in (1, 2, 3, 8, 16) for mean in (False, True)]
    rings = "[...thinned(zonePlate(384, 0.125), 384, ...c)]"
    for (s, mean), got in zip(cases, answers(["plates"], rings, cases)):
        wanted = plate[s // 2 :: s, s // 2 :: s]
        if mean:
            wanted = reduce(plate, "(h a) (w b) -> h w", "mean", a=s, b=s)
        assert np.allclose(got, wanted.ravel(), atol=1e-5)
    cover = pictures.cover(n)
    assert np.allclose(cover[::8, n + 24 : 2 * n + 24 : 8], plate[4::8, 4::8])


def test_rings_have_the_covers_colours(answers):
    from matplotlib import colormaps

    levels = np.linspace(-1, 1, 256)
    got = answers(["plates"], "magma(c)", levels.tolist())
    wanted = colormaps["magma"](np.arange(256), bytes=True)[:, :3]
    assert np.abs(np.array(got) - wanted).max() < 3


# --- elements

ELEMENTS = f"""
<einops-explorer id="einops" shape="2, 3, 2">What a pattern does.</einops-explorer>
<deconv-explorer id="deconv">What a transpose does.</deconv-explorer>
{explore.kernel().element().replace(" ", ' id="kernel" ', 1)}
<rings-explorer id="rings">What rings show.</rings-explorer>"""
NAMES = ("einops", "deconv", "kernel", "rings")


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    """Return the address of a sheet with the elements, and of a frame."""
    folder = tmp_path_factory.mktemp("bench")
    made = [explore.einops("h w -> w h", (2, 3)), explore.deconv(), explore.kernel()]
    frame = sheets_of.frame(sheets_of.outputs(*made))
    sheets_of.write(folder, {"sheet": ELEMENTS, "frame": frame}, *NAMES)
    with page_checks.served(folder) as address:
        yield address


@pytest.fixture
def page(one_page, sheets):
    """Return the sheet, as it opens; no script may complain."""
    sheets_of.opened(one_page, sheets)
    one_page.wait_for_function("document.querySelector('#kernel').painted?.h === 96")
    yield one_page
    assert one_page.problems == []


def said(page, name):
    """Return what an element says."""
    return page.locator(f"#{name} .said").inner_text()


def titles(page, name):
    """Return what stands above the grids of an element."""
    return page.locator(f"#{name} .title >> visible=true").all_inner_texts()


def test_each_says_something_before_it_is_touched(page):
    assert said(page, "einops").startswith("Number 2 is h = 0, w = 1, c = 0: at [0,")
    assert said(page, "deconv").startswith("Output 2 is reached by 2 stamps")
    assert "2·3 + 1·1 = 7" in said(page, "deconv")
    assert said(page, "kernel").startswith("Row 20, column 40: nine products")
    assert "half-rings appear that are not in the picture" in said(page, "rings")


def test_a_pattern_by_keyboard_alone(page):
    page.locator("#einops input").nth(-3).press("Control+a")
    page.keyboard.type("h w c -> (w h) d")
    assert page.locator("#einops mark").inner_text() == "c"
    assert "missing on the right" in said(page, "einops")
    page.keyboard.press("Backspace")
    page.keyboard.type("c")
    assert said(page, "einops").startswith("Number 6 is h = 1, w = 0, c = 0")
    assert titles(page, "einops") == ["x (2, 3, 2) h w c", "result (6, 2) (w h) c"]
    codes = page.locator("#einops code >> visible=true").all_inner_texts()
    assert codes == [
        'rearrange(x, "h w c -> (w h) c")',
        "x.transpose(1, 0, 2).reshape(6, 2)",
    ]
    page.locator("#einops [role=grid]").nth(1).locator("[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert said(page, "einops").startswith("Number 2 is h = 0, w = 1, c = 0")


def test_axes_are_renamed_and_a_pattern_reversed(page):
    numbers = "#einops [role=grid] >> nth=1"
    before = page.locator(numbers).inner_text()
    page.get_by_text("Rename the axes").click()
    pattern = page.locator("#einops").evaluate("e => e.state.pattern")
    assert pattern == "apple pear plum -> (apple pear) plum"
    assert page.locator(numbers).inner_text() == before
    page.get_by_text("Reverse").click()
    state = page.locator("#einops").evaluate("e => e.state")
    assert state["pattern"] == "(apple pear) plum -> apple pear plum"
    assert (state["shape"], state["sizes"]) == ("6, 2", "pear=3")
    assert titles(page, "einops")[1].startswith("result (2, 3, 2)")


def test_steps_and_the_lines_of_code_do_what_is_shown(page):
    """Python runs the lines that are copied; the last step shows the same numbers."""
    for pattern, shape, sizes, op in [
        ("(h a) (w b) -> (h w) a b", (4, 6), "a=2, b=2", "rearrange"),
        ("(h a) (w b) -> h w", (4, 6), "a=2, b=3", "reduce"),
        ("h w -> (h a) (w b)", (2, 3), "a=2, b=2", "repeat"),
        ("h w c -> c", (2, 3, 2), "", "reduce"),
        ("h w 1 -> w r h", (2, 3, 1), "r=2", "repeat"),
        ("h ... -> (... h)", (2, 3, 2), "", "rearrange"),
    ]:
        state = {"pattern": pattern, "sizes": sizes, "op": op}
        page.locator("#einops").evaluate(
            "(e, s) => e.set(s)", state | {"shape": ", ".join(map(str, shape))}
        )
        lines = page.locator("#einops .code code").all_inner_texts()
        shown = page.locator("#einops .grid").nth(1).inner_text().split()
        names = {"np": np, "rearrange": rearrange, "reduce": reduce, "repeat": repeat}
        x = np.arange(int(np.prod(shape))).reshape(shape)
        for line in lines:
            array = eval(line, names | {"x": x})
            assert [str(number) for number in array.ravel()] == shown, line
        steps = page.locator("#einops .steps button").all_inner_texts()
        assert re.sub(r"\D+", " ", steps[-1].partition("\n")[2]).split() == [
            str(n) for n in array.shape
        ]


def test_three_views_and_two_libraries_of_a_transpose(page):
    sums = set()
    for view in ("stamps", "spread and pad", "matrix"):
        page.locator("#deconv").get_by_text(view, exact=True).click()
        numbers = page.locator("#deconv .total >> visible=true").all_inner_texts()
        sums.add(tuple(numbers))
    wanted = np.convolve([2, 0, 1, 0, 3, 0, 1], [1, 2, 3])
    assert sums == {tuple(map(str, wanted))}
    page.locator("#deconv").get_by_text("same (Keras)").click()
    assert "1 pixel earlier" in page.locator("#deconv p.soft").inner_text()
    page.locator("#deconv").get_by_text("p (PyTorch)").click()
    page.locator("#deconv").evaluate("e => e.set({k: 9, s: 4, p: 4, a: 3, n: 5})")
    page.locator("#deconv").evaluate("e => e.set({k: 4, s: 2, p: 1, a: 'default'})")
    assert "at the same places" in page.locator("#deconv p.soft").inner_text()
    assert "4 is divisible by 2" in page.locator("#deconv .overlap").inner_text()


def test_the_lines_for_a_transpose_place_numbers_as_shown(answers):
    """Keras runs its line; PyTorch's pads and cuts as its documentation says."""
    possible = [c for c in LETTERS if c["a"] is None or c["a"] < c["s"]]
    cases = random.Random(8).sample(possible, 60)
    body = explore.script("deconv").strip().removeprefix("(() => {")
    code = f"""cases => {{ {body.removesuffix("})();")}
        return cases.map(c => transposedSize(c)).map((size, i) =>
            size.problem ? null : [size, deconvCode(cases[i], size)]); }}"""
    for case, answer in zip(cases, answers.page.evaluate(code, cases)):
        if answer is None:
            continue
        size, lines = answer
        n, k, s = (case[letter] for letter in "nks")
        wanted = list(range(size["before"], size["before"] + size["o"]))

        torch = dict(re.findall(r"(\w+)=(\d+)", lines["PyTorch"]))
        p, a = int(torch.get("padding", 0)), int(torch.get("output_padding", 0))
        assert a < s
        end = re.search(r"\[\.\.\., :(\d+)\]", lines["PyTorch"])
        placed = range(p, p + (n - 1) * s - 2 * p + k + a)
        assert list(placed[: int(end[1]) if end else None]) == wanted, (case, lines)

        known = {"layers": layers, "x": np.zeros((1, n, 1), "float32")}
        uncut, cut = re.fullmatch(r"(.*\)\(x\))(.*)", lines["Keras"]).groups()
        first = 0 if isinstance(case["padding"], int) else size["before"]
        placed = np.arange(first, first + eval(uncut, known).shape[1])[None]
        assert list(eval(f"placed{cut}", {"placed": placed})[0]) == wanted, (
            case,
            lines,
        )


def test_a_kernel_by_keyboard_and_mouse(page):
    photo = explore.grey_square("astronaut").astype(int)
    frame = page.locator("#kernel .photo").first
    frame.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    window = photo[20:23, 41:44]
    value = (window * [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]).sum()
    assert said(page, "kernel").startswith("Row 21, column 42")
    assert said(page, "kernel").endswith(f"= {value}".replace("-", "−"))
    box = page.locator("#kernel .nine input").nth(4)
    box.fill("1/2")
    state = page.locator("#kernel").evaluate("e => e.state")
    assert (state["kernel"], state["weights"]) == ("own", "1 2 1 0 1/2 0 -1 -2 -1")
    value += window[1, 1] / 2
    assert said(page, "kernel").endswith(f"= {value:g}".replace("-", "−"))
    box.fill("half")
    assert said(page, "kernel").startswith("“half” is no number")
    page.locator("#kernel").get_by_text("valid", exact=True).click()
    assert titles(page, "kernel")[1] == "correlation, valid 94 × 94"
    frame.hover(position={"x": 1, "y": 1})
    assert said(page, "kernel").startswith("“half”")
    page.locator("#kernel").get_by_text("box", exact=True).click()
    assert said(page, "kernel").startswith("Row 1, column 1")


def test_an_answer_is_drawn_as_it_says(page):
    """Zero is middle grey where the sum is 0; else levels are drawn as they are."""
    levels = """() => { const e = document.querySelector("#kernel");
        const {canvas} = e.after, c = canvas.getContext("2d");
        const {data} = c.getImageData(0, 0, canvas.width, canvas.height);
        return [[...e.answer.levels], [...data.filter((_, i) => i % 4 === 0)]]; }"""
    values, drawn = map(np.array, page.evaluate(levels))
    most = np.abs(values).max()
    assert np.abs(drawn - (127.5 + 127.5 * values / most)).max() <= 0.6
    page.locator("#kernel").get_by_text("sharpen").click()
    values, drawn = map(np.array, page.evaluate(levels))
    assert np.array_equal(drawn, values.clip(0, 255))
    beyond = np.mean((values < 0) | (values > 255))
    assert f"lie {round(100 * beyond)} %" in page.locator("#kernel p.soft").inner_text()


def test_rings_follow_the_stride(page):
    slider = page.locator("#rings input")
    slider.press("Home")
    assert "nothing is lost" in said(page, "rings")
    for _ in range(3):
        slider.press("ArrowRight")
    assert "They still get two pixels each" in said(page, "rings")
    slider.press("ArrowRight")
    assert "only every fifth pixel is kept" in said(page, "rings")
    canvases = page.locator("#rings canvas")
    assert canvases.evaluate_all("all => all.map(c => c.width)") == [384, 76, 76]


FUZZ = """() => {
    let seed = 7;
    const random = list => list[(seed = (seed * 16807) % 2147483647) % list.length];
    const values = ["", "0", "-1", "1", "2", "5", "99", "1e9", "x", "NaN", "2.6",
        "valid", "same", "p", "stamps", "spread", "matrix", "reduce", "repeat", "mean",
        "own", "box", "h w c -> c", "h w -> w h", "->", "a=2", "((", "2, 3", "6, 4",
        "1 2 3", "1/9 0 0 0 0 0 0 0 1", "true", null, "split", "... -> ..."];
    const wrong = [];
    for (const id of ["einops", "deconv", "kernel", "rings"]) {
        const element = document.getElementById(id);
        for (let i = 0; i < 60; i++) {
            const fields = Object.keys(element.fields).filter(name => name !== "src");
            const name = random(fields), value = random(values);
            if (value === null) element.removeAttribute(name);
            else element.setAttribute(name, value);
            const root = element.shadowRoot, text = root.querySelector(".ui").innerText;
            if (/undefined|NaN|Infinity|\\[object/.test(text.replaceAll("“NaN”", "")))
                wrong.push(`${id} ${JSON.stringify(element.state)}: ${text}`);
            const told = [...root.querySelectorAll(".problem, .said")]
                .some(node => !node.hidden && node.innerText.length > 20);
            if (!told) wrong.push([id, "says nothing", element.state]);
        }
    }
    return wrong;
}"""


def test_bad_values_are_clamped_or_explained(page):
    assert page.evaluate(FUZZ) == []


def test_axe_and_a_phone(page):
    page.evaluate(AXE_SCRIPT)
    page.locator("#deconv").evaluate("e => e.set({n: 4, k: 3, view: 'matrix'})")
    for theme in ("light", "dark"):
        page.evaluate("t => { document.documentElement.dataset.theme = t; }", theme)
        assert page.evaluate(page_checks.AXE) == [], theme
        page.locator("#einops").evaluate("e => e.set({pattern: 'h w c -> (h w'})")
    page.set_viewport_size(page_checks.PHONE)
    page.locator("#deconv").evaluate("e => e.set({n: 8, k: 6, s: 4})")
    for view in ("stamps", "spread", "matrix"):
        page.locator("#deconv").evaluate("(e, view) => e.set({view})", view)
        assert page_checks.overflow_problems(page) == [], view


def test_finger(browser, sheets):
    context = browser.browser.new_context(
        viewport=page_checks.PHONE, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{sheets}/sheet.html")
    page.locator("#einops .grid").first.locator(".cell").nth(7).tap()
    assert said(page, "einops").startswith("Number 7 is h = 1, w = 0, c = 1")
    page.locator("#deconv .total").nth(4).tap()
    assert said(page, "deconv").startswith("Output 4 is reached by 2 stamps")
    page.locator("#kernel .photo").first.tap(position={"x": 3, "y": 3})
    assert re.match("Row [12], column [12]:", said(page, "kernel"))
    context.close()


def test_in_a_frame_without_rights_and_without_javascript(page, browser, sheets):
    page.goto(f"{sheets}/frame.html")
    frame = page.frame_locator("iframe")
    frame.locator("kernel-bench .photo").first.wait_for()
    assert frame.locator(".said").count() == 3
    page.goto(f"{sheets}/sheet.html")
    page.wait_for_function("document.querySelector('#kernel').painted?.h === 96")
    context = browser.browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{sheets}/sheet.html")
    assert plain.locator("#deconv").inner_text() == "What a transpose does."
    assert "on the photograph" in plain.locator("#kernel").inner_text()
    context.close()


# --- in the book


def test_the_covers_rings_stay_pictures_until_the_slider_moves(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/book/index.html")
    page.locator("rings-explorer input").wait_for()
    assert page.locator("rings-explorer img").count() == 3
    page.locator("rings-explorer input").press("ArrowLeft")
    assert page.locator("rings-explorer img").count() == 1
    assert page.locator("rings-explorer canvas.pixels").count() == 2
    assert "Every seventh pixel" in page.locator(".rings").inner_text()
    page.close()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: explore.einops("h w -> h", (2, 3)), "einops refuses 'h w -> h'"),
        (lambda: explore.einops("h -> h", (200,)), "1 to 96 numbers"),
        (lambda: explore.einops("h -> h", (2,), op="flip"), "op must be one of"),
        (lambda: explore.deconv(k=7), "k must be a whole number from 1 to 6"),
        (lambda: explore.deconv(output_padding=2), "output_padding must be"),
        (lambda: explore.deconv(view="film"), "view must be one of"),
        (lambda: explore.kernel("moon"), "photo must be one of"),
        (lambda: explore.kernel(kernel="sobel"), "kernel must be one of"),
        (lambda: explore.kernel(weights=[1, 2]), "weights must be 9 numbers"),
        (lambda: explore.rings(0), "s must be a whole number from 1 to 24"),
    ],
)
def test_what_cannot_be_shown_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
