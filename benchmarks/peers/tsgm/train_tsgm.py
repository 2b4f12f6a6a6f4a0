"""The GRU VAE in tsgm: its BetaVAE of the same two parts, trained by its own ``train_step``.

Its loss is another one, and not on the scale of the others: squared errors of cells, of steps and of channels, summed
over the batch too, and a divergence whose weight it ignores.
"""

from __future__ import annotations

import keras
import tsgm
from keras import layers
from tsgm.models.architectures.zoo import Sampling

from keras_pacing import PacedEpochs
from pacing import Job, Pacer
from workloads import BETA, LEARNING_RATE, SIDE


def main() -> None:
    """Train the model the controller asks for."""
    job = Job.from_arguments()
    pacer, x = Pacer(job, "tsgm", "keras", "tensorflow-cpu"), job.data()
    keras.utils.set_random_seed(0)
    code = job.workload.code
    frames, z = keras.Input((SIDE, SIDE)), keras.Input((code,))
    h = layers.GRU(40)(frames)
    mean, log_var = layers.Dense(code)(h), layers.Dense(code)(h)
    sampled = Sampling()([mean, log_var])
    written = layers.GRU(40, return_sequences=True)(layers.RepeatVector(SIDE)(z))
    model = tsgm.models.cvae.BetaVAE(
        keras.Model(frames, [mean, log_var, sampled]), keras.Model(z, layers.Dense(SIDE, "sigmoid")(written)), BETA
    )
    model.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE))
    model.fit(x, batch_size=job.workload.batch_size, epochs=job.epochs, verbose=0, callbacks=[PacedEpochs(pacer, None)])


if __name__ == "__main__":
    main()
