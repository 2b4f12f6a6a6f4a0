"""The weights of a model, each under a structural path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import keras
import numpy as np

from hyotan.core.errors import ArtifactError
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import KINDS


def tensors(network: Autoencoding) -> Iterator[tuple[str, Any]]:
    """Yield every weight of a model once, with its structural path.

    Keras's automatic names (``dense_12``) change each time a model is built. A path therefore consists of the names
    that hyotan gives its layers, and of positions inside a user's network.
    """
    seen: set[int] = set()

    def walk(node: Any, path: str, numbered: bool) -> Iterator[tuple[str, Any]]:
        if id(node) in seen:
            return
        seen.add(id(node))
        for variable in (*node._trainable_variables, *node._non_trainable_variables):
            yield f"{path}{variable.name}", variable
        for position, child in enumerate(node._layers):
            step = str(position) if numbered else child.name
            yield from walk(child, f"{path}{step}/", numbered)

    for name in KINDS:
        layer = getattr(network, name)
        if isinstance(layer, keras.Layer):
            yield from walk(layer, f"{name}/", numbered=getattr(layer, "numbered", False))


def _counted(paths: Iterable[str]) -> dict[str, str]:
    """Return a dict from renumbered paths to the given paths; layer numbers are counted from 0 among siblings.

    A layer without an explicit name may be called ``dense_12`` in one build and ``dense_3`` in the next.

    Examples
    --------
    >>> _counted(["net/dense_9/bias", "net/dense_10/bias"])
    {'net#0/dense#0/bias': 'net/dense_9/bias', 'net#0/dense#1/bias': 'net/dense_10/bias'}
    """
    split = {path: path.split("/") for path in paths}
    siblings: dict[tuple[str, ...], set[tuple[str, int]]] = {}
    for steps in split.values():
        for depth, step in enumerate(steps):
            siblings.setdefault(tuple(steps[:depth]), set()).add(_numbered(step))

    def counted(steps: list[str]) -> str:
        told = []
        for depth, step in enumerate(steps):
            stem, number = _numbered(step)
            numbers = sorted(n for name, n in siblings[tuple(steps[:depth])] if name == stem)
            told.append(f"{stem}#{numbers.index(number)}" if depth < len(steps) - 1 else step)
        return "/".join(told)

    return {counted(steps): path for path, steps in split.items()}


def _numbered(step: str) -> tuple[str, int]:
    """Return a name without its number, and the number; −1 if there is none."""
    found = re.fullmatch(r"(.+)_(\d+)", step)
    return (found[1], int(found[2])) if found else (step, -1)


def _fill(network: Autoencoding, arrays: dict[str, np.ndarray], where: str) -> None:
    """Set every weight, or none if a name or shape does not match; the numbers Keras puts in names are ignored."""
    own = {f"model/{path}": variable for path, variable in tensors(network)}
    if own.keys() != arrays.keys():
        ours, theirs = _counted(own), _counted(arrays)
        if ours.keys() == theirs.keys():
            arrays = {ours[name]: arrays[theirs[name]] for name in ours}
    differ = sorted(own.keys() ^ arrays.keys()) or sorted(
        name for name in own if tuple(own[name].shape) != arrays[name].shape
    )
    if differ:
        raise ArtifactError(
            f"The weights in {where} do not fit the net",
            expected=f"{len(own)} tensors of the net's own names and shapes",
            received=f"{len(arrays)} tensors; the first that differs is {differ[0]}",
            do="pass the net the model was fitted with",
        )
    broken = [name for name in own if arrays[name].dtype.kind == "f" and not np.isfinite(arrays[name]).all()]
    if broken:
        raise ArtifactError(
            f"The weights in {where} are not all numbers",
            expected="finite weights",
            received=f"NaN or infinity in {len(broken)} tensors, the first of them {broken[0]}",
            do="fit the model again",
        )
    for name, variable in own.items():
        variable.assign(arrays[name])
