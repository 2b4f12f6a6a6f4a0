"""Does an LSTM layer do what its formula says? The encoder computed again in NumPy, from the trained weights."""

import numpy as np

import hyotan as hy
from hyotan.reproduce import _figures as figures
from hyotan.reproduce._bench import Bench


def recomputed(bench: Bench, model: hy.Autoencoder, x: np.ndarray) -> None:
    """Recompute the codes in NumPy from the formula and the trained weights."""
    codes = lstm(x, *model.encoder_.get_weights())
    given = model.transform(x)
    off = np.abs(codes - given).max()
    bench.section(
        "Does the layer do what its formula says?",
        """i, f, o = sigmoid(W x + U h + b) and g = tanh(W x + U h + b), cell c ← f · c + i · g, state h ← o · tanh(c);
        Keras keeps the gates in the order i, f, g, o. Computed so in NumPy, in double precision, from the weights.""",
    )
    bench.row("the encoder in NumPy: largest difference from transform()", off, at_most=1e-5, form=".2g")
    bench.picture(
        "numpy",
        figures.series(
            [(f"unit {j}", {"transform()": given[:200, j], "NumPy": codes[:200, j]}) for j in range(4)], x="window"
        ),
        title="Codes by hyotan and by NumPy",
        caption="The first four units over 200 test windows; the lines lie on each other.",
        alt=f"Four panels, each with two curves that cannot be told apart; the largest difference is {off:.1g}.",
    )


def lstm(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return the last state of an LSTM for series of shape (n, steps, channels)."""
    x, kernel, recurrent, bias = (np.asarray(values, np.float64) for values in (x, kernel, recurrent, bias))
    state = cell = np.zeros((len(x), len(recurrent)))
    for step in range(x.shape[1]):
        i, f, g, o = np.split(x[:, step] @ kernel + state @ recurrent + bias, 4, axis=1)
        cell = _sigmoid(f) * cell + _sigmoid(i) * np.tanh(g)
        state = _sigmoid(o) * np.tanh(cell)
    return state


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))
