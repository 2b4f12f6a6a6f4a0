"""Series through the whole house: unequal lengths, missing cells, forecasts; padding changes no bit of a number."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hyotan as hy
from hyotan.core.errors import DataError, HyotanWarning, ParameterError
from hyotan.data.series.ragged import padded
from hyotan.model.autoencoding import FREE

LENGTHS = np.random.default_rng(0).integers(2, 13, 40)  # in tiles of 8 and of 12 steps
SERIES = [np.cumsum(np.random.default_rng(i).normal(size=(n, 3)), axis=0) for i, n in enumerate(LENGTHS)]
NETS = {
    "gru": hy.nets.Recurrent(6),
    "both-ways": hy.nets.Recurrent((5, 4), bidirectional=True, order="reversed"),
    "lstm-conditional": hy.nets.Recurrent(6, cell="lstm", decoder="conditional", order="reversed"),
    "reversed-input": hy.nets.Recurrent(6, decoder="reversed-input"),
    "dense": hy.nets.Dense((8,)),
    "conv": hy.nets.Conv((4,), dimensions=1),
}


def fitted(name, X=SERIES, **params):
    params = {"epochs": 2, "batch_size": 16, "random_state": 0, "verbose": 0, **params}
    return hy.VAE(2, net=NETS[name], **params).fit(X)


@pytest.fixture(scope="module")
def models():
    return {name: fitted(name) for name in NETS}


def answers(model, X):
    """Every number a model gives of rows, by name."""
    found = {
        "codes": model.transform(X),
        "error": model.reconstruction_error(X),
        "kl": model.kl_per_dim(X),
        "reconstruction": np.concatenate([np.ravel(row[np.isfinite(row)]) for row in model.reconstruct(X)]),
    }
    if model.parts_.net.decoder_sees == "previous frames":
        forced = model.reconstruct(X, teacher_forcing=True)
        found["forced"] = np.concatenate([np.ravel(row[np.isfinite(row)]) for row in forced])
    if model.parts_.net.decoder_sees != "input":
        found["score"] = model.score_samples(X)
        found["log p"], found["stderr"] = model.log_likelihood(X, 20)
    return found


@pytest.mark.parametrize("name", ["both-ways", "lstm-conditional", "reversed-input", "dense"])
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_padding_and_neighbours_change_no_bit(name, models, data):
    """Any of the series in any order, with any padding: every number of each is equal to the bit."""
    model = models[name]
    whole = answers(model, SERIES[:12])
    rows = data.draw(st.permutations(range(12)))[: data.draw(st.integers(1, 12))]
    array = padded([SERIES[i] for i in rows])
    extra = data.draw(st.integers(0, 9))
    array = np.concatenate([array, np.full((len(rows), extra, 3), np.nan)], axis=1)
    found = answers(model, array)
    for key in whole.keys() - {"reconstruction", "forced"}:
        np.testing.assert_array_equal(found[key], whole[key][list(rows)], err_msg=key)
    for key in whole.keys() & {"reconstruction", "forced"}:
        ends = np.cumsum(LENGTHS[:12] * 3)
        wanted = np.concatenate([np.split(whole[key], ends[:-1])[i] for i in rows])
        np.testing.assert_array_equal(found[key], wanted, err_msg=key)


@pytest.mark.parametrize("name", NETS)
def test_the_masked_loss_is_that_of_each_series_alone(name, models):
    """The score of a batch of unequal series is what a model of that one length would give: no padding is scored."""
    model = models[name]
    if model.parts_.net.decoder_sees == "input":
        pytest.skip("its score is refused")
    network, rows = model._fitted.network, model._read("test", SERIES[:5]).batch
    noise = np.zeros((1, *network.code), np.float32)
    both = np.asarray(network.elbo(rows, noise))
    z = np.asarray(network.posterior(rows).mean())
    means = np.asarray(network.likelihood.mean(network.params(z, rows)))
    sigma = np.sqrt(np.exp(2 * float(np.asarray(network.likelihood.raw))) + 1e-6)
    kl = model.kl_per_dim(SERIES[:5]).sum(axis=1)
    scaled = [(s - model.scaler_.offset) / model.scaler_.scale for s in SERIES[:5]]
    for i, x in enumerate(scaled):
        residual = (x - means[i, : len(x)]) / sigma
        log_px = -np.sum(0.5 * residual**2 + np.log(sigma) + 0.5 * np.log(2 * np.pi))
        assert both[i] == pytest.approx(log_px - kl[i], rel=1e-4)


@pytest.mark.parametrize("name", NETS)
def test_the_scaler_counts_no_padding(name, models):
    everything = np.concatenate(SERIES)
    np.testing.assert_allclose(models[name].scaler_.offset, everything.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(models[name].scaler_.scale, everything.std(axis=0), rtol=1e-9)


@pytest.mark.parametrize("name", NETS)
def test_answers_come_as_the_rows_came(name, models, tmp_path):
    model = models[name]
    listed, array = model.reconstruct(SERIES[:4]), model.reconstruct(padded(SERIES[:4]))
    for i, row in enumerate(listed):
        assert row.shape == SERIES[i].shape
        np.testing.assert_array_equal(row, array[i, : len(row)])
        assert np.isnan(array[i, len(row) :]).all()
    assert [r.shape for r in model.residuals(SERIES[:4])] == [s.shape for s in SERIES[:4]]
    loaded = hy.load(model.save(tmp_path / "m.hyotan"), net=None)
    again = answers(loaded, SERIES[:4])
    for key, value in answers(model, SERIES[:4]).items():
        np.testing.assert_array_equal(again[key], value, err_msg=key)
    if model.parts_.net.decoder_sees == "input":
        return
    codes = model.transform(SERIES[:4])
    assert [row.shape for row in model.inverse_transform(codes, lengths=[1, 2, 3, 4])] == [(n, 3) for n in (1, 2, 3, 4)]
    assert model.inverse_transform(codes).shape == (4, LENGTHS.max(), 3)
    for row in model.sample(6, random_state=0):
        assert len(row) in LENGTHS
    if model.parts_.net.decoder_sees != "nothing":
        return
    for clean, noisy in zip(model.sample(6, random_state=0), model.sample(6, random_state=0, noise=True), strict=True):
        assert clean.shape == noisy.shape
        assert not np.allclose(clean, noisy)


@pytest.mark.parametrize("name", NETS)
def test_the_keras_models_are_told_where_series_end(name, models):
    """encoder_, decoder_ and model_ in network units give what the estimator gives in the data's own."""
    model = models[name]
    rows = model._read("test", SERIES[:3]).batch
    pad = model.schema_.shape[0] - rows.values.shape[1]
    x, there = np.pad(rows.values, ((0, 0), (0, pad), (0, 0))), np.pad(rows.step_mask, ((0, 0), (0, pad)))
    codes = model.transform(SERIES[:3])
    np.testing.assert_allclose(
        model.encoder_.predict({"x": x, "step_mask": there}, verbose=0)["mean"], codes, rtol=1e-4, atol=1e-6
    )
    given = {"z": codes, "step_mask": there} | ({"x": x} if model.parts_.net.decoder_sees == "input" else {})
    decoded = model.decoder_.predict(given, verbose=0)
    whole = model.model_.predict({"x": x, "step_mask": there}, verbose=0)["reconstruction"]
    for i, wanted in enumerate(model.reconstruct(SERIES[:3])):
        for found in (decoded, whole):
            own = model.scaler_.undo(found[i, : len(wanted)])
            np.testing.assert_allclose(own, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["both-ways", "lstm-conditional", "dense"])
