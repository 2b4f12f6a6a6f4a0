"""The four models as a PyTorch user writes them by hand: the data in one tensor, batches by shuffled indices.

Eager, or with ``--compile`` under ``torch.compile``; with ``--fused`` by the Adam that is one kernel, not the default.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pacing import Job, Pacer
from workloads import BETA, LEARNING_RATE, PIXELS, SIDE, STEPS, UNITS


class AE(nn.Module):
    """One layer down, one layer up."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(PIXELS, code), nn.ReLU(), nn.Linear(code, PIXELS))

    def loss(self, x: Tensor) -> Tensor:
        """Return the sum over pixels, averaged over rows."""
        return F.binary_cross_entropy_with_logits(self.layers(x), x, reduction="sum") / len(x)


class VAE(nn.Module):
    """A variational autoencoder with one hidden layer on either side."""

    beta = 1.0

    def __init__(self, code: int, hidden: int = 256) -> None:
        super().__init__()
        self.mean = nn.Linear(hidden, code)
        self.log_var = nn.Linear(hidden, code)
        self.build(code, hidden)

    def build(self, code: int, hidden: int) -> None:
        """Make what reads a row, and what writes it again."""
        self.encoder = nn.Sequential(nn.Linear(PIXELS, hidden), nn.ReLU())
        self.decoder = nn.Sequential(nn.Linear(code, hidden), nn.ReLU(), nn.Linear(hidden, PIXELS))

    def read(self, x: Tensor) -> Tensor:
        """Return what the posterior's parameters are read from."""
        return self.encoder(x)

    def write(self, z: Tensor) -> Tensor:
        """Return logits."""
        return self.decoder(z)

    def loss(self, x: Tensor) -> Tensor:
        """Return the cross entropy plus the divergence from the prior, averaged over rows."""
        hidden = self.read(x)
        mean, log_var = self.mean(hidden), self.log_var(hidden)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        entropy = F.binary_cross_entropy_with_logits(self.write(z), x, reduction="sum")
        divergence = 0.5 * torch.sum(mean.square() + log_var.exp() - 1 - log_var)
        return (entropy + self.beta * divergence) / len(x)


class GRUVAE(VAE):
    """A variational autoencoder that reads an image row by row."""

    beta = BETA

    def __init__(self, code: int) -> None:
        super().__init__(code, hidden=40)

    def build(self, code: int, hidden: int) -> None:
        """Make the two recurrent layers."""
        self.encoder = nn.GRU(SIDE, hidden, batch_first=True)
        self.decoder = nn.GRU(code, hidden, batch_first=True)
        self.pixels = nn.Linear(hidden, SIDE)

    def read(self, x: Tensor) -> Tensor:
        """Return the last state."""
        return self.encoder(x)[1][0]

    def write(self, z: Tensor) -> Tensor:
        """Return logits at every step, from the code repeated."""
        return self.pixels(self.decoder(z[:, None].expand(-1, SIDE, -1))[0])


class LSTMAE(nn.Module):
    """An autoencoder whose code is the last state, and whose decoder also sees the reversed input."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.encoder = nn.LSTM(1, code, batch_first=True)
        self.decoder = nn.LSTM(code + 1, UNITS, batch_first=True)
        self.output = nn.Sequential(nn.Linear(UNITS, 10), nn.ReLU(), nn.Linear(10, 1), nn.Tanh())
        for layer in (self.encoder, self.decoder):  # one of PyTorch's two biases adds nothing: Keras has the other
            layer.bias_hh_l0.requires_grad_(False).zero_()

    def loss(self, x: Tensor) -> Tensor:
        """Return the mean squared error."""
        code = self.encoder(x)[1][0][0]
        shown = torch.cat([code[:, None].expand(-1, STEPS, -1), x.flip(1)], dim=-1)
        return F.mse_loss(self.output(self.decoder(shown)[0]), x)


def main() -> None:
    """Train the model the controller asks for."""
    job = Job.from_arguments()
    pacer, x = Pacer(job, "torch"), torch.from_numpy(job.data())
    torch.manual_seed(0)
    model: AE | VAE | LSTMAE = {"ae": AE, "vae": VAE, "gru": GRUVAE, "lstm": LSTMAE}[job.model](job.workload.code)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer: torch.optim.Optimizer
    if job.model == "lstm":
        optimizer, scale = torch.optim.RMSprop(trained, lr=LEARNING_RATE, alpha=0.9, eps=1e-7), STEPS
    else:
        optimizer, scale = torch.optim.Adam(trained, lr=LEARNING_RATE, fused=job.fused or None), 1
    loss_of = torch.compile(model.loss, dynamic=False) if job.compile else model.loss
    pacer.introduce(sum(parameter.numel() for parameter in trained), torch.get_num_threads())
    while True:
        pacer.begin()
        total = torch.zeros(())
        for rows in torch.randperm(len(x)).split(job.workload.batch_size):
            batch = x[rows]
            optimizer.zero_grad()
            loss = loss_of(batch)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(batch)
        pacer.end(scale * total.item() / len(x))


if __name__ == "__main__":
    main()
