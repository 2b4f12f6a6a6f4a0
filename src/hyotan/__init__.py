"""hyotan: the autoencoder toolkit.

    import hyotan as hy

    model = hy.VAE(latent_dim=2).fit(x_train)
    z, score = model.transform(x_test), model.score_samples(x_test)
    hy.report(model, x_test, out="report.html")

Nothing heavy is imported before it is used.
"""

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

# JAX is the backend unless the user chose another one, or has imported Keras already.
if "keras" not in sys.modules:
    os.environ.setdefault("KERAS_BACKEND", "jax")

if TYPE_CHECKING:
    from hyotan import corruptions, data, latents, likelihoods, metrics, nets, plots
    from hyotan.core.errors import ArtifactError, DataError, HyotanError, HyotanWarning, ParameterError, TrainingError
    from hyotan.estimator.autoencoder import Autoencoder, load
    from hyotan.explorer import explore
    from hyotan.latents import divergences, priors
    from hyotan.metrics import Record, evaluate
    from hyotan.recipes import AE, VAE, DenoisingAE, SparseAE
    from hyotan.report import report
    from hyotan.sweep.sweep import Fleet

__version__ = "0.1.0"

_WHERE = {
    **dict.fromkeys(("corruptions", "data", "latents", "likelihoods", "metrics", "nets", "plots"), ""),
    **dict.fromkeys(("divergences", "priors"), "latents"),
    **dict.fromkeys(
        ("ArtifactError", "DataError", "HyotanError", "HyotanWarning", "ParameterError", "TrainingError"), "core.errors"
    ),
    **dict.fromkeys(("Autoencoder", "load"), "estimator.autoencoder"),
    **dict.fromkeys(("Record", "evaluate"), "metrics"),
    **dict.fromkeys(("AE", "DenoisingAE", "SparseAE", "VAE"), "recipes"),
    "Fleet": "sweep",
    "explore": "explorer",
    "report": "report",
}

__all__ = [
    "AE",
    "VAE",
    "ArtifactError",
    "Autoencoder",
    "DataError",
    "DenoisingAE",
    "Fleet",
    "HyotanError",
    "HyotanWarning",
    "ParameterError",
    "Record",
    "SparseAE",
    "TrainingError",
    "corruptions",
    "data",
    "divergences",
    "evaluate",
    "explore",
    "latents",
    "likelihoods",
    "load",
    "metrics",
    "nets",
    "plots",
    "priors",
    "report",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _WHERE:
        raise AttributeError(f"module 'hyotan' has no attribute {name!r}")
    room = _WHERE[name]
    if not room:
        return importlib.import_module(f"hyotan.{name}")
    value = getattr(importlib.import_module(f"hyotan.{room}"), name)
    globals()[name] = value  # a package of the same name (report) must not hide the function
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*__all__, "__version__"])
