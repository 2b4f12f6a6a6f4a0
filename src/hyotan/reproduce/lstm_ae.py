"""lstm-ae: LSTM features of two noisy sines, and how useful they are.

The article uses sines of periods 20 and 80 with phase noise, 200 cycles each, which are split in time before
windowing. Windows of 100 steps at stride 1 give arrays of shape (17,802, 100, 1) for training and (1,800, 100, 1) for
testing. An LSTM of 10 units reads a window, and its last state is the code. The decoder sees the code and the reversed
input: LSTM 10 → Dense 10 (ReLU) → Dense 1 (tanh). It is trained by RMSprop on the squared error, with batch size 500
and 30 epochs, and validated on the training set. A logistic regression on the codes distinguishes the two periods with
a test accuracy of 1.0.

The article follows Srivastava, Mansimov and Salakhutdinov (2015), whose decoders see only the code, or also the
previous frame, and who also predict the future. All of these variants are included here. Three open questions are
examined as well: whether the task is too easy, whether a decoder that sees the input needs the code at all, and
whether the LSTM layer computes what its formula says.
"""

import math
from typing import Any

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import hyotan as hy
from hyotan.reproduce import _figures as figures
from hyotan.reproduce._bench import Article, Bench, Card, Split
from hyotan.reproduce._recomputed import recomputed

STEPS, UNITS, BATCH = 100, 10, 500
PERIODS = (20, 80)
CONSTANT = 0.5 * math.log(math.pi)  # −log p(x|z) of a cell is its squared error plus this, with σ = √½


CARD = Card(
    (
        Article(
            "",
            "an article on an LSTM autoencoder of two sines, whose title is not known to us: Qiita, Keras 2.0.5, after "
            "「KerasのLSTMのフィードフォワードをnumpyで実装する」",
        ),
        Article(
            "Unsupervised Learning of Video Representations using LSTMs",
            "Srivastava, Mansimov and Salakhutdinov, ICML 2015",
            "https://arxiv.org/abs/1502.04681",
        ),
    ),
    "Is the last state of an LSTM that reads a series a feature of it: can two kinds of series be told apart by it, "
    "and can the series be written again from it?",
    (
        "loss(x) = Σₜ (xₜ − x̂ₜ)²,   z = h₁₀₀, the last state of the encoder",
        "i, f, o = sigmoid(W·xₜ + U·hₜ₋₁ + b),   g = tanh(W·xₜ + U·hₜ₋₁ + b),   cₜ = f·cₜ₋₁ + i·g,   hₜ = o·tanh(cₜ)",
    ),
    """
import math
import hyotan as hy
import keras

sines = hy.data.load("sines")
model = hy.Autoencoder(
    hy.latents.Point(dim=None),  # the code is the last state itself
    net=hy.nets.Recurrent(10, cell="lstm", decoder="reversed-input", output_hidden=(10,)),
    likelihood=hy.likelihoods.Gaussian(sigma=math.sqrt(0.5), link="tanh"),  # the squared error
    kind="series", scale="none", epochs=30, batch_size=500, random_state=0,
    optimizer=keras.optimizers.RMSprop(1e-3, epsilon=100**2 * 1e-7),
)
model.fit(sines.X)
features = model.transform(sines.X_test)
""",
    """
import keras
from keras import layers, ops

series = keras.Input((100, 1))
code = layers.LSTM(10)(series)
seen = layers.Concatenate()([layers.RepeatVector(100)(code), ops.flip(series, axis=1)])
h = layers.LSTM(10, return_sequences=True)(seen)
h = layers.Dense(10, activation="relu")(h)
model = keras.Model(series, layers.Dense(1, activation="tanh")(h))
model.compile("rmsprop", "mse")
model.fit(x, x, epochs=30, batch_size=500)
""",
)


def run(bench: Bench) -> None:
    """Train the article's model and its variants, and measure how useful their codes are."""
    train, test = bench.data("sines", quick=(1000, 360))
    for name, (x, _), published in (("training", train, 17_802), ("test", test, 1_800)):
        bench.row(f"{name} windows", len(x), published=published, exactly=published, form=",d")
    raw(bench)
    models = decoders(bench, train, test)
    bench.plot("networks", hy.evaluate(models["reversed-input"], test[0][:200]), title="The networks of the article")
    codes_worth(bench, models, train, test)
    code_pictures(bench, models["reversed-input"])
    recomputed(bench, models["reversed-input"], test[0])
    future(bench, train[0], test)


