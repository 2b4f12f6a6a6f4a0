"""``hyotan fit``: fit a model or resume a run, and write its run folder."""

import functools
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hyotan.cli import completion
from hyotan.cli import options as opt
from hyotan.cli.output import fit_summary, format_fit, json_output
from hyotan.cli.parsing import ModelOptions, ReadingOptions, apply_settings, build_model, command_line
from hyotan.core.errors import ParameterError, TrainingError

if TYPE_CHECKING:
    from hyotan.data import Source
    from hyotan.estimator.autoencoder import Autoencoder
    from hyotan.runs.config import RunConfig

SHORT_HELP = "Fit a model and write a run folder."
BESIDE_RESUME = ("data", "resume", "epochs", "checkpoint", "settings", "quiet", "as_json", "report")


def fit(
    context: typer.Context,
    data: Annotated[str | None, typer.Argument(help=opt.DATA_HELP, autocompletion=completion.data)] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Run folder [runs/DATA-RECIPE]")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the run of this folder, to --epochs in all")] = None,
    recipe: opt.Recipe = "vae",
    latent_dim: opt.LatentDim = None,
    beta: opt.Beta = None,
    hidden: opt.Hidden = None,
    net: opt.Net = None,
    cell: opt.Cell = None,
    decoder: opt.Decoder = None,
    future: opt.Future = None,
    likelihood: opt.Likelihood = None,
    epochs: opt.Epochs = None,
    batch_size: opt.BatchSize = None,
    learning_rate: opt.LearningRate = None,
    early_stopping: opt.EarlyStopping = False,
    settings: opt.Settings = None,
    seed: opt.Seed = 0,
    test_fraction: opt.TestFraction = 0.1,
    label: opt.Label = None,
    resize: opt.Resize = None,
    key: opt.Key = None,
    sheet: opt.Sheet = None,
    window: opt.Window = None,
    stride: opt.Stride = None,
    time: opt.Time = None,
    id: opt.Id = None,
    gaps: opt.Gaps = None,
    sort: opt.Sort = False,
    duplicates: opt.Duplicates = None,
    time_zone: opt.TimeZone = None,
    columns: opt.Columns = None,
    drop: opt.Drop = None,
    missing_values: opt.MissingValues = None,
    keep_values: opt.KeepValues = None,
    encoding: opt.Encoding = None,
    skip_bad_lines: opt.SkipBadLines = False,
    checkpoint: Annotated[bool, typer.Option("--checkpoint", help="Keep the model after every epoch")] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Draw report.html [yes]")] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run that is there")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the path of the report only")] = False,
    as_json: opt.Json = False,
) -> None:
    """Fit a model; write model.hyotan, record.json, history.csv and report.html to a run folder.

    Ctrl-C stops after the current epoch and saves the model; --resume continues from there.
    """
    if resume is not None:
        _check_resume_options(context)
        _resume(resume, data, epochs, checkpoint, settings or [], quiet=quiet, as_json=as_json, report=report)
        return
    if data is None:
        raise ParameterError(
            "Missing argument 'DATA'", expected=opt.DATA_HELP, received="nothing", do="hyotan fit --help"
        )
    from hyotan.data import load

    reading = ReadingOptions.of(locals())
    options = ModelOptions(
        recipe=recipe,
        latent_dim=latent_dim,
        beta=beta,
        hidden=hidden,
        net=net,
        cell=cell,
        decoder=decoder,
        future=future,
        likelihood=likelihood,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        early_stopping=early_stopping or None,
        settings=settings,
    )
    source = load(data, **reading.given())
    out = out or Path("runs") / f"{source.name}-{recipe}"
    if (out / "model.hyotan").exists() and not overwrite:
        raise ParameterError(
            f"{out} holds a run already",
            expected="a new folder",
            do="choose another with -o, or pass --overwrite, or go on with it: --resume",
        )
    model = build_model(options, source, random_state=seed, verbose=0 if quiet else 1)
    from hyotan.runs.config import RunConfig

    start = RunConfig.of(data, reading.given(), test_fraction=test_fraction, checkpoint=checkpoint)
    fit_and_report(model, source, out, start, command_line(), quiet=quiet, as_json=as_json, report=report)


