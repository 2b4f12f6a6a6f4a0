"""hyotan: the autoencoder toolkit.

    import hyotan as hy

    model = hy.VAE(latent_dim=2).fit(x_train)
    z, score = model.transform(x_test), model.score_samples(x_test)
    hy.report(model, x_test, out="report.html")

Submodules and heavy dependencies are imported on first use.
"""

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

# JAX is the default backend, unless the user has chosen another one or has already imported Keras.
if "keras" not in sys.modules:
    os.environ.setdefault("KERAS_BACKEND", "jax")

if TYPE_CHECKING:
    from hyotan import corruptions, data, latents, likelihoods, metrics, nets, plots, recipes
    from hyotan.core.errors import (
        ArtifactError,
        DataError,
        HyotanError,
        HyotanWarning,
        ParameterError,
        TrainingError,
        UnknownParameterError,
    )
    from hyotan.estimator.autoencoder import Autoencoder
    from hyotan.explorer import explore
    from hyotan.latents import divergences, priors
    from hyotan.metrics import Record, evaluate
    from hyotan.recipes._load import load
    from hyotan.recipes.ae import AE
    from hyotan.recipes.denoising_ae import DenoisingAE
    from hyotan.recipes.sparse_ae import SparseAE
    from hyotan.recipes.vae import VAE
    from hyotan.report import report
    from hyotan.sweep.sweep import Sweep

    __all__ = [
        "AE",
        "VAE",
        "ArtifactError",
        "Autoencoder",
        "DataError",
        "DenoisingAE",
        "HyotanError",
        "HyotanWarning",
        "ParameterError",
        "Record",
        "SparseAE",
        "Sweep",
        "TrainingError",
        "UnknownParameterError",
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
        "recipes",
        "report",
    ]

__version__ = "0.1.0"

_ERRORS = (
    "ArtifactError",
    "DataError",
    "HyotanError",
    "HyotanWarning",
    "ParameterError",
    "TrainingError",
    "UnknownParameterError",
)
_WHERE = {  # the module of each name; recipe classes are not listed, hyotan.recipes finds them by their files
    **dict.fromkeys(("corruptions", "data", "latents", "likelihoods", "metrics", "nets", "plots", "recipes"), ""),
    **dict.fromkeys(("divergences", "priors"), "latents"),
    **dict.fromkeys(_ERRORS, "core.errors"),
    **dict.fromkeys(("Record", "evaluate"), "metrics"),
    "Autoencoder": "estimator.autoencoder",
    "Sweep": "sweep",
    "explore": "explorer",
    "load": "recipes._load",
    "report": "report",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first access."""
    if name == "__all__":
        return _public()
    name = "Sweep" if name == "Fleet" else name  # Fleet is the former name of Sweep
    if name not in _WHERE and (name.startswith("_") or name not in _recipes().class_names()):
        raise AttributeError(f"module 'hyotan' has no attribute {name!r}")
    room = _WHERE.get(name, "recipes")
    if not room:
        return importlib.import_module(f"hyotan.{name}")
    value = getattr(importlib.import_module(f"hyotan.{room}"), name)
    globals()[name] = value  # or the package of the same name (report) would hide the function
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*_public(), "__version__"])


def _public() -> list[str]:
    return sorted([*_WHERE, *_recipes().class_names()])


def _recipes() -> Any:
    return importlib.import_module("hyotan.recipes")
