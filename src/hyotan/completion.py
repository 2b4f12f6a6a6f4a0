"""Shell completion: the script a shell wants, and the names that may follow. Nothing heavy is imported."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from typer.completion import completion_init, get_completion_script
from typer.completion import install as install_script

from hyotan.core.errors import unknown_name

VARIABLE = "_HYOTAN_COMPLETE"  # the shell asks by it
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")
ENDINGS = (".npy", ".npz", ".csv", ".tsv", ".parquet", ".ts", ".gz", ".idx")


def prepare() -> None:
    """Make ready to answer a shell that asks."""
    if VARIABLE in os.environ:
        completion_init()


def recipes(incomplete: str) -> list[str]:
    """Return the recipes a word may become."""
    from hyotan.recipes import RECIPES

    return [name for name in RECIPES if name.startswith(incomplete)]


def experiments(incomplete: str) -> list[str]:
    """Return the experiments a word may become."""
    from hyotan.reproduce import names

    return [name for name in names() if name.startswith(incomplete)]


def data(incomplete: str) -> list[str]:
    """Return the built-in data, the files and the folders a word may become.

    Examples
    --------
    >>> data("dig")[0]
    'digits'
    """
    from hyotan.data.io.builtin import BUILTIN

    return [*(name for name in sorted(BUILTIN) if name.startswith(incomplete)), *_files(incomplete)]


def _files(incomplete: str) -> Iterator[str]:
    folder, _, begun = incomplete.rpartition("/")
    try:
        found = sorted(
            os.scandir(Path(f"{folder}/" if folder or incomplete.startswith("/") else ".").expanduser()), key=str
        )
    except OSError:
        return
    for entry in found:
        if entry.name.startswith(begun) and not (entry.name.startswith(".") and not begun):
            path = f"{folder}/{entry.name}" if "/" in incomplete else entry.name
            if entry.is_dir():
                yield f"{path}/"
            elif entry.name.endswith((*ENDINGS, "-ubyte")):
                yield path


def _known(shell: str) -> str:
    if shell not in SHELLS:
        raise unknown_name("shell", shell, SHELLS)
    return shell


def _show(shell: str | None) -> None:
    if shell:
        typer.echo(get_completion_script(prog_name="hyotan", complete_var=VARIABLE, shell=_known(shell)))
        raise typer.Exit


def _install(shell: str | None) -> None:
    if shell:
        where = install_script(_known(shell), "hyotan", VARIABLE)[1]
        typer.echo(f"{where}\ncompletion begins in the next terminal")
        raise typer.Exit


Show = Annotated[
    str | None,
    typer.Option(
        "--show-completion",
        metavar="SHELL",
        callback=_show,
        is_eager=True,
        help="Print the completion script for bash, zsh, fish, powershell or pwsh and stop.",
    ),
]
Install = Annotated[
    str | None,
    typer.Option(
        "--install-completion",
        metavar="SHELL",
        callback=_install,
        is_eager=True,
        help="Install it for that shell and stop.",
    ),
]
