"""Training: blocks equal steps, weights reach what they should, guards and schedules do what they say."""

import keras
import numpy as np
import pytest

import hyotan as hy
from hyotan.core.batch import Batch
from hyotan.core.ops import to_numpy
from hyotan.training import minibatches

X = np.random.default_rng(0).normal(size=(70, 6)).astype(np.float32)


def vae(**params):
    base = {"net": hy.nets.Dense((8,)), "epochs": 3, "batch_size": 16, "random_state": 0, "verbose": 0}
    return hy.VAE(2, **{**base, **params})


def weights(model):
    return [to_numpy(w) for w in model._fitted.network.weights]


class EveryStep(keras.callbacks.Callback):
    """A callback that wants to see steps keeps training in Keras's own loop."""

    def __init__(self):
        super().__init__()
        self.steps = 0

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1


@pytest.mark.parametrize("n", [70, 64, 10])
def test_blocks_of_steps_give_the_weights_of_single_steps(n):
    watcher = EveryStep()
    single = vae(callbacks=[watcher]).fit(X[:n])
    blocks = vae().fit(X[:n])
    assert watcher.steps == 3 * -(-n // min(16, n))
    for one, other in zip(weights(single), weights(blocks), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)
    assert single.history_["loss"] == pytest.approx(blocks.history_["loss"], rel=1e-5)


def test_minibatches_are_a_permutation_with_filler_that_weighs_nothing():
    rows = Batch(np.arange(10, dtype=np.float32)[:, None], np.ones(10, np.float32))
    batches = minibatches.Minibatches(rows, 4, seed=0)
    state = np.random.get_state()[1].copy()
    batches.on_epoch_begin()
    got = [batches[i][0] for i in range(len(batches))]
    assert [b["values"].shape for b in got] == [(4, 1)] * 3
    weight = np.concatenate([b["weight"] for b in got])
    values = np.concatenate([b["values"] for b in got]).ravel()
    assert sorted(values[weight > 0]) == list(range(10))
    assert weight.sum() == 10
    assert (np.random.get_state()[1] == state).all(), "NumPy's global generator was touched"


def test_global_generators_are_left_alone():
    import random

    np.random.seed(1)
    random.seed(1)
    vae(epochs=1).fit(X)
    numbers = np.random.rand(), random.random()
    np.random.seed(1)
    random.seed(1)
    assert numbers == (np.random.rand(), random.random())


def test_the_loss_is_the_sum_of_its_weighted_terms():
    history = vae(beta=3.0).fit(X).history_
    np.testing.assert_allclose(history["loss"], np.add(history["nll"], np.multiply(3.0, history["kl"])), rtol=1e-5)
    np.testing.assert_allclose([sum(k) for k in history["kl_per_dim"]], history["kl"], rtol=1e-5)


def test_beta_has_an_effect():
    """Where a peer clamps the KL to zero, beta=0 and beta=100 give the same weights."""
    free, held = (vae(beta=b, epochs=60, learning_rate=0.01).fit(X) for b in (0.0, 100.0))
    assert not all(np.array_equal(a, b) for a, b in zip(weights(free), weights(held), strict=True))
    assert held.history_["kl"][-1] < 0.1 * free.history_["kl"][-1]


def test_warm_up_reaches_the_compiled_step():
    """loss − nll − β·kl = 0 at the scheduled β of every epoch; validation always has the full one."""
    model = vae(beta=4.0, warmup=4, epochs=6).fit(X, validation_data=X)
    history = {k: np.array(v) for k, v in model.history_.items() if k != "kl_per_dim" and k != "val_kl_per_dim"}
    beta = (history["loss"] - history["nll"]) / history["kl"]
    np.testing.assert_allclose(beta, [1, 2, 3, 4, 4, 4], rtol=1e-3)
    np.testing.assert_allclose((history["val_loss"] - history["val_nll"]) / history["val_kl"], 4, rtol=1e-3)


def test_fewer_rows_than_a_batch():
    model = vae(batch_size=500).fit(X[:7])
    assert len(model.history_["loss"]) == 3
    assert np.isfinite(model.score_samples(X)).all()


def test_refitting_the_same_object_gives_the_same_weights():
    model = vae().fit(X)
    first = weights(model)
    model.fit(X)
    assert all(np.array_equal(a, b) for a, b in zip(first, weights(model), strict=True))


def test_epochs_are_exact_and_early_stopping_restores_the_best():
    assert len(vae(epochs=4).fit(X).history_["loss"]) == 4
    noisy = vae(epochs=60, early_stopping=True, patience=3, learning_rate=0.05).fit(X)
    losses = noisy.history_["val_loss"]
    assert len(losses) < 60
    assert noisy._fitted.info["validation_rows"] == 7

    assert noisy._fitted.info["epoch"] == int(np.argmin(losses)) + 1

    # The weights that came back are those of the best epoch: so many epochs alone, on the same split, give them.
    best = int(np.argmin(losses)) + 1
    alone = vae(epochs=best, learning_rate=0.05, validation_fraction=0.1).fit(X)
    for one, other in zip(weights(noisy), weights(alone), strict=True):
        np.testing.assert_array_equal(one, other)


def test_not_finite_stops_and_keeps_the_last_good_weights():
    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                self.model.optimizer.learning_rate.assign(1e30)

    with pytest.warns(hy.HyotanWarning, match="not finite .* epoch 3, step .* weights of epoch 2 are kept"):
        model = vae(epochs=10, callbacks=[Spoil()]).fit(X)
    assert len(model.history_["loss"]) == 2
    assert "clip gradients" in model.warnings_[0]
    same = vae(epochs=2).fit(X)
    for one, other in zip(weights(model), weights(same), strict=True):
        np.testing.assert_array_equal(one, other)


def test_not_finite_in_the_first_epoch_is_an_error_and_an_earlier_fit_survives():
    model = vae().fit(X)
    codes = model.transform(X)
    model.set_params(learning_rate=1e30)
    with pytest.raises(hy.TrainingError, match="epoch 1, step .* what to do: lower learning_rate"):
        model.fit(X)
    np.testing.assert_array_equal(model.transform(X), codes)


def test_the_step_that_failed_is_named():
    """One row of a huge value is in one known batch of the first epoch."""
    big = X.copy()
    big[33] = 3e38
    order = np.random.default_rng(int(np.random.RandomState(0).randint(2**31 - 1))).permutation(70)
    step = int(np.flatnonzero(order == 33)[0]) // 16 + 1
    with pytest.raises(hy.TrainingError, match=f"epoch 1, step {step} "):
        vae(scale="none", epochs=1).fit(big)


def test_collapse_is_said_once_by_name():
    with pytest.warns(hy.HyotanWarning, match="posterior collapse: 0 of 2 latent units") as said:
        model = vae(beta=100.0, epochs=100, learning_rate=0.01).fit(X)
    assert sum("collapse" in str(w.message) for w in said) == 1
    assert model.history_["active_units"][-1] == 0
    assert any("collapse" in text for text in model.warnings_)


@pytest.mark.parametrize(
    "params",
    [
        {"optimizer": "rmsprop"},
        {"optimizer": keras.optimizers.SGD(1e-3, momentum=0.9)},
        {"learning_rate": keras.optimizers.schedules.ExponentialDecay(1e-2, 10, 0.9)},
    ],
    ids=["name", "object", "schedule"],
)
def test_optimizers_and_schedules(params):
    model = vae(**params).fit(X)
    assert np.isfinite(model.history_["loss"]).all()
    again = vae(**params).fit(X)
    assert all(np.array_equal(a, b) for a, b in zip(weights(model), weights(again), strict=True))


def test_unknown_optimizer():
    with pytest.raises(hy.ParameterError, match=r"no optimizer named 'adm'.*did you mean 'adam'"):
        vae(optimizer="adm").fit(X)
    with pytest.raises(hy.ParameterError, match="learning_rate"):
        vae(learning_rate=-1).fit(X)


def test_callbacks_see_every_term():
    seen = {}

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.update(logs)

    vae(callbacks=[Look()]).fit(X, validation_data=X)
    assert {"loss", "nll", "kl", "active_units", "val_loss", "val_kl", "seconds"} <= set(seen)
    assert all(np.ndim(v) == 0 for v in seen.values())


def test_sample_weight_counts_rows():
    """A row of weight 0 does nothing; weight 2 is the row twice (full batches, no noise: up to rounding)."""
    ae = {"net": hy.nets.Dense((4,)), "epochs": 5, "batch_size": 200, "random_state": 0, "verbose": 0}
    weight = np.r_[np.zeros(20), np.full(30, 2.0), np.ones(20)]
    weighted = hy.AE(2, **ae).fit(X, sample_weight=weight)
    repeated = hy.AE(2, **ae).fit(np.repeat(X, weight.astype(int), axis=0))
    np.testing.assert_allclose(weighted.transform(X), repeated.transform(X), rtol=1e-3, atol=1e-5)
    with pytest.raises(hy.DataError, match="sample_weight"):
        hy.AE(2, **ae).fit(X, sample_weight=-weight)


def test_progress_is_silent_unless_asked(capfd):
    vae(verbose=0).fit(X)
    assert capfd.readouterr() == ("", "")
    vae(verbose=1).fit(X)
    out = capfd.readouterr()
    assert out.out.count("\n") == 1
    assert "Gaussian" in out.out
    assert out.err == ""  # not a terminal: no bar
    vae(verbose=2).fit(X)
    assert capfd.readouterr().err.count("epoch") == 3


def test_checkpoint_is_a_model(tmp_path):
    path = tmp_path / "deep" / "m.hyotan"
    model = vae(checkpoint=path).fit(X)
    np.testing.assert_array_equal(hy.load(path).transform(X), model.transform(X))
    assert [p.name for p in path.parent.iterdir()] == ["m.hyotan"]


def test_dropout_reaches_training_and_only_training():
    """Keras's JAX step calls the model's ``call`` itself; layers below must hear of it all the same."""
    for callbacks in ([], [EveryStep()]):
        little, much = (
            vae(net=hy.nets.Dense((8,), dropout=d), callbacks=callbacks).fit(X).transform(X) for d in (0.01, 0.9)
        )
        assert np.abs(little - much).max() > 0.01
    model = vae(net=hy.nets.Dense((8,), dropout=0.9)).fit(X)
    np.testing.assert_array_equal(model.transform(X), model.transform(X))


def test_batch_statistics_of_a_custom_net_move():
    encoder = keras.Sequential([keras.Input((6,)), keras.layers.BatchNormalization(momentum=0.0)])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
    model = hy.AE(2, net=hy.nets.Custom(encoder, decoder), scale="none", epochs=1, batch_size=64, verbose=0)
    model.fit(X[:64] + 5)
    moved = to_numpy(model._fitted.network.net.encoder.layers[0].moving_mean)
    np.testing.assert_allclose(moved, (X[:64] + 5).mean(axis=0), rtol=1e-4)


def test_custom_nets_without_weights_follow_the_seed():
    def net():
        return hy.nets.Custom(keras.Sequential([keras.layers.Dense(4)]), keras.Sequential([keras.layers.Dense(4)]))

    one, two, other = (hy.AE(2, net=net(), epochs=1, random_state=s, verbose=0).fit(X).transform(X) for s in (0, 0, 1))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_a_validation_loss_that_is_not_finite_is_told():
    bad = X[:5].copy()
    bad[0, 0] = 1e30
    with pytest.raises(hy.TrainingError, match=r"validation loss is not finite .* epoch 1"):
        vae(early_stopping=True).fit(X, validation_data=bad)
    with pytest.warns(hy.HyotanWarning, match="validation loss is not finite"):
        model = vae().fit(X, validation_data=bad)
    assert len(model.history_["loss"]) == 3


def test_hooks_set_on_an_object_are_called_at_every_step():
    calls = []
    each = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: calls.append(batch))
    vae(callbacks=[each]).fit(X)
    assert len(calls) == 3 * 5


