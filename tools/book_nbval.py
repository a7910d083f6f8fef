"""What nbval does not do when it runs the chapters, as subclasses of its two classes.

Loaded by conftest.py. nbval leaves pictures out; here each is compared with the stored
one, and so is its form for the site. And the numbers of the text that are bound to an
expression (`said`) are evaluated in the kernel, after the cell above them.
"""

import ast
import json
import shutil
from functools import cached_property
from itertools import zip_longest

import compared_pictures
import pytest
import said
from nbval.plugin import IPyNbCell, IPyNbFile

PATIENCE = 20  # seconds for all bindings below a cell


class BookFile(IPyNbFile):
    """A chapter."""

    @property
    def picture_folder(self):
        """Where the pictures of this chapter that differ are kept, to be looked at."""
        return self.config.rootpath / "_build" / "pictures" / self.path.stem

    @cached_property
    def by_pixels(self):
        """Whether figures are drawn here exactly as in the locked environment."""
        return not other_versions(self.config)

    @cached_property
    def bindings(self):
        """The numbers of the text to check after each cell, by the cell's number."""
        return said.bindings_after(self.nb)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.skip_compare += (compared_pictures.SITE_FORM,)

    def setup(self):
        """Start the kernel, and forget the pictures of the run before."""
        shutil.rmtree(self.picture_folder, ignore_errors=True)
        super().setup()

    def collect(self):
        """Yield nbval's cells as cells of this book."""
        for cell in super().collect():
            yield BookCell.from_parent(
                self,
                name=cell.name,
                cell_num=cell.cell_num,
                cell=cell.cell,
                options=cell.options,
            )


class BookCell(IPyNbCell):
    """A code cell of a chapter."""

    def runtest(self):
        """Do what nbval does, and then check the numbers that the text binds."""
        super().runtest()
        bindings = self.parent.bindings.get(self.cell_num)
        if bindings and (wrong := self.wrong_bindings(bindings)):
            self.raise_cell_error("A number of the text is not so", "\n".join(wrong))

    def wrong_bindings(self, bindings):
        """Return a sentence for each binding whose expression gives other numbers."""
        answers = self.ask([binding.code for binding in bindings])
        return [
            f"The text says {binding.said}, but {binding.code} gives {answer}."
            for binding, answer in zip(bindings, answers)
            if isinstance(answer, str) or not binding.agrees(answer)
        ]

    def ask(self, expressions):
        """Evaluate expressions in the kernel, which forgets that it was asked.

        Returns
        -------
        list
            For each expression the list of its numbers, or what went wrong, as text.
        """
        kernel = self.parent.kernel
        numbers = "[float(v) for v in __import__('numpy').ravel({})]"
        dumped = f"__import__('json').dumps({numbers})"
        request = kernel.kc.execute(
            "",
            silent=True,
            store_history=False,
            user_expressions={e: dumped.format(e) for e in expressions},
        )
        while True:
            reply = kernel.get_message("shell", timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == request:
                break
        answers = reply["content"]["user_expressions"]
        return [
            json.loads(ast.literal_eval(answer["data"]["text/plain"]))
            if answer["status"] == "ok"
            else f"{answer['ename']}: {answer['evalue']}"
            for answer in map(answers.get, expressions)
        ]

    def compare_outputs(self, test, ref, skip_compare=None):
        """Compare what nbval compares, then the pictures, then their forms."""
        same = super().compare_outputs(test, ref, skip_compare)
        wrong = self.differing_pictures(test, ref) + self.differing_forms(test, ref)
        self.comparison_traceback += wrong
        return same and not wrong

    def differing_pictures(self, test, ref):
        """Return a sentence for each picture that differs, and keep it on the disk."""
        stored, drawn = map(compared_pictures.pictures, (ref, test))
        by_pixels = self.parent.by_pixels
        verdicts = [
            compared_pictures.compare(*pair, by_pixels)
            for pair in zip_longest(stored, drawn)
        ]
        # The report carries these from the workers to `pytest_terminal_summary`.
        self.user_properties.append(("pictures", [v.score for v in verdicts]))
        return [
            self.complain(verdict, number if len(verdicts) > 1 else None)
            for number, verdict in enumerate(verdicts, 1)
            if verdict.problem
        ]

    def differing_forms(self, test, ref):
        """Return a sentence for each form for the site that differs."""
        stored, drawn = map(compared_pictures.site_forms, (ref, test))
        problems = (
            compared_pictures.form_problem(*pair, self.parent.by_pixels)
            for pair in zip_longest(stored, drawn)
        )
        return [f"Cell {self.cell_num}: {problem}." for problem in problems if problem]

    def complain(self, verdict, number):
        """Keep the pictures of a verdict; return what is wrong and where they lie."""
        name = f"cell-{self.cell_num:02}" + (f"-picture-{number}" if number else "")
        paths = compared_pictures.keep(self.parent.picture_folder, name, verdict)
        kept = ", ".join(str(p.relative_to(self.config.rootpath)) for p in paths)
        which = f"Cell {self.cell_num}" + (f", picture {number}" if number else "")
        return f"{which}: {verdict.problem}." + (f"\nSee {kept}." if kept else "")


def other_versions(config):
    """Say what differs from the locked environment of the tests' root folder."""
    locked = (config.rootpath / "requirements.txt").read_text()
    return compared_pictures.other_versions(locked)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Make chapters of this book of the notebooks that nbval collects."""
    collectors = yield
    return [
        BookFile.from_parent(parent, path=file_path) if type(c) is IPyNbFile else c
        for c in collectors
    ]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter):
    """Say how many pictures were compared, how closely, and which is worst."""
    scores = [
        (score, report.nodeid)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, scores in report.user_properties
        if name == "pictures"
        for score in scores
    ]
    if not scores:
        return
    terminalreporter.section("pictures")
    terminalreporter.line(summary(scores, other_versions(terminalreporter.config)))


def summary(scores, other):
    """Return the line on all pictures.

    Parameters
    ----------
    scores : list of (float or None, str)
        How much of the allowed difference each picture has, and the cell that drew it.
    other : list of str
        What differs from the locked environment.
    """
    if other:
        return (
            f"{len(scores)} compared with the stored ones in kind and size only, "
            f"because {' and '.join(other)}"
        )
    measured = [pair for pair in scores if pair[0] is not None]
    equal = sum(score == 0 for score, _ in measured)
    line = (
        f"{len(scores)} compared with the stored ones, pixel by pixel; "
        f"{equal} are equal"
    )
    if equal == len(measured):
        return line
    worst, where = max(measured)
    return f"{line}, the largest difference is {worst:.0%} of the allowed one ({where})"
