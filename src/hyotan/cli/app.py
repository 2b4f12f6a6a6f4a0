"""The Typer application: commands, error messages and exit codes.

Exit codes: 0 success, 1 failure, 2 wrong usage.
"""

from __future__ import annotations

import errno
import importlib
import os
import pkgutil
import sys
import warnings
from contextlib import suppress
from typing import Annotated

import typer
from typer.completion import completion_init, install_callback, show_callback

from hyotan.cli import commands
from hyotan.core.errors import HyotanError, HyotanWarning, ParameterError, unknown_name

app = typer.Typer(
    help="The autoencoder toolkit: fit, look inside, score, sample, keep.",
    no_args_is_help=True,
    add_completion=False,  # Typer's own options do not take the name of a shell; the options below do
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# Order in ``--help``, by typical use; other commands come after these, sorted by name.
ORDER = (
    "demo",
    "fit",
    "sweep",
    "encode",
    "reconstruct",
    "score",
    "sample",
    "explore",
    "report",
    "reproduce",
    "recipes",
)
SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")
COMPLETE_VARIABLE = "_HYOTAN_COMPLETE"  # the shell sets it when it asks for completions
THIS_SHELL = "auto"  # the shell that runs this command, which Typer detects


def command_names() -> list[str]:
    """Return the names of the commands (the files in ``commands/``) in the order of ``--help``.

    Examples
    --------
    >>> command_names()[:3]
    ['demo', 'fit', 'sweep']
    """
    found = sorted(m.name for m in pkgutil.iter_modules(commands.__path__) if not m.name.startswith("_"))
    return sorted(found, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


for _name in command_names():
    _module = importlib.import_module(f"{commands.__name__}.{_name}")
    app.command(_name, short_help=_module.SHORT_HELP)(getattr(_module, _name))


def _shell(name: str) -> str | bool:
    """Return the value for Typer's callbacks: the name of a shell, or True for the current one."""
    if name != THIS_SHELL and name not in SHELLS:
        raise unknown_name("shell", name, SHELLS)
    return name == THIS_SHELL or name


def _show_completion(context: typer.Context, parameter: typer.CallbackParam, shell: str | None) -> None:
    if shell is not None:
        show_callback(context, parameter, _shell(shell))


def _install_completion(context: typer.Context, parameter: typer.CallbackParam, shell: str | None) -> None:
    if shell is not None:
        install_callback(context, parameter, _shell(shell))


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
    show_completion: Annotated[
        str | None,
        typer.Option(
            metavar="[SHELL]",
            callback=_show_completion,
            is_eager=True,
            help=f"Print the completion script for {', '.join(SHELLS)} or, without a name, this shell, and stop.",
        ),
    ] = None,
    install_completion: Annotated[
        str | None,
        typer.Option(
            metavar="[SHELL]",
            callback=_install_completion,
            is_eager=True,
            help="Install it for that shell, or this one, and stop.",
        ),
    ] = None,
) -> None:
    if version:
        from hyotan import __version__

        print(f"hyotan {__version__}")
        raise typer.Exit


class _WarningPrinter:
    """Print each warning once, because training, evaluation and report may all warn about the same rows."""

    def __init__(self) -> None:
        self.printed: set[str] = set()

    def __call__(self, message: Warning | str, *_: object, **__: object) -> None:
        if str(message) not in self.printed:
            self.printed.add(str(message))
            with suppress(OSError):  # a log that cannot be written stops no work
                print(f"warning: {message}", file=sys.stderr)


def _open_streams() -> None:
    """Open streams that the caller closed, so that no file takes their number and is written to by a message."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w" if number else "r"))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error is printed as one line on stderr, without a traceback."""
    _open_streams()
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments and arguments[-1] in ("--show-completion", "--install-completion"):
        arguments.append(THIS_SHELL)
    if COMPLETE_VARIABLE in os.environ:
        completion_init()
    with warnings.catch_warnings():
        warnings.simplefilter("always", HyotanWarning)
        warnings.showwarning = _WarningPrinter()
        sys.exit(_run(arguments))


def _run(arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    try:
        code = app(arguments, prog_name="hyotan", standalone_mode=False) or 0
        if code == 130:  # Typer turns KeyboardInterrupt into this exit code
            raise KeyboardInterrupt
        return int(code)
    except KeyboardInterrupt:
        return _refuse("interrupted", 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except HyotanError as err:
        return _refuse(str(err), 2 if isinstance(err, ParameterError) else 1)
    except Exception as err:
        if os.environ.get("HYOTAN_DEBUG"):
            raise
        if isinstance(err, OSError) and err.filename is None and err.errno in (errno.ENOSPC, errno.EIO, errno.EBADF):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in its buffer would raise again at the end
            return _refuse(f"Standard output cannot be written · received: {err.strerror}", 1)
        if hasattr(err, "format_message"):  # the command line itself was wrong
            return _refuse(f"{err.format_message()} · what to do: hyotan --help", 2)
        text = " ".join(str(err).split())[:300]
        return _refuse(f"{type(err).__name__}: {text} · what to do: HYOTAN_DEBUG=1 shows where", 1)


def _refuse(text: str, code: int) -> int:
    with suppress(OSError):
        print(f"error: {text}", file=sys.stderr)
    return code
