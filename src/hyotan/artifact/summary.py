"""The layers of a fitted model with their output shapes and numbers of parameters, as a table in plain text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

import keras

from hyotan.artifact.fitted import Fitted

WIDTH = 100  # characters in a line, at most
COLUMNS = (32, 24, 28, 16)  # name, class, output shape, parameters; together WIDTH
Row = tuple[str, str, str, str]


class Table(str):
    """A text that a terminal and a notebook show as it is, without quotes.

    Examples
    --------
    >>> Table("one line")
    one line
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def summary(fitted: Fitted, name: str) -> Table:
    """Return the table of a model: its parts, then the layers of encoder and decoder, and the total of parameters.

    Every weight is counted once, where its layer is listed first; those of no listed layer, such as the likelihood's σ
    or the cells inside a loop, follow by the names under which they are saved.

    Parameters
    ----------
    fitted : Fitted
    name : str
        Name of the model's class.
    """
    network = fitted.network
    left = {id(weight): weight for weight in network.trainable_weights}
    total = _size(left.values())
    rows: list[Row] = []
    for model in (network.encoder, network.decoder):
        rows += [(model.name, "", "", ""), *_layers(model, left, 1)]
    further: dict[str, int] = {}
    for weight in left.values():
        owner = weight.path.rpartition("/")[0]
        further[owner] = further.get(owner, 0) + math.prod(weight.shape)
    if further:
        rows += [("further weights", "", "", ""), *((f"  {own}", "", "", f"{n:,}") for own, n in further.items())]
    rows.append(("total", "", "", f"{total:,}"))
    fixed = _size(weight for weight in network.non_trainable_weights if weight is not network.progress)
    if fixed:
        rows.append(("not trained, beside these", "", "", f"{fixed:,}"))
    parts = [line for kind, part in fitted.parts.items() if part is not None for line in _part(kind, part)]
    head = _line(("layer", "class", "output", "parameters"))
    rule = "─" * WIDTH
    data = wrap(f"{name}: {fitted.data_summary()}", WIDTH)
    return Table("\n".join([*data, *parts, rule, head, rule, *map(_line, rows)]))


def layers(fitted: Fitted) -> dict[str, list[dict[str, Any]]]:
    """Return the layers of encoder and decoder, for a diagram: name, class, shape for a row, number of parameters.

    ``head`` tells the parameters of q(z|x), and those of p(x|z), from the layers before them. Layers inside a model
    count as one; layers without parameters are left out, but for the inputs. A weight that encoder and decoder share is
    counted where it is met first, as in :func:`summary`.
    """
    network = fitted.network
    found = {}
    left = {id(weight): weight for weight in network.trainable_weights}
    for side, model, heads in (
        ("encoder", network.encoder, set(network.encoder.output_names)),
        ("decoder", network.decoder, {layer.name for layer in network.likelihood._flatten_layers()}),
    ):
        rows = []
        for layer in model.layers:
            size = _size(left.pop(id(w)) for w in layer.trainable_weights if id(w) in left)
            first = isinstance(layer, keras.layers.InputLayer)
            if (layer.trainable_weights or first) and not (first and layer.name == "step_mask"):
                shape = list(keras.tree.flatten(layer.output)[0].shape[1:])
                kind = {"name": layer.name, "class": type(layer).__name__, "shape": shape, "parameters": size}
                rows.append({**kind, "head": not first and layer.name in heads})
        found[side] = rows
    return found


def _part(kind: str, part: Any) -> list[str]:
    return wrap(f"{kind + ':':12}{' '.join(repr(part).split())}", WIDTH, subsequent_indent=12 * " ")


def _layers(model: Any, left: dict[int, Any], depth: int) -> Iterator[Row]:
    """Yield a row for each layer of a model, those of models inside it below it; their weights are taken from left."""
    for layer in model.layers:
        inner = isinstance(layer, keras.Model)
        if isinstance(layer, keras.layers.InputLayer) and depth > 1:
            continue  # it has the shape of what is above
        mine = [] if inner else [left.pop(id(w)) for w in layer.trainable_weights if id(w) in left]
        yield ("  " * depth + layer.name, type(layer).__name__, _shape(layer), "" if inner else f"{_size(mine):,}")
        if inner:
            yield from _layers(layer, left, depth + 1)


def _shape(layer: Any) -> str:
    """Return the shape of a layer's first output for n rows."""
    found = keras.tree.flatten(getattr(layer, "output", None))
    if not found or not hasattr(found[0], "shape"):
        return ""
    return f"({', '.join(str(axis) for axis in ('n', *found[0].shape[1:]))}{',' * (len(found[0].shape) == 1)})"


def _size(weights: Any) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _line(row: Row) -> str:
    """Return a line of the table; what is too long for its column is cut."""
    fitting = [text if len(text) < room else f"{text[: room - 2]}…" for text, room in zip(row, COLUMNS, strict=True)]
    left = "".join(text.ljust(room) for text, room in zip(fitting[:3], COLUMNS, strict=False))
    return (left + fitting[3].rjust(COLUMNS[3])).rstrip()
