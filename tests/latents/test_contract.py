"""What every registered latent, divergence and prior has to keep to."""

import keras
import numpy as np
import pytest
from scipy import integrate

import hyotan.latents as latents
from hyotan.core.context import Context
from hyotan.core.part import registered
from hyotan.core.spec import Seeds, Spec

ROWS, DIM, DRAWS = 5, 3, 4
CTX = Context(weight=np.ones(ROWS, "float32"))
LAYOUTS = {"vector": (ROWS, 7), "grid": (ROWS, 2, 3, 7)}
LATENTS = [
    *(cls(dim=DIM) for cls in registered("latent").values()),
    latents.Gaussian(DIM, head="sigma"),
    latents.Point(DIM, activation="tanh"),
]

every_latent = pytest.mark.parametrize("part", LATENTS, ids=lambda part: " ".join(repr(part).split()))
every_layout = pytest.mark.parametrize("layout", LAYOUTS)


@pytest.fixture
def made(part, layout, build):
    """Return the layer, the posterior of five rows, and the shape of a code."""
    layer = build(type(part)(**{**part.get_params(deep=False), "layout": layout}))
    hidden = np.random.default_rng(0).normal(size=LAYOUTS[layout]).astype("float32")
    assert layer.layout == layout
    return layer, layer.posterior(hidden, CTX), (*LAYOUTS[layout][1:-1], DIM)


@every_latent
@every_layout
def test_shapes(made):
    layer, q, code = made
    z = q.draw(q.noise(DRAWS, (ROWS, *code), keras.random.SeedGenerator(0)))
    assert q.mean().shape == (ROWS, *code)
    assert z.shape == (DRAWS, ROWS, *code)
    assert q.log_prob(z).shape == (DRAWS, ROWS)
    log_px = np.random.default_rng(0).normal(size=(DRAWS, ROWS)).astype("float32")
    assert layer.elbo(log_px, q, z, CTX).shape == (ROWS,)
    terms = layer.objective(log_px, q, z, CTX)
    assert all(np.shape(term) == (ROWS,) for term in terms.minimise.values())
    assert all(np.shape(term) in ((ROWS,), (ROWS, int(np.prod(code)))) for term in terms.report.values())
    for found in (q.mean(), z, q.log_prob(z), *terms.minimise.values(), *terms.report.values()):
        assert np.isfinite(np.asarray(found)).all()


@every_latent
@every_layout
def test_the_parameters_alone_give_the_posterior_again(made):
    layer, q, code = made
    hidden = np.random.default_rng(0).normal(size=LAYOUTS[layer.layout]).astype("float32")
    parameters = layer.heads(hidden)
    assert next(iter(parameters.values())).shape == (ROWS, *code)
    np.testing.assert_array_equal(layer.given(parameters).mean(), q.mean())


@every_latent
@every_layout
def test_given_noise_is_the_same_for_every_row(made):
    _, q, code = made
    noise = np.random.default_rng(1).normal(size=(DRAWS, *code)).astype("float32")
    together = np.asarray(q.draw(noise))
    assert together.shape == (DRAWS, ROWS, *code)
    doubled = np.asarray(q.draw(2 * noise))
    mean = np.asarray(q.mean())
    # Whatever a row draws lies from its mean by its own scale times the shared noise.
    np.testing.assert_allclose(doubled - mean, 2 * (together - mean), atol=1e-5)


@every_latent
@every_layout
def test_the_reconstruction_term_is_the_mean_over_the_draws(made):
    layer, q, code = made
    log_px = np.random.default_rng(2).normal(size=(DRAWS, ROWS)).astype("float32")
    z = q.draw(q.noise(DRAWS, (ROWS, *code), keras.random.SeedGenerator(0)))
    terms = layer.objective(log_px, q, z, CTX)
    np.testing.assert_allclose(terms.minimise["nll"], -log_px.astype(np.float64).mean(axis=0), rtol=1e-5)
    shift = np.asarray(layer.elbo(log_px + 3, q, z, CTX)) - np.asarray(layer.elbo(log_px, q, z, CTX))
    np.testing.assert_allclose(shift, 3, rtol=1e-5)


@every_latent
@pytest.mark.parametrize("layout", ["vector"])
def test_only_probabilistic_latents_have_a_prior(part, made):
    layer, q, code = made
    z = q.draw(q.noise(DRAWS, (ROWS, *code), keras.random.SeedGenerator(0)))
    if "sample" in part.abilities:
        assert layer.log_prior(z, CTX).shape == (DRAWS, ROWS)
        assert layer.sample_prior(6, code, Context(seed=keras.random.SeedGenerator(0))).shape == (6, *code)
    else:
        np.testing.assert_array_equal(z, np.broadcast_to(q.mean(), (DRAWS, ROWS, *code)))
        with pytest.raises(NotImplementedError):
            layer.sample_prior(6, code, Context(seed=keras.random.SeedGenerator(0)))


@pytest.mark.parametrize("name", registered("divergence"))
def test_every_divergence_minimises_and_reports_a_number_a_row(name, build):
    layer = build(registered("divergence")[name]())
    generator = np.random.default_rng(0)
    q = latents._base.DiagonalNormal(*generator.normal(size=(2, ROWS, DIM)).astype("float32"))
    z = q.draw(q.noise(1, (ROWS, DIM), keras.random.SeedGenerator(0)))
    terms = layer.terms(q, latents.priors.StandardNormal(), z, CTX)
    assert terms.minimise
    for term in terms.minimise.values():
        assert term.shape == (ROWS,)
        assert np.isfinite(np.asarray(term)).all()


@pytest.mark.parametrize("name", registered("prior"))
def test_every_prior_is_a_distribution_and_draws_from_it(name):
    prior = registered("prior")[name]().build(Spec((4,), code=(1,)), Seeds(0))
    grid = np.linspace(-12, 12, 4001, dtype="float32")
    density = np.exp(np.asarray(prior.log_prob(grid[None, :, None], Context()), np.float64))[0]
    assert integrate.simpson(density, x=grid) == pytest.approx(1, abs=1e-5)

    n = 20_000
    draws = np.asarray(prior.sample(n, (1,), Context(seed=keras.random.SeedGenerator(0))))[:, 0]
    mean = integrate.simpson(density * grid, x=grid)
    deviation = np.sqrt(integrate.simpson(density * np.square(grid - mean), x=grid))
    assert draws.mean() == pytest.approx(mean, abs=5 * deviation / np.sqrt(n))
    assert draws.std() == pytest.approx(deviation, rel=5 / np.sqrt(n))
