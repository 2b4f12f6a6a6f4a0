"""Options shared by several commands, as annotated types."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hyotan import recipes
from hyotan.cli import completion
from hyotan.cli.parsing import likelihood_names, net_names


def _one_of(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]


# Data, runs and files
DATA_HELP = (
    "digits, sines, mnist; a file (text table, Excel, JSON, Parquet, ARFF, NumPy, MATLAB, …), packed or not; - for"
    " standard input; a folder of images"
)
Data = Annotated[str, typer.Argument(help=DATA_HELP, autocompletion=completion.data)]
OptionalData = Annotated[
    str | None, typer.Argument(help="Rows, or -; else the run's own", autocompletion=completion.data)
]
Run = Annotated[Path, typer.Argument(help="A run folder, or a .hyotan file")]
Out = Annotated[
    Path,
    typer.Option("--out", "-o", help="File to write: .npy .npz .csv .tsv .parquet, or - for CSV on standard output"),
]
PageOut = Annotated[Path | None, typer.Option("--out", "-o", help="HTML file to write")]

# Output and randomness
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to stdout, and all else to stderr")]
Seed = Annotated[int, typer.Option(help="Random seed")]

# Reading options: parsing.ReadingOptions
Label = Annotated[
    str | None,
    typer.Option(help="Column (or array) of labels, for colours and probes only; none: no column is one"),
]
Resize = Annotated[int | None, typer.Option(help="Side to bring the images of a folder to")]
Key = Annotated[str | None, typer.Option(help="Array to read of a file of several (NumPy, MATLAB, HDF5)")]
Sheet = Annotated[str | None, typer.Option(help="Sheet of a workbook to read [the first]")]
Window = Annotated[int | None, typer.Option(help="Steps in a window: the rows are one long series")]
Stride = Annotated[int | None, typer.Option(help="Steps from one window to the next [1]")]
Time = Annotated[str | None, typer.Option(help="Column of times of the steps [the one that tells the time]")]
Id = Annotated[str | None, typer.Option(help="Column that says which series a row is a step of")]
Gaps = Annotated[str | None, typer.Option(help="Where time jumps: refuse, split or mask [refuse]")]
Sort = Annotated[bool, typer.Option("--sort", help="Sort the rows of a series by time")]
Duplicates = Annotated[str | None, typer.Option(help="Rows of equal times: refuse, first or mean [refuse]")]
TimeZone = Annotated[str | None, typer.Option(help="Zone of local times, such as Europe/Berlin")]
Columns = Annotated[list[str] | None, typer.Option("--columns", help="Columns to train on: --columns a,b")]
Drop = Annotated[list[str] | None, typer.Option("--drop", help="Columns to leave out: --drop name,date")]
MissingValues = Annotated[
    list[str] | None, typer.Option("--missing-values", help="Numbers that stand for missing cells: -9999,-999")
]
KeepValues = Annotated[
    list[str] | None, typer.Option("--keep-values", help="Numbers that only look as if they stood for missing cells")
]
Encoding = Annotated[str | None, typer.Option(help="Encoding of a text file [guessed]")]
SkipBadLines = Annotated[bool, typer.Option("--skip-bad-lines", help="Leave out lines with too many or few cells")]
Part = Annotated[str | None, typer.Option(help="train or test, for data with a test part of its own")]
TestFraction = Annotated[float, typer.Option(help="Share held out for the report if there is no test part")]

# Model options: parsing.ModelOptions
Recipe = Annotated[
    str,
    typer.Option(help=f"{', '.join(recipes.names())}; see `hyotan recipes`", autocompletion=completion.recipes),
]
LatentDim = Annotated[int | None, typer.Option(help="Size of the code")]
Beta = Annotated[float | None, typer.Option(help="Weight of the KL (vae)")]
Hidden = Annotated[str | None, typer.Option(help="Widths of the layers: 512,128 (none for no layer)")]
Net = Annotated[str | None, typer.Option(help=_one_of(net_names()), autocompletion=completion.nets)]
Cell = Annotated[str | None, typer.Option(help="gru or lstm (recurrent)")]
Decoder = Annotated[str | None, typer.Option(help="unconditional, conditional or reversed-input (recurrent)")]
Future = Annotated[int | None, typer.Option(help="Steps at the end of a row to predict (recurrent)")]
Likelihood = Annotated[
    str | None, typer.Option(help=_one_of(likelihood_names()), autocompletion=completion.likelihoods)
]
Epochs = Annotated[int | None, typer.Option(help="Passes over the training rows")]
BatchSize = Annotated[int | None, typer.Option(help="Rows in a minibatch")]
LearningRate = Annotated[float | None, typer.Option(help="Step size of the optimizer")]
EarlyStopping = Annotated[bool, typer.Option("--early-stopping", help="Stop at the best validation loss")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="Any parameter: --set net__dropout=0.1")]
