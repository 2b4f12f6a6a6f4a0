"""What was measured, as a table for the terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from rich.table import Table

from workers import OURS, Epoch, Introduction
from workloads import WORKLOADS

_TORCH = {"ae": 1.4, "vae": 2.0, "gru": 2.5, "lstm": 1.5}
_KERAS = {"ae": 1.25, "vae": 1.25, "gru": 1.6, "lstm": 2.0}

BARS = {
    # Whichever of the two is faster sets the bar; so hyotan has to clear it with both.
    **{(model, library): bar for model, bar in _TORCH.items() for library in ("torch", "torch-compile")},
    **{(model, "keras"): bar for model, bar in _KERAS.items()},
    ("ae", "pythae"): 2.0,
    ("vae", "pythae"): 3.5,
}
"""The least ratio of a library's time to hyotan's, by model and library."""

FRACTIONS = {"ae": 0.35, "vae": 0.65}
"""The least share of the matrix-product limit that hyotan's arithmetic reaches, by model."""

COLUMNS = (
    "Workload",
    "Library",
    "s/epoch",
    "min–max",
    "÷ hyotan",
    "Bar",
    "",
    "Warm-up s",
    "Peak MiB",
    "Loss",
    "Threads",
    "Versions",
)
LIMIT_COLUMNS = (
    "Workload",
    "GFLOP an epoch",
    "hyotan GFLOP/s",
    "Limit GFLOP/s",
    "Share",
    "Bar",
    "",
    "Own product GFLOP/s",
    "GB an epoch, at least",
    "Copy GB/s",
    "Share of the copy",
)
TITLE, LIMIT_TITLE = "One training epoch", "The machine's limits, and what hyotan reaches of them"


@dataclass
class Series:
    """The epochs of one worker with one model.

    Parameters
    ----------
    model, library : str
        What was trained, and with what.
    rows, whole : int
        How many rows it trained on, and how many an epoch has; times and operations are given for the latter.
    introduction : Introduction
        What the worker said about itself.
    warm_up : Epoch
        Its first epoch, which includes compilation and is not among the times.
    """

    model: str
    library: str
    rows: int
    whole: int
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
        """The times, one per round; of a library that was given only a part of the rows, scaled up."""
        return [epoch["seconds"] * self.whole / self.rows for epoch in self.epochs]

    def largest(self, what: str) -> list[float]:
        """Return, per round, the largest of the measurements whose names begin so."""
        return [max(v for name, v in epoch["measured"].items() if name.startswith(what)) for epoch in self.epochs]


@dataclass
class Failure:
    """A library that could not be run with a model, and the last thing it said."""

    model: str
    library: str
    reason: str


