"""The law of the exercises: what every one of them owes to whoever answers it."""

import contextlib
import copy
import dataclasses
import re
import subprocess
import sys
import time
from pathlib import Path

import einops
import numpy as np
import pytest

from lab import byhand, exercises, quietly, shapes
from lab.exercises import kinds, limits, reading
from lab.exercises.engine import Exercise, Unreadable, Verdict

with quietly():
    import tensorflow as tf

ALL = list(exercises.BY_NUMBER.values())
FUNCTIONS = [q for q in ALL if isinstance(q.kind, kinds.Function)]
NUMBERS = (
    kinds.Array | kinds.Shape
)  # read as numbers: a Number, a Collection are Arrays
CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
each = pytest.mark.parametrize("q", ALL, ids=lambda q: q.number)
each_function = pytest.mark.parametrize("q", FUNCTIONS, ids=lambda q: q.number)


class Caught:
    """Stands for an exercise in its solution's code, and keeps what is checked."""

    def __init__(self, q):
        self.given, self.answers = q.given, []

    def check(self, answer, **sizes):
        self.answers.append((answer, sizes))


def solution(q):
    """Return what the solution's code gives to `check`, after the cell's own lines."""
    (code,) = BLOCK.findall(q.answer)
    caught = Caught(q)
    space = {
        "np": np,
        "rearrange": einops.rearrange,
        "reduce": einops.reduce,
        "repeat": einops.repeat,
        "byhand": byhand,
        "shapes": shapes,
        "q": caught,
        "strip": q.given,
    }
    exec(code, space)
    ((answer, sizes),) = caught.answers
    return answer, sizes


def changed(kind, answer, numbers, pattern, function):
    """Return an answer in another form: numbers, patterns and functions each so."""
    if isinstance(kind, kinds.Parts):
        return {
            name: changed(part, answer[name], numbers, pattern, function)
            for name, part in kind.parts.items()
        }
    if isinstance(kind, kinds.Found):
        return {name: numbers(part) for name, part in answer.items()}
    if isinstance(kind, kinds.Pattern):
        return pattern(answer)
    if isinstance(kind, kinds.Function):
        return lambda *case: function(answer(*case))
    return numbers(answer) if isinstance(kind, NUMBERS) else answer


def deep(value, into):
    """Return an array or a list as lists or tuples, all the way down."""
    if np.ndim(value) if not isinstance(value, list | tuple) else True:
        return into(deep(part, into) for part in value)
    return value


def ragged(value, convert):
    """Convert an array, or the rows of a list of lists of unlike lengths."""
    if isinstance(value, list) and value and isinstance(value[0], list):
        return [convert(row) for row in value]
    return convert(value)


FORMS = {
    "as it is": lambda value: value,
    "a list": lambda value: deep(value, list),
    "a tuple": lambda value: deep(value, tuple),
    "float32": lambda value: ragged(value, lambda v: np.asarray(v, "float32")),
    "float64": lambda value: ragged(value, lambda v: np.asarray(v, "float64")),
    "int32": lambda value: ragged(value, lambda v: np.asarray(v, "int32")),
    "a tensor": lambda value: ragged(value, tf.constant),
    "a float16 tensor": lambda value: ragged(
        value, lambda v: tf.constant(np.asarray(v), tf.float16)
    ),
}


def renamed(pattern):
    """Return a pattern with other names and other blanks."""
    names = sorted(set(re.findall(r"[a-z]\w*", pattern)))
    for place, name in enumerate(names):
        pattern = re.sub(rf"\b{name}\b", f"axis{place}", pattern)
    return f"  {pattern.replace(' ', '  ')} "


# --- untouched ----------------------------------------------------------------


@each
def test_untouched_it_is_the_readers_turn(q):
    for blank in (..., "...", "____", "", [...], {"same": ...}):
        verdict = q.check(blank)
        assert verdict.status == "turn"
        assert not verdict
        assert str(verdict).startswith("Your turn. ")


@each
def test_a_part_that_is_missing_is_still_a_blank(q):
    answer = q.kind.right
    if isinstance(answer, dict):
        for name in answer:
            assert q.check(answer | {name: ...}).status == "turn"


