"""Metrics: what a model does with given rows, every score beside its cheap baseline, as one record."""

from hyotan.metrics import _base
from hyotan.metrics._base import Record, View, metric, registered

_base.discover(__name__, __path__)

from hyotan.metrics._evaluate import evaluate  # noqa: E402  (it runs what has just been registered)

__all__ = ["Record", "View", "evaluate", "metric", "registered"]
