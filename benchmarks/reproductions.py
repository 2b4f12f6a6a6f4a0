"""The published experiments at full size: python benchmarks/reproductions.py [NAME …] [--keras].

Runs what ``hyotan reproduce`` runs into benchmarks/results/reproductions, and prints the tables of
docs/reproductions.md.
Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

from hyotan import reproduce

OUT = Path(__file__).parent / "results" / "reproductions"
# The pictures that docs/reproductions.md answers open questions with, by experiment.
SHOWN = {
    "dense-ae": ("adadelta", "waist", "merged"),
    "keras-blog": ("grey",),
    "gru-vae": ("prior",),
    "lstm-ae": ("numpy", "probe"),
}
HEAD = ("what", "published", "plain Keras", "hyotan", "seconds", "bar", "")


def line(cells: Any) -> str:
    """Return a line of a Markdown table."""
    return "| " + " | ".join(str(cell).strip().replace("|", "\\|") for cell in cells) + " |"


def table(result: dict[str, Any]) -> list[str]:
    """Return one experiment as Markdown: its table, and what it depends on."""
    verdicts = {True: "met", False: "**missed**", None: ""}
    rows = [
        (
            row.what,
            row.text("published"),
            row.text("keras"),
            row.text("value"),
            "–" if row.seconds is None else f"{row.seconds:.0f}",
            row.bar or "–",
            verdicts[row.met],
        )
        for row in result["rows"]
    ]
    machine, versions = result["machine"], result["versions"]
    told = ", ".join(f"{name} {versions[name]}" for name in ("hyotan", "keras", "jax", "numpy", "python"))
    return [
        f"### {result['name']}",
        "",
        line(HEAD),
        line(["---"] * len(HEAD)),
        *map(line, rows),
        "",
        f"{result['date']}, seed {result['seed']}, {result['seconds'] / 60:.0f} min in all; {told}; "
        f"{machine['processors']} × {machine['processor']}, {machine['system']}.",
        "",
    ]


def main() -> int:
    """Run the experiments named, or all of them; exit status 1 if a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(reproduce.names()))
    parser.add_argument("--keras", action="store_true", help="train the same models in plain Keras, too")
    parser.add_argument("--quick", action="store_true", help="a small part of the data, few epochs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only-print", action="store_true", help="print what is there, and run nothing")
    parser.add_argument("--pictures", type=Path, help="copy the pictures of docs/reproductions.md to this folder")
    args = parser.parse_args()
    for name in args.names:
        if name not in reproduce.names():
            parser.error(f"there is no experiment named {name!r}; expected {', '.join(reproduce.names())}")
    if not args.only_print:
        given = {"quick": args.quick, "keras": args.keras, "seed": args.seed}
        reproduce.run(args.names, out=args.out, say=lambda text: print(text, file=sys.stderr, flush=True), **given)
    from hyotan.reproduce import _page  # it brings Keras along

    order = {name: title for name, title in reproduce.names().items() if name in (args.names or reproduce.names())}
    found = _page.results(args.out, order)
    print("\n".join(text for result in found for text in table(result)))
    if args.pictures is not None:
        args.pictures.mkdir(parents=True, exist_ok=True)
        for name in order:
            for picture in SHOWN.get(name, ()):
                shutil.copy(args.out / name / "pictures" / f"{picture}.png", args.pictures / f"{name}-{picture}.png")
    return int(not found or any(row.met is False for result in found for row in result["rows"]))


if __name__ == "__main__":
    sys.exit(main())
