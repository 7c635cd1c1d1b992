from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from reenact.report.build import build_report
from reenact.workspace import Workspace


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The helper that makes a small workspace for the evaluation's tests."""
    path = Path(__file__).parents[1] / "evaluation" / "made_workspace.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def workspace(made: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A finished workspace with its report; tests do not write into it."""
    workspace = made.make_workspace(tmp_path_factory.mktemp("workspace"))
    build_report(made.PARAMS, workspace)
    return workspace
