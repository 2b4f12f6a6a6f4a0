"""Recurrent nets against a forward pass in NumPy: every gate of every cell, every decoder, with and without a mask."""

from functools import cache

import keras
import numpy as np
import pytest

import hyotan as hy
from hyotan.core import part
from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.core.ops import to_numpy
from hyotan.core.spec import Spec
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts

STEPS, CHANNELS, ROWS = 7, 3, 5
CELLS, DECODERS, ORDERS = ("gru", "lstm"), ("unconditional", "conditional", "reversed-input"), ("forward", "reversed")
LENGTHS = np.array([7, 1, 4, 6, 3])


@cache
def decoding(cell, decoder, order, masked):
    net = hy.nets.Recurrent((4, 6), cell=cell, decoder=decoder, order=order, output_hidden=(5,))
    return network(net, ragged=masked)


def network(net, *, ragged=False, missing=False, latent=None, event=(STEPS, CHANNELS), seed=0):
    likelihood = part.resolve("likelihood", "gaussian")
    parts = Parts(net, latent or hy.latents.Point(2), likelihood)
    made = Autoencoding(parts, Spec(event, ragged=ragged, missing=missing), seed)
    generator = np.random.default_rng(seed)
    for weight in made.trainable_weights:  # biases too: a bias of zero would hide where it is added
        weight.assign(weight.value + 0.3 * generator.normal(size=weight.shape))
    return made


def batch(masked=False, seed=1):
    values = np.random.default_rng(seed).normal(size=(ROWS, STEPS, CHANNELS)).astype(np.float32)
    if not masked:
        return Batch(values, np.ones(ROWS, np.float32))
    there = np.arange(STEPS) < LENGTHS[:, None]
    return Batch(np.where(there[..., None], values, 0), np.ones(ROWS, np.float32), step_mask=there)


# -- the oracle: float64, one row and one step at a time --------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step_gru(weights, x, state):
    """Cho et al. (2014), with the reset gate after the product, as cuDNN and Keras have it: gates z, r, h̃."""
    kernel, recurrent, bias = weights
    (h,) = state
    xz, xr, xh = np.split(x @ kernel + bias[0], 3)
    hz, hr, hh = np.split(h @ recurrent + bias[1], 3)
    z, r = sigmoid(xz + hz), sigmoid(xr + hr)
    return (z * h + (1 - z) * np.tanh(xh + r * hh),)


def step_lstm(weights, x, state):
    """Hochreiter and Schmidhuber (1997) with a forget gate: gates i, f, c̃, o."""
    kernel, recurrent, bias = weights
    h, c = state
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def run_layer(layer, xs):
    """Return the outputs at every step of (T, k), from a state of zeros."""
    weights = [to_numpy(w).astype(np.float64) for w in layer.cell.trainable_weights]
    lstm = isinstance(layer, keras.layers.LSTM)
    step, state = (step_lstm, 2) if lstm else (step_gru, 1)
    state = (np.zeros(layer.units),) * state
    out = []
    for x in xs:
        state = step(weights, x, state)
        out.append(state[0])
    return np.array(out)


def dense(layer, x):
    return x @ to_numpy(layer.kernel).astype(np.float64) + to_numpy(layer.bias)


def encoder(net, x, length):
    h = x[:length].astype(np.float64)
    for layer in net.readers:
        if isinstance(layer, keras.layers.Bidirectional):
            ahead = run_layer(layer.forward_layer, h)
            back = run_layer(layer.backward_layer, h[::-1])[::-1]
            h = np.concatenate([ahead, back], axis=1)
            last = np.concatenate([ahead[-1], back[0]])
        else:
            h = run_layer(layer, h)
            last = h[-1]
    return last


def write(writer, head, z, length, *, first, fed, truth):
    """Return (length, channels): the means, from a code and what the decoder is fed at each step."""
    cells = [(layer, [to_numpy(w).astype(np.float64) for w in layer.cell.trainable_weights]) for layer in writer.cells]
    states = [(np.zeros(layer.units),) * (2 if isinstance(layer, keras.layers.LSTM) else 1) for layer, _ in cells]
    out, previous = [], first
    for t in range(length):
        x = z if fed == "nothing" else np.concatenate([z, truth[t] if fed == "input" else previous])
        for k, (layer, weights) in enumerate(cells):
            states[k] = (step_lstm if isinstance(layer, keras.layers.LSTM) else step_gru)(weights, x, states[k])
            x = states[k][0]
        for layer in writer.dense:
            x = np.maximum(dense(layer, x), 0)
        out.append(dense(head, x))
        previous = out[-1] if truth is None else truth[t]
    return np.array(out)


def decoded(made, z, x, length, *, order="forward", forced=True):
    net, head = made.net, made.likelihood.location.dense
    x = x[:length].astype(np.float64)
    if order == "reversed" or net.sees == "input":
        x = x[::-1]
    truth = x if forced or net.sees == "input" else None
    out = write(net.past, head, z, length, first=np.zeros(CHANNELS), fed=net.sees, truth=truth)
    return out[::-1] if order == "reversed" else out


