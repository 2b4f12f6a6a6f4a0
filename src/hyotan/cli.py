"""The command line: verbs only. What they do is done by the rooms below.

Exit codes: 0 done, 1 failed, 2 wrong use. Nothing heavy is imported before a verb needs it.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hyotan._errors import HyotanError, HyotanWarning, ParameterError
from hyotan.words import apply, recipe_named

if TYPE_CHECKING:
    from hyotan.autoencoder import Autoencoder
    from hyotan.data import Source
    from hyotan.data.longform import Answer
    from hyotan.metrics import Record

app = typer.Typer(
    help="The autoencoder toolkit: fit, look inside, score, sample, keep.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Data = Annotated[
    str, typer.Argument(help="digits, sines, mnist; a .npy .npz .csv .parquet .ts IDX file; a folder of images")
]
Run = Annotated[Path, typer.Argument(help="A run folder, or a .hyotan file")]
Out = Annotated[Path, typer.Option("--out", "-o", help="File to write: .npy .npz .csv .tsv .parquet")]
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


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    if version:
        from hyotan import __version__

        print(f"hyotan {__version__}")
        raise typer.Exit


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Run folder; what is there is replaced")] = Path("demo"),
    epochs: Annotated[int, typer.Option(help="Passes over the training rows")] = 100,
    seed: Annotated[int, typer.Option(help="Random seed")] = 0,
) -> None:
    """Train a VAE on scikit-learn's digits, write its report and name it."""
    source = _load("digits")
    model = recipe_named("vae", {"latent_dim": 2, "epochs": epochs, "random_state": seed})
    _fit_and_tell(model, source, out, test_fraction=0.2, command=f"hyotan demo -o {out}")


@app.command()
@reads
def fit(
    data: Data,
    recipe: Annotated[str, typer.Option(help="ae, sparse-ae, denoising-ae, vae; see `hyotan recipes`")] = "vae",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Run folder [runs/DATA-RECIPE]")] = None,
    latent_dim: Annotated[int | None, typer.Option(help="Size of the code")] = None,
    beta: Annotated[float | None, typer.Option(help="Weight of the KL (vae)")] = None,
    hidden: Annotated[str | None, typer.Option(help="Widths of the layers: 512,128 (none for no layer)")] = None,
    net: Annotated[str | None, typer.Option(help="dense, conv or recurrent")] = None,
    cell: Annotated[str | None, typer.Option(help="gru or lstm (recurrent)")] = None,
    decoder: Annotated[
        str | None, typer.Option(help="unconditional, conditional or reversed-input (recurrent)")
    ] = None,
    future: Annotated[int | None, typer.Option(help="Steps at the end of a row to predict (recurrent)")] = None,
    likelihood: Annotated[str | None, typer.Option(help="auto, bernoulli or gaussian")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training rows")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows in a minibatch")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Step size of the optimizer")] = None,
    seed: Annotated[int, typer.Option(help="Random seed")] = 0,
    early_stopping: Annotated[bool, typer.Option("--early-stopping", help="Stop at the best validation loss")] = False,
    test_fraction: Annotated[float, typer.Option(help="Share held out for the report if there is no test part")] = 0.1,
    settings: Annotated[list[str] | None, typer.Option("--set", help="Any parameter: --set net__dropout=0.1")] = None,
    how: Any = None,
    drop: Annotated[list[str] | None, typer.Option("--drop", help="Columns to leave out: --drop name,date")] = None,
    checkpoint: Annotated[bool, typer.Option("--checkpoint", help="Keep the model after every epoch")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run that is there")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the paths only")] = False,
) -> None:
    """Fit a model; write model.hyotan, record.json, history.csv and report.html to a run folder."""
    left_out = [name for names in drop for name in names.split(",")] if drop else None
    source = _load(data, drop=left_out, **how)
    out = out or Path("runs") / f"{source.name}-{recipe}"
    if (out / "model.hyotan").exists() and not overwrite:
        raise ParameterError(
            f"{out} holds a run already", expected="a new folder", do="choose another with -o, or pass --overwrite"
        )
    given = {
        "latent_dim": latent_dim,
        "beta": beta,
        "likelihood": likelihood,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "early_stopping": early_stopping or None,
        "random_state": seed,
        "verbose": 0 if quiet else 1,
        "checkpoint": str(out / "model.hyotan") if checkpoint else None,
    }
    model = recipe_named(recipe, {name: value for name, value in given.items() if value is not None})
    of_net = {"cell": cell, "decoder": decoder, "future": future}
    # Series of unequal length are what recurrent nets are for; a dense one reads none longer than it has seen.
    if net is None and (any(value is not None for value in of_net.values()) or isinstance(source.X, list)):
        net = "recurrent"
    if net is not None:
        from hyotan._parts import resolve

        model.set_params(net=resolve("net", net))
    if hidden is not None:
        of_net["units" if net == "recurrent" else "hidden"] = f"{hidden or 'none'},"
    chosen = [f"net__{name}={value}" for name, value in of_net.items() if value is not None]
    apply(model, [*chosen, *(settings or [])])
    _fit_and_tell(model, source, out, test_fraction, command=_command(), quiet=quiet)


