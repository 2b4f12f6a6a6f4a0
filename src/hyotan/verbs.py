"""What verbs of the command line do around the rooms below: fit and tell, go on, write an answer."""

from __future__ import annotations

import functools
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from hyotan.core.errors import ParameterError, TrainingError
from hyotan.summary import answering, of_fit, told
from hyotan.words import apply, recipe_named, with_net

if TYPE_CHECKING:
    from hyotan.data import Source
    from hyotan.data.io.long_format import Answer
    from hyotan.estimator.autoencoder import Autoencoder
    from hyotan.runs.config import Start


def made(of: dict[str, Any], source: Source, **params: Any) -> Autoencoder:
    """Return the model that the options of what is fitted ask for.

    Parameters
    ----------
    of : dict
        From :func:`hyotan.options.makes`.
    source : Source
    **params
        More parameters of the model.
    """
    names = ("latent_dim", "beta", "likelihood", "epochs", "batch_size", "learning_rate")
    given = {**{name: of[name] for name in names}, "early_stopping": of["early_stopping"] or None, **params}
    model = recipe_named(of["recipe"], {name: value for name, value in given.items() if value is not None})
    of_net = {name: of[name] for name in ("cell", "decoder", "future")}
    series = isinstance(source.X, list)
    apply(model, [*with_net(model, of["net"], of["hidden"], of_net, series), *(of["settings"] or [])])
    return model


def go_on(
    context: typer.Context,
    run: Path,
    data: str | None,
    epochs: int | None,
    checkpoint: bool,
    settings: list[str],
    command: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Go on with a run: everything but the number of epochs is as it was."""
    may = ("data", "resume", "epochs", "checkpoint", "settings", "quiet", "as_json")
    others = [name for name in context.params if name not in may and _is_given(context, name)]
    if others:
        raise ParameterError(
            "A run goes on as it began",
            expected="--epochs, --checkpoint, --quiet, --json beside --resume",
            received=", ".join(f"--{name.replace('_', '-')}" for name in others),
            do="leave them out, or fit anew",
        )
    from hyotan.runs import config, fit

    model, start = fit.go_on(run)
    start = replace(start, checkpoint=start.checkpoint or checkpoint)
    if data is not None:  # they lie elsewhere now
        start = replace(start, data=config.Start.of(data, {}).data)
    apply(model, settings)
    model.set_params(verbose=0 if quiet else 1, epochs=model.epochs if epochs is None else epochs)
    source = start.source(data)
    fit_and_tell(model, source, run, start, command, quiet=quiet, as_json=as_json, resume=True)


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def fit_and_tell(
    model: Autoencoder,
    source: Source,
    out: Path,
    start: Start,
    command: str,
    *,
    quiet: bool = False,
    as_json: bool = False,
    resume: bool = False,
) -> None:
    """Fit, evaluate, write the run folder and say what came of it."""
    from hyotan.runs.fit import fit_run

    with answering(as_json) as answer:
        if not quiet:
            typer.echo(source.note)
        try:
            watched = sys.stderr.isatty() and not quiet
            say = functools.partial(typer.echo, err=True) if watched else None
            record, page = fit_run(model, source, out, start, command, resume=resume, say=say)
        except KeyboardInterrupt:
            raise _interrupted(model, out) from None
        answer |= of_fit(model, record, out)
        typer.echo(page if quiet else "\n".join(told(model, record, out)))


def sweep_and_tell(
    model: Autoencoder,
    source: Source,
    out: Path,
    start: Start,
    command: str,
    *,
    over: dict[str, list[Any]],
    seeds: list[int],
    overwrite: bool = False,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Fit all variants of a model, write their runs and say how they compare."""
    from hyotan.runs.sweep import sweep_runs, told_of

    with answering(as_json) as answer:
        if not quiet:
            typer.echo(source.note)
        swept = sweep_runs(model, source, out, start, command, over=over, seeds=seeds, overwrite=overwrite)
        answer |= swept
        if quiet:
            typer.echo(swept["best"])
        else:
            told_of(swept)


def _interrupted(model: Autoencoder, out: Path) -> TrainingError:
    """Say what is left of a fit that was stopped at once."""
    kept = (out / "model.hyotan").exists()
    whole = hasattr(model, "_fitted") and len(model.history_["loss"]) >= model.epochs
    verb = ["report", str(out)] if whole else ["fit", "--resume", str(out)]
    return TrainingError(
        "interrupted",
        received=f"{out} holds a whole model" if kept else "nothing is kept",
        do=f"go on with: {shlex.join(['hyotan', *verb])}" if kept else "",
    )


def write(path: Path, written: Answer, as_json: bool) -> None:
    """Write what a run was asked for."""
    from hyotan.data.io.long_format import write_answer

    with answering(as_json) as answer:
        place, shape = write_answer(path, written)
        answer |= {"file": str(place), "shape": list(shape), "columns": written.names}
        typer.echo(f"{place}  {' × '.join(map(str, shape))}")
