"""What once was wrong with the pages, as functions that list where it is so again.

Each takes a page that is open in Chromium (or a page's file), and returns sentences; an
empty list for a good page. ``test_page_checks.py`` proves that each can fail, and
``test_defects.py`` applies them to the book.
"""

import io
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import numpy as np
import page_checks
from PIL import Image

MARGIN = 6  # px around what has the focus, in which its outline shows
NEAR_WHITE = 240  # of 255
SCREEN = 900  # px below a fold that are seen together with it
WIDE_ENOUGH = 600  # px of the picture that a chat shows for a link
MENU_WORDS = re.compile(r"[\W_]*(pdf|Contents|Skip to|Search the book)\b")

# --- D1: focus

# An element of the book's own has a tree of its own, with the focus somewhere in it.
DEEPEST = """(() => {
    let node = document.activeElement;
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    return node;
})()"""
FOCUSED = (
    f"() => {{ const node = {DEEPEST};"
    """
    if (!node || node === document.body) return null;
    const name = (e) => e.tagName + '.' + [...e.classList].sort().join('.');
    let kind = '', parent = node;
    for (let i = 0; i < 4 && parent && parent !== document.body; i++) {
        kind += ' ' + name(parent);
        parent = parent.parentElement ?? parent.getRootNode().host;
    }
    const place = node.closest('.card') ?? node;
    const inside = ({left, right, top, bottom}) => {
        const x = Math.max(left, 0), y = Math.max(top, 0);
        return {x, y, width: Math.min(right, innerWidth) - x,
            height: Math.min(bottom, innerHeight) - y};
    };
    const lines = [...place.getClientRects()].map(inside);
    return {
        kind,
        box: inside(place.getBoundingClientRect()),
        edge: lines.reduce((sum, line) => sum + 2 * (line.width + line.height), 0),
        first: !node.__visited && (node.__visited = true),
        what: `${name(node)} "${(node.getAttribute('aria-label') ??
            node.textContent).trim().slice(0, 30)}"`,
    };
}"""
)
LOSE_FOCUS = f"() => {{ (window.__focused = {DEEPEST}).blur(); }}"
TAKE_FOCUS = "() => window.__focused.focus({preventScroll: true})"


def focus_problems(page, stops=1500):
    """Press Tab through a page; list what does not show that it has the focus.

    Pictures with and without the focus must differ by a contrast of 3, in as many
    pixels as a line 1.5 px wide around the element has.
    """
    found, kinds = [], set()
    page.evaluate("() => document.activeElement?.blur()")
    for _ in range(stops):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUSED)
        if focus is None or not focus["first"]:
            break
        if focus["kind"] in kinds:
            continue
        kinds.add(focus["kind"])
        if not focus_shows(page, focus):
            found.append(f"focus does not show: {focus['what']}")
    return found if kinds else ["nothing takes the focus"]


def focus_shows(page, focus):
    """Say whether a picture of what has the focus differs from one of it without."""
    box, size = focus["box"], page.viewport_size
    if min(box["width"], box["height"]) < 1:
        return False
    left, top = max(box["x"] - MARGIN, 0), max(box["y"] - MARGIN, 0)
    right = min(box["x"] + box["width"] + MARGIN, size["width"])
    bottom = min(box["y"] + box["height"] + MARGIN, size["height"])
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    with_focus = picture(page, clip)
    page.evaluate(LOSE_FOCUS)
    without = picture(page, clip)
    page.evaluate(TAKE_FOCUS)
    changed = np.count_nonzero(contrast(with_focus, without) >= 3)
    return changed >= 1.5 * focus["edge"]


def picture(page, clip=None):
    """Return a part of the window as an array of numbers from 0 to 255."""
    shot = page.screenshot(clip=clip, animations="disabled")
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))


def luminance(colours):
    """Return the relative luminance of colours, as WCAG defines it."""
    part = np.asarray(colours) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    """Return the contrast of colours, from 1 to 21, as WCAG defines it."""
    low, high = np.sort([luminance(one), luminance(other)], axis=0)
    return (high + 0.05) / (low + 0.05)


