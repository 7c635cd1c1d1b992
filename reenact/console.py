"""What every command shares: logging to the standard error stream, and errors that a person can read."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import typer

from reenact.account import ensure_account
from reenact.errors import ReenactError


def run_app(command: Callable[..., None] | typer.Typer) -> None:
    """Run `command` with the arguments of the process; a `ReenactError` or a missing file ends it with a text and exit code 1."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    ensure_account()
    app = command if isinstance(command, typer.Typer) else _app(command)
    try:
        app()
    except ReenactError as error:
        sys.exit(f"Error: {error}")
    except FileNotFoundError as error:
        if error.filename is None:
            raise
        sys.exit(f"Error: {error.filename} is missing; run the step that makes it first (`reenact --help` lists them in order)")


def _app(command: Callable[..., None]) -> typer.Typer:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(command)
    return app
