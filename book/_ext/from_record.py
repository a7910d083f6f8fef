"""What was proved, when and on what: tables and shares from book/proof.json.

``{proof} machines``, ``{proof} versions``, ``{proof} score``
    A directive: when and where that part of the record was written, and its table.
``{noticed}`03``, ``{noticed}`all``
    A role: what share of wrong numbers above 10 and decimals the tests notice in one
    chapter, or in all.
"""

import json
from pathlib import Path

from docutils import nodes
from from_notebooks import NAMES, make_table
from sphinx.util.docutils import SphinxDirective, SphinxRole

LARGE = "above 10 and decimals"
KINDS = {LARGE: "above 10, decimals", "up to 10": "up to 10", "in words": "in words"}


def record(app_or_env):
    """Return the record; an empty one where no target has written it yet."""
    path = Path(app_or_env.srcdir, "book", "proof.json")
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def text(said):
    """Return a table's cell."""
    return [nodes.Text(str(said))]


def share(tallies):
    """Return how many of some wrong numbers were noticed, in per cent, and how many."""
    wrong, noticed = (sum(part) for part in zip(*tallies))
    return f"{100 * noticed / wrong:.0f}", wrong


def cell(tallies):
    """Return a table's cell: "94 % of 120"."""
    return text("{} % of {}".format(*share(tallies)))


def runs_table(part):
    """Make the table of runs by chapters: how many cells gave what is stored."""
    numbers = sorted({n for run in part["runs"].values() for n in run["chapters"]})
    rows = []
    for name, run in part["runs"].items():
        counts = [run["chapters"].get(number) for number in numbers]
        rows.append([text(name), *(text(verdict(count)) for count in counts)])
    head = ["Run", *(number.lstrip("0") for number in numbers)]
    return [make_table(head, rows, ["proof"])]


def verdict(count):
    """Return how many cells agreed, or how many of them did not."""
    if count is None:
        return "not run"
    cells, failed = count
    return f"{failed} of {cells} differ" if failed else str(cells)


def versions_table(part):
    """Make the table of runs, and one of the versions that each of them had."""
    libraries = list(next(iter(part["runs"].values()))["versions"])
    rows = [
        [
            text(name.rpartition(", Python")[0]),
            *(text(run["versions"][library]) for library in libraries),
        ]
        for name, run in part["runs"].items()
    ]
    head = ["Set", *(NAMES.get(library, library) for library in libraries)]
    return [*runs_table(part), make_table(head, rows, ["versions"])]


def score_table(part):
    """Make the table of wrong numbers: what share of each kind was noticed."""
    chapters = part["chapters"] | {"All": merged(part["chapters"].values())}
    rows = [
        [
            text(number.lstrip("0")),
            *(cell(of_kind(tallies, kind)) for kind in KINDS),
            cell([tallies["code"]]) if "code" in tallies else text("–"),
        ]
        for number, tallies in chapters.items()
    ]
    head = ["Chapter", *KINDS.values(), "code, one token"]
    return [make_table(head, rows, ["proof"])]


def of_kind(tallies, kind):
    """Return the tallies of one kind of number, in both ways of going wrong."""
    return [tally for name, tally in tallies.items() if name.startswith(f"{kind},")]


def merged(chapters):
    """Return the sums of the chapters' tallies, by kind."""
    names = {name for tallies in chapters for name in tallies}
    return {
        name: [sum(p) for p in zip(*(t[name] for t in chapters if name in t))]
        for name in names
    }


TABLES = {"machines": runs_table, "versions": versions_table, "score": score_table}


class Proof(SphinxDirective):
    """A part of the record: one sentence, and its table."""

    required_arguments = 1

    def run(self):
        """Return the sentence and the table."""
        self.env.note_dependency(str(Path(self.env.srcdir, "book", "proof.json")))
        part = record(self.env).get(self.arguments[0])
        if part is None:
            return [nodes.paragraph("", "Not recorded yet.")]
        where = f" on {part['processor']}" if "processor" in part else ""
        said = nodes.paragraph("", f"Measured on {part['date']}{where}.")
        return [said, *TABLES[self.arguments[0]](part)]


class Noticed(SphinxRole):
    """The share of wrong numbers above 10 and decimals that the tests notice."""

    def run(self):
        """Return the share as text."""
        self.env.note_dependency(str(Path(self.env.srcdir, "book", "proof.json")))
        chapters = record(self.env).get("score", {}).get("chapters", {})
        if self.text != "all":
            chapters = {self.text: chapters.get(self.text, {})}
        tallies = of_kind(merged(chapters.values()), LARGE)
        if not tallies:
            return [nodes.Text("an unknown share")], []
        percent, _ = share(tallies)
        # A number and its sign stay on one line.
        return [nodes.Text(f"{percent}\N{NO-BREAK SPACE}%")], []


def setup(app):
    """Add the directive and the role."""
    app.add_directive("proof", Proof)
    app.add_role("noticed", Noticed())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
