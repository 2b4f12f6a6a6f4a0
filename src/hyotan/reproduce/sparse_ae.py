"""sparse-ae: an autoencoder 784 → 32 → 784 with an L1 penalty on the code.

The article uses the autoencoder of dense-ae with the squared error, and an L1 penalty on the activations of the code
(activity_regularizer 10e-7). The mean activation falls from 8.84 to 0.476, and the sum of the Euclidean errors of the
10,000 test images rises by 7 % to 28,292.64.

The Keras version of that article sums the penalty over the batch of 256 rows; Keras 3 averages it. The loss is the mean
over 784 pixels. Therefore 10e-7 in the article equals l1 = 10e-7 · 256 · 784 = 0.2007 in hyotan, in nats for each unit
of Σ|z| of a row. In Keras 3 the same number equals only l1 = 784e-6; the table of weights shows what that does. The
article does not say for how long it trained its sparse net; the table of epochs shows what a longer training does.
"""

import math
from typing import Any

import keras
import numpy as np

import hyotan as hy
from hyotan.reproduce import _figures as figures
from hyotan.reproduce._bench import Article, Bench, Card

PIXELS, BATCH = 784, 256
ARTICLE = 10e-7 * BATCH * PIXELS  # nats
LITERAL = 10e-7 * PIXELS  # nats; the meaning of the article's number in Keras 3
CHOSEN = 0.1
"""Of 0.02, 0.05, 0.1 and the article's weight, the smallest that brings the mean activation down tenfold."""


CARD = Card(
    (Article("Autoencoderのバリエーション①", "Qiita"),),
    "Does an L1 penalty on the code make it sparse, and what does it cost in reconstruction?",
    (
        "loss(x) = Σᵢ (xᵢ − x̂ᵢ)² + λ Σⱼ |zⱼ|,   λ = 10⁻⁶ · 256 · 784 = 0.2007 nats",
        "z and x̂ as in dense-ae. A Keras that sums the penalty over the batch multiplies it by 256; the loss is a mean "
        "over 784 pixels there, and a sum here.",
    ),
    """
import math
import hyotan as hy
import keras

mnist = hy.data.load("mnist")
model = hy.SparseAE(
    32, l1=1e-6 * 256 * 784, net=hy.nets.Dense(hidden=()), scale="none", epochs=50, batch_size=256,
    likelihood=hy.likelihoods.Gaussian(sigma=math.sqrt(0.5), link="sigmoid"),  # the squared error
    optimizer=keras.optimizers.Adam(1e-3, epsilon=784e-7), random_state=0,
)
model.fit(mnist.X)
print(model.transform(mnist.X_test).mean(), model.reconstruction_error(mnist.X_test).sum())
""",
    """
import keras
from keras import layers

model = keras.Sequential([
    keras.Input((784,)),
    layers.Dense(32, activation="relu", activity_regularizer=keras.regularizers.L1(1e-6 * 256)),
    layers.Dense(784, activation="sigmoid"),
])
model.compile("adam", "mse")
model.fit(x, x, epochs=50, batch_size=256)
""",
)


