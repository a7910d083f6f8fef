"""Put wrong numbers into the chapters and see what notices them: `make score`.

Prose: every number of the text is changed in its last digit, up by one, and then once
more to a different number of its chapter; the contract should notice. Code: one token
of a cell is changed, in a sample of cells; the contract or the strict run should.
A chapter is changed in memory or in a scratch folder, never where it lies.
"""

import copy
import io
import os
import random
import re
import subprocess
import sys
import tempfile
import tokenize
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import contract
import nbformat
import proof
import refresh
import said
import strict
from rich.console import Console
from rich.progress import track
from rich.table import Table

SEED = 0
CODE_PER_CHAPTER = int(os.environ.get("CODE", "6"))
KINDS = ("above 10 and decimals", "up to 10", "in words")
SWAPS = {
    "+": "-", "-": "+", "*": "+", "/": "*", "//": "*", "<": "<=", "<=": "<",
    ">": ">=", ">=": ">", "==": "!=", "!=": "==", "True": "False", "False": "True",
}  # fmt: skip


# --- prose --------------------------------------------------------------------


def kind(number):
    """Return which of the kinds a number of the prose is."""
    if not number.text[0].isdigit():
        return KINDS[2]
    return KINDS[not (number.value > 10 or number.value % 1)]


def last_digit_up(number):
    """Return a number as it is written, its last digit one higher; 0.59 gives 0.60."""
    if not number.text[0].isdigit():
        words = list(said.WORDS)
        return words[(words.index(number.text.lower()) + 1) % len(words)]
    plain = number.text.replace(",", "")
    places = len(plain.partition(".")[2])
    up = f"{number.value + said.Decimal(1).scaleb(-places):.{places}f}"
    return f"{int(up):,}" if "," in number.text else up


def changed(notebook, text, number, wrong):
    """Return a copy of a notebook in which one number of its prose is another."""
    copied = copy.deepcopy(notebook)
    cell, a = copied.cells[text.cell], text.start + number.start
    if text.role == "source":
        cell.source = cell.source[:a] + wrong + cell.source[a + len(number.text) :]
    else:
        place = {"alt": "image", "caption": "figure"}[text.role]
        about, b = cell.metadata["mystnb"][place], a + len(number.text)
        about[text.role] = text.text[:a] + wrong + text.text[b:]
    return copied


def prose_mutants(notebook, chance):
    """Yield (kind, way, notebook) for each number of the prose, changed in two ways."""
    told = [
        (text, number)
        for section in said.sections(notebook)
        for text in section.texts
        for number in said.numbers(text.text)
    ]
    for text, number in told:
        yield (
            kind(number),
            "last digit",
            changed(notebook, text, number, last_digit_up(number)),
        )
        others = sorted(
            {
                other.text.lower()
                for _, other in told
                if kind(other) == kind(number) and other.value != number.value
            }
        )
        if others:
            wrong = chance.choice(others)
            yield kind(number), "swapped", changed(notebook, text, number, wrong)


def contract_problems(notebook):
    """Return how many problems the contract's rule for numbers finds."""
    return len(contract.unproved_numbers(notebook))


def score_prose(path):
    """Return for each kind and way how many numbers were wrong and how many noticed."""
    notebook, chance = nbformat.read(path, 4), random.Random(SEED)
    before, found = contract_problems(notebook), defaultdict(lambda: [0, 0])
    for which, way, mutant in prose_mutants(notebook, chance):
        tally = found[f"{which}, {way}"]
        tally[0] += 1
        tally[1] += contract_problems(mutant) > before
    return dict(found)


# --- code ---------------------------------------------------------------------


def code_mutants(notebook, chance, how_many):
    """Yield notebooks in which one number or operator of a cell's code is another."""
    places = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and cell.source != refresh.colab_cell():
            for token in tokenize.generate_tokens(io.StringIO(cell.source).readline):
                wrong = wrong_token(token)
                if wrong:
                    places.append((index, token, wrong))
    for index, token, wrong in chance.sample(places, min(how_many, len(places))):
        copied = copy.deepcopy(notebook)
        lines = copied.cells[index].source.splitlines()
        (row, a), (_, b) = token.start, token.end
        line = lines[row - 1]
        lines[row - 1] = line[:a] + wrong + line[b:]
        copied.cells[index].source = "\n".join(lines)
        yield f"cell {index}: {line.strip()} -> {lines[row - 1].strip()}", copied


def wrong_token(token):
    """Return what to put in a token's place, or None where it is left alone."""
    if token.type == tokenize.NUMBER and re.fullmatch(r"\d+", token.string):
        return str(int(token.string) + 1)
    if token.line.lstrip().startswith(("import ", "from ", "!", "%")):
        return None
    starred = token.string in ("*", "/") and not re.search(
        rf"[\w)\]] {re.escape(token.string)} ", token.line
    )
    return None if starred else SWAPS.get(token.string)


def strict_run_notices(notebook):
    """Whether a chapter, run strictly from a scratch folder, fails."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mutant.ipynb")
        nbformat.write(notebook, path)
        paths = [str(refresh.NOTEBOOKS), str(refresh.ROOT / "tools")]
        done = subprocess.run(
            [sys.executable, *strict.PYTEST, "-x", "--nbval-cell-timeout=120", path],
            env=os.environ | refresh.ONE_THREAD | {"PYTHONPATH": ":".join(paths)},
            capture_output=True,
            text=True,
        )
    if done.returncode not in (0, 1):
        sys.exit(done.stdout + done.stderr)
    return done.returncode == 1


# --- the table ----------------------------------------------------------------


def share(tally):
    """Return a tally as text: "94 % of 120"."""
    wrong, noticed = tally
    return f"{100 * noticed / wrong:.0f} % of {wrong}" if wrong else "-"


def added(tallies):
    """Return the sum of some tallies."""
    return [sum(parts) for parts in zip(*tallies)] or [0, 0]


def table(scores):
    """Print a row a chapter, and one for all."""
    columns = [
        f"{which}, {way}" for which in KINDS for way in ("last digit", "swapped")
    ]
    drawn = Table(title="Wrong numbers and tokens, and what share the tests notice")
    for column in ("chapter", *columns, "code, one token"):
        drawn.add_column(column)
    rows = {number.lstrip("0"): found for number, found in scores.items()}
    columns.append("code")
    rows["all"] = {c: added(f[c] for f in scores.values() if c in f) for c in columns}
    for name, found in rows.items():
        drawn.add_row(name, *(share(found.get(c, [0, 0])) for c in columns))
    Console(width=max(120, Console().width)).print(drawn)


def main(number=""):
    """Score all chapters, or one; the record keeps the tallies of all."""
    paths = refresh.chapters(number)
    scores = {path.name[:2]: score_prose(path) for path in paths}
    mutants = [
        (path.name[:2], what, mutant)
        for path in paths
        for what, mutant in code_mutants(
            nbformat.read(path, 4), random.Random(SEED), CODE_PER_CHAPTER
        )
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = pool.map(strict_run_notices, [mutant for *_, mutant in mutants])
        watched = track(verdicts, "Running changed code", total=len(mutants))
        for (chapter, what, _), noticed in zip(mutants, watched):
            tally = scores[chapter].setdefault("code", [0, 0])
            tally[0] += 1
            tally[1] += noticed
            if not noticed:
                print(f"not noticed in chapter {chapter}, {what}")
    table(scores)
    if not number:
        proof.store("score", {"seed": SEED, "chapters": scores})


if __name__ == "__main__":
    main(*sys.argv[1:])
