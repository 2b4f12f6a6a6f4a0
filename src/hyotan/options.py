"""Options that several verbs of the command line share, and those of how data are read."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from hyotan import completion

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
Part = Annotated[str, typer.Option(help="train or test, for data with a test part of its own")]


def reads(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options of how data are read, in place of its parameter ``how``: a dict of them."""

    @functools.wraps(verb)
    def with_options(**given: Any) -> None:
        how = {name: given.pop(name) for name in READING}
        verb(**given, how=how)

    kind = inspect.Parameter.KEYWORD_ONLY
    options = [inspect.Parameter(name, kind, default=None, annotation=READING[name]) for name in READING]
    shown: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(verb, eval_str=True).parameters.items():
        shown += options if name == "how" else [parameter.replace(kind=kind)]
    with_options.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    return with_options
