"""gru-vae: a variational autoencoder for sequences; each image is a series of 28 steps, one for each row of pixels.

The article splits the training images of MNIST into 54,000 and 6,000. The model is GRU 40 → μ (3) and log σ² (3) → z,
repeated 28 times → GRU 40 → Dense 28 (sigmoid) at every step, with 15,194 parameters. The loss is
(1 − λ) · BCE + λ · KL, where BCE is the mean over the pixels and λ = 0.01. In nats this is a VAE with
β = 784 λ / (1 − λ) = 7.92. The validation loss, with z drawn, is 0.2674 after one epoch, 0.2547 after three and 0.2228
after all 35 epochs.

The article states neither the batch size nor the optimizer. Here the batch size is 32, Keras's default, which agrees
with the article's loss after the first epoch. The optimizer is Adam, once with a constant learning rate and once with
a rate that falls to zero. The article also leaves open whether z is really standard normal; this is tested below.
"""

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from scipy.stats import chi2

import hyotan as hy
from hyotan.reproduce import _figures as figures
from hyotan.reproduce._bench import Article, Bench, Card

CELLS, BATCH = 28 * 28, 32
SHARE = 0.01  # λ
BETA = CELLS * SHARE / (1 - SHARE)
SCALE = (1 - SHARE) / CELLS  # factor from −log p + β · KL in nats to the article's loss
PARAMETERS = 15_194
NEAR = 0.7  # distance from the origin within which codes are counted


CARD = Card(
    (Article("時系列データでVariational AutoEncoder keras", "aotamasaki's blog"),),
    "Can a variational autoencoder be made for sequences, here images read row by row, and are its codes as standard "
    "normal as its loss asks of them?",
    (
        "loss(x) = (1 − λ) · mean cross-entropy of a pixel + λ · KL(q(z|x) ‖ N(0, I)),   λ = 0.01",
        "= (1 − λ) / 784 · [−log p(x|z) + β · KL] with β = 784 λ / (1 − λ) = 7.92, in nats",
    ),
    """
import hyotan as hy
import keras

mnist = hy.data.load("mnist")
model = hy.VAE(
    3, beta=784 * 0.01 / 0.99, net=hy.nets.Recurrent(40, cell="gru"), likelihood="bernoulli", kind="series",
    epochs=35, batch_size=32, optimizer=keras.optimizers.Adam(1e-3, epsilon=1e-7 * 784 / 0.99), random_state=0,
)
model.fit(mnist.X[:54_000], validation_data=mnist.X[54_000:])
new = model.sample(10, random_state=0)
""",
    """
import keras
from keras import layers, ops

class Draw(layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed = keras.random.SeedGenerator(0)

    def call(self, inputs):
        mean, log_var = inputs
        kl = -0.5 * ops.sum(1 + log_var - mean**2 - ops.exp(log_var), axis=1)
        self.add_loss(0.01 * ops.mean(kl))
        return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=self.seed)

rows = keras.Input((28, 28))
h = layers.GRU(40)(rows)
z = Draw()([layers.Dense(3)(h), layers.Dense(3)(h)])
h = layers.GRU(40, return_sequences=True)(layers.RepeatVector(28)(z))
model = keras.Model(rows, layers.Dense(28, activation="sigmoid")(h))
model.compile("adam", lambda x, y: 0.99 * keras.losses.binary_crossentropy(x, y))
model.fit(x, x, epochs=35, validation_split=0.1)
""",
)


