"""``hyotan sweep``: fit many variants of a model and compare them."""

from pathlib import Path
from typing import Annotated

import typer

from hyotan.cli import options as opt
from hyotan.cli.output import json_output, print_sweep
from hyotan.cli.parsing import (
    ModelOptions,
    ReadingOptions,
    build_model,
    command_line,
    parse_over,
    parse_seeds,
)

SHORT_HELP = "Fit many variants of a model and compare them."


def sweep(
    data: opt.Data,
    over: Annotated[
        list[str] | None,
        typer.Option(help="Values of a parameter: --over learning_rate=1e-3,3e-3 (64,32/128,64 for tuples)"),
    ] = None,
    seeds: Annotated[str, typer.Option(help="How many seeds, from 0; or which: 3,5,8")] = "1",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the runs [runs/DATA-RECIPE-sweep]")] = None,
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
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a sweep that is there")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the folder of the best run only")] = False,
    as_json: opt.Json = False,
) -> None:
    """Fit a model for every combination of --over values and seeds; write sweep.csv, sweep.json and a run for each.

    Models of one shape are trained by one compiled program. The best model has the highest score on the rows held out.
    Reports are not written; use hyotan report RUN.
    """
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
    out = out or Path("runs") / f"{source.name}-{recipe}-sweep"
    model = build_model(options, source, verbose=0 if quiet else 1)
    variants, seeds_given = parse_over(over or []), parse_seeds(seeds)
    from hyotan.runs.config import RunConfig
    from hyotan.runs.sweep import sweep_runs

    start = RunConfig.of(data, reading.given(), test_fraction=test_fraction)
    with json_output(as_json) as answer:
        if not quiet:
            typer.echo(source.note)
        swept = sweep_runs(
            model, source, out, start, command_line(), over=variants, seeds=seeds_given, overwrite=overwrite
        )
        answer |= swept
        if quiet:
            typer.echo(swept["best"])
        else:
            print_sweep(swept)
