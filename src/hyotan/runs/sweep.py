"""A sweep from the command line: a table of its models, and a run folder for each model.

Everything is written to a temporary folder next to the target and moved there at the end, so an incomplete sweep is
never left behind.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hyotan.core.errors import ArtifactError, ParameterError, shown
from hyotan.core.files import exchange
from hyotan.core.terms import to_json
from hyotan.data import Source
from hyotan.runs.config import MODEL, RunConfig
from hyotan.runs.fit import validation_of, write_history
from hyotan.sweep.sweep import Sweep

if TYPE_CHECKING:
    from hyotan.estimator.autoencoder import Autoencoder


TABLE, SWEEP = "sweep.csv", "sweep.json"


def sweep_runs(
    model: Autoencoder,
    source: Source,
    out: Path,
    start: RunConfig,
    command: str,
    *,
    over: dict[str, list[Any]],
    seeds: list[int],
    overwrite: bool = False,
) -> dict[str, Any]:
    """Fit every variant of a model and write the folder of the sweep.

    Parameters
    ----------
    model : Autoencoder
        The model to vary.
    source : Source
    out : Path
        The folder to write.
    start : RunConfig
        The configuration of the runs.
    command : str
        The command line, for ``sweep.json``.
    over, seeds
        As for :class:`Sweep`.
    overwrite : bool
        Replace an existing sweep.

    Returns
    -------
    dict
        The content of ``sweep.json``, including ``models``: one row per model as in ``Sweep.table_``, with the path of
        its ``run``; ``best``: the path of the best run; ``together``: how the models were trained.

    Raises
    ------
    ParameterError
        If the folder is not empty, unless it holds a sweep and ``overwrite`` is true.
    """
    _check_free(out, overwrite)
    X, _, X_test, _ = start.parts(source)
    if model.kind == "auto" and source.kind != "auto":
        model.set_params(kind=source.kind)
    trained, validation = validation_of(model, X, X_test)
    target = Path(os.path.realpath(out))  # beside it, since a folder cannot be moved to another disk
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = tempfile.mkdtemp(
            prefix=f".{out.name}-", suffix=".part", dir=target.parent
        )  # errors come before training
    except OSError as err:
        raise ArtifactError(f"{out} cannot be made", expected="a folder", received=err.strerror or str(err)) from err
    try:
        sweep = Sweep(model, over=over, seeds=seeds).fit(trained, validation_data=validation)
        answer = _written(sweep, source, Path(part), out, start, command, [*over, "seed"])
        os.chmod(part, 0o777 & ~_umask())  # mkdtemp() gives access to the owner only
        exchange(Path(part), target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return answer


def _umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


def _check_free(out: Path, overwrite: bool) -> None:
    """Raise if the folder is not empty, unless it holds a sweep that may be overwritten."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    sweep = (out / SWEEP).exists()
    if not (sweep and overwrite):
        raise ParameterError(
            f"{out} holds {'a sweep' if sweep else 'something'} already",
            expected="a new folder",
            received=shown(", ".join(sorted(p.name for p in out.iterdir()))) if out.is_dir() else "a file",
            do="choose another with -o" + (", or pass --overwrite" if sweep else ""),
        )


def _written(
    sweep: Sweep, source: Source, part: Path, out: Path, start: RunConfig, command: str, varied: list[str]
) -> dict[str, Any]:
    """Write runs and tables to ``part``, the folder that will be moved to ``out``, and return the table's content."""
    names = names_of([{name: row[name] for name in varied} for row in sweep.table_])
    rows = []
    for name, model, row in zip(names, sweep.models_, sweep.table_, strict=True):
        rows.append({"run": None if model is None else str(out / name), **{k: _plain(v) for k, v in row.items()}})
        if model is None:
            continue
        if source.reading:
            model._add_info(reading=source.reading)
        model.save(part / name / MODEL)
        write_history(part / name, model.history_)
        start.save(part / name)
    answer = {
        "sweep": str(out),
        "best": rows[sweep.best_index_]["run"],
        "table": str(out / TABLE),
        "varied": varied,
        "together": sweep.together_,
        "terms": to_json(next(model for model in sweep.models_ if model is not None)._fitted.about),
        "models": rows,
    }
    with (part / TABLE).open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    document = {"format": "hyotan sweep", "version": 1, "command": command, **answer}
    (part / SWEEP).write_text(json.dumps(document, indent=1, allow_nan=False, default=str), encoding="utf-8")
    return answer


def _plain(value: Any) -> Any:
    """Return a cell of the table in a form that JSON can hold."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def names_of(varied: list[dict[str, Any]]) -> list[str]:
    """Return a readable, unique folder name for each model.

    Examples
    --------
    >>> names_of([{"latent__divergence__beta": 4, "seed": 0}, {"latent__divergence__beta": 0.5, "seed": 0}])
    ['beta-4_seed-0', 'beta-0.5_seed-0']
    """
    short = [name.rpartition("__")[2] for name in varied[0]]
    labels = short if len(set(short)) == len(short) else list(varied[0])
    found = [
        "_".join(f"{label}-{_word(value)}" for label, value in zip(labels, row.values(), strict=True)) for row in varied
    ]
    return found if len(set(found)) == len(found) else [f"{i}_{name}" for i, name in enumerate(found)]


def _word(value: Any) -> str:
    """Return a value as text that can be part of a file name."""
    text = "x".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value)
    return re.sub(r"[^\w.+-]+", "-", text)[:40]