@each_function
def test_a_function_that_does_nothing_yet_is_untouched(q):
    def dots(*case): ...

    def told(*case):
        """Nothing yet."""
        return ...

    def several(*case):
        return ..., ...

    for function in (dots, told, several, *filter(None, [q.kind.start])):
        assert q.check(function).status == "turn"


@each_function
def test_another_function_is_not_untouched(q):
    def constant(*case):
        return 5

    assert q.check(constant).status == "wrong"


# --- right --------------------------------------------------------------------


@each
def test_the_solution_passes_in_every_form(q):
    answer, sizes = solution(q)
    for name, form in FORMS.items():
        verdict = q.check(changed(q.kind, answer, form, renamed, form), **sizes)
        assert verdict, f"{name}: {verdict}"
        assert verdict.sentence == q.why


@each
def test_the_kind_knows_a_right_answer(q):
    assert q.check(q.kind.right)


# --- wrong --------------------------------------------------------------------


def told_mistakes(kind):
    """Return the sentences that a kind's data hold for its wrong answers."""
    parts = getattr(kind, "parts", {}).values()
    own = [sentence for _, sentence in kind.mistakes if sentence]
    return own + [sentence for part in parts for sentence in told_mistakes(part)]


@each
def test_wrong_answers_have_sentences_of_their_own(q):
    few = f"{q.number} has {len(q.kind.wrong)} wrong answers; give five or more"
    assert len(q.kind.wrong) >= 5, few
    told, heard = told_mistakes(q.kind), []
    for answer in q.kind.wrong:
        verdict = q.check(answer)
        assert verdict.status == "wrong", f"{answer} is listed as wrong: {verdict}"
        # With its own sentence, and with none that is found by comparing alone.
        own = [s for s in told if s in verdict.sentence] or [verdict.sentence]
        if told:
            assert own[0] in told, f"{answer} has no sentence of its own"
        heard.append(max(own, key=len))
    twice = {sentence for sentence in heard if heard.count(sentence) > 1}
    assert not twice, f"two wrong answers hear the same: {twice}"


@each
def test_wrong_answers_stay_wrong_in_other_forms(q):
    for answer in q.kind.wrong[:3]:
        if isinstance(q.kind, kinds.Array | kinds.Shape):
            assert str(q.check(FORMS["a tensor"](answer))) == str(q.check(answer))


JUNK = {
    "None": None,
    "NaN": float("nan"),
    "infinity": [1.0, float("inf")],
    "True": True,
    "a text": "nonsense",
    "a long text": "word " * 100_000,
    "bytes": b"b h w c",
    "an object": object(),
    "a class": dict,
    "complex": 1 + 2j,
    "an empty list": [],
    "an empty dict": {},
    "a set": {1, "a"},
    "ragged": [[1, 2], [3]],
    "texts": ["1", "2"],
    "mixed": [1, None, "x"],
    "a huge number": 10**400,
    "a huge list": [0] * 3_000_000,
    "a ghost": np.broadcast_to(0.0, (10**6, 10**6)),
    "a large array": np.zeros(10**7),
    "a dict of junk": {"same": None, "valid": object()},
    "a generator": (i for i in range(3)),
    "nothing, returned": lambda *case: [].sort(),
    "too few arguments": lambda: 1,
    "a ghost, returned": lambda *case: np.broadcast_to(0.0, (10**6, 10**6)),
    "NaN, returned": lambda *case: float("nan"),
    "an object, returned": lambda *case: object(),
    "a text, returned": lambda *case: "text",
}


def junk_within():
    """Return lists that hold themselves, or more lists than Python descends."""
    cyclic = []
    cyclic.append(cyclic)
    deeper = []
    for _ in range(20_000):
        deeper = [deeper]
    return [cyclic, deeper]


@each
def test_junk_gets_a_sentence_and_raises_nothing(q):
    for name, junk in JUNK.items():
        check_junk(q, name, junk)


@each
def test_lists_without_end_get_a_sentence(q):
    for junk in junk_within():
        check_junk(q, "without end", junk)


@each
def test_junk_in_one_part_gets_a_sentence(q):
    if isinstance(q.kind.right, dict):
        for name in q.kind.right:
            for what, junk in JUNK.items():
                check_junk(q, what, q.kind.right | {name: junk})


def check_junk(q, name, junk):
    start = time.monotonic()
    verdict = q.check(junk)
    assert time.monotonic() - start < 5, name
    assert verdict.status == "wrong", name
    assert is_a_sentence(verdict.sentence), name
    assert str(q.check(junk)) == str(verdict)