@app.command()
@reads
def encode(
    run: Run,
    data: Data,
    out: Out,
    how: Any,
    part: Part = "train",
) -> None:
    """Write the code of each row, and of each window the times of its ends."""
    from hyotan.runs import ask, codes

    _write(out, codes(ask(run, data, part, **how)))


@app.command()
@reads
def reconstruct(
    run: Run,
    data: Data,
    out: Out,
    how: Any,
    part: Part = "train",
) -> None:
    """Write each row decoded from its code, in the data's own units; missing cells are filled in.

    Of windows, at each time the mean of those that cover it, and the forecasts of a net with future as columns
    forecast_CHANNEL beside what its encoder saw; of other series, a row a step.
    """
    from hyotan.runs import ask, reconstruction

    _write(out, reconstruction(ask(run, data, part, **how)))


@app.command()
@reads
def score(
    run: Run,
    data: Data,
    out: Out,
    how: Any,
    part: Part = "train",
) -> None:
    """Write the score of each row in nats (higher is more normal) and its reconstruction error.

    Of windows, at each time, the mean over those that cover it. The score of a window is a sum over its known cells,
    so compare scores with the same share of them only: the column known. A time of which nothing is known has none.
    With future, the error is of the steps the encoder saw.
    """
    from hyotan.runs import ask, scores

    _write(out, scores(ask(run, data, part, **how)))


@app.command()
def sample(
    run: Run,
    out: Out,
    n: Annotated[int, typer.Option("-n", help="How many")] = 16,
    seed: Annotated[int, typer.Option(help="Random seed")] = 0,
    noise: Annotated[bool, typer.Option("--noise", help="Draw from p(x|z) instead of giving its mean")] = False,
) -> None:
    """Write new rows drawn from the prior, in the data's own units."""
    from hyotan.runs import model_of, samples

    _write(out, samples(model_of(run), n, seed, noise))


@app.command()
@reads
def report(
    run: Run,
    data: Annotated[str | None, typer.Argument(help="Rows to evaluate; else the run's own record")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="HTML file [RUN/report.html]")] = None,
    how: Any = None,
    part: Part = "test",
) -> None:
    """Write the report of a run, or of its model on other data."""
    from hyotan.metrics import Record, evaluate
    from hyotan.report import report as write_report

    folder = run if run.is_dir() else run.parent
    if data is None:
        record = Record.load(folder / "record.json")
    else:
        from hyotan.runs import ask

        asked = ask(run, data, part, **how)
        record = evaluate(asked.model, asked.X, asked.y, command=_command())
    print(f"report  {_link(write_report(record, out=out or folder / 'report.html'))}")


