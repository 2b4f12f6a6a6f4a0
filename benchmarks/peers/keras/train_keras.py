"""The two models as a Keras user writes them by hand, trained by ``fit`` on NumPy arrays with the JAX backend."""

from __future__ import annotations

import keras
from keras import layers, ops

from keras_pacing import PacedEpochs
from pacing import BATCH_SIZE, LATENT_DIM, LEARNING_RATE, PIXELS, Job, Pacer


class VAE(keras.Model):
    """A variational autoencoder whose loss is the binary cross entropy plus the divergence from the prior."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.hidden = layers.Dense(256, activation="relu")
        self.mean = layers.Dense(latent_dim)
        self.log_var = layers.Dense(latent_dim)
        self.decoder = keras.Sequential([layers.Dense(256, activation="relu"), layers.Dense(PIXELS)])
        self.seed = keras.random.SeedGenerator(0)

    def call(self, x: keras.KerasTensor) -> tuple[keras.KerasTensor, ...]:
        """Return the logits of the reconstruction, and the posterior's mean and log-variance."""
        hidden = self.hidden(x)
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
        entropy = ops.sum(ops.binary_crossentropy(x, logits, from_logits=True), axis=-1)
        divergence = 0.5 * ops.sum(ops.square(mean) + ops.exp(log_var) - 1 - log_var, axis=-1)
        return ops.mean(entropy + divergence)


def main() -> None:
    """Train the model the controller asks for."""
    job = Job.from_arguments()
    pacer, x = Pacer(job, "keras", "jax"), job.data()
    keras.utils.set_random_seed(0)
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    if job.model == "ae":
        code, pixels = layers.Dense(LATENT_DIM["ae"], activation="relu"), layers.Dense(PIXELS, activation="sigmoid")
        model: keras.Model = keras.Sequential([keras.Input((PIXELS,)), code, pixels])
        model.compile(optimizer, loss="binary_crossentropy")
        targets, loss_scale = x, PIXELS  # this loss averages over pixels where the others sum
    else:
        model = VAE(LATENT_DIM["vae"])
        model.compile(optimizer)
        targets, loss_scale = None, 1
    callbacks = [PacedEpochs(pacer, loss_scale)]
    model.fit(x, targets, batch_size=BATCH_SIZE[job.model], epochs=job.epochs, verbose=0, callbacks=callbacks)


if __name__ == "__main__":
    main()