def test_missing_cells_are_told_and_never_make_a_loss_of_nan(name):
    X = [s.copy() for s in SERIES]
    for i, s in enumerate(X[::3]):
        s[i % len(s), i % 3] = np.nan
    between = next(s for i, s in enumerate(X) if i % 3 and len(s) > 4)
    between[1] = np.nan  # a whole step in between: time passes there
    holes = sum(int(np.isnan(s).sum()) for s in X)
    with pytest.warns(HyotanWarning, match=f"{holes} of {sum(LENGTHS) * 3:,} cells"):
        model = fitted(name, X)
    assert np.isfinite(model.history_["loss"]).all()
    assert model.schema_.missing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HyotanWarning)
        filled = model.reconstruct(X)
        assert all(np.isfinite(row).all() for row in filled)
        other = [s.copy() for s in X]
        for row in other:
            row[np.isnan(row)] = -77
        assert np.isfinite(model.reconstruction_error(X)).all()
        # The value under a hole is not looked at: only that it is one.
        codes = model.transform(X)
        np.testing.assert_array_equal(codes, model.transform([s.copy() for s in X]))
        assert not np.array_equal(codes, model.transform(other))


def test_one_channel_needs_no_axis_of_its_own():
    waves = np.sin(np.linspace(0, 6, 20) + np.random.default_rng(0).normal(size=(30, 1))).astype(np.float32)
    model = fitted("gru", waves)
    assert model.schema_.kind == "series"
    assert model.reconstruct(waves).shape == waves.shape == model.inverse_transform(model.transform(waves)).shape
    assert model.reconstruct(waves[..., None]).shape == (30, 20, 1)
    np.testing.assert_array_equal(model.transform(waves), model.transform(waves[..., None]))
    ragged = [wave[: 5 + i % 7] for i, wave in enumerate(waves)]
    assert [row.shape for row in fitted("gru", ragged).reconstruct(ragged)] == [row.shape for row in ragged]


