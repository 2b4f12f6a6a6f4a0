"""The two models as a hyotan user writes them."""

from __future__ import annotations

import hyotan as hy
from keras_pacing import PacedEpochs
from pacing import BATCH_SIZE, LATENT_DIM, Job, Pacer


def main() -> None:
    """Train the model the controller asks for."""
    job = Job.from_arguments()
    pacer, x = Pacer(job, "hyotan", "keras", "jax"), job.data()
    settings = {
        "likelihood": "bernoulli",
        "epochs": job.epochs,
        "batch_size": BATCH_SIZE[job.model],
        "random_state": 0,
        "verbose": 0,
        "callbacks": [PacedEpochs(pacer)],
    }
    if job.model == "ae":
        model = hy.AE(LATENT_DIM["ae"], activation="relu", net=hy.nets.Dense(hidden=()), **settings)
    else:
        model = hy.VAE(LATENT_DIM["vae"], net=hy.nets.Dense(hidden=(256,)), **settings)
    model.fit(x)


if __name__ == "__main__":
    main()
