"""``hyotan sample``: new rows drawn from the prior."""

from typing import Annotated

import typer

from hyotan.cli import options as opt
from hyotan.cli.output import write_rows

SHORT_HELP = "Write new rows drawn from the prior."


def sample(
    run: opt.Run,
    out: opt.Out,
    n: Annotated[int, typer.Option("-n", help="How many")] = 16,
    temperature: Annotated[
        float, typer.Option(help="Codes are drawn from N(0, T² I); below 1 rows are more typical, and less diverse")
    ] = 1.0,
    seed: opt.Seed = 0,
    noise: Annotated[bool, typer.Option("--noise", help="Draw from p(x|z) instead of giving its mean")] = False,
    as_json: opt.Json = False,
) -> None:
    """Write new rows drawn from the prior, in the data's own units."""
    from hyotan.runs.answers import samples
    from hyotan.runs.open import model_of

    write_rows(out, lambda: samples(model_of(run), n, seed, noise, temperature), as_json)
