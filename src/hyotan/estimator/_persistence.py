"""Saving a fitted model to a file, and pickling it (the pickle holds the same bytes as the file)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hyotan.artifact import archive
from hyotan.artifact.fitted import Fitted
from hyotan.core import files
from hyotan.estimator._base import FittedBase


class PersistenceMixin(FittedBase):
    """The method ``save``, and pickling."""

    def save(self, path: str | Path, *, training: bool = False) -> Path:
        """Save the fitted model to a ``.hyotan`` file and return its path.

        The file is written atomically: if writing fails, no partial file is left. It contains no code. Callbacks are
        not saved; of a ``Custom`` net, only the weights are saved.

        Parameters
        ----------
        path : str or Path
        training : bool
            Also save the training state, so that the loaded model can continue with ``fit(X, resume=True)``. With
            Adam, the file is then about three times as large.
        """
        self._require_fitted("save")
        return files.write(path, self._packed(self._fitted, training))

    def _packed(self, fitted: Fitted, training: bool = False) -> bytes:
        params = {name: getattr(self, name) for name in self._artifact_params()}
        return archive.pack(fitted, params, training, self._recipe())

    def _recipe(self) -> tuple[str, dict[str, Any]] | None:
        """Return the name of the recipe and its own parameters; None if the model is not a recipe."""
        return None

    def _artifact_params(self) -> list[str]:
        """Return the names of the parameters to save; ``Autoencoder`` and its recipes save those of ``Autoencoder``."""
        return self._get_param_names()

    def _add_info(self, **info: Any) -> None:
        """Add entries to the ``info`` of the fit, for example how its file was read."""
        self._fitted = replace(self._fitted, info={**self._fitted.info, **info})

    def __getstate__(self) -> dict[str, Any]:
        """Pickle a fitted model as its artifact, so that joblib and worker processes get the content of the file."""
        if not hasattr(self, "_fitted"):
            return dict(super().__getstate__())
        params = {**self.get_params(deep=False), "callbacks": None}
        return {"params": params, "artifact": self._packed(self._fitted)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Rebuild from :meth:`__getstate__`."""
        if "artifact" not in state:
            super().__setstate__(state)
            return
        self.__init__(**state["params"])  # type: ignore[misc]
        net = self.net if getattr(self.net, "not_saved", ()) else None
        self._take_fitted(archive.unpack(state["artifact"], "the pickled model", net)[0])