# --- colours of text, as computed: D2 and D12

TEXTS = """selector => {
    const rgb = (colour) => (colour.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
    const ground = (node) => {
        for (; node; node = node.parentElement) {
            const colour = rgb(getComputedStyle(node).backgroundColor);
            if (colour.length < 4 || colour[3] === 1) return colour.slice(0, 3);
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll(selector)]
        .filter(node => node.checkVisibility() && [...node.childNodes].some(
            child => child.nodeType === 3 && child.data.trim()))
        .map(node => [node.tagName.toLowerCase(), node.textContent.trim().slice(0, 30),
            rgb(getComputedStyle(node).color).slice(0, 3), ground(node)]);
}"""
PAPER = """() => {
    const colour = getComputedStyle(document.documentElement).backgroundColor;
    return colour === 'rgba(0, 0, 0, 0)' ? 'rgb(255, 255, 255)' : colour;
}"""


def contrast_problems(page, selector, least):
    """List texts whose colour is too near to their ground's."""
    texts = page.evaluate(TEXTS, selector)
    colours = np.reshape([text[2:] for text in texts], (-1, 2, 3))  # ink and ground
    ratios = contrast(colours[:, 0], colours[:, 1])
    return [
        f"contrast {ratio:.1f}: {tag} “{text}”"
        for (tag, text, *_), ratio in zip(texts, ratios)
        if ratio < least
    ]


# --- D2, D3: paper

FOLDED_ON_PAPER = """() => [...document.querySelectorAll('details')]
    .filter(fold => [...fold.children].some(node => node.tagName !== 'SUMMARY' &&
        !node.checkVisibility() && node.textContent.trim()))
    .map(fold => fold.querySelector('summary').textContent.trim())"""
# A box that scrolls cannot be divided, and its empty frame would stay behind; what fits
# on a page need not be.
DIVIDED_ON_PAPER = """() => {
    const found = [];
    const name = (node) => node.textContent.trim().replace(/\\s+/g, ' ').slice(0, 40);
    const whole = 'article :is(div.cell, figure, div.math)';
    for (const box of document.querySelectorAll(whole))
        if (!box.parentElement.closest('div.cell, figure') &&
                getComputedStyle(box).breakInside !== 'avoid')
            found.push(`is divided: ${name(box)}`);
    for (const box of document.querySelectorAll('article :is(pre, div)'))
        if (/auto|scroll|hidden/.test(getComputedStyle(box).overflow))
            found.push(`cannot be divided: ${name(box)}`);
    return found;
}"""


def paper_problems(page):
    """List what is wrong with a page on paper, in whatever colours it was seen."""
    page.emulate_media(media="print")
    found = []
    if page.evaluate(PAPER) != "rgb(255, 255, 255)":
        found.append(f"the paper is {page.evaluate(PAPER)}")
    found += contrast_problems(page, "h1, h2, h3, section > p:not([class])", 7)
    found += contrast_problems(page, ".cell_input pre", 7)
    found += contrast_problems(page, "article :not(svg *, math *)", 4.5)
    folded = page.evaluate(FOLDED_ON_PAPER)
    found += [f"a fold is not printed: {name}" for name in folded]
    found += page.evaluate(DIVIDED_ON_PAPER)
    page.emulate_media(media="screen")
    return found


# --- D4: predictions

