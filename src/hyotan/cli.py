"""The command line: verbs only. What they do is done by the rooms below.

Exit codes: 0 done, 1 failed, 2 wrong use. Nothing heavy is imported before a verb needs it.
"""

from __future__ import annotations

import inspect
import json
import os
import shlex
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hyotan import completion
from hyotan.core.errors import HyotanError, HyotanWarning, ParameterError
from hyotan.options import KINDS, Data, Drop, Json, Out, OwnData, Page, Part, Run, Seed, TestFraction, makes, reads
from hyotan.recipes import RECIPES
from hyotan.summary import answering, link, of_record
from hyotan.verbs import fit_and_tell, go_on, made, sweep_and_tell, write
from hyotan.words import recipe_named, seeds_from, split, values_over

if TYPE_CHECKING:
    from hyotan.data import Source

app = typer.Typer(
    help="The autoencoder toolkit: fit, look inside, score, sample, keep.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
    show: completion.Show = None,
    install: completion.Install = None,
) -> None:
    if version:
        from hyotan import __version__

        print(f"hyotan {__version__}")
        raise typer.Exit


@app.command(short_help="Train a VAE on digits and report on it.")
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Run folder; what is there is replaced")] = Path("demo"),
    epochs: Annotated[int, typer.Option(help="Passes over the training rows")] = 100,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Train a VAE on scikit-learn's digits, write its report and name it."""
    from hyotan.runs.config import Start

    source = _load("digits")
    model = recipe_named("vae", {"latent_dim": 2, "epochs": epochs, "random_state": seed})
    start = Start.of("digits", {}, test_fraction=0.2)
    fit_and_tell(model, source, out, start, f"hyotan demo -o {out}", as_json=as_json)


@app.command(short_help="Fit a model and write a run folder.")
@makes
@reads
def fit(
    context: typer.Context,
    data: Annotated[str | None, typer.Argument(help=KINDS, autocompletion=completion.data)] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Run folder [runs/DATA-RECIPE]")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the run of this folder, to --epochs in all")] = None,
    of: Any = None,
    seed: Seed = 0,
    test_fraction: TestFraction = 0.1,
    how: Any = None,
    drop: Drop = None,
    checkpoint: Annotated[bool, typer.Option("--checkpoint", help="Keep the model after every epoch")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run that is there")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the path of the report only")] = False,
    as_json: Json = False,
) -> None:
    """Fit a model; write model.hyotan, record.json, history.csv and report.html to a run folder.

    Ctrl-C stops after the epoch that runs and keeps what was learned; --resume goes on from there.
    """
    if resume is not None:
        go_on(context, resume, data, of["epochs"], checkpoint, of["settings"] or [], _command(), quiet, as_json)
        return
    if data is None:
        raise ParameterError("Missing argument 'DATA'", expected=KINDS, received="nothing", do="hyotan fit --help")
    options = {**how, "drop": split(drop)}
    source = _load(data, **options)
    out = out or Path("runs") / f"{source.name}-{of['recipe']}"
    if (out / "model.hyotan").exists() and not overwrite:
        raise ParameterError(
            f"{out} holds a run already",
            expected="a new folder",
            do="choose another with -o, or pass --overwrite, or go on with it: --resume",
        )
    model = made(of, source, random_state=seed, verbose=0 if quiet else 1)
    from hyotan.runs.config import Start

    start = Start.of(data, options, test_fraction=test_fraction, checkpoint=checkpoint)
    fit_and_tell(model, source, out, start, _command(), quiet=quiet, as_json=as_json)