def run(bench: Bench) -> None:
    """Train the article's model, show reconstructions and samples, and test the distribution of its codes."""
    (images, labels), _ = bench.data("mnist", quick=(1200, 1))
    few = len(images) // 10  # 6,000, the last ones, as with Keras's validation_split
    x, held, label = images[:-few], images[-few:], labels[-few:]
    epochs = bench.pick(35, 2)
    settings: dict[str, Any] = {
        "beta": BETA,
        "net": hy.nets.Recurrent(40, cell="gru"),
        "likelihood": "bernoulli",
        "kind": "series",
        "epochs": epochs,
        "batch_size": BATCH,
        "random_state": bench.seed,
        "verbose": 0,
    }
    # hyotan's loss is 1 / SCALE times the article's, so Adam's epsilon is scaled by the same factor.
    epsilon = 1e-7 / SCALE
    plain = bench.example(epochs=epochs)
    bench.fit(plain, x, "at one rate", validation_data=held)
    theirs = bench.beside("gru_vae", x, held, share=SHARE, epochs=epochs, batch_size=BATCH)
    count = plain.model_.count_params()
    bench.row("parameters", count, published=PARAMETERS, keras=theirs.get("parameters"), exactly=PARAMETERS, form=",d")
    published = {1: 0.2674, 3: 0.2547, 35: 0.2228}
    losses = SCALE * np.asarray(plain.history_["val_loss"])
    for epoch in bench.pick((1, 3, 35), (1, 2)):
        bench.row(
            f"validation loss, Adam at 0.001, epoch {epoch}",
            losses[epoch - 1],
            published=published.get(epoch),
            keras=theirs["val_loss"][epoch - 1] if theirs else None,
            seconds=bench.took(plain) if epoch == epochs else None,
            form=".4f",
        )
    rate = keras.optimizers.schedules.CosineDecay(4e-3, epochs * -(-len(x) // BATCH))
    model = hy.VAE(3, optimizer=keras.optimizers.Adam(rate, epsilon=epsilon), **settings)
    bench.fit(model, x, "at a falling rate", validation_data=held)
    bench.row(
        f"validation loss, Adam from 0.004 along a cosine to 0, epoch {epochs}",
        SCALE * model.history_["val_loss"][-1],
        published=published.get(epochs),
        seconds=bench.took(model),
        at_most=published[35],
        form=".4f",
    )
    bench.section("An image as a series")
    bench.picture(
        "rows",
        figures.image_rows(x[0]),
        title="Twenty-eight steps of twenty-eight numbers",
        caption="The rows of the image from its top to its bottom are the steps of the series.",
        alt=f"A digit {labels[0]}, and its 28 rows as lines one below the other.",
    )
    bench.text(
        """A VAE in Keras of those years has its whole loss in add_loss and is compiled without one for its output.
        Keras then warns that an output is missing from the loss dictionary. As the loss is complete without it, the
        warning is harmless, and nothing is to be done. The program above gives the cross-entropy to compile, and only
        the KL to add_loss.""",
    )
    record = hy.evaluate(model, held, label, reference=x)
    bench.section("Training", "All that follows is of the model trained at a falling rate.")
    bench.plot("networks", record)
    bench.plot("history", record)
    reconstructions(bench, model, held)
    generated(bench, model)
    scattered(bench, record)
    thin_region(bench, model.transform(held), label)
    standard_normal(bench, record)


def reconstructions(bench: Bench, model: hy.Autoencoder, x: np.ndarray) -> None:
    """Show the images with the lowest, the middle and the highest errors."""
    order = np.argsort(model.reconstruction_error(x))
    middle = len(x) // 2
    drawn = model.inverse_transform(model.draw(x, random_state=bench.seed))
    mean = model.reconstruct(x)
    bench.section("Reconstructions, by rank and not by choice")
    ranks = {"best": order[:10], "middle": order[middle - 5 : middle + 5], "worst": order[::-1][:10]}
    for name, rows in ranks.items():
        bench.picture(
            name,
            figures.images({"original": x[rows], "from μ": mean[rows], "from a draw": drawn[rows]}),
            title=f"The ten {name} by error" if name != "middle" else "The ten in the middle",
            caption="Validation images; below them what is decoded from the posterior's mean, and from one draw of it.",
            alt=f"Ten digits above two rows of reconstructions: ranks {name} of {len(x):,} by Euclidean error.",
        )


def generated(bench: Bench, model: hy.Autoencoder) -> None:
    """Decode draws from the prior, and points far outside it."""
    draws = np.random.default_rng(bench.seed).normal(size=(20, 3))
    far = draws[:10] / np.linalg.norm(draws[:10], axis=1, keepdims=True)
    samples = model.inverse_transform(draws)
    bench.section("Samples, and what lies far outside the prior")
    bench.picture(
        "samples",
        figures.images({"z ~ N(0, I)": samples[:10], "": samples[10:]}),
        title="Decoded draws from N(0, I)",
        caption="Twenty draws, none chosen.",
        alt="Two rows of ten images decoded from codes drawn from the standard normal.",
    )
    rows = {f"|z| = {radius}": model.inverse_transform(radius * far) for radius in (1, 3, 6, 12, 30)}
    bench.picture(
        "outside",
        figures.images(rows),
        title="Ten directions, further and further out",
        caption="Of the prior, 97 % lie within 3 and nothing beyond 6: there the decoder was never trained.",
        alt="Five rows of ten images, decoded at distances of 1, 3, 6, 12 and 30 from the origin in ten directions.",
    )


def scattered(bench: Bench, record: hy.Record) -> None:
    """Show the three-dimensional codes as a static, an animated and an interactive plot."""
    bench.section("The codes in three dimensions")
    bench.plot("latent", record)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "turning.gif")
        hy.plots.turning_gif(record, path, seconds=bench.pick(6.0, 1.0))
        bench.animation(
            "turning",
            path.read_bytes(),
            title="The same, turning",
            caption="The means μ of the validation images, coloured by digit.",
            alt="An animated scatter plot of codes in three dimensions that turns once around its vertical axis.",
        )
    bench.turning(
        hy.plots.scatter3d(record),
        title="The same, to be turned",
        caption="Drag to turn, scroll to come nearer; a click on a digit in the legend hides its points.",
    )


def thin_region(bench: Bench, codes: np.ndarray, labels: np.ndarray) -> None:
    """Count the codes near the origin, by digit: the article sees a thin region beside the ones."""
    near = np.linalg.norm(codes, axis=1) < NEAR
    expected = float(chi2.cdf(NEAR**2, codes.shape[1]))
    rows: list[tuple[Any, ...]] = []
    rows += [(str(digit), int(np.sum(labels == digit)), f"{near[labels == digit].mean():.0%}") for digit in range(10)]
    rows.append(("all", len(codes), f"{near.mean():.1%}"))
    rows.append(("N(0, I)", "–", f"{expected:.1%}"))
    bench.section(
        "The thin region beside the ones",
        f"""The article sees few points between the ones and the rest, and asks why. Here the means with |μ| < {NEAR}
        are counted by digit: which digits keep away from the origin, and which fill it.""",
    )
    bench.table(
        "thin",
        ("digit", "validation images", f"|μ| < {NEAR}"),
        rows,
        title=f"Share of codes within {NEAR} of the origin",
        caption="N(0, I): what would lie there if the means were draws from the prior.",
    )
    for digit in (1, 3, 8):
        share = float(near[labels == digit].mean())
        bench.row(f"share of the {digit}s with |μ| < {NEAR}", share, form=".1%")


def standard_normal(bench: Bench, record: hy.Record) -> None:
    """Test the aggregated posterior against the prior."""
    found = record.metrics["prior_gap"]
    bench.section(
        "Is z really standard normal?",
        """The prior is; what samples come from is only as good as the aggregated posterior, the distribution of z over
        all images, is near to it. One draw of each validation image's posterior is a sample of it.""",
        found["reading"],
    )
    bench.plot("prior", record)
    columns = ("mean", "std", "skewness", "excess_kurtosis", "kolmogorov", "a2", "p")
    bench.table(
        "prior",
        ("dimension", *(name.replace("_", " ") for name in columns)),
        [(f"z{j}", *(found[name][j] for name in columns)) for j in range(found["dim"])],
        title="Each dimension against N(0, 1)",
        caption="Kolmogorov distance sup|F − Φ|; Anderson and Darling's A² and its p-value.",
    )
    bench.row("largest Kolmogorov distance of a dimension from N(0, 1)", max(found["kolmogorov"]), form=".3f")
    bench.row("what it would be by chance, in 95 of 100 samples of this size at most", found["chance"], form=".3f")
    bench.row("all dimensions: coefficient of the energy distance, 0 if equal", found["energy_coefficient"], form=".4f")
    bench.row("its p-value, by permutation", found["energy_p"], form=".3g")
