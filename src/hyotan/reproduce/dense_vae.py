"""dense-vae: a variational autoencoder with a two-dimensional code, 784 → 256 → 2 → 256 → 784, on MNIST.

The article uses an encoder Dense 256 (ReLU) → μ (2) and log σ² (2), z = μ + exp(½ log σ²) · ε, and a decoder Dense 256
(ReLU) → 784 (sigmoid), with 404,244 parameters in all. The loss is 784 · cross-entropy + KL, in nats. It is trained by
Adam with batch size 64 for 10 and for 100 epochs.

In a second article the encoder outputs σ instead of log σ², and the optimizer is RMSprop. Its program draws one ε for a
whole batch, and draws inside the decoder. It calls K.binary_crossentropy(prediction, truth), the right order up to
Keras 2.0.6; from 2.0.7 on the arguments are (truth, prediction). Here the intended model is reproduced, and --keras
shows what each of these costs in a Keras of today.
"""

from typing import Any

import keras
import numpy as np

import hyotan as hy
from hyotan.reproduce import _figures as figures
from hyotan.reproduce._bench import Article, Bench, Card

PARAMETERS = 404_244
KERAS = 149.17
"""The validation loss plain Keras had after 100 epochs on the machine the bars were set on."""


CARD = Card(
    (
        Article("tf.kerasでVAE(Variational Autoencoder)", "a maker's blog, 25 July 2018, TensorFlow 1.9"),
        Article("VAEをkerasで実装", "Qiita, about February 2018: the head for σ"),
    ),
    "What does a variational autoencoder with a code of two numbers make of the digits, where do they lie, and what "
    "can be drawn from it?",
    (
        "loss(x) = E_q(z|x)[−log p(x|z)] + KL(q(z|x) ‖ N(0, I)),   −log p(x|z) = cross-entropy summed over 784 pixels",
        "q(z|x) = N(μ, diag σ²),   z = μ + exp(½ log σ²) · ε with ε ~ N(0, I),   KL = −½ Σⱼ (1 + log σⱼ² − μⱼ² − σⱼ²)",
    ),
    """
import hyotan as hy
import numpy as np

mnist = hy.data.load("mnist")
model = hy.VAE(
    2, net=hy.nets.Dense(hidden=(256,)), likelihood="bernoulli", epochs=100, batch_size=64, random_state=0,
)
model.fit(mnist.X, validation_data=mnist.X_test)
images = model.decoder_.predict(np.array([[0.5, -1.0]]))  # the generator: a code in, an image out
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
        self.add_loss(ops.mean(-0.5 * ops.sum(1 + log_var - mean**2 - ops.exp(log_var), axis=1)))
        return mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=self.seed)

images = keras.Input((784,))
h = layers.Dense(256, activation="relu")(images)
z = Draw()([layers.Dense(2)(h), layers.Dense(2)(h)])
h = layers.Dense(256, activation="relu")(z)
model = keras.Model(images, layers.Dense(784, activation="sigmoid")(h))
model.compile("adam", lambda x, y: 784 * keras.losses.binary_crossentropy(x, y))
model.fit(x, x, epochs=100, batch_size=64, validation_data=(x_test, x_test))
""",
)