def test_nothing_holds_the_training_rows_afterwards():
    import pickle

    watcher = EveryStep()
    model = vae(callbacks=[watcher]).fit(X)
    assert model._fitted.network.train_function is None
    assert watcher.model is None
    assert pickle.loads(pickle.dumps(model)).callbacks is None


def test_the_checkpoint_ends_with_the_weights_that_came_back(tmp_path):
    path = tmp_path / "m.hyotan"
    model = vae(epochs=40, early_stopping=True, patience=3, learning_rate=0.05, checkpoint=path).fit(X)
    assert int(np.argmin(model.history_["val_loss"])) < len(model.history_["val_loss"]) - 1
    loaded = hy.load(path)
    np.testing.assert_array_equal(loaded.transform(X), model.transform(X))
    assert loaded.history_ == model.history_


def test_a_checkpoint_that_cannot_be_written_is_said_first_and_a_bad_run_spoils_no_good_file(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(hy.ArtifactError, match="cannot be written"):
        vae(checkpoint=tmp_path / "file" / "m.hyotan").fit(X)
    path = vae().fit(X).save(tmp_path / "m.hyotan")
    before = path.read_bytes()
    with pytest.raises(hy.TrainingError):
        vae(checkpoint=path, learning_rate=1e30).fit(X)
    assert path.read_bytes() == before
