"""Python for the page is fetched whole and verified, or not at all."""

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "data"
sys.path.insert(0, str(DATA))

import fetch_live  # noqa: E402


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a small package, what packs it, and a wheel; their sums are the wanted."""
    wheel = tmp_path / "numpy.whl"
    wheel.write_bytes(b"NumPy")
    lock = {"packages": {"numpy": {"sha256": fetch_live.sha256(wheel)}}}
    files = {"pyodide-lock.json": json.dumps(lock).encode(), "python.js": b"1 + 1"}
    sums = tmp_path / "sums"
    sums.write_text(
        "".join(f"{hashlib.sha256(c).hexdigest()}  {n}\n" for n, c in files.items())
    )
    monkeypatch.setattr(fetch_live, "SUMS", sums)

    def pack(folder):
        path = Path(folder, "package.tgz")
        with tarfile.open(path, "w:gz") as tar:
            for name, content in files.items():
                info = tarfile.TarInfo(f"package/{name}")
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        return path

    return files, pack, wheel


def test_files_are_fetched_once(tmp_path, package):
    files, pack, wheel = package
    target = tmp_path / "build" / "live"
    assert fetch_live.fetch(target, pack, wheel) is True
    assert {path.name: path.read_bytes() for path in target.iterdir()} == files
    assert fetch_live.fetch(target, pack=None, numpy=wheel) is False
    assert list(target.parent.iterdir()) == [target], "nothing is left over"


def test_wrong_sum_replaces_nothing(tmp_path, package):
    files, pack, wheel = package
    target = tmp_path / "live"
    target.mkdir()
    (target / "python.js").write_bytes(b"half")
    files["python.js"] = b"1 + 2"
    with pytest.raises(
        fetch_live.LiveError, match=r"because python\.js has the sha256"
    ):
        fetch_live.fetch(target, pack, wheel)
    assert [path.read_bytes() for path in target.iterdir()] == [b"half"]


def test_half_a_download_is_none(tmp_path, package):
    _, pack, wheel = package
    target = tmp_path / "live"

    def half(folder):
        path = pack(folder)
        path.write_bytes(path.read_bytes()[:60])
        return path

    with pytest.raises(fetch_live.LiveError, match="cannot be unpacked"):
        fetch_live.fetch(target, half, wheel)
    assert not target.exists()
    assert fetch_live.fetch(target, pack, wheel) is True
    (target / "python.js").unlink()
    assert fetch_live.problem(target, wheel) == "python.js is missing"
    assert fetch_live.fetch(target, pack, wheel) is True


def test_package_without_a_file_is_refused(tmp_path, package):
    files, pack, wheel = package
    del files["python.js"]
    with pytest.raises(fetch_live.LiveError, match=r"cannot be unpacked: .*python\.js"):
        fetch_live.fetch(tmp_path / "live", pack, wheel)


def test_wheel_must_be_the_one_in_the_lock(tmp_path, package):
    _, pack, wheel = package
    wheel.write_bytes(b"another")
    with pytest.raises(fetch_live.LiveError, match=r"because numpy\.whl has"):
        fetch_live.fetch(tmp_path / "live", pack, wheel)
    wheel.unlink()
    with pytest.raises(
        fetch_live.LiveError, match=r"numpy\.whl is missing in data/live"
    ):
        fetch_live.fetch(tmp_path / "live", pack, wheel)


def test_without_npm_one_sentence_and_status_1(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fetch_live.main(tmp_path / "live") == 1
    said = capsys.readouterr().err
    assert said.startswith("make live: npm is not installed")
    assert said.count("\n") == 1


def test_without_a_network_npm_is_quoted(tmp_path, monkeypatch):
    fake = tmp_path / "npm"
    fake.write_text("#!/bin/sh\necho 'npm error code ENOTFOUND' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(fetch_live.LiveError, match=r"is there a network.*ENOTFOUND"):
        fetch_live.pack(tmp_path)


def test_committed_wheel_has_its_sum():
    sums = (DATA / "SHA256SUMS").read_text().splitlines()
    name = f"live/{fetch_live.NUMPY.name}"
    assert f"{fetch_live.sha256(fetch_live.NUMPY)}  {name}" in sums
    assert fetch_live.NUMPY.with_name("LICENSE-numpy.txt").is_file()