def run(bench: Bench) -> None:
    """Train the VAE, inspect it, train it better, and compare heads for σ and for log σ²."""
    (x, _), (x_test, y_test) = bench.data("mnist")
    settings: dict[str, Any] = {
        "net": hy.nets.Dense(hidden=(256,)),
        "likelihood": "bernoulli",
        "batch_size": 64,
        "random_state": bench.seed,
        "verbose": 0,
    }
    epochs = bench.pick(100, 4)
    model = bench.fit(bench.example(epochs=epochs), x, validation_data=x_test)
    theirs = bench.beside("dense_vae", x, x_test, epochs=epochs)
    bench.row(
        "parameters",
        model.model_.count_params(),
        published=PARAMETERS,
        keras=theirs.get("parameters"),
        exactly=PARAMETERS,
        form=",d",
    )
    losses = model.history_["val_loss"]
    for epoch in bench.pick((10, 50), (1,)):
        their_loss = theirs["val_loss"][epoch - 1] if theirs else None
        bench.row(f"validation loss after {epoch} epochs, nats", losses[epoch - 1], keras=their_loss, form=".2f")
    bench.row(
        f"validation loss after {epochs} epochs, nats",
        losses[-1],
        keras=theirs["val_loss"][-1] if theirs else None,
        seconds=bench.took(model),
        at_most=KERAS * 1.003,  # the margin of the cross-entropy target of dense-ae
        form=".2f",
    )
    record = hy.evaluate(model, x_test, y_test, reference=x)
    bench.section("Training, reconstructions and codes")
    for name in ("networks", "history", "pairs", "latent"):
        bench.plot(name, record)
    generator(bench, model, record)
    better(bench, x, x_test, settings)
    sigma(bench, x, x_test, settings)
    defects(bench, x, x_test)


def generator(bench: Bench, model: hy.Autoencoder, record: hy.Record) -> None:
    """Decode chosen codes with the decoder alone."""
    bench.section(
        "The generator: the decoder alone, fed codes",
        "decoder_ is a Keras model from a code to an image; nothing is drawn inside it, so a code has one image.",
    )
    bench.plot("grid", record, title="20 × 20 decoded codes over z ∈ [−2, 2]²")
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    rows = {}
    for radius in (1, 2, 6):
        codes = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1).astype("float32")
        rows[f"radius {radius}"] = model.decoder_.predict(codes, verbose=0)[..., 0]
    bench.picture(
        "circles",
        figures.images(rows, [f"{angle:.0f}°" for angle in np.degrees(angles)]),
        title="Once around the origin",
        caption="Codes on circles of three radii: 86 % of the prior lie within 2, next to nothing beyond 6.",
        alt="Three rows of twelve decoded images, at distances of 1, 2 and 6 from the origin.",
    )


def better(bench: Bench, x: np.ndarray, x_test: np.ndarray, settings: dict[str, Any]) -> None:
    """Train the same network so that it does not overfit."""
    bench.section(
        "The same network, trained better",
        """After 100 epochs at one rate the training loss lies well below the validation loss. Early stopping looks at a
        tenth of the training images, never at the test images. The mean of the weights over the last thousand or so
        steps, which Adam keeps (use_ema) and puts in their place at the end, is without the noise of single steps.""",
    )
    epochs = bench.pick(100, 4)
    averaging = keras.optimizers.Adam(1e-3, use_ema=True, ema_momentum=0.999)
    tries = {
        "stopped early": hy.VAE(2, epochs=epochs, early_stopping=True, patience=10, **settings),
        "averaged weights": hy.VAE(2, epochs=epochs, optimizer=averaging, **settings),
    }
    curves = {}
    for name, model in tries.items():
        bench.fit(model, x, name, validation_data=None if model.early_stopping else x_test)
        bench.row(
            f"test loss, {name}, nats (mean of 16 draws)",
            -model.score(x_test),
            seconds=bench.took(model),
            at_most=None if model.early_stopping else KERAS,
            form=".2f",
        )
        curves[f"{name}: training"] = model.history_["loss"]
        curves[f"{name}: validation"] = model.history_["val_loss"]
    bench.picture(
        "better",
        figures.curves(figures.by_epoch(curves), x="epoch", y="loss, nats"),
        title="Training and validation",
        caption="""Early stopping validates on a tenth of the training images, the other on the test images, with the
        weights as they are at each epoch: they are averaged at the end.""",
        alt=figures.ends(curves, ".1f"),
    )


