"""tools/environment.sh, which sets up .venv, with a stand-in for Python."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "environment.sh"
# A Python of the version in $VERSION. `-m venv` makes an environment with itself in it,
# and a uv that notes what it is asked; $FAILING names the step that fails.
FAILS = """\
#!/bin/sh
case "$*" in
    *"$FAILING"*) [ -z "$FAILING" ] || exit 1 ;;
esac
"""
PYTHON = f"""{FAILS}
echo "$*" >> "$LOG"
case "$*" in
    --version) echo "Python $VERSION" ;;
    *version_info*) [ "$VERSION" = 3.12 ] ;;
    "-m venv"*)
        sleep 0.3
        case "$*" in *--clear*) rm -rf .venv ;; esac
        mkdir -p .venv/bin
        cp "$0" .venv/bin/python
        cp uv .venv/bin ;;
esac
"""


@pytest.fixture
def project(tmp_path):
    """Return a project in a folder whose name has spaces and umlauts."""
    project = tmp_path / "Bücher und mehr"
    (project / "tools").mkdir(parents=True)
    shutil.copy(SCRIPT, project / "tools")
    (project / "requirements.txt").write_text("uv==1.0\n")
    os.utime(project / "requirements.txt", (0, 0))
    for name, text in {"python": PYTHON, "uv": FAILS}.items():
        (project / name).write_text(text)
        (project / name).chmod(0o755)
    return project


def begin(project, **changed):
    environment = {
        "PATH": f"{project}:{os.environ['PATH']}",
        "HOME": str(project),
        "LC_ALL": "C",
        "PYTHON": str(project / "python"),
        "LOG": str(project / "log"),
        "VERSION": "3.12",
        "FAILING": "",
    }
    return subprocess.Popen(
        ["tools/environment.sh"],
        cwd=project,
        env=environment | changed,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run(project, **changed):
    process = begin(project, **changed)
    said, _ = process.communicate(timeout=60)
    ready = (project / ".venv" / ".ready").is_file()
    assert ready == (process.returncode == 0), said
    return ready, said


def asked(project, words):
    """Return how often something was asked for."""
    log = project / "log"
    return log.read_text().count(words) if log.is_file() else 0


def test_sets_up_once(project):
    assert run(project)[0]
    assert run(project) == (True, "")
    assert asked(project, "-m venv") == 1


def test_new_requirements_are_installed_into_what_is_there(project):
    run(project)
    os.utime(project / "requirements.txt")
    os.utime(project / ".venv" / ".ready", (1, 1))
    assert run(project)[0]
    assert asked(project, "-m venv .venv") == 1
    assert asked(project, "-m venv --clear .venv") == 1


def test_what_cannot_run_is_made_anew(project):
    run(project)
    (project / ".venv" / "bin" / "python").unlink()
    (project / ".venv" / "bin" / "python").symlink_to("/gone/python3.10")
    assert run(project)[0]
    assert asked(project, "-m venv --clear .venv") == 2


@pytest.mark.parametrize(
    ("python", "version", "words"),
    [
        ("python3.99", "3.12", "but python3.99 is:"),
        ("python", "3.10", "is: Python 3.10"),
        ("python", "3.14", "Name one that you have: make PYTHON=python3.12"),
    ],
)
def test_no_python_that_will_do(project, python, version, words):
    ready, said = run(project, PYTHON=python, VERSION=version)
    assert not ready
    assert "This book needs Python 3.11, 3.12 or 3.13" in said
    assert words in said
    assert not (project / ".venv").exists()


def test_no_disk(project):
    (project / "df").write_text("#!/bin/sh\necho head; echo disk 9000 8000 1000\n")
    (project / "df").chmod(0o755)
    ready, said = run(project)
    assert not ready
    assert "needs 4500 MB on this disk, and 1000 MB are free" in said
    (project / "df").unlink()
    assert run(project)[0]


@pytest.mark.parametrize(
    ("failing", "words"),
    [
        ("-m venv", "apt-get install python3-venv"),
        ("-m pip", "uv, which fetches the packages, could not be fetched"),
        ("--requirement", "The packages are not complete"),
    ],
)
def test_next_run_recovers(project, failing, words):
    ready, said = run(project, FAILING=failing)
    assert not ready
    assert words in said
    assert run(project)[0]


@pytest.mark.skipif(shutil.which("flock") is None, reason="no flock here")
def test_two_at_once_set_up_once(project):
    both = [begin(project), begin(project)]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert asked(project, "-m venv") == 1


def test_home_that_cannot_be_written_to_is_not_used():
    run = subprocess.run(
        ["make", "--print-data-base", "--question", "help"],
        cwd=SCRIPT.parents[1],
        env=os.environ | {"HOME": "/proc"},
        capture_output=True,
        text=True,
    )
    assert f"HOME := {SCRIPT.parents[1]}/.venv/home\n" in run.stdout
