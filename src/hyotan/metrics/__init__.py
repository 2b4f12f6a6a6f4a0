"""Metrics: how well a model does on given rows, each number next to a simple baseline, gathered in one record."""

from hyotan.core.part import discover
from hyotan.metrics._base import Key, metric, registered
from hyotan.metrics._shown import KeyNumber, end_of_fit, key_numbers
from hyotan.metrics.record import Record
from hyotan.metrics.view import View

discover(__name__, __path__)

from hyotan.metrics._evaluate import evaluate  # noqa: E402  (runs the metrics that were just registered)

__all__ = [
    "Key",
    "KeyNumber",
    "Record",
    "View",
    "end_of_fit",
    "evaluate",
    "key_numbers",
    "metric",
    "registered",
]