def sigma(bench: Bench, x: np.ndarray, x_test: np.ndarray, settings: dict[str, Any]) -> None:
    """Compare an encoder that outputs σ with one that outputs log σ², both trained with RMSprop."""
    bench.section(
        "σ or log σ²?",
        """A linear head for log σ² always makes a valid variance. A linear head for σ may cross zero on its way: the
        draw does not mind the sign, but the KL has −½ log σ² in it, a pole at zero with the gradient −1/σ beside it.
        Training then jumps over the pole or is thrown back by it; hyotan keeps σ² above 1e-12 so that the loss stays
        finite. log σ² is the safe one.""",
    )
    epochs, found = bench.pick(10, 2), {}
    for head, name in (("log_var", "log σ²"), ("sigma", "σ")):
        latent = hy.latents.Gaussian(2, head=head)
        model = hy.Autoencoder(latent, optimizer="rmsprop", epochs=epochs, **settings)
        bench.fit(model, x, f"a head for {name}", validation_data=x_test)
        theirs = bench.beside("dense_vae", x, x_test, head=head, optimizer="rmsprop", epochs=epochs)
        bench.row(
            f"validation loss, RMSprop, {epochs} epochs, head for {name}, nats",
            model.history_["val_loss"][-1],
            keras=theirs["val_loss"][-1] if theirs else None,
            seconds=bench.took(model),
            form=".2f",
        )
        found[name] = model.encoder_.predict(x_test[..., np.newaxis], verbose=0)[head]
    spread = found["σ"]
    below = np.mean(spread < 0, axis=0)
    crossed = np.minimum(below, 1 - below).max()  # a dimension with only negative σ is harmless: ε is symmetric
    bench.row("head for σ: share of images on the other side of zero, in the worse dimension", crossed, form=".2%")
    bench.row("head for σ: smallest |σ| over the test images", np.abs(spread).min(), form=".2g")
    shown = {"head for σ": spread, "head for log σ²: exp(½ log σ²)": np.exp(0.5 * found["log σ²"])}
    bench.picture(
        "sigma",
        figures.histograms(shown, x="σ of a test image in a dimension"),
        title="What the two heads give",
        caption="Over test images and both dimensions. Left of zero only the head for σ can go; a dimension that "
        "lies there altogether is as good as its mirror image, one that lies on both sides has crossed the pole.",
        alt=f"Two histograms; with a head for σ its values lie between {spread.min():.2g} and {spread.max():.2g}.",
    )


def defects(bench: Bench, x: np.ndarray, x_test: np.ndarray) -> None:
    """Train models as the second article's program has them in plain Keras, and measure them with the correct loss."""
    if not bench.keras:
        return
    epochs = bench.pick(10, 2)
    kinds = {
        "as it should be": {},
        "one ε for a batch": {"per_batch": True},
        "cross-entropy with its arguments swapped": {"swapped": True},
    }
    found = {name: bench.beside("dense_vae", x, x_test, epochs=epochs, **kind) for name, kind in kinds.items()}
    whole = found["as it should be"]
    bench.section(
        "One ε for a batch, a draw in the decoder, arguments the other way round: what they cost",
        f"""Each model is trained for {epochs} epochs and then measured by the loss as it should be, one draw for each
        test image. The order of the arguments was right in the Keras of its time (up to 2.0.6), and is the other way
        round today. Drawing inside the decoder does not change training; it changes what one has
        afterwards: a decoder that must be given μ and σ, and that gives another image each time. Two images of one
        row differ by {whole["restless"]:.3f} a pixel (root mean square), where decoder_ gives the same one.""",
    )
    bench.table(
        "defects",
        ("model", "loss as it should be, nats", "its KL", "loss it was trained on"),
        [(name, row["proper"], row["kl"], row["val_loss"][-1]) for name, row in found.items()],
        title="Loss of each model, measured rightly",
        caption="With swapped arguments the loss is linear in what the decoder gives, so it is driven to 0 or 1.",
    )
    for name, row in list(found.items())[1:]:
        what = f"{name}: loss as it should be, above a whole model's, nats"
        bench.row(what, "–", keras=row["proper"] - whole["proper"], form="+.2f")
