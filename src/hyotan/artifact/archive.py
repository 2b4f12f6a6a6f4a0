"""The artifact: a fitted model saved to one file, and loaded again.

A ``.hyotan`` file is an uncompressed zip archive that any zip tool can open. It contains ``model.json`` (parts,
schema, scaler, history, seed, versions), ``weights.safetensors`` (every tensor under its structural path) and
``README.md`` (the model card). If training can be resumed from it, it also contains ``training.json`` and
``training.safetensors`` (the state of the optimizer and random generators). The zip comment holds a SHA-256 hash of
all bytes before it. Nothing in the file is pickled. Loading only looks up registered names; it imports nothing and
runs no code from the file.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

import numpy as np
from safetensors import numpy as safetensors

from hyotan.artifact.describe import card
from hyotan.artifact.fitted import Fitted
from hyotan.artifact.params_json import NOT_SAVED, _json, _plain, _value
from hyotan.artifact.sizes import check_sizes
from hyotan.artifact.versions import VERSION, migrate
from hyotan.artifact.weights import _fill, tensors
from hyotan.core.errors import ArtifactError, shown
from hyotan.core.keras_defaults import built_or_forgotten
from hyotan.core.ops import to_numpy
from hyotan.core.part import from_config, to_config
from hyotan.core.spec import Spec
from hyotan.core.terms import from_json, to_json
from hyotan.core.versions import versions
from hyotan.data.scaling import Scaler
from hyotan.data.schema import Schema
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts
from hyotan.training.state import TrainingState

MARK = b"hyotan sha256:"
MEMBERS = ("model.json", "weights.safetensors", "README.md")
TRAINING = ("training.json", "training.safetensors")


Recipe = tuple[str, dict[str, Any]]  # name of the recipe, and its own parameters


def pack(fitted: Fitted, params: dict[str, Any], training: bool = False, recipe: Recipe | None = None) -> bytes:
    """Return a fitted model as the bytes of an artifact.

    Parameters
    ----------
    fitted : Fitted
    params : dict
        Parameters of the estimator as a plain ``Autoencoder``, for versions of hyotan that do not have the recipe.
    training : bool
        Include the training state, if there is one to resume from.
    recipe : tuple of str and dict, optional
        Name of the recipe, and the parameters it has in addition to those of an ``Autoencoder``.

    Raises
    ------
    ParameterError
        If a parameter cannot be written as JSON.
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
        "scaler": {"method": fitted.scaler.method, **_constant(fitted.scaler)},
        "policy": fitted.network.policy,
        "seed": fitted.seed,
        "history": fitted.history,
        "info": fitted.info,
        "warnings": fitted.warnings,
        "about": to_json(fitted.about),
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


def unpack(content: bytes, where: str, net: Any = None) -> tuple[Fitted, dict[str, Any], Recipe | None]:
    """Return the fitted model from the bytes of an artifact, the estimator's parameters, and its recipe if it has one.

    Parameters
    ----------
    content : bytes
    where : str
        Name of the file, for error messages.
    net : Custom or None
        The custom net, if the model was fitted with one.

    Raises
    ------
    ArtifactError
        If the bytes are truncated, not an artifact, modified or from a newer version, or if the custom net is missing
        or does not match.
    """
    document, arrays, training = _open(content, where)
    try:
        migrate(document, training)
        state = None if training is None else TrainingState.of(*training)
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
        # JSON turns tuples into lists.
        schema = {name: tuple(value) if isinstance(value, list) else value for name, value in schema.items()}
        schema = Schema(**schema)
        offset, scale = arrays.pop("scaler/offset"), arrays.pop("scaler/scale")
        still = np.asarray(document["scaler"].get("constant", False))
        scaler = Scaler(document["scaler"]["method"], offset, scale, still if still.any() else None)
        check_sizes(document, arrays, scaler, where)
        policy = document.get("policy", "float32")
        with built_or_forgotten():
            network = Autoencoding(parts, spec, document["seed"], document["info"].get("rows"), policy)
        _fill(network, arrays, where)
        params = {name: _value(value) for name, value in document["params"].items()}
        if net is not None:
            params["net"] = net
        recipe = None
        if "recipe" in document:
            own = {name: _value(value) for name, value in document["recipe"]["params"].items()}
            recipe = str(document["recipe"]["name"]), own
        kept = {name: document[name] for name in ("seed", "history", "info", "warnings")}
        kept["about"] = from_json(document["about"])
        info = {**kept.pop("info"), "versions": document["versions"], "created": document["created"]}
    except ArtifactError:
        raise
    except Exception as err:  # the content may be anything
        raise ArtifactError(
            f"{where} cannot be rebuilt", expected="an artifact this version wrote", received=shown(str(err), 120)
        ) from err
    return Fitted(network, parts, schema, scaler, info=info, state=state, **kept), params, recipe


Tensors = dict[str, np.ndarray]


def _constant(scaler: Scaler) -> dict[str, Any]:
    return {} if scaler.constant is None else {"constant": scaler.constant.tolist()}


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
    except ArtifactError:
        raise
    except Exception as err:  # the content may be anything
        told = shown(str(err) or type(err).__name__, 80)
        raise ArtifactError(f"{where} is not a hyotan model", received=told, **refusal) from err
