"""Links to papers lead to the bibliography, on the site alone.

A chapter cites a paper by an ordinary link to it, ``[Dumoulin and Visin's
guide](https://arxiv.org/abs/1603.07285)``, because that also works in Colab, in Jupyter
and on GitHub. Where the address is that of an entry in ``book/references.bib``, the
page's link leads to the entry, which names the paper in full, leads on to it, and says
which chapters cite it.

The style ``book`` labels an entry by authors and year, with a letter where two papers
would share a label.
"""

from collections import Counter

from docutils import nodes
from from_notebooks import chapter_names, chapter_number
from links import note_place
from pybtex.backends.plaintext import Backend
from pybtex.plugin import register_plugin
from pybtex.richtext import Text
from pybtex.style.formatting.unsrt import Style
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.sorting.author_year_title import SortingStyle

# Where a paper can be read, by the field that says so.
ADDRESSES = {
    "url": "{}",
    "doi": "https://doi.org/{}",
    "eprint": "https://arxiv.org/abs/{}",
}

# --- labels -------------------------------------------------------------------


class AuthorYear(BaseLabelStyle):
    """Label entries "Shi et al., 2016a", as the text would cite them."""

    def format_labels(self, sorted_entries):
        """Return the entries' labels; those that would be equal get a letter."""
        labels = [label_of(entry) for entry in sorted_entries]
        repeated, used = Counter(labels), Counter()
        for label in labels:
            letter = chr(ord("a") + used[label]) if repeated[label] > 1 else ""
            used[label] += 1
            yield label + letter


class BookStyle(Style):
    """Pybtex' plain style, sorted and labelled by authors and year."""

    default_label_style = AuthorYear
    default_sorting_style = "book"


class Sorting(SortingStyle):
    """Sort by authors and year; what has no author, by its key."""

    def sorting_key(self, entry):
        """Return what an entry is sorted by."""
        author, year, title = super().sorting_key(entry)
        return author, year, entry.fields.get("key", title)


def label_of(entry):
    """Return the authors and the year of an entry; its key, if it has no author."""
    names = [
        str(Text.from_latex(" ".join(person.prelast_names + person.last_names)))
        for person in entry.persons.get("author", [])
    ]
    if not names:
        return entry.fields["key"]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{who}, {entry.fields['year']}"


# --- links --------------------------------------------------------------------


def paper_address(fields):
    """Return where the paper of an entry can be read, or None."""
    found = (
        form.format(fields[key]) for key, form in ADDRESSES.items() if key in fields
    )
    return next(found, None)


def listed(env):
    """Return the citations that the bibliographies list; or none."""
    return env.domains["cite"].citations if "cite" in env.domains else []


def papers(env):
    """Return the citations that have an address, by their addresses."""
    found = {paper_address(citation.entry.fields): citation for citation in listed(env)}
    found.pop(None, None)
    return found


def lead_to_the_bibliography(app, doctree, docname):
    """Turn links to listed papers into links to their entries."""
    known = papers(app.env)
    for link in doctree.findall(nodes.reference):
        citation = known.get(link.get("refuri"))
        page = citation and citation.bibliography_key.docname
        if page and page != docname:
            there = app.builder.get_relative_uri(docname, page)
            link["refuri"] = f"{there}#{citation.citation_id}"
            link["internal"] = True
            link["classes"].append("paper")


def note_addresses(app, doctree):
    """Remember the addresses that a page links to."""
    found = {link.get("refuri") for link in doctree.findall(nodes.reference)}
    all_addresses(app.env)[app.env.docname] = found


def all_addresses(env):
    """Return the addresses that the pages link to, by page name."""
    if not hasattr(env, "book_addresses"):
        env.book_addresses = {}
    return env.book_addresses


def forget_addresses(app, env, docname):
    """Drop the addresses of a page that is read anew or gone."""
    all_addresses(env).pop(docname, None)


def merge_addresses(app, env, docnames, other):
    """Take over the addresses that a parallel reader has found."""
    all_addresses(env).update(all_addresses(other))


def note_papers(app, env):
    """Make each entry a place that links can lead to, and show."""
    for citation in listed(env):
        entry = citation.formatted_entry
        note_place(
            env,
            citation.bibliography_key.docname,
            citation.citation_id,
            entry.label,
            entry.text.render(Backend()),
        )


def say_who_cites(app, doctree, docname):
    """Add to each entry of a bibliography the chapters that cite it.

    The numbers are text: ``links`` makes them links, as it does with all chapters.
    """
    env = app.env
    addresses = {c.citation_id: paper_address(c.entry.fields) for c in listed(env)}
    for entry in doctree.findall(nodes.citation):
        address = addresses.get(entry["ids"][0])
        numbers = [
            chapter_number(name)
            for name in chapter_names(env)
            if address in all_addresses(env).get(name, ())
        ]
        if address and numbers:
            entry += nodes.paragraph(
                "", f"Cited in {chapters(numbers)}.", classes=["cited"]
            )


def chapters(numbers):
    """Name chapters: "chapter 7", "chapters 4, 8 and 9"."""
    *first, last = numbers
    return f"chapters {', '.join(first)} and {last}" if first else f"chapter {last}"


def visit_citation(self, node):
    """Write an entry; docutils gives it a role that ARIA has dropped."""
    position = len(self.body)
    type(self).visit_citation(self, node)
    self.body[position:] = [
        part.replace(' role="doc-biblioentry"', ' role="listitem"')
        for part in self.body[position:]
    ]


def depart_citation(self, node):
    """End an entry."""
    type(self).depart_citation(self, node)


def setup(app):
    """Register the style and connect the rest to Sphinx."""
    register_plugin("pybtex.style.formatting", "book", BookStyle)
    register_plugin("pybtex.style.sorting", "book", Sorting)
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    app.connect("doctree-read", note_addresses)
    app.connect("env-purge-doc", forget_addresses)
    app.connect("env-merge-info", merge_addresses)
    app.connect("env-updated", note_papers)
    app.connect("doctree-resolved", lead_to_the_bibliography)
    app.connect("doctree-resolved", say_who_cites)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
