"""Plots: functions that draw a record.

Call a plot as ``hyotan.plots.<name>(record)``. Pass ``figure=`` to draw into your own figure or subfigure, or ``ax=``
to draw a plot with a single panel into your own axes. ``cmap=`` is another colour map of Matplotlib, or its name, for
the plots that have one: of grey values, of tables, and of points with labels. :func:`registered` lists all plots. To
add a plot, write one function with the decorator :func:`plot` in a file of this package.
:mod:`hyotan.plots.comparison` compares several records.

Examples
--------
>>> import numpy as np
>>> import hyotan as hy
>>> X = np.random.default_rng(0).normal(size=(60, 5))
>>> record = hy.evaluate(hy.AE(2, epochs=2, random_state=0, verbose=0).fit(X), X)
>>> figure = hy.plots.latent(record)
>>> figure.savefig("codes.png")  # doctest: +SKIP
>>> [plot.name for plot in hy.plots.registered() if plot.section == "codes" and plot.applies(record)]
['latent', 'units']
"""

from typing import Any

from hyotan.core.part import discover
from hyotan.plots import comparison
from hyotan.plots._animation import turning_gif
from hyotan.plots._base import SECTIONS, Plot, plot, png, registered
from hyotan.plots._interactive import scatter3d

discover(__name__, __path__)

__all__ = ["SECTIONS", "Plot", "comparison", "plot", "png", "registered", "scatter3d", "turning_gif"]


def __getattr__(name: str) -> Any:
    """Return a registered plot by its name."""
    for known in registered():
        if known.name == name:
            return known.draw
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names, including the registered plots."""
    return sorted([*__all__, *(known.name for known in registered())])