@pytest.mark.parametrize("decoder", ["unconditional", "conditional", "reversed-input"])
@pytest.mark.parametrize("order", ["forward", "reversed"])
def test_shorter_series_are_no_padding_to_a_model_fitted_on_one_length(decoder, order):
    """Alone, beside longer ones, and filled up with NaN to the training length: the same bits."""
    X = np.cumsum(np.random.default_rng(0).normal(size=(24, 12, 2)), axis=1)
    net = hy.nets.Recurrent(5, decoder=decoder, order=order, bidirectional=True)
    model = hy.VAE(2, net=net, epochs=2, batch_size=16, random_state=0, verbose=0).fit(X)
    short, long = X[0, :7], X[1]
    alone, beside = answers(model, [short]), answers(model, [short, long])
    filled = answers(model, padded([short, long])[:1])
    for key in alone.keys() - {"reconstruction", "forced"}:
        np.testing.assert_array_equal(beside[key][:1], alone[key], err_msg=key)
        np.testing.assert_array_equal(filled[key], alone[key], err_msg=key)
    for key in alone.keys() & {"reconstruction", "forced"}:
        np.testing.assert_array_equal(beside[key][: short.size], alone[key], err_msg=key)
        np.testing.assert_array_equal(filled[key], alone[key], err_msg=key)
    # Seven steps of a series are not twelve with the mean at the end.
    mean = np.concatenate([short, np.tile(model.scaler_.offset, (5, 1))])
    assert not np.allclose(model.transform([mean]), alone["codes"], atol=1e-3)
    if decoder == "unconditional":
        (written,) = model.inverse_transform(alone["codes"], lengths=[7])
        np.testing.assert_array_equal(np.ravel(written), alone["reconstruction"])


def test_windows_that_end_in_missing_cells_are_whole():
    series = np.sin(np.arange(60.0))
    series[[9, 19, 29]] = np.nan
    windows = hy.data.windows(series, length=10, stride=10)
    with pytest.warns(HyotanWarning, match="3 of 60 cells"):
        model = fitted("gru", windows)
    assert not model.schema_.ragged
    with pytest.warns(HyotanWarning, match="3 of 60 cells"):
        assert np.isfinite(model.reconstruct(windows)).all()


def test_series_that_end_in_nan_are_told():
    X = np.random.default_rng(0).normal(size=(20, 8, 1))
    X[3, 6:] = np.nan
    with pytest.warns(HyotanWarning, match="1 series end in NaN"):
        assert fitted("gru", X).schema_.ragged


