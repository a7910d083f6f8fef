"""Links to papers lead to the bibliography, on the site alone.

A chapter cites a paper by an ordinary link to it, ``[Dumoulin and Visin's
guide](https://arxiv.org/abs/1603.07285)``, because that also works in Colab, in Jupyter
and on GitHub. Where the address is that of an entry in ``book/references.bib``, the
page's link leads to the entry, which names the paper in full and leads on to it.
"""

from docutils import nodes


def paper_address(fields):
    """Return where the paper of an entry can be read, or None."""
    if "url" in fields:
        return fields["url"]
    return f"https://doi.org/{fields['doi']}" if "doi" in fields else None


def papers(env):
    """Return the citations that the bibliography lists, by the papers' addresses."""
    citations = env.get_domain("cite").citations
    return {paper_address(citation.entry.fields): citation for citation in citations}


def lead_to_the_bibliography(app, doctree, docname):
    """Turn links to listed papers into links to their entries."""
    if not app.registry.has_domain("cite"):
        return
    known = papers(app.env)
    for link in doctree.findall(nodes.reference):
        citation = known.get(link.get("refuri"))
        page = citation and citation.bibliography_key.docname
        if page and page != docname:
            there = app.builder.get_relative_uri(docname, page)
            link["refuri"] = f"{there}#{citation.citation_id}"
            link["internal"] = True
            link["classes"].append("paper")


def setup(app):
    """Connect it to Sphinx."""
    app.connect("doctree-resolved", lead_to_the_bibliography)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
