"""Is the binary cross-entropy right for grey values? Its parts, and a comparison with normalised likelihoods.

Reference: Loaiza-Ganem and Cunningham, "The continuous Bernoulli: fixing a pervasive error in variational
autoencoders" (2019).
"""

import numpy as np
from sklearn.base import clone

import hyotan as hy
from hyotan.reproduce import _figures as figures
from hyotan.reproduce._bench import Bench

LEAST = 1e-7  # probabilities are clipped to [LEAST, 1 − LEAST]


def entropy(x: np.ndarray) -> np.ndarray:
    """Return Σ −x log x − (1 − x) log(1 − x) of each image in nats: its cross-entropy with itself.

    Examples
    --------
    >>> entropy(np.array([[0.0, 1.0, 0.5]])).round(4)
    array([0.6931])
    """
    return cross_entropy(x, x)


def cross_entropy(x: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return Σ −x log p − (1 − x) log(1 − p) of each image in nats."""
    x, p = (np.asarray(part, np.float64).reshape(len(part), -1) for part in (x, p))
    p = np.clip(p, LEAST, 1 - LEAST)
    return -np.sum(x * np.log(p) + (1 - x) * np.log1p(-p), axis=1)


def log_normaliser(p: np.ndarray) -> np.ndarray:
    """Return log C(p), the log normaliser of the continuous Bernoulli density C(p) pˣ (1 − p)¹⁻ˣ on [0, 1].

    C(p) = 2 artanh(1 − 2p) / (1 − 2p), and 2 at p = ½.

    Examples
    --------
    >>> log_normaliser(np.array([0.5, 0.1])).round(4)
    array([0.6931, 1.0103])
    """
    p = np.clip(np.asarray(p, np.float64), LEAST, 1 - LEAST)
    gap = 1 - 2 * p
    near = np.abs(gap) < 1e-3  # use the series of artanh, because the formula is 0 / 0 at ½
    safe = np.where(near, 0.5, gap)
    return np.where(near, np.log(2 * (1 + gap**2 / 3)), np.log(2 * np.arctanh(safe) / safe))


def question(bench: Bench, x: np.ndarray, x_test: np.ndarray, model: hy.Autoencoder) -> None:
    """Split the cross-entropy of grey values into its parts, and compare it with normalised likelihoods."""
    given = model.reconstruct(x_test)
    least, whole = entropy(x_test).mean(), cross_entropy(x_test, given).mean()
    binary, binary_test = (np.float32(part > 0.5) for part in (x, x_test))
    black_white = bench.fit(clone(model), binary, "on pixels made 0 or 1")
    learned = hy.likelihoods.Gaussian("learned", link="sigmoid")
    gaussian = bench.fit(clone(model).set_params(likelihood=learned, scale="none"), x, "with a learned σ")
    bench.section(
        "Is the cross-entropy right for grey values?",
        """For x between 0 and 1, −x log p − (1 − x) log(1 − p) = H(x) + KL(x ‖ p): smallest at p = x, so what the
        decoder is driven to is right, and H(x), the entropy of the pixel, is a constant that no training removes. What
        is lost is the meaning of the number: pˣ (1 − p)¹⁻ˣ does not integrate to one over [0, 1], so it is no
        likelihood and cannot be held against one.""",
        f"""Of the {whole:.2f} nats of a test image, {least:.2f} are the entropy of its pixels: {least / whole:.0%} of
        the loss is not the model's. Divided by what it integrates to, the same decoder has the density of a continuous
        Bernoulli; a Gaussian with a learned σ is a density from the start; on pixels made 0 or 1 the cross-entropy is a
        probability. Densities can be held against each other, and not against probabilities.""",
    )
    density = -whole + log_normaliser(given).reshape(len(given), -1).sum(axis=1).mean()
    rows = [
        ("cross-entropy of the grey values", "no likelihood", -whole),
        ("of that, the entropy of the pixels", "–", -least),
        ("of that, KL(x ‖ p), the model's part", "–", least - whole),
        ("the same decoder as a continuous Bernoulli", "density", density),
        ("Gaussian, one σ learned", "density", gaussian.score(x_test)),
        ("Bernoulli, pixels made 0 or 1", "probability", black_white.score(binary_test)),
    ]
    bench.table(
        "grey",
        ("what is scored", "it is a", "nats an image"),
        rows,
        title="The same data under several likelihoods",
        caption="Mean over the test images of log p(x|z); higher is better, but only within a kind.",
    )
    for name, fitted in (("the cross-entropy", model), ("a Gaussian with a learned σ", gaussian)):
        error = fitted.reconstruction_error(x_test).mean()
        bench.row(f"mean error of a test image, trained on {name}", error, form=".4f")
    bench.row("share of the cross-entropy that is the entropy of the pixels", least / whole, form=".1%")
    p = np.linspace(0.005, 0.995, 199)
    lines = {f"x = {v:g}": (p, cross_entropy(np.full((199, 1), v), p[:, None])) for v in (0.0, 0.2, 0.5, 0.8, 1.0)}
    bench.picture(
        "grey",
        figures.curves(lines, x="p, what the decoder gives", y="cross-entropy, nats"),
        title="Cross-entropy of one pixel",
        caption="Every curve is lowest at p = x, as it should be; but only those of x = 0 and x = 1 reach zero there.",
        alt="Five curves of the cross-entropy over p, each lowest at p = x; for x = ½ the lowest value is 0.69 nats.",
    )
