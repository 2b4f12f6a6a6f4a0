"""What sequence autoencoders are worth on real series: python benchmarks/sequences.py [vowels taxi].

`HYOTAN_DATA` names the folder that holds `series/` (the UCR/UEA archive's JapaneseVowels) and `nab/` (the Numenta
Anomaly Benchmark's nyc_taxi). Every figure stands beside its baselines, measured in the same run, and its bar.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np

import hyotan as hy  # it chooses the backend, so it comes before Keras

import keras  # isort: skip
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from figures import ROWS, row, timed

PAST, FUTURE, DAY, WEEK = 336, 48, 48, 336  # half-hours


def vowels(data: Path) -> None:
    """JapaneseVowels: series of 7 to 29 steps and 12 channels, a code of 16, and a linear probe on it."""
    source = hy.data.load(data / "series" / "JapaneseVowels_TRAIN.ts")
    X, y, X_test, y_test = source.X, source.y, source.X_test, source.y_test
    print(source.note)

    def probe(train: Any, test: Any) -> float:
        linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
        return float(linear.fit(train, y).score(test, y_test))

    longest = max(len(series) for series in [*X, *X_test])
    flat, flat_test = (
        np.stack([np.pad(s, ((0, longest - len(s)), (0, 0))).ravel() for s in part]) for part in (X, X_test)
    )
    pca = PCA(16, random_state=0).fit(flat)
    row(
        "linear probe on PCA-16 of zero-padded series",
        f"{probe(pca.transform(flat), pca.transform(flat_test)):.4f}",
        "",
    )
    means, means_test = (np.stack([s.mean(axis=0) for s in part]) for part in (X, X_test))
    row("linear probe on the mean over time (12 numbers)", f"{probe(means, means_test):.4f}", "")
    model = hy.AE(
        16, net=hy.nets.Recurrent(64, cell="gru", bidirectional=True, order="reversed"), epochs=100, batch_size=32,
        verbose=0,
    )  # fmt: skip
    found = []
    for seed in range(5):
        model.set_params(random_state=seed)
        _, took = timed(lambda: model.fit(X))
        found.append(probe(model.transform(X), model.transform(X_test)))
        row(f"   on codes of 16, bidirectional GRU, reversed target, seed {seed} ({took})", f"{found[-1]:.4f}", "")
    row("mean of the five seeds", f"{np.mean(found):.4f}", ">= 0.95", np.mean(found) >= 0.95)
    codes, scores = model.transform(X_test), model.score_samples(X_test)
    order = np.random.default_rng(0).permutation(len(X_test))
    shuffled = [X_test[i] for i in order]
    padded = np.concatenate([hy.data.series.padded(X_test), np.full((len(X_test), 11, 12), np.nan)], axis=1)
    equal = {
        "alone": all(
            np.array_equal(model.transform([X_test[i]])[0], codes[i])
            and np.array_equal(model.score_samples([X_test[i]])[0], scores[i])
            for i in range(0, len(X_test), 10)
        ),
        "permuted": np.array_equal(model.transform(shuffled), codes[order])
        and np.array_equal(model.score_samples(shuffled), scores[order]),
        "padded": np.array_equal(model.transform(padded), codes)
        and np.array_equal(model.score_samples(padded), scores),
    }
    row(
        f"codes and scores {', '.join(equal)}",
        "equal to the bit" if all(equal.values()) else f"{equal}",
        "equal",
        all(equal.values()),
    )


def taxi(data: Path) -> None:
    """NAB nyc_taxi: a week of half-hours in, a day out, at midnight in the last fifth, beside repeating what was."""
    source = hy.data.load(data / "nab" / "nyc_taxi.csv", time="timestamp", window=PAST + FUTURE, stride=1)
    print(source.note)
    values = source.X.series
    cut = round(0.8 * len(values))
    train = hy.data.windows(values[:cut], length=PAST + FUTURE, stride=4)
    origins = np.array([start for start in range(cut, len(values) - FUTURE + 1) if start % DAY == 0])
    whole = np.stack([values[start - PAST : start + FUTURE] for start in origins])
    true = whole[:, PAST:]

    def rmse(forecast: np.ndarray) -> float:
        return float(np.sqrt(np.mean(np.square(forecast - true))))

    repeats = {
        "repeating the last day": rmse(whole[:, PAST - DAY : PAST]),
        "repeating the same day of the last week": rmse(whole[:, PAST - WEEK : PAST - WEEK + FUTURE]),
    }
    for name, error in repeats.items():
        row(f"{name}, {len(origins)} days", f"RMSE {error:,.0f}", "")
    epochs = 40
    rate = keras.optimizers.schedules.CosineDecay(4e-3, epochs * -(-len(train) // 64))
    model = hy.AE(
        None, net=hy.nets.Recurrent(64, cell="gru", order="reversed", future=FUTURE), epochs=epochs, batch_size=64,
        learning_rate=rate, random_state=0, verbose=0,
    )  # fmt: skip
    model, took = timed(lambda: model.fit(train))
    error, bar = rmse(model.forecast(whole[:, :PAST])), min(repeats.values())
    row(
        f"composite model, GRU 64, code of 64, {epochs} epochs ({took})",
        f"RMSE {error:,.0f}",
        f"< {bar:,.0f}",
        error < bar,
    )


FIGURES = {"vowels": vowels, "taxi": taxi}


def main() -> int:
    """Measure the figures named, or all of them; exit status 1 if a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*FIGURES, []], metavar="NAME", help=", ".join(FIGURES))
    args = parser.parse_args()
    if not os.environ.get("HYOTAN_DATA"):
        parser.error("HYOTAN_DATA is not set to a folder with series/ and nab/")
    print(f"{platform.platform()}, Python {platform.python_version()}, Keras {keras.__version__}\n")
    for name in args.names or FIGURES:
        FIGURES[name](Path(os.environ["HYOTAN_DATA"]))
    return int(any(met is False for *_, met in ROWS))


if __name__ == "__main__":
    sys.exit(main())