# Of each closed prediction its question, what is read until it, its answer, and what is
# seen below it on the same screen.
PREDICTIONS = """screen => [...document.querySelectorAll('.predict')].map(fold => {
    fold.open = false;
    const end = fold.getBoundingClientRect().bottom;
    const summary = fold.querySelector('summary');
    const answer = fold.cloneNode(true);
    answer.querySelector('summary').remove();
    const texts = [...fold.closest('article').querySelectorAll(
        'h2, h3, p, li, td, th, pre, figcaption')]
        .filter(node => node.checkVisibility() && !node.closest('details:not([open])'));
    const place = (node) => node.getBoundingClientRect().top;
    return {
        question: summary.textContent.trim(),
        answer: answer.textContent,
        above: summary.textContent + ' ' + texts.filter(node => place(node) < end)
            .map(node => node.textContent).join(' '),
        below: texts.filter(node => node.tagName !== 'PRE')
            .filter(node => place(node) >= end && place(node) < end + screen)
            .map(node => node.textContent).join(' '),
    };
})"""
# Tuples; numbers with thousands' commas or decimals; other numbers from 10 up.
TELLING = re.compile(
    r"\(\d+(?:, \d+)+,?\)|(?<![\w.,])(?:\d{1,3}(?:,\d{3})+|\d+\.\d+|\d{2,})(?!\w)"
)


def telling(text):
    """Return the tuples, decimals and numbers from 10 up that a text holds."""
    return set(TELLING.findall(text))


def told_problems(page):
    """List the numbers of hidden answers that the text below the question tells.

    What stood above the question is given, and code and outputs below it compute
    something else, in which a number may come up again.
    """
    return [
        f"{number} is told below: {prediction['question']}"
        for prediction in page.evaluate(PREDICTIONS, SCREEN)
        for number in sorted(
            (telling(prediction["answer"]) & telling(prediction["below"]))
            - telling(prediction["above"])
        )
    ]


# --- D5, D6: figures


AN_ARRAY = "node => node.matches('.panel :is(img, svg:has([shape-rendering]))')"


def glare_problems(page):
    """List pictures with a white ground: their edges are white nearly all around.

    Panels that show an array are left out: there a white pixel is a number.
    """
    found = []
    for drawing in page.query_selector_all("article :is(img, figure svg)"):
        if not drawing.is_visible() or drawing.evaluate(AN_ARRAY):
            continue
        drawing.scroll_into_view_if_needed()
        shot = Image.open(io.BytesIO(drawing.screenshot(animations="disabled")))
        pixels = np.asarray(shot.convert("RGB")).min(axis=2)[2:-2, 2:-2]
        if min(pixels.shape) < 20:
            continue
        edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        if np.mean(edges > NEAR_WHITE) > 0.9:
            said = drawing.get_attribute("alt") or drawing.evaluate(
                "node => node.closest('[aria-label]')?.ariaLabel ?? ''"
            )
            found.append(f"a white ground: {said[:60]}")
    return found


CUT = """() => [...document.querySelectorAll('article :is(figure, .cell_output img)')]
    .filter(figure => {
        const parts = figure.tagName === 'IMG' ? [figure]
            : [...figure.querySelectorAll('.panel, img, svg')];
        // One drawing that is wider than a phone may scroll; a comparison may not.
        const panels = figure.querySelectorAll('.panel').length;
        if (panels > 4 || (panels === 1 && figure.querySelector('.wide-figure')))
            return false;
        return figure.checkVisibility() && parts.some(part => {
            const box = part.getBoundingClientRect();
            if (box.right > innerWidth + 1 || box.left < -1) return true;
            for (let node = part.parentElement; node; node = node.parentElement) {
                const frame = node.getBoundingClientRect();
                if (getComputedStyle(node).overflowX !== 'visible' &&
                        (box.right > frame.right + 1 || box.left < frame.left - 1))
                    return true;
            }
            return false;
        });
    })
    .map(figure => `cut at ${innerWidth} px: ` + (figure.id || figure.alt ||
        figure.textContent.trim()).slice(0, 60))"""


def cut_problems(page):
    """List figures of up to four panels that are not seen whole."""
    page.evaluate(page_checks.OPEN_FOLDS)
    return page.evaluate(CUT)


# --- D7: without JavaScript

LOOKS = """() => ['html', 'article p', 'article p a[href]', 'header', 'article pre']
    .map(selector => [selector, document.querySelector(selector)])
    .filter(([_, node]) => node)
    .map(([selector, node]) => {
        const {color, backgroundColor} = getComputedStyle(node);
        return [selector, color, backgroundColor];
    })"""
