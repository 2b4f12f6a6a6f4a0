"""LSTM and GRU layers with the weights, configuration, masks and results of Keras's layers, but a faster loop on JAX.

The loop is in :mod:`hyotan.nets._recursion`. Keras's own implementation runs in all cases that the loop does not
support (such as dropout, other activations, a given initial state or another backend), and for an LSTM without a mask
on a GPU, where Keras calls cuDNN.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import activations, ops


class _Whole:
    """Mixin of both layers: a call that processes all steps of a series at once.

    ``still``, of shape (B, k), is an input that is the same at every step. It takes the place of the first k channels,
    and is multiplied by the kernel once instead of at every step.
    """

    def build(self, sequences_shape: Any, initial_state_shape: Any = None, still_shape: Any = None) -> None:
        """Create the weights, for the inputs that change over time and those that do not."""
        if still_shape is not None:
            sequences_shape = (*sequences_shape[:-1], sequences_shape[-1] + still_shape[-1])
        super().build(sequences_shape, initial_state_shape)  # type: ignore[misc]

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False, still: Any = None
    ) -> Any:
        """Return the result of Keras's layer for ``still``, repeated at every step, joined with ``sequences``."""
        if initial_state is None and self._fits(mask):
            return self._written(sequences, mask, still)
        if still is not None:
            repeated = ops.repeat(still[:, None], sequences.shape[1], axis=1)
            sequences = ops.concatenate([repeated, sequences], axis=-1)
        return super().call(  # type: ignore[misc]
            sequences, initial_state=initial_state, mask=mask, training=training
        )

    def _fits(self, mask: Any) -> bool:
        """Whether our own loop supports the settings of this layer."""
        layer: Any = self
        if keras.backend.backend() != "jax":
            return False
        import jax  # the default backend; never imported when another one runs

        lstm, asked = isinstance(layer, keras.layers.LSTM), layer.use_cudnn in ("auto", True)
        vendor = lstm and asked and mask is None and jax.default_backend() == "gpu"
        kept = layer.stateful or layer.return_state or layer.unroll
        usual = layer.activation is activations.tanh and layer.recurrent_activation is activations.sigmoid
        dropped = layer.dropout or layer.recurrent_dropout
        whole = layer.use_bias and getattr(layer, "reset_after", True) and layer.compute_dtype == "float32"
        return usual and whole and not (vendor or kept or dropped)

    def _written(self, sequences: Any, mask: Any, still: Any) -> Any:
        from hyotan.nets._recursion import series  # it imports JAX

        layer: Any = self
        if mask is not None:
            mask = ops.cast(mask if len(mask.shape) == 2 else mask[:, :, 0], "bool")
        if layer.go_backwards:
            sequences, mask = ops.flip(sequences, axis=1), None if mask is None else ops.flip(mask, axis=1)
        weights = (ops.convert_to_tensor(w) for w in (layer.cell.kernel, layer.cell.recurrent_kernel, layer.cell.bias))
        cell = "lstm" if isinstance(layer, keras.layers.LSTM) else "gru"
        states, last = series(cell, sequences, mask, still, *weights)
        if not layer.return_sequences:
            return last
        return ops.where(mask[:, :, None], states, 0.0) if mask is not None and layer.zero_output_for_mask else states


@keras.saving.register_keras_serializable("hyotan")
class LSTM(_Whole, keras.layers.LSTM):
    """Keras's LSTM with the faster loop."""


@keras.saving.register_keras_serializable("hyotan")
class GRU(_Whole, keras.layers.GRU):
    """Keras's GRU with the faster loop."""
