"""``qsetu``: the entry point, and what every command shares."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from qsetu import __version__
from qsetu.cli.bench import COMMANDS as BENCH_COMMANDS
from qsetu.cli.catalogue import COMMANDS as CATALOGUE_COMMANDS
from qsetu.cli.compare import compare
from qsetu.cli.data import COMMANDS as DATA_COMMANDS
from qsetu.cli.doctor import doctor
from qsetu.cli.list import list_rosters
from qsetu.cli.merge import merge
from qsetu.cli.new import new
from qsetu.cli.run import run
from qsetu.cli.share import COMMANDS as SHARE_COMMANDS
from qsetu.cli.share_keys import COMMANDS as KEY_COMMANDS
from qsetu.cli.usage import COMMANDS as USAGE_COMMANDS
from qsetu.core.errors import QsetuError

__all__ = ["app", "main"]

app = typer.Typer(
    name="qsetu",
    help="Quantum-classical experiments on real biological data, with fair comparison and records to check.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


class _Interrupted(BaseException):
    """Ctrl-C during a command, under a name that typer does not swallow without a word."""


class _Terminated(KeyboardInterrupt):
    """SIGTERM, as schedulers send it before they kill: what is kept on Ctrl-C is kept then, too."""


def _terminate(number: int, frame: object) -> None:
    raise _Terminated


def _interruptible(command: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except KeyboardInterrupt as stopped:
            raise _Interrupted(type(stopped)) from None

    return wrapped


app.command("run")(_interruptible(run))
app.command("merge")(_interruptible(merge))
app.command("new")(_interruptible(new))
app.command("compare")(_interruptible(compare))
app.command("list")(_interruptible(list_rosters))
app.command("doctor")(_interruptible(doctor))

_ROOMS: tuple[tuple[str, str, Mapping[str, Callable[..., None]]], ...] = (
    ("data", "Datasets: list, card, download, verify.", DATA_COMMANDS),
    (
        "bench",
        "Benchmarks: race against other simulators, and find what a change made slower.",
        BENCH_COMMANDS,
    ),
    ("share", "Bundles for partners: pack, sign, verify, run again.", SHARE_COMMANDS),
    ("share keys", "Your key, and the list of your partners' keys.", KEY_COMMANDS),
    ("catalogue", "Shared catalogues: push, pull, search, synchronize.", CATALOGUE_COMMANDS),
    ("usage", "Use of machines: ledger, quotas, reports.", USAGE_COMMANDS),
)
_rooms = {"": app}
for _group, _help, _commands in _ROOMS:
    _room = typer.Typer(help=_help, no_args_is_help=True)
    for _name, _command in _commands.items():
        _room.command(_name)(_interruptible(_command))
    _parent, _, _own = _group.rpartition(" ")
    _rooms[_parent].add_typer(_room, name=_own)
    _rooms[_group] = _room


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"qsetu {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; every expected failure ends in one short message and no traceback."""
    with _sigterm_interrupts():
        try:
            app()
        except QsetuError as error:
            _complain(f"Error: {error}")
            sys.exit(2)
        except (KeyboardInterrupt, _Interrupted) as stopped:
            _complain(
                "Interrupted; nothing half-written is left behind. The same command goes on where it was."
            )
            sys.exit(143 if isinstance(stopped, _Terminated) or _Terminated in stopped.args else 130)
        except BrokenPipeError:
            # The reader (head, less) has gone. Python would complain once more when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(141)


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _complain(message: str) -> None:
    from rich.console import Console
    from rich.text import Text

    # Text, not markup: a path with brackets in it must not be read as a style.
    Console(stderr=True, soft_wrap=True).print(Text(message, style="red"))
