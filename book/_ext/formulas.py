"""Formulas as MathML, made at build: no script, and a formula is text like any other.

latex2mathml reads the TeX. What it does not know it passes through as text that begins
with a backslash; such a formula is a warning, and so fails the build.
"""

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

logger = logging.getLogger(__name__)

# TeX that latex2mathml reads otherwise than TeX does, and what it reads alike.
MENDS = (
    # A bar from \lvert stretches over what stands in the line; the sign does not.
    (re.compile(r"\\[lr]vert\b"), "|"),
    # It knows "align*", which is the same within a formula.
    (re.compile(r"\\(begin|end)\{aligned\}"), r"\\\1{align*}"),
)
# It takes brackets that round for letters, and would set them apart as such.
ROUNDING = re.compile(r"<mi>(&#x0230[89AB];)</mi>")
# A norm's bars stretch all the same, unless they are no operators.
NORM = re.compile(r"<mo[^>]*>(&#x02016;)</mo>")
# On a line of its own, what a maximum runs over stands below it.
LIMITS = re.compile(r"<msub>(<mo>max</mo><mrow>(?:(?!<msub>).)*?</mrow>)</msub>")
# A sign after a bracket, an equals sign or a comma stands close to its number.
SIGN = re.compile(
    r"(<mo[^>]*>(?:&#x00028;|&#x0003D;|&#x0002C;)</mo>)<mo>(&#x02212;|&#x0002B;)</mo>"
)
STRETCHED_BAR = re.compile(r'<mo stretchy="true"([^>]*)>(&#x0007C;|\|)</mo>')
UNKNOWN = re.compile(r"<m[ion][^>]*>(\\[^<]*)</m")


def mathml(tex, display=False):
    r"""Return a formula as a ``<math>`` element.

    Parameters
    ----------
    tex : str
    display : bool
        On a line of its own; lines end with ``\\`` and are aligned at ``&``.

    Raises
    ------
    ValueError
        If the formula holds what cannot be read.
    """
    for pattern, replacement in MENDS:
        tex = pattern.sub(replacement, tex)
    tex = tex.strip()
    if display and re.search(r"\\\\|&", tex) and r"\begin" not in tex:
        tex = rf"\begin{{align*}}{tex}\end{{align*}}"
    try:
        made = convert(tex, display="block" if display else "inline")
    except Exception as error:  # its errors share no class
        raise ValueError(f"{type(error).__name__}: {error}") from error
    unknown = UNKNOWN.search(made)
    if unknown:
        raise ValueError(f"{unknown[1]} is unknown")
    made = ROUNDING.sub(r'<mo stretchy="false">\1</mo>', made)
    made = NORM.sub(r"<mi>\1</mi>", made)
    made = SIGN.sub(r'\1<mo form="prefix">\2</mo>', made)
    if display:
        made = LIMITS.sub(r"<munder>\1</munder>", made)
    return STRETCHED_BAR.sub(r'<mo stretchy="false"\1>\2</mo>', made)


def written(node, display):
    """Return a node's formula; warn where it cannot be read."""
    try:
        return mathml(node.astext(), display)
    except ValueError as problem:
        logger.warning("formula %r: %s", node.astext(), problem, location=node)
        return ""


def visit_inline(self, node):
    """Write a formula in a line."""
    self.body.append(f'<span class="math">{written(node, False)}</span>')
    raise nodes.SkipNode


def visit_display(self, node):
    """Write a formula on a line of its own."""
    self.body.append(f'<div class="math">{written(node, True)}</div>\n')
    raise nodes.SkipNode


def setup(app):
    """Register the renderer; ``html_math_renderer: mathml`` chooses it."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