def test_a_recurrent_net_reads_other_lengths_than_it_was_fitted_on():
    X = np.random.default_rng(0).normal(size=(20, 8, 2))
    model = fitted("gru", X)
    longer = np.random.default_rng(1).normal(size=(3, 13, 2))
    assert model.transform(longer).shape == (3, 2)
    assert model.reconstruct(longer).shape == longer.shape
    np.testing.assert_array_equal(model.transform(list(longer)), model.transform(longer))


@pytest.mark.parametrize(
    ("kind", "net", "shape", "wanted"),
    [
        ("auto", "dense", (9, 6, 5), "series"),
        ("auto", "dense", (9, 6, 6), "images"),
        ("auto", "gru", (9, 6, 5), "series"),
        ("auto", "conv", (9, 6, 5), "series"),
        ("series", "dense", (9, 6, 5), "series"),
        ("series", "dense", (9, 6), "series"),
        ("auto", "dense", (9, 6), "table"),
    ],
)
def test_what_rows_are_is_told_by_the_net(kind, net, shape, wanted):
    model = fitted(net, np.random.default_rng(0).normal(size=shape), kind=kind)
    assert model.schema_.kind == wanted


def test_windows_are_series_to_every_net():
    windows = hy.data.windows(np.sin(np.arange(60.0)), length=10, stride=2)
    for net in ("dense", "gru", "conv"):
        model = fitted(net, windows)
        assert model.schema_.kind == "series"
        np.testing.assert_array_equal(model.transform(windows), model.transform(windows.X))
        assert windows.per_point(model.score_samples(windows)).shape == (60,)


# -- decoders that see the data ---------------------------------------------------------------------------------


def test_a_decoder_that_sees_the_input_refuses_what_it_cannot_answer(models, refused):
    model = models["reversed-input"]
    for method, argument in (
        (model.inverse_transform, np.zeros((2, 2))),
        (model.sample, 2),
        (model.score_samples, SERIES),
        (model.log_likelihood, SERIES),
        (model.score, SERIES),
    ):
        with refused(ParameterError, "sees the input", method.__name__ if method != model.score else "score_samples"):
            method(argument)


def test_running_free_and_forced_differ_only_where_frames_are_fed(models):
    for name, model in models.items():
        free, forced = model.reconstruct(SERIES[:6]), model.reconstruct(SERIES[:6], teacher_forcing=True)
        alike = all(np.array_equal(a, b) for a, b in zip(free, forced, strict=True))
        assert alike == (model.parts_.net.decoder_sees != "previous frames"), name


def test_codes_of_others_can_be_decoded(models, refused):
    model = models["reversed-input"]
    codes = model.transform(SERIES[:6])
    own = model.reconstruct(SERIES[:6], codes=codes)
    for one, other in zip(own, model.reconstruct(SERIES[:6]), strict=True):
        np.testing.assert_array_equal(one, other)
    other = model.reconstruct(SERIES[:6], codes=codes[::-1])
    assert not np.allclose(np.concatenate(own), np.concatenate(other))
    with refused(DataError, "codes do not fit"):
        model.reconstruct(SERIES[:6], codes=codes[:2])


# -- the future ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def waves():
    phase = np.random.default_rng(0).uniform(0, 6, size=(120, 1))
    return (10 + 3 * np.sin(np.arange(30) * 0.5 + phase))[..., None]


@pytest.mark.parametrize("params", [{}, {"decoder": "conditional"}, {"reconstruct": False}], ids=str)
def test_a_forecast_looks_at_the_past_alone(waves, params):
    net = hy.nets.Recurrent(16, future=6, **params)
    model = hy.AE(4, net=net, epochs=40, batch_size=20, random_state=0, verbose=0, learning_rate=1e-2).fit(waves)
    past = waves[:, :24]
    forecast = model.forecast(waves)
    assert forecast.shape == (120, 6, 1)
    np.testing.assert_array_equal(forecast, model.forecast(past))
    lied = waves.copy()
    lied[:, 24:] = 1e3
    np.testing.assert_array_equal(forecast, model.forecast(lied))
    np.testing.assert_array_equal(model.transform(waves), model.transform(past))
    # Sines are easily told ahead: far better than that nothing changes.
    still = np.sqrt(np.mean((past[:, -1:] - waves[:, 24:]) ** 2))
    assert np.sqrt(np.mean((forecast - waves[:, 24:]) ** 2)) < 0.5 * still
    whole = model.reconstruct(waves)
    np.testing.assert_array_equal(whole[:, 24:], forecast)
    assert np.isnan(whole[:, :24]).all() == (params == {"reconstruct": False})
    assert model.reconstruct(past).shape == past.shape
    assert np.isfinite(model.score_samples(waves)).all()