def fit_and_report(
    model: "Autoencoder",
    source: "Source",
    out: Path,
    start: "RunConfig",
    command: str,
    *,
    quiet: bool = False,
    as_json: bool = False,
    resume: bool = False,
    report: bool = True,
) -> None:
    """Fit and evaluate a model, write its run folder and print the results.

    Parameters
    ----------
    model : Autoencoder
    source : Source
    out : Path
        The run folder.
    start : RunConfig
        The configuration of the run.
    command : str
        The command line; the report shows it.
    quiet : bool
        Print only the path of the report, or of the run if there is none.
    as_json : bool
        Print one JSON object.
    resume : bool
        Resume the training of ``model``.
    report : bool
        Draw the report.

    Raises
    ------
    TrainingError
        If a second Ctrl-C stopped it at once.
    """
    from hyotan.runs.fit import fit_run

    before = _written(out)
    with json_output(as_json) as answer:
        if not quiet:
            typer.echo(source.note)
        try:
            on_terminal = sys.stderr.isatty() and not quiet
            say = functools.partial(typer.echo, err=True) if on_terminal else None
            record, page = fit_run(model, source, out, start, command, resume=resume, say=say, draw=report)
        except KeyboardInterrupt:
            raise _interrupted(model, out, before, resume=resume) from None
        answer |= fit_summary(model, record, out)
        typer.echo((page or out) if quiet else "\n".join(format_fit(model, record, out)))


def _check_resume_options(context: typer.Context) -> None:
    """Raise if an option is given that cannot be changed when a run is resumed."""
    others = [name for name in context.params if name not in BESIDE_RESUME and _is_given(context, name)]
    if others:
        raise ParameterError(
            "A run goes on as it began",
            expected="--epochs, --checkpoint, --no-report, --quiet, --json beside --resume",
            received=", ".join(f"--{name.replace('_', '-')}" for name in others),
            do="leave them out, or fit anew",
        )


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _resume(
    run: Path,
    data: str | None,
    epochs: int | None,
    checkpoint: bool,
    settings: list[str],
    *,
    quiet: bool,
    as_json: bool,
    report: bool,
) -> None:
    """Resume a run; ``data`` is the new place of its data, if they were moved."""
    from hyotan.runs import config, fit

    model, start = fit.go_on(run)
    start = replace(start, checkpoint=start.checkpoint or checkpoint)
    if data is not None:
        other = config.RunConfig.of(data, {})
        start = replace(start, data=other.data, digest=other.digest)
    apply_settings(model, settings)
    model.set_params(verbose=0 if quiet else 1, epochs=model.epochs if epochs is None else epochs)
    source = start.source(data)
    how = {"quiet": quiet, "as_json": as_json, "report": report}
    fit_and_report(model, source, run, start, command_line(), resume=True, **how)


def _written(out: Path) -> int | None:
    """Return when the model of a run was written, in nanoseconds; None if there is none."""
    path = out / "model.hyotan"
    return path.stat().st_mtime_ns if path.exists() else None


def _interrupted(model: "Autoencoder", out: Path, before: int | None, *, resume: bool) -> TrainingError:
    """Return the error for a fit that was stopped at once; it says what was saved and how to continue."""
    kept = _written(out)
    if kept is not None and kept == before and not resume:
        return TrainingError("interrupted", received=f"nothing of this run is kept; the earlier one in {out} is whole")
    whole = hasattr(model, "_fitted") and len(model.history_["loss"]) >= model.epochs
    command = ["report", str(out)] if whole else ["fit", "--resume", str(out)]
    return TrainingError(
        "interrupted",
        received=f"{out} holds a whole model" if kept else "nothing is kept",
        do=f"go on with: {shlex.join(['hyotan', *command])}" if kept else "",
    )
