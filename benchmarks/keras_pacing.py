"""Hold back a Keras ``fit`` between epochs: for Keras by hand, for hyotan and for whatever else runs on it."""

from __future__ import annotations

from typing import Any

import keras

from pacing import Pacer


class PacedEpochs(keras.callbacks.Callback):
    """Tie a :class:`pacing.Pacer` to the epochs of ``fit``.

    Parameters
    ----------
    pacer : Pacer
        The worker's clock.
    scale : float or None
        What the library's loss is multiplied by, so that all libraries report one quantity: a sum over the cells of a
        row, averaged over rows. None for a loss that cannot be brought to that.
    offset : float
        What is then subtracted.
    same : bool
        Whether the model has to be the one that all the others train.
    """

    def __init__(self, pacer: Pacer, scale: float | None = 1.0, offset: float = 0.0, *, same: bool = True) -> None:
        super().__init__()
        self._pacer, self._scale, self._offset, self._same = pacer, scale, offset, same

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Check the model's size before any time is spent on it."""
        sizes = (int(keras.ops.size(weight)) for weight in self.model.trainable_variables)
        self._pacer.introduce(sum(sizes), same=self._same)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Wait for the controller."""
        self._pacer.begin()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Wait for a backend that runs behind Python, so that the clock does not stop before the last step ends."""
        weights = [weight.value for weight in self.model.trainable_variables]
        if keras.backend.backend() == "jax":
            import jax

            jax.block_until_ready(weights)
        else:
            keras.ops.convert_to_numpy(weights[0])
        loss: Any = (logs or {})["loss"]
        self._pacer.end(None if self._scale is None else self._scale * float(loss) - self._offset)
