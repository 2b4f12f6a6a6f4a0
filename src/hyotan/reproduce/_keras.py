"""The models of the experiments in plain Keras, for comparison with hyotan.

This module does not use hyotan. As in the articles, each model is a functional model with ``compile`` and ``fit``.
Losses are Keras's means over the cells, unless an article multiplies them by the number of cells. Each function trains
one model and returns a dict of numbers, and of arrays for the plots.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import layers, ops

CELLS = 784  # pixels of an image
Found = dict[str, Any]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed all random generators that Keras uses, and restore the state of the global ones on exit."""
    before = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])


def _fit(model: Any, x: np.ndarray, x_test: np.ndarray, epochs: int, batch_size: int) -> Found:
    """Train a compiled model to reconstruct its input; return the history, the seconds and the parameter count."""
    began = time.perf_counter()
    told = model.fit(x, x, epochs=epochs, batch_size=batch_size, validation_data=(x_test, x_test), verbose=0)
    curves = {name: [float(value) for value in values] for name, values in told.history.items()}
    return {**curves, "seconds": time.perf_counter() - began, "parameters": model.count_params()}


def _flat(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1)


def dense_ae(
    x: np.ndarray,
    x_test: np.ndarray,
    *,
    hidden: tuple[int, ...] = (),
    loss: str = "binary_crossentropy",
    optimizer: Any = "adam",
    l1: float = 0.0,
    epochs: int,
    batch_size: int = 256,
    seed: int = 0,
) -> Found:
    """Train 784 → hidden → 32 → hidden → 784; ``l1`` is an activity regulariser, which Keras 3 averages over the batch.

    Return the history, and over the test images the summed Euclidean error and the mean activation of the code.
    """
    with seeded(seed):
        x, x_test = _flat(x), _flat(x_test)
        pixels = h = keras.Input((CELLS,))
        for width in hidden:
            h = layers.Dense(width, "relu")(h)
        penalty = keras.regularizers.L1(l1) if l1 else None
        code = h = layers.Dense(32, "relu", activity_regularizer=penalty)(h)
        for width in hidden[::-1]:
            h = layers.Dense(width, "relu")(h)
        model = keras.Model(pixels, layers.Dense(CELLS, "sigmoid")(h))
        model.compile(optimizer, loss, metrics=["binary_crossentropy"])
        found = _fit(model, x, x_test, epochs, batch_size)
        z = keras.Model(pixels, code).predict(x_test, verbose=0)
        error = np.linalg.norm(x_test - model.predict(x_test, verbose=0), axis=1)
        return {**found, "sum": float(error.sum()), "activation": float(z.mean())}


class Draw(keras.layers.Layer):
    """z = μ + σ · ε, with the weighted KL to the standard normal added to the loss.

    ``head`` is "log_var" or "sigma". ``per_batch`` draws one ε for the whole batch, which reproduces an error of an
    article.
    """

    def __init__(self, seed: int, head: str = "log_var", per_batch: bool = False, weight: float = 1.0) -> None:
        super().__init__()
        self.noise, self.head, self.per_batch = keras.random.SeedGenerator(seed), head, per_batch
        self.weight = weight

    def call(self, parameters: list[Any]) -> Any:
        """Return the codes."""
        mean, spread = parameters
        log_var = spread if self.head == "log_var" else ops.log(ops.square(spread) + 1e-12)
        sigma = ops.exp(0.5 * log_var) if self.head == "log_var" else spread
        kl = 0.5 * ops.sum(ops.square(mean) + ops.exp(log_var) - 1 - log_var, axis=-1)
        self.add_loss(self.weight * ops.mean(kl))
        shape = (1, *mean.shape[1:]) if self.per_batch else ops.shape(mean)
        return mean + sigma * keras.random.normal(shape, seed=self.noise)


