// Python in the page: "Try it here" in the card of an exercise, "Prove it here" at a
// chapter's end. Nothing is loaded before one of them is pressed; then Pyodide, NumPy,
// einops and lab come from the site itself (_static/live) into one worker for the page.
// A page in a folder has a sentence in place of the buttons: browsers start no worker there.
// (Not a module: browsers refuse to load these from a folder.)
{
  const SECONDS = 5; // for an answer
  const CELL_SECONDS = 30; // for a cell of a chapter
  const { live, liveCells } = document.documentElement.dataset;
  const here = live && new URL(`${live}/`, location.href).href;

  /** Make an element with attributes, properties and children. */
  const make = (tag, given = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (name in node) node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };

  const button = (textContent, kind = "") =>
    make("button", { type: "button", className: `live-button ${kind}`.trim(), textContent });

  // --- the worker: one for the page, started anew after it had to be stopped

  let worker = null;
  let waiting = null; // what the worker works on: {id, job, resolve, reject, timer}
  let count = 0;
  let queue = Promise.resolve();

  const begin = () => {
    const begun = new Worker(`${here}worker.js`);
    begun.addEventListener("message", hear);
    begun.addEventListener("error", () =>
      stop("Python could not be loaded. Is the network there?"),
    );
    return begun;
  };

  /** End the worker; what it worked on fails with this sentence. */
  const stop = (why) => {
    worker?.terminate();
    worker = null;
    const failed = waiting;
    waiting = null;
    clearTimeout(failed?.timer);
    failed?.reject(new Error(why));
  };

  const hear = ({ data }) => {
    if (!waiting) return;
    const { id, job, resolve, timer } = waiting;
    if (data.loading) job.say(data.loading);
    if (data.id !== id) return;
    if (data.started) {
      job.say("Running …");
      const why =
        `Stopped after ${job.seconds} seconds, because the code did not come to an end. ` +
        "Is there a loop that never ends?";
      waiting.timer = setTimeout(() => {
        stop(why);
        worker = begin(); // so that it is there when the code is mended
      }, job.seconds * 1000);
    } else if (data.broken) {
      stop(
        timer
          ? `Python broke down (${data.broken}). The next run starts it anew.`
          : `Python could not be loaded (${data.broken}).`,
      );
    } else if (data.answer) {
      clearTimeout(timer);
      waiting = null;
      resolve(JSON.parse(data.answer));
    }
  };

  /**
   * Let the worker do a job, after those that were asked for before.
   * @param {object} job - `act` ("load", "run", "chapter" or "cell"), `code`, the
   *   `seconds` that it may run, and `say`, which hears a sentence on how it stands; set
   *   `cancelled` to leave it out
   * @returns {Promise<object>} what page.py returns; rejected with a sentence for the reader
   */
  const ask = (job) => {
    const done = queue.then(
      () =>
        new Promise((resolve, reject) => {
          if (job.cancelled) throw new Error("Stopped.");
          worker ??= begin();
          const id = ++count;
          waiting = { id, job, resolve, reject };
          worker.postMessage({ id, act: job.act, code: job.code });
        }),
    );
    queue = done.catch(() => {});
    return done;
  };

  // --- what a reader typed, kept over a reload where there is storage

  const keep = {
    get: (key) => {
      try {
        return localStorage.getItem(key);
      } catch {
        return null; // storage is switched off
      }
    },
    set: (key, text) => {
      try {
        if (text === null) localStorage.removeItem(key);
        else localStorage.setItem(key, text);
      } catch {
        // Then it is not kept.
      }
    },
  };

  // --- Try it here

  /** Give the card of an exercise its button. */
  const addTry = (cell) => {
    const card = cell.closest(".exercise");
    const input = cell.querySelector(".cell_input");
    const key = `answer ${location.pathname}#${card.id}`;
    const open = button(keep.get(key) === null ? "Try it here" : "Go on with your answer");
    const name = card.querySelector(".kicker").textContent;
    open.append(make("span", { className: "unseen", textContent: `: ${name}` }));
    open.addEventListener("click", () => {
      acts.remove();
      openEditor(cell, input, name, key);
    });
    const acts = make("div", { className: "live-acts" }, open);
    cell.append(acts);
  };

  const openEditor = (cell, input, name, key) => {
    const original = input.querySelector("pre").textContent.replace(/\n$/, "");
    const field = make("textarea", {
      className: "live-code",
      spellcheck: false,
      autocapitalize: "off",
      autocomplete: "off",
      "aria-label": `Your answer to ${name.toLowerCase()}, in Python`,
      value: keep.get(key) ?? original,
    });
    const run = button("Run", "first");
    const reset = button("Reset");
    const halt = button("Stop");
    const [ctrl, enter] = ["Ctrl", "Enter"].map((name) => make("kbd", {}, name));
    const keys = make("span", { className: "live-keys" }, ctrl, " + ", enter, " runs");
    const state = make("p", { className: "live-state", role: "status" });
    const output = make("div", { className: "live-output", role: "status" });

    const grow = () => (field.rows = field.value.split("\n").length);
    const running = (yes) => {
      if (!yes && document.activeElement === halt) run.focus();
      halt.disabled = !yes;
      cell.setAttribute("aria-busy", yes);
    };
    const say = (sentence) => (state.textContent = sentence);
    let job = null; // what runs or waits to run

    const show = async () => {
      job = { act: "run", code: field.value, seconds: SECONDS, say };
      clear();
      running(true);
      try {
        const answer = await ask(job);
        output.append(...shown(answer));
        if (answer.status) output.classList.add(answer.status);
      } catch (error) {
        output.append(make("p", { className: "live-error", textContent: error.message }));
      }
      say("");
      job = null;
      running(false);
    };
    const clear = () => {
      output.replaceChildren();
      output.className = "live-output";
    };

    field.addEventListener("input", () => {
      grow();
      keep.set(key, field.value === original ? null : field.value);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        if (!job) show();
      } else if (!event.shiftKey && !event.altKey) {
        event.preventDefault();
        type(field, `\n${indentation(field.value.slice(0, field.selectionStart))}`);
      }
    });
    run.addEventListener("click", () => job || show());
    halt.addEventListener("click", () => {
      job.cancelled = true;
      // Its own, or what it waits for: the loading.
      if (waiting && (waiting.job === job || waiting.job.act === "load")) stop("Stopped.");
    });
    reset.addEventListener("click", () => {
      field.value = original;
      keep.set(key, null);
      clear();
      grow();
      field.focus();
    });

    input.hidden = true;
    const acts = make("div", { className: "live-acts" }, run, reset, halt, keys);
    cell.append(make("div", { className: "live" }, field, acts, state, output));
    grow();
    running(false);
    field.focus();
    // So that Python is there when the answer is.
    ask({ act: "load", seconds: SECONDS, say }).then(
      () => job || say("Python is ready."),
      (error) => job || say(error.message),
    );
  };

  /** Type a text at the cursor, so that it can be undone. */
  const type = (field, text) => {
    if (document.execCommand("insertText", false, text)) return;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input"));
  };

  /** The spaces that the line after this text begins with. */
  const indentation = (text) => {
    const line = text.slice(text.lastIndexOf("\n") + 1);
    return /^ */.exec(line)[0] + (/:\s*(#.*)?$/.test(line) ? "    " : "");
  };

  /** A verdict in the page's own type: its first words bold, what stands in ` ` as code. */
  const verdictOf = (sentence) => {
    const [, head, rest] = /^([^.]*\.)(.*)$/s.exec(sentence) ?? [sentence, "", sentence];
    const parts = rest.split(/`([^`]+)`/);
    return make(
      "p",
      {},
      make("strong", { textContent: head }),
      ...parts.map((part, place) => (place % 2 ? make("code", { textContent: part }) : part)),
    );
  };

  /** What an answer of page.py looks like. */
  const shown = ({ text, error, verdict }) => [
    ...(text ? [make("pre", { textContent: text })] : []),
    ...(error ? [make("p", { className: "live-error", textContent: error })] : []),
    ...(verdict ? [verdictOf(verdict)] : []),
    ...(text || error || verdict ? [] : [make("p", {}, "It ran, and printed nothing.")]),
  ];

  // --- Prove it here

  const WORDS = {
    same: "✓ prints exactly this in your browser, too",
    silent: "✓ runs in your browser, too",
    free: "runs in your browser, too",
    differs: "differs in your browser, which says:",
  };

  /** Say how what a cell did here stands to what is stored of it. */
  const judged = (stored, found) => {
    if (found.needs) return "needs";
    const parts = ["text", "value", "error"];
    if (!stored.strict) return found.error && !stored.error ? "differs" : "free";
    if (parts.some((part) => (stored[part] || null) !== (found[part] || null))) return "differs";
    return parts.some((part) => stored[part]) ? "same" : "silent";
  };

  /** All that a cell said, as one text. */
  const said = ({ text, value, error }) =>
    [text, value, error].filter(Boolean).join("\n").trim() || "(nothing)";

  /** Say below a cell how it went. */
  const note = (stored, found, verdict) => {
    const cell = document.getElementById(`cell-${stored.number}`);
    const words = WORDS[verdict] ?? `needs ${found.needs}, not run in your browser`;
    const texts = verdict === "differs" ? [make("pre", {}, said(found))] : [];
    const line = make("div", { className: `proved ${verdict}` }, make("p", {}, words), ...texts);
    cell?.append(line);
  };

  /** Say in sentences how a chapter went. */
  const summary = (all, counts, needs) => {
    const ran = all - (counts.needs ?? 0);
    const count = (verdict, words) => (counts[verdict] ? [`${counts[verdict]} ${words}`] : []);
    const parts = [
      `${counts.same ?? 0} print exactly what is printed above`,
      `${counts.differs ?? 0} differ`,
      ...count("silent", "print nothing, here as there"),
      ...count("free", "are not compared, here as there"),
    ];
    const rest = Object.entries(needs)
      .sort(([, a], [, b]) => b - a)
      .map(([name, number]) => `${name} (${number})`);
    const other = rest.length ? ` The others need what is not here: ${rest.join(", ")}.` : "";
    return `${ran} of ${all} cells run here: ${parts.join(", ")}.${other}`;
  };

  const ABOUT =
    "Your browser can run the cells of this chapter itself and compare what they print " +
    "with what is printed above. Cells that need TensorFlow or draw a figure are left out. " +
    "It loads about 9 MB from this site, once, and nothing from elsewhere.";

  /** Add to a chapter's end what runs its cells here. */
  const addProof = () => {
    const start = button("Prove it here", "first");
    const halt = button("Stop");
    halt.disabled = true;
    const state = make("p", { className: "live-state", role: "status" });
    const say = (sentence) => (state.textContent = sentence);
    let job = null;

    const prove = async () => {
      start.disabled = true;
      halt.disabled = false;
      halt.focus();
      for (const old of document.querySelectorAll(".proved")) old.remove();
      say("");
      const counts = {};
      const needs = {};
      let where = "";
      try {
        const answer = await fetch(`${here}${liveCells}`);
        const cells = await answer.json();
        job = { act: "chapter", seconds: CELL_SECONDS, say };
        await ask(job);
        for (const [place, stored] of cells.entries()) {
          where = `Cell ${place + 1} of ${cells.length}`;
          say(`${where} …`);
          // Stopped between two cells, it stays so.
          job = { ...job, act: "cell", code: stored.code, say: () => {} };
          const found = await ask(job);
          const verdict = judged(stored, found);
          counts[verdict] = (counts[verdict] ?? 0) + 1;
          if (found.needs) needs[found.needs] = (needs[found.needs] ?? 0) + 1;
          note(stored, found, verdict);
        }
        say(summary(cells.length, counts, needs));
      } catch (error) {
        say(`${where ? `${where}: ` : ""}${error.message} The proof ends here.`);
      }
      start.disabled = false;
      if ([halt, document.body].includes(document.activeElement)) start.focus();
      halt.disabled = true;
    };
    start.addEventListener("click", prove);
    halt.addEventListener("click", () => {
      if (job) job.cancelled = true;
      if (waiting?.job === job) stop("Stopped.");
    });
    const section = make(
      "section",
      { className: "prove", "aria-labelledby": "prove-it-here" },
      make("h2", { id: "prove-it-here", textContent: "Prove it here" }),
      make("p", {}, ABOUT),
      make("div", { className: "live-acts" }, start, halt),
      state,
    );
    document.querySelector("article").append(section);
  };

  // --- where there is Python

  const ELSEWHERE =
    "Python runs in these pages, too, but not where they are opened from a folder. " +
    "Type “python3 -m http.server” in the folder of the book, and then open " +
    "http://localhost:8000 instead.";

  if (live && location.protocol === "file:") {
    const note = make("p", { className: "live-state", textContent: ELSEWHERE });
    document.querySelector("article").append(note);
  } else if (live) {
    document.querySelectorAll(".to-write-in").forEach(addTry);
    addProof();
  }
}