@dataclass
class Report:
    """One run of the benchmark.

    Parameters
    ----------
    began : str
        When, in UTC.
    machine : dict
        What it ran on.
    quick : bool
        Whether it was only tried out, on a few rows.
    rounds : int
        How many epochs were timed.
    allow_busy : bool
        Whether times were taken without looking at what else the machine was doing.
    series, limits : list of Series
        The times of the libraries, and what was measured of the machine.
    failures : list of Failure
        Who could not be run.
    """

    began: str
    machine: dict[str, str | int]
    quick: bool
    rounds: int
    allow_busy: bool
    series: list[Series]
    limits: list[Series]
    failures: list[Failure]

    def ours(self, model: str) -> Series | None:
        """Return hyotan's own times with a model."""
        return next((series for series in self.series if (series.model, series.library) == (model, OURS)), None)

    def ratio(self, series: Series) -> float | None:
        """Return the median over the rounds of a library's time divided by hyotan's in the same round."""
        ours = self.ours(series.model)
        if ours is None or series.library == OURS:
            return None
        return median(theirs / own for theirs, own in zip(series.seconds, ours.seconds, strict=True))

    def judged(self, value: float | None, bar: float | None) -> str:
        """Return whether a bar is met; a small or disturbed run decides nothing."""
        if value is None or bar is None:
            return ""
        if self.allow_busy or self.quick:
            return "not judged"
        return "met" if value >= bar else "missed"

    def verdict(self, series: Series) -> str:
        """Return whether hyotan meets the bar this library sets."""
        return self.judged(self.ratio(series), BARS.get((series.model, series.library)))

    def limit(self, model: str, what: str) -> list[float]:
        """Return the machine's limit in each round: the best that any library reached there."""
        measured = [series.largest(what) for series in self.limits if series.model == model]
        return [max(round_) for round_ in zip(*measured, strict=True)]

    def fractions(self) -> dict[str, dict[str, float]]:
        """Return what each model asks of the machine, what hyotan reached, and the medians of the rounds' shares."""
        found = {}
        for model in dict.fromkeys(series.model for series in self.limits):
            ours, workload = self.ours(model), WORKLOADS[model]
            if ours is None:
                continue
            operations, traffic = workload.operations(ours.whole) / 1e9, workload.traffic(ours.whole) / 1e9
            product, copy = self.limit(model, "product"), self.limit(model, "copy")
            found[model] = {
                "gflop": operations,
                "gflops": operations / median(ours.seconds),
                "limit": median(product),
                "share": median(operations / s / most for s, most in zip(ours.seconds, product, strict=True)),
                "own": median(self.limit(model, "own product")),
                "gb": traffic,
                "copy": median(copy),
                "copy_share": median(traffic / s / most for s, most in zip(ours.seconds, copy, strict=True)),
            }
        return found

    def rows_of_text(self) -> list[tuple[str, ...]]:
        """Return the table's cells, in the order of :data:`COLUMNS`."""
        cells: list[tuple[str, ...]] = []
        for model in dict.fromkeys(each.model for each in [*self.series, *self.failures]):
            cells += [self._cells(series) for series in self.series if series.model == model]
            for failure in self.failures:
                if failure.model == model:
                    title, nothing = WORKLOADS[model].title, [""] * (len(COLUMNS) - 3)
                    cells.append((title, failure.library, *nothing, f"could not be run: {failure.reason}"))
        return cells

    def _cells(self, series: Series) -> tuple[str, ...]:
        ratio, bar, threads = (
            self.ratio(series),
            BARS.get((series.model, series.library)),
            series.introduction["threads"],
        )
        loss, parameters = series.epochs[-1]["loss"], series.introduction["parameters"]
        versions = ", ".join(f"{name} {version}" for name, version in series.introduction["versions"].items())
        if series.rows < series.whole:
            versions += f"; extrapolated from {series.rows:,} of {series.whole:,} rows"
        if parameters != WORKLOADS[series.model].parameters:
            versions += f"; another model, of {parameters:,} parameters"
        return (
            WORKLOADS[series.model].title,
            series.library,
            f"{median(series.seconds):.3f}",
            f"{min(series.seconds):.3f}–{max(series.seconds):.3f}",
            "" if ratio is None else f"{ratio:.2f}",
            "" if ratio is None or bar is None else f"≥ {bar:.2f}",
            self.verdict(series),
            f"{series.warm_up['seconds']:.1f}",
            f"{series.epochs[-1]['peak_mib']:.0f}",
            "–" if loss is None else f"{loss:.3f}",
            "default" if threads is None else str(threads),
            versions,
        )

    def limits_of_text(self) -> list[tuple[str, ...]]:
        """Return the cells of the table of limits, in the order of :data:`LIMIT_COLUMNS`."""
        cells = []
        for model, found in self.fractions().items():
            bar = FRACTIONS.get(model)
            cells.append(
                (
                    WORKLOADS[model].title,
                    f"{found['gflop']:.1f}",
                    f"{found['gflops']:.1f}",
                    f"{found['limit']:.1f}",
                    f"{found['share']:.0%}",
                    "" if bar is None else f"≥ {bar:.0%}",
                    self.judged(found["share"], bar),
                    f"{found['own']:.1f}",
                    f"{found['gb']:.2f}",
                    f"{found['copy']:.1f}",
                    f"{found['copy_share']:.0%}",
                )
            )
        return cells

    def missed(self) -> bool:
        """Return whether any bar was missed."""
        verdicts = [self.verdict(series) for series in self.series]
        verdicts += [self.judged(found["share"], FRACTIONS.get(model)) for model, found in self.fractions().items()]
        return "missed" in verdicts

    def notes(self) -> list[str]:
        """Return the sentences a reader needs beside the tables."""
        others = max((share for series in [*self.series, *self.limits] for share in series.others), default=0.0)
        rows = ", ".join(f"{s.model} {s.whole:,}" for s in self.series if s.library == self.series[0].library)
        notes = [
            f"{self.machine['processors']} × {self.machine['processor']}, {self.machine['system']}, {self.began}.",
            f"Rows an epoch: {rows}; {self.rounds} epochs per library after one to warm up.",
            "Loss: the last epoch's training loss, summed over the cells of a row and averaged over rows. Initial "
            "weights are each library's own. What a library trains otherwise is in benchmarks/README.md.",
        ]
        if self.limits:
            notes.append(
                "Limit: the best float32 product of two 2048 × 2048 matrices by "
                f"{self._names('product')}; own product: the model's largest one, batch after batch; copy: bytes read "
                "and written. Medians over the rounds; a share is formed within each round."
            )
        if self.quick:
            notes.append("--quick: too few rows for the bars to be judged.")
        if self.allow_busy:
            notes.append("--allow-busy: the machine was not checked to be idle; these times are not to be quoted.")
        notes.append(f"Other programs used at most {others:.0%} of the machine during an epoch.")
        return notes

    def _names(self, what: str) -> str:
        names = {key.partition(" · ")[2] for s in self.limits for key in s.warm_up["measured"] if key.startswith(what)}
        return ", ".join(sorted(names))

    def _tables(self) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
        tables = [(TITLE, COLUMNS, self.rows_of_text()), (LIMIT_TITLE, LIMIT_COLUMNS, self.limits_of_text())]
        return [table for table in tables if table[2]]

    def tables(self) -> list[Table]:
        """Return the tables for the terminal."""
        tables = []
        for title, columns, rows in self._tables():
            table = Table(*columns, title=title)
            for previous, cells in zip([None, *rows], rows, strict=False):
                if previous is not None and previous[0] != cells[0]:
                    table.add_section()
                table.add_row(*cells)
            tables.append(table)
        return tables

    def markdown(self) -> str:
        """Return the tables and their notes as Markdown."""
        parts = []
        for title, columns, rows in self._tables():
            lines = [columns, ("---",) * len(columns), *rows]
            parts += [f"# {title}", "\n".join(f"| {' | '.join(map(_cell, cells))} |" for cells in lines)]
        return "\n\n".join([*parts, *self.notes()]) + "\n"

    def json(self) -> str:
        """Return everything that was measured, with the ratios, the shares and the bars."""
        ratios = [
            {
                "model": s.model,
                "library": s.library,
                "ratio": self.ratio(s),
                "bar": BARS.get((s.model, s.library)),
                "verdict": self.verdict(s),
            }
            for s in self.series
            if self.ratio(s) is not None
        ]
        fractions = {
            model: {
                **found,
                "bar": FRACTIONS.get(model),
                "verdict": self.judged(found["share"], FRACTIONS.get(model)),
            }
            for model, found in self.fractions().items()
        }
        return json.dumps({**asdict(self), "ratios": ratios, "fractions": fractions}, indent=2) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def write(report: Report, path: Path) -> None:
    """Write the report as JSON and as Markdown, side by side."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".json").write_text(report.json())
    path.with_suffix(".md").write_text(report.markdown())