# -- the tests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one-way", "both-ways"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_encoder_is_that_of_numpy(cell, bidirectional, masked):
    made = network(hy.nets.Recurrent((6, 4), cell=cell, bidirectional=bidirectional), ragged=masked)
    rows = batch(masked)
    found = to_numpy(made.net.encode(rows.values, rows, Context()))
    lengths = LENGTHS if masked else np.full(ROWS, STEPS)
    wanted = [encoder(made.net, x, n) for x, n in zip(rows.values, lengths, strict=True)]
    np.testing.assert_allclose(found, wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("forced", [True, False], ids=["forced", "free"])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("cell", CELLS)
def test_the_decoder_is_that_of_numpy(cell, decoder, order, forced, masked):
    made = decoding(cell, decoder, order, masked)
    rows, codes = batch(masked), np.random.default_rng(2).normal(size=(ROWS, 2)).astype(np.float32)
    found = to_numpy(made.params(codes, rows, Context(teacher_forcing=forced))["mean"])
    for z, x, n, got in zip(codes, rows.values, LENGTHS if masked else [STEPS] * ROWS, found, strict=True):
        wanted = decoded(made, z.astype(np.float64), x, n, order=order, forced=forced)
        np.testing.assert_allclose(got[:n], wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_conditional_decoder_goes_on_from_its_own_mean_where_a_cell_is_missing(cell, missing):
    made = network(hy.nets.Recurrent(4, cell=cell, decoder="conditional"), missing=missing)
    rows, codes = batch(), np.random.default_rng(2).normal(size=(ROWS, 2)).astype(np.float32)
    seen = np.ones(rows.values.shape, bool)
    seen[:, 2, 1] = seen[:, 3] = False
    holes = Batch(np.where(seen, rows.values, 0), rows.weight, seen, seen)
    found = to_numpy(made.params(codes, holes)["mean"])
    for z, x, known, got in zip(codes, holes.values, seen, found, strict=True):
        previous, wanted = np.zeros(CHANNELS), []
        (layer,), head = made.net.past.cells, made.likelihood.location.dense
        weights = [to_numpy(w).astype(np.float64) for w in layer.cell.trainable_weights]
        state = (np.zeros(4),) * (2 if cell == "lstm" else 1)
        for t in range(STEPS):
            state = (step_lstm if cell == "lstm" else step_gru)(weights, np.concatenate([z, previous]), state)
            wanted.append(dense(head, state[0]))
            previous = np.where(known[t], x[t], wanted[-1])
        np.testing.assert_allclose(got, wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("forced", [True, False], ids=["forced", "free"])
@pytest.mark.parametrize("reconstruct", [True, False], ids=["composite", "predictor"])
@pytest.mark.parametrize("decoder", DECODERS[:2])
@pytest.mark.parametrize("cell", CELLS)
def test_the_composite_model_is_that_of_numpy(cell, decoder, reconstruct, forced):
    """Two decoders; the second goes on from the last frame of the past."""
    net = hy.nets.Recurrent(4, cell=cell, decoder=decoder, future=3, reconstruct=reconstruct)
    made = network(net)
    rows, codes = batch(), np.random.default_rng(2).normal(size=(ROWS, 2)).astype(np.float32)
    found = to_numpy(made.params(codes, rows, Context(teacher_forcing=forced))["mean"])
    head, past = made.likelihood.location.dense, STEPS - 3
    for z, x, got in zip(codes, rows.values.astype(np.float64), found, strict=True):
        ahead = write(
            made.net.ahead, head, z, 3, first=x[past - 1], fed=made.net.sees, truth=x[past:] if forced else None
        )
        np.testing.assert_allclose(got[past:], ahead, atol=1e-5, rtol=0)
        if reconstruct:
            before = write(
                made.net.past, head, z, past, first=np.zeros(CHANNELS), fed=made.net.sees, truth=x if forced else None
            )
            np.testing.assert_allclose(got[:past], before, atol=1e-5, rtol=0)


def test_the_encoder_of_a_composite_model_sees_the_past_alone():
    made = network(hy.nets.Recurrent(4, future=3))
    rows = batch()
    other = rows.values.copy()
    other[:, -3:] = 99
    same = [to_numpy(made.net.encode(x, Batch(x, None), Context())) for x in (rows.values, other)]
    np.testing.assert_array_equal(*same)
    seen, scored = hy.nets.Recurrent(4, future=3).masks((STEPS, CHANNELS))
    assert seen[: STEPS - 3].all()
    assert not seen[STEPS - 3 :].any()
    assert scored is None
    assert not hy.nets.Recurrent(4, future=3, reconstruct=False).masks((STEPS, CHANNELS))[1][: STEPS - 3].any()


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("cell", CELLS)
def test_padding_changes_no_gradient(cell, decoder):
    """The loss of ragged series and its gradient are the same with more padding after them."""
    grads = []
    for extra in (0, 4):
        net = hy.nets.Recurrent(4, cell=cell, decoder=decoder, order="reversed", bidirectional=True)
        made = network(net, ragged=True)
        rows = batch(masked=True)
        pad = ((0, 0), (0, extra), (0, 0))
        rows = Batch(np.pad(rows.values, pad), rows.weight, step_mask=np.pad(rows.step_mask, pad[:2]))
        made.compile(optimizer=keras.optimizers.SGD(1.0))
        before = [to_numpy(w) for w in made.trainable_weights]
        loss = float(np.ravel(made.train_on_batch(rows.arrays()))[0])
        grads.append([loss, *(to_numpy(w) - b for w, b in zip(made.trainable_weights, before, strict=True))])
    for one, other in zip(*grads, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_scheduled_sampling_goes_between_the_true_frames_and_its_own():
    net = hy.nets.Recurrent(4, decoder="conditional", scheduled_sampling=0.5, sampling_epochs=4)
    sampling = network(net).net.past.sampling
    frames = np.zeros((400, 50, 1), np.float32)
    assert to_numpy(sampling(frames, training=False)).all()
    for epoch, share in ((0, 0.125), (1, 0.25), (3, 0.5), (9, 0.5), (None, 0.5)):
        sampling.schedule(epoch)
        fed = to_numpy(sampling(frames, training=True))
        assert fed.shape == (400, 50, 1)
        assert abs(1 - fed.mean() - share) < 4 * np.sqrt(0.25 / fed.size)


def test_a_share_of_one_trains_as_it_runs_free():
    """Never fed a true frame, the loss of a step in training is that of running free."""
    rows = batch()
    made = network(hy.nets.Recurrent(4, decoder="conditional", scheduled_sampling=1.0))
    codes = made.posterior(rows).mean()
    free = to_numpy(made.params(codes, rows, Context(teacher_forcing=False))["mean"])
    forced = to_numpy(made.params(codes, rows)["mean"])
    sigma = 1.0
    terms = made(rows.arrays(), training=True)["minimise"]["nll"]
    wanted = 0.5 * np.sum(((rows.values - free) / sigma) ** 2 + np.log(2 * np.pi), axis=(1, 2))
    assert np.abs(forced - free).max() > 1e-2
    log_sigma = float(to_numpy(made.likelihood.raw))
    scale = 0.5 * np.log(np.exp(2 * log_sigma) + 1e-6)
    wanted = np.sum(0.5 * ((rows.values - free) / np.exp(scale)) ** 2 + scale + 0.5 * np.log(2 * np.pi), axis=(1, 2))
    np.testing.assert_allclose(to_numpy(terms), wanted, rtol=1e-5)


def test_the_published_model_has_its_parameters():
    """GRU 40 → 3 + 3 → GRU 40 → Dense 28 on rows of MNIST: 15,194; the LSTM of ten units likewise by hand."""
    made = network(hy.nets.Recurrent(40), latent=hy.latents.Gaussian(3), event=(28, 28))
    # Of the 15,195 one is the learned σ of this likelihood; the article's Bernoulli has none.
    assert sum(w.value.size for w in made.trainable_weights) == 15_194 + 1
    lstm = hy.nets.Recurrent(10, cell="lstm", decoder="reversed-input", output_hidden=(10,))
    made = network(lstm, latent=hy.latents.Point(None), event=(100, 1))
    assert made.code == (10,)
    by_hand = 4 * (10 * (1 + 10) + 10) + 4 * (10 * (10 + 1 + 10) + 10) + (10 * 10 + 10) + (10 + 1)
    assert sum(w.value.size for w in made.trainable_weights) == by_hand + 1


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"units": ()}, "units"),
        ({"units": 0}, "units"),
        ({"cell": "rnn"}, "cell"),
        ({"decoder": "none"}, "decoder"),
        ({"order": "up"}, "order"),
        ({"future": -1}, "future"),
        ({"future": 2, "decoder": "reversed-input"}, "future"),
        ({"reconstruct": False}, "reconstruct"),
        ({"bidirectional": 3}, "bidirectional"),
        ({"scheduled_sampling": 0.5}, "scheduled_sampling"),
        ({"scheduled_sampling": 2, "decoder": "conditional"}, "scheduled_sampling"),
        ({"sampling_epochs": -1}, "sampling_epochs"),
        ({"output_hidden": (0,)}, "output_hidden"),
        ({"activation": "sine"}, "activation"),
        ({"future": STEPS}, "future"),
    ],
)
def test_bad_parameters_are_refused(params, word, refused):
    with refused(ParameterError, word):
        network(hy.nets.Recurrent(**params))


def test_ragged_series_have_no_future(refused):
    with refused(ParameterError, "windows"):
        network(hy.nets.Recurrent(4, future=2), ragged=True)


def test_only_series_are_read(refused):
    with refused(ParameterError, "steps"):
        network(hy.nets.Recurrent(4), event=(5,))
