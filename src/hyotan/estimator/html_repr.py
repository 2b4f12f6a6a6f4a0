"""The HTML card of an estimator in a notebook: parts, data, loss curve, warnings."""

from __future__ import annotations

from html import escape
from inspect import signature
from typing import Any

import numpy as np

from hyotan.artifact.fitted import Fitted
from hyotan.model.parts import KINDS

WIDTH, HEIGHT, EDGE = 260, 56, 4  # size and margin of the sparkline, in pixels


LOSS, HELD = "#2b83c6", "#d07800"  # readable on white and on black


LONGEST = 160  # largest number of characters shown for a parameter


# The notebook's theme is unknown, but its text is readable: everything except the two curves inherits the text colour.
LOOK = """
.hyotan-card { display: inline-block; max-width: 46rem; box-sizing: border-box; padding: .6rem .9rem .7rem;
  border: 1px solid rgba(128, 128, 128, .45); border-radius: 6px; font: 13px/1.45 system-ui, sans-serif;
  color: inherit; text-align: left; }
.hyotan-card table { border-collapse: collapse; margin: .35rem 0 0; border: 0; }
.hyotan-card tr { background: none; }
.hyotan-card th, .hyotan-card td { padding: .1rem .9rem .1rem 0; border: 0; text-align: left; vertical-align: top;
  font-size: 13px; background: none; color: inherit; white-space: normal; overflow-wrap: anywhere; }
.hyotan-card th { font-weight: 400; opacity: .72; white-space: nowrap; }
.hyotan-card code { font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; background: none; color: inherit;
  padding: 0; }
.hyotan-card svg { display: block; margin: .1rem 0; max-width: 100%; height: auto; overflow: hidden; }
.hyotan-card .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.hyotan-card ul { margin: .1rem 0 0; padding-left: 1.1rem; }
.hyotan-card .soft { opacity: .72; }
"""


def html(estimator: Any, fitted: Fitted | None = None) -> str:
    """Return the card as HTML; it is readable on light and dark backgrounds and loads nothing from elsewhere.

    Parameters
    ----------
    estimator : BaseEstimator
    fitted : Fitted, optional
        The result of its fit. Without it, the card shows the parts as the user gave them.

    Examples
    --------
    >>> import hyotan as hy
    >>> text = html(hy.AE(2, epochs=7))
    >>> "not fitted" in text, "<code>epochs=7</code>" in text, "<script" in text
    (True, True, False)
    """
    lines = _unfitted(estimator) if fitted is None else _fitted(fitted)
    given = _changed(estimator)
    if given:
        lines.append(("set", ", ".join(f"<code>{escape(name)}={escape(text)}</code>" for name, text in given.items())))
    state = "not fitted yet" if fitted is None else "fitted"
    head = f"<strong>{escape(type(estimator).__name__)}</strong> <span class='soft'>{state}</span>"
    cells = "".join(f"<tr><th scope='row'>{escape(name)}</th><td>{text}</td></tr>" for name, text in lines)
    return f"<div class='hyotan-card'><style>{LOOK}</style><div>{head}</div><table>{cells}</table></div>"


def _unfitted(estimator: Any) -> list[tuple[str, str]]:
    parts = {name: getattr(estimator, name, None) for name in KINDS}
    return [(name, _code(part)) for name, part in parts.items() if part is not None]


def _fitted(fitted: Fitted) -> list[tuple[str, str]]:
    history, info = fitted.history, fitted.info
    lines = [("data", escape(fitted.data_summary()))]
    lines += [(kind, _code(part)) for kind, part in fitted.parts.items() if part is not None]
    code = " × ".join(map(str, fitted.network.code))
    lines.append(("code", f"{code} unit{'s' * (code != '1')}, {info.get('parameters', 0):,} parameters in all"))
    losses = {name: _finite(history.get(name)) for name in ("loss", "val_loss")}
    if len(losses["loss"]):
        drawn = spark(losses["loss"], losses["val_loss"]) if len(losses["loss"]) > 1 else ""
        lines.append(("loss", drawn + _told(losses, info)))
    lines.append(("score", escape(fitted.score_meaning())))
    if fitted.warnings:
        listed = "".join(f"<li>{escape(text)}</li>" for text in fitted.warnings)
        lines.append((f"warning{'s' * (len(fitted.warnings) > 1)}", f"<ul>{listed}</ul>"))
    return lines


def _finite(values: Any) -> np.ndarray:
    return np.asarray([] if values is None else values, np.float64)


def _told(losses: dict[str, np.ndarray], info: dict[str, Any]) -> str:
    """Return the last losses, in the colours of their curves, the number of epochs and the duration."""
    named = (("loss", "training", LOSS), ("val_loss", "validation", HELD))
    parts = [
        f"<span style='color: {colour}'>━</span> {words} {losses[name][-1]:.4g}"
        for name, words, colour in named
        if len(losses[name])
    ]
    epochs = len(losses["loss"])
    parts.append(f"{epochs:,} epoch{'s' * (epochs != 1)}")
    if "seconds" in info:
        parts.append(f"{info['seconds']:.3g} s")
    return f"<span>{' · '.join(parts)}</span>"


def spark(loss: np.ndarray, held: np.ndarray) -> str:
    """Return a sparkline (SVG) of the loss by epoch, and of the validation loss if there is one.

    With more than four epochs, the first one does not count for the vertical range: it is often so high that the rest
    would look flat. Values that are not finite are left out.

    Examples
    --------
    >>> drawn = spark(np.array([3.0, 2.0, np.nan, 1.0]), np.array([]))
    >>> drawn.count("<polyline"), 'points="4,4 88,28' in drawn
    (1, True)
    """
    curves = [(values, colour) for values, colour in ((loss, LOSS), (held, HELD)) if len(values)]
    shown = np.concatenate([values[1:] if len(values) > 4 else values for values, _ in curves])
    shown = shown[np.isfinite(shown)]
    low, high = (float(shown.min()), float(shown.max())) if len(shown) else (0.0, 1.0)
    high = high if high > low else low + 1.0
    drawn = []
    for values, colour in curves:
        x = EDGE + (WIDTH - 2 * EDGE) * np.arange(len(values)) / max(1, len(values) - 1)
        y = EDGE + (HEIGHT - 2 * EDGE) * (high - values) / (high - low)
        at = [(float(a), float(b)) for a, b in zip(x, y, strict=True) if np.isfinite(b)]
        if len(at) == 1:
            drawn.append(f'<circle cx="{at[0][0]:g}" cy="{at[0][1]:.4g}" r="2.5" fill="{colour}"/>')
        elif at:
            points = " ".join(f"{a:.4g},{b:.4g}" for a, b in at)
            drawn.append(f'<polyline class="line" stroke="{colour}" points="{points}"/>')
    label = f"Loss by epoch, from {loss[0]:.4g} to {loss[-1]:.4g}"
    if len(held):
        label += f"; in validation from {held[0]:.4g} to {held[-1]:.4g}"
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg role="img" aria-label="{label}" {size}>{"".join(drawn)}</svg>'


def _changed(estimator: Any) -> dict[str, str]:
    """Return the parameters that differ from their defaults, without the four parts."""
    known = signature(type(estimator)).parameters
    defaults = {name: repr(parameter.default) for name, parameter in known.items()}
    given = {name: _short(value) for name, value in estimator.get_params(deep=False).items() if name not in KINDS}
    return {name: text for name, text in given.items() if text != defaults.get(name)}


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _code(value: Any) -> str:
    return f"<code>{escape(_short(value))}</code>"
