"""Explorables: elements that a reader moves, in prose and in the chapters' outputs.

``{explore} conv``
    The element <conv-explorer>, its options its attributes. The body is what shows
    where no script runs, and on paper::

        ```{explore} conv
        :n: 8
        :s: 2
        Which pixels each output reads.
        ```

A chapter's output carries element and script (``notebooks/lab/explore.py``). On the
site the script goes, and a page loads one with the elements that it shows, such as
``_static/explore-conv.js``.
"""

import inspect
import re
import sys
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

sys.path.append(str(Path(__file__).parents[2] / "notebooks"))

from lab import explore

CARRIED = re.compile(r"<script data-explore>.*?</script>", re.S)
ELEMENT = re.compile(r"<([\w-]+)")


class Explore(nodes.General, nodes.Element):
    """An explorable in prose; its children are what shows without a script."""


class ExploreDirective(SphinxDirective):
    """``{explore} name``; its arguments are checked as in a notebook."""

    required_arguments = 1
    has_content = True
    # What lab.explore's functions take; each refuses what it does not know.
    option_spec: ClassVar = {
        option: directives.unchanged
        for name in explore.NAMES
        for option in inspect.signature(getattr(explore, name)).parameters
    }

    def run(self):
        """Make the element, or say what is wrong."""
        name = self.arguments[0]
        for file in (__file__, explore.__file__):
            self.env.note_dependency(file)
        if name not in explore.NAMES:
            known = ", ".join(explore.NAMES)
            raise self.error(f"explore must name one of {known}, but names {name!r}")
        if not self.content:
            raise self.error(
                f"{{explore}} {name} is empty: its body is what shows without "
                "JavaScript and on paper, so say there what the element shows"
            )
        try:
            made = getattr(explore, name)(
                **{k: read(v) for k, v in self.options.items()}
            )
        except (TypeError, ValueError) as error:
            raise self.error(f"{{explore}} {name}: {error}") from None
        tags = explore.element(name, made.attributes, "").partition("\n")
        node = Explore(opening=tags[0], closing=tags[2].strip())
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def read(text):
    """Return an option's value: a whole number, yes (if empty) or no, or a text."""
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return {"": True, "true": True, "false": False}.get(text, text)


def visit_explore(self, node):
    """Open the element."""
    self.body.append(f"{node['opening']}\n")


def depart_explore(self, node):
    """Close the element."""
    self.body.append(f"{node['closing']}\n")


def keep(self, node):
    """Show what stands inside: nothing but HTML has the element itself."""


def strip_scripts(app, doctree):
    """Take the scripts out of a chapter's outputs."""
    for raw in doctree.findall(nodes.raw):
        if "<script data-explore>" in raw.rawsource + raw.astext():
            text = CARRIED.sub("", raw.astext())
            raw.children = [nodes.Text(text)]
            raw.rawsource = text


def shown(doctree):
    """Return the names of the explorables that a page shows, each once, in order."""
    written = [node["opening"] for node in doctree.findall(Explore)]
    written += [raw.astext() for raw in doctree.findall(nodes.raw)]
    tags = set(ELEMENT.findall("".join(written)))
    return [name for name in explore.NAMES if explore.tag(name) in tags]


def load_script(app, pagename, templatename, context, doctree):
    """Write the script of what a page shows, and let the page load it."""
    names = shown(doctree) if doctree is not None else []
    if names:
        file = f"explore-{'-'.join(names)}.js"
        folder = Path(app.outdir, "_static")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(explore.script(*names), encoding="utf-8")
        context["modules"] = [*context.get("modules", ()), file]
        context["sheets"] = [*context.get("sheets", ()), "explore.css"]


def setup(app):
    """Register the directive and connect the script to the pages."""
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (keep, keep))
    app.add_node(Explore, html=(visit_explore, depart_explore), **others)
    app.add_directive("explore", ExploreDirective)
    app.connect("doctree-read", strip_scripts)
    app.connect("html-page-context", load_script, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
