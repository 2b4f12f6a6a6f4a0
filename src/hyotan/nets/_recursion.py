"""The recursions of LSTM and GRU on JAX, with a hand-written backward pass over the whole series.

    LSTM   i, f, o = σ(·), g = tanh(·) of  Wᵀxₜ + Rᵀhₜ₋₁ + b,    cₜ = f cₜ₋₁ + i g,    hₜ = o tanh cₜ
    GRU    z, r = σ(·) of  Wᵀxₜ + b + (Rᵀhₜ₋₁ + b′),    n = tanh(Wᵀxₜ + b + r (Rᵀhₜ₋₁ + b′)),    hₜ = z hₜ₋₁ + (1 − z) n

JAX's own gradient of such a loop stores all intermediate results of every step and reads them again. Here the forward
pass stores the states only. The backward pass recomputes the gates of each step, which is cheaper than loading them,
and accumulates the gradients of the weights. Arrays have the layout (T, units, B): the rows of a batch are contiguous,
so that a step uses the processor's vector units fully even with few units, and each gate is one contiguous block.

Results and gradients equal those of Keras's layers up to rounding.
References: Hochreiter and Schmidhuber (1997); Cho et al. (2014), with the reset gate after the product.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

State = tuple[Any, ...]


def _lstm_gates(inputs: Any, inner: Any) -> Any:
    """Return i, f, g, o as one array, by a single tanh: σ(x) = ½ tanh(½ x) + ½, accurate to 6e-8."""
    units = len(inputs) // 4
    half = np.repeat(np.asarray([0.5, 0.5, 1.0, 0.5], inputs.dtype), units)[:, None]
    return jnp.tanh((inputs + inner) * half) * half + (1 - half)


def lstm(inputs: Any, inner: Any, state: State) -> State:
    """Return (h, c) after a step, given Wᵀx + b and Rᵀh, both (4 · units, B), in Keras's order of the gates."""
    i, f, g, o = jnp.split(_lstm_gates(inputs, inner), 4)
    c = f * state[1] + i * g
    return o * jnp.tanh(c), c


def lstm_back(inputs: Any, inner: Any, state: State, d_state: State) -> tuple[Any, Any, State]:
    """Return the gradients with respect to the arguments of :func:`lstm`, given those of its results."""
    i, f, g, o = jnp.split(_lstm_gates(inputs, inner), 4)
    d_h, d_c = d_state
    tanh_c = jnp.tanh(f * state[1] + i * g)
    d_c = d_c + d_h * o * (1 - tanh_c * tanh_c)
    blocks = d_c * g * i * (1 - i), d_c * state[1] * f * (1 - f), d_c * i * (1 - g * g), d_h * tanh_c * o * (1 - o)
    gates = jnp.concatenate(blocks)
    return gates, gates, (None, d_c * f)


def _gru_gates(inputs: Any, inner: Any) -> tuple[Any, ...]:
    """Return z, r, n, and the term that the reset gate multiplies."""
    units = len(inputs) // 3
    both = 0.5 * jnp.tanh(0.5 * (inputs[: 2 * units] + inner[: 2 * units])) + 0.5
    r, reset = both[units:], inner[2 * units :]
    return both[:units], r, jnp.tanh(inputs[2 * units :] + r * reset), reset


def gru(inputs: Any, inner: Any, state: State) -> State:
    """Return (h,) after a step, given Wᵀx + b and Rᵀh + b′, both (3 · units, B), in Keras's order of the gates."""
    z, _, n, _ = _gru_gates(inputs, inner)
    return (z * state[0] + (1 - z) * n,)


def gru_back(inputs: Any, inner: Any, state: State, d_state: State) -> tuple[Any, Any, State]:
    """Return the gradients with respect to the arguments of :func:`gru`, given those of its results."""
    z, r, n, reset = _gru_gates(inputs, inner)
    (d_h,) = d_state
    d_n = d_h * (1 - z) * (1 - n * n)
    d_z, d_r = d_h * (state[0] - n) * z * (1 - z), d_n * reset * r * (1 - r)
    return jnp.concatenate([d_z, d_r, d_n]), jnp.concatenate([d_z, d_r, d_n * r]), (d_h * z,)


