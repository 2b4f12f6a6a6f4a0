"""The artifact: a fitted model as one file, and back.

A ``.hyotan`` file is an uncompressed zip that any tool opens: ``model.json`` (parts, schema, scaler, history, seed,
versions), ``weights.safetensors`` (every tensor by its structural path) and ``README.md`` (the model card); where
training is to go on, ``training.json`` and ``training.safetensors`` (the state of optimizer and generators). The zip
comment is a SHA-256 over every byte before it. Nothing in it is a pickle, and loading looks up registered names only:
it imports nothing and runs no code from the file.
"""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import keras
import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from hyotan._errors import ArtifactError, DataError, HyotanError, ParameterError, shown
from hyotan._layers import to_numpy
from hyotan._parts import Part, Spec, from_config, to_config
from hyotan.data.files import replacing
from hyotan.data.scaling import Scaler
from hyotan.data.schema import Schema
from hyotan.fitted import Fitted, card, versions
from hyotan.model import Autoencoding, Parts
from hyotan.nets.custom import CustomLayer
from hyotan.state import State

VERSION = 1
MARK = b"hyotan sha256:"
MEMBERS = ("model.json", "weights.safetensors", "README.md")
TRAINING = ("training.json", "training.safetensors")
NOT_SAVED = {"callbacks": None, "checkpoint": None}
Recipe = tuple[str, dict[str, Any]]  # its name, and the parameters that are its own
MAY_CHANGE = ("epochs", "patience", "verbose", *NOT_SAVED)  # when training goes on


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


def pack(fitted: Fitted, params: dict[str, Any], training: bool = False, recipe: Recipe | None = None) -> bytes:
    """Return a fitted model as the bytes of an artifact.

    Parameters
    ----------
    fitted : Fitted
    params : dict
        Of the estimator, as an ``Autoencoder``: a version that does not know the recipe reads these.
    training : bool
        Put in where training stands, if it can go on.
    recipe : tuple of str and dict, optional
        Name of the recipe, and the parameters it has besides those of an ``Autoencoder``.

    Raises
    ------
    ArtifactError
        If a parameter of the estimator has no plain form.
    """
    document = {
        "format": "hyotan",
        "version": VERSION,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "versions": versions(),
        "params": {k: _plain(k, v) for k, v in params.items() if k not in NOT_SAVED},
        "parts": {kind: to_config(part) for kind, part in fitted.parts.items()},
        "spec": asdict(fitted.network.spec),
        "schema": asdict(fitted.schema),
        "scaler": {"method": fitted.scaler.method},
        "seed": fitted.seed,
        "history": fitted.history,
        "info": fitted.info,
        "warnings": fitted.warnings,
    }
    if recipe is not None:
        name, own = recipe
        document["recipe"] = {"name": name, "params": {k: _plain(k, v) for k, v in own.items()}}
    arrays = {f"model/{path}": to_numpy(weight) for path, weight in tensors(fitted.network)}
    arrays |= {
        "scaler/offset": to_numpy(fitted.scaler.offset),
        "scaler/scale": to_numpy(fitted.scaler.scale),
    }
    members = dict(zip(MEMBERS, (_json(document), safetensors.save(arrays), card(fitted).encode()), strict=True))
    if training and fitted.state is not None:
        document, arrays = fitted.state.plain()
        members |= zip(TRAINING, (_json(document), safetensors.save(arrays)), strict=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        archive.comment = MARK + b"0" * 64
    body = buffer.getvalue()[:-64]
    return body + hashlib.sha256(body).hexdigest().encode()


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1, default=lambda value: value.tolist()).encode()  # NumPy's numbers


