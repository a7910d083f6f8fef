"""The page for teachers: what each chapter takes, trains and answers.

``{course-table}``
    Each chapter's minutes and run time, what it needs and what needs it.
``{courses}``
    Ways through the book, one a line of the body: ``name | chapters | for whom``. A
    course that leaves out what one of its chapters needs is a warning.
``{class-links}``
    Each chapter's address in Colab, on Binder, and for a JupyterHub with nbgitpuller,
    made from the repository's.
``{teaching-notes}``
    A section for each chapter. The body has a line for each exercise of the book,
    ``7.1 | 5 | what it trains``, with an estimate of a student's minutes. An exercise
    without a line, or with two, is a warning. Titles and wrong answers come from
    ``lab.exercises``.
"""

import ast
import builtins
import inspect
import re
import sys
from collections import Counter
from functools import cache
from itertools import groupby
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
from cells import raw
from cover import parted
from docutils import nodes
from from_notebooks import (
    EXERCISES,
    GeneratedNode,
    add_generator,
    chapter_names,
    chapter_number,
    chapter_title,
    link,
    make_row,
    make_table,
    read_notebook,
)
from links import cross
from openings import (
    chapters_named,
    colab_address,
    facts_list,
    needed_chapters,
    reading_minutes,
)
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

sys.path.append(str(Path(__file__).parents[2] / "notebooks"))

from lab.exercises import BY_NUMBER, reading
from lab.exercises.kinds import Found, Parts

logger = logging.getLogger(__name__)
ASKED = re.compile(r"^\*\*(\d+)\.", re.M)
SKILL = re.compile(r"^- (.+(?:\n  .+)*)", re.M)
HEADING = re.compile(r"^# (.+)", re.M)
NOTES = "teaching-notes"
EVENING = 60  # minutes; an exercise that takes so long is not counted with a chapter
SHOWN = 60  # characters of a wrong answer that can be shown
# What a reader's code may name besides its own arguments.
KNOWN = {*dir(builtins), "np", "rearrange", "reduce"}


# --- addresses, pure ------------------------------------------------------------------


def binder_address(repository, branch, path):
    """Return where Binder opens a file of a repository on GitHub in JupyterLab."""
    place = urlsplit(repository).path.strip("/")
    return f"https://mybinder.org/v2/gh/{place}/{branch}?labpath={quote(path, safe='')}"


def hub_address(repository, branch, path):
    """Return the link with which a JupyterHub pulls a repository and opens a file.

    Its ``urlpath`` names the folder, too, into which nbgitpuller clones: that has the
    name of the repository.
    """
    folder = urlsplit(repository).path.rstrip("/").rsplit("/", 1)[-1]
    asked = {
        "repo": repository,
        "branch": branch,
        "urlpath": f"lab/tree/{folder}/{path}",
    }
    parts = [f"{name}={quote(part, safe='')}" for name, part in asked.items()]
    return f"https://HUB/hub/user-redirect/git-pull?{'&'.join(parts)}"


# --- chapters and exercises, pure -----------------------------------------------------


def exercise_numbers(chapter, notebook):
    """Return the numbers of a chapter's exercises, such as "7.1", from its text."""
    text = "\n".join(
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
    )
    found = EXERCISES.search(text)
    return [f"{chapter}.{n}" for n in ASKED.findall(found[1])] if found else []


def skills(notebook):
    """Return the entries of the list "You will" of a chapter's first cell."""
    _, _, after = "".join(notebook["cells"][0]["source"]).partition("You will\n")
    return [" ".join(skill.split()) for skill in SKILL.findall(after)]


def in_need(needs, chapter):
    """Return the chapters that need one, in order; needs has a list for each."""
    return sorted(other for other, needed in needs.items() if chapter in needed)


def left_out(needs, course):
    """Return what the chapters of a course need and the course leaves out."""
    return sorted({n for chapter in course for n in needs[chapter]} - set(course))


def trained(lines):
    """Return ``(number, minutes, what it trains)`` of each line about an exercise."""
    return [(number, int(minutes), what) for number, minutes, what in parted(lines, 3)]