CELLS = {"lstm": (lstm, lstm_back, 2), "gru": (gru, gru_back, 1)}  # forward, backward, number of states


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def recursion(cell: str, steps: int, x: Any, still: Any, step_mask: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """Return the states h after every step, (T, units, B), and after the last, (units, B), starting from zeros.

    Parameters
    ----------
    cell : {"lstm", "gru"}
    steps : int
        The number of steps T.
    x : array of shape (T, channels, B), or None
    still : array of shape (gates · units, B)
        Added to Wᵀx at every step: the bias, and the contribution of inputs that do not change over time.
    step_mask : array of bool of shape (T, 1, B), or None
        Where it is False, the state does not change.
    kernel, recurrent : arrays of shape (channels, gates · units), (units, gates · units)
        W and R.
    bias : array of shape (gates · units,), or None
        b′, added to Rᵀh; an LSTM has none.
    """
    return _forward(cell, steps, x, still, step_mask, kernel, recurrent, bias)[0]


def _gates(still: Any, kernel: Any, recurrent: Any, bias: Any) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Return a function of x and h that returns Wᵀx + still and Rᵀh + b′."""
    # Transposed once, outside the loop: XLA's fast matrix products do not take a transposed left operand.
    kernel, recurrent, column = kernel.T, recurrent.T, None if bias is None else bias[:, None]

    def gates(x: Any, h: Any) -> tuple[Any, Any]:
        inner = recurrent @ h
        return still if x is None else still + kernel @ x, inner if column is None else inner + column

    return gates


def _forward(
    cell: str, steps: int, x: Any, still: Any, step_mask: Any, kernel: Any, recurrent: Any, bias: Any
) -> tuple[Any, Any]:
    function, _, states = CELLS[cell]
    gates = _gates(still, kernel, recurrent, bias)

    def step(state: State, now: Any) -> tuple[State, State]:
        x, known = now
        after = function(*gates(x, state[0]), state)
        if known is not None:
            after = tuple(jnp.where(known, new, old) for new, old in zip(after, state, strict=True))
        return after, (after[0], *state[1:])  # the carry; then the output and the states for the backward pass

    zero = jnp.zeros((recurrent.shape[0], still.shape[1]), still.dtype)
    (last, *_), (h, *others) = lax.scan(step, (zero,) * states, (x, step_mask), length=steps)
    return (h, last), (x, still, step_mask, kernel, recurrent, bias, h, others)


def _back(cell: str, steps: int, kept: Any, d_states: tuple[Any, Any]) -> Any:
    x, still, step_mask, kernel, recurrent, bias, h, others = kept
    d_h, d_last_h = d_states
    _, function, _ = CELLS[cell]
    gates, units = _gates(still, kernel, recurrent, bias), len(recurrent)
    before = (jnp.concatenate([jnp.zeros_like(h[:1]), h[:-1]]), *others)

    def step(carried: Any, now: Any) -> Any:
        d_state, d_still, d_kernel, d_recurrent, d_last = carried
        d_now, state, x, known = now
        d_state = (d_state[0] + d_now, *d_state[1:])
        passed = d_state  # a padding step passes the gradient on unchanged
        if known is not None:
            d_state = tuple(jnp.where(known, d, 0) for d in d_state)
        inputs, inner = gates(x, state[0])
        to_inputs, to_inner, to_state = function(inputs, inner, state, d_state)
        to_h = recurrent @ to_inner
        to_state = (to_h if to_state[0] is None else to_state[0] + to_h, *to_state[1:])
        if known is not None:
            to_state = tuple(jnp.where(known, d, old) for d, old in zip(to_state, passed, strict=True))
        d_recurrent = d_recurrent + to_inner @ state[0].T  # transposed: faster with the larger side first
        d_last = None if bias is None else d_last + to_inner[-units:]
        d_kernel = d_kernel if x is None else d_kernel + to_inputs @ x.T
        return (to_state, d_still + to_inputs, d_kernel, d_recurrent, d_last), None if x is None else kernel @ to_inputs

    nothing = jnp.zeros_like(h[0])
    turned = jnp.zeros_like(kernel.T), jnp.zeros_like(recurrent.T)
    zeros = jnp.zeros_like(still), *turned, None if bias is None else nothing
    (_, d_still, d_kernel, d_recurrent, d_last), d_x = lax.scan(
        step, ((d_last_h, *(nothing,) * len(others)), *zeros), (d_h, before, x, step_mask), length=steps, reverse=True
    )
    # The input and recurrent terms are added in all gates but the last, so b and b′ have the same gradient there.
    d_bias = None if bias is None else jnp.concatenate([d_still[:-units], d_last]).sum(axis=1)
    return d_x, d_still, None, d_kernel.T, d_recurrent.T, d_bias


recursion.defvjp(_forward, _back)


def series(cell: str, x: Any, step_mask: Any, still: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """Return the states after every step, (B, T, units), and after the last, (B, units), for series (B, T, channels).

    Parameters
    ----------
    cell : {"lstm", "gru"}
    x : array of shape (B, T, channels)
        The number of channels may be 0.
    step_mask : array of bool of shape (B, T), or None
    still : array of shape (B, k), or None
        Inputs that are the same at every step; the first k rows of the kernel belong to them.
    kernel, recurrent, bias : arrays
        In the layout of Keras's layers.
    """
    fixed = 0 if still is None else still.shape[1]
    bias, inner = (bias, None) if cell == "lstm" else (bias[0], bias[1])
    each = jnp.broadcast_to(bias[:, None], (len(bias), len(x)))
    if still is not None:
        each = each + kernel[:fixed].T @ still.T
    moving = jnp.transpose(x, (1, 2, 0)) if x.shape[2] else None
    known = None if step_mask is None else step_mask.T[:, None]
    h, last = recursion(cell, x.shape[1], moving, each, known, kernel[fixed:], recurrent, inner)
    return jnp.transpose(h, (2, 0, 1)), last.T