@app.command(short_help="Fit many variants of a model and compare them.")
@makes
@reads
def sweep(
    data: Data,
    over: Annotated[
        list[str] | None,
        typer.Option(help="Values of a parameter: --over learning_rate=1e-3,3e-3 (64,32/128,64 for tuples)"),
    ] = None,
    seeds: Annotated[str, typer.Option(help="How many seeds, from 0; or which: 3,5,8")] = "1",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the runs [runs/DATA-RECIPE-sweep]")] = None,
    of: Any = None,
    test_fraction: TestFraction = 0.1,
    how: Any = None,
    drop: Drop = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a sweep that is there")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the folder of the best run only")] = False,
    as_json: Json = False,
) -> None:
    """Fit a model for every combination of --over values and seeds; write sweep.csv, sweep.json and a run for each.

    Models of one shape are trained by one compiled program. The best has the highest score on the rows held out.
    Reports are made when asked for: hyotan report RUN.
    """
    options = {**how, "drop": split(drop)}
    source = _load(data, **options)
    out = out or Path("runs") / f"{source.name}-{of['recipe']}-sweep"
    model = made(of, source, verbose=0 if quiet else 1)
    from hyotan.runs.config import Start

    start = Start.of(data, options, test_fraction=test_fraction)
    swept: dict[str, Any] = {"over": values_over(over or []), "seeds": seeds_from(seeds), "overwrite": overwrite}
    sweep_and_tell(model, source, out, start, _command(), **swept, quiet=quiet, as_json=as_json)


@app.command(short_help="Write the code of each row.")
@reads
def encode(
    run: Run,
    data: Data,
    out: Out,
    how: Any,
    part: Part = "train",
    as_json: Json = False,
) -> None:
    """Write the code of each row, and of each window the times of its ends."""
    from hyotan.runs.answers import codes
    from hyotan.runs.open import ask

    write(out, codes(ask(run, data, part, **how)), as_json)


@app.command(short_help="Write each row decoded from its code.")
@reads
def reconstruct(
    run: Run,
    data: Data,
    out: Out,
    how: Any,
    part: Part = "train",
    as_json: Json = False,
) -> None:
    """Write each row decoded from its code, in the data's own units; missing cells are filled in.

    Of windows, at each time the mean of those that cover it, and the forecasts of a net with future as columns
    forecast_CHANNEL beside what its encoder saw; of other series, a row a step.
    """
    from hyotan.runs.answers import reconstruction
    from hyotan.runs.open import ask

    write(out, reconstruction(ask(run, data, part, **how)), as_json)


@app.command(short_help="Write the score of each row in nats.")
@reads
def score(
    run: Run,
    data: Data,
    out: Out,
    how: Any,
    part: Part = "train",
    as_json: Json = False,
) -> None:
    """Write the score of each row in nats (higher is more normal) and its reconstruction error.

    Of windows, at each time, the mean over those that cover it. The score of a window is a sum over its known cells,
    so compare scores with the same share of them only: the column known. A time of which nothing is known has none.
    With future, the error is of the steps the encoder saw.
    """
    from hyotan.runs.answers import scores
    from hyotan.runs.open import ask

    write(out, scores(ask(run, data, part, **how)), as_json)


@app.command(short_help="Write new rows drawn from the prior.")
def sample(
    run: Run,
    out: Out,
    n: Annotated[int, typer.Option("-n", help="How many")] = 16,
    seed: Seed = 0,
    noise: Annotated[bool, typer.Option("--noise", help="Draw from p(x|z) instead of giving its mean")] = False,
    as_json: Json = False,
) -> None:
    """Write new rows drawn from the prior, in the data's own units."""
    from hyotan.runs.answers import samples
    from hyotan.runs.open import model_of

    write(out, samples(model_of(run), n, seed, noise), as_json)


@app.command(short_help="Write a map of the codes that decodes.")
@reads
def explore(
    run: Run,
    data: OwnData = None,
    out: Page = None,
    layout: Annotated[str | None, typer.Option(help="A plane beside the code's own: tsne")] = None,
    how: Any = None,
    part: Part = "test",
    as_json: Json = False,
) -> None:
    """Write a map of the codes that decodes under the pointer, one HTML file [RUN/explorer.html].

    Without DATA it shows what the run was evaluated on.
    """
    from hyotan.explorer import explore as write_explorer
    from hyotan.runs.open import ask, folder_of

    page = out or folder_of(run) / "explorer.html"
    with answering(as_json) as answer:
        asked = ask(run, data, part, **how)
        write_explorer(asked.model, asked.X, asked.y, out=page, layout=layout, rows=asked.rows, command=_command())
        answer |= {"explorer": str(page), "rows": len(asked.X), "bytes": page.stat().st_size}
        print(f"explorer  {link(page)}")