def is_a_sentence(text):
    """Whether a text is short, closed and no traceback."""
    closed = text.endswith((".", "?"))
    return closed and 15 < len(text) < 500 and not re.search(r"Traceback|0x|\n", text)


# --- functions that fail ------------------------------------------------------


@pytest.fixture(params=["by an alarm", "by tracing"])
def stopped(request, monkeypatch):
    """Both ways to stop a function: a browser has no alarms."""
    if request.param == "by tracing":
        monkeypatch.setattr(limits, "has_alarms", lambda: False)
    return request.param


# On one line, where a tracer sees no second line begin.
ON_ONE_LINE = "def endless(*case):\n    while True: pass"
exec(ON_ONE_LINE)


def stubborn(*case):
    while True:
        with contextlib.suppress(Exception):
            sum(case)


def counting(*case):
    return list(number for number in iter(int, 1))  # noqa: C400


@each_function
@pytest.mark.parametrize("function", [endless, stubborn, counting])  # noqa: F821
def test_a_function_without_end_is_stopped(q, stopped, function, monkeypatch):
    monkeypatch.setattr(limits, "SECONDS", 0.01)
    start, tracer = time.monotonic(), sys.gettrace()
    verdict = q.check(function)
    assert time.monotonic() - start < 5
    assert "had not come back after 0.01 seconds" in verdict.sentence
    assert is_a_sentence(verdict.sentence)
    assert sys.gettrace() is tracer


def test_an_alarm_is_not_caught_for_ever(monkeypatch):
    monkeypatch.setattr(limits, "SECONDS", 0.3)

    def deaf(*case):
        for _ in range(3):
            with contextlib.suppress(BaseException):
                stubborn()
        return stubborn()

    assert "had not come back" in FUNCTIONS[0].check(deaf).sentence


def test_the_limit_is_below_that_of_the_page():
    assert limits.SECONDS < 5


@each_function
def test_a_function_that_fails_is_told_where(q, stopped):
    def raises(*case):
        return 1 / 0

    def exits(*case):
        sys.exit("bye")

    def recurses(*case):
        return recurses(*case)

    first = q.kind.told(q.kind.cases[0])
    for function, name in [
        (raises, "ZeroDivisionError: division by zero"),
        (exits, "SystemExit: bye"),
        (recurses, "RecursionError"),
        (lambda *case: [].sort(), "returns None"),
    ]:
        verdict = q.check(function)
        assert name in verdict.sentence
        assert verdict.sentence.startswith(f"For {first} ")
        assert is_a_sentence(verdict.sentence)


@each_function
def test_a_function_may_print_and_change_its_arguments(q, capsys):
    def rude(*case):
        print("noise")
        result = q.kind.right(*copy.deepcopy(case))
        for part in case:
            if isinstance(part, np.ndarray):
                part[...] = 0
            elif isinstance(part, list):
                part.clear()
        return result

    assert q.check(rude)
    assert q.check(rude)
    assert capsys.readouterr().out == ""


@each_function
def test_the_smallest_input_is_shown_with_both_answers(q):
    """A function that is right up to some case fails on that one, and is told so."""
    for place in (0, 3, len(q.kind.cases) - 1):
        waiting = list(range(place + 1))

        def late(*case, waiting=waiting):
            right = q.kind.right(*case)
            return right if waiting.pop() else nearly(right)

        sentence = q.check(late).sentence
        assert q.kind.told(q.kind.cases[place]) in sentence


def nearly(right):
    """Return a wrong result."""
    if isinstance(right, list) and right and isinstance(right[0], list):
        return [[*row, 7] for row in right]
    return np.asarray(right) * 2 + 1


@each_function
def test_cases_grow_and_differ(q):
    told = list(map(repr, q.kind.cases))
    assert len(set(told)) == len(told) >= 30


# --- what is shown ------------------------------------------------------------


