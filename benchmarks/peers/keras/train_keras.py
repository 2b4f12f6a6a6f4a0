"""The four models as a Keras user writes them by hand, trained by ``fit`` on NumPy arrays.

``KERAS_BACKEND`` names the backend: JAX, TensorFlow or PyTorch.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from keras_pacing import PacedEpochs
from pacing import Job, Pacer
from workloads import BETA, LEARNING_RATE, PIXELS, SIDE, STEPS, UNITS

PACKAGES = {"jax": "jax", "tensorflow": "tensorflow-cpu", "torch": "torch"}


class VAE(keras.Model):
    """A variational autoencoder whose loss is the binary cross entropy plus β times the divergence from the prior.

    Parameters
    ----------
    encoder, decoder : keras.layers.Layer
        From rows to what the posterior's parameters are read from, and from codes to logits.
    code : int
        Numbers in a code.
    beta : float
        Weight of the divergence.
    """

    def __init__(self, encoder: keras.layers.Layer, decoder: keras.layers.Layer, code: int, beta: float = 1.0) -> None:
        super().__init__()
        self.encoder, self.decoder, self.beta = encoder, decoder, beta
        self.mean = layers.Dense(code)
        self.log_var = layers.Dense(code)
        self.seed = keras.random.SeedGenerator(0)

    def call(self, x: keras.KerasTensor) -> tuple[keras.KerasTensor, ...]:
        """Return the logits of the reconstruction, and the posterior's mean and log-variance."""
        hidden = self.encoder(x)
        mean, log_var = self.mean(hidden), self.log_var(hidden)
        noise = keras.random.normal(ops.shape(mean), seed=self.seed)
        return self.decoder(mean + ops.exp(0.5 * log_var) * noise), mean, log_var

    def compute_loss(
        self,
        x: keras.KerasTensor | None = None,
        y: keras.KerasTensor | None = None,
        y_pred: tuple[keras.KerasTensor, ...] | None = None,
        sample_weight: keras.KerasTensor | None = None,
        training: bool = True,
    ) -> keras.KerasTensor:
        """Return the sum over pixels and latent dimensions, averaged over rows."""
        logits, mean, log_var = y_pred
        pixels = tuple(range(1, len(x.shape)))
        entropy = ops.sum(ops.binary_crossentropy(x, logits, from_logits=True), axis=pixels)
        divergence = 0.5 * ops.sum(ops.square(mean) + ops.exp(log_var) - 1 - log_var, axis=-1)
        return ops.mean(entropy + self.beta * divergence)


def lstm_ae() -> keras.Model:
    """Return the autoencoder whose decoder sees the code and the reversed input."""
    window = keras.Input((STEPS, 1))
    code = layers.RepeatVector(STEPS)(layers.LSTM(UNITS)(window))
    reverse = layers.Lambda(lambda values: ops.flip(values, axis=1))(window)
    h = layers.LSTM(UNITS, return_sequences=True)(layers.Concatenate()([code, reverse]))
    return keras.Model(window, layers.Dense(1, "tanh")(layers.Dense(10, "relu")(h)))


def main() -> None:
    """Train the model the controller asks for."""
    job = Job.from_arguments()
    pacer, x = Pacer(job, "keras", PACKAGES[keras.backend.backend()]), job.data()
    keras.utils.set_random_seed(0)
    code = job.workload.code
    model: keras.Model
    targets, scale = None, 1
    if job.model == "ae":
        waist, pixels = layers.Dense(code, activation="relu"), layers.Dense(PIXELS, activation="sigmoid")
        model = keras.Sequential([keras.Input((PIXELS,)), waist, pixels])
        model.compile(keras.optimizers.Adam(LEARNING_RATE), loss="binary_crossentropy")
        targets, scale = x, PIXELS  # this loss averages over pixels where the others sum
    elif job.model == "lstm":
        model = lstm_ae()
        model.compile(keras.optimizers.RMSprop(LEARNING_RATE), loss="mse")
        targets, scale = x, STEPS
    else:
        if job.model == "vae":
            decoder = keras.Sequential([layers.Dense(256, activation="relu"), layers.Dense(PIXELS)])
            model = VAE(layers.Dense(256, activation="relu"), decoder, code)
        else:
            writer = layers.GRU(40, return_sequences=True)
            decoder = keras.Sequential([layers.RepeatVector(SIDE), writer, layers.Dense(SIDE)])
            model = VAE(layers.GRU(40), decoder, code, BETA)
        model.compile(keras.optimizers.Adam(LEARNING_RATE))
        model(x[:1])  # makes the weights, which are counted before the first epoch
    callbacks = [PacedEpochs(pacer, scale)]
    model.fit(x, targets, batch_size=job.workload.batch_size, epochs=job.epochs, verbose=0, callbacks=callbacks)


if __name__ == "__main__":
    main()
