"""``hyotan reproduce``: run published experiments again."""

import json
from pathlib import Path
from typing import Annotated

import typer

from hyotan.cli import completion
from hyotan.cli import options as opt
from hyotan.cli.output import json_output, link

SHORT_HELP = "Run published experiments again."


def reproduce(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Experiments; without any they are listed", autocompletion=completion.experiments),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="All of them")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A part of the data, few epochs: does it work here?")] = False,
    keras: Annotated[bool, typer.Option("--keras", help="Train the same models in plain Keras, too")] = False,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the pages")] = Path("reproductions"),
    seed: opt.Seed = 0,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Experiments at a time; -1: one on each processor")] = -1,
    as_json: opt.Json = False,
) -> None:
    """Run published experiments again, and compare the results with the published ones."""
    from hyotan.reproduce import names as titles
    from hyotan.reproduce import run

    chosen = list(titles() if all else names or ())
    with json_output(as_json) as answer:
        if not chosen:
            answer["experiments"] = titles()
            for name, title in titles().items():
                print(f"{name:14s}{title}")
            return
        page = run(chosen, out=out, quick=quick, keras=keras, seed=seed, jobs=jobs, say=print)
        results = {name: out / name / "result.json" for name in chosen}
        answer |= {"report": str(page), "experiments": {n: json.loads(p.read_text()) for n, p in results.items()}}
        print(f"report  {link(page)}")
