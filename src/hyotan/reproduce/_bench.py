"""The bench of an experiment: it gives settings and data, takes times, and collects figures, plots and texts.

Nothing is written before the experiment has finished, so a failed experiment leaves no partial results.
"""

from __future__ import annotations

import ast
import csv
import io
import operator
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import clone

from hyotan.core.errors import ParameterError, shown, unknown_name
from hyotan.core.numbers import number
from hyotan.data import load
from hyotan.metrics import Record
from hyotan.plots import png, registered

PIXELS = 96  # CSS pixels per inch
SEEDS = 3  # over which a figure's spread is told
Split = tuple[np.ndarray, np.ndarray]
"""Rows and their labels."""

_HOLDS: dict[str, Callable[[float, float], bool]] = {"≤": operator.le, "≥": operator.ge, "=": operator.eq}


@dataclass(frozen=True)
class Row:
    """A line of the table: hyotan's figure, the published one, the one of plain Keras, and a target (``bar``).

    Examples
    --------
    >>> row = Row("sum of errors", 26400.262, published=26329.98, bar="≤ 26,409.00", met=True, form=",.2f")
    >>> row.text("value"), row.text("published"), row.text("keras")
    ('26,400.26', '26,329.98', '–')
    """

    what: str
    value: float | str
    published: float | str | None = None
    keras: float | str | None = None
    seconds: float | None = None
    bar: str = ""
    met: bool | None = None
    form: str = ",.4g"

    def text(self, name: str) -> str:
        """Return one of the figures, formatted."""
        return _text(getattr(self, name), self.form)


def _text(value: float | str | None, form: str) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else format(value, form).replace("-", "−")


@dataclass(frozen=True)
class Article:
    """Where an experiment was published; without a title, only ``where`` is told."""

    title: str
    where: str
    url: str = ""


@dataclass(frozen=True)
class Card:
    """What a page tells before its figures.

    Parameters
    ----------
    articles : tuple of Article
    question : str
        What the experiment is about, in one or two sentences.
    formulas : tuple of str
        The loss, and what stands in it.
    code : str
        The program on hyotan's public API, to copy. The experiment's own model is made by it.
    keras : str
        The model in plain Keras.
    """

    articles: tuple[Article, ...]
    question: str
    formulas: tuple[str, ...]
    code: str
    keras: str


@dataclass(frozen=True)
class Block:
    """A piece of the page; ``kind`` is "heading", "text", "figure", "table" or "turning" (an interactive plot)."""

    kind: str
    title: str = ""
    text: str = ""
    name: str = ""
    alt: str = ""
    mime: str = ""
    data: bytes = b""
    size: tuple[int, int] = (0, 0)
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    figure: Any = None