@each
def test_help_is_there_and_does_not_tell(q):
    assert len(q.hints) >= 2
    assert q.hint() == q.hint(1) != q.hint(2)
    assert q.hints[0] in q.hint()
    assert "q.hint(2)" in q.hint()
    assert q.solution() == q.answer
    assert repr(q.solution()) == q.solution()._repr_markdown_() == q.answer
    for text in (*q.hints, q.answer):
        assert text.strip()
        assert "$" not in text
    for hint in q.hints:
        told = telling(q) & said(hint)
        assert not told, f"a hint tells the answer, {told}: {hint}"
    for place in (0, len(q.hints) + 1, "1"):
        with pytest.raises(ValueError, match="place must be from 1 to"):
            q.hint(place)


def telling(q):
    """Return what would tell the answer: its numbers, its pattern, its lines of code.

    In a part of an answer a number tells; two or more of a list tell it together.
    """
    return {" ".join(line.split()) for line in told_by(q.kind)} | {
        line.strip()
        for line in BLOCK.findall(q.answer)[0].splitlines()
        if len(line.strip()) > 12 and not line.startswith(("def ", "q.", "answer ="))
    }


def told_by(kind):
    if isinstance(kind, kinds.Parts):
        return set().union(*map(told_by, kind.parts.values()))
    if isinstance(kind, kinds.Number):
        return {str(kind.right)}
    if isinstance(kind, kinds.Shape | kinds.Collection):
        return {", ".join(map(str, kind.right)), str(tuple(kind.right))}
    return {kind.right} if isinstance(kind.right, str) else set()


def said(text):
    """Return a text's numbers, its code spans, and the code of its spans by lines."""
    spans = re.findall(r"`([^`]+)`", text)
    lists = re.findall(r"\d+(?:, \d+)+", text)
    return {*re.findall(r"\b\d+\b", text), *spans, *lists}


def test_a_verdict_is_text_and_accessible_html():
    verdict = Verdict("wrong", "For `a < b` it is 3.")
    assert str(verdict) == repr(verdict) == "Not yet. For `a < b` it is 3."
    assert verdict._repr_html_() == (
        '<div role="status" class="verdict wrong"><strong>Not yet.</strong> '
        "For <code>a &lt; b</code> it is 3.</div>"
    )
    assert (
        Verdict("right", "So it is.")
        ._repr_html_()
        .startswith('<div role="status" class="verdict right"><strong>Right.</strong>')
    )


def test_numbers_name_the_exercises():
    assert exercises.exercise("1.2").number == "1.2"
    for chapter, number in {(q.number.split(".")[0], 6) for q in ALL}:
        mine = [q.number for q in ALL if q.number.startswith(f"{chapter}.")]
        assert mine == [f"{chapter}.{i + 1}" for i in range(len(mine))]
        few = f"chapter {chapter} has {len(mine)} exercises; six or more, or none"
        assert len(mine) >= number, few
    with pytest.raises(ValueError, match=r"number must be one of 1\.1, .* '9\.9'"):
        exercises.exercise("9.9")


def example():
    """Return the exercise that CONTRIBUTING shows to its readers."""
    (code,) = BLOCK.findall(CONTRIBUTING.read_text(encoding="utf-8"))
    space = {}
    exec(code, space)
    (q,) = space["EXERCISES"]
    return q


def test_the_example_for_contributors_keeps_the_law():
    for law in (
        test_untouched_it_is_the_readers_turn,
        test_the_solution_passes_in_every_form,
        test_the_kind_knows_a_right_answer,
        test_wrong_answers_have_sentences_of_their_own,
        test_help_is_there_and_does_not_tell,
    ):
        law(example())


WHYS = {n: f"{n} is wrong, for its own reason." for n in range(1, 6)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": kinds.Number(10, {25: "Square."})}, "14.1 has 1 wrong answers; give"),
        ({"kind": kinds.Number(10, WHYS | {10.0: "So."})}, "10.0 is listed as wrong"),
        ({"kind": kinds.Number(10, WHYS | {6: WHYS[5]})}, "two wrong answers hear the"),
        ({"hints": ("Count.", "It is 10.")}, "a hint tells the answer, .*10"),
    ],
)
def test_a_bad_exercise_hears_what_is_bad(change, message):
    q = dataclasses.replace(example(), **change)
    with pytest.raises(AssertionError, match=message):  # noqa: PT012
        test_wrong_answers_have_sentences_of_their_own(q)
        test_help_is_there_and_does_not_tell(q)


def test_what_is_given_may_be_changed():
    (q,) = (q for q in ALL if q.number == "1.3")
    q.given[...] = 0
    assert q.given.any()