def line_problems(numbers, lines):
    """Say which exercises have no line or several, and which lines no exercise.

    Parameters
    ----------
    numbers : list of str
        Of all exercises.
    lines : list of tuple
        From ``trained``.
    """
    counts = Counter(number for number, *_ in lines)
    return [
        *(f"exercise {n} has no line" for n in numbers if n not in counts),
        *(f"exercise {n} has {c} lines" for n, c in counts.items() if c > 1),
        *(f"the book has no exercise {n}" for n in counts if n not in numbers),
    ]


def wrong_answers(exercise):
    """Return the wrong answers that an exercise expects, and what it says to each.

    Parameters
    ----------
    exercise : lab.exercises.engine.Exercise

    Returns
    -------
    list of (str, str)
        The answer as code, "" where that would be long, and a sentence.
    """
    if isinstance(exercise.kind, Found):  # its test makes the sentences
        return [(shortly(a), exercise.check(a).sentence) for a in exercise.kind.wrong]
    return mistakes(exercise.kind)


def mistakes(kind):
    """Return the mistakes of a kind, and those of its parts after their names."""
    found = [(shortly(answer), sentence) for answer, sentence in kind.mistakes]
    for name, part in kind.parts.items() if isinstance(kind, Parts) else ():
        found += [
            (f"{name}: {code}" if code else name, sentence)
            for code, sentence in mistakes(part)
        ]
    return found


def shortly(answer):
    """Return an answer as code, or "" if it is long or not what a reader would type."""
    if callable(answer):
        return expression(answer)
    if isinstance(answer, dict):
        parts = {name: shortly(part) for name, part in answer.items()}
        code = ", ".join(f"{name}: {part}" for name, part in parts.items())
        return code if all(parts.values()) and len(code) <= SHOWN else ""
    if isinstance(answer, str):
        return answer if len(answer) <= SHOWN else ""
    if isinstance(answer, np.ndarray) and answer.size > 12:
        return ""
    code = reading.shown(answer)
    return code if len(code) <= SHOWN and "…" not in code else ""


def expression(function):
    """Return what a function returns, as code, if a reader might have typed it."""
    line = function.__code__.co_firstlineno
    written = lambdas(inspect.getsourcefile(function)).get(line, ())
    if len(written) != 1:
        return ""
    names = {n.id for n in ast.walk(written[0].body) if isinstance(n, ast.Name)}
    own = {n.arg for n in ast.walk(written[0]) if isinstance(n, ast.arg)}
    own |= {
        n.id
        for n in ast.walk(written[0].body)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    code = ast.unparse(written[0].body)
    return code if names <= own | KNOWN and len(code) <= SHOWN else ""


@cache
def lambdas(path):
    """Return the lambdas of a file, by the lines where they begin."""
    found = {}
    for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Lambda):
            found.setdefault(node.lineno, []).append(node)
    return found


def duration(minutes):
    """Return minutes as hours, to the half."""
    hours = round(minutes / 30) / 2
    return f"{hours:g}\xa0h"


# --- what stands on the page ----------------------------------------------------------


def inline(text):
    """Return a text as nodes, with its code between single backquotes."""
    pieces = text.split("`")
    return [
        nodes.literal("", piece) if place % 2 else nodes.Text(cross(piece))
        for place, piece in enumerate(pieces)
        if piece
    ]


@cache  # of a build, in which no notebook changes
def chapters(app):
    """Return each chapter's page and notebook, by its number."""
    return {
        int(chapter_number(name)): (name, read_notebook(app.env, name))
        for name in chapter_names(app.env)
    }


@cache
def needs_of(app):
    """Return what each chapter needs, by its number."""
    return {
        number: needed_chapters(found[1]) for number, found in chapters(app).items()
    }


def lines_of(app, docname):
    """Return the lines about exercises of the page docname."""
    marks = app.env.get_doctree(docname).findall(GeneratedNode)
    notes = [mark["lines"][1:] for mark in marks if mark["generator"] == NOTES]
    return trained(line for lines in notes for line in lines)


def minutes_of(app, docname):
    """Return each chapter's minutes: to read, and for exercises but an evening's."""
    found = {n: [reading_minutes(book), 0] for n, (_, book) in chapters(app).items()}
    for number, minutes, _ in lines_of(app, docname):
        chapter = int(number.partition(".")[0])
        if chapter in found and minutes < EVENING:
            found[chapter][1] += minutes
    return found


