"""The two models as a PyTorch user writes them by hand: eager, the data in one tensor, batches by shuffled indices."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pacing import BATCH_SIZE, LATENT_DIM, LEARNING_RATE, PIXELS, Job, Pacer


class AE(nn.Module):
    """One layer down, one layer up."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(PIXELS, latent_dim), nn.ReLU(), nn.Linear(latent_dim, PIXELS))

    def loss(self, x: Tensor) -> Tensor:
        """Return the sum over pixels, averaged over rows."""
        return F.binary_cross_entropy_with_logits(self.layers(x), x, reduction="sum") / len(x)


class VAE(nn.Module):
    """A variational autoencoder with one hidden layer on either side."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(PIXELS, 256), nn.ReLU())
        self.mean = nn.Linear(256, latent_dim)
        self.log_var = nn.Linear(256, latent_dim)
        self.decoder = nn.Sequential(nn.Linear(latent_dim, 256), nn.ReLU(), nn.Linear(256, PIXELS))

    def loss(self, x: Tensor) -> Tensor:
        """Return the cross entropy plus the divergence from the prior, averaged over rows."""
        hidden = self.hidden(x)
        mean, log_var = self.mean(hidden), self.log_var(hidden)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        entropy = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        divergence = 0.5 * torch.sum(mean.square() + log_var.exp() - 1 - log_var)
        return (entropy + divergence) / len(x)


def main() -> None:
    """Train the model the controller asks for."""
    job = Job.from_arguments()
    pacer, x = Pacer(job, "torch"), torch.from_numpy(job.data())
    torch.manual_seed(0)
    model: AE | VAE = {"ae": AE, "vae": VAE}[job.model](LATENT_DIM[job.model])
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    pacer.introduce(sum(parameter.numel() for parameter in model.parameters()), torch.get_num_threads())
    while True:
        pacer.begin()
        total = torch.zeros(())
        for rows in torch.randperm(len(x)).split(BATCH_SIZE[job.model]):
            batch = x[rows]
            optimizer.zero_grad()
            loss = model.loss(batch)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(batch)
        pacer.end(total.item() / len(x))


if __name__ == "__main__":
    main()
