"""sequitur's LSTM autoencoder, trained by its own ``train_model``: a row at a time, for it knows no batches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import fmean

import torch
from sequitur.models import LSTM_AE
from sequitur.quick_train import train_model
from torch import Tensor

from pacing import Job, Pacer
from workloads import LEARNING_RATE


class Rows(list[Tensor]):
    """The rows; whoever begins to go through them begins an epoch."""

    pacer: Pacer

    def __iter__(self) -> Iterator[Tensor]:
        """Wait for the controller."""
        self.pacer.begin()
        return super().__iter__()


def main() -> None:
    """Train the model the controller asks for."""
    job = Job.from_arguments()
    pacer = Pacer(job, "sequitur", "torch")
    rows = Rows(torch.from_numpy(job.data()))
    rows.pacer = pacer
    torch.manual_seed(0)
    # Its default, no hidden layer, ends in an IndexError: its decoder wants one.
    model = LSTM_AE(1, job.workload.code, h_dims=[job.workload.code], h_activ=None, out_activ=None)
    pacer.introduce(sum(parameter.numel() for parameter in model.parameters()), torch.get_num_threads(), same=False)

    def mean(losses: list[float]) -> float:
        pacer.end(fmean(losses))
        return fmean(losses)

    sys.modules["sequitur.quick_train"].mean = mean  # what it calls at the end of an epoch, the only sign of it
    train_model(model, rows, False, LEARNING_RATE, job.epochs, False)


if __name__ == "__main__":
    main()