def number_links(app, docname, numbers):
    """Return the numbers of chapters, each a link, or a dash."""
    made = chapters_named(app, docname, "", numbers)[1:]
    return made or [nodes.Text("–")]


def course_table(app, docname, lines):
    """Make the table of chapters, and say which ones no other needs."""
    needs, minutes = needs_of(app), minutes_of(app, docname)
    rows = []
    for number, (name, notebook) in chapters(app).items():
        read, exercises = minutes[number]
        seconds = notebook["metadata"].get("book", {}).get("seconds") or 0
        label = f"{number}. {chapter_title(app.env, name)}"
        figures = [f"{read}\xa0min", f"{exercises}\xa0min", f"{seconds:.0f}\xa0s"]
        rows.append(
            [
                [link(app, docname, name, [nodes.Text(label)])],
                *([nodes.Text(figure)] for figure in figures),
                number_links(app, docname, needs[number]),
                number_links(app, docname, in_need(needs, number)),
            ]
        )
    head = ["Chapter", "Reading", "Exercises", "Run", "Needs", "Needed by"]
    ends = [number for number in needs if not in_need(needs, number)]
    said = chapters_named(app, docname, "No other chapter needs", ends)
    ending = nodes.Text(": leave out any of them.")
    return [
        make_table(head, rows, ["course"]),
        nodes.paragraph("", "", *said, ending),
    ]


def courses(app, docname, lines):
    """Make the list of courses; warn of one that lacks what its chapters need."""
    needs, minutes = needs_of(app), minutes_of(app, docname)
    made = []
    for name, listed, said in parted(lines, 3):
        course = [int(number) for number in listed.split()]
        if unknown := set(course) - set(needs):
            logger.warning("%r has no chapters %s", name, unknown, location=docname)
            continue
        if missing := left_out(needs, course):
            logger.warning("%r also needs %s", name, missing, location=docname)
        read, exercises = (sum(minutes[n][part] for n in course) for part in (0, 1))
        took = f": {duration(read)} to read, {duration(exercises)} of exercises."
        links = number_links(app, docname, course)
        meaning = nodes.definition(
            "",
            nodes.paragraph("", "", *inline(said)),
            nodes.paragraph("", "", nodes.Text("Chapters "), *links, nodes.Text(took)),
        )
        made.append(nodes.definition_list_item("", nodes.term("", name), meaning))
    return [nodes.definition_list("", *made, classes=["courses"])]


def class_links(app, docname, lines):
    """Make the table of addresses, and the list for a hub in a fold."""
    options = app.config.html_theme_options
    repository = options.get("repository_url", "")
    branch = options.get("repository_branch", "main")
    rows, hub = [], []
    for number, (name, _) in chapters(app).items():
        title = f"{number}. {chapter_title(app.env, name)}"
        path = f"{name}.ipynb"
        addresses = {
            "Colab": colab_address(app, name),
            "Binder": binder_address(repository, branch, path),
        }
        unseen = f'<span class="unseen">Chapter {number} in </span>'
        links = [
            nodes.reference("", "", raw(unseen), nodes.Text(place), refuri=address)
            for place, address in addresses.items()
        ]
        rows.append([[nodes.Text(title)], *([made] for made in links)])
        hub.append(hub_address(repository, branch, path))
    table = make_table(["Chapter", "In Colab", "On Binder"], rows, ["class-links"])
    block = nodes.literal_block("", "\n".join(hub), language="none")
    opening = "<details><summary>The links for a hub, chapter by chapter</summary>\n"
    return [table, raw(opening), block, raw("</details>")]