@app.command(short_help="Write a run's report, or compare runs.")
@reads
def report(
    runs: Annotated[list[str], typer.Argument(help="A run, and maybe rows to evaluate; or several runs to compare")],
    out: Page = None,
    explorer: Annotated[bool, typer.Option("--explorer", help="Put the explorer into the page")] = False,
    how: Any = None,
    part: Part = "test",
    as_json: Json = False,
) -> None:
    """Write the report of a run [RUN/report.html], of its model on other data, or of several runs beside each other.

    What is no run folder and no .hyotan file is data: hyotan report RUN DATA.
    """
    from hyotan.metrics import evaluate
    from hyotan.report import compare
    from hyotan.report import report as write_report
    from hyotan.runs.open import ask, folder_of, record_of, records_of, sorted_out

    chosen, data = sorted_out(runs)
    run, command = chosen[0], _command()
    with answering(as_json) as answer:
        if len(chosen) > 1:
            if explorer:
                raise ParameterError("--explorer shows one run", expected="one RUN", received=", ".join(runs))
            records = records_of(chosen)
            page = compare(records, out=out or "comparison.html", command=command)
            answer["runs"] = {name: of_record(record) for name, record in records.items()}
        else:
            where = out or folder_of(run) / "report.html"
            if explorer:
                asked = ask(run, data, part, **how)
                given = {"reference": asked.reference, "command": command, "explorer": True}
                page = write_report(asked.model, asked.X, asked.y, out=where, **given)
            else:
                if data is None:
                    record = record_of(run)
                else:
                    asked = ask(run, data, part, **how)
                    record = evaluate(asked.model, asked.X, asked.y, command=command)
                page = write_report(record, out=where)
                answer |= of_record(record)
        answer["report"] = str(page)
        print(f"report  {link(page)}")


@app.command(short_help="Run published experiments again.")
def reproduce(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Experiments; without any they are listed", autocompletion=completion.experiments),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="All of them")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A part of the data, few epochs: does it work here?")] = False,
    keras: Annotated[bool, typer.Option("--keras", help="Train the same models in plain Keras, too")] = False,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the pages")] = Path("reproductions"),
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Run published experiments again, and set their figures beside the published ones."""
    from hyotan.reproduce import names as known
    from hyotan.reproduce import run

    chosen = list(known() if all else names or ())
    with answering(as_json) as answer:
        if not chosen:
            answer["experiments"] = known()
            for name, title in known().items():
                print(f"{name:14s}{title}")
            return
        page = run(chosen, out=out, quick=quick, keras=keras, seed=seed, say=print)
        results = {name: out / name / "result.json" for name in chosen}
        answer |= {"report": str(page), "experiments": {n: json.loads(p.read_text()) for n, p in results.items()}}
        print(f"report  {link(page)}")


@app.command(short_help="List the recipes.")
def recipes() -> None:
    """List the recipes and their parameters."""
    for name, recipe in RECIPES.items():
        parameters = [p for p in inspect.signature(recipe).parameters.values() if p.kind != p.VAR_KEYWORD]
        print(f"{name:14s}{(recipe.__doc__ or '').splitlines()[0]}")
        print(f"{'':14s}{', '.join(f'{p.name}={p.default}' for p in parameters)}, …\n")
    print("and any parameter of hyotan.Autoencoder, as --set NAME=VALUE")


def _load(data: str, **options: Any) -> Source:
    from hyotan.data import load

    return load(data, **options)


def _command() -> str:
    return shlex.join(["hyotan", *sys.argv[1:]])


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
        completion.prepare()
        try:
            code = app(arguments, standalone_mode=False) or 0
            if code == 130:  # what Typer makes of it
                raise KeyboardInterrupt
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
