"""What you drag is what was tested: patterns, transposes, kernels and rings.

Golden tables come from einops, Keras and ``lab``; the modules of book/_theme/explore
answer all cases of a table in Chromium, at once.
"""

import json
import random
import re
import warnings

import numpy as np
import pytest
from einops import rearrange, reduce, repeat

from conftest import ROOT
from lab import byhand, pictures, quietly, shapes

with quietly():
    from keras import initializers, layers

EXPLORE = ROOT / "book" / "_theme" / "explore"


def module(*names):
    """Return the source of modules without what only a module may say."""
    source = "\n".join((EXPLORE / f"{name}.js").read_text() for name in names)
    return re.sub(r"^export (?!default)|^import .*;$", "", source, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def answers(browser):
    """Return what computes, in the page, an expression of each case ``c``."""
    page = browser.new_page()

    def answers(names, expression, cases):
        code = f"""text => {{ {module(*names)}
            return JSON.stringify(JSON.parse(text).map(c => {expression})); }}"""
        # As one text each way: as objects, large tables take a minute.
        return json.loads(page.evaluate(code, json.dumps(cases)))

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
        for number in range(3000):
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
    assert len(taken) > 1500
    assert len(patterns) - len(taken) > 1000
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


def test_three_views_hold_what_lab_computes(taken):
    for case, got in taken:
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
        assert got["slid"] == got["stamps"]
        assert got["stamps"] == (np.array(got["matrix"]) @ x).tolist()
        slid = np.correlate(got["row"], kernel[::-1], "valid")
        assert slid.tolist() == got["stamps"]


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