def dense_vae(
    x: np.ndarray,
    x_test: np.ndarray,
    *,
    head: str = "log_var",
    per_batch: bool = False,
    swapped: bool = False,
    optimizer: Any = "adam",
    epochs: int,
    batch_size: int = 64,
    seed: int = 0,
) -> Found:
    """Train 784 → 256 → 2 → 256 → 784 on 784 · BCE + KL, correctly or with one of an article's defects.

    ``swapped`` passes the arguments of the cross-entropy in the wrong order. In the result, ``proper`` is the correct
    loss on the test images with one draw for each row, whatever loss was used for training. ``restless`` is the root
    mean square difference between the decodings of two draws for the same row, which is the variation of the output if
    the draw is part of the decoder.
    """
    with seeded(seed):
        x, x_test = _flat(x), _flat(x_test)
        pixels = keras.Input((CELLS,))
        h = layers.Dense(256, "relu")(pixels)
        mean, spread = layers.Dense(2)(h), layers.Dense(2)(h)
        code = Draw(seed, head, per_batch)([mean, spread])
        decoder = keras.Sequential([keras.Input((2,)), layers.Dense(256, "relu"), layers.Dense(CELLS, "sigmoid")])
        model = keras.Model(pixels, decoder(code))
        cross_entropy = keras.losses.binary_crossentropy

        def loss(true: Any, given: Any) -> Any:
            return CELLS * (cross_entropy(given, true) if swapped else cross_entropy(true, given))

        model.compile(optimizer, loss)
        found = _fit(model, x, x_test, epochs, batch_size)
        mu, raw = keras.Model(pixels, [mean, spread]).predict(x_test, verbose=0)
        log_var = raw if head == "log_var" else np.log(np.square(raw) + 1e-12)
        draws = np.random.default_rng(seed)
        z, again = (mu + np.exp(0.5 * log_var) * draws.normal(size=mu.shape).astype("float32") for _ in range(2))
        given = decoder.predict(z, verbose=0)
        restless = np.sqrt(np.mean(np.square(given - decoder.predict(again, verbose=0))))
        kl = 0.5 * np.sum(np.square(mu) + np.exp(log_var) - 1 - log_var, axis=1)
        p = np.clip(given.astype(np.float64), 1e-7, 1 - 1e-7)
        nll = -np.sum(x_test * np.log(p) + (1 - x_test) * np.log1p(-p), axis=1)
        return {**found, "proper": float(np.mean(nll + kl)), "kl": float(kl.mean()), "restless": float(restless)}


def conv_ae(x: np.ndarray, x_test: np.ndarray, *, epochs: int, seed: int = 0) -> Found:
    """Train the convolutional autoencoder with max-pooling and 16, 8 and 8 channels."""
    with seeded(seed):
        pixels = h = keras.Input((28, 28, 1))
        for filters in (16, 8, 8):
            h = layers.Conv2D(filters, 3, activation="relu", padding="same")(h)
            h = layers.MaxPooling2D(2, padding="same")(h)
        # Three poolings reduce 28 to 4. One convolution has no padding, so that upsampling gives 28 again and not 32.
        for filters, padding in ((8, "same"), (8, "same"), (16, "valid")):
            h = layers.UpSampling2D(2)(layers.Conv2D(filters, 3, activation="relu", padding=padding)(h))
        model = keras.Model(pixels, layers.Conv2D(1, 3, activation="sigmoid", padding="same")(h))
        model.compile("adam", "binary_crossentropy")
        x, x_test = x[..., None], x_test[..., None]
        return _fit(model, x, x_test, epochs, batch_size=128)


def lstm_ae(
    x: np.ndarray, x_test: np.ndarray, *, shown: bool = True, epochs: int, batch_size: int = 500, seed: int = 0
) -> Found:
    """Train the LSTM autoencoder on windows (n, steps, 1); with ``shown`` the decoder also sees the reversed input.

    Return the history, whose validation loss is the squared error of the test windows, and the codes of both parts.
    """
    with seeded(seed):
        steps = x.shape[1]
        window = keras.Input((steps, 1))
        code = layers.LSTM(10)(window)
        h = layers.RepeatVector(steps)(code)
        if shown:
            h = layers.Concatenate()([h, layers.Lambda(lambda values: values[:, ::-1])(window)])
        h = layers.LSTM(10, return_sequences=True)(h)
        model = keras.Model(window, layers.Dense(1, "tanh")(layers.Dense(10, "relu")(h)))
        model.compile("rmsprop", "mse")
        found = _fit(model, x, x_test, epochs, batch_size)
        encoder = keras.Model(window, code)
        codes = {name: encoder.predict(part, verbose=0) for name, part in (("train", x), ("test", x_test))}
        return {**found, "codes": codes}


def gru_vae(
    x: np.ndarray, x_test: np.ndarray, *, share: float = 0.01, epochs: int, batch_size: int = 32, seed: int = 0
) -> Found:
    """Train the GRU VAE on series (n, 28, 28) with the loss (1 − λ) · BCE + λ · KL, where λ = ``share``."""
    with seeded(seed):
        frames = keras.Input(x.shape[1:])
        h = layers.GRU(40)(frames)
        code = Draw(seed, weight=share)([layers.Dense(3)(h), layers.Dense(3)(h)])
        h = layers.GRU(40, return_sequences=True)(layers.RepeatVector(x.shape[1])(code))
        model = keras.Model(frames, layers.Dense(x.shape[2], "sigmoid")(h))

        def loss(true: Any, given: Any) -> Any:
            return (1 - share) * keras.losses.binary_crossentropy(true, given)

        model.compile("adam", loss)
        return _fit(model, x, x_test, epochs, batch_size)
