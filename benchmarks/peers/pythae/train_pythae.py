"""Three of the four models in pythae, trained by its own trainer with its default data loader.

Its autoencoder offers no loss but the squared error, so there that is what it trains, and its decoders are shown
nothing but the code, so there is no LSTM autoencoder; its progress bar is switched off, and no checkpoint is written.
"""

from __future__ import annotations

import logging
import os
import tempfile
from itertools import pairwise

os.environ["TQDM_DISABLE"] = "1"

import torch
from pythae.data.preprocessors import DataProcessor
from pythae.models import AE, VAE, AEConfig, BetaVAE, BetaVAEConfig, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback
from torch import Tensor, nn

from pacing import Job, Pacer
from workloads import BETA, LEARNING_RATE, PIXELS, SIDE


class CodeEncoder(BaseEncoder):
    """One layer down."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(PIXELS, latent_dim), nn.ReLU())

    def forward(self, x: Tensor) -> ModelOutput:
        """Return the code under the name pythae expects."""
        return ModelOutput(embedding=self.layers(x))


class GaussianEncoder(BaseEncoder):
    """One hidden layer, then the posterior's mean and log-variance."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(PIXELS, 256), nn.ReLU())
        self.mean = nn.Linear(256, latent_dim)
        self.log_var = nn.Linear(256, latent_dim)

    def forward(self, x: Tensor) -> ModelOutput:
        """Return mean and log-variance under the names pythae expects."""
        hidden = self.hidden(x)
        return ModelOutput(embedding=self.mean(hidden), log_covariance=self.log_var(hidden))


class Decoder(BaseDecoder):
    """Layers of the given widths, the last one with a sigmoid."""

    def __init__(self, *widths: int) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            steps += [nn.Linear(inputs, outputs), nn.ReLU()]
        self.layers = nn.Sequential(*steps[:-1], nn.Sigmoid())

    def forward(self, z: Tensor) -> ModelOutput:
        """Return the reconstruction under the name pythae expects."""
        return ModelOutput(reconstruction=self.layers(z))


class StepsEncoder(BaseEncoder):
    """A GRU that reads an image row by row, then the posterior's mean and log-variance."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.reader = nn.GRU(SIDE, 40, batch_first=True)
        self.mean = nn.Linear(40, latent_dim)
        self.log_var = nn.Linear(40, latent_dim)

    def forward(self, x: Tensor) -> ModelOutput:
        """Return mean and log-variance under the names pythae expects."""
        hidden = self.reader(x)[1][0]
        return ModelOutput(embedding=self.mean(hidden), log_covariance=self.log_var(hidden))


class StepsDecoder(BaseDecoder):
    """A GRU that is given the code at every step, and writes a row with a sigmoid."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.writer = nn.GRU(latent_dim, 40, batch_first=True)
        self.pixels = nn.Sequential(nn.Linear(40, SIDE), nn.Sigmoid())

    def forward(self, z: Tensor) -> ModelOutput:
        """Return the reconstruction under the name pythae expects."""
        return ModelOutput(reconstruction=self.pixels(self.writer(z[:, None].expand(-1, SIDE, -1))[0]))


class PacedEpochs(TrainingCallback):
    """Tie the worker's clock to the epochs of pythae's trainer."""

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer

    def on_epoch_begin(self, training_config: BaseTrainerConfig, **kwargs: object) -> None:
        """Wait for the controller."""
        self._pacer.begin()

    def on_log(self, training_config: BaseTrainerConfig, logs: dict[str, float], **kwargs: object) -> None:
        """Remember the loss, which pythae gives out after each epoch."""
        self._pacer.end(float(logs["train_epoch_loss"]))


def main() -> None:
    """Train the model the controller asks for."""
    job = Job.from_arguments()
    pacer, x = Pacer(job, "pythae", "torch"), job.data()
    logging.disable(logging.INFO)
    torch.manual_seed(0)
    latent_dim, shape = job.workload.code, x.shape[1:]
    if job.model == "ae":
        parts = CodeEncoder(latent_dim), Decoder(latent_dim, PIXELS)
        model = AE(AEConfig(input_dim=shape, latent_dim=latent_dim), *parts)
    elif job.model == "vae":
        config = VAEConfig(input_dim=shape, latent_dim=latent_dim, reconstruction_loss="bce")
        model = VAE(config, GaussianEncoder(latent_dim), Decoder(latent_dim, 256, PIXELS))
    else:
        config = BetaVAEConfig(input_dim=shape, latent_dim=latent_dim, reconstruction_loss="bce", beta=BETA)
        model = BetaVAE(config, StepsEncoder(latent_dim), StepsDecoder(latent_dim))
    processor = DataProcessor()
    with tempfile.TemporaryDirectory() as folder:
        trainer = BaseTrainer(
            model,
            processor.to_dataset(processor.process_data(x)),
            training_config=BaseTrainerConfig(
                output_dir=folder,
                num_epochs=job.epochs,
                per_device_train_batch_size=job.workload.batch_size,
                learning_rate=LEARNING_RATE,
            ),
            callbacks=[PacedEpochs(pacer)],
        )
        pacer.introduce(sum(parameter.numel() for parameter in model.parameters()), torch.get_num_threads())
        trainer.train()


if __name__ == "__main__":
    main()
