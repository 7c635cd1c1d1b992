from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reenact.cli import app
from tests.support.reenactment import faces, folder, models, reenactor

__all__ = ["animate", "faces", "folder", "models", "reenactor"]


@pytest.fixture
def animate(models: Path) -> Callable[..., None]:
    """animate(target, driver, out, *options): Runs `reenact animate`; its errors are raised here."""

    def run(target: Path, driver: Path, out: Path, *options: str) -> None:
        networks = ["--ldnet", models / "ldnet", "--generator", models / "fdgan"]
        command = ["animate", "--target", target, "--driver", driver, "--out", out, *networks, *options]
        result = CliRunner().invoke(app, [str(part) for part in command])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output

    return run
