"""A new part is one new file: those of docs/adding-a-part.md, put into their folders, work from end to end."""

import doctest
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from scipy import special, stats

import hyotan as hy
from hyotan.core import part
from hyotan.core.context import Context
from hyotan.core.ops import to_numpy
from hyotan.core.spec import Seeds, Spec
from hyotan.estimator.build import built
from hyotan.latents._base import DiagonalNormal
from hyotan.model.parts import Parts

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "adding-a-part.md"
FILE = re.compile(r"^## An? [a-z]+: `(?P<file>[\w/]+\.py)`.*?^```python\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
X = np.random.default_rng(0).normal(size=(48, 6)).astype(np.float32) @ np.diag([1, 2, 1, 1, 3, 1])
COMMON = {"net": "gated", "net__hidden": 8, "epochs": 2, "batch_size": 10, "random_state": 0, "verbose": 0}

FILES = {
    found["file"]: "".join(each.source for each in doctest.DocTestParser().get_examples(found["code"]))
    for found in FILE.finditer(GUIDE.read_text(encoding="utf-8"))
}
# A net whose author gave its layers no names: Keras numbers them anew in every build.
FILES["nets/unnamed.py"] = '''
"""A net without names."""

import keras

from hyotan.core.ops import flat
from hyotan.nets import Net, NetLayer


class Unnamed(Net):
    """One layer on each side."""

    def build(self, spec, seeds):
        return UnnamedLayer(spec, seeds)


class UnnamedLayer(NetLayer):
    """Layer of Unnamed."""

    def __init__(self, spec, seeds):
        super().__init__(spec)
        self.read = keras.layers.Dense(7, "tanh", kernel_initializer=seeds.glorot())
        self.write = keras.layers.Dense(7, "tanh", kernel_initializer=seeds.glorot())

    def encode(self, features, batch, ctx):
        return self.read(flat(features))

    def decode(self, z, ctx, emit, teacher=None):
        return emit(self.write(z))[0]
'''


def drop(folder, add):
    """Write every file into a folder of its package's own, and let the package find it."""
    for name, text in FILES.items():
        room, _, _ = name.rpartition("/")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        package = importlib.import_module(f"hyotan.{room.replace('/', '.')}")
        add(package, str(path.parent))
    for room in dict.fromkeys(name.rpartition("/")[0] for name in FILES):
        package = importlib.import_module(f"hyotan.{room.replace('/', '.')}")
        part.discover(package.__name__, package.__path__)


@pytest.fixture(scope="module", autouse=True)
def dropped(taken_back, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        drop(
            tmp_path_factory.mktemp("parts"),
            lambda package, folder: patch.setattr(package, "__path__", [*package.__path__, folder]),
        )
        yield
    for name in FILES:
        room, _, file = name.removesuffix(".py").replace("/", ".").rpartition(".")
        sys.modules.pop(f"hyotan.{room}.{file}")
        delattr(importlib.import_module(f"hyotan.{room}"), file)


def variants():
    mixture, mmd = {"latent__prior": "mixture"}, {"latent__divergence": "mmd"}
    return {
        "latent": {"latent": "topk", "latent__dim": 4},
        "prior": {"latent": "gaussian", **mixture},
        "divergence": {"latent": "gaussian", **mmd},
        "prior and divergence": {"latent": "gaussian", **mixture, **mmd},
        "likelihood": {"likelihood": "laplace"},
        "corruption": {"corruption": "dimming"},
        "net": {"net": "unnamed"},
    }


@pytest.fixture(scope="module")
def fitted(dropped):
    """Return a function from the name of a variant to its model, fitted once."""
    known = {}

    def fit(name):
        if name not in known:
            params = {**COMMON, **variants()[name]}
            if params["net"] != "gated":
                del params["net__hidden"]
            known[name] = hy.Autoencoder(**params).fit(X)
        return known[name]

    return fit


every_variant = pytest.mark.parametrize("name", variants())


def test_the_guide_has_a_file_for_every_kind():
    kinds = re.findall(r"^## An? ([a-z]+): ", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {*kinds} == {*part._REGISTRY, "metric", "plot"}
    assert len(FILES) == len(kinds) + 1


def test_each_is_found_by_its_name():
    from hyotan import corruptions, divergences, latents, likelihoods, nets, priors

    for package, name in (
        (latents, "TopK"),
        (priors, "Mixture"),
        (divergences, "MMD"),
        (likelihoods, "Laplace"),
        (corruptions, "Dimming"),
        (nets, "Gated"),
    ):
        assert getattr(package, name).__name__ == name in dir(package)
    assert "largest_error" in hy.metrics.registered()
    assert callable(hy.plots.largest_error_bar)


@pytest.mark.parametrize(
    ("kind", "name"), [("latent", "topk"), ("likelihood", "laplace"), ("corruption", "dimming"), ("net", "gated")]
)
def test_a_misspelt_name_is_told_with_the_new_one(kind, name, refused):
    with refused(hy.ParameterError, f"did you mean {name!r}?"):
        hy.Autoencoder(**{kind: name[:-1], "verbose": 0}).fit(X)


@every_variant
def test_the_whole_way(name, fitted, tmp_path):
    model = fitted(name)
    codes, scores = model.transform(X), model.score_samples(X)
    assert np.isfinite(codes).all() and np.isfinite(scores).all() and codes.std() > 0
    assert model.reconstruct(X).shape == X.shape
    abilities = model.parts_.latent.abilities
    if "sample" in abilities:
        assert np.isfinite(model.sample(5, random_state=0)).all()
    else:
        with pytest.raises(hy.ParameterError):
            model.sample(5)

    loaded = hy.load(model.save(tmp_path / "m.hyotan"))
    np.testing.assert_array_equal(loaded.transform(X), codes)
    np.testing.assert_array_equal(loaded.score_samples(X), scores)
    if "sample" in abilities:
        np.testing.assert_array_equal(loaded.sample(5, random_state=0), model.sample(5, random_state=0))

    record = hy.evaluate(loaded, X)
    assert record.metrics["largest_error"]["value"] == pytest.approx(np.abs(X - model.reconstruct(X)).max(), rel=1e-5)
    page = hy.report(record, out=tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Largest error" in page
    for params in model.get_params(deep=False).values():
        if isinstance(params, part.Part):
            assert type(params).__name__ in page


def test_a_sweep_over_a_new_parameter():
    model = hy.Autoencoder("topk", latent__dim=4, likelihood="laplace", **COMMON)
    fleet = hy.Fleet(model, over={"latent__k": [1, 3]}).fit(X)
    assert [row["error"] for row in fleet.table_ if row.get("error")] == []
    assert [sorted(set((one.transform(X) != 0).sum(axis=1))) for one in fleet.models_] == [[1], [3]]


def test_the_k_largest_are_kept(fitted):
    model = fitted("latent")
    network = model._fitted.network
    codes = model.transform(X)
    layer = network.latent
    h = np.random.default_rng(0).normal(size=(9, 8)).astype(np.float32)
    dense, kept = to_numpy(layer.code(h)), to_numpy(layer.heads(h)["code"])
    order = np.argsort(-dense, axis=1)[:, : layer.k]
    expected = np.zeros_like(dense)
    np.put_along_axis(expected, order, np.take_along_axis(dense, order, 1), 1)
    np.testing.assert_array_equal(kept, expected)
    assert set((codes != 0).sum(axis=1)) == {layer.k}


def weights_of(model, name):
    from hyotan.artifact.weights import tensors

    return {path.rpartition("/")[2]: to_numpy(w) for path, w in tensors(model._fitted.network) if name in path}


def log_mixture(z, prior):
    w, m, s = (prior[key].astype(np.float64) for key in ("logits", "means", "log_sigma"))
    each = stats.norm.logpdf(z[..., None, :], m, np.exp(s)).sum(axis=-1)
    return special.logsumexp(each + special.log_softmax(w), axis=-1)


@pytest.mark.parametrize("name", ["prior", "prior and divergence"])
def test_a_mixture_is_learned_saved_and_drawn_from(name, fitted):
    model = fitted(name)
    prior, network = weights_of(model, "latent/prior"), model._fitted.network
    assert sorted(prior) == ["log_sigma", "logits", "means"]
    start = built(Parts(*(getattr(model.parts_, k) for k in ("net", "latent", "likelihood"))), network.spec, 0)
    # Both begin at zero. Nothing tells which component a draw is from but log p(z): MMD does not train the shares.
    for path in ("logits", "log_sigma") if name == "prior" else ("log_sigma",):
        assert np.abs(prior[path]).max() > 0
        assert not np.any(to_numpy(getattr(start.latent.prior, path)))

    z = np.random.default_rng(1).normal(size=(3, 7, 2)).astype(np.float32)
    np.testing.assert_allclose(network.latent.log_prior(z, Context()), log_mixture(z, prior), rtol=1e-5)

    drawn = network.sample_prior(20_000, 0)
    share = special.softmax(prior["logits"])
    mean = share @ prior["means"]
    second = share @ (np.exp(2 * prior["log_sigma"]) + prior["means"] ** 2)
    deviation = np.sqrt(second - mean**2)
    assert (np.abs(drawn.mean(axis=0) - mean) < 5 * deviation / np.sqrt(len(drawn))).all()
    np.testing.assert_allclose(drawn.std(axis=0), deviation, rtol=0.05)


@pytest.mark.parametrize("name", ["prior", "prior and divergence"])
def test_the_score_is_the_elbo_of_the_draws(name, fitted):
    """E_q[log p(x|z) + log p(z) − log q(z|x)] over the fixed draws, put together in NumPy."""
    model = fitted(name)
    network, scaled = model._fitted.network, model.scaler_.apply(X).astype(np.float32)
    q = {k: to_numpy(v) for k, v in network.encoder(scaled).items()}
    sigma = np.exp(0.5 * q["log_var"].astype(np.float64))
    z = q["mean"] + sigma * network.latent.fixed_noise(16, (2,))[:, None]
    decoded = np.stack([to_numpy(network.decoder(each.astype(np.float32))) for each in z])
    log_sigma = float(network.likelihood.log_sigma({}))
    log_px = stats.norm.logpdf(scaled, decoded, np.exp(log_sigma)).sum(axis=-1)
    log_q = stats.norm.logpdf(z, q["mean"], sigma).sum(axis=-1)
    elbo = (log_px + log_mixture(z, weights_of(model, "latent/prior")) - log_q).mean(axis=0)
    np.testing.assert_allclose(model.score_samples(X), elbo + np.sum(model.scaler_.log_jacobian((6,))), rtol=1e-4)


@pytest.mark.parametrize("name", ["prior", "divergence", "prior and divergence"])
def test_the_likelihood_is_at_least_the_score(name, fitted):
    found, stderr = fitted(name).log_likelihood(X, n_samples=500)
    assert np.isfinite(found).all()
    # The score is a mean of 16 draws and the estimate one of 500: what both leave open.
    assert (found + 5 * stderr + 0.5 >= fitted(name).score_samples(X)).all()


def mmd(codes, drawn, weight, width):
    kernel = lambda a, b: np.exp(-np.square(a[:, None] - b).sum(axis=-1) / (2 * width**2))  # noqa: E731
    share = weight / weight.sum()
    return (
        share @ kernel(codes, codes) @ share
        + kernel(drawn, drawn).mean()
        - 2 * share @ kernel(codes, drawn).mean(axis=1)
    )


def test_mmd_is_that_of_numpy_and_leaves_out_what_fills_up():
    rng = np.random.default_rng(3)
    mean, log_var = rng.normal(size=(2, 9, 2)).astype(np.float32)
    q, weight = DiagonalNormal(mean, log_var), np.array([1, 2, 0.5, 1, 1, 3, 0, 0, 0], np.float32)
    z = np.asarray(q.draw(rng.normal(size=(1, 9, 2)).astype(np.float32)))
    divergence, prior = hy.divergences.MMD(7.0, width=0.8), hy.priors.StandardNormal()
    drawn = np.asarray(prior.sample(9, (2,), Context(seed=keras.random.SeedGenerator(5))))

    def of(codes):
        ctx = Context(weight=weight, seed=keras.random.SeedGenerator(5))
        return divergence.build(Spec((6,)), Seeds(0)).terms(q, prior, codes, ctx)

    terms = of(z)
    expected = mmd(z[0].astype(np.float64), drawn, weight.astype(np.float64), 0.8)
    np.testing.assert_allclose(terms.report["mmd"], np.full(9, expected), rtol=1e-4)
    np.testing.assert_allclose(terms.minimise["mmd"], np.full(9, 7 * expected), rtol=1e-4)
    other = z.copy()
    other[:, 6:] += 3  # rows of weight 0
    np.testing.assert_array_equal(of(other).minimise["mmd"], terms.minimise["mmd"])


def test_there_is_no_kl_where_mmd_is(fitted):
    model = fitted("divergence")
    assert "mmd" in model.history_ and not {"kl", "kl_per_dim"} & set(model.history_)
    assert model._fitted.about["mmd"].text == "MMD² to the prior"
    weight = model.parts_.latent.nested("divergence").weight
    history = {name: np.asarray(model.history_[name]) for name in ("loss", "nll", "mmd")}
    np.testing.assert_allclose(history["loss"], history["nll"] + weight * history["mmd"], rtol=1e-5)


def test_a_term_is_called_by_its_label_in_the_report(fitted, tmp_path):
    page = hy.report(fitted("divergence"), X, out=tmp_path / "report.html").read_text(encoding="utf-8")
    assert "MMD² to the prior" in page


def test_laplace_is_that_of_scipy(fitted):
    model = fitted("likelihood")
    network = model._fitted.network
    scale = float(np.exp(to_numpy(network.likelihood.log_scale)))
    assert scale != 1
    mean, own = model.reconstruct(X).astype(np.float64), model.scaler_
    deviation = np.exp(-own.log_jacobian((6,)))
    expected = stats.laplace.logpdf(X, mean, scale * deviation).sum(axis=1)
    np.testing.assert_allclose(model.score_samples(X), expected, rtol=1e-4)
    draws = network.likelihood.sample({"mean": np.zeros((20_000, 1), "float32")}, keras.random.SeedGenerator(0))
    assert stats.kstest(np.asarray(draws)[:, 0], stats.laplace(scale=scale).cdf).pvalue > 1e-3


def test_the_encoder_alone_is_shown_dimmed_rows(fitted):
    model = fitted("corruption")
    from hyotan.core.batch import Batch

    rows = np.ones((4000, 6), np.float32)
    seen = part.resolve("corruption", model.corruption)(Batch(rows, None), keras.random.SeedGenerator(0))
    factor = np.asarray(seen.values)
    assert (factor == factor[:, :1]).all()
    assert stats.kstest(factor[:, 0], stats.uniform(0.5, 0.5).cdf).pvalue > 1e-3
    np.testing.assert_array_equal(model.transform(X), model.transform(X))  # nothing is dimmed in answers


def test_an_error_of_a_part_comes_out_as_itself():
    latent = hy.latents.Gaussian(2, prior="mixture", divergence=hy.divergences.KL(free_bits=0.5))
    with pytest.raises(hy.ParameterError, match=r"^free_bits needs a KL .* · expected: .* · what to do: [^·\n]*$"):
        hy.Autoencoder(latent, **COMMON).fit(X)


def test_the_contract_tests_hold_them(tmp_path):
    """They are collected over the registry: with the files in their folders they run for the new parts too."""
    plugin = f"""
import importlib.util
from pathlib import Path
spec = importlib.util.spec_from_file_location("new_parts", {str(Path(__file__))!r})
new = importlib.util.module_from_spec(spec)
spec.loader.exec_module(new)
new.drop(Path({str(tmp_path)!r}), lambda package, folder: package.__path__.append(folder))
"""
    (tmp_path / "drop_new_parts.py").write_text(plugin)
    places = ["latents/test_contract.py", "likelihoods/test_contract.py", "corruptions", "test_contract.py"]
    wanted = "mixture or mmd or laplace() or (topk and (vector or gradient and gated)) or (dimming and not contract.py)"
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:xdist", "-p", "drop_new_parts", "-p", "no:cacheprovider"]
    command += ["-k", wanted.replace("()", "")]
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [*command, *(str(ROOT / "tests" / place) for place in places)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    passed = [line for line in done.stdout.splitlines() if " PASSED" in line]
    for name in ("mixture", "mmd", "laplace", "topk", "gated", "dimming"):
        assert any(name in line for line in passed), name
