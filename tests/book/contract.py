"""What every chapter owes its reader, as checks that return lists of problems.

Each check takes a notebook as nbformat reads it. That the stored outputs are what the
code produces is not checked here: nbval runs every cell for that.
"""

import ast
import builtins
import copy
import io
import re
from base64 import b64decode
from itertools import pairwise, takewhile

import compared_pictures
import pytest
import refresh
import said
from from_notebooks import EXERCISES, is_strict
from nbformat.v4 import new_markdown_cell
from PIL import Image

from lab.exercises import BY_NUMBER

MOST_BYTES = 600_000
MOST_COLUMNS = 80
LEAST_ALT = 30
# Words of a caption; and of the text after a prediction that stand on its screen.
CAPTION = range(8, 61)
SAME_SCREEN = 60
STRICT_SHARE = 0.97
PICTURES = {"image/png", "image/jpeg"}
# A code span, or a role: a span that a name in braces comes before.
SPAN = re.compile(r"(\{[a-z][\w:+-]*\})?`[^`\n]*`")
DIRECTIVE = re.compile(r"^(?:```|:::)\{.*", re.M)
FOLD = re.compile(r"<details>.*?</details>", re.S)
LABEL = re.compile(r"<details>\s*<summary>(.*?)</summary>", re.S)
PREDICTION = re.compile(r"Predict: [^?]+\?")
# What would tell an answer: a number of two digits or with decimals, or a tuple.
TELLING = re.compile(r"\((?:\w+, ?)+\w*\)|\d[\d,]*\.\d+|\d[\d,]*\d")
# What an expression may name without saying anything of the run.
LIBRARIES = {*dir(builtins), "np", "tf"}
# How an exercise begins, and all that its cell may take for granted.
QUESTION = re.compile(r"^\*\*(\d+)\. ?(.*?)\.?\*\*", re.M)
PRELUDE = """\
import numpy as np
from einops import rearrange, reduce, repeat
from lab import byhand, shapes
from lab.exercises import exercise
"""
# The letter of a box's source, and of a row in the errata page's table.
BOX = re.compile(r"^> \*\*What the sources say \(source ([A-Z])\)", re.M)
SOURCE = re.compile(r"^\| ([A-Z]) \|", re.M)
# Of what the cell of a chapter's imports may consist.
IMPORTS = {ast.Import, ast.ImportFrom, ast.With, ast.Expr}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp|usr)/\w+")


def insist(problems):
    """Fail if there are problems, and say them all, a line each, and nothing else."""
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


