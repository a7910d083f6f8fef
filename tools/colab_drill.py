"""Run the chapters as Colab runs them, without Colab: `make colab-drill`.

Each notebook is copied alone into an empty folder. `google.colab` is there, `lab` is
not, and git finds the book's address in a copy of this working tree. The first cell is
run without network, once, twice, from another folder, after a restart of the kernel,
and outside Colab; then nbval runs every cell and compares what it gives with what is
stored, pictures aside. `make colab-drill CHAPTER=03` takes one chapter.
"""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import refresh
from jupyter_client.manager import KernelManager

STAND_IN = """\
import sys
from types import ModuleType

sys.modules["google.colab"] = ModuleType("google.colab")
"""
# Nothing listens there, so that git fails as it does without network, and at once.
NO_NETWORK = '[http]\n\tproxy = "http://127.0.0.1:1"\n'
NETWORK = '[url "{there}"]\n\tinsteadOf = "{address}"\n'
OUTSIDE = "import os, sys; del sys.modules['google.colab']; os.chdir({folder!r})"
# What the first cell must leave: this working folder, and a `lab` to import from it.
PLACE = "import os, lab; print(os.getcwd(), lab.__file__)"


def serve(folder):
    """Make a repository of the working tree, as it is; return its address."""
    there = Path(folder, "served.git")
    here = ["git", "--git-dir", there, "--work-tree", refresh.ROOT]
    who = ["-c", "user.name=drill", "-c", "user.email=drill@localhost"]
    git = {"cwd": refresh.ROOT, "check": True}
    subprocess.run(["git", "init", "--quiet", "--bare", there], **git)
    subprocess.run([*here, "add", "--all"], **git)
    subprocess.run([*here, *who, "commit", "--quiet", "--message", "drill"], **git)
    return there.as_uri()


class Colab:
    """A machine as Colab lends it: an empty folder, and kernels that start in it."""

    def __init__(self, root, there):
        self.content = Path(root, "content").resolve()
        self.content.mkdir()
        self.there = there
        self.gitconfig = Path(root, "gitconfig")
        startup = Path(root, "ipython", "profile_default", "startup")
        startup.mkdir(parents=True)
        (startup / "colab.py").write_text(STAND_IN)
        self.environment = os.environ | refresh.ONE_THREAD
        for name in ("PYTHONPATH", "GIT_DIR", "NO_PROXY", "no_proxy"):
            self.environment.pop(name, None)
        self.environment["GIT_CONFIG_GLOBAL"] = str(self.gitconfig)
        self.environment["IPYTHONDIR"] = str(startup.parents[1])

    def network(self, on):
        """Let git find the book's address, or nothing at all."""
        found = NETWORK.format(there=self.there, address=refresh.address())
        self.gitconfig.write_text(found if on else NO_NETWORK)

    @contextmanager
    def kernel(self):
        """Start a kernel in the empty folder."""
        manager = KernelManager(kernel_name="python3")
        manager.start_kernel(
            cwd=str(self.content), env=self.environment, stderr=subprocess.DEVNULL
        )
        try:
            client = manager.client()
            client.start_channels()
            client.wait_for_ready(timeout=60)
            yield Kernel(manager, client)
            client.stop_channels()
        finally:
            manager.shutdown_kernel(now=True)


class Kernel:
    """A running kernel: it runs code and tells what was printed, and which error."""

    def __init__(self, manager, client):
        self.manager, self.client = manager, client

    def run(self, code):
        """Run a cell; return what it printed and its error's last word, or ""."""
        printed, failed = [], []

        def note(message):
            content = message["content"]
            printed.append(content.get("text", ""))
            if message["msg_type"] == "error":
                failed.append(content["evalue"] or content["ename"])
            if message["msg_type"] in ("execute_result", "display_data"):
                printed.append(content["data"].get("text/plain", ""))

        self.client.execute_interactive(code, timeout=120, output_hook=note)
        return "".join(printed), "".join(failed)

    def restart(self):
        """Restart it, where it began."""
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=60)


def first_cell(notebook):
    """Return the source of a notebook's first code cell."""
    return next(c.source for c in notebook.cells if c.cell_type == "code")


def first_cell_problems(source, colab):
    """Run a first cell in every situation; return what is wrong, as sentences.

    Afterwards the folder is as a reader leaves it who was there before.
    """
    found = []
    folder = colab.content / "book" / "notebooks"
    expected = f"{folder} {folder / 'lab' / '__init__.py'}\n"

    def check(situation):
        printed, error = kernel.run(source)
        if printed or error:
            found.append(f"{situation}, the first cell says: {printed}{error}")
        place, error = kernel.run(PLACE)
        if place != expected:
            found.append(f"{situation}, the next cell finds: {place}{error}")
        copies = len(list(colab.content.rglob("_config.yml")))
        if copies != 1:
            found.append(f"{situation}, {copies} copies of the book lie there")

    with colab.kernel() as kernel:
        if "No module named 'lab'" not in kernel.run("import lab")[1]:
            found.append("lab is there before the first cell ran: the drill is void")
        colab.network(on=False)
        printed, error = kernel.run(source)
        if refresh.address() not in error or "Traceback" in printed:
            found.append(f"without network, the first cell says: {printed}{error}")
        if any(colab.content.iterdir()):
            found.append("without network, the first cell leaves something behind")
        colab.network(on=True)
        check("run once")
        check("run twice")
        kernel.run("%cd -q ../..")
        check("run in another folder")
        kernel.restart()
        check("after a restart")
        kernel.run(OUTSIDE.format(folder=str(colab.content)))
        said = kernel.run(source) + kernel.run("print(os.listdir())")
        if said != ("", "", "['book']\n", ""):
            found.append(f"outside Colab, it does something: {said}")
    return found


def whole_problems(path, colab):
    """Run every cell and compare as the tests do; return what nbval says, or nothing.

    The first cell has run here before, and the kernel is a new one.
    """
    shutil.copy(path, colab.content)
    options = f"--nbval -q -c {os.devnull} -p no:cacheprovider --rootdir .".split()
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, path.name],
        cwd=colab.content,
        env=colab.environment,
        capture_output=True,
        text=True,
    )
    return [f"{run.stdout[-4000:]}{run.stderr[-2000:]}"] if run.returncode else []


def drill(path, there):
    """Drill one chapter in a folder of its own; return what is wrong."""
    with TemporaryDirectory() as root:
        colab = Colab(root, there)
        source = first_cell(nbformat.read(path, as_version=4))
        return first_cell_problems(source, colab) or whole_problems(path, colab)


def main(number=""):
    """Drill the chapters that were asked for; exit 1 if one does not hold."""
    paths = refresh.chapters(number)
    with TemporaryDirectory() as root, ThreadPoolExecutor(os.cpu_count()) as pool:
        there = serve(root)
        wrong = 0
        results = pool.map(lambda path: drill(path, there), paths)
        for path, problems in zip(paths, results):
            wrong += bool(problems)
            print(f"{path.stem:32} {'DIFFERS' if problems else 'holds in Colab'}")
            print(*problems, sep="\n", end="", flush=True)
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
