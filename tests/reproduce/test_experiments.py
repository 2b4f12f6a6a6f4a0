"""All six experiments, on a small part of their data: every file is there, every figure finite."""

from __future__ import annotations

import csv
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hyotan as hy
from hyotan import reproduce
from hyotan.reproduce._bench import Row

PUBLISHED = {
    "dense-ae": {26_329.98, 26_326.41, 0.11},
    "sparse-ae": {8.84, 0.476, 26_326.41, 28_292.64},
    "dense-vae": {404_244},
    "lstm-ae": {17_802, 1_800, 1.0},
    "gru-vae": {15_194, 0.2674},
    "keras-blog": {0.09, 0.10, 0.097, 0.094, 7.30, 3.33},
}
PICTURES = {
    "dense-ae": "adadelta baseline errors history merged pairs networks waist worst",
    "sparse-ae": "activations history images networks weights zeros",
    "dense-vae": "better circles grid history latent networks pairs sigma",
    "lstm-ae": "codes decoders future latent losses networks numpy probe reconstructions sines windows",
    "gru-vae": "best middle worst rows networks samples outside history latent prior turning",
    "keras-blog": "denoising grey images losses networks",
}
TABLES = {
    "dense-ae": {"errors": 501, "worst": 6, "waist": 9},
    "sparse-ae": {"weights": 4, "longer": 5},
    "dense-vae": {},
    "lstm-ae": {"probe": 11, "shuffled": 5},
    "gru-vae": {"prior": 4, "thin": 13},
    "keras-blog": {"grey": 7},
}


def table_of(page, heading):
    """Return the rows of the table below a heading of a page of the docs."""
    text = (Path(__file__).parents[2] / "docs" / page).read_text()
    part = text.partition(f"{heading}\n")[2].partition("\n##")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def unnumbered(what):
    """Return the name of a row without the epochs of the run."""
    return re.sub(r"\d+ epochs|\d+ seeds", "epochs", what)


def documented(name):
    """Return the published figures of an experiment in the docs, by the name of their row."""
    return {unnumbered(what): published for what, published, *_ in table_of("reproductions.md", f"### {name}")[2:]}


def elements(name):
    """Return where each element of an experiment stands, from the checklist in the docs."""
    rows = table_of("reproductions-elements.md", f"## {name}")
    found = {element: tuple(where.replace("\\|", "|").split(": ", 1)) for element, _, where in rows[2:]}
    assert len(found) == len(rows) - 2 >= 9
    return found


def test_names_are_told_without_keras():
    code = "import sys; from hyotan import reproduce; print(*reproduce.names()); assert 'keras' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == list(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
def test_quick(name, request, parsed, tmp_path):
    if name != "lstm-ae":
        request.getfixturevalue("mnist")  # or skip
    told = []
    index = reproduce.run([name], out=tmp_path, quick=True, say=told.append)
    folder = tmp_path / name
    result = json.loads((folder / "result.json").read_text())
    rows = result["rows"]

    assert index == tmp_path / "index.html" and parsed(index).all("a")[-1] == {"href": f"{name}/index.html"}
    assert {row["published"] for row in rows} - {None} == PUBLISHED[name]
    figures = [row["value"] for row in rows if not isinstance(row["value"], str)]
    assert len(figures) >= 5 and all(map(math.isfinite, figures))
    assert len({row["what"] for row in rows}) == len(rows)
    assert all(row["met"] is None and row["keras"] is None for row in rows)  # not judged, and not asked for
    assert any(row["bar"] for row in rows) and any(row["seconds"] for row in rows)
    assert all(line.startswith(f"{name}: ") for line in told) and len(told) >= len(rows)

    assert result["quick"] and result["versions"]["keras"] and result["machine"]["processors"]
    for file in result["files"]:
        assert (folder / file).stat().st_size > 20
    assert {path.stem for path in (folder / "pictures").iterdir()} == set(PICTURES[name].split())
    for table, length in {**TABLES[name], "table": len(rows) + 1}.items():
        with (folder / f"{table}.csv").open(newline="") as file:
            lines = list(csv.reader(file))
        assert len(lines) == length and len({len(line) for line in lines}) == 1, table

    page = parsed(folder / "index.html")
    images = page.all("img")
    assert len(images) == len(PICTURES[name].split()) == len({image["alt"] for image in images})
    assert all(len(image["alt"]) > 20 for image in images)
    for row in rows:
        assert " ".join(row["what"].split()) in page.text
    told = documented(name)
    for row in rows:
        if row["published"] is not None and unnumbered(row["what"]) in told:
            assert told[unnumbered(row["what"])] == Row(**row).text("published"), row["what"]
    assert sum(unnumbered(row["what"]) in told for row in rows if row["published"] is not None) >= 1
    card = page.text.partition("In plain Keras")[0]
    for element, (kind, where) in elements(name).items():
        found = {
            "row": any(row["what"].startswith(where) for row in rows),
            "picture": where in PICTURES[name].split(),
            "table": f"{where}.csv" in result["files"],
            "section": where in page.text,
            "sentence": where in page.text,
            "card": where in card,
        }
        assert found[kind], (element, where)
    assert ("Plotly.newPlot" in (folder / "index.html").read_text()) is (name == "gru-vae")


def test_an_unknown_name(tmp_path, refused):
    with refused(hy.ParameterError, "no experiment named 'dense'", "did you mean 'dense-ae'?"):
        reproduce.run(["lstm-ae", "dense"], out=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told_before_the_training(tmp_path, refused):
    (tmp_path / "file").write_text("")
    with refused(hy.ArtifactError, "cannot be written"):
        reproduce.run(["lstm-ae"], out=tmp_path / "file" / "out")


def test_an_experiment_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    from hyotan.reproduce import sparse_ae

    def fails(bench):
        bench.row("half a result", 1.0)
        raise ValueError("half way")

    monkeypatch.setattr(sparse_ae, "run", fails)
    with pytest.raises(ValueError, match="half way"):
        reproduce.run(["sparse-ae"], out=tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