def raw(bench: Bench) -> None:
    """Draw the two series, and windows of each."""
    sines = hy.data.load("sines")  # not bench.data(): a quick run has only every so many-th window
    x, y = np.asarray(sines.X), np.asarray(sines.y)
    bench.section(
        "The data",
        """sin(2πt/P + 0.05·u) with u from U(−1, 1), for P = 20 and P = 80; 200 cycles each. The noise is in the phase.
        The numbers are those of NumPy's seed 0. Windows of 100 steps hold five periods of the first and one and a
        quarter of the second.""",
    )
    shown = [(f"period {period}", {"x": x[y == label][:200, 0, 0]}) for label, period in enumerate(PERIODS)]
    bench.picture(
        "sines",
        figures.series(shown),
        title="The first 200 steps of both series",
        caption="One sine of period 20, one of period 80.",
        alt="Two noisy sines, one of period 20 and one of period 80.",
    )
    panels = []
    for label, period in enumerate(PERIODS):
        own = x[y == label]
        windows = {f"window {k + 1}": own[k * period // 5] for k in range(5)}
        panels.append((f"period {period}", windows))
    bench.picture(
        "windows",
        figures.series(panels),
        title="Five windows of each class, one over the other",
        caption="A fifth of a period apart: the phase differs, the class does not.",
        alt="Five overlaid windows of a sine of period 20, and five of one of period 80.",
    )


def model_of(bench: Bench, decoder: str, epochs: int, **changed: Any) -> hy.Autoencoder:
    """Return the article's model, unfitted, with one of three decoders and changed settings."""
    net = hy.nets.Recurrent(UNITS, cell="lstm", decoder=decoder, output_hidden=(10,))
    settings: dict[str, Any] = {
        "latent": hy.latents.Point(dim=None),  # the code is the last state itself
        "net": net,
        "likelihood": hy.likelihoods.Gaussian(sigma=math.sqrt(0.5), link="tanh"),  # the squared error
        "kind": "series",
        "scale": "none",
        "epochs": epochs,
        "batch_size": BATCH,
        # The article's loss is the mean over 100 cells, hyotan's is the sum. RMSprop adds its epsilon under the square
        # root, so the factor is squared.
        "optimizer": keras.optimizers.RMSprop(1e-3, epsilon=STEPS**2 * 1e-7),
        "random_state": bench.seed,
        "verbose": 0,
    }
    return hy.Autoencoder(**{**settings, **changed})


def squared(model: hy.Autoencoder, x: np.ndarray, **how: Any) -> float:
    """Return the mean squared reconstruction error over all cells."""
    return float(np.mean(np.square(x - model.reconstruct(x, **how))))


def probe(train: Split, test: Split) -> tuple[float, float]:
    """Return accuracy and balanced accuracy of a weakly regularised logistic regression on features."""
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=100.0, max_iter=5000))
    linear.fit(train[0].reshape(len(train[0]), -1), train[1])
    given = linear.predict(test[0].reshape(len(test[0]), -1))
    return float(np.mean(given == test[1])), float(balanced_accuracy_score(test[1], given))


