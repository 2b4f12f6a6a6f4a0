"""Conversion of JAX equations to the steps of a program that the page runs.

Primitives with the same meaning in the page are listed by name. Every other supported primitive has a function here.
A primitive in none of the tables is not supported, and the error names it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Form = tuple[str, list[int]]  # type and shape

# Calls of another jaxpr, which is inlined.
INLINED = frozenset(
    "checkpoint closed_call composite core_call custom_jvp_call custom_vjp_call custom_vjp_call_jaxpr jit pjit "
    "remat2".split()
)
CALLED = ("jaxpr", "call_jaxpr", "fun_jaxpr")  # the parameter of a call that holds the jaxpr
# Elementwise primitives, which have the same names in the page.
CELLWISE = frozenset(
    "abs acos acosh add and asin asinh atan atan2 atanh cbrt ceil clamp cos cosh div eq erf erfc exp exp2 expm1 floor "
    "ge gt is_finite le log log1p logistic lt max min mul ne neg not or pow rem rsqrt select_n sign sin sinh sqrt sub "
    "tan tanh xor".split()
)
# Primitives that keep the cells and their order; all of them become a reshape.
SAME = frozenset("copy copy_p name optimization_barrier reshape sharding_constraint squeeze stop_gradient".split())
REFUSED = "refused"
REDUCED = frozenset("reduce_and reduce_max reduce_min reduce_or reduce_prod reduce_sum".split())


@dataclass(eq=False)
class Known:
    """A constant, that is, a value that does not depend on the code.

    ``recipe`` is given if the value is a large broadcast of a small constant: operation, small constant, parameters.
    """

    value: np.ndarray
    recipe: tuple[str, Known, dict[str, Any]] | None = None


@dataclass
class Body:
    """Steps over numbered values; the first ``inputs`` values are the inputs."""

    values: list[Form] = field(default_factory=list)
    inputs: int = 0
    steps: list[dict[str, Any]] = field(default_factory=list)
    outputs: list[int | Known] = field(default_factory=list)
    spread: dict[Known, int] = field(default_factory=dict)

    def new(self, form: Form) -> int:
        """Add a value and return its number."""
        self.values.append(form)
        return len(self.values) - 1

    def add(self, op: str, given: Sequence[int | Known], forms: Sequence[Form], **params: Any) -> list[int | Known]:
        """Add a step and return the numbers of its outputs."""
        inputs = [self._plain(value) for value in given]
        made = [self.new(form) for form in forms]
        self.steps.append({"op": op, "in": inputs, "out": made, **params})
        return [*made]

    def _plain(self, given: int | Known) -> int | Known:
        """Return a value unchanged, or for a constant with a recipe the value of the step that computes it."""
        if not isinstance(given, Known) or given.recipe is None:
            return given
        if given not in self.spread:
            op, short, params = given.recipe
            [made] = self.add(op, [short], [form(given.value)], **params)
            assert isinstance(made, int)
            self.spread[given] = made
        return self.spread[given]


def form(value: Any) -> Form:
    """Return type and shape of an array or of JAX's abstract value.

    Examples
    --------
    >>> form(np.zeros((2, 3), np.float32))
    ('f4', [2, 3])
    """
    kind = {"b": "u1", "i": "i4", "u": "i4"}.get(value.dtype.kind, "f4")
    return kind, [int(n) for n in value.shape]


def stepped(equation: Any, inputs: list[int | Known], body: Body) -> list[int | Known]:
    """Add the steps of an equation to a body and return its outputs.

    An unsupported primitive becomes a step named ``REFUSED``, which is an error only if one of its outputs is used.
    """
    name, forms = equation.primitive.name, [form(var.aval) for var in equation.outvars]
    if name in CELLWISE:
        return body.add(name, [_spread(value, forms[0][1], body) for value in inputs], forms)
    if name in SAME and not (name == "reshape" and equation.params["dimensions"]):
        return [made for value, of in zip(inputs, forms, strict=True) for made in body.add("reshape", [value], [of])]
    if name in REDUCED:
        return body.add(name, inputs, forms, axes=list(equation.params["axes"]))
    if name not in STEPS:
        return body.add(REFUSED, inputs, forms, name=name)
    return STEPS[name](body, inputs, forms, equation.params)


def _spread(value: int | Known, shape: list[int], body: Body) -> int | Known:
    """Return the value broadcast to ``shape``, or unchanged if it has one cell.

    JAX allows axes of length 1 in elementwise operations; the page does not.
    """
    kind, own = form(value.value) if isinstance(value, Known) else body.values[value]
    if own == shape or math.prod(own) == 1:
        return value
    return body.add("broadcast_in_dim", [value], [(kind, shape)], dims=[*range(len(shape))])[0]


Made = list[int | Known]


def _integer_pow(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    return body.add("integer_pow", given, forms, y=int(params["y"]))


def _square(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    return body.add("mul", [*given, *given], forms)


def _convert(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    return body.add("convert", given, forms)


def _broadcast(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    return body.add("broadcast_in_dim", given, forms, dims=[*params["broadcast_dimensions"]])


def _tile(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    [(kind, shape)], reps = forms, params["reps"]
    apart = [int(n) for times, size in zip(reps, shape, strict=True) for n in (times, size // times)]
    spread = body.add("broadcast_in_dim", given, [(kind, apart)], dims=list(range(1, 2 * len(shape), 2)))
    return body.add("reshape", spread, forms)


def _transpose(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    return body.add("transpose", given, forms, order=[*params["permutation"]])


def _rev(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    return body.add("rev", given, forms, dims=[*params["dimensions"]])


def _slice(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    strides = None if params["strides"] is None else [*params["strides"]]
    return body.add("slice", given, forms, start=[*params["start_indices"]], strides=strides)


def _split(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    made, start = [], [0] * len(forms[0][1])
    for of in forms:
        made += body.add("slice", given, [of], start=[*start], strides=None)
        start[params["axis"]] += of[1][params["axis"]]
    return made


def _concatenate(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    return body.add("concatenate", given, forms, axis=params["dimension"])


def _stack(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    [(kind, shape)], axis = forms, params["axis"]
    one = [1 if i == axis else n for i, n in enumerate(shape)]
    parts = [body.add("reshape", [value], [(kind, one)])[0] for value in given]
    return body.add("concatenate", parts, forms, axis=axis)


def _pad(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    low, _, between = zip(*params["padding_config"], strict=True) if params["padding_config"] else ((), (), ())
    return body.add("pad", given, forms, low=[*low], between=[*between])


def _dynamic(op: str) -> Step:
    return lambda body, given, forms, params: body.add(op, given, forms)


def _gather(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    numbers, filler = params["dimension_numbers"], params["fill_value"]
    return body.add(
        "gather",
        given,
        forms,
        offsets=[*numbers.offset_dims],
        collapsed=[*numbers.collapsed_slice_dims],
        batching=[*numbers.operand_batching_dims],
        placesBatching=[*numbers.start_indices_batching_dims],
        map=[*numbers.start_index_map],
        sizes=[*params["slice_sizes"]],
        fill=params["mode"].name == "FILL_OR_DROP",
        filler=None if filler is None or not math.isfinite(filler) else float(filler),  # JSON has no NaN
    )


def _cumsum(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    return body.add("cumsum", given, forms, axis=params["axis"], reverse=params["reverse"])


def _dot_general(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    contract, batch = ([[*axes] for axes in pair] for pair in params["dimension_numbers"])
    return body.add("dot_general", given, forms, contract=contract, batch=batch)


def _conv(body: Body, given: Made, forms: list[Form], params: dict[str, Any]) -> Made:
    numbers = params["dimension_numbers"]
    if params["batch_group_count"] != 1:
        return body.add(REFUSED, given, forms, name="conv_general_dilated with batch_group_count")
    return body.add(
        "conv",
        given,
        forms,
        lhs=[*numbers.lhs_spec],
        rhs=[*numbers.rhs_spec],
        result=[*numbers.out_spec],
        window=[*params["window_strides"]],
        padding=[[*pair] for pair in params["padding"]],
        spread=[*params["lhs_dilation"]],
        dilation=[*params["rhs_dilation"]],
        groups=params["feature_group_count"],
    )


Step = Callable[[Body, Made, list[Form], dict[str, Any]], Made]

STEPS: dict[str, Step] = {
    "broadcast_in_dim": _broadcast,
    "concatenate": _concatenate,
    "conv_general_dilated": _conv,
    "convert_element_type": _convert,
    "cumsum": _cumsum,
    "dot_general": _dot_general,
    "dynamic_slice": _dynamic("dynamic_slice"),
    "dynamic_update_slice": _dynamic("dynamic_update_slice"),
    "gather": _gather,
    "integer_pow": _integer_pow,
    "pad": _pad,
    "rev": _rev,
    "slice": _slice,
    "split": _split,
    "square": _square,
    "stack": _stack,
    "tile": _tile,
    "transpose": _transpose,
}
