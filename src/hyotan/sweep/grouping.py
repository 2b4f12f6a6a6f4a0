"""Grouping of the models of a sweep by shared rows and shared compiled programs, and reading of their rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras

from hyotan.core.part import Part
from hyotan.core.validation import is_number
from hyotan.core.warn import WarningLog
from hyotan.estimator import preparation
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.estimator.preparation import seeds_of
from hyotan.sweep.variant import Variant

IN_LOOP = ("epochs", "patience")  # used outside the compiled program, for each model separately


OF_ROWS = (
    "net",
    "likelihood",
    "kind",
    "scale",
    "validation_fraction",
    "early_stopping",
)  # parameters that affect how rows are read and split


def _shared(model: Autoencoder, name: str, values: list[Any]) -> bool:
    """Whether models with different values of this parameter can share a compiled program."""
    if name in IN_LOOP:
        return True
    if name == "learning_rate":  # a number is stored in a variable of the optimizer; a schedule is compiled in
        return all(map(is_number, values))
    part, own = model.owner_of(name)
    return isinstance(part, Part) and own in part.traced and all(map(is_number, values))


def _separate(group: list[Variant], ready: preparation.Ready) -> str | None:
    """Return the reason why models of one shape are trained one after another; None if they can train together."""
    first = group[0].model
    if len(group) == 1:
        return f"{group[0]} by itself: no other has its shape"
    text = f"{len(group)} models one after another, each by itself: "
    if keras.backend.backend() != "jax":
        return f"{text}one program for all needs the JAX backend"
    if first.callbacks:
        return f"{text}callbacks of your own are called for one model at a time"
    from hyotan.training import compiled_loop  # imports JAX

    network, rows = ready.assembly.network, [ready.rows, ready.validation]
    if compiled_loop.usable(network, rows, ()):
        return None
    if network.net.slow_in_loop:
        return f"{text}the net's convolutions are faster step by step here"
    return f"{text}the rows do not fit on the device, or a layer has no weights before it is trained"


def _prepare(variants: list[Variant], X: Any, given: dict[str, Any]) -> list[preparation.Ready]:
    """Read the rows and build every model before any training, so that errors appear at once.

    Models with the same reading parameters share their rows. Return one ``Ready`` for each distinct reading.
    """
    split_seed = seeds_of(variants[0].model.random_state)[1]
    read: dict[tuple[int, ...], preparation.Ready] = {}
    for variant in variants:
        model, own = variant.model, WarningLog(f"Sweep, {variant}")
        seeds = seeds_of(model.random_state)
        if variant.rows in read:
            variant.ready = preparation.sibling(read[variant.rows], model, seeds, own)
            continue
        warn = WarningLog("Sweep")
        own.texts = warn.texts
        rows = preparation.read_given(model, X, given["sample_weight"], warn)
        how: dict[str, Any] = {"seeds": seeds, "split_seed": split_seed, "warn": warn}
        read[variant.rows] = variant.ready = replace(
            preparation.prepare(model, rows, given["validation_data"], **how), warn=own
        )
    return list(read.values())