def run(bench: Bench) -> None:
    """Train the model without a penalty and with several weights of it, and compare the codes."""
    (x, _), (x_test, y_test) = bench.data("mnist")
    epochs = bench.pick(50, 3)
    settings: dict[str, Any] = {
        "net": hy.nets.Dense(hidden=()),
        "likelihood": hy.likelihoods.Gaussian(sigma=math.sqrt(0.5), link="sigmoid"),  # the squared error
        "scale": "none",
        "epochs": epochs,
        "batch_size": BATCH,
        "optimizer": keras.optimizers.Adam(1e-3, epsilon=PIXELS * 1e-7),  # as in dense-ae
        "random_state": bench.seed,
        "verbose": 0,
    }
    models = {0.0: bench.fit(hy.AE(32, activation="relu", **settings), x, "without a penalty")}
    for l1 in bench.pick((LITERAL, 0.02, 0.05, CHOSEN, ARTICLE), (CHOSEN, ARTICLE)):
        model = bench.example(epochs=epochs) if l1 == ARTICLE else hy.SparseAE(32, l1=l1, **settings)
        models[l1] = bench.fit(model, x, f"with l1={l1:.4g}")
    found = {l1: measured(model, x_test) for l1, model in models.items()}

    for l1, name, mean, total in (
        (0.0, "without a penalty", 8.84, 26_326.41),
        (ARTICLE, "with the article's penalty, l1=0.2007", 0.476, 28_292.64),
    ):
        theirs = bench.beside("dense_ae", x, x_test, loss="mse", l1=l1 / PIXELS, epochs=epochs)
        given, their_mean = found[l1], theirs.get("activation")
        bench.row(f"mean activation {name}", given["activation"], published=mean, keras=their_mean, form=".3f")
        bench.row(
            f"sum of errors {name}",
            given["sum"],
            published=total,
            keras=theirs.get("sum"),
            seconds=bench.took(models[l1]),
            form=",.2f",
        )
    bench.section("The networks, those of dense-ae")
    bench.plot("networks", hy.evaluate(models[ARTICLE], x_test[:200]))
    against_dense(bench, found)
    tables(bench, found)
    pictures(bench, models, x_test, y_test)
    longer(bench, x, x_test, models, found)


def measured(model: hy.Autoencoder, x: np.ndarray) -> dict[str, Any]:
    """Return the summed error and statistics of the codes."""
    z = model.transform(x)
    return {
        "sum": model.reconstruction_error(x).sum(),
        "activation": z.mean(),
        "hoyer": hoyer(z),
        "zeros": np.mean(z == 0),
        "silent": int(np.sum(z.max(axis=0) == 0)),
    }


def hoyer(z: np.ndarray) -> float:
    """Return the mean over rows of Hoyer's sparsity (√d − Σ|z| / ‖z‖) / (√d − 1).

    It is 0 if all units are equal and 1 if only one is not zero. It does not depend on the scale of a code, while a
    penalty on Σ|z| can also be reduced by smaller codes with larger decoder weights.
    Reference: Hoyer, "Non-negative matrix factorization with sparseness constraints", JMLR (2004).

    Examples
    --------
    >>> hoyer(np.array([[0.0, 0.0, 7.0, 0.0]])), hoyer(np.array([[3.0, 3.0, 3.0, 3.0]]))
    (1.0, 0.0)
    """
    z = np.asarray(z, np.float64)
    z = z[np.abs(z).sum(axis=1) > 0]
    root = np.sqrt(z.shape[1])
    return float(np.mean((root - np.abs(z).sum(axis=1) / np.linalg.norm(z, axis=1)) / (root - 1)))


def against_dense(bench: Bench, found: dict[float, dict[str, Any]]) -> None:
    """Compare the chosen weight with the model without a penalty."""
    dense, sparse = found[0.0], found[CHOSEN]
    name = f"l1={CHOSEN}"
    bench.row(f"mean activation, dense / {name}", dense["activation"] / sparse["activation"], at_least=10.0)
    bench.row(f"Hoyer sparsity of the codes, {name}", sparse["hoyer"], at_least=dense["hoyer"], form=".3f")
    more = sparse["sum"] / dense["sum"] - 1
    bench.row(f"sum of errors, {name} over dense", more, at_most=0.08, form="+.1%")


