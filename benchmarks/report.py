"""What was measured, as a table for the terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from rich.table import Table

from workers import OURS, Epoch, Introduction

BARS = {
    ("ae", "keras"): 1 / 1.05,  # hyotan may take five per cent longer than the same model in plain Keras
    ("vae", "keras"): 1 / 1.05,
    ("ae", "torch"): 1.0,
    ("vae", "torch"): 1.5,
    ("ae", "pythae"): 2.0,
    ("vae", "pythae"): 3.5,
}
"""The least ratio of a library's time to hyotan's, by model and library."""

FULL_ROWS = 60_000

COLUMNS = ("Model", "Library", "s/epoch", "min–max", "÷ hyotan", "Bar", "", "Loss", "Peak MiB", "Threads", "Versions")


@dataclass
class Series:
    """The epochs of one library with one model.

    Parameters
    ----------
    model, library : str
        What was trained, and with what.
    introduction : Introduction
        What the worker said about itself.
    warm_up : Epoch
        Its first epoch, which includes compilation and is not among the times.
    """

    model: str
    library: str
    introduction: Introduction
    warm_up: Epoch
    epochs: list[Epoch] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    def add(self, epoch: Epoch, others: float) -> None:
        """Take in one more epoch, and the share of the machine that other programs used during it."""
        self.epochs.append(epoch)
        self.others.append(others)

    @property
    def seconds(self) -> list[float]:
        """The times, one per round."""
        return [epoch["seconds"] for epoch in self.epochs]


@dataclass
class Report:
    """One run of the benchmark.

    Parameters
    ----------
    began : str
        When, in UTC.
    machine : dict
        What it ran on.
    rows, rounds : int
        How many images an epoch had, and how many epochs were timed.
    allow_busy : bool
        Whether times were taken without looking at what else the machine was doing.
    series : list of Series
        The times.
    """

    began: str
    machine: dict[str, str | int]
    rows: int
    rounds: int
    allow_busy: bool
    series: list[Series]

    def ratio(self, series: Series) -> float | None:
        """Return the median over the rounds of a library's time divided by hyotan's in the same round."""
        ours = [other for other in self.series if other.model == series.model and other.library == OURS]
        if not ours or series.library == OURS:
            return None
        return median(theirs / own for theirs, own in zip(series.seconds, ours[0].seconds, strict=True))

    def verdict(self, series: Series) -> str:
        """Return whether hyotan meets the bar this library sets; a small or disturbed run decides nothing."""
        ratio = self.ratio(series)
        if ratio is None:
            return ""
        if self.allow_busy or self.rows < FULL_ROWS:
            return "not judged"
        return "met" if ratio >= BARS[series.model, series.library] else "missed"

    def rows_of_text(self) -> list[tuple[str, ...]]:
        """Return the table's cells, in the order of :data:`COLUMNS`."""
        cells: list[tuple[str, ...]] = []
        for series in self.series:
            ratio, threads = self.ratio(series), series.introduction["threads"]
            cells.append(
                (
                    series.model.upper(),
                    series.library,
                    f"{median(series.seconds):.3f}",
                    f"{min(series.seconds):.3f}–{max(series.seconds):.3f}",
                    "" if ratio is None else f"{ratio:.2f}",
                    "" if ratio is None else f"≥ {BARS[series.model, series.library]:.2f}",
                    self.verdict(series),
                    f"{series.epochs[-1]['loss']:.2f}",
                    f"{series.epochs[-1]['peak_mib']:.0f}",
                    "default" if threads is None else str(threads),
                    ", ".join(f"{name} {version}" for name, version in series.introduction["versions"].items()),
                )
            )
        return cells

    def notes(self) -> list[str]:
        """Return the sentences a reader needs beside the table."""
        others = max(share for series in self.series for share in series.others)
        size = f"{self.rows:,} images per epoch, {self.rounds} epochs per library after one to warm up"
        if self.rows < FULL_ROWS:
            size += "; too few for the bars to be judged"
        notes = [
            f"{self.machine['processors']} × {self.machine['processor']}, {self.machine['system']}, {self.began}.",
            f"{size}.",
            "Loss: the last epoch's training loss, summed over pixels and averaged over rows; pythae's AE is trained "
            "on the squared error, for it offers no cross entropy.",
            f"Other programs used at most {others:.0%} of the machine during an epoch.",
        ]
        if self.allow_busy:
            notes.append("--allow-busy: the machine was not checked to be idle; these times are not to be quoted.")
        return notes

    def table(self) -> Table:
        """Return the table for the terminal."""
        table = Table(*COLUMNS, title="One training epoch on MNIST")
        for previous, cells in zip([None, *self.series], self.rows_of_text(), strict=False):
            if previous is not None and previous.model.upper() != cells[0]:
                table.add_section()
            table.add_row(*cells)
        return table

    def markdown(self) -> str:
        """Return the table and its notes as Markdown."""
        lines = [COLUMNS, ("---",) * len(COLUMNS), *self.rows_of_text()]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        return "\n\n".join(["# One training epoch on MNIST", table, *self.notes()]) + "\n"

    def json(self) -> str:
        """Return everything that was measured, with the ratios and the bars."""
        judged = [
            {
                "model": s.model,
                "library": s.library,
                "ratio": self.ratio(s),
                "bar": BARS[s.model, s.library],
                "verdict": self.verdict(s),
            }
            for s in self.series
            if self.ratio(s) is not None
        ]
        return json.dumps({**asdict(self), "ratios": judged}, indent=2) + "\n"


def write(report: Report, path: Path) -> None:
    """Write the report as JSON and as Markdown, side by side."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(report.json())
    path.with_suffix(".md").write_text(report.markdown())
