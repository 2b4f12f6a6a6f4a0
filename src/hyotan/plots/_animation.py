"""Three-dimensional codes as an animated GIF that rotates, for places where no interactive plot can be shown."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

from hyotan.core.errors import ParameterError, shown
from hyotan.core.files import replacing
from hyotan.core.validation import is_whole
from hyotan.metrics import Record
from hyotan.plots._labels import grouped, values_of
from hyotan.plots._style import COLOURS, GREY, HEAT, style, subscript

SIZE = (4.8, 4.2)  # inches
DOTS = 100  # dots per inch
TILT = 18  # elevation of the camera above the plane of the first two units, in degrees


def turning_gif(record: Record, path: str | Path, *, seconds: float = 6, fps: int = 15) -> Path:
    """Write an animated GIF in which three-dimensional codes rotate once, coloured by label if there are labels.

    Parameters
    ----------
    record : Record
        Record of a model with three code units.
    path : path
        File to write; it is written atomically.
    seconds : float
        Duration of the rotation.
    fps : int
        Frames per second.

    Returns
    -------
    Path
        Path of the file.

    Raises
    ------
    ParameterError
        If the codes are not three-dimensional, or ``seconds`` or ``fps`` is out of range.

    Examples
    --------
    >>> import tempfile
    >>> import hyotan as hy
    >>> X = np.random.default_rng(0).normal(size=(40, 5))
    >>> record = hy.evaluate(hy.AE(3, epochs=1, random_state=0, verbose=0).fit(X), X)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = hy.plots.turning_gif(record, f"{folder}/codes.gif", seconds=0.2, fps=10)
    ...     path.read_bytes()[:6]
    b'GIF89a'
    """
    codes = record.pictures.get("codes")
    if codes is None or np.shape(codes)[1] != 3:
        raise ParameterError(
            "Only codes of three dimensions can be turned",
            expected="a record of a model with three code units",
            received="no codes" if codes is None else f"codes drawn in {np.shape(codes)[1]} dimensions",
            do="fit with latent_dim=3",
        )
    whole = isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and 0 < seconds <= 60
    if not whole or not is_whole(fps, 1) or fps > 50:
        raise ParameterError(
            "A turn of this length cannot be drawn",
            expected="0 < seconds <= 60 and a whole number of 1 to 50 pictures a second",
            received=f"seconds={shown(seconds)}, fps={shown(fps)}",
        )
    frames = max(2, round(seconds * fps))
    with style():
        figure = Figure(figsize=SIZE, dpi=DOTS)
        figure.set_layout_engine("none")  # a layout computed for each frame would make the plot shake
        canvas = FigureCanvasAgg(figure)
        ax = _scatter(figure, np.asarray(codes, np.float64), record.pictures.get("codes_label"))
        palette = _palette()
        drawn: list[Any] = []
        for frame in range(frames):
            ax.view_init(elev=TILT, azim=360 * frame / frames - 60)
            canvas.draw()
            picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
            drawn.append(picture.quantize(palette=palette, dither=Image.Dither.NONE))  # dithering would flicker
    with replacing(Path(path)) as file:
        drawn[0].save(
            file,
            format="GIF",
            save_all=True,
            append_images=drawn[1:],
            duration=10 * round(100 / fps),
            loop=0,
            optimize=False,
        )
    return Path(path)


def _palette() -> Image.Image:
    """Return the palette of all frames: greys, tints and pairwise mixtures of the class colours, and the colour map.

    A palette computed from a frame would leave out the colours of small classes.
    """
    colours = [np.asarray(to_rgb(colour)) for colour in (*COLOURS, GREY)]
    found = [np.full(3, share) for share in np.linspace(0, 1, 24)]
    found += [share * colour + (1 - share) for colour in colours for share in (0.25, 0.5, 0.75, 0.9, 1.0)]
    found += [(a + b) / 2 for a, b in combinations(colours, 2)]
    found += [np.asarray(colour[:3]) for colour in colormaps[HEAT](np.linspace(0, 1, 64))]
    image = Image.new("P", (1, 1))
    image.putpalette([round(255 * float(v)) for colour in found for v in colour])
    return image


def _scatter(figure: Any, codes: np.ndarray, labels: Any) -> Any:
    """Draw the codes once for all frames; only the camera moves."""
    ax: Any = figure.add_axes((0.0, 0.02, 0.86, 0.96), projection="3d")
    points = {"s": float(np.clip(6000 / len(codes), 3, 18)), "alpha": 0.75, "linewidths": 0, "depthshade": False}
    values = None if labels is None else values_of(labels)
    if values is not None:
        drawn = ax.scatter(*codes.T, c=values, cmap=HEAT, **points)
        figure.colorbar(drawn, cax=figure.add_axes((0.87, 0.25, 0.025, 0.5)), label="label")
    else:
        groups = grouped(labels, len(codes))
        for group in groups:
            ax.scatter(*codes[group.rows].T, color=group.colour, marker=group.marker, label=group.name, **points)
        if labels is not None:
            legend = figure.legend(loc="center right", title="label", ncols=1 + len(groups) // 20, handletextpad=0.2)
            for handle in legend.legend_handles:
                handle.set(alpha=1, sizes=[24])
    ax.set(xlabel=subscript(0), ylabel=subscript(1), zlabel=subscript(2))
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_major_locator(MaxNLocator(4))
    ax.set_box_aspect((1, 1, 1), zoom=0.88)
    return ax
