"""The decoder as the page runs it, against the model's own."""

from __future__ import annotations

import json

import jax
import keras
import numpy as np
import pytest
from keras import ops

import hyotan as hy
from hyotan.core.part import registered
from hyotan.explorer._arrays import pack, unpack
from hyotan.explorer._program import decoder_program

RNG = np.random.default_rng(0)
TABLE = RNG.normal(loc=3, scale=2, size=(40, 6))
IMAGES = RNG.uniform(size=(40, 12, 11))
SERIES = RNG.normal(loc=1, size=(40, 10, 3))
RAGGED = [RNG.normal(size=(int(n), 2)) for n in [*RNG.integers(5, 12, 39), 12]]
Dense, Conv, Recurrent, Custom = hy.nets.Dense, hy.nets.Conv, hy.nets.Recurrent, hy.nets.Custom
Point, Sparse, Code = hy.latents.Point, hy.latents.Sparse, hy.latents.Gaussian
Bernoulli, Gaussian = hy.likelihoods.Bernoulli, hy.likelihoods.Gaussian
DIM = 3


def own(*layers, encoder=None, **options):
    """Return a net of the user's own whose decoder is these layers."""
    reader = encoder or keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4)])
    return Custom(reader, keras.Sequential([keras.Input((DIM,)), *layers]), **options)


ACTIVATIONS = (
    "relu tanh sigmoid elu selu gelu silu leaky_relu softplus linear softmax hard_sigmoid mish softsign".split()
)


@keras.saving.register_keras_serializable("tests")
class Activated(keras.Layer):
    """Every activation on the same numbers."""

    def call(self, z):
        return ops.concatenate([keras.activations.get(name)(3 * z) for name in ACTIVATIONS], axis=1)


@ops.custom_gradient
def own_gradient(x):
    return ops.tanh(x), lambda *args, upstream=None: (args[0] if upstream is None else upstream) * 0.5


@keras.saving.register_keras_serializable("tests")
class Mixed(keras.Layer):
    """Steps that no layer of Keras's takes alone, with a plain equation in NumPy beside them."""

    def call(self, z):
        a = ops.concatenate([z, ops.flip(z, 1), ops.cumsum(z, 1), ops.roll(z, 1, 1)], axis=1)  # (B, 12)
        b = ops.where(a > 0.2, ops.sqrt(ops.abs(a) + 1), ops.sin(a) * ops.cos(a))
        c = ops.power(ops.abs(b) + 0.1, 1.5) / (1 + ops.square(a)) - ops.exp(-ops.abs(a)) * ops.sign(a)
        d = ops.einsum("bij,bkj->bik", ops.reshape(c, (-1, 3, 4)), ops.reshape(b, (-1, 3, 4)))  # (B, 3, 3)
        e = ops.pad(d, ((0, 0), (1, 0), (0, 2)), constant_values=0.5)[:, ::2, 1:]  # (B, 2, 4)
        f = ops.max(e, axis=1) + ops.min(e, axis=2)[:, :1] - ops.prod(e[:, :, :2], axis=2)[:, 1:]  # (B, 4)
        g = ops.take(f, [3, 1, 1, 0, 2, 3], axis=1) + ops.clip(ops.repeat(z, 2, axis=1), -0.5, 0.5)  # (B, 6)
        chosen = ops.take_along_axis(g, ops.cast(ops.floor(ops.abs(g)), "int32") % 6, axis=1)
        chosen = jax.checkpoint(own_gradient)(chosen)
        return ops.logsumexp(ops.stack([g, chosen]), axis=0) + ops.log1p(ops.abs(g)) + ops.expm1(-ops.abs(g))


@keras.saving.register_keras_serializable("tests")
class Turning(keras.Layer):
    """A loop that ends by what it has made, a choice, and a loop over a fixed number of turns."""

    def call(self, z):
        first = z[:1]
        halved = ops.while_loop(lambda x: ops.max(ops.abs(x)) > 0.3, lambda x: (x * 0.5,), (first,))[0]
        chosen = ops.cond(ops.sum(first) > 0, lambda: halved + first, lambda: halved - 2 * first)
        swapped = ops.fori_loop(0, 3, lambda i, ab: (ab[1], ab[0] + ops.cast(i, "float32")), (chosen, halved))
        one = ops.concatenate(swapped, axis=1)
        return ops.concatenate([one[:, :DIM] * z / first, one[:, DIM:] * z / first], axis=1)


