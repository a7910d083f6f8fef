// Results of Sphinx' search, each led to the section that holds the words, with a piece
// of its text. The texts come in one file (search-text.js) and not from thirteen pages,
// so this works from a folder, too, and nothing arrives late and moves the page.
{
  const words = (new URLSearchParams(location.search).get("q") ?? "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}_]+/u)
    .filter(Boolean);

  const count = (text) => words.filter((word) => text.includes(word)).length;

  // Sections are [anchor, heading, text]. The best one holds most of the words.
  const best = (sections) => {
    let chosen = sections[0];
    let most = -1;
    for (const section of sections) {
      const score = 2 * count(section[1].toLowerCase()) + 3 * count(section[2].toLowerCase());
      if (score > most) [chosen, most] = [section, score];
    }
    return chosen;
  };

  const snippet = (text) => {
    const lower = text.toLowerCase();
    const places = words.map((word) => lower.indexOf(word)).filter((place) => place >= 0);
    const start = places.length ? Math.max(0, Math.min(...places) - 60) : 0;
    const from = start ? text.indexOf(" ", start) + 1 : 0;
    return (from ? "… " : "") + text.slice(from, from + 200).trim() + " …";
  };

  const marked = (text) => {
    const paragraph = document.createElement("p");
    paragraph.className = "snippet";
    const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
    text.split(new RegExp(`(${pattern})`, "iu")).forEach((piece, number) => {
      const node = number % 2 ? document.createElement("mark") : document.createTextNode("");
      node.textContent = piece;
      paragraph.append(node);
    });
    return paragraph;
  };

  const shown = new Set();

  const complete = (item) => {
    const link = item.querySelector("a");
    if (!link || item.querySelector(".snippet")) return;
    const [page, anchor] = link.getAttribute("href").split("#");
    const sections = window.SEARCH_TEXT[page.replace(/\.html$/, "")];
    if (!sections) return;
    const section = anchor ? (sections.find(([id]) => id === anchor) ?? sections[0]) : best(sections);
    if (section[0]) {
      link.href = `${page}#${section[0]}`;
      link.textContent = `${sections[0][1]} › ${section[1]}`;
    }
    const text = snippet(section[2]);
    // The names of one thing, and a page that is found twice, lead to one place.
    if (shown.has(section[1] + text)) item.remove();
    else item.append(marked(text));
    shown.add(section[1] + text);
  };

  const results = document.getElementById("search-results");
  new MutationObserver(() => results.querySelectorAll("li").forEach(complete)).observe(results, {
    childList: true,
    subtree: true,
  });
  document.querySelector(".search-page-form input").value =
    new URLSearchParams(location.search).get("q") ?? "";
}
