"""The weights of a model by their structural paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hyotan.core.errors import ArtifactError
from hyotan.model.autoencoding import Autoencoding
from hyotan.nets.custom import CustomLayer


def tensors(network: Autoencoding) -> Iterator[tuple[str, Any]]:
    """Yield every weight of a model under its structural path, each once.

    Keras's own names (``dense_12``) change from build to build; a path is made of the names this library gives its
    layers, and of positions inside a user's own network.
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

    for name in ("likelihood", "net", "latent"):
        room = getattr(network, name)
        yield from walk(room, f"{name}/", numbered=isinstance(room, CustomLayer))


def _fill(network: Autoencoding, arrays: dict[str, np.ndarray], where: str) -> None:
    """Set every weight; names and shapes must match exactly, or nothing is set."""
    own = {f"model/{path}": variable for path, variable in tensors(network)}
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
    for name, variable in own.items():
        variable.assign(arrays[name])
