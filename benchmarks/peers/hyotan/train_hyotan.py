"""The four models in hyotan: what its user writes stands in ``models.py``."""

from __future__ import annotations

from models import CONSTANT, model_of  # it chooses Keras's backend, so it comes first

from keras_pacing import PacedEpochs  # isort: skip
from pacing import Job, Pacer


def main() -> None:
    """Train the model the controller asks for."""
    job = Job.from_arguments()
    pacer, x = Pacer(job, "hyotan", "keras", "jax"), job.data()
    paced = PacedEpochs(pacer, offset=CONSTANT if job.model == "lstm" else 0.0)
    model_of(job.model, epochs=job.epochs, callbacks=[paced]).fit(x)


if __name__ == "__main__":
    main()
