"""Comparison of several runs on one page: settings that differ, key numbers, losses, reconstructions of equal rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hyotan.core.errors import ParameterError, shown
from hyotan.core.files import write
from hyotan.core.numbers import number
from hyotan.core.templates import environment
from hyotan.core.terms import Term, described
from hyotan.metrics import KeyNumber, Record, end_of_fit, key_numbers
from hyotan.plots import comparison
from hyotan.report import _words as words
from hyotan.report._page import PIXELS, Image, encoded
from hyotan.report._verdict import verdict


@dataclass(frozen=True)
class Line:
    """A line of a table of runs: name, value of each run, whether each value is the best, and how to read it."""

    what: str
    values: list[str]
    best: list[bool]
    reading: str = ""


def compare(records: Mapping[str, Record], *, out: str | Path, command: str = "") -> Path:
    """Write a page that compares runs: verdicts, different settings, key numbers, losses, and reconstructions.

    The best value of a key number is marked if all runs were measured on the same rows and the number has the same
    meaning in all of them. Reconstructions are shown if the runs were measured on the same rows.

    Parameters
    ----------
    records : dict of Record
        At least two records, by the name of the run.
    out : path
        File to write the page to; it is written atomically.
    command : str
        The shell command of this comparison, if any; the page shows it.

    Returns
    -------
    Path
        Path of the page.

    Raises
    ------
    ParameterError
        If there are fewer than two records, or one of them is not a :class:`hyotan.Record`.

    Examples
    --------
    >>> import tempfile
    >>> import hyotan as hy
    >>> X = np.random.default_rng(0).normal(size=(60, 5))
    >>> runs = {f"{d} units": hy.AE(d, epochs=2, random_state=0, verbose=0).fit(X) for d in (1, 2)}
    >>> records = {name: hy.evaluate(model, X) for name, model in runs.items()}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hy.report.compare(records, out=f"{folder}/runs.html").name
    'runs.html'
    """
    if not isinstance(records, Mapping) or len(records) < 2:
        raise ParameterError(
            "There is nothing to compare",
            expected="a dict of at least two records, by the name of the run",
            received=f"{len(records)} record" if isinstance(records, Mapping) else shown(records),
            do="report(record) writes the page of one",
        )
    for name, record in records.items():
        if not isinstance(record, Record):
            raise ParameterError(
                f"Run {name!r} is not a record",
                expected="a hyotan.Record",
                received=shown(record),
                do="make one with hyotan.evaluate(model, X), or read one with hyotan.Record.load(path)",
            )
    return write(out, page({str(name): record for name, record in records.items()}, command).encode())


def page(records: Mapping[str, Record], command: str = "") -> str:
    """Return the page as HTML."""
    alike = same_rows(records)
    return (
        environment("hyotan.report")
        .get_template("compare.html")
        .render(
            names=list(records),
            titles=[words.title(record) for record in records.values()],
            verdicts=[verdict(record) for record in records.values()],
            warnings={name: record.warnings for name, record in records.items() if record.warnings},
            alike=alike,
            numbers=numbers(records, alike),
            settings=differing(records),
            images=_images(records, alike),
            versions=_shared_versions(records),
            command=command,
        )
    )


def same_rows(records: Mapping[str, Record]) -> bool:
    """Whether all runs were measured on the same rows, by the fingerprint of the rows."""
    return len({record.data.get("mark") for record in records.values()} - {None}) == 1 and all(
        "mark" in record.data for record in records.values()
    )


# Numbers of the model: the term, whose name is the key in ``record.model``, and the function that formats it.
MODEL: tuple[tuple[Term, Callable[[float], str]], ...] = (
    (Term("parameters", "Parameters", "numbers that were learned"), lambda v: f"{v:,}"),
    (Term("seconds", "Seconds", "that the fit took"), number),
)


def numbers(records: Mapping[str, Record], alike: bool) -> list[Line]:
    """Return the lines of the table: verdicts, key numbers with the best marked, and last the losses at the end."""
    lines = [Line("Verdict", [verdict(record).word for record in records.values()], [False] * len(records))]
    each = [{_place(shown): shown for shown in key_numbers(record, "comparison")} for record in records.values()]
    places = sorted({place for found in each for place in found})
    lines += [_line([found.get(place) for found in each], records, alike) for place in places]
    for term, told in MODEL:
        lines += _told(term.label, [record.model.get(term.name) for record in records.values()], told, term.unit)
    ends = [end_of_fit(record) for record in records.values()]
    about = {term.name: term for end in ends for term, _ in end}
    for term in described(about, about):
        values = [{known.name: value for known, value in end}.get(term.name) for end in ends]
        lines += _told(term.text, values, lambda v: number(v, 4), "at the end of the fit")
    return lines


def _place(shown: KeyNumber) -> tuple[int, str, str]:
    return shown.term.order, shown.metric, shown.term.name


def _line(found: list[KeyNumber | None], records: Mapping[str, Record], alike: bool) -> Line:
    """Return the line of one key number; the best is marked if the number has the same meaning in all runs."""
    key = next(shown for shown in found if shown is not None).key
    texts = ["–" if shown is None else shown.text for shown in found]
    owners = [record for shown, record in zip(found, records.values(), strict=True) if shown is not None]
    same = key.alike is None or len({key.alike(record) for record in owners}) == 1
    sign = {"lower": -1, "higher": 1}.get(key.term.direction, 0)
    scores = [None if shown is None else sign * shown.value for shown in found]
    known = [score for score in scores if score is not None and np.isfinite(score)]
    comparable = alike and same and sign and len(known) > 1
    best = [bool(comparable and score == max(known)) for score in scores]
    reading = key.read() if same else key.unlike or key.read()
    return Line(key.label, texts, best if not all(best) else [False] * len(best), reading)


def _told(what: str, values: list[Any], told: Callable[[Any], str], reading: str) -> list[Line]:
    """Return a line without marks for the best value, in a list that is empty if no run has the value."""
    if all(value is None for value in values):
        return []
    return [Line(what, ["–" if value is None else told(value) for value in values], [False] * len(values), reading)]


def _same_loss(records: Mapping[str, Record]) -> bool:
    """Whether the losses are comparable: same meaning of the score and same terms."""
    kinds = {(record.model.get("score"), *sorted(record.about)) for record in records.values()}
    return len(kinds) == 1


def differing(records: Mapping[str, Record]) -> list[Line]:
    """Return the settings and data descriptions that differ between the runs."""
    each = [_settings(record) for record in records.values()]
    names = list(dict.fromkeys(name for told in each for name in told))
    lines = []
    for name in names:
        values = [told.get(name, "–") for told in each]
        if len(set(values)) > 1:
            lines.append(Line(name, values, [False] * len(values)))
    return lines


def _settings(record: Record) -> dict[str, str]:
    model, data = record.model, record.data
    told = {kind.capitalize(): text for kind, text in model.get("parts", {}).items()}
    told |= {
        name: text
        for name, text in model.get("params", {}).items()
        if name not in ("latent", "net", "likelihood", "corruption", "verbose", "checkpoint")
    }
    if "code" in model:
        told["Code units"] = " × ".join(map(str, model["code"]))
    told["Epochs trained"] = f"{len(record.history.get('loss', [])):,}"
    told["Fitted on"] = model.get("data", "–")
    if "rows" in data:
        told["Measured on"] = f"{data['rows']:,} rows" + (f", mark {data['mark']}" if "mark" in data else "")
    told |= {f"version of {name}": version for name, version in record.versions.items()}
    return told


def _shared_versions(records: Mapping[str, Record]) -> dict[str, str]:
    each = [record.versions for record in records.values()]
    return {name: text for name, text in each[0].items() if all(v.get(name) == text for v in each)}


def _images(records: Mapping[str, Record], alike: bool) -> list[Image]:
    images = []
    trained = {name: record for name, record in records.items() if record.history.get("loss")}
    if trained:
        last = ", ".join(f"{name} ends at {number(comparison.curve(r.history)[-1], 4)}" for name, r in trained.items())
        caption = "Lower is better where the runs have the same likelihood and terms on the same data"
        caption += "." if _same_loss(records) else "; these have not: compare their shapes, not their heights."
        caption += " How high a loss began is cut off where it would flatten the rest."
        alt = f"Lines of the loss by epoch: {last}."
        images.append(_image("losses", "Losses by epoch", caption, alt, comparison.losses(trained)))
    shown_rows = {name: record for name, record in records.items() if "pairs_mean" in record.pictures}
    if alike and len(shown_rows) > 1 and _same_pairs(shown_rows):
        title = "The same rows"
        caption = "Rows are chosen by rule, not by looks; below each what every run makes of it."
        count = len(next(iter(shown_rows.values())).pictures["pairs_row"])
        alt = f"{count} rows of the data, and below each its reconstruction by {', '.join(shown_rows)}."
        images.append(_image("rows", title, caption, alt, comparison.beside(shown_rows)))
    return images


def _same_pairs(records: Mapping[str, Record]) -> bool:
    first, *others = [record.pictures for record in records.values()]
    return all(
        np.array_equal(first["pairs_row"], other["pairs_row"])
        and first["pairs_mean"].shape == other["pairs_mean"].shape
        for other in others
    )


def _image(name: str, title: str, caption: str, alt: str, figure: Any) -> Image:
    width, height = (round(PIXELS * inches) for inches in figure.get_size_inches())
    return Image(name, title, caption, alt, encoded(figure), width, height)