def code_cells(notebook):
    """Return the code cells that hold anything."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def name(cell):
    """Return how a problem names a cell: its last line, which is what it is for."""
    return f"cell ending in {cell.source.strip().splitlines()[-1].strip()!r}"


def syntax(cell):
    """Return a cell's syntax tree without IPython's own lines."""
    return said.syntax(cell.source)


def not_executed(notebook):
    """Report cells that were not executed, or not in order from 1."""
    return [
        f"{name(cell)} has execution count {cell.execution_count}, "
        f"not {count}: make refresh"
        for count, cell in enumerate(code_cells(notebook), 1)
        if cell.execution_count != count
    ]


def silent(notebook):
    """Report cells whose code prints or shows something, but which hold no output."""
    return [
        f"{name(cell)} prints, but no output is stored: make refresh"
        for cell in code_cells(notebook)
        if prints(syntax(cell)) and not cell.outputs
    ]


def prints(tree):
    """Whether a cell must have an output: it prints, shows, or ends in a value.

    A call at the end may return None, so it does not count, nor does a function's body.
    """
    waiting, outside = list(tree.body), []
    while waiting:
        node = waiting.pop()
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.If)):
            outside.append(node)
            waiting += ast.iter_child_nodes(node)
    calls = {ast.unparse(n.func) for n in outside if isinstance(n, ast.Call)}
    last = tree.body[-1] if tree.body else None
    value = isinstance(last, ast.Expr) and not isinstance(last.value, ast.Call)
    return value or "print" in calls or any(c.startswith("show.") for c in calls)


def figures(notebook):
    """Report pictures without alt text or width, or whose width is not their own."""
    problems, seen = [], set()
    for cell in code_cells(notebook):
        for output in cell.outputs:
            for kind in PICTURES & output.get("data", {}).keys():
                image = cell.metadata.get("mystnb", {}).get("image", {})
                alt, width = image.get("alt", ""), image.get("width")
                if len(alt) < LEAST_ALT:
                    problems.append(f"{name(cell)}: the figure has no alt text")
                elif alt in seen:
                    problems.append(f"{name(cell)}: the alt text is another figure's")
                seen.add(alt)
                pixels = Image.open(io.BytesIO(b64decode(output.data[kind]))).width
                own = f"{round(pixels * 96 / refresh.DPI)}px"
                if width != own:
                    problems.append(
                        f"{name(cell)}: width {width}, but drawn {own} wide"
                    )
    return problems


def captions(notebook):
    """Report pictures without a caption, or whose caption says too little or much."""
    problems = []
    for cell in code_cells(notebook):
        if any(PICTURES & output.get("data", {}).keys() for output in cell.outputs):
            about = said.descriptions(cell)
            words = len(about.get("caption", "").split())
            if words not in CAPTION:
                problems.append(f"{name(cell)}: its caption has {words} words")
            elif about["caption"] == about.get("alt"):
                problems.append(f"{name(cell)}: its caption is its alt text")
    return problems


def predictions(notebook):
    """Report hidden outputs and folds that do not make a prediction together.

    A prediction is one or more code cells whose outputs are hidden, then Markdown that
    begins with a fold: its label asks, and it holds the answer.
    """
    problems = []
    nothing = new_markdown_cell()
    for before, cell in pairwise([nothing, *notebook.cells, nothing]):
        label = predicted(cell)
        if hides(before) and not hides(cell) and not label:
            problems.append(f"{name(before)}: no prediction follows its hidden output")
        if label and not hides(before):
            problems.append(f"{label!r} follows no hidden output")
        if label and not PREDICTION.fullmatch(label):
            problems.append(f"{label!r} is not 'Predict: ' and a question")
    problems += [
        f"{label!r} does not begin its cell"
        for source in markdown(notebook)
        for label in LABEL.findall(source)[source.startswith("<details>") :]
        if label.startswith("Predict")
    ]
    return problems


def hides(cell):
    """Whether a cell's output is hidden, and its code is not."""
    return "hide-output" in cell.metadata.get("tags", [])


def predicted(cell):
    """Return the label of the prediction that a cell begins with, or ""."""
    found = cell.cell_type == "markdown" and LABEL.match(cell.source)
    return found[1] if found and found[1].startswith("Predict") else ""


def labels(notebook):
    """Report folds of one cell, and predictions of a chapter, that share a label."""
    groups = list(map(LABEL.findall, markdown(notebook)))
    groups.append(list(filter(None, map(predicted, notebook.cells))))
    return [
        f"{label!r} is the label of two folds"
        for group in groups
        for label in set(group)
        if group.count(label) > 1
    ]


def spoilt(notebook):
    """Report numbers of a hidden output that the text on the same screen tells.

    What stood in the section before the prediction is known, and does not count.
    """
    problems = []
    for place, cell in enumerate(notebook.cells):
        if predicted(cell):
            above = list(takewhile(hides, reversed(notebook.cells[:place])))
            known = seen_before(notebook.cells[: place - len(above)])
            known += [hidden.source for hidden in above]
            answer = telling(map(said.printed, above)) - telling(known)
            problems += [
                f"{number} is in a hidden output, and told right after its prediction"
                for number in answer & telling(told_after(notebook.cells[place:]))
            ]
    return problems


def telling(texts):
    """Return the numbers and tuples of some texts that could tell an answer."""
    return {found for text in texts for found in TELLING.findall(text)}


def seen_before(cells):
    """Return all that a reader has seen of the section that some cells end in."""
    texts = []
    for cell in reversed(cells):
        texts.append(cell.source)
        if cell.cell_type == "code":
            texts.append(said.printed(cell))
        elif said.HEADING.search(cell.source):
            break
    return texts


def told_after(cells):
    """Return the visible text of a prediction's cell, and how the next text begins."""
    texts = [FOLD.sub("", c.source) for c in cells if c.cell_type == "markdown"]
    first, then = said.COMMENT.sub("", texts[0]), " ".join(texts[1:2])
    return [first, " ".join(then.split()[:SAME_SCREEN])]