def tables(bench: Bench, found: dict[float, dict[str, Any]]) -> None:
    """Show activation, error and sparsity for each weight of the penalty."""
    dense = found[0.0]
    bench.section(
        "What a penalty buys, and what it costs",
        """The mean activation alone flatters a penalty: it also falls when codes shrink and the decoder's weights grow.
        Hoyer's sparsity is blind to scale, so its rise is sparsity.""",
    )
    bench.table(
        "weights",
        ("l1, nats", "mean activation", "sum of errors", "Hoyer", "exact zeros", "units never on"),
        [(l1, row["activation"], row["sum"], row["hoyer"], row["zeros"], row["silent"]) for l1, row in found.items()],
        title="Codes and errors by the weight of the penalty",
        caption=f"{LITERAL:.3g} is the article's number as Keras 3 reads it, {ARTICLE:.4g} what the article meant.",
    )
    weights = [l1 for l1 in found if l1]
    lines = {
        "mean activation, dense = 1": (weights, [found[l1]["activation"] / dense["activation"] for l1 in weights]),
        "sum of errors, dense = 1": (weights, [found[l1]["sum"] / dense["sum"] for l1 in weights]),
        "Hoyer sparsity": (weights, [found[l1]["hoyer"] for l1 in weights]),
    }
    levels = {"Hoyer sparsity, dense": dense["hoyer"]}
    bench.picture(
        "weights",
        figures.curves(lines, x="l1, nats for each unit of Σ|z|", y="", levels=levels, log="x"),
        title="Mean activation, error and sparsity",
        caption="To the right the penalty weighs more. Where it is good, the first line is low and the second flat.",
        alt=figures.ends({name: up for name, (_, up) in lines.items()}),
    )


def longer(
    bench: Bench,
    x: np.ndarray,
    x_test: np.ndarray,
    models: dict[float, hy.Autoencoder],
    found: dict[float, dict[str, Any]],
) -> None:
    """Train two models on for as long again, and hold both published figures against all four."""
    rows = []
    for l1 in (CHOSEN, ARTICLE):
        epochs = models[l1].epochs
        again = models[l1].set_params(epochs=2 * epochs)
        twice = measured(bench.fit(again, x, f"with l1={l1:.4g}, {2 * epochs} epochs", resume=True), x_test)
        for count, row in ((epochs, found[l1]), (2 * epochs, twice)):
            rows.append((l1, count, row["activation"], row["sum"], row["zeros"], row["silent"]))
    bench.section(
        "Weight and epochs",
        """The article tells the weight and not the epochs. If one of these rows had both published figures, a mean
        activation of 0.476 and a sum of errors of 28,292.64, it would be the article's.""",
    )
    bench.table(
        "longer",
        ("l1, nats", "epochs", "mean activation", "sum of errors", "exact zeros", "units never on"),
        rows,
        title="Codes and errors by weight and epochs",
        caption="Exact zeros: share of the numbers of all codes.",
    )


def pictures(bench: Bench, models: dict[float, hy.Autoencoder], x: np.ndarray, y: np.ndarray) -> None:
    """Show units and images of the model without a penalty, of the chosen weight and of the article's weight."""
    shown = {"dense": models[0.0], f"l1={CHOSEN}": models[CHOSEN], f"l1={ARTICLE:.4g}": models[ARTICLE]}
    codes = {name: model.transform(x) for name, model in shown.items()}
    zeros = {name: np.mean(z == 0, axis=0) for name, z in codes.items()}
    bench.section("The codes, unit by unit")
    bench.picture(
        "zeros",
        figures.units(zeros, y="share of zeros"),
        title="Exact zeros, for each unit of the code",
        caption="A bar of 1 is a unit that is never on. A penalty of this size makes codes small; it sets few of "
        "them to zero.",
        alt=", ".join(f"{name}: {values.mean():.1%} of code values are zero" for name, values in zeros.items()) + ".",
    )
    means = {name: z.mean(axis=0) for name, z in codes.items()}
    bench.picture(
        "activations",
        figures.units(means, y="mean"),
        title="Mean activation of each unit",
        caption="On one scale: the penalty makes codes smaller, and the decoder's weights larger.",
        alt=", ".join(f"{name}: mean activation {values.mean():.3g}" for name, values in means.items()) + ".",
    )
    first = [int(np.flatnonzero(y == digit)[0]) for digit in range(10)]
    bench.picture(
        "images",
        figures.images({"original": x[first], **{name: model.reconstruct(x[first]) for name, model in shown.items()}}),
        title="Originals and what is made of dense and sparse codes",
        caption="The first test image of each digit.",
        alt=f"Ten digits above their reconstructions from {len(shown)} models; the sparser the code, the more blurred.",
    )
    bench.plot("history", hy.Record(history=models[CHOSEN].history_), title=f"Training with l1={CHOSEN}")