@keras.saving.register_keras_serializable("tests")
class Sorted(keras.Layer):
    def call(self, z):
        return ops.sort(z, axis=1)


CASES = {
    "dense": (TABLE, Dense((7,)), Point(DIM), Gaussian()),
    "dense images": (IMAGES, Dense((7, 5), "gelu"), Code(DIM), Bernoulli()),
    "dense series": (SERIES, Dense((7,), "elu"), Point(DIM), Gaussian(0.5, link="sigmoid"), "series"),
    "dense ragged": (RAGGED, Dense((7,), "silu"), Point(DIM), Gaussian()),
    "predicted sigma": (TABLE, Dense((7,), "softplus"), Sparse(DIM), Gaussian("predicted")),
    "per cell sigma": (TABLE, Dense((7,), "selu"), Code(DIM), Gaussian("per_cell")),
    "conv": (IMAGES, Conv((4, 3), hidden=(6,)), Code(DIM), Bernoulli()),
    "conv even": (IMAGES, Conv((9, 3), kernel=4, hidden=()), Point(DIM), Gaussian()),
    "conv grid": (IMAGES, Conv((4, 3)), Point(2, layout="grid"), Bernoulli()),
    "conv series": (SERIES, Conv((4, 3), dimensions=1, activation="leaky_relu"), Sparse(DIM), Gaussian()),
    "conv causal": (SERIES, Conv((4, 3), causal=True), Point(DIM), Gaussian()),
    "conv ragged": (RAGGED, Conv((4,), dimensions=1), Point(DIM), Gaussian()),
    "gru": (SERIES, Recurrent((6, 4)), Code(DIM), Gaussian()),
    "gru bidirectional": (SERIES, Recurrent((5, 4), bidirectional=True, order="reversed"), Point(DIM), Gaussian()),
    "gru conditional": (SERIES, Recurrent(5, decoder="conditional", order="reversed"), Sparse(DIM), Gaussian()),
    "gru sampling": (
        SERIES,
        Recurrent(5, decoder="conditional", scheduled_sampling=0.5, output_hidden=(4,)),
        Code(DIM),
        Gaussian("predicted"),
    ),
    "lstm": (SERIES, Recurrent(5, cell="lstm", order="reversed", output_hidden=(4,)), Point(DIM), Gaussian()),
    "lstm conditional": (SERIES, Recurrent((5, 4), cell="lstm", decoder="conditional"), Code(DIM), Gaussian()),
    "future": (SERIES, Recurrent(5, future=3), Point(DIM), Gaussian()),
    "future conditional": (
        SERIES,
        Recurrent(5, cell="lstm", decoder="conditional", order="reversed", future=3),
        Code(DIM),
        Gaussian(),
    ),
    "future alone": (SERIES, Recurrent(5, future=3, reconstruct=False), Point(DIM), Gaussian()),
    "gru ragged": (RAGGED, Recurrent(5, bidirectional=True), Code(DIM), Gaussian()),
    "gru ragged reversed": (RAGGED, Recurrent(5, decoder="conditional", order="reversed"), Point(DIM), Gaussian()),
    "windows": (hy.data.windows(RNG.normal(size=60), 8), Recurrent(4), Point(DIM), Gaussian()),
    "custom": (TABLE, own(keras.layers.Dense(9, "tanh")), Code(DIM), Gaussian()),
    "custom parameters": (
        TABLE,
        own(keras.layers.Dense(6, "sigmoid"), outputs="parameters"),
        Point(DIM),
        Bernoulli(link="identity"),
    ),
    "custom activations": (TABLE, own(Activated()), Point(DIM), Gaussian()),
    "custom normalised": (
        IMAGES,
        own(
            keras.layers.Dense(24),
            keras.layers.BatchNormalization(),
            keras.layers.Reshape((3, 2, 4)),
            keras.layers.UpSampling2D((2, 3)),
            keras.layers.Conv2D(6, 3, padding="same", groups=2, dilation_rate=2),
            keras.layers.LayerNormalization(),
            keras.layers.UpSampling2D(2, interpolation="bilinear"),
            keras.layers.SeparableConv2D(3, 3, padding="same", activation="tanh"),
            keras.layers.DepthwiseConv2D(2, strides=1, depth_multiplier=2),
            keras.layers.ZeroPadding2D(((1, 0), (0, 0))),
            keras.layers.Cropping2D(((0, 0), (0, 0))),
        ),
        Code(DIM),
        Bernoulli(),
        "images",
    ),
    "custom series": (
        SERIES,
        own(
            keras.layers.RepeatVector(10),
            keras.layers.Bidirectional(keras.layers.SimpleRNN(4, return_sequences=True)),
            keras.layers.TimeDistributed(keras.layers.Dense(5)),
            keras.layers.GRU(4, return_sequences=True, reset_after=False, go_backwards=True),
            keras.layers.Permute((2, 1)),
            keras.layers.Conv1D(10, 2, padding="causal"),
            keras.layers.Permute((2, 1)),
        ),
        Code(DIM),
        Gaussian(),
        "series",
    ),
    "custom steps": (TABLE, own(Mixed()), Point(DIM), Gaussian()),
}


