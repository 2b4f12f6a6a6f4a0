"""The two dense models in PyOD, trained by its own ``fit`` without its standardisation.

Both learn on the squared error, the only one of its losses that takes grey values; a last batch that is not full is
left out.
"""

from __future__ import annotations

from importlib import import_module
from statistics import fmean
from typing import Any

import torch

from pacing import Job, Pacer
from workloads import LEARNING_RATE, PIXELS


def paced(cls: type, pacer: Pacer, **settings: Any) -> Any:
    """Return a detector of a class of PyOD's whose epochs the pacer holds back."""

    class Paced(cls):
        def train(self, train_loader: Any) -> None:
            pacer.introduce(sum(parameter.numel() for parameter in self.model.parameters()), torch.get_num_threads())
            self.losses: list[float] = []
            pacer.begin()
            super().train(train_loader)

        def training_forward(self, batch_data: Any) -> float:
            self.losses.append(super().training_forward(batch_data))
            return self.losses[-1]

        def epoch_update(self) -> None:
            pacer.end(PIXELS * fmean(self.losses))  # its loss is a mean over the pixels
            self.losses.clear()
            pacer.begin()

    return Paced(**settings)


def main() -> None:
    """Train the model the controller asks for."""
    job = Job.from_arguments()
    pacer, x = Pacer(job, "pyod", "torch"), job.data()
    settings: dict[str, Any] = {
        "preprocessing": False,
        "lr": LEARNING_RATE,
        "epoch_num": job.epochs,
        "batch_size": job.workload.batch_size,
        "dropout_rate": 0.0,
        "batch_norm": False,
        "optimizer_params": {},  # no weight decay
        "verbose": 0,
    }
    if job.model == "ae":
        cls = import_module("pyod.models.auto_encoder").AutoEncoder
        detector = paced(cls, pacer, hidden_neuron_list=[job.workload.code], **settings)
    else:
        cls = import_module("pyod.models.vae").VAE
        settings |= {"encoder_neuron_list": [256], "decoder_neuron_list": [256], "latent_dim": job.workload.code}
        # Unless it is given room, the divergence is cut off at zero.
        settings |= {"output_activation_name": "sigmoid", "beta": 1 / PIXELS, "capacity": float("inf")}
        detector = paced(cls, pacer, **settings)
    detector.fit(x)


if __name__ == "__main__":
    main()
