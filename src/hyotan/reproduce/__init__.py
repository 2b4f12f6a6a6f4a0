"""Reproduce: rerun published experiments and compare the results with the published figures.

Each experiment is one short file of this package that uses only hyotan's public API, so it can be read as an example.
:func:`run` runs the experiments. Each one gets a ``Bench`` (``_bench``), which collects its results; ``_keras`` has
the same models in plain Keras.

Keras is imported only by :func:`run`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from hyotan.core.errors import ParameterError, shown, unknown_name
from hyotan.reproduce import _apart

__all__ = ["names", "run"]

_TITLES = {
    "dense-ae": "The plainest autoencoder, 784 → 32 → 784",
    "sparse-ae": "A sparse code: the same with an L1 penalty",
    "dense-vae": "A variational autoencoder with a waist of two",
    "lstm-ae": "LSTM features of two sines, and what they are worth",
    "gru-vae": "A variational autoencoder for sequences",
    "keras-blog": "The family of “Building Autoencoders in Keras”",
}
# The longest begin first, so that no processor waits for the last one.
_LONGEST_FIRST = ("dense-ae", "keras-blog", "dense-vae", "lstm-ae", "gru-vae", "sparse-ae")


def names() -> dict[str, str]:
    """Return the titles of all experiments by name, in the order in which they run.

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
    jobs: int = 1,
    say: Callable[[str], None] | None = None,
) -> Path:
    """Run experiments and write their results.

    Each experiment gets a folder ``out/NAME`` with ``index.html`` (a self-contained page), ``table.csv`` (the figures:
    published, plain Keras, hyotan, seconds, bar), ``result.json`` (figures, versions, machine, seed, date),
    ``pictures/``, and further files of the experiment. A bar is the target that a figure has to meet.
    ``out/index.html`` lists all experiments in ``out``.

    Parameters
    ----------
    names : iterable of str
        Names of the experiments; all experiments if empty.
    out : path
        Folder for the results. Earlier results of other experiments in it are kept.
    quick : bool
        Use a small part of the data and few epochs, to check that everything works. The figures of a quick run are not
        compared with the bars.
    keras : bool
        Also train the same models in plain Keras, for comparison.
    seed : int
        Seed of the initial weights, the order of the rows and the noise.
    jobs : int
        How many experiments run at a time; -1 for one on each processor. With more than one, each runs in a process of
        its own on its share of the processors, and a script that calls this needs ``if __name__ == "__main__":``.
        The figures are the same up to rounding; the seconds of a fit are those of fewer processors.
    say : callable, optional
        Called with a line of text for each step, to show progress.

    Returns
    -------
    Path
        ``out/index.html``.

    Raises
    ------
    ParameterError
        If a name is not the name of an experiment, or ``jobs`` is neither a positive number nor -1.
    ArtifactError
        If the folder cannot be written to.
    """
    chosen = list(dict.fromkeys(names)) or list(_TITLES)
    for name in chosen:
        if name not in _TITLES:
            raise unknown_name("experiment", name, _TITLES)
    if isinstance(jobs, bool) or not isinstance(jobs, int) or (jobs < 1 and jobs != -1):
        raise ParameterError("jobs is out of range", expected="a whole number >= 1, or -1", received=shown(jobs))
    from hyotan.core import files
    from hyotan.core.compilation_cache import processors

    out = Path(out)
    files.check_writable(out / "index.html")
    jobs = min(processors() if jobs == -1 else jobs, len(chosen))
    given = {"quick": quick, "keras": keras, "seed": seed, "say": say, "at_a_time": jobs}
    if jobs == 1:
        finished: Iterator[str] = (_one(name, out, given) for name in chosen)
    else:
        finished = _apart.run(_one, sorted(chosen, key=_LONGEST_FIRST.index), out, given, jobs)
    for _ in finished:
        from hyotan.reproduce import _page  # it imports Keras

        _page.write_index(out, _TITLES)
    return out / "index.html"


def _one(name: str, out: Path, given: dict[str, Any]) -> str:
    """Run one experiment, write its folder and return its name."""
    # Imported here because they import Keras.
    from hyotan.reproduce import _page
    from hyotan.reproduce._bench import Bench

    experiment = importlib.import_module(f"hyotan.reproduce.{name.replace('-', '_')}")
    bench = Bench(name, _TITLES[name], experiment.__doc__ or "", card=experiment.CARD, **given)
    experiment.run(bench)
    _page.write_all(bench, out / name)
    return name