class TeachingNotes(SphinxDirective):
    """A section for each chapter, to be filled when the page is written."""

    has_content = True

    def run(self):
        """Return the sections, each with a mark that holds its lines."""
        try:
            lines = trained(self.content)
        except ValueError as error:
            raise self.error(f"a line is 'number | minutes | what': {error}") from None
        books = {n: read_notebook(self.env, n) for n in chapter_names(self.env)}
        numbers = [
            number
            for name, book in books.items()
            for number in exercise_numbers(chapter_number(name), book)
        ]
        for problem in line_problems(numbers, lines):
            logger.warning("%s: %s", NOTES, problem, location=self.get_location())
        by_chapter = {
            chapter: [" | ".join(map(str, line)) for line in found]
            for chapter, found in groupby(lines, lambda line: line[0].partition(".")[0])
        }
        made = []
        for name, book in books.items():
            self.env.note_dependency(self.env.doc2path(name))
            number = chapter_number(name)
            title = HEADING.search("".join(book["cells"][0]["source"]))[1]
            section = nodes.section("", nodes.title("", title), ids=[f"notes-{number}"])
            self.state.document.note_explicit_target(section)
            kept = [name, *by_chapter.get(number, ())]
            section += GeneratedNode(generator=NOTES, lines=kept)
            made.append(section)
        return made


def chapter_notes(app, docname, lines):
    """Make what the page says of one chapter: facts, skills, exercises."""
    name, *lines = lines
    number = int(chapter_number(name))
    notebook, needs = read_notebook(app.env, name), needs_of(app)
    found = trained(lines)
    total = sum(minutes for _, minutes, _ in found)
    seconds = notebook["metadata"].get("book", {}).get("seconds") or 0
    parts = [
        [nodes.strong("", f"{reading_minutes(notebook)} min"), nodes.Text(" to read")],
        [nodes.strong("", f"{total} min"), nodes.Text(" for all exercises")],
        [nodes.Text("runs in "), nodes.strong("", f"{seconds:.0f} s")],
        chapters_named(app, docname, "needs", needs[number]),
        chapters_named(app, docname, "needed by", in_need(needs, number)),
    ]
    entries = [
        nodes.list_item("", nodes.paragraph("", "", *inline(skill)))
        for skill in skills(notebook)
    ]
    rows = [
        row
        for line in found
        if line[0] in BY_NUMBER  # else the build has warned of it
        for row in exercise_rows(app, docname, name, line)
    ]
    told_apart = f'<span class="unseen"> in chapter {number}</span>'
    return [
        facts_list(parts),
        raw(f"<details><summary>What students will do{told_apart}</summary>\n"),
        nodes.bullet_list("", *entries),
        raw("</details>"),
        table_of(rows),
    ]


def table_of(rows):
    """Make the table of a chapter's exercises."""
    table = make_table(["Exercise", "What it trains", "Minutes"], [], ["lessons"])
    next(table.findall(nodes.tbody)).extend(rows)
    return table


def exercise_rows(app, docname, chapter, line):
    """Make an exercise's row, and one for what it says to wrong answers."""
    number, minutes, what = line
    exercise = BY_NUMBER[number]
    there = link(
        app,
        docname,
        chapter,
        [nodes.Text(f"{number} {exercise.title}")],
        f"exercise-{number.replace('.', '-')}",
    )
    rows = [make_row([[there], inline(what), [nodes.Text(str(minutes))]])]
    answers = wrong_answers(exercise)
    if answers:
        rows.append(answers_row(number, answers))
    return rows


def answers_row(number, answers):
    """Make a table's row with one fold, which holds wrong answers."""
    items = []
    for code, sentence in answers:
        shown = [nodes.literal("", code), nodes.Text(" – ")] if code else []
        items.append(
            nodes.list_item("", nodes.paragraph("", "", *shown, *inline(sentence)))
        )
    count = f"{len(answers)} wrong answers" if answers[1:] else "1 wrong answer"
    opening = (
        f'<details class="answers"><summary>{count}<span class="unseen"> to exercise '
        f"{number}</span>, and what it says to each</summary>\n"
    )
    fold = [raw(opening), nodes.bullet_list("", *items), raw("</details>")]
    return nodes.row("", nodes.entry("", *fold, morecols=2), classes=["answered"])


def setup(app):
    """Add the directives."""
    add_generator(app, "course-table", course_table)
    add_generator(app, "courses", courses)
    add_generator(app, "class-links", class_links)
    add_generator(app, NOTES, chapter_notes)
    app.add_directive(NOTES, TeachingNotes, override=True)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
