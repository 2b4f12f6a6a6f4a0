"""What a run is of: data, options and parts, enough to read the same rows again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hyotan.core.errors import ArtifactError
from hyotan.core.errors import shown as cut
from hyotan.core.files import read, write
from hyotan.data import Source, Windows
from hyotan.data import load as load_data
from hyotan.data.io.builtin import BUILTIN
from hyotan.data.splits import held_out
from hyotan.data.tables.selection import take_rows

VERSION = 1


MODEL, TRAINING, START = "model.hyotan", "training.hyotan", "run.json"


DERIVED = ("record.json", "history.csv", "report.html")


@dataclass(frozen=True)
class RunConfig:
    """What a run is of: enough to read the same rows again, and to part them as they were.

    Parameters
    ----------
    data : str
        A name of the built-in data, or the whole path of a file or folder.
    options : dict
        How it was read: options of :func:`hyotan.data.load`.
    test_fraction : float
        Share that was held out, where the data had no test part.
    checkpoint : bool
        Whether the model is kept after every epoch.
    """

    data: str
    options: dict[str, Any] = field(default_factory=dict)
    test_fraction: float = 0.1
    checkpoint: bool = False

    @classmethod
    def of(cls, data: str, options: dict[str, Any], **rest: Any) -> RunConfig:
        """Return that of data as the command line names them.

        Examples
        --------
        >>> RunConfig.of("digits", {"label": None, "window": 3}).options
        {'window': 3}
        """
        where = data if data in BUILTIN else str(Path(data).expanduser().resolve())
        return cls(where, {name: value for name, value in options.items() if value is not None}, **rest)

    @classmethod
    def load(cls, folder: Path) -> RunConfig:
        """Read ``run.json``.

        Raises
        ------
        ArtifactError
            If it is not there, or is something else.
        """
        text = read(folder / START, "run.json, as hyotan fit writes it").decode(errors="replace")
        try:
            document = json.loads(text)
            if document.pop("format") != "hyotan run" or document.pop("version") > VERSION:
                raise ValueError("another format, or a newer version")
            return cls(**document)
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            raise ArtifactError(
                f"{folder / START} does not say what the run is of",
                expected="run.json, as hyotan fit writes it",
                received=cut(str(err), 80),
                do="name the data",
            ) from err

    def save(self, folder: Path) -> Path:
        """Write ``run.json``."""
        document = {"format": "hyotan run", "version": VERSION, **asdict(self)}
        return write(folder / START, json.dumps(document, indent=1).encode())

    def source(self, data: str | None = None) -> Source:
        """Read the data again, or the same from another place."""
        return load_data(self.data if data is None else data, **self.options)

    def rows(self, source: Source) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return the numbers of the rows that are trained on and of those held out, if any are taken from among all."""
        if source.X_test is not None or self.test_fraction == 0 or isinstance(source.X, Windows):
            return None, None
        return held_out(len(source.X), self.test_fraction, seed=0)

    def parts(self, source: Source) -> tuple[Any, Any, Any, Any]:
        """Return X, y, X_test, y_test: the source's own test part, or else the rows that are held out.

        Windows of one long series are held out in time, so that no step is in both parts.
        """
        X, y, X_test, y_test = source.X, source.y, source.X_test, source.y_test
        train, test = self.rows(source)
        if train is not None and test is not None:
            X_test, y_test = take_rows(X, test), None if y is None else y[test]
            X, y = take_rows(X, train), None if y is None else y[train]
        elif X_test is None and self.test_fraction != 0:
            X, X_test = X.split(self.test_fraction)
        return X, y, X_test, y_test