def without_form(notebook):
    """Report pictures that carry no form for the site beside them."""
    return [
        f"{name(cell)}: the figure has no form for the site: import `show` "
        "from lab, and draw with it or end the cell with `show.finish()`"
        for cell in code_cells(notebook)
        for output in cell.outputs
        if PICTURES & (data := output.get("data", {})).keys()
        and compared_pictures.SITE_FORM not in data
    ]


def unproved_numbers(notebook):
    """Report numbers that the text says, and that nothing in their section proves.

    Report bindings of numbers that their section does not say, too: they would prove
    what nobody claims.
    """
    problems = []
    for section in said.sections(notebook):
        found = said.evidence(section)
        told = [
            (number, text)
            for text in section.texts
            for number in said.numbers(text.text)
        ]
        problems += [
            f"{number.text} in {around(number, text)!r} ({text.role}) is in no output "
            "and no assertion of its section, and bound to nothing"
            for number, text in told
            if not said.proves(found, number)
        ]
        problems += [
            f"{binding.said} is bound to {binding.code!r}, which names nothing of ours"
            for binding in section.bindings
            if not names(binding.code) - LIBRARIES
        ]
        values = {number.value for number, _ in told}
        problems += [
            f"{number} is bound to {binding.code!r}, but its section does not say it"
            for binding in section.bindings
            for number in binding.numbers
            if said.value(number) not in values
        ]
    return problems


def names(code):
    """Return the names that an expression looks up."""
    return {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}


def around(number, text):
    """Return a number with the words that stand around it."""
    words = text.text[max(number.start - 30, 0) : number.start + 30]
    return " ".join(words.split())


def semicolons(notebook):
    """Report cells that end in a semicolon, which hides what nbval would compare."""
    return [
        f"{name(cell)} ends in a semicolon"
        for cell in code_cells(notebook)
        if cell.source.rstrip().endswith(";")
    ]


def wide(notebook):
    """Report lines of code that are wider than a cell on the page."""
    return [
        f"{line.strip()[:40]!r}... has {len(line)} columns, not {MOST_COLUMNS} at most"
        for cell in code_cells(notebook)
        for line in cell.source.splitlines()
        if len(line) > MOST_COLUMNS
    ]


def colab(notebook):
    """Report a first code cell that is not the one that fetches the book in Colab."""
    cells = code_cells(notebook)
    if cells and cells[0].source == refresh.colab_cell():
        return []
    return ["the first code cell is not Colab's: make refresh writes it"]


def imports(notebook):
    """Report a third cell that is not the imports: with Colab's it is one fold."""
    third = notebook.cells[2] if len(notebook.cells) > 2 else None
    if third is not None and third.cell_type == "code" and not third.outputs:
        kinds = {type(statement) for statement in syntax(third).body}
        if ast.ImportFrom in kinds and kinds <= IMPORTS:
            return []
    return [
        "the third cell, below the title and Colab's, is not the chapter's imports and "
        "nothing else, with a line such as `from lab import show`"
    ]


def machine_paths(notebook):
    """Report outputs that name a folder of the machine that made them."""
    return [
        f"{name(cell)}: an output names {match.group()!r}"
        for cell in code_cells(notebook)
        for match in MACHINE_PATH.finditer(said.printed(cell))
    ]


def not_compared(notebook):
    """Report a chapter of which the test run compares too little."""
    cells = code_cells(notebook)
    strict = sum(map(is_strict, cells))
    if strict >= STRICT_SHARE * len(cells):
        return []
    return [f"only {strict} of {len(cells)} cells are compared strictly"]


