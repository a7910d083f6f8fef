"""What a chapter says in numbers, section by section, and what proves each of them.

A section runs from one Markdown heading to the next. A number that its text says, in
digits or in words, must stand in an output or in an assertion of that section, or be
bound to an expression. A binding is a comment on a line of its own in the Markdown,
which no reader sees:

    <!-- 0.61 = change.mean() -->
    <!-- 0, 2, 4 = channels[0].ravel() -->

On its left stands the number as the text has it, or several; on its right a Python
expression, which the test run evaluates in the notebook's kernel after the code cells
above it (`book_nbval`). Rounded to the numbers' own digits the two must be equal.
"""

import ast
import io
import math
import re
import tokenize
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache

# fmt: off
WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "twenty": 20, "twice": 2, "half": Fraction(1, 2),
}
# fmt: on
SHARES = {"third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
WORDS |= {f"a {word}": Fraction(1, parts) for word, parts in SHARES.items()}

DIGITS = r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!,?\d)"
SAID = re.compile(rf"{DIGITS}|\b(?:{'|'.join(sorted(WORDS, reverse=True))})\b", re.I)
BINDING = re.compile(r"^<!-- ([^=\n]+?) = (.+?) -->$", re.M)
COMMENT = re.compile(r"<!--.*?-->", re.S)
HEADING = re.compile(r"^#{1,6} ", re.M)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
# What looks like a measured number in prose, but names a thing.
NAMES = re.compile(
    r"\]\([^)]*\)"  # the target of a link
    r"|\{\w+(:\w+)?\}`[^`]*`"  # a role
    r"|<[^>]*>"  # an HTML tag
    r"|\*\*\w\*\*\w+"  # a word that explains a letter: **h**eight
    r"|^#+ \d+ "  # a numbered heading
    r"|\b[Cc]hapters? \d+(?:(?:, | and )\d+)*"
    r"|\b(?:[Ss]ections?|[Ee]quations?|[Rr]elationships?) \d+(?:(?:, | and | to )\d+)*"
    r"|\b(?:[Ee]xercise|[Ff]igure) \d+(?:\.\d+)?"
    r"|^\*\*\d+\."  # the number of an exercise
    r"|^\| *\d+ *(?=\|)"  # the number of a table's row
    r"|\((?:19|20)\d\d\)",  # the year of a publication
    re.M,
)
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.S)
# In a formula a small constant, as in n + 2p, is algebra; "= 5" and no more is a claim.
ALGEBRA = re.compile(r"(?<![\w.,])(?!(?<== )\d+ *(?:[$,]|\\,))(?:10|\d)(?![\d.,]*\d)")
# A share in words is meant roughly.
ROUGHLY = 0.1


@dataclass(frozen=True)
class Number:
    """A number in a text: the characters, where they begin, and what they mean."""

    text: str
    start: int

    @property
    def value(self):
        """Its value: an int or Fraction for words, a Decimal for digits."""
        return value(self.text)


@dataclass(frozen=True)
class Text:
    """A piece of prose: which cell it stands in, from which character, in which role.

    ``role`` is "source" for Markdown, "alt" or "caption" for what describes a figure.
    """

    cell: int
    start: int
    text: str
    role: str = "source"


@dataclass
class Section:
    """What stands between two headings: pieces of prose, code cells, bindings."""

    texts: list = field(default_factory=list)
    code: list = field(default_factory=list)
    bindings: list = field(default_factory=list)


@dataclass(frozen=True)
class Binding:
    """Numbers of the prose, as it writes them, and the expression that gives them."""

    cell: int
    said: str
    code: str

    @property
    def numbers(self):
        """The numbers one by one; what is no number is none of them."""
        return [n for n in self.said.split(", ") if SAID.fullmatch(n)]

    def agrees(self, results):
        """Whether results, rounded as the numbers are written, are these numbers."""
        return len(results) == len(self.numbers) and all(
            map(agrees, self.numbers, results)
        )


def agrees(number, result):
    """Whether a result, rounded as a number is written, is that number."""
    said = value(number)
    if not math.isfinite(result):
        return False
    if isinstance(said, Fraction):
        return abs(result - said) <= ROUGHLY * said
    places = -said.as_tuple().exponent if isinstance(said, Decimal) else 0
    return round(Decimal(repr(float(result))), places) == said


# --- reading a text -----------------------------------------------------------