CHAPTERS_IN_SIGHT = """() => [...document.querySelectorAll('nav a[href]')].filter(
    link => link.checkVisibility() && link.getBoundingClientRect().width).length"""


def unscripted_problems(page, looks):
    """List what is wrong with a narrow page that is read without JavaScript.

    Parameters
    ----------
    page : playwright.sync_api.Page
        Of a context without JavaScript.
    looks : list
        What ``LOOKS`` gave for the page with JavaScript.
    """
    found = [
        f"{now[0]} looks otherwise: {now[1:]} instead of {before[1:]}"
        for now, before in zip(page.evaluate(LOOKS), looks, strict=True)
        if now != before
    ]
    if undrawn := page.evaluate(page_checks.UNDRAWN):
        found.append(f"{undrawn} formulas are not drawn")
    bar = page.locator("header").first
    if "rgba" in bar.evaluate("node => getComputedStyle(node).backgroundColor"):
        found.append("the text runs through the header")
    fold = page.locator("article details").first
    if fold.count():
        fold.locator("summary").first.click()
        if not fold.evaluate("fold => fold.open"):
            found.append("a fold does not open")
    menu = page.locator("header [popovertarget]").first
    if menu.count() and menu.is_visible():
        menu.click()
    if page.evaluate(CHAPTERS_IN_SIGHT) < 9:
        found.append("the chapters cannot be reached")
    return found


# --- D9, D10: places that links lead to

MARKS = """selector => [...document.querySelectorAll(selector)].map(node => {
    const style = getComputedStyle(node);
    return [node.id || node.closest('[id]')?.id, style.backgroundColor,
        [style.backgroundColor, style.boxShadow, style.outlineStyle].join(' ')];
})"""


def bar_problems(page, identifier):
    """Say so if the heading that one has jumped to gets a ground of its own."""
    headings = page.evaluate(MARKS, "article section[id] > :is(h2, h3)")
    grounds = {ground for name, ground, _ in headings if name != identifier}
    return [
        f"the heading {name} gets the ground {ground}"
        for name, ground, _ in headings
        if name == identifier and ground not in grounds
    ]


def mark_problems(page, selector, identifier):
    """Say so if the entry that one has jumped to looks like all others."""
    entries = {name: style for name, _, style in page.evaluate(MARKS, selector)}
    here = entries.pop(identifier, None)
    if here is None:
        return [f"there is no {identifier}"]
    return [f"{identifier} is not marked"] if here in entries.values() else []


# --- D11, D13: errors and labels

COLOURED_ERRORS = """() => {
    const found = [];
    const errors = '.output:is(.traceback, .error) pre';
    for (const text of document.querySelectorAll(errors)) {
        const plain = getComputedStyle(text).color;
        for (const span of text.querySelectorAll('span:not(.gr):not(:empty)'))
            if (getComputedStyle(span).color !== plain)
                found.push(`an error's text is coloured: ${span.textContent}`);
    }
    return found;
}"""
LABELS = """() => [...document.querySelectorAll('details > summary')].map(summary => {
    const exercise = summary.closest('.exercise');
    return [summary.textContent.trim(), exercise?.id ?? ''];
})"""


def label_problems(page):
    """List folds that a screen reader cannot tell apart, or that say nothing."""
    labels = [tuple(label) for label in page.evaluate(LABELS)]
    found = []
    for text, exercise in labels:
        where = f" in {exercise}" if exercise else ""
        if re.match(r"(Show|Fold|Hide) this cell", text):
            found.append(f"a label that says nothing: {text}")
        alike = [other for other in labels if other[0] == text]
        if len(alike) > len(set(alike)):
            found.append(f"several folds are called {text!r}{where}")
    return list(dict.fromkeys(found))


# --- D12: search

RESULTS = """() => [...document.querySelectorAll('#search-results li')].map(item => ({
    link: item.querySelector('a').getAttribute('href'),
    title: item.querySelector('a').textContent.trim(),
    snippet: (item.querySelector('p')?.textContent ?? '').replace(/\\s+/g, ' ').trim(),
}))"""


