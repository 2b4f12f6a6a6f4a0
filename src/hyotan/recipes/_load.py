"""Loading a model from a file, as an object of the class that was saved."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from hyotan import recipes
from hyotan.artifact import archive
from hyotan.core import files
from hyotan.core.errors import ArtifactError, HyotanError, HyotanWarning, shown
from hyotan.estimator.autoencoder import Autoencoder


def load(path: str | Path, *, net: Any = None) -> Autoencoder:
    """Load a model from a ``.hyotan`` file; no code from the file is run.

    Parameters
    ----------
    path : str or Path
    net : Custom, optional
        The custom net, if the model was fitted with one.

    Returns
    -------
    Autoencoder
        An object of the class that was saved, such as ``hyotan.VAE``, if it is one of hyotan's recipes; else an
        ``Autoencoder``.

    Raises
    ------
    ArtifactError
        If the file is missing, truncated, not a hyotan model, modified, or from a newer version.
    """
    fitted, params, recipe = archive.unpack(files.read(path), str(path), net)
    model = _model(params, recipe, str(path))
    model._take_fitted(fitted)
    return model


def _model(params: dict[str, Any], recipe: archive.Recipe | None, where: str) -> Autoencoder:
    """Return an unfitted model of the recipe's class if there is such a recipe, else an ``Autoencoder``."""
    made: type[Autoencoder] = Autoencoder
    if recipe is not None and recipe[0] in recipes.names():
        made = recipes.load(recipe[0])
        params = {**{name: value for name, value in params.items() if name not in made.computed}, **recipe[1]}
    elif recipe is not None:
        told = f"{where} was saved as the recipe {recipe[0]!r}, which is not here: it is loaded as an Autoencoder"
        warnings.warn(told, HyotanWarning, stacklevel=4)
    try:
        return made(**params)
    except (TypeError, HyotanError) as err:
        raise ArtifactError(
            f"{where} cannot be rebuilt", expected="an artifact this version wrote", received=shown(str(err), 120)
        ) from err