def value(text):
    """Return what a number means: a Decimal for digits, else an int or a Fraction."""
    word = WORDS.get(text.lower())
    return Decimal(text.replace(",", "").replace("_", "")) if word is None else word


def numbers(text):
    """Return the numbers that a text says, less those that name things."""
    for pattern in (COMMENT, NAMES):
        text = pattern.sub(blank, text)
    text = FORMULA.sub(lambda formula: ALGEBRA.sub(blank, formula[0]), text)
    return [Number(match[0], match.start()) for match in SAID.finditer(text)]


def blank(match):
    """Return as many spaces as a match is long, so that what follows stays in place."""
    return " " * len(match[0])


# --- reading a notebook -------------------------------------------------------


def sections(notebook):
    """Return a notebook's sections in order; what stands before a heading is one."""
    found = [Section()]
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            for start, text in parts(cell.source):
                if HEADING.match(text):
                    found.append(Section())
                found[-1].texts.append(Text(index, start, text))
                found[-1].bindings += [
                    Binding(index, *match) for match in BINDING.findall(text)
                ]
        elif cell.cell_type == "code":
            found[-1].code.append((index, cell))
            for role, text in descriptions(cell).items():
                found[-1].texts.append(Text(index, 0, text, role))
    return found


def parts(source):
    """Split Markdown before each heading: (first character, text) of each part."""
    hidden = FENCE.sub(lambda match: "x" * len(match[0]), source)
    cuts = sorted({0, *(match.start() for match in HEADING.finditer(hidden))})
    return [(a, source[a:b]) for a, b in zip(cuts, [*cuts[1:], len(source)])]


def descriptions(cell):
    """Return what a code cell's metadata says of its figure, by role."""
    about = cell.metadata.get("mystnb", {})
    said = {
        "alt": about.get("image", {}).get("alt"),
        "caption": about.get("figure", {}).get("caption"),
    }
    return {role: text for role, text in said.items() if text}


def bindings_after(notebook):
    """Return the bindings to evaluate after each code cell: {number of cell: [...]}.

    Code cells are counted from 0. What stands above the first of them, in a title's
    promises, is evaluated after the last.
    """
    kinds = [cell.cell_type for cell in notebook.cells]
    found = {}
    for section in sections(notebook):
        for binding in section.bindings:
            above = kinds[: binding.cell].count("code") or kinds.count("code")
            found.setdefault(above - 1, []).append(binding)
    return found


# --- what proves a number -----------------------------------------------------


def evidence(section):
    """Return the values that a section's outputs and assertions hold, as a set."""
    found = set()
    for _, cell in section.code:
        found |= in_output(printed(cell)) | in_assertions(cell.source)
    bound = (number for binding in section.bindings for number in binding.numbers)
    return found | set(map(value, bound))


def proves(found, number):
    """Whether some values prove a number. "Half" and "a third" may stand as 2 and 3."""
    said = number.value
    if said in found:
        return True
    return isinstance(said, Fraction) and bool(
        {Decimal(said.denominator), said.numerator / Decimal(said.denominator)} & found
    )


@cache
def in_output(text):
    """Return the values of the numbers that an output says."""
    return frozenset(value(match[0]) for match in re.finditer(DIGITS, text))


@cache
def in_assertions(source):
    """Return the values of the numbers in a cell's assertions, texts left out."""
    found = frozenset()
    for node in ast.walk(syntax(source)):
        if isinstance(node, ast.Assert):
            found |= in_code(ast.unparse(node.test))
    return found


@cache
def in_code(source):
    """Return the values of a code's numbers; comments and texts do not count."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found = [token.string for token in tokens if token.type == tokenize.NUMBER]
    plain = (n for n in found if re.fullmatch(r"[\d_]*\.?[\d_]*(?:e[+-]?\d+)?", n))
    return frozenset(map(value, plain))


def syntax(source):
    """Return a cell's syntax tree without IPython's own lines."""
    return ast.parse(re.sub(r"^(\s*)[!%].*", r"\1pass", source, flags=re.M))


def printed(cell):
    """Return all text that a cell's outputs hold."""
    texts = []
    for output in cell.outputs:
        texts += [output.get("text", ""), output.get("evalue", "")]
        texts += output.get("traceback", [])
        texts += [t for k, t in output.get("data", {}).items() if k.startswith("text/")]
    return "\n".join(texts)
