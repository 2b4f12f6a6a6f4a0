"""The published experiments at full size: python benchmarks/reproductions.py [NAME …] [--keras].

Runs what ``hyotan reproduce`` runs into benchmarks/results/reproductions, and prints the tables of
docs/reproductions.md, or writes them there (--write docs/reproductions.md, which leaves the text around them alone).
Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hyotan import reproduce
from hyotan.core.numbers import number

OUT = Path(__file__).parent / "results" / "reproductions"
# The pictures that docs/reproductions.md answers open questions with, by experiment.
SHOWN = {
    "dense-ae": ("adadelta", "waist", "merged"),
    "keras-blog": ("grey",),
    "gru-vae": ("prior",),
    "lstm-ae": ("numpy", "probe"),
}
# The tables that stand there beside the table of figures.
TABLES = {
    "dense-ae": ("waist",),
    "sparse-ae": ("weights", "longer"),
    "dense-vae": ("defects",),
    "lstm-ae": ("probe", "shuffled"),
    "gru-vae": ("thin", "prior"),
    "keras-blog": ("grey",),
}
HEAD = ("what", "published", "plain Keras", "hyotan", "seconds", "bar", "")


def line(cells: Any) -> str:
    """Return a line of a Markdown table."""
    return "| " + " | ".join(str(cell).strip().replace("|", "\\|") for cell in cells) + " |"


def commit() -> str:
    """Return the commit that is checked out here, with a + if files differ from it; empty outside a repository."""
    asked = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+", "--abbrev=8", "--exclude=*"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def cell(text: str) -> str:
    """Return a cell of a CSV file with at most four digits that tell something."""
    try:
        value = float(text)
    except ValueError:
        return text
    return f"{value:,.0f}" if value.is_integer() else number(value, 4)


def further(folder: Path, names: tuple[str, ...]) -> list[str]:
    """Return further tables of an experiment as Markdown, where the run has made them."""
    found: list[str] = []
    for name in names:
        path = folder / f"{name}.csv"
        if path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                head, *rows = csv.reader(file)
            cells = [line([cell(value) for value in row]) for row in rows]
            found += [f"`{name}.csv`:", "", line(head), line(["---"] * len(head)), *cells, ""]
    return found


def table(result: dict[str, Any], folder: Path) -> list[str]:
    """Return one experiment as Markdown: its tables, and what they depend on."""
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
    stamp = folder / "commit"
    of = f" ({stamp.read_text().strip()})" if stamp.exists() else ""
    told = told.replace(f"hyotan {versions['hyotan']}", f"hyotan {versions['hyotan']}{of}")
    return [
        f"### {result['name']}",
        "",
        line(HEAD),
        line(["---"] * len(HEAD)),
        *map(line, rows),
        "",
        *further(folder, TABLES.get(result["name"], ())),
        f"{result['date']}, seed {result['seed']}, {result['seconds'] / 60:.0f} min in all"
        f"{' beside another' * (result.get('at_a_time', 1) > 1)}; {told}; "
        f"{machine['processors']} × {machine['processor']}, {machine['system']}.",
        "",
    ]


def replaced(page: str, tables: dict[str, list[str]]) -> str:
    """Return a page with the part below ``### NAME``, up to the next heading, replaced for each experiment."""
    for name, lines in tables.items():
        pattern = re.compile(rf"^### {re.escape(name)}\n.*?(?=^##|\Z)", re.MULTILINE | re.DOTALL)
        made = "\n".join(lines) + "\n"
        page, count = pattern.subn(lambda _, made=made: made, page)
        if count != 1:
            raise ValueError(f"the page has {count} headings ### {name}, not one")
    return page


def main() -> int:
    """Run the experiments named, or all of them; exit status 1 if a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(reproduce.names()))
    parser.add_argument("--keras", action="store_true", help="train the same models in plain Keras, too")
    parser.add_argument("--quick", action="store_true", help="a small part of the data, few epochs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--jobs", type=int, default=-1, help="experiments at a time; -1: one on each processor")
    parser.add_argument("--only-print", action="store_true", help="print what is there, and run nothing")
    parser.add_argument("--write", type=Path, help="a page whose tables are replaced by those of the run")
    parser.add_argument("--pictures", type=Path, help="copy the pictures of docs/reproductions.md to this folder")
    args = parser.parse_args()
    for name in args.names:
        if name not in reproduce.names():
            parser.error(f"there is no experiment named {name!r}; expected {', '.join(reproduce.names())}")
    if not args.only_print:
        of = commit()
        given = {"quick": args.quick, "keras": args.keras, "seed": args.seed, "jobs": args.jobs}
        reproduce.run(args.names, out=args.out, say=lambda text: print(text, file=sys.stderr, flush=True), **given)
        for name in args.names or reproduce.names():
            (args.out / name / "commit").write_text(of)
    from hyotan.reproduce import _page  # it brings Keras along

    order = {name: title for name, title in reproduce.names().items() if name in (args.names or reproduce.names())}
    found = _page.results(args.out, order)
    tables = {result["name"]: table(result, args.out / result["name"]) for result in found}
    print("\n".join(text for lines in tables.values() for text in lines))
    if args.write is not None:
        args.write.write_text(replaced(args.write.read_text(encoding="utf-8"), tables), encoding="utf-8")
    if args.pictures is not None:
        args.pictures.mkdir(parents=True, exist_ok=True)
        for name in order:
            for picture in SHOWN.get(name, ()):
                shutil.copy(args.out / name / "pictures" / f"{picture}.png", args.pictures / f"{name}-{picture}.png")
    return int(not found or any(row.met is False for result in found for row in result["rows"]))


if __name__ == "__main__":
    sys.exit(main())
