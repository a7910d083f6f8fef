"""What runs a reader's code in the page, inside Pyodide.

`run` is "Try it here": one exercise, in names of its own. `Chapter` is "Prove it here":
the cells of a chapter, one after the other, in names that they share. Both return JSON.
"""

import ast
import contextlib
import io
import json
import traceback
from types import ModuleType

PRELUDE = """\
import numpy as np
from einops import rearrange, reduce, repeat
from lab import byhand, shapes
from lab.exercises import exercise
"""
# What a reader sees of what is printed, in characters; an endless loop may print.
MOST = 20_000
NAMES = {
    "h5py": "h5py",
    "keras": "Keras",
    "matplotlib": "Matplotlib",
    "scipy": "SciPy",
    "skimage": "scikit-image",
    "tensorflow": "TensorFlow",
    "tqdm": "tqdm",
}


class Sheet(io.StringIO):
    """What is printed, up to a length."""

    full = False

    def write(self, text):
        """Keep a text, or as much of it as there is room for."""
        room = MOST - self.tell()
        if not self.full:
            self.full = len(text) > room
            super().write(text[:room] + "\n… and more\n" if self.full else text)
        return len(text)


def execute(tree, names, filename):
    """Run a tree of statements; return the value of the last one, or None.

    Parameters
    ----------
    tree : ast.Module
    names : dict
        What the statements know. It grows.
    filename : str
        What a traceback calls the code.
    """
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, filename, "exec"), names)
        return None
    first = ast.Module(tree.body[:-1], tree.type_ignores)
    exec(compile(first, filename, "exec"), names)
    return eval(compile(ast.Expression(last.value), filename, "eval"), names)


def last_words(error, filename):
    """Return an error's name, message and line in the reader's code."""
    text = "".join(traceback.format_exception_only(error)).strip()
    if isinstance(error, SyntaxError):
        text, line = f"{type(error).__name__}: {error.msg}", error.lineno
    else:
        steps = traceback.extract_tb(error.__traceback__)
        lines = [step.lineno for step in steps if step.filename == filename]
        line = lines[-1] if lines else None
    return f"{text} (line {line})" if line else text


def known_names():
    """Return fresh names with what an exercise may use."""
    names = {"__name__": "__main__"}
    exec(PRELUDE, names)
    return names


def run(code):
    """Run a reader's answer to an exercise.

    Returns
    -------
    str
        JSON: ``text`` is all that is printed and the last value; ``error``, if any, is
        what it stopped at; ``verdict`` is the last value if it is one, with its
        ``status``: "right", "wrong" or "turn".
    """
    here, sheet = "<your code>", Sheet()
    answer = {"text": "", "error": None, "status": None, "verdict": None}
    with contextlib.redirect_stdout(sheet), contextlib.redirect_stderr(sheet):
        try:
            value = execute(ast.parse(code, here), known_names(), here)
            if hasattr(value, "status"):
                answer.update(status=value.status, verdict=repr(value))
            elif value is not None:
                print(repr(value))
        except BaseException as error:  # a reader's SystemExit, too
            answer["error"] = last_words(error, here)
    answer["text"] = sheet.getvalue()
    return json.dumps(answer)


# --- a chapter -----------------------------------------------------------------------


def touched(statements, names):
    """Return the names that some statements make, or whose things they change.

    Parameters
    ----------
    statements : list of ast.stmt
        They have not run, or not to their end.
    names : dict
        What is known. A generator of random numbers is changed by every use.
    """
    found = set()
    for node in (part for statement in statements for part in ast.walk(statement)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(one.asname or one.name).partition(".")[0] for one in node.names}
        elif isinstance(node, ast.Subscript | ast.Attribute | ast.Name):
            thing = names.get(base(node))
            if isinstance(node.ctx, ast.Store) or type(thing).__name__ == "Generator":
                found.add(base(node))
        elif is_method_called(node):  # such as table.append(row)
            found.add(base(node.value.func))
    return {name for name in found if not isinstance(names.get(name), ModuleType)}


def is_method_called(node):
    """Whether a statement calls a method and does nothing with what it returns."""
    called = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    return called and isinstance(node.value.func, ast.Attribute)


def base(node):
    """Return the name that an expression such as ``table[row].size`` begins with."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def one_by_one(statement):
    """Cut an import of several names into imports of one."""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return [statement]
    cut = []
    for one in statement.names:
        copy = type(statement)(**{**vars(statement), "names": [one]})
        cut.append(copy)
    return cut


class Chapter:
    """The cells of a chapter, in order, as far as they run without what is not here."""

    def __init__(self):
        self.names = {"__name__": "__main__"}
        # What is not here, by the name that a cell would have made of it.
        self.absent = {}

    def need(self, error):
        """Return what an error says is not here, or None if it is an error indeed."""
        if isinstance(error, ModuleNotFoundError):
            top = (error.name or "").partition(".")[0]
            # einops.layers is for other libraries, and comes with none of them.
            return "Keras" if top == "einops" else NAMES.get(top, top)
        if isinstance(error, FileNotFoundError) and "make data" in str(error):
            return "the book's data"
        if isinstance(error, NameError):
            return self.absent.get(error.name)
        return None

    def run(self, code):
        """Run a cell.

        A cell that needs what is not here goes no further, but for its imports; the
        names that it would have made are then known to be absent, and older values of
        them are forgotten.

        Returns
        -------
        str
            JSON: ``text`` is what it printed, ``value`` its last value, ``error`` what
            it stopped at, and ``needs`` what it needs that is not here.
        """
        here, sheet, value = "<cell>", io.StringIO(), None
        answer = {"text": "", "value": None, "error": None, "needs": None}
        try:
            tree = ast.parse(code, here)
        except SyntaxError:  # a cell of IPython's
            return json.dumps({**answer, "needs": "IPython"})
        body = [one for statement in tree.body for one in one_by_one(statement)]
        with contextlib.redirect_stdout(sheet), contextlib.redirect_stderr(sheet):
            for place, statement in enumerate(body):
                try:
                    value = execute(ast.Module([statement], []), self.names, here)
                except BaseException as error:
                    needed = self.need(error)
                    if needed is None:
                        answer["error"] = self.said(error)
                        break
                    answer["needs"] = answer["needs"] or needed
                    imports = all(
                        isinstance(one, ast.Import | ast.ImportFrom | ast.With)
                        for one in body[: place + 1]
                    )
                    lost = body[place : place + 1 if imports else None]
                    for name in touched(lost, self.names):
                        self.names.pop(name, None)
                        self.absent[name] = needed
                    if not imports:
                        break
                else:
                    for name in self.absent.keys() & self.names.keys():
                        del self.absent[name]
        answer["text"] = sheet.getvalue()
        if value is not None and not answer["error"]:
            answer["value"] = repr(value)
        return json.dumps(answer)

    @staticmethod
    def said(error):
        """Return an error's name and message, as a notebook stores them."""
        return f"{type(error).__name__}: {error}"
