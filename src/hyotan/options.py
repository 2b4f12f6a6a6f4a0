"""Options that several verbs of the command line share, and those of how data are read."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from hyotan import completion
from hyotan.recipes import RECIPES

KINDS = "digits, sines, mnist; a .npy .npz .csv .parquet .ts IDX file; a folder of images"
Data = Annotated[str, typer.Argument(help=KINDS, autocompletion=completion.data)]
OwnData = Annotated[str | None, typer.Argument(help="Rows; else the run's own", autocompletion=completion.data)]
Run = Annotated[Path, typer.Argument(help="A run folder, or a .hyotan file")]
Out = Annotated[Path, typer.Option("--out", "-o", help="File to write: .npy .npz .csv .tsv .parquet")]
Page = Annotated[Path | None, typer.Option("--out", "-o", help="HTML file to write")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to stdout, and all else to stderr")]
Seed = Annotated[int, typer.Option(help="Random seed")]
READING: dict[str, Any] = {  # how data are read: the options of hyotan.data.load
    "label": Annotated[
        str | None, typer.Option(help="Column (or .npz array) with labels: for colours and probes only")
    ],
    "resize": Annotated[int | None, typer.Option(help="Side to bring the images of a folder to")],
    "key": Annotated[str | None, typer.Option(help="Array of an .npz file to read")],
    "window": Annotated[int | None, typer.Option(help="Steps in a window: the rows are one long series")],
    "stride": Annotated[int | None, typer.Option(help="Steps from one window to the next [1]")],
    "time": Annotated[str | None, typer.Option(help="Column of times of the steps [the only one with dates]")],
    "id": Annotated[str | None, typer.Option(help="Column that says which series a row is a step of")],
    "gaps": Annotated[str | None, typer.Option(help="Where time jumps: refuse, split or mask [refuse]")],
}
MODEL: dict[str, tuple[Any, Any]] = {  # what is fitted, with what stands where nothing is given
    "recipe": (
        Annotated[
            str, typer.Option(help=f"{', '.join(RECIPES)}; see `hyotan recipes`", autocompletion=completion.recipes)
        ],
        "vae",
    ),
    "latent_dim": (Annotated[int | None, typer.Option(help="Size of the code")], None),
    "beta": (Annotated[float | None, typer.Option(help="Weight of the KL (vae)")], None),
    "hidden": (Annotated[str | None, typer.Option(help="Widths of the layers: 512,128 (none for no layer)")], None),
    "net": (Annotated[str | None, typer.Option(help="dense, conv or recurrent")], None),
    "cell": (Annotated[str | None, typer.Option(help="gru or lstm (recurrent)")], None),
    "decoder": (
        Annotated[str | None, typer.Option(help="unconditional, conditional or reversed-input (recurrent)")],
        None,
    ),
    "future": (Annotated[int | None, typer.Option(help="Steps at the end of a row to predict (recurrent)")], None),
    "likelihood": (Annotated[str | None, typer.Option(help="auto, bernoulli or gaussian")], None),
    "epochs": (Annotated[int | None, typer.Option(help="Passes over the training rows")], None),
    "batch_size": (Annotated[int | None, typer.Option(help="Rows in a minibatch")], None),
    "learning_rate": (Annotated[float | None, typer.Option(help="Step size of the optimizer")], None),
    "early_stopping": (
        Annotated[bool, typer.Option("--early-stopping", help="Stop at the best validation loss")],
        False,
    ),
    "settings": (
        Annotated[list[str] | None, typer.Option("--set", help="Any parameter: --set net__dropout=0.1")],
        None,
    ),
}
TestFraction = Annotated[float, typer.Option(help="Share held out for the report if there is no test part")]
Drop = Annotated[list[str] | None, typer.Option("--drop", help="Columns to leave out: --drop name,date")]
Part = Annotated[str, typer.Option(help="train or test, for data with a test part of its own")]


def reads(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options of how data are read, in place of its parameter ``how``: a dict of them."""
    return _gathered(verb, "how", {name: (annotation, None) for name, annotation in READING.items()})


def makes(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options of what is fitted, in place of its parameter ``of``: a dict of them."""
    return _gathered(verb, "of", MODEL)


def _gathered(verb: Callable[..., None], place: str, group: dict[str, tuple[Any, Any]]) -> Callable[..., None]:
    @functools.wraps(verb)
    def with_options(**given: Any) -> None:
        of_group = {name: given.pop(name) for name in group}
        verb(**given, **{place: of_group})

    kind = inspect.Parameter.KEYWORD_ONLY
    options = [inspect.Parameter(name, kind, default=group[name][1], annotation=group[name][0]) for name in group]
    shown: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(verb, eval_str=True).parameters.items():
        shown += options if name == place else [parameter.replace(kind=kind)]
    with_options.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    return with_options
