"""The configuration of a run: data, reading options and split, so that the same rows can be read again."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hyotan.core.errors import ArtifactError, ParameterError
from hyotan.core.errors import shown as cut
from hyotan.core.files import read, write
from hyotan.data import Source, Windows
from hyotan.data import load as load_data
from hyotan.data.io.builtin import BUILTIN
from hyotan.data.io.opening import STANDARD_INPUT
from hyotan.data.io.ts import part_beside
from hyotan.data.splits import held_out
from hyotan.data.tables.selection import take_rows

VERSION = 1
BLOCK = 2**20


MODEL, TRAINING, START = "model.hyotan", "training.hyotan", "run.json"


DERIVED = ("record.json", "history.csv", "report.html")


@dataclass(frozen=True)
class RunConfig:
    """The configuration of a run, with which the same rows can be read and split again.

    Parameters
    ----------
    data : str
        Name of a built-in data set, the absolute path of a file or folder, or ``-`` for standard input.
    options : dict
        The options of :func:`hyotan.data.load` with which it was read.
    test_fraction : float
        Fraction of the rows held out for testing, if the data have no test part.
    checkpoint : bool
        Whether the model is saved after every epoch.
    digest : str or None
        The hash of the data, from :func:`digest_of`; None for built-in data. Data are read again without being named
        only if it is still the same: a run folder that somebody else made must not get at other files.
    """

    data: str
    options: dict[str, Any] = field(default_factory=dict)
    test_fraction: float = 0.1
    checkpoint: bool = False
    digest: str | None = None

    @classmethod
    def of(cls, data: str, options: dict[str, Any], **rest: Any) -> RunConfig:
        """Return the configuration for data and options from the command line; options that are None are left out.

        Examples
        --------
        >>> RunConfig.of("digits", {"label": None, "window": 3}).options
        {'window': 3}
        """
        given = {name: value for name, value in options.items() if value is not None}
        if data in (*BUILTIN, STANDARD_INPUT):
            return cls(data, given, **rest)
        where = Path(data).expanduser().resolve()
        return cls(str(where), given, **{"digest": digest_of(where), **rest})

    @classmethod
    def load(cls, folder: Path) -> RunConfig:
        """Read ``run.json``.

        Raises
        ------
        ArtifactError
            If the file is missing, or is not the configuration of a run.
        """
        text = read(folder / START, "run.json, as hyotan fit writes it").decode(errors="replace")
        try:
            document = json.loads(text)
            if document.pop("format") != "hyotan run" or document.pop("version") > VERSION:
                raise ValueError("another format, or a newer version")
            found = cls(**document)
            types: dict[str, Any] = {
                "data": str,
                "options": dict,
                "test_fraction": (int, float),
                "digest": (str, type(None)),
            }
            wrong = [name for name, kind in types.items() if not isinstance(getattr(found, name), kind)]
            if wrong or "\0" in found.data:
                raise ValueError(f"{', '.join(wrong) or 'data'} of another type")
            return found
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
        """Read the data again; ``data`` is its place, if it was moved.

        Raises
        ------
        ParameterError
            If the data are not named, and are not those of the fit any more.
        """
        if data is None and self.data == STANDARD_INPUT:
            raise ParameterError(
                "The data of the run came from standard input, and are not kept",
                expected="the data of the fit",
                received="no data",
                do="name the data: the command takes them after the run, such as hyotan report RUN DATA",
            )
        if data is None and self.data not in BUILTIN:
            # A stranger's path is not even opened.
            digest = None if self.digest is None else digest_of(Path(self.data))
            if digest is None or digest != self.digest:
                raise ParameterError(
                    f"The data of the run are not read again from {self.data}",
                    expected="the data of the fit, unchanged",
                    received="a run that does not say which content they had"
                    if self.digest is None
                    else "no such file or folder"
                    if digest is None
                    else "other content than at the fit",
                    do="name the data: the command takes them after the run, such as hyotan report RUN DATA",
                )
        return load_data(self.data if data is None else data, **self.options)

    def rows(self, source: Source) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return the numbers of training and test rows; None for both if the test rows are not chosen at random."""
        if source.X_test is not None or self.test_fraction == 0 or isinstance(source.X, Windows):
            return None, None
        return held_out(len(source.X), self.test_fraction, seed=0)

    def parts(self, source: Source) -> tuple[Any, Any, Any, Any]:
        """Return X, y, X_test, y_test; the test part is that of the source or, if it has none, the rows held out.

        Windows of one long series are split by time, so that no step is in both parts.
        """
        X, y, X_test, y_test = source.X, source.y, source.X_test, source.y_test
        train, test = self.rows(source)
        if train is not None and test is not None:
            X_test, y_test = take_rows(X, test), None if y is None else y[test]
            X, y = take_rows(X, train), None if y is None else y[train]
        elif X_test is None and self.test_fraction != 0:
            X, X_test = X.split(self.test_fraction)
            y, y_test = X.y, X_test.y
        return X, y, X_test, y_test


def digest_of(path: Path) -> str | None:
    """Return a hash of a file's content, with its test part beside it, or of the names and content in a folder.

    None is returned if there is no such file or folder, or it may not be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = path.write_text("1")
    >>> digest_of(path) == digest_of(path), digest_of(path.parent / "b.csv") is None
    (True, True)
    """
    found = hashlib.sha256()
    try:
        if path.is_dir():
            for folder, below, names in os.walk(path):
                below.sort()
                for name in sorted(names):
                    inside = Path(folder, name)
                    if not inside.is_file():
                        continue
                    found.update(f"{inside.relative_to(path)}\0".encode(errors="replace"))
                    found.update(hashlib.sha256(inside.read_bytes()).digest())
            return found.hexdigest()
        if not path.is_file():  # a device or a pipe may never end
            return None
        beside = part_beside(path)
        for file in (path, *([] if beside is None else [beside])):
            with file.open("rb") as content:
                while block := content.read(BLOCK):
                    found.update(block)
        return found.hexdigest()
    except OSError:
        return None
