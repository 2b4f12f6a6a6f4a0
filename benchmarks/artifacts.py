"""Load model files with wrong content and right checksums, all in one process: only hyotan's own errors, no harm done.

Of each model (a table, series, images), the document is changed at one to three places, bytes of the weights or of the
zip file are changed, or members are cut off, exchanged or left out; half of the files have their checksum repaired.
After each file, a good one must load, and every hundredth time answer as before. Printed are the counts of what came of
the files, the slowest load, and the memory that was added.

    python benchmarks/artifacts.py [-n 2000] [--seed 0]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import hyotan as hy  # isort: skip  (before Keras)
import numpy as np

# The tests of these files hold the ways to change them.
_spec = importlib.util.spec_from_file_location(
    "test_sizes", Path(__file__).parent.parent / "tests" / "artifact" / "test_sizes.py"
)
changing = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(changing)


def spoilt(rng: np.random.Generator, whole: bytes, members: dict[str, bytes]) -> bytes:
    """Return a file with something wrong in it."""
    way = rng.integers(5)
    if way < 2:
        document = json.loads(members["model.json"])
        for _ in range(rng.integers(1, 4)):
            every = [*changing.places(document)]
            value = changing.VALUES[rng.integers(len(changing.VALUES))]
            document = changing.changed(document, every[rng.integers(len(every))], value)
        return changing.repaired({**members, "model.json": json.dumps(document).encode()})
    name = [*members][rng.integers(len(members))]
    if way == 2:
        content = flipped(rng, members[name])
        return changing.repaired({**members, name: content})
    if way == 3:
        cut = members[name][: rng.integers(len(members[name]) + 1)]
        other = members[[*members][rng.integers(len(members))]]
        return changing.repaired({**members, name: [cut, other, b""][rng.integers(3)]})
    body = flipped(rng, whole[:-64])
    return body + whole[-64:] if rng.random() < 0.5 else changing.sealed(body)


def flipped(rng: np.random.Generator, content: bytes) -> bytes:
    """Return bytes of which one to four have other values."""
    body = bytearray(content)
    for at in rng.integers(0, max(1, len(body)), rng.integers(1, 5)):
        body[at : at + 1] = bytes([rng.integers(256)])
    return bytes(body)


def main() -> None:
    """Load the files, and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    rng, counts, slowest = np.random.default_rng(asked.seed), Counter(), 0.0
    with tempfile.TemporaryDirectory() as folder:
        models = changing.saved(Path(folder))
        before = {name: hy.load(path).transform(rows) for name, (path, rows, _) in models.items()}
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        file = Path(folder, "spoilt.hyotan")
        for number in range(asked.n):
            name = [*models][number % len(models)]
            path, rows, members = models[name]
            file.write_bytes(spoilt(rng, path.read_bytes(), members))
            began = time.perf_counter()
            try:
                hy.load(file).get_params()
                counts["loaded"] += 1
            except hy.HyotanError as err:
                counts[type(err).__name__] += 1
            except Exception as err:
                counts[f"NOT HYOTAN'S: {type(err).__name__}: {str(err)[:100]}"] += 1
                file.with_name(f"bad-{number}").write_bytes(file.read_bytes())
            slowest = max(slowest, time.perf_counter() - began)
            good = hy.load(path)
            if number % 100 < len(models) and not np.array_equal(good.transform(rows), before[name]):
                counts["A GOOD FILE ANSWERED OTHERWISE"] += 1
        added = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) / 1024
    for what, count in counts.most_common():
        print(f"{count:6,}  {what}")
    print(f"slowest load {slowest:.2f} s, memory added {added:.0f} MB")


if __name__ == "__main__":
    main()
