"""``hyotan demo``: a complete example, from training to a report."""

from pathlib import Path
from typing import Annotated

import typer

from hyotan.cli.commands.fit import fit_and_report
from hyotan.cli.options import Json, Seed
from hyotan.cli.parsing import ModelOptions, build_model

SHORT_HELP = "Train a VAE on digits and report on it."


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Run folder; what is there is replaced")] = Path("demo"),
    epochs: Annotated[int, typer.Option(help="Passes over the training rows")] = 100,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Train a VAE on scikit-learn's digits, write its report and print the path."""
    from hyotan.data import load
    from hyotan.runs.config import RunConfig

    source = load("digits")
    model = build_model(ModelOptions("vae", latent_dim=2, epochs=epochs), source, random_state=seed)
    start = RunConfig.of("digits", {}, test_fraction=0.2)
    fit_and_report(model, source, out, start, f"hyotan demo -o {out}", as_json=as_json)