def test_no_tensorflow_and_no_drawing_are_imported():
    code = (
        "import sys; from lab.exercises import exercise; "
        "print(*{'tensorflow', 'keras', 'matplotlib', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=exercises.__path__[0] + "/../..",
    )
    assert done.stdout.split() == []


# --- what is found by comparing alone -----------------------------------------

PLATE = np.arange(24.0).reshape(2, 3, 4) / 7


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (PLATE.reshape(4, 6), "in the right order, but in another shape"),
        (PLATE.ravel(), "in the right order, but in another shape"),
        (PLATE.transpose(1, 0, 2), "the axes are in the order w h c instead of h w c"),
        (PLATE.transpose(1, 2, 0).reshape(-1), "neither order nor shape"),
        (PLATE[:, ::-1], "run backwards along axis w"),
        (np.roll(PLATE, 1), "The right numbers, in the wrong order"),
        (PLATE + 0.5, "too large by the same amount, 0.5"),
        (PLATE - 2, "too small by the same amount, 2"),
        (PLATE.round(2), "right up to rounding only"),
        (PLATE[..., :2], "The size is wrong along c"),
        (PLATE[0], "Yours has 2 axes, the right one 3"),
        (np.where(PLATE > 3, 0, PLATE), "2 of 24 numbers are not, the first at"),
    ],
)
def test_an_array_hears_how_it_differs(found, sentence):
    kind = kinds.Array(PLATE, [], axes="h w c")
    assert kind.problem(PLATE.astype("float32")) is None
    assert sentence in kind.problem(found)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (0.33, "right up to rounding only"),
        (2, "2 is too large"),
        (-1, "-1 is too small"),
        ([1, 2], "you give 2 of them"),
        ("1/3", "leave out the quotes"),
        (True, "truth values"),
    ],
)
def test_a_number_hears_how_it_differs(found, sentence):
    q = Exercise("0.1", "", kinds.Number(1 / 3, []), "So.", ("a", "b"), "")
    assert q.check(1 / 3)
    assert q.check(np.float32(1 / 3))
    assert sentence in q.check(found).sentence


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ((3, 2), "in the wrong order"),
        ((2, 3, 1), "Yours has 3 axes"),
        ((2, 4), "One size is wrong: 4, that of axis 1"),
        ((5, 4), "2 sizes are wrong"),
        ((2, 2.5), "Sizes are whole numbers"),
        (6, "a single number"),
    ],
)
def test_a_shape_hears_how_it_differs(found, sentence):
    kind = kinds.Shape((2, 3), {})
    assert kind.problem(tf.TensorShape([2, 3])) is None
    q = Exercise("0.1", "", kind, "So.", ("a", "b"), "")
    assert sentence in q.check(found).sentence


def test_a_pattern_is_judged_by_what_it_does():
    kind = kinds.Pattern(
        "h (w w2) -> h w", {}, (3, 8), sizes={"w2": 2}, operation="max"
    )
    assert kind.problem("y (x two) -> y x", two=2) is None
    assert kind.problem("y (x 2) -> y x") is None
    assert "The right numbers" not in kind.problem("y (2 x) -> y x")
    for pattern, reason in [
        ("y x -> y z", "einops refuses"),
        ("y (x 3) -> y x", "einops refuses this pattern: Shape mismatch"),
        ("h w", "has an arrow"),
        (["h w -> w h"], "a text in quotes"),
    ]:
        with pytest.raises(Unreadable, match=re.escape(reason)):
            kind.problem(pattern)


def test_some_numbers_in_any_order():
    kind = kinds.Collection([1, 2, 3], [])
    for right in ({3, 1, 2}, (2, 1, 3, 3), range(1, 4), np.array([3.0, 2, 1])):
        assert kind.problem(right) is None
    assert kind.problem([1, 2]) == "Of the right numbers 1 are missing."
    assert kind.problem([1, 2, 3, 5]) == "5 does not belong to them."


def test_what_is_shown_is_short():
    for value in (*JUNK.values(), *junk_within(), "x" * 1000, 10**5000):
        assert len(reading.shown(value)) < 100
    assert reading.shown(np.float64(0.1) + 0.2) == "0.3"
    assert reading.shown(np.array([1.0, 2.0])) == "[1, 2]"
