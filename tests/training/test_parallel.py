"""Models in step with each other: each has the history and the weights it gets alone, however many run side by side."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from sklearn.base import clone

import hyotan as hy
from hyotan.core.ops import to_numpy
from hyotan.training import parallel

X = np.random.default_rng(0).normal(size=(150, 6)).astype(np.float32)
V = np.random.default_rng(1).normal(size=(37, 6)).astype(np.float32)
WAVES = np.sin(np.arange(12) / 3 + np.arange(60)[:, None])[..., None].astype(np.float32)
BASE = {"epochs": 3, "batch_size": 16, "verbose": 0}
DENSE = {"net": hy.nets.Dense((8,)), **BASE}
STOPPING = {"early_stopping": True, "patience": 2, "learning_rate": 0.05, "epochs": 20}


def decay():
    return keras.optimizers.schedules.ExponentialDecay(1e-2, 7, 0.8)


SAMPLED = {"net": hy.nets.Recurrent(4, decoder="conditional", scheduled_sampling=0.5, sampling_epochs=4)}
MASKED = {"corruption": hy.corruptions.Masking(0.3), "net": hy.nets.Dense((8,), dropout=0.3)}
CASES = {
    "ae": (hy.AE(2, **DENSE), {"learning_rate": [1e-3, 1e-2]}),
    "vae": (hy.VAE(2, **DENSE), {"latent__divergence__beta": [0.5, 4.0]}),
    "warm-up": (hy.VAE(2, warmup=3, free_bits=0.1, **DENSE), {"latent__divergence__beta": [1, 4.0]}),
    "sparse": (hy.SparseAE(4, **DENSE), {"latent__l1": [0.0, 0.5]}),
    "noise": (hy.DenoisingAE(2, **{**BASE, **MASKED}), {"learning_rate": [1e-3, 3e-3]}),
    "schedule": (hy.AE(2, **{**DENSE, "learning_rate": decay()}), {}),
    "averaged": (hy.AE(2, optimizer=keras.optimizers.SGD(0.01, 0.9, use_ema=True), **DENSE), {}),
    "stopping": (hy.VAE(2, **{**DENSE, **STOPPING}), {"patience": [1, 4]}),
    "epochs": (hy.VAE(2, **DENSE), {"epochs": [2, 5]}),
    "recurrent": (hy.VAE(2, **{**BASE, **SAMPLED}), {"latent__divergence__beta": [0.1, 1.0]}),
    "lstm": (hy.AE(2, net=hy.nets.Recurrent(4, cell="lstm", future=3), **BASE), {}),
}


def variables(model):
    return [to_numpy(v) for v in model._fitted.network.variables]


PAIRS = [(name, width) for name in CASES for width in (1, "all")] + [("vae", 3), ("stopping", 3)]
ALONE = {}


def alone(name, **varied):
    """The model fitted by itself; twice asked for, once fitted."""
    key = (name, *varied.items())
    if key not in ALONE:
        rows, held = data(name)
        ALONE[key] = clone(CASES[name][0]).set_params(**varied).fit(rows, validation_data=held)
    return ALONE[key]


def data(name):
    return (WAVES, WAVES[:9] + 0.1) if name in ("recurrent", "lstm") else (X, V)


@pytest.mark.filterwarnings("ignore:.*posterior collapse")
@pytest.mark.parametrize(("name", "width"), PAIRS)
def test_each_is_what_it_is_alone(name, width, monkeypatch):
    template, over = CASES[name]
    rows, held = data(name)
    sweep = hy.Sweep(template, over=over, seeds=(0, 5, 6) if not over else (0, 5))
    monkeypatch.setattr(parallel, "WIDTH", len(sweep._variants()) if width == "all" else width)
    sweep.fit(rows, validation_data=held)
    assert "models in one compiled program" in sweep.together_
    assert "\n" not in sweep.together_
    for row, model in list(zip(sweep.table_, sweep.models_, strict=True))[:: 2 if over else 1][-2:]:
        expected = alone(name, **{key: row[key] for key in over}, random_state=row["seed"])
        assert model.history_.keys() == expected.history_.keys()
        for term in expected.history_.keys() - {"seconds"}:
            np.testing.assert_allclose(model.history_[term], expected.history_[term], rtol=2e-4, atol=1e-4)
        for one, other in zip(variables(model), variables(expected), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=2e-5)


def test_a_processor_takes_one_after_another():
    sweep = hy.Sweep(hy.VAE(2, **{**DENSE, "epochs": 2}), seeds=(0, 5)).fit(X)
    assert "one after another: a processor is busy" in sweep.together_


@pytest.mark.parametrize(
    ("room", "words"), [(10**15, "all side by side"), (1, "one after another: two of them do not")]
)
def test_an_accelerator_takes_all_that_fit(room, words, monkeypatch):
    monkeypatch.setattr(parallel.jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(
        parallel.jax, "local_devices", lambda: [SimpleNamespace(memory_stats=lambda: {"bytes_limit": room})]
    )
    sweep = hy.Sweep(hy.VAE(2, **{**DENSE, "epochs": 2}), seeds=(0, 5)).fit(X, validation_data=V)
    assert words in sweep.together_


def test_an_operation_for_one_at_a_time_is_done_so(monkeypatch):
    def only_one(self, member, width):
        if width > 1:
            raise NotImplementedError("Batching rule for 'vendor_kernel' not implemented")
        return prepare(self, member, width)

    prepare = parallel.Pass.prepare
    monkeypatch.setattr(parallel.Pass, "prepare", only_one)
    monkeypatch.setattr(parallel, "WIDTH", 2)
    sweep = hy.Sweep(hy.VAE(2, **{**DENSE, "epochs": 4}), seeds=(0, 5)).fit(X)
    assert "one after another: an operation of theirs is for one model at a time" in sweep.together_