@dataclass
class Bench:
    """The settings of one experiment and its results.

    Parameters
    ----------
    name, title : str
    about : str
        Description of the published experiment; its first paragraph is not shown on the page.
    quick : bool
        Small data and few epochs; figures are not compared with targets.
    keras : bool
        Whether the models are also trained in plain Keras.
    seed : int
    at_a_time : int
        How many experiments run beside each other.
    say : callable or None
        Called with a line of text for each step.
    card : Card or None
        What the page tells first.

    Examples
    --------
    >>> bench = Bench("dense-ae", "The plainest autoencoder", "", quick=True)
    >>> bench.pick(50, 2)
    2
    >>> bench.row("answer", 41.5, published=42.0, at_most=42.0).met is None  # a quick run is not judged
    True
    """

    name: str
    title: str
    about: str
    quick: bool = False
    keras: bool = False
    seed: int = 0
    at_a_time: int = 1
    say: Callable[[str], None] | None = None
    card: Card | None = None
    rows: list[Row] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self._seconds: dict[int, float] = {}

    # -- size and time ------------------------------------------------------------------------------------------

    def pick(self, full: Any, quick: Any) -> Any:
        """Return ``quick`` in a quick run, else ``full``."""
        return quick if self.quick else full

    def data(self, name: str, *, quick: tuple[int, int] = (2048, 500)) -> tuple[Split, Split]:
        """Return the training and test part of a built-in data set.

        In a quick run, each part has at most the number of rows given by ``quick``, evenly spaced.

        Examples
        --------
        >>> (x, y), (x_test, y_test) = Bench("lstm-ae", "", "", quick=True).data("sines", quick=(60, 20))
        >>> x.shape, y_test.shape
        ((60, 100, 1), (20,))
        """
        source = load(name)
        parts = (source.X, source.y), (source.X_test, source.y_test)
        train, test = (self._few(*part, most) for part, most in zip(parts, quick, strict=True))
        return train, test

    def _few(self, X: Any, y: Any, most: int) -> Split:
        every = max(1, len(X) // most) if self.quick else 1
        rows = slice(0, every * most if self.quick else None, every)
        return X[rows], y[rows]

    def tell(self, text: str) -> None:
        """Report progress as a line of text."""
        if self.say is not None:
            self.say(f"{self.name}: {text}")

    def example(self, *, epochs: int) -> Any:
        """Return the unfitted model that the page's code makes, with this run's seed and, if quick, as few epochs.

        Parameters
        ----------
        epochs : int
            Epochs in a quick run.

        Examples
        --------
        >>> card = Card((), "", (), "import hyotan as hy; model = hy.AE(2, epochs=50); model.fit(gone)", "")
        >>> model = Bench("dense-ae", "", "", quick=True, seed=3, card=card).example(epochs=1)
        >>> model.epochs, model.random_state
        (1, 3)
        """
        assert self.card is not None
        known: dict[str, Any] = {}
        for statement in ast.parse(self.card.code).body:  # the data, the fit and what comes after it are the bench's
            if "hy.data.load" not in ast.unparse(statement):
                exec(compile(ast.Module([statement], []), "<the page's code>", "exec"), known)
            if "model" in known:
                break
        model = known["model"].set_params(random_state=self.seed, verbose=0)
        return model.set_params(epochs=epochs) if self.quick else model

    def fit(self, model: Any, X: Any, what: str = "", **given: Any) -> Any:
        """Fit a model and return it; :meth:`took` returns the seconds."""
        self.tell(f"training {what or type(model).__name__}")
        began = time.perf_counter()
        model.fit(X, **given)
        self._seconds[id(model)] = time.perf_counter() - began
        return model

    def took(self, model: Any) -> float:
        """Return the total seconds that the fit of a model took."""
        return self._seconds[id(model)]

    def beside(self, model: str, *data: Any, **settings: Any) -> dict[str, Any]:
        """Train a model of ``_keras`` and return its results, or an empty dict without the ``keras`` option."""
        if not self.keras:
            return {}
        from hyotan.reproduce import _keras

        self.tell(f"training {model} in plain Keras")
        found: dict[str, Any] = getattr(_keras, model)(*data, **{"seed": self.seed, **settings})
        return found

    # -- figures ------------------------------------------------------------------------------------------------

    def row(
        self,
        what: str,
        value: float | str,
        *,
        published: float | str | None = None,
        keras: float | str | None = None,
        seconds: float | None = None,
        at_most: float | None = None,
        at_least: float | None = None,
        exactly: float | None = None,
        form: str = ",.4g",
    ) -> Row:
        """Add a line to the table, and check the value against its targets unless the run is quick."""
        if not isinstance(value, str):
            value = int(value) if isinstance(value, (int, np.integer)) else float(value)
        bars = [(sign, bar) for sign, bar in (("≤", at_most), ("≥", at_least), ("=", exactly)) if bar is not None]
        met = None
        if bars and not self.quick:
            if isinstance(value, str):
                raise ParameterError("A bar is for numbers", expected="a number", received=shown(value))
            met = all(_HOLDS[sign](value, bar) for sign, bar in bars)
        bar = " and ".join(f"{sign} {_text(bar, form)}" for sign, bar in bars)
        row = Row(what, value, published, keras, seconds, bar, met, form)
        self.rows.append(row)
        verdict = {True: ", met", False: ", MISSED", None: ""}[met]
        told = "" if published is None else f", published {row.text('published')}"
        self.tell(f"{what}: {row.text('value')}{told}{f', bar {bar}' if bar else ''}{verdict}")
        return row

    def spread(
        self,
        what: str,
        model: Any,
        X: Any,
        measure: Callable[[Any], float],
        *,
        keras: Callable[[int], dict[str, Any]] | None = None,
        form: str = ",.4g",
    ) -> None:
        """Add a line with the smallest and the largest value of a figure over seeds, the fitted model's among them.

        Parameters
        ----------
        what : str
        model : estimator
            Fitted with this run's seed.
        X : array
            Its training rows.
        measure : callable
            Takes a fitted model and returns the figure.
        keras : callable, optional
            Takes a seed and trains the same model in plain Keras, whose last validation loss is the figure.
        form : str
        """
        seeds = range(self.seed, self.seed + (2 if self.quick else SEEDS))
        values = [measure(model)]
        for seed in seeds[1:]:
            other = clone(model).set_params(random_state=seed)
            values.append(measure(self.fit(other, X, f"the same with seed {seed}")))
        theirs = [found["val_loss"][-1] for seed in seeds if keras is not None and (found := keras(seed))]
        texts = [
            f"{_text(min(each), form)} to {_text(max(each), form)} ({len(each)} seeds)" if each else None
            for each in (values, theirs)
        ]
        self.row(what, texts[0] or "", keras=texts[1], form=form)

    # -- the page -----------------------------------------------------------------------------------------------

    def section(self, title: str, *paragraphs: str) -> None:
        """Begin a section of the page."""
        self.blocks.append(Block("heading", title=title))
        self.text(*paragraphs)

    def text(self, *paragraphs: str) -> None:
        """Add paragraphs to the page."""
        self.blocks += [Block("text", text=" ".join(paragraph.split())) for paragraph in paragraphs]

    def picture(self, name: str, figure: Any, *, title: str, caption: str, alt: str) -> None:
        """Add a Matplotlib figure, which is also written to ``pictures/NAME.png``."""
        width, height = (round(PIXELS * inches) for inches in figure.get_size_inches())
        self._image(Block("figure", title, caption, name, alt, "image/png", png(figure), (width, height)))

    def animation(self, name: str, data: bytes, *, title: str, caption: str, alt: str) -> None:
        """Add a GIF, which is also written to ``pictures/NAME.gif``."""
        size = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
        self._image(Block("figure", title, caption, name, alt, "image/gif", data, size))

    def _image(self, block: Block) -> None:
        path = f"pictures/{block.name}.{block.mime.rpartition('/')[2]}"
        if path in self.files:
            raise ParameterError(f"There is a picture {block.name!r} already", expected="a new name", received=path)
        self.files[path] = block.data
        self.blocks.append(block)

    def plot(self, name: str, record: Record, *, called: str = "", title: str = "") -> None:
        """Add a plot of ``hyotan.plots`` with its caption; ``called`` replaces its file name, ``title`` its title."""
        known = {plot.name: plot for plot in registered()}
        if name not in known:
            raise unknown_name("plot", name, known)
        plot = known[name]
        words = {"caption": plot.caption_of(record), "alt": plot.alt_of(record)}
        figure: Any = plot.draw(record)
        self.picture(called or name, figure, title=title or plot.title, **words)
        self.versions = self.versions or record.versions

    def turning(self, figure: Any, *, title: str, caption: str) -> None:
        """Add an interactive Plotly figure; a page can have only one."""
        self.blocks.append(Block("turning", title=title, text=caption, name="turning", figure=figure))

    def table(self, name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str, caption: str) -> None:
        """Add a table, which is also written to ``NAME.csv``."""
        rows = [tuple(row) for row in rows]
        self.csv(name, head, rows)
        cells = tuple(tuple(_cell(value) for value in row) for row in rows)
        self.blocks.append(Block("table", title, caption, name, head=tuple(head), rows=cells))

    def csv(self, name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write rows to ``NAME.csv``, without showing them on the page."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([_plain(value) for value in row] for row in rows)
        self.files[f"{name}.csv"] = text.getvalue().encode()


def _plain(value: Any) -> Any:
    """Convert a NumPy scalar to a Python number, because the repr of a NumPy scalar contains its type."""
    return value.item() if isinstance(value, np.generic) else value


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return _text(int(value), ",d") if _whole(value) else number(float(value), 4)


def _whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
