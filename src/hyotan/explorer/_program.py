"""The decoder of a fitted model as a small program that runs in a web page.

JAX traces the decoder for one code into a jaxpr. Equations that do not depend on the code are evaluated here, calls
are inlined, and steps whose outputs are unused are dropped. The result is a list of steps with float32 constants,
which ``web/src/program.ts`` runs. It adds a few kB to the weights, is exact up to float rounding, and works for
any network whose operations are supported, including networks written by the user.

The alternatives were rejected: ONNX Runtime Web needs 14 MB of WebAssembly and an exporter that JAX does not have, and
TensorFlow.js does not read Keras 3 models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from hyotan.core.batch import Batch
from hyotan.core.errors import ParameterError, not_fitted
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.explorer._arrays import pack
from hyotan.explorer._steps import CALLED, INLINED, REFUSED, Body, Known, form, stepped
from hyotan.model.autoencoding import FREE

GROWN = 4096  # bytes; a constant that broadcasting makes larger than this is stored small and broadcast in the page


def decoder_program(model: Autoencoder, steps: int | None = None) -> dict[str, Any]:
    """Return the program of a model's decoder: a code of shape (d,) → the mean of p(x|z) on the scaled data.

    Cells that the decoder does not produce are NaN, as in ``inverse_transform``: the past of a net that only predicts.

    Parameters
    ----------
    model : Autoencoder
    steps : int, optional
        Number of steps to decode, for nets that decode series of any length. By default it is the number of steps of
        the training series.

    Returns
    -------
    dict
        ``constants``, a list of packed arrays, and ``main`` with the entries ``values`` (type and shape of each value;
        the first ``inputs`` of them are the inputs), ``steps`` (each with ``op``, the numbers of the values ``in`` and
        ``out``, and parameters) and ``outputs`` (numbers of values). A number −1 − k means constant k.

    Raises
    ------
    ParameterError
        If the decoder sees the input, uses an operation that the page does not support, or does not run on JAX.

    Examples
    --------
    >>> import hyotan as hy
    >>> X = np.random.default_rng(0).normal(size=(40, 5))
    >>> model = hy.AE(2, net=hy.nets.Dense(()), epochs=1, random_state=0, verbose=0).fit(X)
    >>> program = decoder_program(model)
    >>> [step["op"] for step in program["main"]["steps"]], [array["shape"] for array in program["constants"]]
    (['reshape', 'dot_general', 'add', 'reshape'], [[2, 5], [1, 5]])
    """
    check(model)
    import jax  # not at the top of the module, so that other backends do not import JAX

    decode, size = _decoder(model, steps)
    with _portable(model._fitted.network):
        closed = jax.make_jaxpr(decode)(np.zeros(size, np.float32))
    body = Body()
    body.inputs = body.new(("f4", [size])) + 1
    body.outputs = _written(closed, [0], body)
    constants = _Constants()
    main = _plain(body, constants)
    return {"constants": constants.packed, "main": main}


def check(model: Autoencoder) -> None:
    """Raise if a model is not fitted, does not run on JAX, or its decoder needs more than the code."""
    if not hasattr(model, "_fitted"):
        raise not_fitted(model, "explore")
    if keras.backend.backend() != "jax":
        raise ParameterError(
            "explore() takes the decoder from JAX, which traces it",
            expected="the JAX backend",
            received=f"the {keras.backend.backend()} backend",
            do="set KERAS_BACKEND=jax and load the saved model: its file is the same for every backend",
        )
    try:
        model._require_lone_decoder("inverse_transform")
    except ParameterError as err:  # the same requirement as for inverse_transform(), under explore()'s name
        what = err.what.replace("inverse_transform()", "explore()")
        raise ParameterError(what, expected=err.expected, received=err.received, do=err.do) from None


def _decoder(model: Autoencoder, steps: int | None) -> tuple[Any, int]:
    """Return a function that maps a code of shape (d,) to the decoded event, and d."""
    network = model._fitted.network
    event, rows = network.spec.event, None
    if steps is not None and steps != event[0]:
        event = (steps, *event[1:])
        nothing = np.zeros((1, *event), np.float32)
        rows = Batch(nothing, np.ones(1, np.float32), seen=nothing > 0)
    counted = model.parts_.net.masks(event)[1]

    def decode(z: Any) -> Any:
        codes = keras.ops.reshape(z, (1, *network.code))
        mean = network.likelihood.point(network.params(codes, rows, FREE))[0]
        return mean if counted is None else keras.ops.where(counted, mean, np.float32(np.nan))

    return decode, int(np.prod(network.code))


@contextmanager
def _portable(network: Any) -> Iterator[None]:
    """Switch off hardware-specific implementations of layers while the decoder is traced.

    On a GPU, Keras computes recurrent layers by cuDNN, which the page cannot run. On a CPU, a transposed convolution is
    computed as a matrix product, for which the page has no faster way.
    """
    switches = [(layer, name) for layer in network._flatten_layers() for name in ("use_cudnn", "phased")]
    layers = [(layer, name) for layer, name in switches if hasattr(layer, name)]
    before = [getattr(layer, name) for layer, name in layers]
    for layer, name in layers:
        setattr(layer, name, False)
    try:
        yield
    finally:
        for (layer, name), used in zip(layers, before, strict=True):
            setattr(layer, name, used)


def _written(closed: Any, given: Sequence[int | Known], body: Body) -> list[int | Known]:
    """Add the equations of a jaxpr to a body as steps and return the outputs of the jaxpr."""
    found: dict[Any, int | Known] = dict(zip(closed.jaxpr.invars, given, strict=True))
    found |= {var: Known(np.asarray(value)) for var, value in zip(closed.jaxpr.constvars, closed.consts, strict=True)}

    def read(atom: Any) -> int | Known:
        return Known(np.asarray(atom.val, atom.aval.dtype)) if hasattr(atom, "val") else found[atom]

    for equation in closed.jaxpr.eqns:
        inputs, name = [read(atom) for atom in equation.invars], equation.primitive.name
        if name in INLINED:
            made = _written(_called(equation.params), inputs, body)
        elif all(isinstance(value, Known) for value in inputs):
            made = [*_folded(equation, inputs)]
        elif name in _LOOPS:
            made = _LOOPS[name](equation, inputs, body)
        else:
            made = stepped(equation, inputs, body)
        found |= dict(zip(equation.outvars, made, strict=True))
    return [read(atom) for atom in closed.jaxpr.outvars]


def _called(params: dict[str, Any]) -> Any:
    """Return the closed jaxpr of a call; some calls hold a plain jaxpr, which has no constants."""
    from jax.extend.core import ClosedJaxpr

    [jaxpr] = (params[name] for name in CALLED if name in params)
    return jaxpr if isinstance(jaxpr, ClosedJaxpr) else ClosedJaxpr(jaxpr, [])


def _folded(equation: Any, inputs: list[Any]) -> list[Known]:
    """Evaluate an equation whose inputs are all constants."""
    params = equation.params
    made = equation.primitive.bind(*(known.value for known in inputs), **params)
    found = [Known(np.asarray(value)) for value in (made if equation.primitive.multiple_results else [made])]
    if equation.primitive.name == "broadcast_in_dim" and found[0].value.nbytes > GROWN:
        found[0].recipe = ("broadcast_in_dim", inputs[0], {"dims": [*params["broadcast_dimensions"]]})
    return found


def _inner(closed: Any, bound: Sequence[int | Known]) -> tuple[Body, list[int | Known]]:
    """Return the body of a loop or branch, and its bound inputs that are not constants.

    ``bound`` are the values for the first inputs of the jaxpr; constants among them are built into the body.
    """
    body, given = Body(), list[int | Known]()
    for i, var in enumerate(closed.jaxpr.invars):
        known = i < len(bound) and isinstance(bound[i], Known)
        given.append(bound[i] if known else body.new(form(var.aval)))
    body.inputs = len(body.values)
    body.outputs = _written(closed, given, body)
    return body, [value for value in bound if not isinstance(value, Known)]


def _scan(equation: Any, inputs: list[int | Known], body: Body) -> list[int | Known]:
    params, forms = equation.params, [form(var.aval) for var in equation.outvars]
    constants = params["num_consts"]
    inner, bound = _inner(params["jaxpr"], inputs[:constants])
    numbers = {"carried": params["num_carry"], "length": params["length"], "reverse": params["reverse"]}
    return body.add("scan", [*bound, *inputs[constants:]], forms, bound=len(bound), **numbers, body=inner)


def _while(equation: Any, inputs: list[int | Known], body: Body) -> list[int | Known]:
    params, forms = equation.params, [form(var.aval) for var in equation.outvars]
    asked = params["cond_nconsts"]
    constants = asked + params["body_nconsts"]
    ask, first = _inner(params["cond_jaxpr"], inputs[:asked])
    inner, second = _inner(params["body_jaxpr"], inputs[asked:constants])
    numbers = {"asked": len(first), "bound": len(second)}
    return body.add("while", [*first, *second, *inputs[constants:]], forms, **numbers, ask=ask, body=inner)


def _cond(equation: Any, inputs: list[int | Known], body: Body) -> list[int | Known]:
    forms = [form(var.aval) for var in equation.outvars]
    branches = [_inner(branch, inputs[1:])[0] for branch in equation.params["branches"]]
    bound = [value for value in inputs[1:] if not isinstance(value, Known)]
    return body.add("cond", [inputs[0], *bound], forms, branches=branches)


_LOOPS = {"scan": _scan, "while": _while, "cond": _cond}


class _Constants:
    """The constants of a program, without duplicates."""

    def __init__(self) -> None:
        self.packed: list[dict[str, Any]] = []
        self._numbers: dict[tuple[Any, ...], int] = {}

    def number(self, value: np.ndarray) -> int:
        """Add the constant if it is new, and return −1 − k for constant k."""
        kind, shape = form(value)
        packed = pack(value, kind)
        key = (kind, *shape, packed["data"])
        if key not in self._numbers:
            self._numbers[key] = -1 - len(self.packed)
            self.packed.append(packed)
        return self._numbers[key]


def _refusal(what: str) -> ParameterError:
    return ParameterError(
        "explore() cannot run this decoder in a page",
        expected="a decoder of dense, convolutional and recurrent layers and the usual functions of their cells",
        received=f"one that uses JAX's {what!r}",
        do="leave the layer that needs it out of the decoder; report() does without a decoder in the page",
    )


def _plain(body: Body, constants: _Constants) -> dict[str, Any]:
    """Return a body as JSON, without steps whose outputs are not used."""
    live, steps = {value for value in body.outputs if isinstance(value, int)}, []
    for step in reversed(body.steps):
        if live.intersection(step["out"]):
            if step["op"] == REFUSED:
                raise _refusal(step["name"])
            live.update(value for value in step["in"] if isinstance(value, int))
            steps.append(step)

    def plain(value: Any) -> Any:
        if isinstance(value, Known):
            return constants.number(value.value)
        if isinstance(value, Body):
            return _plain(value, constants)
        if isinstance(value, (list, tuple)):
            return [plain(part) for part in value]
        return int(value) if isinstance(value, np.integer) else value

    return {
        "values": plain(body.values),
        "inputs": body.inputs,
        "steps": [{name: plain(value) for name, value in step.items() if value is not None} for step in steps[::-1]],
        "outputs": plain(body.outputs),
    }
