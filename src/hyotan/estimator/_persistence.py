"""A fitted model kept: as a file, and as a pickle that holds the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hyotan.artifact import archive
from hyotan.artifact.fitted import Fitted
from hyotan.core import files
from hyotan.estimator._base import FittedBase


class PersistenceMixin(FittedBase):
    """The verb ``save``, and pickling."""

    def save(self, path: str | Path, *, training: bool = False) -> Path:
        """Write the fitted model to one ``.hyotan`` file, whole or not at all, and return its path.

        The file holds no code. Callbacks are not saved; a ``Custom`` net stores its weights only.

        Parameters
        ----------
        path : str or Path
        training : bool
            Keep where the training stands, too (some three times as large with Adam): a model loaded from the file
            can go on with ``fit(X, resume=True)``.
        """
        self._require_fitted("save")
        return files.write(path, self._packed(self._fitted, training))

    def _packed(self, fitted: Fitted, training: bool = False) -> bytes:
        params = {name: getattr(self, name) for name in self._artifact_params()}
        return archive.pack(fitted, params, training, self._recipe())

    def _recipe(self) -> tuple[str, dict[str, Any]] | None:
        """Return the name of a recipe and the parameters that are its own; None for a model that is none."""
        return None

    def _artifact_params(self) -> list[str]:
        """Return the names of the parameters a file holds: those of ``Autoencoder``, whatever this is."""
        return self._get_param_names()

    def _add_info(self, **info: Any) -> None:
        """Add to what is known of a fit, such as how its file was read."""
        self._fitted = replace(self._fitted, info={**self._fitted.info, **info})

    def __getstate__(self) -> dict[str, Any]:
        """Pickle a fitted model as its artifact: joblib and worker processes get what a file would hold."""
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