@app.command()
def reproduce(
    names: Annotated[list[str] | None, typer.Argument(help="Experiments; without any they are listed")] = None,
    all: Annotated[bool, typer.Option("--all", help="All of them")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A part of the data, few epochs: does it work here?")] = False,
    keras: Annotated[bool, typer.Option("--keras", help="Train the same models in plain Keras, too")] = False,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the pages")] = Path("reproductions"),
    seed: Annotated[int, typer.Option(help="Random seed")] = 0,
) -> None:
    """Run published experiments again, and set their figures beside the published ones."""
    from hyotan.reproduce import names as known
    from hyotan.reproduce import run

    if not names and not all:
        for name, title in known().items():
            print(f"{name:14s}{title}")
        return
    page = run(known() if all else names or (), out=out, quick=quick, keras=keras, seed=seed, say=print)
    print(f"report  {_link(page)}")


@app.command()
def recipes() -> None:
    """List the recipes and their parameters."""
    from hyotan.recipes import RECIPES

    for name, recipe in RECIPES.items():
        parameters = [p for p in inspect.signature(recipe).parameters.values() if p.kind != p.VAR_KEYWORD]
        print(f"{name:14s}{(recipe.__doc__ or '').splitlines()[0]}")
        print(f"{'':14s}{', '.join(f'{p.name}={p.default}' for p in parameters)}, …\n")
    print("and any parameter of hyotan.Autoencoder, as --set NAME=VALUE")


def _load(data: str, **options: Any) -> Source:
    from hyotan.data import load

    return load(data, **options)


def _fit_and_tell(
    model: Autoencoder, source: Source, out: Path, test_fraction: float, command: str, quiet: bool = False
) -> None:
    from hyotan.runs import fit_run

    if not quiet:
        print(source.note)
    record, page = fit_run(model, source, out, test_fraction, command)
    if quiet:
        print(page)
        return
    _summary(record)
    print(f"model   {out / 'model.hyotan'}\nreport  {_link(page)}")


def _summary(record: Record) -> None:
    """Print what was reached, beside its baseline."""
    metrics, fitted = record.metrics, record.model
    print(f"trained {len(record.history['loss'])} epochs in {fitted['seconds']:.1f} s")
    if "reconstruction" in metrics:
        error = metrics["reconstruction"]
        beside = f"   PCA of the same size {error['pca_mean']:.4g}" if "pca_mean" in error else ""
        print(f"error   {error['mean']:.4g} mean, {error['sum']:,.2f} in all over {record.data['rows']:,} rows{beside}")
    if "forecast" in metrics:
        ahead = metrics["forecast"]
        beside = f"the last frame repeated {ahead['last_rmse']:.4g}"
        print(f"ahead   {ahead['rmse']:.4g} over {ahead['steps']} steps   {beside}")
    if "likelihood" in metrics:
        scores = metrics["likelihood"]
        print(f"score   {scores['mean']:.2f} ± {scores['stderr']:.2f} nats ({scores['what']}, {fitted['score']})")
    if "active_units" in metrics["codes"]:
        print(f"code    {metrics['codes']['active_units']} of {metrics['codes']['dim']} units active")
    if "probe" in metrics:
        probe = metrics["probe"]
        beside = "".join(f"   {k} {probe[k]:.3f}" for k in ("pca", "raw", "majority") if k in probe)
        print(f"labels  linear probe on the codes {probe['codes']:.3f}{beside}")
    for text in record.warnings:
        print(f"note    {text}")


def _write(path: Path, answer: Answer) -> None:
    from hyotan.data.longform import write_answer

    written, shape = write_answer(path, answer)
    print(f"{written}  {' × '.join(map(str, shape))}")


def _command() -> str:
    import shlex

    return shlex.join(["hyotan", *sys.argv[1:]])


def _link(path: Path) -> str:
    return Path(path).resolve().as_uri()


class _Say:
    """Print each warning once: training, evaluation and report look at the same rows."""

    def __init__(self) -> None:
        self.said: set[str] = set()

    def __call__(self, message: Warning | str, *_: Any, **__: Any) -> None:
        if str(message) not in self.said:
            self.said.add(str(message))
            print(f"warning: {message}", file=sys.stderr)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every refusal is one line on stderr, never a traceback."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", HyotanWarning)
        warnings.showwarning = _Say()
        try:
            code = app(arguments, standalone_mode=False) or 0
        except KeyboardInterrupt:
            code = _refuse("interrupted", 1)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        except HyotanError as err:
            code = _refuse(str(err), 2 if isinstance(err, ParameterError) else 1)
        except Exception as err:
            if os.environ.get("HYOTAN_DEBUG"):
                raise
            if hasattr(err, "format_message"):  # the command line itself was wrong
                code = _refuse(f"{err.format_message()} · what to do: hyotan --help", 2)
            else:
                text = " ".join(str(err).split())[:300]
                code = _refuse(f"{type(err).__name__}: {text} · what to do: HYOTAN_DEBUG=1 shows where", 1)
    sys.exit(code)


def _refuse(text: str, code: int) -> int:
    print(f"error: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
