"""The autoencoders of chapters 9 and 10: shapes, exact decoders, their measure."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import autoencoders as ae
from lab import data, quietly

with quietly():
    import keras
    import tensorflow as tf

MODELS = [ae.model_a, ae.model_b]
RESIZING = ["nearest", "bilinear"]
PICTURES = np.random.default_rng(0).random((6, 16, 20, 1), np.float32)


def drawn(seed, make, *args, **settings):
    keras.utils.set_random_seed(seed)
    return make(*args, **settings)


@pytest.mark.parametrize(
    ("model", "counts"),
    [
        (lambda: ae.model_a(20), (381, 181)),
        (lambda: ae.model_a(10), (191, 91)),
        (lambda: ae.model_a(1), (20, 10)),
        (lambda: ae.model_b(15), (876, 136)),
        (lambda: ae.model_b(15, mended=False), (286, 136)),
        (lambda: ae.model_b(15, trainable=True), (876, 876)),
        (lambda: ae.model_a(4, decoder="sub-pixel"), (188, 148)),
    ],
)
def test_parameters(model, counts):
    model = model()
    trained = sum(np.prod(weight.shape) for weight in model.trainable_weights)
    assert (model.count_params(), trained) == counts


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("kind", [*ae.DECODERS, "transposed-5"])
def test_a_picture_comes_back_in_its_size(make, kind):
    model = make(3, decoder=kind, size=(16, 20))
    code = model.layers[0](PICTURES)
    assert code.shape == (6, 8, 10, 3)
    assert model(PICTURES).shape == PICTURES.shape


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"size": (31, 45)},
            r"is \(31, 45\).*Crop .* to \(30, 44\), or pad them to \(32, 46\)",
        ),
        ({"size": (32, 33)}, r"to \(32, 32\), or pad them to \(32, 34\)"),
        ({"size": (0, 32)}, r"2 pixels or more, but is \(0, 32\)"),
        ({"size": 32}, "a height and a width of 2 pixels or more, but is 32"),
        ({"size": (32, 32.0)}, r"but is \(32, 32.0\)"),
        ({"n_filters": 0}, "n_filters must be a whole number, 1 or more, but is 0"),
        ({"n_filters": 2.5}, "n_filters must be a whole number"),
        ({"decoder": "cubic"}, "one of transposed-2, .* but is 'cubic'"),
        ({"decoder": "transposed-0"}, "but is 'transposed-0'"),
        ({"decoder": None}, "but is None"),
    ],
)
def test_bad_settings_are_refused(make, settings, said):
    with pytest.raises(ValueError, match=said):
        make(**settings)


@settings(max_examples=settings().max_examples // 5)
@given(
    st.sampled_from([*ae.DECODERS, "transposed-5"]),
    st.integers(1, 4),
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(0, 2**32),
)
def test_shares_add_up_to_the_output(kind, h, w, c, seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(-9, 10, (2, h, w, c)).astype(np.float32)
    decoder = ae.make_decoder(kind, "linear")
    decoder.build(codes.shape)
    kernel, bias = (rng.integers(-9, 10, p.shape) for p in decoder.weights)
    decoder.set_weights([kernel, bias * 0])
    # Bilinear weights are whole sixteenths, so the sums are exact for it, too.
    assert np.array_equal(
        decoder(codes)[..., 0], ae.shares(decoder, codes) @ kernel.ravel()
    )


@pytest.mark.parametrize("kind", ae.DECODERS)
@pytest.mark.parametrize("margin", [0, 6])
def test_no_other_decoder_is_better(kind, margin):
    size = (16 + 2 * margin, 20 + 2 * margin)
    model = drawn(1, ae.model_a, 2, decoder=kind, output="linear", size=size)
    ae.solve(model, PICTURES, margin=margin)
    encoder, decoder = model.layers
    codes = encoder(ae.mirrored(PICTURES, margin))
    # Biases of the four phases are solved as one: their slopes cancel in the sum.
    with tf.GradientTape() as tape:
        output = ae.cropped(decoder(codes), margin)
        loss = tf.reduce_mean((output - PICTURES) ** 2)
    kernel, bias = tape.gradient(loss, decoder.trainable_variables)
    assert np.abs(kernel).max() < 1e-5
    assert abs(np.sum(bias)) < 1e-5


def test_a_margin_continues_the_picture_and_comes_off_again():
    for margin in (0, 2, 6):
        large = ae.mirrored(PICTURES, margin)
        assert large.shape == (6, 16 + 2 * margin, 20 + 2 * margin, 1)
        assert np.array_equal(ae.cropped(large, margin), PICTURES)
    assert np.array_equal(large[:, :6, 6:-6], PICTURES[:, 6:0:-1])
    assert np.array_equal(large[:, 6:-6, -6:], PICTURES[:, :, -2:-8:-1])


@pytest.mark.parametrize("margin", [3, -2, 2.0])
def test_solve_refuses_a_margin_that_moves_the_grid(margin):
    model = ae.model_a(2, output="linear", size=(None, None))
    with pytest.raises(ValueError, match=rf"margin must be an even .* is {margin}"):
        ae.solve(model, PICTURES, margin=margin)


@pytest.mark.parametrize("make", MODELS)
def test_a_model_of_any_size_is_the_model_of_that_size(make):
    fixed, free = (drawn(4, make, 3, size=s) for s in [(16, 20), (None, None)])
    assert np.array_equal(fixed(PICTURES), free(PICTURES))


@pytest.mark.parametrize("batch", [8, 7, 0, -1, 2.0])
def test_train_refuses_a_batch_that_the_pictures_do_not_fill(batch):
    encoder, decoder = ae.model_b(3, size=(16, 20)).layers
    codes, test = encoder(PICTURES), (encoder(PICTURES), PICTURES)
    said = rf"batch must be .* from 1 to the number of pictures, 6, but is {batch}.*Use"
    with pytest.raises(ValueError, match=said):
        ae.train(decoder, codes, PICTURES, test, batch=batch, rate=0.01)


@pytest.mark.parametrize("batch", [1, 4, 6])
def test_train_trains(batch, capsys):
    encoder, decoder = drawn(0, ae.model_b, 3, size=(16, 20)).layers
    codes = encoder(PICTURES)
    before = ae.mse(decoder, codes, PICTURES)
    test = codes, PICTURES
    losses = ae.train(decoder, codes, PICTURES, test, batch, rate=0.01, epochs=3)
    assert len(losses) == 3
    assert losses[-1] < losses[0] < before
    assert losses[-1] == ae.mse(decoder, codes, PICTURES)


def test_no_decoder_nearby_is_better_under_a_tanh():
    """The loss is at rest: a small step along any weight does not lower it."""
    model = drawn(0, ae.model_a, 2, size=PICTURES.shape[1:3])
    ae.solve_under_tanh(model, PICTURES)
    encoder, decoder = model.layers
    kernel, bias = decoder.get_weights()
    P = ae.shares(decoder, encoder(PICTURES)).reshape(PICTURES.size, -1)
    P = np.pad(P, [(0, 0), (0, 1)], constant_values=1).astype(float)
    w = np.append(kernel.ravel(), bias)

    def loss(w):
        return np.mean((np.tanh(P @ w) - PICTURES.ravel()) ** 2)

    assert np.isclose(loss(w), ae.mse(model, PICTURES, PICTURES), rtol=1e-4)
    for step in np.vstack([np.eye(w.size), -np.eye(w.size)]) / 20:
        assert loss(w + step) > loss(w)


def test_solve_refuses_an_activation_and_other_axes():
    with pytest.raises(ValueError, match=r'has tanh: build .* output="linear"'):
        ae.solve(ae.model_a(2), PICTURES)
    with pytest.raises(ValueError, match=r"b h w 1 .* \(16, 20, 1\)"):
        ae.solve(ae.model_a(2, output="linear"), PICTURES[0])


@settings(max_examples=settings().max_examples // 10)
@given(st.sampled_from(RESIZING), st.integers(0, 2**31))
def test_enlarging_first_lays_no_checkerboard(kind, seed):
    for make in MODELS:
        model = drawn(seed, make, 3, decoder=kind, output="linear")
        assert ae.flat_spread(model) < 1e-3


@pytest.mark.parametrize("kind", ae.TRANSPOSED)
def test_a_random_transposed_convolution_does(kind):
    for seed in range(5):
        assert ae.flat_spread(drawn(seed, ae.model_a, 3, decoder=kind)) > 0.1


@pytest.fixture(scope="module")
def photographs():
    colour, _, _ = data.mini_cifar()
    return colour.mean(axis=3, keepdims=True).astype(np.float32) / 255


@pytest.mark.parametrize("seed", range(3, 8))
def test_chapter_7_concludes_the_same_from_other_seeds(seed, photographs):
    error, some = {}, photographs[1000:1400]
    for name, n, kind in [
        *[("A", 1, kind) for kind in (*ae.TRANSPOSED, *RESIZING)],
        *[("A", 10, kind) for kind in (*ae.TRANSPOSED, *RESIZING)],
        *[("B", 15, kind) for kind in ("transposed-3", *RESIZING)],
    ]:
        make = ae.model_a if name == "A" else partial(ae.model_b, mended=False)
        how = {"decoder": kind, "output": "linear", "size": (None, None)}
        model = drawn(seed, make, n, **how)
        ae.solve(model, photographs[:30], margin=8)
        output = ae.cropped(model(ae.mirrored(some, 8)).numpy(), 8)
        error[n, kind] = 255 * np.sqrt(np.mean((output - some) ** 2))
        spread = ae.flat_spread(model)
        if kind in RESIZING:
            assert spread < 1e-3
        elif name == "A":
            assert spread > 0.01
    for n in (1, 10):
        assert abs(error[n, "transposed-4"] - error[n, "nearest"]) < 0.5
        assert error[n, "transposed-6"] < error[n, "bilinear"]
        assert max(error[n, kind] for kind in RESIZING) < error[n, "transposed-3"]
    assert 10 * error[15, "transposed-3"] < error[15, "nearest"] < error[15, "bilinear"]


def test_spread_of_a_known_checkerboard():
    board = (np.indices((32, 32)).sum(axis=0) % 2)[None, :, :, None]
    assert np.isclose(ae.flat_spread(lambda x: x + 0.1 * board), 12.75, atol=1e-3)
    columns = (np.arange(32) % 2)[None, None, :, None]
    assert np.isclose(ae.flat_spread(lambda x: x + 0.1 * columns), 12.75, atol=1e-3)
    assert ae.flat_spread(lambda x: 0.5 * x) == 0