def markdown(notebook):
    """Return the sources of the Markdown cells."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def unknown_sources(notebook):
    """Report boxes whose source is no row of the table on the errata page."""
    page = (refresh.ROOT / "book" / "errata.md").read_text(encoding="utf-8")
    known = SOURCE.findall(page)
    return [
        f"a box names source {letter}, which has no row in book/errata.md"
        for source in markdown(notebook)
        for letter in BOX.findall(source)
        if letter not in known
    ]


def raw_roles(notebook):
    """Report markup that only the site reads: elsewhere it shows as it is typed."""
    return [
        f"{found!r} shows as it is typed in Colab, Jupyter and GitHub: use a link"
        for source in markdown(notebook)
        for found in [
            *(span[0] for span in SPAN.finditer(source) if span[1]),
            *DIRECTIVE.findall(source),
        ]
    ]


def formulas_in_folds(notebook):
    """Report formulas within <details>, which VS Code shows as they are typed."""
    return [
        f"a formula in a fold is not drawn in VS Code: {fold.split('$')[1][:40]!r}"
        for source in markdown(notebook)
        for fold in FOLD.findall(source)
        if "$" in fold
    ]


def folds(notebook):
    """Report cells that fold on the site, but not so in Jupyter and Colab."""
    problems = []
    for cell in code_cells(notebook):
        folded = copy.deepcopy(cell)
        refresh.fold(folded)
        if folded.metadata != cell.metadata:
            problems.append(f"{name(cell)}: its folds are not its tags': make address")
    return problems


def exercises(notebook):
    """Report exercises that are not numbered in order, or do not take an answer.

    A chapter has a module in lab.exercises, and then each of its questions has one
    cell, or it has none.
    """
    text = "\n".join(markdown(notebook))
    chapter, section = re.match(r"# (\d+) ", text), EXERCISES.search(text)
    asked = QUESTION.findall(section[1]) if section else []
    problems = [
        f"exercise {place} has the number {number}"
        for place, (number, _) in enumerate(asked, 1)
        if int(number) != place
    ]
    chapter = chapter[1] if chapter else ""
    known = {n: q for n, q in BY_NUMBER.items() if n.partition(".")[0] == chapter}
    titles = {f"{chapter}.{number}": title for number, title in asked}
    if known and titles != {number: q.title for number, q in known.items()}:
        problems.append(f"lab.exercises has other exercises than {titles}")
    found, question = [], ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            numbers = QUESTION.findall(cell.source)
            question = f"{chapter}.{numbers[-1][0]}" if numbers else ""
        elif number := cell.metadata.get("book", {}).get("exercise"):
            found.append(number)
            problems += not_its_turn(cell, number, question)
        elif "exercise(" in cell.source:
            problems.append(f"{name(cell)} is an exercise's, and not marked as one")
    if found != list(known):
        problems.append(f"cells take answers to {found}, not to {list(known)}")
    return problems


def not_its_turn(cell, number, question):
    """Report a cell that does not stand with its question, or not alone, or untouched.

    It is run after the prelude only, as the page runs it.
    """
    if number != question:
        return [f"the cell of exercise {number} follows question {question}"]
    *lines, last = cell.source.splitlines()
    if lines[:1] != [f'q = exercise("{number}")'] or not last.startswith("q.check("):
        return [f"the cell of exercise {number} has another first or last line"]
    space = {}
    try:
        exec(PRELUDE + "\n".join(lines), space)
        verdict = eval(last, space)
    except Exception as error:
        return [f"the cell of exercise {number} does not run alone: {error!r}"]
    stored = [output.get("data", {}).get("text/plain") for output in cell.outputs]
    if verdict.status != "turn" or stored != [str(verdict)]:
        return [f"exercise {number} is not untouched: {verdict}, stored {stored}"]
    return []


CHECKS = [
    not_executed,
    silent,
    figures,
    captions,
    predictions,
    labels,
    spoilt,
    without_form,
    unproved_numbers,
    semicolons,
    wide,
    colab,
    machine_paths,
    not_compared,
    unknown_sources,
    raw_roles,
    formulas_in_folds,
    folds,
    exercises,
]


def unlisted(stem, cover, contents):
    """Report a chapter without its line on the cover or in the contents."""
    problems = []
    if len(re.findall(rf"^{stem} \| .+ \| .+\.$", cover, re.M)) != 1:
        problems.append(f"book/index.md needs one line '{stem} | Title | A sentence.'")
    if len(re.findall(rf"file: notebooks/{stem}$", contents, re.M)) != 1:
        problems.append(f"_toc.yml needs one line '- file: notebooks/{stem}'")
    return problems


def functions(trees):
    """Return the syntax of the functions in some syntax trees, by name.

    Docstrings, decorators and annotations are left out: they tell about a function,
    and the rest is what it does.
    """
    found = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                body = node.body[ast.get_docstring(node) is not None :]
                found[node.name] = "\n".join(
                    [ast.unparse(node.args), *map(ast.unparse, body)]
                )
    return found
