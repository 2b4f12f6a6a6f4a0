"""The gap between codes and prior against published tables, SciPy, double loops and exact normals."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats
from scipy.special import gamma

import hyotan as hy
from hyotan.metrics import View
from hyotan.metrics._gap_words import size_of
from hyotan.metrics.prior_gap import (
    SALT,
    _anderson_darling_p,
    _distances,
    anderson_darling,
    energy,
    gap,
    humps,
    kolmogorov,
    prior_gap,
)


def normals(n, dim=1, seed=0):
    return np.random.default_rng(seed).standard_normal((n, dim))


# -- Anderson and Darling -------------------------------------------------------------------------------------------

# D'Agostino and Stephens, "Goodness-of-fit techniques" (1986), table 4.2, case 0: everything known, n ≥ 5.
TABLE = [(1.248, 0.25), (1.610, 0.15), (1.933, 0.10), (2.492, 0.05), (3.070, 0.025), (3.857, 0.01)]


@pytest.mark.parametrize(("critical", "p"), TABLE)
def test_the_published_critical_values(critical, p):
    assert _anderson_darling_p(critical, 10**6) == pytest.approx(p, rel=0.03)


def test_the_statistic_is_that_of_its_definition():
    x = normals(37)[:, 0] * 1.3 + 0.2
    ordered, total = sorted(x), 0.0
    for i in range(1, 38):
        total += (2 * i - 1) * (stats.norm.logcdf(ordered[i - 1]) + stats.norm.logsf(ordered[37 - i]))
    assert anderson_darling(x)[0] == pytest.approx(-37 - total / 37)


def test_far_out_values_have_a_statistic_and_no_warning():
    a2, p = anderson_darling(np.array([-60.0, 0.1, 60.0]))
    assert np.isfinite(a2) and 0 <= p < 1e-8


@pytest.mark.parametrize("n", [5, 20, 100])
def test_p_of_normals_is_uniform(n):
    samples = np.random.default_rng(1).standard_normal((3000, n))
    found = [anderson_darling(x)[1] for x in samples]
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert np.mean(np.asarray(found) < 0.05) == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 3000))


def test_the_tail_is_that_of_the_limiting_law():
    # A² → Σ χ²_j / (j (j + 1)): its characteristic function, turned into a probability as Imhof does.
    weights = 1 / (np.arange(1, 4000) * np.arange(2, 4001))
    u = np.linspace(1e-6, 400, 1_000_001)
    theta, log_rho = np.zeros_like(u), np.zeros_like(u)
    for weight in weights[:200]:
        theta += np.arctan(weight * u) / 2
        log_rho += np.log1p((weight * u) ** 2) / 4
    theta += weights[200:].sum() * u / 2  # of the many small ones
    for a2 in (2.492, 5.9, 6.1, 8.0):
        inside = np.sin(theta - a2 * u / 2) / (u * np.exp(log_rho))
        exact = 0.5 + np.trapezoid(inside, u) / np.pi
        assert _anderson_darling_p(a2, 10**7) == pytest.approx(exact, rel=0.06), a2
        if a2 < 6:
            assert _anderson_darling_p(a2, 10**7) == pytest.approx(exact, abs=2e-5), a2


def test_p_falls_as_the_statistic_grows():
    p = [_anderson_darling_p(a2, 50) for a2 in np.linspace(0.01, 30, 3000)]
    assert (np.diff(p) <= 1e-3).all() and p[0] == pytest.approx(1, abs=1e-3) and p[-1] > 0
    assert _anderson_darling_p(0.0, 50) == 1


@pytest.mark.parametrize("n", [1, 10, 1000])
def test_the_kolmogorov_distance_is_scipys(n):
    x = normals(n)[:, 0] * 0.9 + 0.1
    assert kolmogorov(x) == pytest.approx(stats.kstest(x, "norm").statistic)


# -- energy ---------------------------------------------------------------------------------------------------------


def test_the_energy_distance_is_that_of_a_double_loop():
    x = normals(40, 3) + 0.4
    generator = np.random.default_rng((5, SALT))
    shuffled = x[generator.permutation(40)]
    y = generator.standard_normal((40, 3))

    def mean(a, b):
        return np.mean([np.sqrt(((p - q) ** 2).sum()) for p in a for q in b])

    distance, coefficient, _ = energy(x, seed=5, permutations=9)
    expected = 2 * mean(shuffled, y) - mean(x, x) - mean(y, y)
    assert distance == pytest.approx(expected)
    assert coefficient == pytest.approx(expected / (2 * mean(x, y)))


def test_a_relabelled_sample_is_measured_as_the_given_one_is():
    x = normals(12, 2) + 1
    pooled = np.concatenate([x, normals(12, 2, seed=3)])
    apart = _distances(pooled)
    labels = np.random.default_rng(0).permutation(np.repeat([1.0, -1.0], 12)) / 12
    a, b = pooled[labels > 0], pooled[labels < 0]
    expected = 2 * np.mean([[np.linalg.norm(p - q) for p in a] for q in b])
    expected -= np.mean([[np.linalg.norm(p - q) for p in a] for q in a])
    expected -= np.mean([[np.linalg.norm(p - q) for p in b] for q in b])
    assert -labels @ apart @ labels == pytest.approx(expected)


def test_the_energy_distance_of_two_points_apart_is_known_in_closed_form():
    # ‖x − y‖ between N(0, I) and a point far out on an axis is the point's distance, E‖Y − Y'‖ = 2 Γ(1)/Γ(1/2) in 2-D.
    x = np.tile([1000.0, 0.0], (800, 1))
    distance, coefficient, p = energy(x, permutations=99)
    expected = 2 * 1000 - 2 * gamma(1.5) / gamma(1)
    assert distance == pytest.approx(expected, rel=1e-3)
    assert coefficient == pytest.approx(1, abs=0.01) and p == 0.01


def test_the_permutation_p_of_normals_is_uniform():
    found = [energy(normals(30, 2, seed=s), seed=s, permutations=99)[2] for s in range(300)]
    assert stats.kstest(found, "uniform").pvalue > 0.01


@pytest.mark.parametrize("spoil", [lambda z: z + 0.3, lambda z: 0.7 * z, lambda z: np.abs(z) * np.sign(z[:, :1])])
def test_what_is_not_normal_is_found(spoil):
    z = spoil(normals(1000, 3))
    assert energy(z)[2] <= 0.002


# -- the gap --------------------------------------------------------------------------------------------------------


def test_moments_are_those_of_scipy():
    z = np.random.default_rng(0).gamma(2.0, 1.0, (400, 2)) - 2
    found = gap(z)
    np.testing.assert_allclose(found["mean"], z.mean(axis=0))
    np.testing.assert_allclose(found["std"], z.std(axis=0))
    np.testing.assert_allclose(found["skewness"], stats.skew(z))
    np.testing.assert_allclose(found["excess_kurtosis"], stats.kurtosis(z))
    assert found["correlation"] == pytest.approx(abs(np.corrcoef(z.T)[0, 1])) and found["correlation_units"] == [0, 1]
    low, high = np.quantile(z[:, 1], [0.005, 0.995])
    assert found["outside"][1] == pytest.approx(stats.norm.cdf(low) + stats.norm.sf(high))
    assert found["missed"][1] == pytest.approx(np.mean(np.abs(z[:, 1]) > stats.norm.ppf(0.995)))


def test_sizes_do_not_depend_on_the_number_of_rows():
    small, large = (gap(0.8 * normals(n, 3, seed=4) + 0.2) for n in (1000, 100_000))
    for name, error in (
        ("kolmogorov", 0.04),
        ("mean", 0.1),
        ("std", 0.08),
        ("skewness", 0.3),
        ("excess_kurtosis", 0.6),
        ("outside", 0.03),
        ("missed", 0.01),
    ):
        np.testing.assert_allclose(small[name], large[name], atol=error)
    assert small["energy_coefficient"] == pytest.approx(large["energy_coefficient"], abs=0.02)
    assert max(large["p"]) < 1e-100 < min(small["p"])  # which p does


def test_a_hundred_thousand_rows_take_seconds():
    z = normals(100_000, 8)
    began = time.perf_counter()
    gap(z)
    assert time.perf_counter() - began < 5


def test_chance_is_what_the_worst_unit_of_a_normal_reaches_once_in_twenty():
    worst = [max(kolmogorov(x) for x in normals(200, 4, seed=s).T) for s in range(1000)]
    found = gap(normals(200, 4))["chance"]
    assert np.mean(np.asarray(worst) > found) == pytest.approx(0.05, abs=0.025)


def test_humps_are_counted_only_beyond_doubt():
    assert [humps(normals(n, seed=s)[:, 0]) for n in (50, 300, 3000) for s in range(70)] == [1] * 210
    assert [humps(np.random.default_rng(s).standard_t(3, 1000)) for s in range(50)] == [1] * 50
    assert humps(np.random.default_rng(0).uniform(-2, 2, 5000)) == 1
    x = normals(3000)[:, 0] * 0.4
    assert humps(np.concatenate([x - 1, x + 1])) == 2
    assert humps(np.concatenate([x - 3, x, x + 3])) == 3
    assert humps(np.zeros(50)) == 1


# -- words ----------------------------------------------------------------------------------------------------------


def told(spoil, n=2000, dim=2, idle=None):
    return gap(spoil(normals(n, dim, seed=8)), idle)["reading"]


def test_normal_codes_are_called_normal():
    text = told(lambda z: z)
    assert text.startswith("No unit can be told from the standard normal by these 2,000 rows")
    assert "test" not in text and "p-values" not in text


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda z: z * [1, 0.7],
            ["unit 1 is furthest", "narrower than the prior (standard", "falls beyond"],
        ),
        (
            lambda z: z * [1.4, 1],
            ["unit 0 is furthest", "wider than the prior (standard", "the prior draws only 1%"],
        ),
        (lambda z: z - [0, 0.5], ["The gap is large", "is shifted by −0."]),
        (lambda z: z * 0.6 + 0.4, ["is shifted by +0.", " and is narrower than the prior (standard deviation 0."]),
        (lambda z: z * 5.4 - 4.4, ["is wider than the prior", " and is shifted by −4."]),
        (lambda z: 0.4 * z + 0.92 * np.sign(z[:, ::-1]), ["has two humps"]),
        (lambda z: (z**2 - 1) / np.sqrt(2), ["is skewed to the right (skewness 2"]),
        (lambda z: z * np.abs(z[:, ::-1]), ["has heavier tails (excess kurtosis"]),
        (lambda z: z @ [[1, 0.5], [0, 0.87]], ["Units 0 and 1 are correlated (0."]),
        (lambda z: np.abs(z) * np.sign(z[:, :1]), ["No unit can be told", "are correlated (0."]),
    ],
)
def test_the_reading_names_unit_way_and_consequence(spoil, words):
    text = told(spoil)
    for word in words:
        assert word in text, text
    assert text.endswith(".") and "  " not in text


def test_a_gap_that_only_the_units_together_show():
    # Each unit normal, each pair independent, and yet the product of the three has one sign.
    z = normals(6000, 3)
    z[:, 2] = np.abs(z[:, 2]) * np.sign(z[:, 0] * z[:, 1])
    found = gap(z)
    assert max(found["kolmogorov"]) <= found["chance"] and found["correlation"] < 0.05
    assert "Unit by unit the codes fit the prior, but together they do not" in found["reading"]


def test_many_rows_make_p_values_tell_only_that_it_is_not_chance():
    text = told(lambda z: z + 0.03, n=50_000)
    assert text.startswith("For sampling the codes are as good as standard normal")
    assert "With 50,000 rows the p-values (Anderson and Darling, p < 0.001) tell only that this is not chance" in text
    assert "Anderson and Darling's test: p" in told(lambda z: z + 0.5, n=200)


def test_codes_that_carry_nothing_are_not_praised():
    assert "No unit carries anything: all rows share one posterior" in told(lambda z: z, idle=[True, True])
    assert "1 of 2 units carry nothing, whatever their distance." in told(lambda z: z, idle=[True, False])


@pytest.mark.parametrize(("shift", "word"), [(0.03, "negligible"), (0.1, "small"), (0.2, "moderate"), (0.3, "large")])
def test_sizes_are_those_of_shifts(shift, word):
    assert size_of(2 * stats.norm.cdf(shift / 2) - 1) == word


# -- of a model -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vae(digits):
    return hy.VAE(3, epochs=3, random_state=0, verbose=0).fit(digits[0])


def test_the_metric_measures_draws_and_not_means(vae, digits):
    found = prior_gap(View(vae, digits[0]))
    draws, means = vae.draw(digits[0], random_state=0), vae.transform(digits[0])
    np.testing.assert_allclose(found["std"], draws.std(axis=0), rtol=1e-5)
    assert (np.asarray(found["std"]) > means.std(axis=0)).all()
    assert found["rows"] == 300 and found["dim"] == 3


def test_where_it_does_not_apply_there_is_none(vae, digits):
    assert prior_gap(View(vae, digits[0][:19])) is None
    ae = hy.AE(2, epochs=1, random_state=0, verbose=0).fit(digits[0])
    assert prior_gap(View(ae, digits[0])) is None
    other = SimpleNamespace(can=lambda ability: True, latent=vae._fitted.network.latent)
    other.draws = other.codes = normals(30, 2)
    assert prior_gap(other)["rows"] == 30


def test_a_unit_that_never_varies_has_numbers():
    z = normals(100, 2)
    z[:, 1] = 0
    found = gap(z)
    assert found["kolmogorov"][1] == 0.5 and found["skewness"][1] == 0 and found["correlation"] == 0
    assert np.isfinite([found[k] for k in ("energy", "energy_coefficient", "energy_p")]).all()
