/* A card beside a link that shows what the link leads to.

   The text comes with the link, as data-preview: a head, a line's end, a text. So nothing
   is fetched, and a page opened from a folder has its cards, too. (Browsers refuse to
   load modules from a folder; this file is a deferred script, and would do as a module.)

   After WCAG 1.4.13: the pointer can move onto the card, Escape takes it away, and it
   stays as long as pointer or focus do. A finger has no way to hover; it follows links. */
{
  const WAIT = 150; // ms, before a card comes and before it goes
  const card = document.createElement("div");
  card.id = card.className = "preview-card";
  card.hidden = true;
  card.setAttribute("role", "tooltip");
  let shown = null; // the link whose card it is
  let timer;

  const linkOf = (event) => event.target.closest?.("a[data-preview]");

  /** A drawing that stands on this page, small; its ids stay with the original. */
  const drawingOf = (link) => {
    const here = link.origin === location.origin && link.pathname === location.pathname;
    const id = here && decodeURIComponent(link.hash.slice(1));
    const target = id ? document.getElementById(id) : null;
    const copy = target?.querySelector(":scope > .panels")?.cloneNode(true);
    copy?.setAttribute("aria-hidden", "true");
    for (const part of copy?.querySelectorAll("[id]") ?? []) part.removeAttribute("id");
    return copy ? [copy] : [];
  };

  const fill = (link) => {
    const [head, ...text] = link.dataset.preview.split("\n");
    const parts = [["strong", head], ["p", text.join(" ")]].filter(([, words]) => words);
    card.replaceChildren(
      ...drawingOf(link),
      ...parts.map(([tag, words]) =>
        Object.assign(document.createElement(tag), { textContent: words }),
      ),
    );
  };

  /** Put the card below the link's last line, or above its first where no room is. */
  const place = (link) => {
    card.style.left = card.style.top = 0;
    const [lines, from] = [[...link.getClientRects()], card.getBoundingClientRect()];
    const [first, last] = [lines[0], lines.at(-1)];
    const right = document.documentElement.clientWidth - from.width - 8;
    const below = last.bottom + from.height + 8 < innerHeight;
    const top = below ? last.bottom + 4 : first.top - from.height - 4;
    const left = below ? last.left : first.left;
    card.style.left = `${Math.max(8, Math.min(left, right)) - from.left}px`;
    card.style.top = `${top - from.top}px`;
  };

  const hide = () => {
    clearTimeout(timer);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    card.hidden = true;
  };

  const show = (link) => {
    hide();
    if (!link.isConnected || !link.getClientRects().length) return;
    shown = link;
    fill(link);
    link.setAttribute("aria-describedby", card.id);
    card.hidden = false;
    place(link);
  };

  const soon = (act, ...values) => {
    clearTimeout(timer);
    timer = setTimeout(act, WAIT, ...values);
  };

  (document.querySelector("main") ?? document.body).append(card);
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const link = linkOf(event);
    if (card.contains(event.target) || (link && link === shown)) clearTimeout(timer);
    else if (link) soon(show, link);
    else if (!shown?.matches(":focus-visible")) soon(hide);
  });
  document.addEventListener("focusin", (event) => {
    const link = linkOf(event);
    if (link?.matches(":focus-visible")) soon(show, link);
  });
  document.addEventListener("focusout", (event) => {
    // At once: the card may lie over what gets the focus next.
    if (linkOf(event)) hide();
  });
  document.addEventListener("click", (event) => {
    if (linkOf(event)) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
}
