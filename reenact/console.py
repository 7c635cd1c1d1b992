"""What every command shares: logging to the standard error stream, and errors that a person can read."""

from __future__ import annotations

import io
import logging
import sys
import traceback
from collections.abc import Callable

import typer

from reenact.errors import ReenactError, Stopped
from reenact.files import MADE_BY_A_COMMAND, require_utf8_names
from reenact.user_account import ensure_account

SPEC = "A model folder, the id of the MLflow run that trained it, or `released`: the one that comes with the package."
GENERATOR_SPEC = (
    "The name of a generator, a model folder, the id of the MLflow run that trained it, or `released`: the one that comes with the package."
)

NOT_FINISHED = 75  # EX_TEMPFAIL of sysexits.h: start it again


def run_app(command: Callable[..., None] | typer.Typer) -> None:
    """Run `command` with the arguments of the process. An error that a user can mend ends it with a text and exit code 1.
    Work that a signal stopped, to go on by the same command, ends it with exit code 75.

    That is a `ReenactError`, or an error of the system that names a file. Anything else is a bug and shows its traceback.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may hold bytes that are no text
    ensure_account()
    app = command if isinstance(command, typer.Typer) else _app(command)
    try:
        require_utf8_names()
        app()
    except Stopped as stopped:
        print(f"Stopped: {stopped}", file=sys.stderr)
        sys.exit(NOT_FINISHED)
    except ReenactError as error:
        sys.exit(f"Error: {error}")
    except FileNotFoundError as error:
        if error.filename is None:
            raise
        sys.exit(f"Error: {error.filename} is missing; {MADE_BY_A_COMMAND}")
    except OSError as error:
        if error.filename is None:
            raise
        sys.exit(f"Error: {error.filename} cannot be read or written ({error.strerror}); see to its permissions and its disk")
    except MemoryError:
        traceback.print_exc()
        sys.exit("Error: there is not enough memory; close other programs, or run fewer jobs at once")


def _app(command: Callable[..., None]) -> typer.Typer:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(command)
    return app