def test_a_forecast_goes_on_from_the_last_frame_that_was_seen(waves):
    """Of a past that ends in missing cells, the last known ones: not the mean they are 0 of."""
    net = hy.nets.Recurrent(8, future=6, decoder="conditional")
    model = hy.AE(2, net=net, epochs=3, random_state=0, verbose=0).fit(waves)
    past = waves[:4, :24].copy()
    past[:, 23] = np.nan
    with pytest.warns(HyotanWarning, match="missing"):
        codes, forecast = model.transform(past), model.forecast(past)
    held = past.copy()
    held[:, 23] = past[:, 22]
    network, rows = model._fitted.network, model._read("test", held).batch
    wanted = network.likelihood.mean(network.params(codes, rows, FREE))
    np.testing.assert_allclose(forecast, model.scaler_.undo(np.asarray(wanted))[:, -6:], rtol=1e-5)


def test_a_predictor_needs_the_future_to_be_scored(waves, refused):
    net = hy.nets.Recurrent(8, future=6, decoder="conditional", reconstruct=False)
    model = hy.VAE(2, net=net, epochs=2, random_state=0, verbose=0).fit(waves)
    for method in (model.score_samples, model.reconstruction_error, lambda X: model.log_likelihood(X, 5)):
        with refused(DataError, "30 steps"):
            method(waves[:, :24])
    with refused(ParameterError, "forecast"):
        model.sample(2)
    error = model.reconstruction_error(waves)
    np.testing.assert_allclose(
        error, np.sqrt(np.sum((model.forecast(waves) - waves[:, 24:]) ** 2, axis=(1, 2))), rtol=1e-5
    )


def test_noise_of_a_conditional_decoder_is_refused(models, refused):
    with refused(ParameterError, "conditional"):
        models["lstm-conditional"].sample(2, noise=True)


def test_no_forecast_without_a_future(models, refused):
    with refused(ParameterError, "future"):
        models["gru"].forecast(SERIES)


# -- what is wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        ([np.zeros((3, 2)), np.zeros((4, 3))], DataError, ("2 channels", "3 channels", "series 1")),
        ([np.zeros((3, 2)), np.zeros((0, 2))], DataError, ("empty",)),
        ([np.ones((3, 2)), np.full((4, 2), np.nan)], DataError, ("series 1", "known")),
        ([np.ones((3, 2)), np.full((4, 2), np.inf)], DataError, ("infinity",)),
        ([[1, 2, 3], [4, 5]], DataError, ("unequal", "kind='series'")),
        ([np.array([["a", "b"]]), np.array([["a", "b"]] * 2)], DataError, ("numbers",)),
    ],
)
def test_bad_series_are_refused(X, error, words, refused):
    with refused(error, *words):
        fitted("gru", X)


def test_other_channels_are_refused(models, refused):
    with refused(DataError, "3 channels"):
        models["gru"].transform([np.zeros((4, 2)), np.zeros((5, 2))])
    with refused(DataError, "20 steps"):
        models["dense"].transform(np.ones((2, 20, 3)))


@pytest.mark.parametrize("lengths", [[1, 2], [0, 1, 2], [1.5, 2, 3], "abc", [[1, 2, 3]]])
def test_bad_lengths_are_refused(lengths, models, refused):
    with refused(ParameterError, "lengths"):
        models["gru"].inverse_transform(np.zeros((3, 2)), lengths=lengths)