def codes_of(model, n=12):
    return np.random.default_rng(2).normal(size=(n, int(np.prod(model._fitted.network.code)))).astype(np.float32)


def written(decode, model, codes, steps=None):
    """Return what the page makes of codes, in the rows' own units."""
    event = model.schema_.event if steps is None else (steps, *model.schema_.event[1:])
    decoded = decode(decoder_program(model, steps), codes).reshape(len(codes), *event)
    return model.scaler_.undo(decoded)


@pytest.mark.parametrize("name", CASES)
def test_the_page_decodes_as_the_model_does(name, ready, decode):
    X, net, latent, likelihood, *kind = CASES[name]
    scale = "none" if isinstance(likelihood, Bernoulli) else "standard"
    model = ready(X, net, latent, likelihood, *kind, scale=scale)
    codes = codes_of(model)
    expected = np.asarray(model.inverse_transform(codes))
    assert np.nan_to_num(expected).std(axis=0).max() > 0.01  # not the same for every code
    got = written(decode, model, codes).reshape(expected.shape)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    np.testing.assert_allclose(got, expected, atol=1e-4 * max(1, np.nanmax(np.abs(expected))))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param(kind, name, id=f"{kind} {name}")
        for kind in ("net", "latent", "likelihood")
        for name in registered(kind)
    ],
)
def test_every_part_is_run_with_its_defaults_or_says_why_it_cannot(kind, name, ready, request):
    cls = registered(kind)[name]
    made = own(keras.layers.Dense(9, "tanh")) if cls.not_saved else cls()
    parts = {"net": Dense((7,)), "latent": Point(), "likelihood": Gaussian(), kind: made}
    if "dim" in parts["latent"].get_params():
        parts["latent"].set_params(dim=DIM)
    net = parts["net"]
    X = SERIES if net.reads_series else TABLE if 1 in net.ranks else IMAGES
    X = np.clip(X / 20, 0, 1) if parts["likelihood"].interval else X
    model = ready(X, *parts.values(), scale="none" if parts["likelihood"].interval else "standard")
    try:
        program = decoder_program(model)
    except hy.ParameterError as err:
        assert err.what.startswith("explore()") and err.received and err.do
        pytest.skip(str(err))
    assert program["main"]["inputs"] == 1
    assert len(program["main"]["outputs"]) == 1
    codes = codes_of(model)
    expected = np.asarray(model.inverse_transform(codes))
    assert np.nan_to_num(expected).std(axis=0).max() > 1e-4  # not the same for every code
    decode = request.getfixturevalue("decode")  # what is above needs no Node
    got = written(decode, model, codes).reshape(expected.shape)
    np.testing.assert_allclose(got, expected, atol=1e-4 * max(1, np.abs(expected).max()))


def test_loops_and_choices(ready, decode):
    model = ready(TABLE, own(Turning()), Point(DIM), Gaussian())
    codes = codes_of(model)
    # One at a time, as the page does: the layer looks at the first row.
    network = model._fitted.network
    one = lambda z: np.asarray(network.likelihood.mean(network.params(z[None])))[0]  # noqa: E731
    expected = np.stack([one(z) for z in codes])
    np.testing.assert_allclose(decode(decoder_program(model), codes), expected, atol=1e-5)


