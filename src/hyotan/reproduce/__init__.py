"""Reproduce: published experiments, run again, with the published figure beside ours.

Each experiment is one file of this package, written on hyotan's public API alone, and short enough to be read as an
example. :func:`run` runs them; ``_bench`` is what each is handed, ``_keras`` holds the same models in plain Keras.

Nothing heavy is imported before :func:`run`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from pathlib import Path

from hyotan.core.errors import unknown_name

__all__ = ["names", "run"]

_TITLES = {
    "dense-ae": "The plainest autoencoder, 784 → 32 → 784",
    "sparse-ae": "A sparse code: the same with an L1 penalty",
    "dense-vae": "A variational autoencoder with a waist of two",
    "lstm-ae": "LSTM features of two sines, and what they are worth",
    "gru-vae": "A variational autoencoder for sequences",
    "keras-blog": "The family of “Building Autoencoders in Keras”",
}


def names() -> dict[str, str]:
    """Return the title of every experiment by its name, in the order they are run.

    Examples
    --------
    >>> list(names())
    ['dense-ae', 'sparse-ae', 'dense-vae', 'lstm-ae', 'gru-vae', 'keras-blog']
    """
    return dict(_TITLES)


def run(
    names: Iterable[str] = (),
    *,
    out: str | Path,
    quick: bool = False,
    keras: bool = False,
    seed: int = 0,
    say: Callable[[str], None] | None = None,
) -> Path:
    """Run experiments and write what they found.

    For each one a folder ``out/NAME``: ``index.html`` (one page with everything in it), ``table.csv`` (what,
    published, plain Keras, hyotan, seconds, bar), ``result.json`` (the figures, versions, machine, seed, date),
    ``pictures/`` and whatever else the experiment keeps. ``out/index.html`` lists all that are there.

    Parameters
    ----------
    names : iterable of str
        Which ones; none stands for all.
    out : path
        The folder. Earlier results of other experiments in it stay.
    quick : bool
        A small part of the data and few epochs: does everything work here? Such figures are not held against a bar.
    keras : bool
        Train the same models in plain Keras too, for the column beside ours.
    seed : int
        Of initial weights, order of rows and noise.
    say : callable, optional
        Is given a line of text for each thing that is done.

    Returns
    -------
    Path
        ``out/index.html``.

    Raises
    ------
    ParameterError
        If there is no experiment of a name.
    ArtifactError
        If the folder cannot be written to.
    """
    chosen = list(dict.fromkeys(names)) or list(_TITLES)
    for name in chosen:
        if name not in _TITLES:
            raise unknown_name("experiment", name, _TITLES)
    # They bring Keras along.
    from hyotan.core import files
    from hyotan.reproduce import _page
    from hyotan.reproduce._bench import Bench

    out = Path(out)
    files.check_writable(out / "index.html")
    for name in chosen:
        experiment = importlib.import_module(f"hyotan.reproduce.{name.replace('-', '_')}")
        bench = Bench(name, _TITLES[name], experiment.__doc__ or "", quick=quick, keras=keras, seed=seed, say=say)
        experiment.run(bench)
        _page.write_all(bench, out / name)
        _page.write_index(out, _TITLES)
    return out / "index.html"
