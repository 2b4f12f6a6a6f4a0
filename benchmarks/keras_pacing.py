"""Hold back a Keras ``fit`` between epochs: used for hand-written Keras and for hyotan, which runs on it."""

from __future__ import annotations

import jax
import keras

from pacing import Pacer


class PacedEpochs(keras.callbacks.Callback):
    """Tie a :class:`pacing.Pacer` to the epochs of ``fit``.

    Parameters
    ----------
    pacer : Pacer
        The worker's clock.
    loss_scale : float
        What the library's loss is multiplied by, so that all libraries report one quantity: the sum over pixels,
        averaged over rows.
    """

    def __init__(self, pacer: Pacer, loss_scale: float = 1.0) -> None:
        super().__init__()
        self._pacer, self._loss_scale = pacer, loss_scale

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Check the model's size before any time is spent on it."""
        self._pacer.introduce(sum(int(weight.size) for weight in map(_value, self.model.trainable_variables)))

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Wait for the controller."""
        self._pacer.begin()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Wait for JAX, which runs behind Python, so that the clock does not stop before the last step has ended."""
        jax.block_until_ready([_value(weight) for weight in self.model.trainable_variables])
        self._pacer.end(self._loss_scale * float((logs or {})["loss"]))


def _value(weight: keras.Variable) -> jax.Array:
    return weight.value