def decoders(bench: Bench, train: Split, test: Split) -> dict[str, hy.Autoencoder]:
    """Train the three decoders for 30 epochs, and two of them (reversed-input, unconditional) until convergence."""
    (x, y), (x_test, y_test) = train, test
    epochs, long = bench.pick((30, 200), (2, 2))
    rate = keras.optimizers.schedules.CosineDecay(1e-2, long * -(-len(x) // BATCH))
    falling = keras.optimizers.Adam(rate, epsilon=STEPS * 1e-7)
    models = {"reversed-input": bench.example(epochs=epochs)}
    models |= {name: model_of(bench, name, epochs) for name in ("unconditional", "conditional")}
    for name in bench.pick(("reversed-input", "unconditional"), ("reversed-input",)):
        models[f"{name}, converged"] = model_of(bench, name, long, optimizer=falling)
    for name, model in models.items():
        bench.fit(model, x, f"the {name} decoder", validation_data=x_test)
        their = {}
        if name in ("reversed-input", "unconditional"):
            their = bench.beside("lstm_ae", x, x_test, shown=name == "reversed-input", epochs=epochs)
        bench.row(
            f"squared error of a test cell: {name}, {model.epochs} epochs",
            squared(model, x_test),
            keras=their["val_loss"][-1] if their else None,
            seconds=bench.took(model),
            form=".4f",
        )
        if name == "reversed-input":
            codes = their.get("codes")
            right, balanced = probe((model.transform(x), y), (model.transform(x_test), y_test))
            theirs = probe((codes["train"], y), (codes["test"], y_test)) if codes else (None, None)
            bench.row(
                "test accuracy of the probe on its codes",
                right,
                published=1.0,
                keras=theirs[0],
                at_least=1.0,
                form=".4f",
            )
            bench.row("balanced accuracy of that", balanced, keras=theirs[1], at_least=1.0, form=".4f")
            bench.spread(
                f"squared error of a test cell: {name}, {model.epochs} epochs, over seeds",
                model,
                x,
                lambda fitted: squared(fitted, x_test),
                keras=lambda seed: bench.beside("lstm_ae", x, x_test, shown=True, epochs=epochs, seed=seed),
                form=".4f",
            )
        if name == "conditional":
            forced = squared(model, x_test, teacher_forcing=True)
            bench.row("the same, fed the true frame before instead of its own", forced, form=".4f")
    curves = {name: np.divide(model.history_["val_nll"], STEPS) - CONSTANT for name, model in models.items()}
    still = curves["reversed-input, converged"]
    last = max(1, len(still) // 10)
    bench.row("converged: change over the last tenth of the epochs", still[-1] / still[-1 - last] - 1, form="+.2%")
    bench.section(
        "Three decoders",
        """The unconditional decoder sees the code alone, the conditional one the frame before, the article's the input
        from its end. Thirty epochs are not enough, as the article says; “converged” is a longer training with Adam at a
        rate that falls to zero.""",
    )
    bench.picture(
        "decoders",
        figures.decoders(),
        title="What each decoder sees",
        caption="Every step sees the code. “Conditional” is the paper's word for a decoder that sees the frame before; "
        "the article uses it for its own, which is fed the input itself, from its end.",
        alt="; ".join(f"{name}: {formula}" for name, (formula, _) in figures.DECODERS.items()) + ".",
    )
    bench.picture(
        "losses",
        figures.curves(figures.by_epoch(curves), x="epoch", y="squared error of a test cell", log="y"),
        title="Squared error of the test windows by epoch",
        caption="The conditional decoder is fed the true frame before, as in training: an easier task.",
        alt=figures.ends(curves),
    )
    first = [int(np.flatnonzero(y_test == label)[0]) for label in (0, 1)]
    panels = []
    for name, model in models.items():
        for period, row, given in zip(PERIODS, first, model.reconstruct(x_test[first]), strict=True):
            panels.append((f"{name}, period {period}", {"original": x_test[row], "reconstruction": given}))
    bench.picture(
        "reconstructions",
        figures.series(panels),
        title="Reconstructions over originals, per class",
        caption="The first test window of each class; the conditional decoder runs free, on its own output.",
        alt=f"Panels of a sine of period 20 (left) and 80 (right) under the reconstruction of {', '.join(models)}.",
    )
    return models


def codes_worth(bench: Bench, models: dict[str, hy.Autoencoder], train: Split, test: Split) -> None:
    """Compare the accuracy of the probe with baselines, and test whether the decoder needs the code."""
    (x, y), (x_test, y_test) = train, test
    # A learning rate near zero leaves the weights at their initial values.
    untrained = model_of(bench, "reversed-input", 1, optimizer="sgd", learning_rate=1e-12)
    bench.fit(untrained, x[:500], "nothing: an untrained encoder")
    pca = PCA(UNITS).fit(x[..., 0])
    steps = [np.abs(np.diff(part, axis=1)).mean(axis=1) for part in (x, x_test)]
    features = {f"codes, {name}": tuple(map(model.transform, (x, x_test))) for name, model in models.items()}
    features["codes of an untrained encoder"] = untrained.transform(x), untrained.transform(x_test)
    features[f"PCA, {UNITS} components"] = pca.transform(x[..., 0]), pca.transform(x_test[..., 0])
    features["raw windows"] = x, x_test
    features["one number: the mean step |xₜ₊₁ − xₜ|"] = steps[0], steps[1]
    found = {name: probe((seen, y), (seen_test, y_test)) for name, (seen, seen_test) in features.items()}
    given = KNeighborsClassifier(1).fit(x[..., 0], y).predict(x_test[..., 0])
    found["raw windows, by the nearest neighbour"] = np.mean(given == y_test), balanced_accuracy_score(y_test, given)
    majority = float(np.mean(y_test == np.bincount(y).argmax()))
    found["always the larger class"] = majority, 0.5
    bench.section(
        "Is it the features, or is the task too easy?",
        """The classes are unequal, so balanced accuracy stands beside accuracy. Windows at stride 1 overlap by 99
        steps: 1,800 test windows are far fewer independent ones. What an untrained encoder or a single number can do is
        no merit of the training.""",
    )
    bench.table(
        "probe",
        ("features", "accuracy", "balanced accuracy"),
        [(name, *pair) for name, pair in found.items()],
        title="Logistic regression on features of the test windows",
        caption=f"{len(y):,} training windows, {len(y_test):,} test windows.",
    )
    bench.picture(
        "probe",
        figures.bars({name: pair[1] for name, pair in found.items()}, x="balanced accuracy on the test windows"),
        title="Balanced accuracy",
        caption="0.5 is a coin. Below the bars of the codes stands what needs no training.",
        alt="; ".join(f"{name} {pair[1]:.3f}" for name, pair in found.items()) + ".",
    )
    for name in list(found)[len(models) : -1]:
        bench.row(f"balanced accuracy of {name}", found[name][1], form=".4f")

    bench.section(
        "Does the decoder need the code?",
        """A decoder that is fed the input can write without the code, and training then has no reason to put anything
        into it. Each test window is decoded with its own code and with that of another window.""",
    )
    rows = []
    order = np.random.default_rng(bench.seed).permutation(len(x_test))
    for name, model in models.items():
        how = {"teacher_forcing": True} if name == "conditional" else {}
        own = squared(model, x_test, **how)
        other = squared(model, x_test, codes=model.transform(x_test)[order], **how)
        rows.append((name, own, other, other / own))
        if name in ("reversed-input", "reversed-input, converged", "unconditional"):
            bench.row(f"{name}: squared error with the codes of other windows / with their own", other / own)
    bench.table(
        "shuffled",
        ("decoder", "own code", "code of another window", "ratio"),
        rows,
        title="Squared error with the right code and a wrong one",
        caption="A ratio of 1: the decoder does not look at the code. The conditional one is fed true frames.",
    )
    record = hy.evaluate(models["reversed-input"], x_test, y_test, reference=x)
    bench.text(record.metrics["code_use"]["reading"])


def code_pictures(bench: Bench, model: hy.Autoencoder) -> None:
    """Draw the codes of successive windows over one period of each class."""
    sines = hy.data.load("sines")  # not bench.data(): a quick run has only every so many-th window
    x, y = np.asarray(sines.X_test), np.asarray(sines.y_test)
    panels = {}
    for label, period in enumerate(PERIODS):
        z = model.transform(x[y == label][:period])
        panels[f"period {period}: {period} successive windows"] = z.T
    bench.section("The codes over one period")
    bench.picture(
        "codes",
        figures.heat(panels, x="first step of the window, within one period", y="code unit"),
        title="The code of every window, over one period, per class",
        caption="Windows one step apart; after one period the code is back where it was. What changes along a row "
        "tells the phase, what differs between the panels the class.",
        alt="Two heat maps of ten code units over successive windows, one for each period.",
    )
    bench.plot("latent", hy.evaluate(model, x, y))


def future(bench: Bench, x: np.ndarray, test: Split) -> None:
    """Train the composite model, which reconstructs the first 80 steps and predicts the other 20."""
    x_test, y_test = test
    epochs = bench.pick(60, 2)
    steps = epochs * -(-len(x) // BATCH)
    net = hy.nets.Recurrent(UNITS, cell="lstm", future=20, order="reversed", output_hidden=(10,))
    adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, steps))
    model = bench.fit(model_of(bench, "unconditional", epochs, net=net, optimizer=adam), x, "the composite model")
    given = model.forecast(x_test)
    truth = x_test[:, -20:]
    error = float(np.mean(np.square(given - truth)))
    bench.row("composite: squared error of the 20 predicted steps", error, seconds=bench.took(model), form=".4f")
    bench.row(
        "the same, repeating the last 20 steps instead",
        float(np.mean(np.square(x_test[:, -40:-20] - truth))),
        form=".4f",
    )
    panels = []
    for label, period in enumerate(PERIODS):
        row = int(np.flatnonzero(y_test == label)[0])
        ahead = np.full((STEPS, 1), np.nan)
        ahead[-20:] = given[row]
        back = np.array(model.reconstruct(x_test[row : row + 1])[0])
        back[-20:] = np.nan
        panels.append((f"period {period}", {"series": x_test[row], "reconstruction": back, "prediction": ahead}))
    bench.section(
        "The composite model",
        """One encoder reads 80 steps; one decoder writes them again from the last to the first, a second one writes the
        20 steps that follow. Both see the code alone.""",
    )
    bench.picture(
        "future",
        figures.series(panels),
        title="Reconstruction and prediction",
        caption="The first test window of each class; the encoder was shown the first 80 steps.",
        alt=f"Two sines with a reconstruction of 80 steps and a prediction of 20, squared error {error:.2g}.",
    )