def test_longer_and_shorter_series(ready, decode):
    model = ready(RAGGED, Recurrent(5, decoder="conditional", order="reversed"), Point(DIM), Gaussian())
    codes = codes_of(model)
    for steps in (7, 12, 20):
        expected = model.inverse_transform(codes, [steps] * len(codes))
        np.testing.assert_allclose(written(decode, model, codes, steps), expected, atol=1e-4)


def test_a_program_made_beside_a_graphics_card_is_the_same(ready, monkeypatch):
    model = ready(SERIES, Recurrent(5, cell="lstm", bidirectional=True), Point(DIM), Gaussian())
    expected = decoder_program(model)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")  # where Keras hands an LSTM to cuDNN
    assert decoder_program(model) == expected


def test_a_program_is_little_beside_its_weights(ready):
    model = ready(IMAGES, Conv((16, 8), hidden=(32,)), Code(DIM), Bernoulli())
    program = decoder_program(model)
    text = json.dumps(program, allow_nan=False)
    weights = sum(int(np.prod(w.shape)) for w in model.decoder_.weights)
    assert len(text) < 4 * 4 / 3 * weights + 8000
    kept = [unpack(constant) for constant in program["constants"]]
    assert sum(array.size for array in kept) < weights + 100  # no bias is spread out over the image
    seen = {number for step in program["main"]["steps"] for number in step["in"] if number < 0}
    assert {-1 - k for k in range(len(kept))} == seen  # and nothing is carried for nothing


@keras.saving.register_keras_serializable("tests")
class Twice(keras.Layer):
    """The same table twice, and a step that the page has not, which nothing reads."""

    def call(self, z):
        ops.sort(z, axis=1)
        table = np.arange(18, dtype="float32").reshape(3, 6)
        return ops.matmul(z, table) + ops.tanh(ops.matmul(z, table.copy()))


def test_equal_constants_are_kept_once_and_what_nobody_reads_is_left_out(ready, decode):
    model = ready(TABLE, own(Twice(), outputs="parameters"), Point(DIM), Gaussian())
    program = decoder_program(model)
    assert [constant["shape"] for constant in program["constants"]].count([3, 6]) == 1
    codes = codes_of(model)
    product = codes @ np.arange(18).reshape(3, 6)
    np.testing.assert_allclose(decode(program, codes), product + np.tanh(product), rtol=1e-5)


def test_a_step_that_the_page_has_not_is_refused_by_name(ready, refused):
    model = ready(TABLE, own(Sorted()), Point(DIM), Gaussian())
    with refused(hy.ParameterError, "explore()", "sort", "decoder"):
        decoder_program(model)


def test_a_decoder_that_sees_more_than_the_code_is_refused(ready, refused):
    model = ready(SERIES, Recurrent(4, decoder="reversed-input"), Point(DIM), Gaussian())
    with refused(hy.ParameterError, "explore()", "sees the input", "reconstruct(X)"):
        decoder_program(model)
    predictor = Recurrent(4, decoder="conditional", future=3, reconstruct=False)
    with refused(hy.ParameterError, "explore()", "goes on from the last frame"):
        decoder_program(ready(SERIES, predictor, Point(DIM), Gaussian()))


def test_an_unfitted_model_is_refused(refused):
    with pytest.raises(hy.HyotanError, match=r"not fitted yet.*before explore\(\)"):
        decoder_program(hy.AE(2))


def test_the_run_of_a_trained_model(decode, digits):
    images, _ = digits
    model = hy.VAE(2, epochs=2, random_state=0, verbose=0).fit(images)
    codes = model.transform(images[:20])
    np.testing.assert_allclose(written(decode, model, codes)[..., 0], model.reconstruct(images[:20]), atol=1e-5)


@pytest.mark.parametrize("dtype", ["f4", "i4", "u1", "u2"])
def test_arrays_come_back(dtype):
    array = np.arange(24).reshape(2, 3, 4)
    packed = json.loads(json.dumps(pack(array, dtype)))
    assert packed["shape"] == [2, 3, 4]
    np.testing.assert_array_equal(unpack(packed), array)
