// Python in the page: a worker that loads Pyodide once, and then runs what it is sent.
// (A classic worker, because Pyodide's own loader is a classic script.)
//
// It is sent {id, act, code}; an act is a function of page.py. It answers with
// {loading: a sentence} while it loads, {id, started: true} when the code begins to run,
// and {id, answer: JSON} or {id, broken: a sentence}.

importScripts("pyodide.js");

const here = new URL("./", self.location).href;

const load = async () => {
  postMessage({ loading: "Loading Python (1 of 3) …" });
  const python = await loadPyodide({ indexURL: here });
  postMessage({ loading: "Loading NumPy (2 of 3) …" });
  await python.loadPackage("numpy", { messageCallback: () => {} });
  postMessage({ loading: "Loading einops and the book’s own files (3 of 3) …" });
  const packages = await fetch(`${here}packages.zip`);
  if (!packages.ok) throw new Error(`packages.zip: ${packages.status}`);
  python.unpackArchive(await packages.arrayBuffer(), "zip");
  const page = python.pyimport("page");
  page.known_names(); // what an exercise imports is loading, too, and not its running
  let chapter = null;
  return {
    load: () => "null",
    run: (code) => page.run(code),
    chapter: () => {
      chapter = page.Chapter();
      return "null";
    },
    cell: (code) => chapter.run(code),
  };
};

const loaded = load();

addEventListener("message", async ({ data: { id, act, code } }) => {
  try {
    const acts = await loaded;
    postMessage({ id, started: true });
    postMessage({ id, answer: acts[act](code) });
  } catch (error) {
    postMessage({ id, broken: String(error.message ?? error) });
  }
});
