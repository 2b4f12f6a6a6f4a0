"""The animated GIF, read by Pillow."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image

import hyotan as hy
from hyotan.plots._style import BLUE, ORANGE, RED


def frames(path):
    with Image.open(path) as picture:
        found = []
        for k in range(picture.n_frames):
            picture.seek(k)
            found.append(np.asarray(picture.convert("RGB"), int))
        return found, picture.info


def test_it_turns_once_around_and_goes_on(solid, tmp_path):
    path = hy.plots.turning_gif(solid, tmp_path / "codes.gif", seconds=1, fps=10)
    found, info = frames(path)
    assert path == tmp_path / "codes.gif" and len(found) == 10
    assert info["duration"] == 100 and info["loop"] == 0
    assert len({frame.tobytes() for frame in found}) == 10
    legend = [frame[:, -60:] for frame in found]
    assert all((part == legend[0]).all() for part in legend)  # only the codes turn
    assert (found[0][0] == 255).all() and (found[-1][:, 0] == 255).all()  # white, and nothing over the edge


@pytest.mark.parametrize("colour", [BLUE, ORANGE, RED])
def test_classes_keep_their_colours(solid, tmp_path, colour):
    found, _ = frames(hy.plots.turning_gif(solid, tmp_path / "x.gif", seconds=0.2, fps=10))
    wanted = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    assert (np.abs(found[1] - wanted).max(axis=-1) <= 3).sum() > 20


def test_five_thousand_points_fit_in_three_megabytes_and_take_seconds(tmp_path):
    codes = np.random.default_rng(0).normal(size=(5000, 3)).astype("float32")
    record = hy.Record(pictures={"codes": codes, "codes_label": (np.arange(5000) % 10).astype(str)})
    began = time.perf_counter()
    path = hy.plots.turning_gif(record, tmp_path / "x.gif", seconds=1, fps=15)
    assert 6 * path.stat().st_size < 3e6  # the whole turn has six times as many pictures
    assert time.perf_counter() - began < 20


@pytest.mark.parametrize("labels", [None, np.linspace(0, 1, 60).astype(str)], ids=["none", "a quantity"])
def test_other_labels(labels, tmp_path):
    codes = np.random.default_rng(0).normal(size=(60, 3))
    pictures = {"codes": codes} if labels is None else {"codes": codes, "codes_label": labels}
    path = hy.plots.turning_gif(hy.Record(pictures=pictures), tmp_path / "x.gif", seconds=0.2, fps=10)
    assert len(frames(path)[0]) == 2


def test_refusals(solid, images, tmp_path, refused):
    path = tmp_path / "x.gif"
    with refused(hy.ParameterError, "Only codes of three dimensions", "codes drawn in 2 dimensions", "latent_dim=3"):
        hy.plots.turning_gif(images, path)
    for args in ({"seconds": 0}, {"seconds": "6"}, {"fps": 0}, {"fps": 2.5}, {"fps": 1000}):
        with refused(hy.ParameterError, "A turn of this length cannot be drawn"):
            hy.plots.turning_gif(solid, path, **args)
    with pytest.raises(hy.DataError, match="cannot be written"):
        hy.plots.turning_gif(solid, tmp_path / "gone" / "x.gif", seconds=0.2)
    assert list(tmp_path.iterdir()) == []
