// What a page does beyond HTML and CSS: the choice of colours, copying code, the place in
// the contents, and the key "/" for the search. Without it every page can still be read.
// (Not a module: browsers refuse to load these from a folder.)
{
  const root = document.documentElement;

  // --- colours

  const button = document.querySelector(".theme-button");
  const show = () => button.setAttribute("aria-pressed", root.dataset.theme === "dark");
  new MutationObserver(show).observe(root, { attributeFilter: ["data-theme"] });
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // Storage is switched off: the choice holds for this page.
    }
  });

  // --- copying

  const copied = document.createElement("span");
  copied.className = "unseen";
  copied.setAttribute("role", "status");
  document.body.append(copied);

  for (const block of document.querySelectorAll("div.highlight")) {
    if (block.closest(".cell_output")) continue;
    const copy = document.createElement("button");
    copy.className = "copy";
    copy.textContent = "Copy";
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.querySelector("pre").textContent);
      copy.textContent = copied.textContent = "Copied";
      setTimeout(() => (copy.textContent = "Copy"), 2000);
    });
    block.append(copy);
  }

  // --- code that is wider than its box can be scrolled by keyboard

  const reach = () => {
    const wide = document.querySelectorAll("article :is(pre, div.math, .scrolls)");
    for (const box of wide) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  reach();
  addEventListener("resize", reach);
  // What lies in a fold has no width until it is opened.
  document.addEventListener("toggle", reach, true);

  // --- where one is

  const links = new Map(
    [...document.querySelectorAll(".contents a[href^='#']")].map((link) => [
      link.hash.slice(1),
      link,
    ]),
  );
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        links.forEach((link) => link.removeAttribute("aria-current"));
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-15% 0px -75% 0px" },
  );
  links.forEach((_, id) => id && document.getElementById(id) && seen.observe(document.getElementById(id)));

  // A menu that covers the page closes when one of its links leads within the page.
  document.getElementById("contents")?.addEventListener("click", (event) => {
    const menu = event.currentTarget;
    if (event.target.closest("a") && menu.matches(":popover-open")) menu.hidePopover();
  });

  // A place inside a closed fold is opened before one jumps there.
  const unfold = () => {
    const there = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!there) return;
    for (let fold = there.closest("details"); fold; fold = fold.parentElement.closest("details"))
      fold.open = true;
    there.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  if (location.hash) unfold();

  // --- keys

  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = [...document.querySelectorAll("input[type=search]")].find((f) => f.offsetParent);
    if (field) {
      event.preventDefault();
      field.focus();
    }
  });
}