def settings(params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of an estimator that must not change while training goes on, as JSON has them.

    Examples
    --------
    >>> settings({"batch_size": np.int64(64), "scale": "auto", "epochs": 30})
    {'batch_size': 64, 'scale': 'auto'}
    """
    found: dict[str, Any] = {}
    for name, value in params.items():
        if name not in MAY_CHANGE:
            try:
                found[name] = _plain(name, value)
            except ParameterError:
                found[name] = type(value).__name__
    return dict(json.loads(_json(found)))


def check_writable(path: str | Path) -> None:
    """Raise if a file could not be written there; what is there stays as it is."""
    folder = Path(path).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as err:
        raise ArtifactError(
            f"{path} cannot be written",
            expected="a path in a folder that can be written to",
            received=err.strerror or str(err),
            do="choose another path",
        ) from err


def write(path: str | Path, content: bytes) -> Path:
    """Write bytes to a temporary name beside ``path`` and rename: there is never half a file."""
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(content)
    except (OSError, DataError) as err:
        received = err.received if isinstance(err, DataError) else err.strerror or str(err)
        raise ArtifactError(
            f"{path} cannot be written",
            expected="a path in a folder that can be written to",
            received=received,
            do="choose another path; what was there before is untouched",
        ) from err
    return path


def unpack(content: bytes, where: str, net: Any = None) -> tuple[Fitted, dict[str, Any], Recipe | None]:
    """Return the fitted model in the bytes of an artifact, the estimator's parameters, and its recipe if it has one.

    Parameters
    ----------
    content : bytes
    where : str
        Name for the messages.
    net : Custom or None
        The net of a model that has one of the user's own.

    Raises
    ------
    ArtifactError
        If the bytes are truncated, foreign, edited or from a newer version, or a custom net is missing or different.
    """
    document, arrays, training = _open(content, where)
    try:
        state = None if training is None else State.of(*training)
        parts_config = document["parts"]
        if parts_config["net"]["name"] == "custom" and net is None:
            raise ArtifactError(
                f"{where} holds a model with a net of its maker's own, and only its weights",
                expected="the same encoder and decoder",
                received="no net",
                do="hyotan.load(path, net=hyotan.nets.Custom(encoder, decoder))",
            )
        parts = Parts(
            **{kind: from_config(config) for kind, config in parts_config.items() if kind != "net"},
            net=net if net is not None else from_config(parts_config["net"]),
        )
        spec, schema = document["spec"], document["schema"]
        spec = Spec(**{**spec, "event": tuple(spec["event"])})
        # JSON has lists for tuples.
        schema = {name: tuple(value) if isinstance(value, list) else value for name, value in schema.items()}
        schema = Schema(**schema)
        scaler = Scaler(document["scaler"]["method"], arrays.pop("scaler/offset"), arrays.pop("scaler/scale"))
        network = Autoencoding(parts, spec, document["seed"])
        _fill(network, arrays, where)
        params = {name: _value(value) for name, value in document["params"].items()}
        if net is not None:
            params["net"] = net
        recipe = None
        if "recipe" in document:
            own = {name: _value(value) for name, value in document["recipe"]["params"].items()}
            recipe = str(document["recipe"]["name"]), own
        kept = {name: document[name] for name in ("seed", "history", "info", "warnings")}
        info = {**kept.pop("info"), "versions": document["versions"], "created": document["created"]}
    except ArtifactError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, HyotanError) as err:
        raise ArtifactError(
            f"{where} cannot be rebuilt", expected="an artifact this version wrote", received=shown(str(err), 120)
        ) from err
    return Fitted(network, parts, schema, scaler, info=info, state=state, **kept), params, recipe


def read(path: str | Path, what: str = "a .hyotan file") -> bytes:
    """Return the bytes of a file, or say in one line why not."""
    try:
        return Path(path).read_bytes()
    except OSError as err:
        raise ArtifactError(
            f"{path} cannot be read",
            expected=what,
            received=err.strerror or str(err),
            do="check the path; a run folder holds model.hyotan",
        ) from err


Tensors = dict[str, np.ndarray]


def _open(content: bytes, where: str) -> tuple[dict[str, Any], Tensors, tuple[dict[str, Any], Tensors] | None]:
    refusal = {
        "expected": "a .hyotan file as model.save() wrote it",
        "do": "save the model again, or copy the file anew",
    }
    if not content.startswith(b"PK"):
        raise ArtifactError(f"{where} is not a hyotan model", received=f"bytes {content[:8]!r}", **refusal)
    body, digest = content[:-64], content[-64:]
    if not body.endswith(MARK):
        raise ArtifactError(
            f"{where} is truncated or not a hyotan model", received="a zip without hyotan's checksum", **refusal
        )
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ArtifactError(f"{where} was changed after it was written", received="another SHA-256", **refusal)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
                raise zipfile.BadZipFile("compressed members")
            document = json.loads(archive.read("model.json"))
            if document["version"] > VERSION:
                raise ArtifactError(
                    f"{where} was written by a newer hyotan",
                    expected=f"format version {VERSION} or lower",
                    received=f"version {document['version']}, hyotan {document['versions']['hyotan']}",
                    do="pip install --upgrade hyotan",
                )
            training = None
            if TRAINING[0] in archive.namelist():
                plain, arrays = (archive.read(name) for name in TRAINING)
                training = json.loads(plain), safetensors.load(arrays)
            return document, safetensors.load(archive.read("weights.safetensors")), training
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, SafetensorError) as err:
        if isinstance(err, ArtifactError):
            raise
        raise ArtifactError(f"{where} is not a hyotan model", received=shown(str(err), 80), **refusal) from err


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


def _plain(name: str, value: Any) -> Any:
    """Return a parameter as JSON, or refuse it."""
    if isinstance(value, Part):
        return to_config(value)
    if isinstance(value, keras.optimizers.Optimizer) and _is_keras(value, keras.optimizers):
        return {"optimizer": type(value).__name__, "config": _plain(name, value.get_config())}
    schedules = keras.optimizers.schedules
    if isinstance(value, schedules.LearningRateSchedule) and _is_keras(value, schedules):
        return {"schedule": type(value).__name__, "config": _plain(name, value.get_config())}
    if isinstance(value, np.random.RandomState):
        return None
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        if {"class_name", "config"} <= value.keys():  # a schedule inside an optimizer's own config
            return {"schedule": value["class_name"], "config": _plain(name, value["config"])}
        return {k: _plain(name, v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(name, v) for v in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise ParameterError(
        f"The {name!r} parameter cannot be saved",
        expected="numbers, names, parts, or Keras's own optimizers and schedules",
        received=shown(value),
        do="replace it with set_params() before saving",
    )


def _is_keras(value: object, room: Any) -> bool:
    """Whether the class is Keras's own: only those are looked up again at load."""
    return getattr(room, type(value).__name__, None) is type(value)


def _value(value: Any) -> Any:
    """Return a parameter from JSON; the only classes looked up are Keras's optimizers and schedules by their name."""
    if isinstance(value, list):
        return tuple(_value(v) for v in value)
    if not isinstance(value, dict):
        return value
    if "kind" in value:
        return from_config(value)
    config = {k: _value(v) for k, v in value.get("config", {}).items()}
    for key, room, base in (
        ("optimizer", keras.optimizers, keras.optimizers.Optimizer),
        ("schedule", keras.optimizers.schedules, keras.optimizers.schedules.LearningRateSchedule),
    ):
        if key in value:
            known = getattr(room, str(value[key]), None)
            if not (isinstance(known, type) and issubclass(known, base)):
                raise ParameterError(f"There is no {key} named {value[key]!r} in Keras")
            cls: Any = known
            return cls(**config) if key == "schedule" else cls.from_config(config)
    # Any other dictionary would reach Keras's own deserialiser, which builds what it is told to.
    raise ParameterError("A parameter is not of a known form", received=shown(value))