def result_problems(site, page):
    """List what is wrong with the results of a search that is shown."""
    found, snippets = [], set()
    results = page.evaluate(RESULTS)
    for result in results:
        link, snippet = result["link"], result["snippet"].strip(". …")
        if MENU_WORDS.match(result["snippet"]) or not snippet:
            found.append(f"{result['title']} begins with a menu: {snippet[:30]!r}")
        if snippet in snippets:
            found.append(f"{result['title']} shows what another result shows")
        snippets.add(snippet)
        found += page_checks.target_problems(site, "search.html", link)
    if 2 * sum("#" in result["link"] for result in results) <= len(results):
        found.append("most results name no section")
    return found


# --- D14: code that is cut

WIDE_CODE = """() => {
    const wide = [...document.querySelectorAll('article pre')].filter(
        node => node.checkVisibility() && node.scrollWidth - node.clientWidth >
            parseFloat(getComputedStyle(node).paddingRight));
    wide.forEach((node, number) => { node.dataset.wide = number; });
    return wide.map(node => [node.textContent.trim().slice(0, 40), node.tabIndex]);
}"""


def cut_code_problems(page, most=8):
    """List code that goes on at the right and does not show it, or takes no focus."""
    page.evaluate(page_checks.OPEN_FOLDS)
    page.wait_for_timeout(100)  # scripts follow what has been opened
    wide = page.evaluate(WIDE_CODE)
    found = [f"keys cannot scroll: {text}" for text, index in wide if index < 0]
    for number, (text, _) in enumerate(wide[:most]):
        code = page.locator(f"[data-wide='{number}']")
        before = right_edge(page, code)
        code.evaluate("node => { node.scrollLeft = node.scrollWidth; }")
        after = right_edge(page, code)
        if before < after + 8:
            found.append(f"does not show that it goes on: {text}")
    return found


def right_edge(page, code):
    """Return how much the lower right corner of code differs from its middle."""
    code.evaluate("node => node.scrollIntoView({block: 'end', behavior: 'instant'})")
    box = {side: round(length) for side, length in code.bounding_box().items()}
    # Below the last line, above the rounded corner.
    box |= {"y": box["y"] + box["height"] - 8, "height": 1}
    row = picture(page, box)[0].mean(axis=1)
    return abs(row[-4] - row[len(row) // 2])


# --- D15: the head and the foot


def head_problems(site, name, home):
    """List what a page's head lacks for search engines, chats and readers.

    Parameters
    ----------
    site : pathlib.Path
        The folder of the built site.
    name : str
        The page's path in it.
    home : str
        The address at which the site is published, or nothing.
    """
    page = page_checks.parsed(site / name)
    found = []
    if (number := len(page.select('meta[name="viewport"]'))) != 1:
        found.append(f"{number} viewports")
    parts = re.split(r" [-—–|·] ", page.title.get_text(strip=True))
    if len(parts) != len(set(parts)):
        found.append(f"the title says it twice: {page.title.get_text()}")
    if not name.endswith("index.html") and len(parts) < 2:
        found.append(f"the title names no page: {page.title.get_text()}")
    shared = not page.select('meta[name="robots"][content*="noindex"]')
    for kind in ("title", "image", "description") * shared:
        tags = page.select(f'meta[property="og:{kind}"]')
        if len(tags) != 1 or not tags[0].get("content", "").strip():
            found.append(f"no og:{kind}")
        elif kind == "image":
            found += card_problems(site, tags[0]["content"], home)
    for link in page.select('link[rel="canonical"]'):
        if link["href"] != f"{home}{name}" or not home:
            found.append(f"canonical: {link['href']}")
    return found


def card_problems(site, address, home):
    """Say what is wrong with the picture that a chat shows, in a list."""
    path = site / address.removeprefix(home)
    if urlsplit(str(address.removeprefix(home))).scheme or not path.is_file():
        return [f"no such picture: {address}"]
    with Image.open(path) as card:
        if card.format not in {"PNG", "JPEG"} or card.width < WIDE_ENOUGH:
            return [f"a chat does not show {address}: {card.format}, {card.width} px"]
    return []


def foot_problems(site, name):
    """Say so if a page's foot tells neither version nor date."""
    foot = page_checks.parsed(site / name).select("footer")
    text = " ".join(part.get_text(" ", strip=True) for part in foot)
    wanted = {"version": r"[Vv]ersion \d+\.\d+", "date": r"\b20\d\d-\d\d-\d\d\b"}
    return [f"no {what}" for what, how in wanted.items() if not re.search(how, text)]


def lost_problems(site, home):
    """List the links of the page for wrong addresses that depend on the address."""
    path = site / "404.html"
    if not path.is_file():
        return ["there is no 404.html"]
    page = page_checks.parsed(path)
    root = urlsplit(home).path or "/"
    base = page.base["href"] if page.base else ""
    found = []
    for tag in page.select("a[href], link[href], script[src], img[src]"):
        target = tag.get("href") or tag.get("src")
        if urlsplit(target).scheme or target.startswith("#"):
            continue
        where = urljoin(urljoin("/a/depth/without/end/", base), target)
        file = site / Path(urlsplit(where).path).relative_to("/")
        if where.startswith(root):
            file = site / urlsplit(where).path.removeprefix(root)
        if not where.startswith(root) or not file.exists():
            found.append(f"leads nowhere from a depth: {target}")
    return found if page.select("a[href]") else ["404.html leads nowhere"]


# --- small things

BROKEN_CODE = """() => [...document.querySelectorAll('article code.literal')]
    .filter(code => code.checkVisibility() && code.textContent.length <= 24 &&
        code.getClientRects().length > 1)
    .map(code => `short code is broken: ${code.textContent}`)"""
MOVING = """() => [...document.querySelectorAll('*')].filter(node => {
    const {transitionDuration, animationName} = getComputedStyle(node);
    return /[1-9]/.test(transitionDuration) || animationName !== 'none';
}).map(node => `moves: ${node.tagName.toLowerCase()}.${node.className}`)"""
UNSCROLLED = """() => [...document.querySelectorAll('article table')].filter(table => {
    const box = table.getBoundingClientRect();
    if (!table.checkVisibility() || box.right <= innerWidth) return false;
    let node = table;
    while (node && getComputedStyle(node).overflowX !== 'auto')
        node = node.parentElement;
    return !node || node.getBoundingClientRect().right > innerWidth;
}).map(table => `does not scroll: ${table.textContent.trim().slice(0, 40)}`)"""
SPILLED = """() => {
    const bar = document.querySelector('header'), box = bar.getBoundingClientRect();
    const parts = [...bar.children]
        .map(node => [node, node.getBoundingClientRect()])
        .filter(([_, {width}]) => width);
    const name = (node) => node.textContent.trim() || node.ariaLabel || node.className;
    const found = [];
    for (const [node, {left, right, top, bottom}] of parts) {
        if (left < box.left - 1 || right > box.right + 1 || top < box.top - 1 ||
                bottom > box.bottom + 1)
            found.push(`leaves the header: ${name(node)}`);
        for (const [other, them] of parts)
            if (other !== node && right > them.left + 1 && them.right > left + 1 &&
                    bottom > them.top + 1 && them.bottom > top + 1)
                found.push(`overlap: ${name(node)}, ${name(other)}`);
    }
    return found;
}"""


def large_text_problems(page):
    """List what does not fit when text alone is shown at 200 %."""
    page.add_style_tag(content="html { font-size: 200% !important }")
    return page_checks.overflow_problems(page) + page.evaluate(SPILLED)


def skip_problems(page):
    """Say so if the first tab stop does not lead past the menus."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("() => Boolean(document.activeElement.closest('main'))")
    return [] if inside else ["the first tab stop does not skip the menus"]
